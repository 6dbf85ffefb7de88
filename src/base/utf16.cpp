#include "base/utf16.h"

namespace inlet {
namespace {

constexpr char32_t kReplacement = 0xfffd;

struct Character {
  char32_t code;
  bool valid;
};

// What a lead byte promises. The range of the byte after it is narrower for a few leads, which is what keeps overlong
// forms, surrogates and codes above U+10FFFF out.
struct Lead {
  int followers;
  char32_t bits;
  unsigned char second_min;
  unsigned char second_max;
};

Lead lead_of(unsigned char byte) {
  if (byte >= 0xc2 && byte <= 0xdf) return {1, byte & 0x1fu, 0x80, 0xbf};
  if (byte == 0xe0) return {2, 0, 0xa0, 0xbf};
  if (byte == 0xed) return {2, 0xd, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {2, byte & 0xfu, 0x80, 0xbf};
  if (byte == 0xf0) return {3, 0, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {3, byte & 0x7u, 0x80, 0xbf};
  if (byte == 0xf4) return {3, 4, 0x80, 0x8f};
  return {0, 0, 0, 0};
}

// Takes one character, or the longest beginning of one, off the front.
Character take(std::string_view& text) {
  const unsigned char first = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  if (first < 0x80) return {first, true};
  const Lead lead = lead_of(first);
  char32_t code = lead.bits;
  for (int i = 0; i < lead.followers; ++i) {
    if (text.empty()) return {kReplacement, false};
    const unsigned char next = static_cast<unsigned char>(text.front());
    const unsigned char min = i == 0 ? lead.second_min : 0x80;
    const unsigned char max = i == 0 ? lead.second_max : 0xbf;
    if (next < min || next > max) return {kReplacement, false};
    code = code << 6 | (next & 0x3fu);
    text.remove_prefix(1);
  }
  if (lead.followers == 0) return {kReplacement, false};
  return {code, true};
}

bool is_high(char16_t unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}
bool is_low(char16_t unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

Character take(std::u16string_view& text) {
  const char16_t first = text.front();
  text.remove_prefix(1);
  if (!is_high(first) && !is_low(first)) return {first, true};
  if (is_low(first) || text.empty() || !is_low(text.front())) return {kReplacement, false};
  const char16_t second = text.front();
  text.remove_prefix(1);
  return {0x10000 + ((first & 0x3ffu) << 10 | (second & 0x3ffu)), true};
}

void append(std::u16string& text, char32_t code) {
  if (code < 0x10000) {
    text += static_cast<char16_t>(code);
    return;
  }
  text += static_cast<char16_t>(0xd800 + ((code - 0x10000) >> 10));
  text += static_cast<char16_t>(0xdc00 + (code & 0x3ff));
}

void append(std::string& text, char32_t code) {
  auto add = [&](char32_t byte) { text += static_cast<char>(byte); };
  auto follow = [&](int shift) { add(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      add(0xe0 | code >> 12);
    } else {
      add(0xf0 | code >> 18);
      follow(12);
    }
    follow(6);
  }
  follow(0);
}

// Returns whether everything was well-formed.
template <class From, class To>
bool convert(From from, To& to) {
  bool valid = true;
  to.reserve(from.size());
  while (!from.empty()) {
    const Character character = take(from);
    valid = valid && character.valid;
    append(to, character.code);
  }
  return valid;
}

}  // namespace

std::optional<std::u16string> utf16_of(std::string_view text) {
  std::u16string result;
  if (!convert(text, result)) return std::nullopt;
  return result;
}

std::optional<std::string> utf8_of(std::u16string_view text) {
  std::string result;
  if (!convert(text, result)) return std::nullopt;
  return result;
}

std::u16string to_utf16(std::string_view text) {
  std::u16string result;
  convert(text, result);
  return result;
}

std::string to_utf8(std::u16string_view text) {
  std::string result;
  convert(text, result);
  return result;
}

size_t Utf16Meter::units_of(unsigned char byte) const {
  if (continues(byte)) return 0;
  return lead_of(byte).followers == 3 ? 2 : 1;
}

void Utf16Meter::add(unsigned char byte) {
  if (continues(byte)) {
    --expected_;
    low_ = 0x80;
    high_ = 0xbf;
    return;
  }
  const Lead lead = lead_of(byte);
  expected_ = static_cast<unsigned>(lead.followers);
  low_ = lead.second_min;
  high_ = lead.second_max;
}

}  // namespace inlet
