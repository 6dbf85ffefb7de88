#include "base/op_lock.h"

#include <condition_variable>
#include <mutex>

#include "base/timed_wait.h"

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
  return wait_until(stripe.freed, guard, deadline,
                    [this] { return state_.exchange(kContended, std::memory_order_acquire) == kFree; });
}

void OpLock::wake_waiters() {
  Stripe& stripe = stripe_of(this);
  { std::lock_guard guard(stripe.mutex); }  // a waiter is either before its exchange or asleep, never between
  stripe.freed.notify_all();
}

}  // namespace inlet
