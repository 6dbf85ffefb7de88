// The program's buffers: a row of WSABUFs seen as one run of bytes.
#pragma once

#include <winsock2.h>

#include <cstddef>

#include "provider/linux/sys.h"

namespace inlet::provider {

// How many buffers one system call is given at once. More are no error, only more calls.
inline constexpr size_t kPiecesOnStack = 64;

// The sum of all lengths, or false when one of them is what a negative length looks like.
bool total_bytes(const WSABUF* buffers, DWORD count, size_t* total);

// A place in a row of buffers. Copies nothing and owns nothing.
class Cursor {
 public:
  Cursor() = default;
  Cursor(const WSABUF* buffers, DWORD count) : buffers_(buffers), count_(count) {}

  // Fills pieces with what follows, at most limit bytes of it; returns how many pieces.
  size_t next(sys::Piece* pieces, size_t room, size_t limit = SIZE_MAX) const;
  // Whether more than room pieces follow.
  bool has_more_than(size_t room) const;
  void advance(size_t bytes);

  // Moves bytes between a block and what follows, without advancing; what does not fit is left out.
  void copy_to(char* block, size_t size) const;
  void copy_from(const char* block, size_t size) const;

 private:
  template <class Copy>
  void for_bytes(size_t size, Copy copy) const;

  const WSABUF* buffers_ = nullptr;
  DWORD count_ = 0;
  DWORD index_ = 0;
  size_t offset_ = 0;
};

}  // namespace inlet::provider
