// One direction of a stream, for the length of a call. Hands the shard off before it waits for another thread's call.
#pragma once

#include "engine/context.h"
#include "server/stream.h"

namespace inlet::server {

class Stream::Guard {
 public:
  Guard(const Stream& stream, OpLock& lock) : lock_(lock), held_(lock.try_lock()) {
    if (held_) return;
    if (!stream.blocks()) failure_ = Error::would_block;
    if (!stream.blocks()) return;
    engine::before_blocking();
    const uint8_t cancels = stream.cancels_.load(std::memory_order_acquire);
    held_ = lock.lock_until(stream.call_deadline());
    if (!held_ || !stream.canceled_since(cancels)) return;
    lock.unlock();
    held_ = false;
    failure_ = Error::canceled;
  }
  Guard(OpLock& lock, Deadline deadline) : lock_(lock), held_(lock.try_lock()) {
    if (held_ || deadline.expired()) return;
    engine::before_blocking();
    held_ = lock.lock_until(deadline);
  }
  ~Guard() {
    if (held_) lock_.unlock();
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  explicit operator bool() const { return held_; }
  Error failure() const { return failure_; }  // why it is not held

 private:
  OpLock& lock_;
  bool held_;
  Error failure_ = Error::timed_out;
};

}  // namespace inlet::server
