// Checks of a stress program: each is counted, a failed one is printed and the program goes on.
#ifndef INLET_STRESS_CHECKS_H
#define INLET_STRESS_CHECKS_H

#include <cstdint>
#include <cstdio>
#include <string>

#include "e2e/clock.h"

namespace inlet::stress {

class Checks {
 public:
  bool is_true(bool holds, const std::string& what) {
    ++count_;
    if (holds) return true;
    ++failed_;
    std::printf("FAILED: %s\n", what.c_str());
    std::fflush(stdout);
    return false;
  }

  bool equal(uint64_t got, uint64_t wanted, const std::string& what) {
    return is_true(got == wanted, what + ": " + std::to_string(got) + ", not " + std::to_string(wanted));
  }

  // Returns  The exit status of the program.
  int verdict(const char* program) const {
    std::printf("%s: %llu checks, %llu failed\n", program, static_cast<unsigned long long>(count_),
                static_cast<unsigned long long>(failed_));
    return failed_ == 0 ? 0 : 1;
  }

 private:
  uint64_t count_ = 0;
  uint64_t failed_ = 0;
};

// Waits until a condition holds.
//
// Returns  Whether it did within the time.
template <typename Condition>
bool wait_until(uint64_t timeout_ms, Condition condition) {
  const uint64_t until_ns = bench::now_ns() + timeout_ms * bench::kNsPerMs;
  while (!condition()) {
    if (bench::now_ns() > until_ns) return false;
    bench::sleep_ms(1);
  }
  return true;
}

}  // namespace inlet::stress

#endif
