// Which of the bytes that come belong to a line of text, and which are dropped.
#pragma once

#include <cstddef>

namespace inlet::server {

// Takes bytes of a line from data: LF ends it, CR and NUL are dropped. room says what still fits (bool take(unsigned char), bool
// is_full()), so a line longer than its buffer goes on in the next call. owed is kept from call to call: a line has filled its buffer,
// and if its end is what comes next, that is no line of its own. So the lines are the same however the bytes are cut.
//
// Returns  true when the line is complete or its buffer is full; used and length have moved on.
template <class Room>
bool take_line(const char* data, size_t size, size_t& used, char* into, Room& room, size_t& length, bool& owed) {
  while (used < size) {
    const char byte = data[used];
    if (byte == '\n') {
      ++used;
      if (!owed) return true;
      owed = false;
      continue;
    }
    if (byte == '\r' || byte == '\0') {
      ++used;
      continue;
    }
    if (!room.take(static_cast<unsigned char>(byte))) return true;  // the rest is the next call's
    owed = false;
    into[length++] = byte;
    ++used;
  }
  owed = owed || room.is_full();
  return room.is_full();  // a full buffer does not wait for a line end that is not here yet
}

}  // namespace inlet::server
