// Which of the bytes that come belong to a line of text, and which are dropped.
#pragma once

#include <cstddef>

namespace inlet::server {

// Takes bytes of a line from data: LF ends it, CR and NUL are dropped. room says what still fits (bool take(unsigned char), bool
// is_full()), so a line longer than its buffer goes on in the next call.
//
// Returns  true when the line is complete or its buffer is full; used and length have moved on.
template <class Room>
bool take_line(const char* data, size_t size, size_t& used, char* into, Room& room, size_t& length) {
  while (used < size) {
    const char byte = data[used];
    if (byte == '\n') {
      ++used;
      return true;
    }
    if (byte == '\r' || byte == '\0') {
      ++used;
      continue;
    }
    if (!room.take(static_cast<unsigned char>(byte))) return true;  // the rest is the next call's
    into[length++] = byte;
    ++used;
  }
  return room.is_full();  // a full buffer does not wait for a line end that is not here yet
}

}  // namespace inlet::server
