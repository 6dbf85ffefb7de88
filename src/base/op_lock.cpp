#include "base/op_lock.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace inlet {
namespace {

struct Stripe {
  std::mutex mutex;
  std::condition_variable freed;
};

// Locks that meet in one stripe only cause a spurious look now and then.
Stripe& stripe_of(const void* lock) {
  static Stripe stripes[32];
  return stripes[(reinterpret_cast<uintptr_t>(lock) >> 4) % 32];
}

}  // namespace

bool OpLock::lock_until(Deadline deadline) {
  Stripe& stripe = stripe_of(this);
  std::unique_lock guard(stripe.mutex);
  while (state_.exchange(kContended, std::memory_order_acquire) != kFree) {
    if (deadline.is_never()) {
      stripe.freed.wait(guard);
    } else if (deadline.expired()) {
      return false;
    } else {
      // A manual clock wakes nobody here, so look at it often.
      const int timeout_ms = time_is_manual() ? 5 : deadline.poll_timeout_ms();
      stripe.freed.wait_for(guard, std::chrono::milliseconds(timeout_ms));
    }
  }
  return true;
}

void OpLock::wake_waiters() {
  Stripe& stripe = stripe_of(this);
  { std::lock_guard guard(stripe.mutex); }  // a waiter is either before its exchange or asleep, never between
  stripe.freed.notify_all();
}

}  // namespace inlet
