// Threads as objects that can be waited for, and that procedure calls can be queued to.
#pragma once

#include <atomic>

#include "base/thread_registry.h"
#include "provider/linux/thread_alert.h"
#include "winsock/dispatcher.h"

namespace inlet::winsock {

// One for each thread that a handle was made of; signaled when the thread has ended.
class ThreadObject : public WaitObject, public ThreadEndListener {
 public:
  static constexpr ObjectKind kKind = ObjectKind::thread;
  explicit ThreadObject(std::shared_ptr<ThreadRecord> record) : WaitObject(kKind), record_(std::move(record)) {}

  uint32_t id() const { return record_->id(); }
  // STILL_ACTIVE until it has ended.
  uint32_t exit_code() const;

  // Thread   Its own: from now on calls can be queued to it.
  void accept_apcs();
  bool accepts_apcs() const;
  // False when the thread has ended or never was asked to accept any.
  bool queue_apc(LPWSAUSERAPC function, DWORD_PTR context);

  // A thread that is made suspended waits, before it does anything else, until somebody resumes it.
  void suspend() { suspended_ = true; }
  void wait_for_resume() { suspended_.wait(true); }
  // How often it was suspended: 1 or 0.
  DWORD resume();

  std::atomic<int>& priority() { return priority_; }

  bool available_locked(const HeldMutexes&) const override { return ended_; }
  bool take_locked(HeldMutexes&) override { return false; }
  void thread_ended() override;

 private:
  const std::shared_ptr<ThreadRecord> record_;
  std::atomic<bool> suspended_{false};
  std::atomic<int> priority_{THREAD_PRIORITY_NORMAL};
  bool ended_ = false;                            // guarded by the dispatcher
  std::shared_ptr<provider::ThreadAlert> alert_;  // guarded by the dispatcher
};

// The calling thread's object, which accepts procedure calls. A thread that nobody has registered is registered until it ends.
// Throws std::bad_alloc.
std::shared_ptr<ThreadObject> calling_thread();

// nullptr when the handle is not of a thread. Knows the pseudo handle of the calling thread.
std::shared_ptr<ThreadObject> find_thread_object(HANDLE handle);

}  // namespace inlet::winsock
