// What one run of the load generator does, and what it found.
#ifndef INLET_BENCH_LOAD_PLAN_H
#define INLET_BENCH_LOAD_PLAN_H

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "e2e/histogram.h"

namespace inlet::bench {

enum class LoadMode {
  echo,   // connections stay open and send message after message
  churn,  // connect, one echo, close, again
  hold,   // connections are opened, echo once and then stay silent
};

struct LoadPlan {
  uint16_t port = 0;
  LoadMode mode = LoadMode::echo;
  unsigned connections = 1;
  unsigned size_bytes = 64;
  unsigned pipeline = 1;         // messages under way per connection
  double warm_up_seconds = 0.2;  // not counted
  double seconds = 3;
  uint64_t messages = 0;  // per connection (churn: per slot); 0: as many as fit into `seconds`
  unsigned threads = 1;
  int cpu = -1;            // -1: not pinned; thread i goes to cpu + i
  bool close_fin = false;  // churn: orderly close instead of a reset
  bool tls = false;
  pid_t server_pid = -1;  // its CPU time over the counted window is reported, when given
  uint64_t first_id = 0;  // connections are numbered from here, the number is part of every byte
};

struct LoadResult {
  uint64_t echoes = 0;  // complete, within the counted window
  uint64_t window_ns = 0;
  uint64_t sent_bytes = 0;  // over the whole run, warm-up and drain included
  uint64_t received_bytes = 0;
  uint64_t wrong_bytes = 0;  // differ from the pattern, or were never sent
  uint64_t lost_bytes = 0;   // sent and never echoed
  uint64_t failures = 0;     // connections that failed, were refused or ended early
  uint64_t client_cpu_ns = 0;
  uint64_t server_cpu_ns = 0;
  Histogram latency;

  bool clean() const { return wrong_bytes == 0 && lost_bytes == 0 && failures == 0; }
  double rate() const {
    return window_ns == 0 ? 0 : static_cast<double>(echoes) * 1e9 / static_cast<double>(window_ns);
  }
  double server_ns_per_echo() const {
    return echoes == 0 ? 0 : static_cast<double>(server_cpu_ns) / static_cast<double>(echoes);
  }

  // One key=value per line for scripts, then a sentence for people.
  std::string report(const LoadPlan& plan) const;
};

// Runs the plan, with plan.threads threads. Bounded: by the time or count of the plan, and 5 seconds for each wait
// beyond it.
//
// Errors   std::system_error when the connections cannot be opened.
LoadResult run_load(const LoadPlan& plan);

}  // namespace inlet::bench

#endif
