// Between the two forms of text: UTF-8 in everything that ends in A, UTF-16 in everything that ends in W.
//
// Shape    Nothing is normalised, no byte order mark is written or taken away, and a NUL is a character like any other.
// Thread   Any.
// Source   Unicode 15, section 3.9: well-formed sequences, and the replacing of maximal subparts
#pragma once

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

}  // namespace inlet
