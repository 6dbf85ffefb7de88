// The lock of InetServerLock: one for the whole process, held by one thread for one server.
//
// While it is held, every other thread that wants to move data on that server or one of its clients waits before it does; so
// does the server's own thread before it accepts. Nothing else is stopped: callbacks go on until they need the network.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "inlet/wintypes.h"

namespace inlet::server {

class ServerLock {
 public:
  static ServerLock& instance();

  // Waits while another thread holds the lock for this server. Counted.
  //
  // Errors   would_block  waiting could be for ever: this thread holds the lock for another server, or another server is locked, or
  //                       the holder waits for the server event that runs here
  //          not_socket   the server was stopped meanwhile
  Result<void> lock(SOCKET server);
  // Errors   not_owner  this thread does not hold the lock for this server
  Result<void> unlock(SOCKET server);

  // INVALID_SOCKET when none is locked.
  SOCKET locked_server() const { return server_.load(std::memory_order_acquire); }

  // While one exists, and the calling thread holds the lock for this server, the server's own events may use the server too: the
  // holder waits for them, and they would else wait for the holder.
  class Loan {
   public:
    explicit Loan(SOCKET server);
    ~Loan();
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

   private:
    SOCKET lent_ = INVALID_SOCKET;
  };

  // Whether any server is locked, by whomever.
  static bool is_any_locked() { return server_.load(std::memory_order_acquire) != INVALID_SOCKET; }

  // Waits until the calling thread may use this server. One load when nothing is locked. Hands the shard off before it waits.
  static void pass(SOCKET server) {
    if (server_.load(std::memory_order_acquire) == server && server != INVALID_SOCKET)
      instance().wait_until_free(server);
  }

  // The server stops: the lock is gone, whoever holds it; waiters go on.
  void forget(SOCKET server);
  // A callback returns: a lock that it has left behind is released. Returns whether there was one.
  static bool release_left_behind() { return held_here_ != 0 && instance().release_held(); }

 private:
  ServerLock() = default;
  void wait_until_free(SOCKET server);
  bool release_held();
  void release_locked();
  // A server event that the holder waits for. The caller holds the mutex.
  bool has_loan_locked(SOCKET server) const;
  // The holder, or who has the loan. The caller holds the mutex.
  bool may_use_locked(SOCKET server) const;

  // The two that every callback looks at need no lock to be looked at, and no object to be found.
  static constinit std::atomic<SOCKET> server_;  // written under the mutex
  [[gnu::tls_model(
      "initial-exec")]] static constinit thread_local unsigned held_here_;  // locks that the calling thread holds

  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread::id owner_;         // GUARDED_BY(mutex_)
  SOCKET lent_ = INVALID_SOCKET;  // GUARDED_BY(mutex_): the server, while its holder waits for its events
  unsigned count_ = 0;            // GUARDED_BY(mutex_)
};

}  // namespace inlet::server
