#include "provider/completion_port.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <new>

#include "provider/linux/sys.h"
#include "provider/linux/thread_alert.h"

namespace inlet::provider {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

// One call of get that has to wait.
class CompletionPort::Wait {
 public:
  Wait(DWORD timeout_ms, ThreadAlert* alert)
      : forever_(timeout_ms == INFINITE), until_(Clock::now() + std::chrono::milliseconds(timeout_ms)) {
    waiter_.alert = alert;
  }

  bool over() const { return !forever_ && Clock::now() >= until_; }

  // Until it is woken or over; may come back for nothing.
  void sleep(CompletionPort& port, std::unique_lock<std::mutex>& lock) {
    port.list_locked(waiter_);
    if (waiter_.alert != nullptr) {
      lock.unlock();
      sleep_on_alert();
      lock.lock();
    } else if (forever_) {
      waiter_.woken.wait(lock);
    } else {
      waiter_.woken.wait_until(lock, until_);
    }
    port.unlist_locked(waiter_);
  }

 private:
  void sleep_on_alert() {
    int left_ms = -1;
    if (!forever_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - Clock::now()).count();
      left_ms = static_cast<int>(std::clamp<int64_t>(left, 0, INT_MAX));
    }
    if (sys::wait(-1, 0, waiter_.alert->fd(), waiter_.alert->sleep_ms(left_ms)) > 0) waiter_.alert->drain();
  }

  const bool forever_;
  const Clock::time_point until_;
  Waiter waiter_;
};

bool CompletionPort::post(const Packet& packet) {
  try {
    std::lock_guard lock(mutex_);
    if (closed_) return true;
    packets_.push_back(packet);
    wake_locked();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

CompletionPort::Outcome CompletionPort::get(std::span<Packet> room, size_t* taken, DWORD timeout_ms, bool alertable) {
  auto alert = alertable ? ThreadAlert::current() : nullptr;
  if (alertable && alert == nullptr) return Outcome::no_alert;
  std::unique_lock lock(mutex_);
  if (take_locked(room, taken)) return Outcome::taken;
  Wait wait(timeout_ms, alert.get());
  while (!closed_) {
    if (alertable && alert->has_apcs()) {
      lock.unlock();
      alert->run_apcs();
      return Outcome::alerted;
    }
    if (timeout_ms == 0 || wait.over()) return Outcome::timed_out;
    wait.sleep(*this, lock);
    if (take_locked(room, taken)) return Outcome::taken;
  }
  return Outcome::closed;
}

void CompletionPort::close() {
  std::deque<Packet> dropped;
  std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(packets_);
  while (last_ != nullptr) wake_locked();
}

bool CompletionPort::take_locked(std::span<Packet> room, size_t* taken) {
  *taken = std::min(room.size(), packets_.size());
  const auto end = packets_.begin() + static_cast<ptrdiff_t>(*taken);
  std::copy(packets_.begin(), end, room.begin());
  packets_.erase(packets_.begin(), end);
  return *taken != 0;
}

void CompletionPort::list_locked(Waiter& waiter) {
  waiter.below = last_;
  waiter.above = nullptr;
  if (last_ != nullptr) last_->above = &waiter;
  last_ = &waiter;
  waiter.listed = true;
}

void CompletionPort::unlist_locked(Waiter& waiter) {
  if (!waiter.listed) return;
  waiter.listed = false;
  (waiter.above != nullptr ? waiter.above->below : last_) = waiter.below;
  if (waiter.below != nullptr) waiter.below->above = waiter.above;
}

// Under the lock, because without it the waiter may be gone.
void CompletionPort::wake_locked() {
  if (last_ == nullptr) return;
  Waiter& waiter = *last_;
  unlist_locked(waiter);
  if (waiter.alert != nullptr) {
    waiter.alert->wake();
  } else {
    waiter.woken.notify_one();
  }
}

}  // namespace inlet::provider
