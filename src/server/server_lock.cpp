#include "server/server_lock.h"

#include "engine/context.h"
#include "server/server.h"

namespace inlet::server {

constinit std::atomic<SOCKET> ServerLock::server_{INVALID_SOCKET};
constinit thread_local unsigned ServerLock::held_here_ = 0;

// Never destroyed: threads of the library may outlive main.
ServerLock& ServerLock::instance() {
  static ServerLock* lock = new ServerLock;
  return *lock;
}

Result<void> ServerLock::lock(SOCKET server) {
  engine::before_blocking();
  std::unique_lock lock(mutex_);
  while (true) {
    const SOCKET locked = server_.load(std::memory_order_relaxed);
    if (locked == INVALID_SOCKET) break;
    if (locked == server && owner_ == std::this_thread::get_id()) break;
    if (locked != server || has_loan_locked(server)) return Error::would_block;
    changed_.wait(lock);
  }
  server_.store(server, std::memory_order_release);
  owner_ = std::this_thread::get_id();
  ++count_;
  ++held_here_;
  return {};
}

Result<void> ServerLock::unlock(SOCKET server) {
  std::lock_guard lock(mutex_);
  if (server_.load(std::memory_order_relaxed) != server || owner_ != std::this_thread::get_id())
    return Error::not_handle_owner;
  --held_here_;
  if (--count_ == 0) release_locked();
  return {};
}

bool ServerLock::has_loan_locked(SOCKET server) const {
  return lent_ == server && Server::is_event_here(server);
}

bool ServerLock::may_use_locked(SOCKET server) const {
  return server_.load(std::memory_order_relaxed) != server || owner_ == std::this_thread::get_id() ||
         has_loan_locked(server);
}

void ServerLock::wait_until_free(SOCKET server) {
  {
    std::lock_guard lock(mutex_);
    if (may_use_locked(server)) return;
  }
  engine::before_blocking();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return may_use_locked(server); });
}

ServerLock::Loan::Loan(SOCKET server) {
  ServerLock& all = instance();
  std::lock_guard lock(all.mutex_);
  if (all.server_.load(std::memory_order_relaxed) != server || all.owner_ != std::this_thread::get_id()) return;
  lent_ = all.lent_ = server;
  all.changed_.notify_all();
}

ServerLock::Loan::~Loan() {
  if (lent_ == INVALID_SOCKET) return;
  ServerLock& all = instance();
  std::lock_guard lock(all.mutex_);
  if (all.lent_ == lent_) all.lent_ = INVALID_SOCKET;
}

void ServerLock::release_locked() {
  count_ = 0;
  lent_ = INVALID_SOCKET;
  server_.store(INVALID_SOCKET, std::memory_order_release);
  owner_ = {};
  changed_.notify_all();
}

void ServerLock::forget(SOCKET server) {
  std::lock_guard lock(mutex_);
  if (server_.load(std::memory_order_relaxed) == server) release_locked();
}

bool ServerLock::release_held() {
  held_here_ = 0;
  std::lock_guard lock(mutex_);
  if (server_.load(std::memory_order_relaxed) == INVALID_SOCKET || owner_ != std::this_thread::get_id()) return false;
  release_locked();
  return true;
}

}  // namespace inlet::server
