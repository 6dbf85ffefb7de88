#include "server/server_lock.h"

#include "engine/context.h"

namespace inlet::server {

namespace {
// Locks that the calling thread holds. Lets a callback end without a look at the mutex.
constinit thread_local unsigned held_here = 0;
}  // namespace

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
    if (locked != server) return Error::would_block;
    changed_.wait(lock);
  }
  server_.store(server, std::memory_order_release);
  owner_ = std::this_thread::get_id();
  ++count_;
  ++held_here;
  return {};
}

Result<void> ServerLock::unlock(SOCKET server) {
  std::lock_guard lock(mutex_);
  if (server_.load(std::memory_order_relaxed) != server || owner_ != std::this_thread::get_id())
    return Error::not_handle_owner;
  --held_here;
  if (--count_ == 0) release_locked();
  return {};
}

void ServerLock::wait_until_free(SOCKET server) {
  {
    std::lock_guard lock(mutex_);
    if (server_.load(std::memory_order_relaxed) != server || owner_ == std::this_thread::get_id()) return;
  }
  engine::before_blocking();
  std::unique_lock lock(mutex_);
  changed_.wait(
      lock, [&] { return server_.load(std::memory_order_relaxed) != server || owner_ == std::this_thread::get_id(); });
}

void ServerLock::release_locked() {
  count_ = 0;
  server_.store(INVALID_SOCKET, std::memory_order_release);
  owner_ = {};
  changed_.notify_all();
}

void ServerLock::forget(SOCKET server) {
  std::lock_guard lock(mutex_);
  if (server_.load(std::memory_order_relaxed) == server) release_locked();
}

bool ServerLock::release_left_behind() {
  if (held_here == 0) return false;
  held_here = 0;
  std::lock_guard lock(mutex_);
  if (server_.load(std::memory_order_relaxed) == INVALID_SOCKET || owner_ != std::this_thread::get_id()) return false;
  release_locked();
  return true;
}

}  // namespace inlet::server
