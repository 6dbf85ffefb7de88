#include "provider/address_text.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace inlet::provider {
namespace {

constexpr size_t kGroups = 8;
constexpr size_t kGroupDigitsMax = 4;
constexpr size_t kGroupsOfV4 = 2;
// Windows counts a "::" at the very beginning as two groups.
constexpr size_t kGroupsAfterLeadingGap = 6;
constexpr size_t kNone = ~size_t{0};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

bool starts_with_hex_digit(std::string_view text) {
  return !text.empty() && digit_value(text.front()) < 16;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

// The base that a number's beginning announces, which is taken off: "0x" hexadecimal, "0" and a digit octal. Hence 08 is no
// number, because nothing octal follows its 0, and 008 is a 0 with an 8 behind it.
int take_base(std::string_view& text) {
  if (take(text, "0x") || take(text, "0X")) return 16;
  if (text.size() >= 2 && text[0] == '0' && is_digit(text[1])) {
    text.remove_prefix(1);
    return 8;
  }
  return 10;
}

// Takes a number of at least one digit; what does not fit into 32 bits loses its upper ones, as on Windows.
std::optional<uint32_t> take_number(std::string_view& text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const int base = take_base(text);
  if (text.empty() || digit_value(text.front()) >= base) return std::nullopt;
  uint32_t value = 0;
  while (!text.empty() && digit_value(text.front()) < base) {
    value = value * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit_value(text.front()));
    text.remove_prefix(1);
  }
  return value;
}

std::optional<uint32_t> join_parts(const uint32_t (&parts)[4], int count) {
  uint32_t address = 0;
  for (int i = 0; i < count - 1; ++i) {
    if (parts[i] > 0xff) return std::nullopt;
    address |= parts[i] << (24 - 8 * i);
  }
  const uint32_t last_max = 0xffffffffu >> (8 * (count - 1));
  if (parts[count - 1] > last_max) return std::nullopt;
  return address | parts[count - 1];
}

// Takes a decimal part of at most three digits.
std::optional<uint32_t> take_byte(std::string_view& text, bool leading_zeros) {
  size_t digits = 0;
  uint32_t value = 0;
  while (digits < text.size() && is_digit(text[digits])) {
    if (digits == 3) return std::nullopt;
    value = value * 10 + static_cast<uint32_t>(text[digits] - '0');
    ++digits;
  }
  if (digits == 0 || value > 0xff || (digits > 1 && text[0] == '0' && !leading_zeros)) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

std::optional<uint32_t> take_four_bytes(std::string_view& text, bool leading_zeros) {
  uint32_t address = 0;
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && !take(text, ".")) return std::nullopt;
    auto byte = take_byte(text, leading_zeros);
    if (!byte) return std::nullopt;
    address = address << 8 | *byte;
  }
  return address;
}

// The groups of an IPv6 address while it is read.
struct Groups {
  std::array<uint16_t, kGroups> values{};
  size_t count = 0;
  size_t gap = kNone;  // "::" stands before the group of this number
  bool leading_gap = false;

  size_t room() const { return (leading_gap ? kGroupsAfterLeadingGap : kGroups) - count; }
  void add(uint32_t value) { values[count++] = static_cast<uint16_t>(value); }
  bool complete() const { return gap == kNone ? count == kGroups : count < kGroups; }

  void write(BytesV6& bytes) const {
    bytes.fill(0);
    const size_t before = gap == kNone ? count : gap;
    auto put = [&](size_t place, size_t group) {
      bytes[2 * place] = static_cast<unsigned char>(values[group] >> 8);
      bytes[2 * place + 1] = static_cast<unsigned char>(values[group]);
    };
    for (size_t i = 0; i < before; ++i) put(i, i);
    for (size_t i = before; i < count; ++i) put(kGroups - count + i, i);
  }
};

enum class Step { more, last, failed };

Step take_group(std::string_view& text, Groups& groups) {
  size_t digits = 0;
  uint32_t value = 0;
  while (starts_with_hex_digit(text.substr(digits))) {
    value = value << 4 | static_cast<uint32_t>(digit_value(text[digits]));
    ++digits;
  }
  if (text.substr(digits).starts_with('.') && groups.room() >= kGroupsOfV4) {
    const auto v4 = take_four_bytes(text, true);
    if (!v4) return Step::failed;
    groups.add(*v4 >> 16);
    groups.add(*v4 & 0xffff);
    return Step::last;
  }
  if (digits > kGroupDigitsMax || groups.room() == 0) return Step::failed;
  text.remove_prefix(digits);
  groups.add(value);
  return Step::more;
}

// Takes what separates two groups; false when this was the last one.
bool take_separator(std::string_view& text, Groups& groups) {
  if (groups.gap == kNone && take(text, "::")) {
    groups.gap = groups.count;
    return starts_with_hex_digit(text);
  }
  // A single ":" belongs to the address only with a group behind it.
  if (!text.starts_with(':') || !starts_with_hex_digit(text.substr(1))) return false;
  text.remove_prefix(1);
  return true;
}

bool take_groups(std::string_view& text, Groups& groups) {
  if (take(text, "::")) {
    groups.gap = 0;
    groups.leading_gap = true;
    if (!starts_with_hex_digit(text)) return true;
  }
  if (!starts_with_hex_digit(text)) return false;
  while (true) {
    const Step step = take_group(text, groups);
    if (step == Step::failed) return false;
    if (step == Step::last || !take_separator(text, groups)) return groups.complete();
  }
}

