#include "provider/linux/buffers.h"

#include <algorithm>
#include <cstring>

namespace inlet::provider {

bool total_bytes(const WSABUF* buffers, DWORD count, size_t* total) {
  size_t sum = 0;
  for (DWORD i = 0; i < count; ++i) {
    if (buffers[i].len > INT32_MAX) return false;
    sum += buffers[i].len;
  }
  *total = sum;
  return true;
}

size_t Cursor::next(sys::Piece* pieces, size_t room, size_t limit) const {
  size_t used = 0;
  size_t skip = offset_;
  for (DWORD i = index_; i < count_ && used < room && limit > 0; ++i, skip = 0) {
    if (buffers_[i].len <= skip) continue;
    const size_t size = std::min<size_t>(buffers_[i].len - skip, limit);
    pieces[used++] = {buffers_[i].buf + skip, size};
    limit -= size;
  }
  return used;
}

bool Cursor::has_more_than(size_t room) const {
  if (count_ - index_ <= room) return false;
  size_t used = 0;
  for (DWORD i = index_; i < count_ && used <= room; ++i)
    if (buffers_[i].len > 0) ++used;
  return used > room;
}

void Cursor::advance(size_t bytes) {
  while (index_ < count_ && bytes >= buffers_[index_].len - offset_) {
    bytes -= buffers_[index_].len - offset_;
    ++index_;
    offset_ = 0;
  }
  offset_ += bytes;
}

template <class Copy>
void Cursor::for_bytes(size_t size, Copy copy) const {
  size_t skip = offset_;
  for (DWORD i = index_; i < count_ && size > 0; ++i, skip = 0) {
    const size_t part = std::min<size_t>(buffers_[i].len - skip, size);
    if (part > 0) copy(buffers_[i].buf + skip, part);
    size -= part;
  }
}

void Cursor::copy_to(char* block, size_t size) const {
  for_bytes(size, [&](const char* data, size_t part) {
    std::memcpy(block, data, part);
    block += part;
  });
}

void Cursor::copy_from(const char* block, size_t size) const {
  for_bytes(size, [&](char* data, size_t part) {
    std::memcpy(data, block, part);
    block += part;
  });
}

}  // namespace inlet::provider
