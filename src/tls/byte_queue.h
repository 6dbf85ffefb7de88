// Bytes on their way, in blocks of four records. An empty queue owns nothing: blocks come from a small stock of the running thread
// and go back there, so steady traffic neither allocates nor keeps memory in idle sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/limits.h"

namespace inlet::tls {

class ByteQueue {
 public:
  ByteQueue() = default;
  ~ByteQueue() { clear(); }
  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;

  // Returns  false when there is no memory; then nothing was added.
  bool append(std::span<const std::byte> bytes) noexcept;

  // Room for count bytes that lie together, at most kTlsBlockBytes, behind the newest; add makes the first count of them part of
  // the queue. Nothing else may come between the two.
  // Returns  nothing when there is no memory.
  std::span<std::byte> room(size_t count) noexcept;
  void add(size_t count);

  // Copies the oldest bytes, at most those. Returns how many.
  size_t copy(std::span<std::byte> into) const;

  // The oldest bytes, as many as lie together; empty when the queue is.
  std::span<const std::byte> front() const {
    if (first_ == nullptr) return {};
    return {first_->bytes + first_->begin, first_->bytes + first_->end};
  }

  // Forgets the oldest count bytes.
  void drop(size_t count);
  void clear();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Block {
    Block* next = nullptr;
    uint32_t begin = 0;
    uint32_t end = 0;
    std::byte bytes[kTlsBlockBytes];
  };
  class Stock;

  bool make_room(size_t count) noexcept;
  void give_back_first();

  Block* first_ = nullptr;
  Block* last_ = nullptr;
  size_t size_ = 0;
};

}  // namespace inlet::tls
