// Two groups of clients that always want more than a server can give, in a process of their own on a processor of their own.
#ifndef INLET_STRESS_PRESS_H
#define INLET_STRESS_PRESS_H

#include <sys/types.h>

#include <cstdint>

#include "e2e/descriptor.h"

namespace inlet::stress {

// Every client of both groups sends a message, waits for its echo and sends the next one at once.
struct PressOrder {
  uint16_t ports[2];    // where each group connects to
  uint32_t clients;     // of each group
  uint32_t warm_up_ms;  // not measured
  uint32_t measured_ms;
};

struct GroupFigures {
  uint64_t messages;  // echoed while it was measured
  double p50_us;
  double p99_us;
};

struct PressReport {
  GroupFigures groups[2];
  uint64_t failures;  // connections that ended, and bytes that came back wrong
};

// Owns the process. Make it before the first thread of the program exists, because it forks.
class Press {
 public:
  // Units    cpu: the processor to stay on; -1 for any.
  explicit Press(int cpu);
  ~Press();
  Press(const Press&) = delete;
  Press& operator=(const Press&) = delete;

  // Connects all clients, measures, and closes them.
  //
  // Errors   std::runtime_error when the process has ended or does not answer.
  PressReport carry_out(const PressOrder& order);

 private:
  bench::Descriptor channel_;
  pid_t pid_ = -1;
};

}  // namespace inlet::stress

#endif
