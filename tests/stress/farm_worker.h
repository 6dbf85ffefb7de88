// The clients themselves: one thread, one epoll, inside the process of the ClientFarm.
#ifndef INLET_STRESS_FARM_WORKER_H
#define INLET_STRESS_FARM_WORKER_H

#include <cstdint>
#include <vector>

#include "client_farm.h"
#include "e2e/descriptor.h"
#include "e2e/pattern.h"

namespace inlet::stress {

class FarmWorker {
 public:
  FarmWorker();
  FarmReport carry_out(const FarmOrder& order);

 private:
  struct Client {
    Client(bench::Descriptor socket, uint64_t id) : fd(std::move(socket)), pattern(id), random(id) {}
    bench::Descriptor fd;
    bench::Pattern pattern;
    uint64_t random;
    uint64_t due_bytes = 0;   // up to here this client wants to have sent
    uint64_t sent_bytes = 0;  // less than due_bytes: the second part of a message is still to be sent
    uint64_t received_bytes = 0;
    uint32_t messages = 0;    // complete
    bool connecting = false;  // storm: not yet known whether it stands
  };

  void connect_all(const FarmOrder& order);
  void storm(const FarmOrder& order);
  void talk(uint32_t messages_max, bool split, uint64_t timeout_ns);
  void begin_message(size_t index);
  void send_up_to(size_t index, uint64_t end);
  void on_event(size_t index, uint32_t events);
  void on_connected(size_t index);
  void pull(size_t index);
  void end(size_t index);
  void watch(size_t index, int operation, uint32_t interest);
  uint64_t dice(Client& client, uint64_t sides);
  bool still_talks(const Client& client) const { return client.fd && client.messages < messages_max_; }

  bench::Descriptor epoll_;
  std::vector<Client> clients_;
  std::vector<size_t> second_parts_;  // clients whose message is to be completed in the next turn
  std::vector<unsigned char> bytes_;
  FarmReport report_{};
  uint64_t next_id_ = 0;
  uint32_t messages_max_ = 0;
  bool split_ = false;
  size_t talking_ = 0;
};

}  // namespace inlet::stress

#endif
