#include "provider/linux/thread_alert.h"

#include <algorithm>
#include <new>

#include "base/limits.h"
#include "provider/linux/sys.h"

namespace inlet::provider {

// The end of the thread is the end of the slot: from then on nothing can be queued.
struct ThreadAlertSlot {
  std::shared_ptr<ThreadAlert> alert;
  ~ThreadAlertSlot() {
    if (alert != nullptr) alert->end();
  }

  static std::shared_ptr<ThreadAlert> make() {
    ThreadAlert* made = new (std::nothrow) ThreadAlert(-1);
    if (made == nullptr) return nullptr;
    try {
      return std::shared_ptr<ThreadAlert>(made);
    } catch (const std::bad_alloc&) {
      return nullptr;  // shared_ptr has deleted it
    }
  }
};

namespace {

thread_local ThreadAlertSlot slot;

}  // namespace

std::shared_ptr<ThreadAlert> ThreadAlert::current() {
  if (slot.alert == nullptr) slot.alert = ThreadAlertSlot::make();
  if (slot.alert != nullptr && slot.alert->is_blind()) slot.alert->look_for_descriptor();
  return slot.alert;
}

ThreadAlert::~ThreadAlert() {
  if (!is_blind()) sys::close(fd());
}

// With the lock of those who queue calls: either they see the descriptor, or the wait that now begins sees their call.
void ThreadAlert::look_for_descriptor() {
  std::lock_guard lock(mutex_);
  fd_.store(std::max(sys::make_wake(), -1), std::memory_order_relaxed);
}

int ThreadAlert::sleep_ms(int wanted_ms) const {
  if (!is_blind()) return wanted_ms;
  return wanted_ms < 0 ? kWakeLook_ms : std::min(wanted_ms, kWakeLook_ms);
}

void ThreadAlert::wake() {
  if (!is_blind()) sys::signal_wake(fd());
}

void ThreadAlert::drain() {
  if (!is_blind()) sys::drain_wake(fd());
}

bool ThreadAlert::queue_apc(LPWSAUSERAPC function, DWORD_PTR context) {
  try {
    std::lock_guard lock(mutex_);
    if (ended_) return false;
    apcs_.push_back({function, context});
    waiting_.store(apcs_.size(), std::memory_order_release);
  } catch (const std::bad_alloc&) {
    return false;
  }
  wake();
  return true;
}

bool ThreadAlert::run_apcs() {
  std::deque<Apc> now;
  {
    std::lock_guard lock(mutex_);
    now.swap(apcs_);
    waiting_.store(0, std::memory_order_release);
  }
  for (const Apc& apc : now) apc.function(apc.context);
  return !now.empty();
}

void ThreadAlert::end() {
  std::deque<Apc> never_run;
  std::lock_guard lock(mutex_);
  ended_ = true;
  never_run.swap(apcs_);
  waiting_.store(0, std::memory_order_release);
}

}  // namespace inlet::provider
