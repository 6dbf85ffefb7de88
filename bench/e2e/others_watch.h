// How busy the machine is with other things than a measurement.
#ifndef INLET_BENCH_OTHERS_WATCH_H
#define INLET_BENCH_OTHERS_WATCH_H

#include <sys/types.h>

#include <algorithm>
#include <cstdint>

#include "e2e/clock.h"
#include "e2e/process_facts.h"

namespace inlet::bench {

inline double percent(double part_ns, double whole_ns) {
  return whole_ns > 0 ? part_ns / whole_ns * 100 : 0;
}

// Counts, from its making on, what the machine does beside a server and this process, its client.
class OthersWatch {
 public:
  explicit OthersWatch(pid_t server)
      : server_(server), from_ns_(now_ns()), busy_ns_(machine_busy_ns()), ours_ns_(ours_now()) {}

  double percent_now() const {
    const auto span = static_cast<double>(now_ns() - from_ns_);
    const auto busy = static_cast<double>(machine_busy_ns() - busy_ns_);
    const auto ours = static_cast<double>(ours_now() - ours_ns_);
    return std::max(0.0, percent(busy - ours, span));
  }

 private:
  uint64_t ours_now() const { return own_cpu_ns() + cpu_ns_of(server_); }
  pid_t server_;
  uint64_t from_ns_, busy_ns_, ours_ns_;
};

}  // namespace inlet::bench

#endif
