// Addresses as a program hands them over: looked at and copied, once.
#pragma once

#include <ws2tcpip.h>

#include <algorithm>
#include <cstring>

#include "provider/linux/calls.h"

namespace inlet::provider {

inline ADDRESS_FAMILY family_of(const sockaddr* name) {
  ADDRESS_FAMILY family = 0;
  std::memcpy(&family, name, sizeof(family));
  return family;
}

inline bool fits_family(const sockaddr* name, uint32_t flags) {
  return family_of(name) == ((flags & kV6) != 0 ? AF_INET6 : AF_INET);
}

inline void clear_port(sys::Address& address) {
  std::memset(address.bytes + 2, 0, 2);
}

// Copies an address whose length has been checked. What follows the structure is not ours, and what raw
// sockets have in the place of the port means nothing.
inline sys::Address read_address(const sockaddr* name, uint32_t flags) {
  sys::Address address;
  address.size = address_bytes(flags);
  std::memcpy(address.bytes, name, static_cast<size_t>(address.size));
  if ((flags & kRaw) != 0) clear_port(address);
  return address;
}

inline bool is_v6(const sys::Address& address) {
  return address.size == sys::kSizeV6;
}

inline uint16_t port_of(const sys::Address& address) {
  uint16_t port = 0;
  std::memcpy(&port, address.bytes + 2, sizeof(port));
  return port;
}

inline ULONG v4_address_of(const sys::Address& address) {
  ULONG value = 0;
  std::memcpy(&value, address.bytes + 4, sizeof(value));
  return value;
}

inline bool is_wildcard(const sys::Address& address) {
  if (!is_v6(address)) return v4_address_of(address) == 0;
  return std::all_of(address.bytes + 8, address.bytes + 24, [](unsigned char byte) { return byte == 0; });
}

inline bool is_broadcast(const sys::Address& address) {
  return !is_v6(address) && v4_address_of(address) == INADDR_BROADCAST;
}

inline bool is_multicast(const sys::Address& address) {
  return is_v6(address) ? address.bytes[8] == 0xff : (address.bytes[4] & 0xf0) == 0xe0;
}

// Whether they have the same family and address; the port and the scope do not count.
inline bool same_host(const sys::Address& a, const sys::Address& b) {
  const size_t offset = is_v6(a) ? 8 : 4;
  return a.size == b.size && std::memcmp(a.bytes + offset, b.bytes + offset, is_v6(a) ? 16 : 4) == 0;
}

// Whether they name the same end: family, port and address; not the scope, which only one of them may know.
inline bool same_end(const sys::Address& a, const sys::Address& b) {
  return port_of(a) == port_of(b) && same_host(a, b);
}

// The address of the socket's family that stands for all of this machine, with a port.
inline sys::Address wildcard_of(uint32_t flags, uint16_t port = 0) {
  sys::Address address;
  address.size = address_bytes(flags);
  const ADDRESS_FAMILY family = (flags & kV6) != 0 ? AF_INET6 : AF_INET;
  std::memcpy(address.bytes, &family, sizeof(family));
  std::memcpy(address.bytes + 2, &port, sizeof(port));
  return address;
}

}  // namespace inlet::provider
