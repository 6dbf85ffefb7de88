#include "server/address.h"

#include <winsock2.h>
#include <ws2tcpip.h>

#include <cstring>

namespace inlet::server {

static_assert(sizeof(SocketAddress::bytes) == sizeof(sockaddr_in6));

namespace {

constexpr unsigned char kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

Endpoint endpoint_of(const SocketAddress& address) {
  Endpoint endpoint;
  sockaddr_in6 six;
  std::memcpy(&six, address.bytes, sizeof six);
  endpoint.port = ntohs(six.sin6_port);  // at the same place for both families
  const unsigned char* number = reinterpret_cast<const unsigned char*>(&six.sin6_addr);
  if (six.sin6_family == AF_INET) {
    sockaddr_in four;
    std::memcpy(&four, address.bytes, sizeof four);
    endpoint.address.ipFamily = INET_ADDRESS_IPV4;
    std::memcpy(endpoint.address.ipNumber, &four.sin_addr, 4);
  } else if (six.sin6_family == AF_INET6 && std::memcmp(number, kMappedPrefix, sizeof kMappedPrefix) == 0) {
    endpoint.address.ipFamily = INET_ADDRESS_IPV4;
    std::memcpy(endpoint.address.ipNumber, number + 12, 4);
  } else if (six.sin6_family == AF_INET6) {
    endpoint.address.ipFamily = INET_ADDRESS_IPV6;
    std::memcpy(endpoint.address.ipNumber, number, 16);
  }
  return endpoint;
}

int family_of(const INTERNET_ADDRESS& address) {
  return address.ipFamily == INET_ADDRESS_IPV6 ? AF_INET6 : AF_INET;
}

SocketAddress socket_address_of(const Endpoint& endpoint) {
  SocketAddress address;
  if (endpoint.address.ipFamily == INET_ADDRESS_IPV6) {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(endpoint.port);
    std::memcpy(&six.sin6_addr, endpoint.address.ipNumber, 16);
    std::memcpy(address.bytes, &six, sizeof six);
    address.length = sizeof six;
  } else {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(endpoint.port);
    std::memcpy(&four.sin_addr, endpoint.address.ipNumber, 4);
    std::memcpy(address.bytes, &four, sizeof four);
    address.length = sizeof four;
  }
  return address;
}

}  // namespace inlet::server
