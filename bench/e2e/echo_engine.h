// A fixed set of connections that send messages and check what comes back, on one thread and one epoll.
#ifndef INLET_BENCH_ECHO_ENGINE_H
#define INLET_BENCH_ECHO_ENGINE_H

#include <cstdint>
#include <optional>
#include <vector>

#include "e2e/channel.h"
#include "e2e/descriptor.h"
#include "e2e/load_plan.h"
#include "e2e/pattern.h"

namespace inlet::bench {

// Closed loop: each connection keeps plan.pipeline messages under way. The stream is a function of connection and
// position (Pattern), so a connection needs no buffer, only counters and the times at which its messages were sent.
class EchoEngine {
 public:
  explicit EchoEngine(const LoadPlan& plan);
  LoadResult run();

  // The same by slices, with the connections open in between: open() once, then as many slices as wanted, each with a warm-up, a
  // counted time and a drain of its own. A slice's sums of bytes are those since open().
  void open();
  LoadResult slice();

 private:
  struct Connection {
    Connection(Channel opened, uint64_t id) : channel(std::move(opened)), pattern(id) {}
    Channel channel;
    Pattern pattern;
    uint64_t begun = 0;     // messages begun: due_bytes = begun * size
    uint64_t complete = 0;  // messages echoed
    uint64_t sent_bytes = 0;
    uint64_t received_bytes = 0;
    bool wants_room = false;  // EPOLLOUT is asked for
  };

  enum class Phase { warm_up, counted, drain };

  void loop();
  void hold();
  void add_up();
  void advance(uint64_t time_ns);
  void enter_counted(uint64_t time_ns);
  void enter_drain(uint64_t time_ns);
  bool may_begin(const Connection& connection) const;
  void begin(size_t index, unsigned messages, uint64_t time_ns);
  void push(size_t index);
  void pull(size_t index);
  bool take(size_t index);
  void complete_until(size_t index, uint64_t time_ns);
  void ask_for_room(size_t index, bool wanted);
  void drop(size_t index);
  bool all_quiet() const { return busy_ == 0; }

  LoadPlan plan_;
  LoadResult result_;
  std::optional<TlsClient> tls_;
  Descriptor epoll_;
  std::vector<Connection> connections_;
  std::vector<uint64_t> begun_at_ns_;  // plan.pipeline entries per connection, a ring
  std::vector<unsigned char> in_;
  std::vector<unsigned char> out_;
  Phase phase_ = Phase::warm_up;
  uint64_t phase_end_ns_ = 0;
  uint64_t counted_from_ns_ = 0;
  uint64_t client_cpu_from_ns_ = 0;
  uint64_t server_cpu_from_ns_ = 0;
  size_t busy_ = 0;  // connections that still wait for an echo
};

}  // namespace inlet::bench

#endif
