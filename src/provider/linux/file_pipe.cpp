#include <algorithm>
#include <atomic>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "provider/linux/sys.h"
#include "provider/send_file.h"

namespace inlet::provider {

namespace {
std::atomic<unsigned> open_pipes{0};
}

FilePipe::~FilePipe() {
  if (!is_open()) return;
  sys::close(in_);
  sys::close(out_);
  open_pipes.fetch_sub(1, std::memory_order_relaxed);
}

bool FilePipe::open() {
  if (refused_) return false;
  refused_ = open_pipes.fetch_add(1, std::memory_order_relaxed) >= kFilePipesMax ||
             sys::open_pipe(&in_, &out_, kFilePart_bytes) != 0;
  if (refused_) open_pipes.fetch_sub(1, std::memory_order_relaxed);
  return !refused_;
}

ptrdiff_t FilePipe::send(int fd, int file, uint64_t offset, size_t size) {
  const ptrdiff_t sent = send_some(fd, file, offset, size);
  if (sent > 0)
    taken_ += static_cast<uint64_t>(sent);
  else if (sent < 0 && error_of_errno(static_cast<int>(-sent)) == Error::would_block)
    note_full(fd);
  return sent;
}

// What waits is what has not been sent yet. What is on its way does not count: a path with a long way needs it there.
void FilePipe::note_full(int fd) {
  const int64_t now = now_us();
  const auto unsent = static_cast<uint64_t>(std::max(sys::not_yet_sent_bytes(fd), 0));
  const uint64_t gone = taken_ - std::min(taken_, unsent);
  const bool known = full_us_ >= 0 && now > full_us_ && gone > gone_;
  const int64_t needed_ms =
      known ? static_cast<int64_t>(unsent / 2 * static_cast<uint64_t>(now - full_us_) / (gone - gone_) / 1000) : 0;
  pause_ms_ = std::min(needed_ms, kFilePause_ms);
  full_us_ = now;
  gone_ = gone;
}

ptrdiff_t FilePipe::send_some(int fd, int file, uint64_t offset, size_t size) {
  if (held_ == 0) {
    const size_t part = std::min(size, kFilePart_bytes);
    const bool piped = is_open() || (size >= kFilePipeWorth_bytes && open());
    if (!piped) return sys::send_file(fd, file, offset, part);
    const ptrdiff_t got = sys::fill_pipe(in_, file, offset, part);
    if (got <= 0) return got;
    held_ = static_cast<size_t>(got);
  }
  const ptrdiff_t sent = sys::send_from_pipe(fd, out_, std::min(held_, size), size > held_);
  if (sent > 0) held_ -= static_cast<size_t>(sent);
  return sent;
}

}  // namespace inlet::provider
