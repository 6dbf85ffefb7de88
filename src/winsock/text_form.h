// The two forms of every call about text: A with char (UTF-8), W with WCHAR (UTF-16). Inside, text is UTF-8.
#pragma once

#include <cstring>
#include <string>

#include <windows.h>

#include "base/error.h"
#include "base/utf16.h"

namespace inlet::winsock {

// The text in the form of the characters that the first argument points to. The result may be the text itself.
inline const std::string& in_form_of(const char*, const std::string& text) {
  return text;
}
inline std::u16string in_form_of(const WCHAR*, const std::string& text) {
  return to_utf16(text);
}

// Writes the text with its NUL, or nothing and returns too_small. size counts characters.
template <class Character>
Error write_text(const std::string& text, Character* buffer, size_t size, Error too_small) {
  const auto& own = in_form_of(buffer, text);
  if (own.size() >= size) return too_small;
  std::memcpy(buffer, own.c_str(), (own.size() + 1) * sizeof(Character));
  return Error::none;
}

}  // namespace inlet::winsock
