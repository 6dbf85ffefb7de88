#include "server/transfer_state.h"

#include <algorithm>

#include "base/clock.h"
#include "base/thread_registry.h"

namespace inlet::server {

namespace {

DWORD as_dword(uint64_t value) {
  return static_cast<DWORD>(std::min<uint64_t>(value, UINT32_MAX));
}

}  // namespace

bool TransferState::begin(Direction direction, uint64_t size) {
  std::lock_guard lock(mutex_);
  Running& running = running_of_[static_cast<size_t>(direction)];
  if (running.taken) return false;
  running = {true, false, current_thread_id()};
  running_ = true;
  direction_ = direction;
  error_ = Error::none;
  thread_ = current_thread_id();
  size_ = size;
  copied_ = 0;
  begun_ms_ = now_ms();
  return true;
}

void TransferState::set_copied(uint64_t copied) {
  std::lock_guard lock(mutex_);
  copied_ = copied;
}

void TransferState::end(Direction direction, Error error) {
  std::lock_guard lock(mutex_);
  running_of_[static_cast<size_t>(direction)] = {};
  if (direction != direction_) return;
  running_ = false;
  error_ = error;
  ended_ms_ = now_ms();
}

bool TransferState::cancel() {
  std::lock_guard lock(mutex_);
  bool any = false;
  for (Running& each : running_of_) {
    each.canceled = each.taken;
    any = any || each.taken;
  }
  return any;
}

bool TransferState::is_canceled(uint32_t thread) const {
  std::lock_guard lock(mutex_);
  for (const Running& each : running_of_)
    if (each.canceled && each.thread == thread) return true;
  return false;
}

INETSTREAMINFO TransferState::info() const {
  std::lock_guard lock(mutex_);
  INETSTREAMINFO info{};
  if (begun_ms_ < 0) return info;
  const auto elapsed_ms = static_cast<uint64_t>((running_ ? now_ms() : ended_ms_) - begun_ms_);
  info.dwStreamThread = thread_;
  info.dwStreamSize = as_dword(size_);
  info.dwStreamCopied = as_dword(copied_);
  info.dwStreamMode = direction_ == Direction::read ? INET_STREAM_MODE_READ : INET_STREAM_MODE_WRITE;
  info.dwStreamError = inet_code(error_);
  info.dwTimeElapsed = as_dword(elapsed_ms / 1000);
  const uint64_t rate = copied_ * 1000 / std::max<uint64_t>(elapsed_ms, 1);
  info.dwBytesPerSecond = as_dword(rate);
  if (running_ && rate != 0 && size_ > copied_) info.dwTimeEstimated = as_dword((size_ - copied_) / rate);
  return info;
}

}  // namespace inlet::server
