// What the system knows about hosts, services and interfaces. The C library's headers and Winsock's cannot be used in one file, so
// nothing here is of either.
//
// Thread   Any. What asks for hosts waits for the name service: callers hand off before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cswsock10.h"

namespace inlet::server {

// The first address of a host that is of the family (INET_ADDRESS_*); text that is an address is taken as it is.
// Errors   host_not_found, no_data, try_again, no_recovery, not_enough_memory
Result<INTERNET_ADDRESS> find_address(const char* host, int family);

// All of them. The same errors.
Result<std::vector<INTERNET_ADDRESS>> find_addresses(const char* host);

// Errors   host_not_found, try_again, no_recovery, not_enough_memory
Result<std::string> name_of(const INTERNET_ADDRESS& address);
Result<std::string> local_name();
// Without the name by which it was asked for and the official one.
Result<std::vector<std::string>> aliases_of(const char* host);

// What the C library's numbers mean: EAI_*, and those of h_errno.
Error error_of_getnameinfo(int code);
Error error_of_gethostbyname(int code);

// Errors   no_data  no such service
Result<uint16_t> port_of_service(const std::string& name);
Result<std::string> service_of_port(uint16_t port);

struct Interface {
  std::string name;
  bool loopback = false;
  std::vector<uint8_t> hardware;  // its hardware address; empty when it has none
  std::vector<INTERNET_ADDRESS> addresses;
};
// Those that are up, the loopback last, else in the system's order.
// Errors   system_failure
Result<std::vector<Interface>> interfaces();

// Their addresses of a family (INET_ADDRESS_*); IPv4 before IPv6, those of the loopback behind all others.
Result<std::vector<INTERNET_ADDRESS>> own_addresses(int family);

// Whether sockets of this family (INET_ADDRESS_*) and kind can be made.
bool can_open(int family, bool datagrams);

}  // namespace inlet::server
