// Text at the C interface: A forms have UTF-8, W forms UTF-16, and inside everything is UTF-8. Both forms of a function are one
// template over the character.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/utf16.h"
#include "cswsock10.h"

namespace inlet::server {

// Thrown for UTF-16 that is not well-formed, where a guess would name something else; guarded makes it Error::fault.
struct IllFormedText {};

// A text argument as UTF-8. NULL stays nullptr.
class TextIn {
 public:
  explicit TextIn(const char* text) : text_(text) {}
  explicit TextIn(const WCHAR* text) {
    if (text == nullptr) return;
    auto own = utf8_of(text);
    if (!own) throw IllFormedText();
    own_ = std::move(*own);
    text_ = own_.c_str();
  }
  TextIn(const TextIn&) = delete;
  TextIn& operator=(const TextIn&) = delete;

  const char* get() const { return text_; }
  explicit operator bool() const { return text_ != nullptr; }
  bool is_empty() const { return text_ == nullptr || *text_ == '\0'; }

 private:
  std::string own_;
  const char* text_ = nullptr;
};

// Stores a text with its terminator.
//
// Shape    capacity counts characters of the form, with the terminator.
// Returns  The length in characters without the terminator.
// Errors   fault         no buffer, or no room for even the terminator
//          message_size  it does not fit; the buffer then holds an empty text
template <class Character>
Result<INT> put_text(std::string_view text, Character* buffer, INT capacity) {
  if (buffer == nullptr || capacity <= 0) return Error::fault;
  buffer[0] = 0;
  std::u16string wide;
  const void* from = text.data();
  size_t length = text.size();
  if constexpr (sizeof(Character) == sizeof(WCHAR)) {
    wide = to_utf16(text);
    from = wide.data();
    length = wide.size();
  }
  if (length >= static_cast<size_t>(capacity)) return Error::message_size;
  std::memcpy(buffer, from, length * sizeof(Character));
  buffer[length] = 0;
  return static_cast<INT>(length);
}

}  // namespace inlet::server
