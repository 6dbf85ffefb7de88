#include "tls/byte_queue.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/assert.h"

namespace inlet::tls {

// The empty blocks of one thread. A queue may outlive its thread's stock (both may end with the thread), so what comes after the
// end goes to the heap; kept_max needs no destructor and can be read then.
class ByteQueue::Stock {
 public:
  ~Stock() {
    kept_max = 0;
    while (free_ != nullptr) delete pop();
  }

  static Block* take() noexcept {
    if (kept_max == 0) return new (std::nothrow) Block;
    Stock& stock = mine();
    return stock.free_ != nullptr ? stock.pop() : new (std::nothrow) Block;
  }

  static void put(Block* block) noexcept {
    if (kept_max == 0 || mine().count_ >= kept_max) {
      delete block;
      return;
    }
    block->next = mine().free_;
    mine().free_ = block;
    ++mine().count_;
  }

 private:
  static Stock& mine() {
    thread_local Stock stock;
    return stock;
  }

  Block* pop() {
    Block* block = free_;
    free_ = block->next;
    --count_;
    block->next = nullptr;
    block->begin = block->end = 0;
    return block;
  }

  static thread_local unsigned kept_max;

  Block* free_ = nullptr;
  unsigned count_ = 0;
};

thread_local unsigned ByteQueue::Stock::kept_max = kTlsBlocksKept;

// Has enough blocks behind last_ for count bytes, or changes nothing.
bool ByteQueue::make_room(size_t count) noexcept {
  size_t room = last_ != nullptr ? kTlsBlockBytes - last_->end : 0;
  Block* added = nullptr;
  while (room < count) {
    Block* block = Stock::take();
    if (block == nullptr) {
      while (added != nullptr) Stock::put(std::exchange(added, added->next));
      return false;
    }
    block->next = added;
    added = block;
    room += kTlsBlockBytes;
  }
  if (last_ != nullptr)
    last_->next = added;
  else
    first_ = last_ = added;
  return true;
}

// A block may keep some room at its end for ever: reading goes on with the next one.
std::span<std::byte> ByteQueue::room(size_t count) noexcept {
  INLET_ASSERT(count <= kTlsBlockBytes);
  if (last_ == nullptr || kTlsBlockBytes - last_->end < count) {
    Block* block = Stock::take();
    if (block == nullptr) return {};
    (last_ != nullptr ? last_->next : first_) = block;
    last_ = block;
  }
  return {last_->bytes + last_->end, count};
}

void ByteQueue::add(size_t count) {
  last_->end += static_cast<uint32_t>(count);
  size_ += count;
}

size_t ByteQueue::copy(std::span<std::byte> into) const {
  size_t total = 0;
  for (const Block* block = first_; block != nullptr && total < into.size(); block = block->next) {
    const size_t part = std::min<size_t>(into.size() - total, block->end - block->begin);
    std::memcpy(into.data() + total, block->bytes + block->begin, part);
    total += part;
  }
  return total;
}

bool ByteQueue::append(std::span<const std::byte> bytes) noexcept {
  if (bytes.empty()) return true;
  if (!make_room(bytes.size())) return false;
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (last_->end == kTlsBlockBytes) last_ = last_->next;
    const size_t part = std::min(bytes.size(), kTlsBlockBytes - last_->end);
    std::memcpy(last_->bytes + last_->end, bytes.data(), part);
    last_->end += static_cast<uint32_t>(part);
    bytes = bytes.subspan(part);
  }
  return true;
}

void ByteQueue::give_back_first() {
  Block* block = first_;
  first_ = block->next;
  if (first_ == nullptr) last_ = nullptr;
  Stock::put(block);
}

void ByteQueue::drop(size_t count) {
  INLET_ASSERT(count <= size_);
  size_ -= count;
  while (count != 0) {
    const size_t part = std::min<size_t>(count, first_->end - first_->begin);
    first_->begin += static_cast<uint32_t>(part);
    count -= part;
    if (first_->begin == first_->end) give_back_first();
  }
}

void ByteQueue::clear() {
  while (first_ != nullptr) give_back_first();
  size_ = 0;
}

}  // namespace inlet::tls
