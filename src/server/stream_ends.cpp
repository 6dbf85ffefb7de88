#include "server/stream_ends.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/global_memory.h"
#include "base/limits.h"

namespace inlet::server {

// ---- memory

Result<std::span<char>> MemorySink::room(size_t wanted) {
  return memory_.first(std::min(wanted, memory_.size()));
}

Result<void> MemorySink::put(const char* data, size_t size) {
  INLET_ASSERT(size <= memory_.size());
  if (data != memory_.data()) std::memcpy(memory_.data(), data, size);
  memory_ = memory_.subspan(size);
  return {};
}

GlobalSink::~GlobalSink() {
  if (block_) global_memory::release(block_);
}

// Doubles, so that a long stream is not copied again and again.
Result<void> GlobalSink::grow(size_t wanted) {
  if (wanted <= capacity_ - size_) return {};
  const size_t capacity = std::max(size_ + wanted, capacity_ * 2);
  void* block = block_ ? global_memory::resize(block_, capacity, false) : global_memory::allocate(capacity, false);
  if (!block) return Error::out_of_memory;
  block_ = block;
  capacity_ = capacity;
  return {};
}

Result<std::span<char>> GlobalSink::room(size_t wanted) {
  if (auto grown = grow(wanted); !grown) return grown.error();
  return std::span<char>(static_cast<char*>(block_) + size_, wanted);
}

Result<void> GlobalSink::put(const char* data, size_t size) {
  if (auto grown = grow(size); !grown) return grown;
  char* to = static_cast<char*>(block_) + size_;
  if (data != to) std::memcpy(to, data, size);
  size_ += size;
  return {};
}

Result<HGLOBAL> GlobalSink::release() {
  void* block = block_ ? global_memory::resize(block_, size_, false) : global_memory::allocate(0, false);
  if (!block) return Error::out_of_memory;
  block_ = nullptr;
  return block;
}

Result<std::span<const char>> MemorySource::next(size_t size) {
  const auto part = memory_.first(std::min(size, memory_.size()));
  memory_ = memory_.subspan(part.size());
  return part;
}

BufferedSource::BufferedSource(Fill fill) : fill_(std::move(fill)), buffer_(new char[kStreamChunk]) {}

Result<std::span<const char>> BufferedSource::next(size_t size) {
  auto got = fill_(buffer_.get(), std::min(size, kStreamChunk));
  if (!got) return got.error();
  return std::span<const char>(buffer_.get(), *got);
}

// ---- files

namespace {

template <class Call>
auto retried(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

// Writes without the signal that a pipe without a reader causes, which would end the program. One that the program itself has blocked
// and is waiting for stays.
ssize_t write_quietly(int file, const char* data, size_t size) {
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
  const ssize_t written = retried([&] { return ::write(file, data, size); });
  const timespec now{};
  if (written < 0 && errno == EPIPE && sigismember(&before, SIGPIPE) == 0)
    retried([&] { return ::sigtimedwait(&pipe, nullptr, &now); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return written;
}

}  // namespace

Result<void> FileSink::put(const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write_quietly(file_, data, size);
    if (written <= 0) return Error::file_write_failed;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return {};
}

bool is_file(int file) {
  return file >= 0 && ::fcntl(file, F_GETFD) >= 0;
}

std::optional<uint64_t> file_position(int file) {
  const off_t position = ::lseek(file, 0, SEEK_CUR);
  return position < 0 ? std::nullopt : std::optional<uint64_t>(position);
}

void set_file_position(int file, uint64_t position) {
  [[maybe_unused]] const off_t at = ::lseek(file, static_cast<off_t>(position), SEEK_SET);
}

std::optional<uint64_t> file_bytes_left(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto position = file_position(file);
  if (!position) return std::nullopt;
  const auto size = static_cast<uint64_t>(status.st_size);
  return size > *position ? size - *position : 0;
}

Result<size_t> read_file(int file, char* into, size_t size) {
  const ssize_t got = retried([&] { return ::read(file, into, size); });
  return got < 0 ? Result<size_t>(Error::file_read_failed) : static_cast<size_t>(got);
}

Result<int> open_store(const char* name, uint64_t offset) {
  if (!name || !*name) return Error::invalid_file_name;
  const int file = retried([&] { return ::open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666); });
  if (file < 0) return error_of_open(errno);
  struct stat status {};
  Error error = Error::none;
  if (::fstat(file, &status) != 0)
    error = Error::file_not_created;
  else if (S_ISREG(status.st_mode) && static_cast<uint64_t>(status.st_size) < offset)
    error = Error::fault;
  else if (S_ISREG(status.st_mode) && ::ftruncate(file, static_cast<off_t>(offset)) != 0)
    error = Error::file_write_failed;
  if (error != Error::none) {
    ::close(file);
    return error;
  }
  set_file_position(file, offset);
  return file;
}

void close_file(int file) {
  ::close(file);
}

}  // namespace inlet::server
