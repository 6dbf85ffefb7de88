// Deadlines of tasks, hashed by time. Arming, disarming and waiting cost nothing; only what comes due is touched.
//
// A timer is late by at most one tick. Timers beyond one round stay in their slot and are passed over once a round.
#pragma once

#include <array>
#include <bit>

#include "base/clock.h"
#include "base/limits.h"
#include "engine/task.h"

namespace inlet::engine {

class TimerWheel {
 public:
  explicit TimerWheel(int64_t now_ms) : tick_(now_ms / kTimerTick_ms) {}

  // Arms or moves a timer.
  void arm(Timer& timer, int64_t due_ms) {
    disarm(timer);
    timer.due_ms = due_ms;
    const int64_t tick = std::max(tick_of(due_ms), tick_ + 1);
    const size_t slot = slot_of(tick);
    slots_[slot].push_back(timer);
    used_[slot / 64] |= uint64_t{1} << slot % 64;
    ++size_;
  }

  void disarm(Timer& timer) {
    if (!static_cast<Linked<TimerTag>&>(timer).is_linked()) return;
    static_cast<Linked<TimerTag>&>(timer).unlink();
    --size_;
  }

  // Calls expire(Timer&) for each timer that has come due; it may arm it again.
  template <class Expire>
  void advance(int64_t now_ms, Expire expire) {
    const int64_t now_tick = now_ms / kTimerTick_ms;
    if (now_tick <= tick_) return;
    int64_t from = tick_ + 1;
    if (now_tick - from >= static_cast<int64_t>(kTimerSlots)) from = now_tick - static_cast<int64_t>(kTimerSlots) + 1;
    tick_ = now_tick;
    if (size_ == 0) return;
    List<Timer, TimerTag> due;
    for (int64_t tick = from; tick <= now_tick; ++tick) {
      slots_[slot_of(tick)].for_each([&](Timer& timer) {
        if (timer.due_ms > now_ms) return;
        static_cast<Linked<TimerTag>&>(timer).unlink();
        due.push_back(timer);
      });
    }
    while (Timer* timer = due.pop_front()) {
      --size_;
      expire(*timer);
    }
  }

  // When to look again: the next slot that holds a timer.
  Deadline next() const {
    if (size_ == 0) return Deadline::never();
    // The slot of tick_ itself comes last: what is in it is a whole round away.
    for (size_t passed = 1; passed <= kTimerSlots;) {
      const size_t slot = slot_of(tick_ + static_cast<int64_t>(passed));
      const uint64_t ahead = used_[slot / 64] >> slot % 64;
      if (ahead == 0) {
        passed += 64 - slot % 64;
        continue;
      }
      passed += static_cast<size_t>(std::countr_zero(ahead));
      if (passed > kTimerSlots) break;
      if (holds_any(slot_of(tick_ + static_cast<int64_t>(passed))))
        return Deadline::at_ms((tick_ + static_cast<int64_t>(passed)) * kTimerTick_ms);
    }
    return Deadline::never();
  }

  size_t size() const { return size_; }

 private:
  // Rounded up, so that no timer comes early.
  static int64_t tick_of(int64_t ms) { return (ms + kTimerTick_ms - 1) / kTimerTick_ms; }

  static size_t slot_of(int64_t tick) { return static_cast<size_t>(tick) % kTimerSlots; }

  bool holds_any(size_t slot) const {
    if (!slots_[slot].empty()) return true;
    used_[slot / 64] &= ~(uint64_t{1} << slot % 64);
    return false;
  }

  std::array<List<Timer, TimerTag>, kTimerSlots> slots_;
  mutable std::array<uint64_t, kTimerSlots / 64> used_{};
  int64_t tick_;
  size_t size_ = 0;
};

static_assert(kTimerSlots % 64 == 0, "a bit for each");

}  // namespace inlet::engine
