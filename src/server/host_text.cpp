#include "server/host_text.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/idn.h"
#include "base/limits.h"
#include "server/address.h"

namespace inlet::server {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kHostLabelMax && std::ranges::all_of(label, is_name_character);
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kHostNameMax) return false;
  while (true) {
    const size_t dot = std::min(name.find('.'), name.size());
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == name.size()) return true;
    name.remove_prefix(dot + 1);
  }
}

std::optional<std::string> normalized_address(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  auto address = parse_address(std::string(text).c_str(), INET_ADDRESS_UNKNOWN);
  if (!address) return std::nullopt;
  return format_address(*address);
}

}  // namespace

std::optional<std::string> normalized_host(std::string_view text) {
  text = trimmed(text);
  if (auto address = normalized_address(text)) return address;
  auto name = ascii_name_of(text);
  if (!name) return std::nullopt;
  if (name->size() > 1 && name->back() == '.') name->pop_back();
  std::ranges::transform(*name, name->begin(), small);
  return is_host_name(*name) ? name : std::nullopt;
}

// Where a star has matched too little it is tried again with one character more; only the last star has to be.
bool matches_mask(std::string_view text, std::string_view mask) {
  size_t at = 0, in_mask = 0, star = std::string_view::npos, after_star = 0;
  while (at < text.size()) {
    if (in_mask < mask.size() && mask[in_mask] == '*') {
      star = in_mask++;
      after_star = at;
    } else if (in_mask < mask.size() && (mask[in_mask] == '?' || small(mask[in_mask]) == small(text[at]))) {
      ++in_mask;
      ++at;
    } else if (star != std::string_view::npos) {
      in_mask = star + 1;
      at = ++after_star;
    } else {
      return false;
    }
  }
  return mask.find_first_not_of('*', in_mask) == std::string_view::npos;
}

bool is_pattern(std::string_view mask) {
  return mask.find_first_of("*?") != std::string_view::npos;
}

std::vector<std::string> masks_of(std::string_view text) {
  constexpr std::string_view kSeparators = " \t\r\n,;";
  std::vector<std::string> masks;
  while (true) {
    const size_t begin = text.find_first_not_of(kSeparators);
    if (begin == std::string_view::npos) return masks;
    const size_t end = std::min(text.find_first_of(kSeparators, begin), text.size());
    masks.emplace_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

// ---- numbers

namespace {

// The first bits of addresses that do not travel.
struct Block {
  std::array<uint8_t, 4> prefix;
  unsigned bits;
};

// RFC 6890 and the IANA registry of special IPv4 addresses.
constexpr Block kSpecialV4[] = {
    {{0, 0, 0, 0}, 8},      {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10}, {{127, 0, 0, 0}, 8},
    {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},  {{192, 0, 0, 0}, 24},  {{192, 0, 2, 0}, 24},
    {{192, 88, 99, 0}, 24}, {{192, 168, 0, 0}, 16}, {{198, 18, 0, 0}, 15}, {{198, 51, 100, 0}, 24},
    {{203, 0, 113, 0}, 24}, {{224, 0, 0, 0}, 4},    {{240, 0, 0, 0}, 4},
};

// Within 2000::/3, the only part of IPv6 that is given out: Teredo and protocols, documentation.
constexpr Block kSpecialV6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23},
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
    {{0x3f, 0xff, 0x00, 0x00}, 20},
};

bool is_in(const Block& block, const BYTE* number) {
  for (unsigned bit = 0; bit < block.bits; ++bit) {
    const unsigned shift = 7 - bit % 8;
    if ((block.prefix[bit / 8] >> shift & 1) != (number[bit / 8] >> shift & 1)) return false;
  }
  return true;
}

// The IPv4 address in an IPv6 one that holds it (::ffff:a.b.c.d), else the address itself.
INTERNET_ADDRESS unmapped(const INTERNET_ADDRESS& address) {
  constexpr BYTE kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (address.ipFamily != INET_ADDRESS_IPV6 || std::memcmp(address.ipNumber, kMapped, sizeof kMapped) != 0)
    return address;
  INTERNET_ADDRESS four{};
  four.ipFamily = INET_ADDRESS_IPV4;
  std::memcpy(four.ipNumber, address.ipNumber + sizeof kMapped, 4);
  return four;
}

}  // namespace

bool is_family_known(const INTERNET_ADDRESS& address) {
  return address.ipFamily == INET_ADDRESS_IPV4 || address.ipFamily == INET_ADDRESS_IPV6;
}

bool is_null_address(const INTERNET_ADDRESS& address) {
  const size_t size = address.ipFamily == INET_ADDRESS_IPV4 ? 4 : sizeof address.ipNumber;
  return !is_family_known(address) ||
         std::all_of(address.ipNumber, address.ipNumber + size, [](BYTE b) { return b == 0; });
}

bool is_public_address(const INTERNET_ADDRESS& address) {
  const INTERNET_ADDRESS plain = unmapped(address);
  const auto special = [&](const Block& block) { return is_in(block, plain.ipNumber); };
  if (plain.ipFamily == INET_ADDRESS_IPV4) return std::ranges::none_of(kSpecialV4, special);
  return plain.ipFamily == INET_ADDRESS_IPV6 && (plain.ipNumber[0] & 0xe0) == 0x20 &&
         std::ranges::none_of(kSpecialV6, special);
}

bool is_same_address(const INTERNET_ADDRESS& one, const INTERNET_ADDRESS& other) {
  const INTERNET_ADDRESS a = unmapped(one), b = unmapped(other);
  const size_t size = a.ipFamily == INET_ADDRESS_IPV4 ? 4 : sizeof a.ipNumber;
  return a.ipFamily == b.ipFamily && std::memcmp(a.ipNumber, b.ipNumber, size) == 0;
}

}  // namespace inlet::server
