// Text and names of addresses, over the C library. Its headers and Winsock's cannot be used in one file, hence a file of its own.
#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <cstring>

#include "base/idn.h"
#include "server/address.h"

namespace inlet::server {

Result<INTERNET_ADDRESS> parse_address(const char* text, int family) {
  INTERNET_ADDRESS address{};
  if (family != INET_ADDRESS_IPV6 && inet_pton(AF_INET, text, address.ipNumber) == 1) {
    address.ipFamily = INET_ADDRESS_IPV4;
    return address;
  }
  if (family != INET_ADDRESS_IPV4 && inet_pton(AF_INET6, text, address.ipNumber) == 1) {
    address.ipFamily = INET_ADDRESS_IPV6;
    return address;
  }
  return Error::destination_required;
}

std::string format_address(const INTERNET_ADDRESS& address) {
  char text[INET_ADDRESS_STRLEN] = "";
  if (address.ipFamily == INET_ADDRESS_IPV4) inet_ntop(AF_INET, address.ipNumber, text, sizeof text);
  if (address.ipFamily == INET_ADDRESS_IPV6) inet_ntop(AF_INET6, address.ipNumber, text, sizeof text);
  return text;
}

namespace {

Error error_of_resolver(int code) {
  switch (code) {
    case EAI_AGAIN: return Error::try_again;
    case EAI_FAIL: return Error::no_recovery;
    case EAI_MEMORY: return Error::not_enough_memory;
#ifdef EAI_NODATA
    case EAI_NODATA: return Error::no_data;
#endif
    default: return Error::host_not_found;
  }
}

}  // namespace

Result<std::vector<INTERNET_ADDRESS>> resolve(const char* name) {
  const auto ascii = ascii_name_of(name);
  if (!ascii) return Error::host_not_found;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = getaddrinfo(ascii->c_str(), nullptr, &hints, &found)) return error_of_resolver(code);
  std::vector<INTERNET_ADDRESS> addresses;
  for (const addrinfo* each = found; each; each = each->ai_next) {
    INTERNET_ADDRESS address{};
    if (each->ai_family == AF_INET) {
      address.ipFamily = INET_ADDRESS_IPV4;
      std::memcpy(address.ipNumber, &reinterpret_cast<const sockaddr_in*>(each->ai_addr)->sin_addr, 4);
    } else if (each->ai_family == AF_INET6) {
      address.ipFamily = INET_ADDRESS_IPV6;
      std::memcpy(address.ipNumber, &reinterpret_cast<const sockaddr_in6*>(each->ai_addr)->sin6_addr, 16);
    } else {
      continue;
    }
    addresses.push_back(address);
  }
  freeaddrinfo(found);
  if (addresses.empty()) return Error::no_data;
  // The sheet (5.6) prefers IPv4 and takes IPv6 when that is all there is.
  std::stable_partition(addresses.begin(), addresses.end(),
                        [](const auto& each) { return each.ipFamily == INET_ADDRESS_IPV4; });
  return addresses;
}

}  // namespace inlet::server
