#include "winsock/dispatcher.h"

#include <algorithm>

#include "base/assert.h"
#include "winsock/alert_sleep.h"
#include "winsock/fail.h"

namespace inlet::winsock {
namespace {

using provider::ThreadAlert;

std::mutex& dispatcher_mutex() {
  static std::mutex* instance = new std::mutex;  // threads may end after the static objects of the process
  return *instance;
}

}  // namespace

// One wait of one thread. Lives on the stack of wait_for, which leaves only when no list knows it any more.
class Wait {
 public:
  Wait(WaitObjects objects, bool all) : objects_(objects), all_(all), thread_(held_mutexes()) {}

  // True when it was satisfied at once; else it is registered if there is an alert to wake.
  bool begin(std::shared_ptr<ThreadAlert> alert);
  bool done() const { return done_.load(std::memory_order_acquire); }
  // Takes the wait back. False when it was satisfied meanwhile.
  bool cancel();
  DWORD result() const { return result_; }

 private:
  friend class Dispatch;
  bool satisfy_locked();
  bool satisfy_all_locked();
  bool satisfy_one_locked();
  void link_locked();
  void unlink_locked();

  const WaitObjects objects_;
  const bool all_;
  HeldMutexes& thread_;
  std::shared_ptr<ThreadAlert> alert_;
  DWORD result_ = WAIT_TIMEOUT;
  std::atomic<bool> done_{false};
  std::array<WaitLink, MAXIMUM_WAIT_OBJECTS> links_;
};

Dispatch::Dispatch() {
  dispatcher_mutex().lock();
}

Dispatch::~Dispatch() {
  dispatcher_mutex().unlock();
  for (size_t i = 0; i < count_; ++i) woken_[i]->wake();
}

void Dispatch::wake_later(std::shared_ptr<ThreadAlert> alert) {
  if (count_ == woken_.size()) {
    alert->wake();
  } else {
    woken_[count_++] = std::move(alert);
  }
}

void Dispatch::signal(WaitObject& object) {
  WaitLink* link = object.first_;
  while (link != nullptr) {
    Wait& wait = *link->wait;
    link = link->next;  // a wait has one link at most in each list, so this one is not of the same wait
    if (!object.available_locked(wait.thread_)) return;
    if (!wait.satisfy_locked()) continue;
    wait.unlink_locked();
    wake_later(std::move(wait.alert_));
    wait.done_.store(true, std::memory_order_release);  // from here on the wait may be gone
  }
}

bool Wait::begin(std::shared_ptr<ThreadAlert> alert) {
  Dispatch dispatch;
  if (satisfy_locked()) return true;
  if (alert == nullptr) return false;
  alert_ = std::move(alert);
  link_locked();
  return false;
}

bool Wait::cancel() {
  Dispatch dispatch;
  if (done()) return false;
  unlink_locked();
  return true;
}

bool Wait::satisfy_locked() {
  return all_ ? satisfy_all_locked() : satisfy_one_locked();
}

bool Wait::satisfy_one_locked() {
  for (size_t i = 0; i < objects_.size(); ++i) {
    if (!objects_[i]->available_locked(thread_)) continue;
    result_ = (objects_[i]->take_locked(thread_) ? WAIT_ABANDONED_0 : WAIT_OBJECT_0) + static_cast<DWORD>(i);
    return true;
  }
  return false;
}

bool Wait::satisfy_all_locked() {
  auto available = [&](const auto& object) { return object->available_locked(thread_); };
  if (!std::ranges::all_of(objects_, available)) return false;
  result_ = WAIT_OBJECT_0;
  for (const auto& object : objects_)
    if (object->take_locked(thread_)) result_ = WAIT_ABANDONED_0;
  return true;
}

void Wait::link_locked() {
  for (size_t i = 0; i < objects_.size(); ++i) {
    WaitObject& object = *objects_[i];
    // The same object again: one link is enough, and it is the last of the list because the lock was held since.
    if (object.last_ != nullptr && object.last_->wait == this) continue;
    links_[i] = {this, object.last_, nullptr};
    (object.last_ != nullptr ? object.last_->next : object.first_) = &links_[i];
    object.last_ = &links_[i];
  }
}

void Wait::unlink_locked() {
  for (size_t i = 0; i < objects_.size(); ++i) {
    WaitLink& link = links_[i];
    if (link.wait == nullptr) continue;
    WaitObject& object = *objects_[i];
    (link.previous != nullptr ? link.previous->next : object.first_) = link.next;
    (link.next != nullptr ? link.next->previous : object.last_) = link.previous;
    link = {};
  }
}

namespace {

// Sleeps until the wait is done, time is over or, if alertable, procedure calls are due.
DWORD sleep_on(Wait& wait, ThreadAlert& alert, const AlertTimeout& timeout, bool alertable) {
  while (!wait.done()) {
    if (alertable && alert.has_apcs()) {
      if (!wait.cancel()) break;
      alert.run_apcs();
      return WAIT_IO_COMPLETION;
    }
    if (timeout.over()) return wait.cancel() ? WAIT_TIMEOUT : wait.result();
    timeout.sleep(alert);
  }
  return wait.result();
}

}  // namespace

DWORD wait_for(WaitObjects objects, bool all, DWORD timeout_ms, bool alertable) {
  INLET_ASSERT(!objects.empty() && objects.size() <= MAXIMUM_WAIT_OBJECTS);
  const AlertTimeout timeout(timeout_ms);
  Wait wait(objects, all);
  const bool may_sleep = timeout_ms != 0 || alertable;
  auto alert = may_sleep ? ThreadAlert::current() : nullptr;
  if (wait.begin(alert)) return wait.result();
  if (!may_sleep) return WAIT_TIMEOUT;
  if (alert == nullptr) return fail(WAIT_FAILED, ERROR_NOT_ENOUGH_MEMORY);
  return sleep_on(wait, *alert, timeout, alertable);
}

DWORD sleep_alertably(DWORD timeout_ms) {
  const AlertTimeout timeout(timeout_ms);
  auto alert = ThreadAlert::current();
  if (alert == nullptr) {
    Sleep(timeout_ms);  // nothing can have been queued
    return 0;
  }
  while (true) {
    if (alert->run_apcs()) return WAIT_IO_COMPLETION;
    if (timeout.over()) return 0;
    timeout.sleep(*alert);
  }
}

}  // namespace inlet::winsock
