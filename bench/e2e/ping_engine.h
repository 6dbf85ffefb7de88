// Clients that ping at a fixed rate, beside clients whose callbacks block: what does the one feel of the other?
#ifndef INLET_BENCH_PING_ENGINE_H
#define INLET_BENCH_PING_ENGINE_H

#include <cstdint>
#include <vector>

#include "e2e/descriptor.h"
#include "e2e/histogram.h"
#include "e2e/pattern.h"

namespace inlet::bench {

struct PingResult {
  uint64_t pings = 0;    // complete echoes
  uint64_t skipped = 0;  // due while the one before was still under way
  uint64_t wrong_bytes = 0;
  uint64_t failures = 0;      // connections the server ended
  Histogram latency;          // from send to complete echo
  Histogram latency_due;      // from the time the ping was due, skipped ones included: no coordinated omission
  Histogram latency_so_far;   // as latency, and how long those have waited whose echo had not come by the end
  Histogram blocked_latency;  // of the clients whose callbacks block

  // Of each whole second on its own, latency_so_far's percentile 99, in microseconds: a pause of the machine spoils one of them.
  std::vector<double> p99_of_seconds_us;
};

// One thread, one epoll. Pings are spread evenly: with 500 clients and 20 ms there is one every 40 us, never a burst.
class PingEngine {
 public:
  PingEngine(uint16_t port, unsigned clients, double interval_ms, unsigned size_bytes);

  // Adds clients whose first byte is `command`. Each sends a message, waits for its echo, pauses and goes on, for ever.
  void add_blockers(char command, unsigned count, double pause_ms);

  // Pings for that long and returns what was seen. Echoes that come later count in the next phase.
  PingResult run(double seconds);

  // Waits until every ping that is under way has come back, 5 seconds at most.
  //
  // Returns  How many are missing.
  size_t settle();

 private:
  struct Client {
    Client(Descriptor socket, uint64_t id, char kind, double pause)
        : fd(std::move(socket)), pattern(id), command(kind), pause_ns(static_cast<uint64_t>(pause * 1e6)) {}
    Descriptor fd;
    Pattern pattern;
    char command;  // 0: a pinging client
    uint64_t pause_ns;
    uint64_t sent_bytes = 0;
    uint64_t received_bytes = 0;
    uint64_t sent_at_ns = 0;
    uint64_t due_at_ns = 0;
    uint64_t resume_at_ns = 0;  // a blocker's pause ends then; 0: it waits for its echo
    std::vector<uint64_t> skipped_due_ns;
    bool waits() const { return sent_bytes > received_bytes; }
  };

  void open(char command, double pause_ms);
  void send_message(Client& client, uint64_t due_ns);
  void send_due(uint64_t time_ns);
  void resume_blockers(uint64_t time_ns);
  void pull(size_t index, PingResult& result);
  void complete(Client& client, PingResult& result);
  void add_waiting(uint64_t time_ns, Histogram& latency) const;
  void end_second(uint64_t time_ns, PingResult& result);
  void poll_once(uint64_t until_ns, PingResult& result);
  void set_first_byte(const Client& client, uint64_t position, unsigned char* bytes) const;

  uint16_t port_;
  unsigned ping_clients_;
  unsigned size_bytes_;
  uint64_t step_ns_;
  uint64_t next_due_ns_ = 0;
  size_t next_client_ = 0;
  Descriptor epoll_;
  std::vector<Client> clients_;
  std::vector<unsigned char> in_;
  std::vector<unsigned char> out_;
  PingResult* current_ = nullptr;
  Histogram second_;  // of the current one, as latency
};

}  // namespace inlet::bench

#endif
