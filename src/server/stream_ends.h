// Where a stream goes to and comes from, besides the session that moves it.
//
// Owner    The transfer. Memory, files and handles are the program's; an HGLOBAL that is made becomes the program's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "cswsock10.h"

namespace inlet::server {

class StreamSink {
 public:
  virtual ~StreamSink() = default;
  // Room for the next bytes, if they can be put right there; then put is told of them with that address.
  // Errors   out_of_memory
  virtual Result<std::span<char>> room(size_t) { return std::span<char>(); }
  // Errors   file_write_failed, out_of_memory; those of a write
  virtual Result<void> put(const char* data, size_t size) = 0;
};

// The caller's memory, as large as the transfer's limit.
class MemorySink final : public StreamSink {
 public:
  explicit MemorySink(void* memory, size_t size) : memory_(static_cast<char*>(memory), size) {}
  Result<std::span<char>> room(size_t wanted) override;
  Result<void> put(const char* data, size_t size) override;

 private:
  std::span<char> memory_;  // what is left
};

// A block of global memory that grows.
class GlobalSink final : public StreamSink {
 public:
  GlobalSink() = default;
  ~GlobalSink() override;
  GlobalSink(const GlobalSink&) = delete;
  Result<std::span<char>> room(size_t wanted) override;
  Result<void> put(const char* data, size_t size) override;
  // The block in its final size, which is the caller's from here on.
  Result<HGLOBAL> release();

 private:
  Result<void> grow(size_t wanted);
  void* block_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

class FileSink final : public StreamSink {
 public:
  explicit FileSink(int file) : file_(file) {}
  Result<void> put(const char* data, size_t size) override;

 private:
  const int file_;
};

// Another session; write writes all or fails.
class SocketSink final : public StreamSink {
 public:
  using Write = std::function<Result<void>(const char*, size_t)>;
  explicit SocketSink(Write write) : write_(std::move(write)) {}
  Result<void> put(const char* data, size_t size) override { return write_(data, size); }

 private:
  const Write write_;
};

class StreamSource {
 public:
  virtual ~StreamSource() = default;
  // The next bytes, at most size; none at the end. They stay until the next call.
  // Errors   file_read_failed; those of a read
  virtual Result<std::span<const char>> next(size_t size) = 0;
};

class MemorySource final : public StreamSource {
 public:
  MemorySource(const void* memory, size_t size) : memory_(static_cast<const char*>(memory), size) {}
  Result<std::span<const char>> next(size_t size) override;

 private:
  std::span<const char> memory_;  // what is left
};

// Whatever fills a buffer: a file, another session.
class BufferedSource final : public StreamSource {
 public:
  using Fill = std::function<Result<size_t>(char*, size_t)>;
  explicit BufferedSource(Fill fill);
  Result<std::span<const char>> next(size_t size) override;

 private:
  const Fill fill_;
  std::unique_ptr<char[]> buffer_;
};

// ---- files, over the system; positions are the file's own

// Bytes that are left in a regular file from where it stands; nothing for other kinds.
std::optional<uint64_t> file_bytes_left(int file);
std::optional<uint64_t> file_position(int file);
void set_file_position(int file, uint64_t position);
bool is_file(int file);
// Errors   file_read_failed
Result<size_t> read_file(int file, char* into, size_t size);

// Opens a file to store a stream in, made if it is not there, cut at the offset.
//
// Returns  The descriptor, the caller's to close.
// Errors   invalid_file_name, file_not_found, access_denied, file_not_created; fault: the offset is behind the end
Result<int> open_store(const char* name, uint64_t offset);
void close_file(int file);

}  // namespace inlet::server
