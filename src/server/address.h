// Addresses in three forms: the API's INTERNET_ADDRESS, Winsock's sockaddr, and text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cswsock10.h"

struct sockaddr;

namespace inlet::server {

struct Endpoint {
  INTERNET_ADDRESS address{};
  uint16_t port = 0;  // host byte order
};

// Room for a sockaddr_in or sockaddr_in6 with Winsock's family numbers.
struct SocketAddress {
  alignas(8) unsigned char bytes[28] = {};
  int length = sizeof bytes;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(bytes); }
};

// An IPv6 address that holds an IPv4 one (::ffff:a.b.c.d) becomes that IPv4 address, because to a program the client of a
// dual-stack server is an IPv4 client.
Endpoint endpoint_of(const SocketAddress& address);
SocketAddress socket_address_of(const Endpoint& endpoint);

// Winsock's number of an address's family.
int family_of(const INTERNET_ADDRESS& address);

// Text, never names.
// Errors   Error::destination_required  not an address of that family (INET_ADDRESS_*)
Result<INTERNET_ADDRESS> parse_address(const char* text, int family);
std::string format_address(const INTERNET_ADDRESS& address);

// Names and addresses. Waits for the name service.
// Errors   Error::host_not_found, Error::try_again, Error::no_recovery, Error::no_data, Error::not_enough_memory
Result<std::vector<INTERNET_ADDRESS>> resolve(const char* name);

}  // namespace inlet::server
