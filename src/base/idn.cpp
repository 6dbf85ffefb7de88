#include "base/idn.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/utf16.h"

namespace inlet {
namespace {

constexpr size_t kLabelBytesMax = 63;
constexpr uint32_t kAsciiEnd = 0x80;

// The numbers of RFC 3492, section 5.
constexpr uint32_t kBase = 36;
constexpr uint32_t kThresholdMin = 1;
constexpr uint32_t kThresholdMax = 26;
constexpr uint32_t kSkew = 38;
constexpr uint32_t kDamp = 700;
constexpr uint32_t kFirstBias = 72;

char digit_of(uint32_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

uint32_t adapted_bias(uint32_t delta, uint32_t count, bool first) {
  delta /= first ? kDamp : 2;
  delta += delta / count;
  uint32_t bias = 0;
  for (; delta > (kBase - kThresholdMin) * kThresholdMax / 2; bias += kBase) delta /= kBase - kThresholdMin;
  return bias + (kBase - kThresholdMin + 1) * delta / (delta + kSkew);
}

// Appends delta as a number whose digits weigh differently from place to place.
void append_delta(std::string& text, uint32_t delta, uint32_t bias) {
  for (uint32_t place = kBase;; place += kBase) {
    const uint32_t threshold =
        place <= bias ? kThresholdMin : std::min(kThresholdMax, std::max(kThresholdMin, place - bias));
    if (delta < threshold) break;
    text += digit_of(threshold + (delta - threshold) % (kBase - threshold));
    delta = (delta - threshold) / (kBase - threshold);
  }
  text += digit_of(delta);
}

// The characters beyond ASCII go in order of their codes; each is told by how many insertions lie between it and the one
// before. A label that is short enough cannot make delta overflow.
std::string punycode(const std::vector<uint32_t>& label) {
  std::string text;
  for (const uint32_t code : label)
    if (code < kAsciiEnd) text += static_cast<char>(code);
  const auto basic = static_cast<uint32_t>(text.size());
  if (basic > 0) text += '-';
  uint32_t done = basic;
  uint32_t delta = 0;
  uint32_t bias = kFirstBias;
  for (uint32_t next = kAsciiEnd; done < label.size(); ++next, ++delta) {
    uint32_t least = UINT32_MAX;
    for (const uint32_t code : label)
      if (code >= next) least = std::min(least, code);
    delta += (least - next) * (done + 1);
    next = least;
    for (const uint32_t code : label) {
      if (code < next) ++delta;
      if (code != next) continue;
      append_delta(text, delta, bias);
      ++done;
      bias = adapted_bias(delta, done, done == basic + 1);
      delta = 0;
    }
  }
  return text;
}

// The characters of well-formed text.
std::vector<uint32_t> codes_of(std::u16string_view text) {
  std::vector<uint32_t> codes;
  for (size_t i = 0; i < text.size(); ++i) {
    uint32_t code = text[i];
    if (code >= 0xd800 && code <= 0xdbff) code = 0x10000 + ((code & 0x3ff) << 10 | (text[++i] & 0x3ffu));
    if (code >= 'A' && code <= 'Z') code += 'a' - 'A';
    codes.push_back(code);
  }
  return codes;
}

std::optional<std::string> ascii_label_of(std::u16string_view label) {
  // Every character of a label takes at least one of its bytes.
  if (label.size() > kLabelBytesMax) return std::nullopt;
  const std::vector<uint32_t> codes = codes_of(label);
  const bool plain = std::ranges::all_of(codes, [](uint32_t code) { return code < kAsciiEnd; });
  std::string text = plain ? std::string(codes.begin(), codes.end()) : "xn--" + punycode(codes);
  if (text.size() > kLabelBytesMax) return std::nullopt;
  return text;
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < kAsciiEnd; });
}

std::optional<std::string> ascii_name_of(std::string_view name) {
  if (is_ascii(name)) return std::string(name);
  const auto wide = utf16_of(name);
  if (!wide) return std::nullopt;
  std::string result;
  std::u16string_view rest = *wide;
  while (true) {
    const size_t dot = std::min(rest.find_first_of(u".\u3002"), rest.size());
    const auto label = ascii_label_of(rest.substr(0, dot));
    if (!label) return std::nullopt;
    result += *label;
    if (dot == rest.size()) return result;
    result += '.';
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace inlet
