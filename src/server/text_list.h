// Several texts in one buffer at the C interface.
#pragma once

#include <string>
#include <vector>

#include "server/text.h"

namespace inlet::server {

// Stores the texts with a terminator each, and one more behind the last.
//
// Shape    capacity counts characters of the form and is at least 1.
// Returns  How many texts there are.
// Errors   message_size  they do not fit; the buffer then holds an empty list
template <class Character>
Result<INT> put_list(const std::vector<std::string>& names, Character* buffer, INT capacity) {
  INT used = 0;
  for (const std::string& name : names) {
    auto length = put_text(name, buffer + used, capacity - used - 1);
    if (!length) {
      *buffer = 0;
      return Error::message_size;
    }
    used += *length + 1;
  }
  buffer[used] = 0;
  return static_cast<INT>(names.size());
}

}  // namespace inlet::server
