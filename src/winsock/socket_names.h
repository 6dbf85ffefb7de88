// Between the resolver's addresses and sockaddr.
#pragma once

#include <cstring>

#include <ws2tcpip.h>

#include "winsock/linux/resolver.h"

namespace inlet::winsock {

inline int sockaddr_size(bool v6) {
  return v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

// Writes sockaddr_size() bytes; the port is in host order.
inline void write_sockaddr(const resolver::Address& address, uint16_t port, void* out) {
  SOCKADDR_INET name{};
  name.si_family = static_cast<ADDRESS_FAMILY>(address.v6 ? AF_INET6 : AF_INET);
  name.Ipv4.sin_port = htons(port);
  if (address.v6) {
    std::memcpy(&name.Ipv6.sin6_addr, address.bytes, sizeof(name.Ipv6.sin6_addr));
    name.Ipv6.sin6_scope_id = address.scope;
  } else {
    std::memcpy(&name.Ipv4.sin_addr, address.bytes, sizeof(name.Ipv4.sin_addr));
  }
  std::memcpy(out, &name, static_cast<size_t>(sockaddr_size(address.v6)));
}

}  // namespace inlet::winsock
