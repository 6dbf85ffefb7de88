// Many clients in a process of their own, that does what the test orders.
#ifndef INLET_STRESS_CLIENT_FARM_H
#define INLET_STRESS_CLIENT_FARM_H

#include <sys/types.h>

#include <cstdint>

#include "e2e/descriptor.h"

namespace inlet::stress {

enum class FarmOrderKind : uint32_t {
  connect,   // opens `clients` connections, one after the other, and reports
  exchange,  // each sends `messages` messages of 1..512 bytes, half of them in two parts, each checked before the next
  fire,      // each sends and checks until the server ends it; reports when all are ended
  storm,     // opens `clients` connections all at once and fires on each as soon as it stands
  close,     // closes all, in an orderly way
};

struct FarmOrder {
  FarmOrderKind kind;
  uint16_t port;
  uint32_t clients;
  uint32_t messages;
  uint64_t seed;
};

struct FarmReport {
  uint64_t connected;
  uint64_t refused;   // could not connect
  uint64_t messages;  // complete and right in length
  uint64_t sent_bytes;
  uint64_t wrong_bytes;  // differ from what was sent at that place, or were never sent
  uint64_t lost_bytes;   // exchange: sent and never echoed
  uint64_t ended;        // connections that the server ended
  uint64_t still_open;   // fire: not ended in time
};

// Owns the process. Make it before the first thread of the program exists, because it forks.
class ClientFarm {
 public:
  ClientFarm();
  ~ClientFarm();
  ClientFarm(const ClientFarm&) = delete;
  ClientFarm& operator=(const ClientFarm&) = delete;

  void order(const FarmOrder& order);

  // Waits for the report on the oldest order that has none yet.
  //
  // Errors   std::runtime_error when the process has ended, or does not answer within 10 minutes.
  FarmReport report();

  FarmReport carry_out(const FarmOrder& what) {
    order(what);
    return report();
  }

 private:
  bench::Descriptor channel_;
  pid_t pid_ = -1;
};

}  // namespace inlet::stress

#endif
