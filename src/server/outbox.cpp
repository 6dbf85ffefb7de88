#include "server/outbox.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"

namespace inlet::server {

namespace {

size_t weight_of(const Outbox::Part& part) {
  return std::max(part.left(), kBroadcastPartMin);
}

}  // namespace

bool Outbox::keep_locked(Broadcast& message, size_t from) {
  if (closed_ || waiting_ + std::max(message.size() - from, kBroadcastPartMin) > kBroadcastWaitingMax) return false;
  try {
    parts_.push_back({message.shared(), from});
  } catch (const std::bad_alloc&) {
    return false;
  }
  waiting_ += weight_of(parts_.back());
  return true;
}

bool Outbox::begin(Broadcast& message, size_t from) {
  std::lock_guard lock(mutex_);
  INLET_ASSERT(!holds_);
  holds_ = keep_locked(message, from);
  return holds_;
}

bool Outbox::append(Broadcast& message) {
  std::lock_guard lock(mutex_);
  return holds_ && keep_locked(message, 0);
}

std::optional<Outbox::Part> Outbox::next() {
  std::lock_guard lock(mutex_);
  if (!holds_ || parts_.empty()) return std::nullopt;
  sending_ = true;
  return parts_.front();
}

// close may have taken everything meanwhile, and left the direction to us.
bool Outbox::sent(size_t bytes, bool failed) {
  std::lock_guard lock(mutex_);
  sending_ = false;
  if (failed) parts_.clear();
  if (!parts_.empty()) {
    Part& first = parts_.front();
    waiting_ -= weight_of(first);
    first.from += bytes;
    if (first.left() == 0)
      parts_.pop_front();
    else
      waiting_ += weight_of(first);
  }
  return parts_.empty() && give_back_locked();
}

bool Outbox::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  parts_.clear();
  return !sending_ && give_back_locked();
}

bool Outbox::give_back_locked() {
  waiting_ = 0;
  return std::exchange(holds_, false);
}

}  // namespace inlet::server
