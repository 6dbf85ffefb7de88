// Whether a driver that has nothing to do looks on for a moment before it sleeps: for servers of the highest priority.
//
// Falling asleep and waking up again costs a connection that sends and waits more than the work in between. So after a callback of
// that priority the driver looks again and again for kSpin_us, as long as that pays. What tells is how long the next event was in
// coming, whether the driver slept or not: one within kSpin_us earns a credit, a later one costs kSpinMissCost of them, and without
// credits nobody spins. So a client that goes quiet costs kSpin_us once, one that comes too seldom costs nothing, and the first few
// of a quick exchange are waited for asleep. A driver that was put aside meanwhile has found that others want its processor, and
// leaves it to them for kSpinRest_ms.
//
// Owner    Its shard.
// Thread   The shard's driver.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/limits.h"

namespace inlet::engine {

class Spin {
 public:
  // A callback that is worth it is about to run.
  void arm() { armed_ = true; }
  bool is_armed() const { return armed_; }

  // Looks until look() is true, or no longer pays.
  //
  // Units    now_us() is called between two looks, and counts microseconds like from_us, when the work ran out.
  // Returns  whether look() was true.
  template <class Look, class Clock>
  bool look_on(int64_t from_us, Look look, Clock now_us) {
    if (credits_ == 0 || from_us < rest_until_us_) return false;
    for (int64_t before_us = from_us;;) {
      if (look()) return true;
      const int64_t now = now_us();
      if (now - before_us >= kSpin_us) {
        rest_until_us_ = now + kSpinRest_ms * 1000;
        return false;
      }
      if (now - from_us >= kSpin_us) return false;
      before_us = now;
    }
  }

  // There is something to do again, so long after the work ran out.
  void work_came(int64_t after_us) {
    armed_ = false;
    if (after_us <= kSpin_us)
      credits_ = std::min(credits_ + 1, kSpinCreditsMax);
    else
      credits_ = credits_ > kSpinMissCost ? credits_ - kSpinMissCost : 0;
  }

 private:
  bool armed_ = false;
  unsigned credits_ = 0;
  int64_t rest_until_us_ = 0;
};

}  // namespace inlet::engine
