// Addresses as text: the grammar that all of Winsock's conversions share.
//
// An IPv4 address has one to four parts in decimal, octal or hexadecimal, the last of which fills what is left (`1.2` is
// 1.0.0.2). An IPv6 address may have a scope after % and, in brackets, a port.
//
// Shape    A text_view that is taken by reference loses what was read; the caller judges the rest. Numbers are in host
//          order, bytes in network order.
// Thread   Any; nothing here keeps state.
// Source   sheet 2.24 and 5.4; WSAStringToAddress and RtlIpv6AddressToString references
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <ws2tcpip.h>

namespace inlet::provider {

using BytesV6 = std::array<unsigned char, 16>;

// Takes a classic IPv4 address off the front.
std::optional<uint32_t> take_v4(std::string_view& text);
// Four decimal parts without leading zeros, and nothing else.
std::optional<uint32_t> parse_strict_v4(std::string_view text);

// Takes an IPv6 address off the front, without brackets and scope. When it fails, bytes holds the groups read so far.
//
// Differs  Like Windows, and unlike the RFC, it refuses seven groups after a leading "::".
bool take_v6(std::string_view& text, BytesV6& bytes);
// Takes "%" and a decimal number off the front, if there is one; 0 without. Nothing when there is no number after "%".
std::optional<uint32_t> take_scope(std::string_view& text);

// 1 to 65535 in decimal, octal or hexadecimal, and nothing else.
std::optional<uint16_t> parse_port(std::string_view text);

// Reads `address`, `address:port`, `[v6%scope]:port`. When it fails the address is left with family 0.
bool parse_address(std::string_view text, sockaddr_in& address);
bool parse_address(std::string_view text, sockaddr_in6& address);

std::string format_v4(const void* bytes);
// Lower case, the longest run of two or more zero groups as "::", and an IPv4 address at the end where one is embedded.
std::string format_v6(const void* bytes);
// With scope and port where they are not 0.
std::string format_address(const sockaddr_in& address);
std::string format_address(const sockaddr_in6& address);

}  // namespace inlet::provider
