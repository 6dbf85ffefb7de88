// Connections that live for one echo: connect, send, check, close, again.
#ifndef INLET_BENCH_CHURN_ENGINE_H
#define INLET_BENCH_CHURN_ENGINE_H

#include <cstdint>
#include <optional>
#include <vector>

#include "e2e/channel.h"
#include "e2e/descriptor.h"
#include "e2e/load_plan.h"
#include "e2e/pattern.h"

namespace inlet::bench {

// plan.connections slots, each with one connection at a time. Latency runs from connect to the complete echo, with TLS the
// handshake included.
// Connections end with a reset unless plan.close_fin: an orderly close leaves the client's port in TIME_WAIT, and
// 28,000 ports last a second.
class ChurnEngine {
 public:
  explicit ChurnEngine(const LoadPlan& plan);
  LoadResult run();

 private:
  struct Slot {
    Channel channel;
    uint32_t interest = 0;
    bool secured = false;  // hands are shaken; without TLS there is nothing to shake
    Pattern pattern{0};
    uint64_t begun_at_ns = 0;
    uint64_t rounds = 0;
    size_t sent_bytes = 0;
    size_t received_bytes = 0;
  };

  void begin(size_t index);
  void advance(size_t index);
  void push(size_t index);
  void pull(size_t index);
  void finish(size_t index);
  void fail(size_t index);
  void ask(size_t index, uint32_t interest);
  void stop_counting(uint64_t time_ns);

  LoadPlan plan_;
  LoadResult result_;
  std::optional<TlsClient> tls_;
  Descriptor epoll_;
  std::vector<Slot> slots_;
  std::vector<unsigned char> in_;
  std::vector<unsigned char> out_;
  uint64_t next_id_ = 0;
  uint64_t counted_from_ns_ = 0;
  uint64_t client_cpu_from_ns_ = 0;
  uint64_t server_cpu_from_ns_ = 0;
  bool counting_ = false;
  bool beginning_ = true;
  size_t open_ = 0;
};

}  // namespace inlet::bench

#endif
