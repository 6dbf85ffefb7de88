// How a call of the program waits for its socket: the only place where the provider blocks a thread.
//
// A wait is alertable: procedure calls queued to the thread run in it. A program of the 1.1 manner may have set a blocking
// hook, which is then called again and again instead of sleeping. Either may ask for the wait to be given up
// (WSPCancelBlockingCall), and another thread may close the socket.
#pragma once

#include <functional>

#include "provider/linux/sockets.h"

namespace inlet::provider {

class ThreadAlert;

// Waits until the socket is ready for one of events (a set of sys::Ready; none: for a wake only), or until somebody calls
// wake_sleepers for it.
//
// Thread   The calling thread sleeps; no lock is held.
// Shape    look, when given, is asked before each sleep, when a wake can no longer be missed: true ends the wait.
// Returns  after a wake as well as when it is ready: look, and wait again.
// Errors   canceled   the socket was closed meanwhile, or the call was cancelled
//          timed_out  timeout_ms (0: for ever) is over
//          any other  the system could not wait
Result<void> wait_ready(const SocketRef& socket, unsigned events, uint32_t timeout_ms,
                        const std::function<bool()>& look = nullptr);

// Wakes every thread that waits on the socket, to look again at what it waits for.
void wake_sleepers(const SocketRef& socket);

// Whether anybody waits on a socket with such a descriptor number. Whoever changes something and asks then has changed it sequentially
// consistently, and so it is looked at in waits: that is so of closing.
bool has_sleepers(int fd);

// Lists the calling thread among those that wake_sleepers wakes, for the lifetime of this object. A thread that sleeps on many
// sockets has one for each.
//
// Owner    The thread's stack, or what lies on it; the stripe of its descriptor points here.
class SleeperEntry {
 public:
  SleeperEntry(int fd, int wake_fd);
  ~SleeperEntry();
  SleeperEntry(const SleeperEntry&) = delete;
  SleeperEntry& operator=(const SleeperEntry&) = delete;

 private:
  friend void wake_sleepers(const SocketRef& socket);
  const int fd_;
  const int wake_fd_;
  SleeperEntry* next_ = nullptr;  // these two: guarded by the stripe
  SleeperEntry** link_ = nullptr;
};

// Makes the innermost wait of the calling thread end with Error::canceled. Works from what runs inside of that wait.
//
// Returns  false when this thread waits for nothing.
bool cancel_wait();

// The same for waits on many sockets at once (select, poll): marks the calling thread as waiting for the lifetime of this
// object, and knows what may end a wait beside readiness.
class BlockingCall {
 public:
  explicit BlockingCall(const ThreadAlert& alert);
  ~BlockingCall();
  BlockingCall(const BlockingCall&) = delete;
  BlockingCall& operator=(const BlockingCall&) = delete;

  // After each wake of the thread's alert (drained by the caller) and before each sleep: runs procedure calls and the
  // blocking hook.
  //
  // Errors   canceled  WSPCancelBlockingCall, or the hook said so
  Result<void> look_up();
  // How long one sleep may be, at most: a hook wants to be called again, and a blind alert wakes nobody.
  int sleep_ms(int wanted_ms) const;

 private:
  friend bool cancel_wait();
  BlockingCall* const outer_;
  const ThreadAlert& alert_;
  bool canceled_ = false;
  bool hooked_ = false;
};

}  // namespace inlet::provider
