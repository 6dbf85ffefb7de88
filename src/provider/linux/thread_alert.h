// What can reach a sleeping thread: a descriptor that wakes it, and the procedure calls (APCs) that are queued to it.
//
// Every wait of the provider and of Winsock sleeps on the descriptor of its own thread, so whoever has news for a thread - a
// socket is closed, an event is set, a call is to be run there - needs one way only. A wake says "look again" and nothing
// more: whatever is waited for is looked at after each of them.
//
// A process may have no descriptor left when a thread is to sleep for the first time. Its alert is blind then: it sleeps in short
// pieces and looks again after each, until a later wait finds a descriptor.
//
// Owner    One for each thread, made when it first sleeps or is asked for; others keep it by shared_ptr, also when the
//          thread has ended.
#pragma once

#include <ws2spi.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>

namespace inlet::provider {

class ThreadAlert {
 public:
  // The calling thread's; asked for at the beginning of each wait. nullptr when there is no memory left.
  static std::shared_ptr<ThreadAlert> current();

  ~ThreadAlert();
  ThreadAlert(const ThreadAlert&) = delete;
  ThreadAlert& operator=(const ThreadAlert&) = delete;

  // Readable from wake() until drain(); -1 when blind. Changes only in current().
  int fd() const { return fd_.load(std::memory_order_relaxed); }
  bool is_blind() const { return fd() < 0; }
  // How long one sleep may be, at most; -1 is for ever.
  int sleep_ms(int wanted_ms) const;
  // Thread   Any.
  void wake();
  // Thread   Its own.
  void drain();

  // Queues a call that the thread runs in its next alertable wait, and wakes it.
  //
  // Thread   Any.
  // Returns  false when the thread has ended, or there is no memory; the call will never run.
  bool queue_apc(LPWSAUSERAPC function, DWORD_PTR context);

  // Thread   Any.
  bool has_apcs() const { return waiting_.load(std::memory_order_acquire) != 0; }

  // Runs what was queued before the call, without a lock; what the procedures queue themselves stays for the next time.
  //
  // Thread   Its own.
  // Returns  whether any ran.
  bool run_apcs();

 private:
  struct Apc {
    LPWSAUSERAPC function;
    DWORD_PTR context;
  };
  friend struct ThreadAlertSlot;

  explicit ThreadAlert(int fd) : fd_(fd) {}
  void look_for_descriptor();
  void end();

  std::atomic<int> fd_;  // written with mutex_ held
  std::atomic<size_t> waiting_{0};
  std::mutex mutex_;
  std::deque<Apc> apcs_;  // guarded by mutex_
  bool ended_ = false;    // guarded by mutex_
};

}  // namespace inlet::provider
