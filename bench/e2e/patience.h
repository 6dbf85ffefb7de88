// What is left of the time that may be lost by waiting for a quiet machine.
#ifndef INLET_BENCH_PATIENCE_H
#define INLET_BENCH_PATIENCE_H

#include "e2e/clock.h"
#include "e2e/process_facts.h"

namespace inlet::bench {

// Above this share of one processor, used by others, a measurement counts as disturbed.
constexpr double kDisturbed_percent = 20;

class Patience {
 public:
  explicit Patience(double seconds) : left_ns_(static_cast<int64_t>(seconds * 1e9)) {}

  bool is_left() const { return left_ns_ > 0; }
  void spend(uint64_t ns) { left_ns_ -= static_cast<int64_t>(ns); }

  // Waits until the machine has been quiet for a while.
  void wait_for_quiet() {
    while (is_left()) {
      const uint64_t from_ns = now_ns();
      const uint64_t busy_from_ns = machine_busy_ns();
      sleep_ms(kQuiet_ms);
      const uint64_t span_ns = now_ns() - from_ns;
      const auto busy_ns = static_cast<double>(machine_busy_ns() - busy_from_ns);
      if (busy_ns / static_cast<double>(span_ns) * 100 < kDisturbed_percent) return;
      spend(span_ns);
    }
  }

 private:
  static constexpr uint64_t kQuiet_ms = 300;
  int64_t left_ns_;
};

}  // namespace inlet::bench

#endif
