// How much of a line its buffer still takes, in characters of the caller's form: bytes for the A forms, UTF-16 units for the W ones.
//
// The line itself is collected in UTF-8. A character of several bytes is taken whole or left to the next call.
#pragma once

#include <cstddef>

#include "base/utf16.h"

namespace inlet::server {

class LineRoom {
 public:
  enum class Form { narrow, wide };
  // Shape    characters without the terminator; at least 2 for the wide form, because one character may take two units.
  LineRoom(size_t characters, Form form) : left_(characters), form_(form) {}

  // Takes the next byte of the line into account.
  // Returns  false when there is no room for it.
  bool take(unsigned char byte) {
    const size_t units = form_ == Form::narrow ? 1 : meter_.units_of(byte);
    if (units > left_) return false;
    if (form_ == Form::wide) meter_.add(byte);
    left_ -= units;
    return true;
  }

  // Nothing more fits, and no character is unfinished.
  bool is_full() const { return left_ == 0 && !meter_.is_inside_character(); }

 private:
  size_t left_;
  Form form_;
  Utf16Meter meter_;
};

}  // namespace inlet::server
