// Between the two forms of text: UTF-8 in everything that ends in A, UTF-16 in everything that ends in W.
//
// Shape    Nothing is normalised, no byte order mark is written or taken away, and a NUL is a character like any other.
// Thread   Any.
// Source   Unicode 15, section 3.9: well-formed sequences, and the replacing of maximal subparts
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace inlet {

// Nothing for text that is not well-formed: overlong and cut sequences, surrogates in UTF-8, lone ones in UTF-16.
// For names, where a guess would address something else.
std::optional<std::u16string> utf16_of(std::string_view text);
std::optional<std::string> utf8_of(std::u16string_view text);

// Each part that is not well-formed becomes one U+FFFD. For text that people read, where a part is better than nothing.
std::u16string to_utf16(std::string_view text);
std::string to_utf8(std::u16string_view text);

// How many units to_utf16 would make of a text that comes byte by byte. A unit counts with the byte that begins it, so a text of
// four bytes in all counts two with its first.
class Utf16Meter {
 public:
  // What the byte would add after those before it.
  size_t units_of(unsigned char byte) const;
  void add(unsigned char byte);
  // More bytes may still belong to the last character.
  bool is_inside_character() const { return expected_ != 0; }

 private:
  bool continues(unsigned char byte) const { return expected_ != 0 && byte >= low_ && byte <= high_; }
  unsigned expected_ = 0;                   // continuation bytes still to come
  unsigned char low_ = 0x80, high_ = 0xbf;  // what the next one may be
};

}  // namespace inlet
