// Clients that follow scripts, in a process of their own; what became of each is in memory that both processes see.
#ifndef INLET_STRESS_WILD_CLIENTS_H
#define INLET_STRESS_WILD_CLIENTS_H

#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "e2e/descriptor.h"

namespace inlet::stress {

enum class ClientEnd : uint8_t {
  none,     // not begun, or not over
  refused,  // never connected
  closed,   // closed or reset as its script says
  ended,    // the server's end of the stream, in order
  reset,    // the connection broke
  stuck,    // nothing happened for half a minute
};

struct ClientOutcome {
  ClientEnd end;
  uint32_t sends;
  uint64_t sent_bytes, received_bytes, wrong_bytes;
};

// Numbers of clients are their addresses: 127.1.0.0 and up, so both sides know who is who, even of a client that is gone.
constexpr uint32_t kFirstAddress = 0x7f010000;

struct WildOrder {
  uint16_t port;
  uint32_t first, count;  // numbers
};

// Owns the process. Make it before the first thread of the program exists, because it forks.
class WildClients {
 public:
  WildClients(uint64_t seed, uint32_t sessions, unsigned threads);
  ~WildClients();
  WildClients(const WildClients&) = delete;
  WildClients& operator=(const WildClients&) = delete;

  void order(const WildOrder& order);
  // Waits until all of the oldest order are over.
  // Errors   std::runtime_error when the process has ended, or does not answer.
  void wait();
  // Valid after wait.
  const ClientOutcome& outcome(uint32_t id) const { return outcomes_[id]; }

 private:
  bench::Descriptor channel_;
  ClientOutcome* outcomes_;
  uint32_t sessions_;
  pid_t pid_ = -1;
};

}  // namespace inlet::stress

#endif