uint16_t group_of(const unsigned char* bytes, size_t index) {
  return static_cast<uint16_t>(bytes[2 * index] << 8 | bytes[2 * index + 1]);
}

// Whether the last 32 bits are an IPv4 address: compatible, mapped, translated, or behind an ISATAP interface.
bool embeds_v4(const unsigned char* bytes) {
  auto group = [&](size_t index) { return group_of(bytes, index); };
  if ((group(4) & 0xfffd) == 0 && group(5) == 0x5efe) return true;
  if (!std::all_of(bytes, bytes + 8, [](unsigned char byte) { return byte == 0; })) return false;
  if (group(4) == 0 && group(5) == 0) return group(6) != 0;
  return (group(4) == 0 && group(5) == 0xffff) || (group(4) == 0xffff && group(5) == 0);
}

struct Run {
  size_t begin = 0;
  size_t size = 0;
};

// The first of the longest runs of zero groups.
Run longest_zeros(const unsigned char* bytes, size_t groups) {
  Run best;
  Run current;
  for (size_t i = 0; i < groups; ++i) {
    if (group_of(bytes, i) != 0) {
      current = {i + 1, 0};
      continue;
    }
    if (++current.size > best.size) best = current;
  }
  return best.size < 2 ? Run{kNone, 0} : best;
}

std::string to_hex(uint16_t value) {
  char digits[4];
  return {digits, std::to_chars(digits, digits + sizeof(digits), value, 16).ptr};
}

std::string with_port(const std::string& text, u_short port) {
  return port == 0 ? text : text + ':' + std::to_string(ntohs(port));
}

}  // namespace

std::optional<uint32_t> take_v4(std::string_view& text) {
  uint32_t parts[4] = {};
  for (int count = 1; count <= 4; ++count) {
    const auto part = take_number(text);
    if (!part) return std::nullopt;
    parts[count - 1] = *part;
    if (!text.starts_with('.')) return join_parts(parts, count);
    text.remove_prefix(1);
  }
  return std::nullopt;
}

std::optional<uint32_t> parse_strict_v4(std::string_view text) {
  const auto address = take_four_bytes(text, false);
  return text.empty() ? address : std::nullopt;
}

bool take_v6(std::string_view& text, BytesV6& bytes) {
  Groups groups;
  const bool complete = take_groups(text, groups);
  groups.write(bytes);
  return complete;
}

std::optional<uint32_t> take_scope(std::string_view& text) {
  if (!take(text, "%")) return 0;
  uint32_t scope = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), scope);
  if (problem != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return scope;
}

std::optional<uint16_t> parse_port(std::string_view text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const int base = take_base(text);
  if (text.empty()) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text) {
    if (digit_value(c) >= base) return std::nullopt;
    value = value * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit_value(c));
    if (value > 0xffff) return std::nullopt;
  }
  if (value == 0) return std::nullopt;
  return static_cast<uint16_t>(value);
}

bool parse_address(std::string_view text, sockaddr_in& address) {
  address = sockaddr_in{};
  const auto v4 = take_v4(text);
  if (!v4) return false;
  // Windows leaves the address behind even when what follows it is wrong.
  address.sin_addr.s_addr = htonl(*v4);
  if (!text.empty()) {
    const auto port = take(text, ":") ? parse_port(text) : std::nullopt;
    if (!port) return false;
    address.sin_port = htons(*port);
  }
  address.sin_family = AF_INET;
  return true;
}

bool parse_address(std::string_view text, sockaddr_in6& address) {
  address = sockaddr_in6{};
  const bool bracketed = take(text, "[");
  BytesV6 bytes{};
  const bool complete = take_v6(text, bytes);
  std::memcpy(&address.sin6_addr, bytes.data(), bytes.size());
  if (!complete) return false;
  const auto scope = take_scope(text);
  if (!scope || (bracketed && !take(text, "]"))) return false;
  if (!text.empty()) {
    const auto port = bracketed && take(text, ":") ? parse_port(text) : std::nullopt;
    if (!port) return false;
    address.sin6_port = htons(*port);
  }
  address.sin6_scope_id = *scope;
  address.sin6_family = AF_INET6;
  return true;
}

std::string format_v4(const void* bytes) {
  const auto* byte = static_cast<const unsigned char*>(bytes);
  std::string text = std::to_string(byte[0]);
  for (int i = 1; i < 4; ++i) text += '.' + std::to_string(byte[i]);
  return text;
}

std::string format_v6(const void* bytes) {
  const auto* byte = static_cast<const unsigned char*>(bytes);
  const bool v4 = embeds_v4(byte);
  const size_t groups = v4 ? kGroups - kGroupsOfV4 : kGroups;
  const Run zeros = longest_zeros(byte, groups);
  std::string text;
  for (size_t i = 0; i < groups; ++i) {
    if (i == zeros.begin) {
      text += "::";
      i += zeros.size - 1;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    text += to_hex(group_of(byte, i));
  }
  if (!v4) return text;
  if (!text.ends_with(':')) text += ':';
  return text + format_v4(byte + 12);
}

std::string format_address(const sockaddr_in& address) {
  return with_port(format_v4(&address.sin_addr), address.sin_port);
}

std::string format_address(const sockaddr_in6& address) {
  std::string text = format_v6(&address.sin6_addr);
  if (address.sin6_scope_id != 0) text += '%' + std::to_string(address.sin6_scope_id);
  if (address.sin6_port == 0) return text;
  return with_port('[' + text + ']', address.sin6_port);
}

}  // namespace inlet::provider
