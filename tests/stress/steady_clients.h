// Clients that come, talk to an echo, and go, as long as they are let; whatever happens to the server meanwhile.
#ifndef INLET_STRESS_STEADY_CLIENTS_H
#define INLET_STRESS_STEADY_CLIENTS_H

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "e2e/descriptor.h"

namespace inlet::stress {

// What a broadcast consists of; no client ever sends it.
constexpr unsigned char kBroadcastByte = 0xff;

// Each visit has exactly one of these ends.
struct Visits {
  std::atomic<uint64_t> attempted{0};
  std::atomic<uint64_t> refused{0};  // the port said no
  std::atomic<uint64_t> left{0};     // said all it wanted, and closed
  std::atomic<uint64_t> ended{0};    // the server ended it
  std::atomic<uint64_t> stayed{0};   // was there when stop was called
  // Beside these
  std::atomic<uint64_t> echoed{0};       // messages that came back
  std::atomic<uint64_t> wrong_bytes{0};  // that differ from what was sent
  uint64_t ends() const { return refused + left + ended + stayed; }
};

class SteadyClients {
 public:
  SteadyClients(uint16_t port, unsigned count, uint64_t seed);
  ~SteadyClients() { stop(); }
  SteadyClients(const SteadyClients&) = delete;

  // Ends all visits. Harmless twice.
  void stop();
  const Visits& visits() const { return visits_; }

 private:
  void visit_again_and_again(uint64_t seed);

  const uint16_t port_;
  std::atomic<bool> going_{true};
  Visits visits_;
  std::vector<std::thread> threads_;
};

}  // namespace inlet::stress

#endif
