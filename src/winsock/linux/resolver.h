// What the system knows about names, behind plain structures: the resolver, the interfaces, the list of services.
//
// Winsock's headers and <netdb.h> give different meanings to the same names, so no file can see both. This header belongs
// to neither side: resolver.cpp sees the C library's, all others see Winsock's.
//
// Shape    Text is UTF-8, addresses are in network order.
// Thread   Any. find_host and find_name wait for the name service; nothing is locked meanwhile.
// Errors   Each call can throw bad_alloc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace inlet::winsock::resolver {

struct Address {
  bool v6 = false;
  unsigned char bytes[16] = {};  // the first four for IPv4
  uint32_t scope = 0;

  bool operator==(const Address&) const = default;
};

enum class Family { any, v4, v6 };

struct Host {
  std::string name;  // canonical; empty when it was not asked for
  std::vector<Address> addresses;
};

struct Service {
  std::string name;
  std::vector<std::string> aliases;
  std::string protocol;
  uint16_t port = 0;  // host order
};

// The addresses of a name, each once, in the order in which they should be tried.
//
// Errors   host_not_found, no_data (the name has none of the family), try_again, no_recovery, not_enough_memory
Result<Host> find_host(const std::string& name, Family family, bool canonical);

// The name of an address; the same errors.
Result<std::string> find_name(const Address& address);

Result<std::string> host_name();

// The addresses of the interfaces that are up, without the loopback's.
std::vector<Address> local_addresses();
// Whether the machine's loopback speaks the family.
bool has_loopback(bool v6);
// 0 when there is none of that name.
uint32_t interface_index(const std::string& name);

// An empty protocol fits any.
//
// Errors   no_data, no_buffers
Result<Service> find_service(const std::string& name, const std::string& protocol);
Result<Service> find_service(uint16_t port, const std::string& protocol);

}  // namespace inlet::winsock::resolver
