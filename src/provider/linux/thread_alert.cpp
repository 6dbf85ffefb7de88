#include "provider/linux/thread_alert.h"

#include <new>

#include "provider/linux/sys.h"

namespace inlet::provider {

// The end of the thread is the end of the slot: from then on nothing can be queued.
struct ThreadAlertSlot {
  std::shared_ptr<ThreadAlert> alert;
  ~ThreadAlertSlot() {
    if (alert != nullptr) alert->end();
  }

  static std::shared_ptr<ThreadAlert> make() {
    const int fd = sys::make_wake();
    if (fd < 0) return nullptr;
    ThreadAlert* made = new (std::nothrow) ThreadAlert(fd);
    if (made == nullptr) {
      sys::close(fd);
      return nullptr;
    }
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
  return slot.alert;
}

ThreadAlert::~ThreadAlert() {
  sys::close(fd_);
}

void ThreadAlert::wake() {
  sys::signal_wake(fd_);
}

void ThreadAlert::drain() {
  sys::drain_wake(fd_);
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
