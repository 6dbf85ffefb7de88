// A mutex of one byte for the read and the write side of a stream, with a deadline; and for what is locked for every connection.
//
// There are two for each of many thousand sessions and nearly all are free nearly always, so waiting threads are parked in a
// shared table and an uncontended lock costs one exchange each way.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace inlet {

class OpLock {
 public:
  bool try_lock() {
    uint8_t free = kFree;
    return state_.compare_exchange_strong(free, kHeld, std::memory_order_acquire, std::memory_order_relaxed);
  }

  // Without a deadline, for std::lock_guard.
  void lock() {
    if (!try_lock()) lock_until(Deadline::never());
  }

  // Returns  false when the deadline passed first.
  // Thread   Any; the caller holds no other lock.
  bool lock_until(Deadline deadline);

  void unlock() {
    if (state_.exchange(kFree, std::memory_order_release) == kContended) wake_waiters();
  }

 private:
  static constexpr uint8_t kFree = 0, kHeld = 1, kContended = 2;
  void wake_waiters();
  std::atomic<uint8_t> state_{kFree};
};

}  // namespace inlet
