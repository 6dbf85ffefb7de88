// The rules of getaddrinfo, on which all calls about host names stand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "winsock/linux/resolver.h"

namespace inlet::winsock {

// What is looked for, in Winsock's numbers. Without a node the wildcard or the loopback is meant.
struct LookupRequest {
  std::optional<std::string> node;
  std::optional<std::string> service;
  int flags = 0;
  int family = 0;
  int type = 0;
};

struct LookupResult {
  std::vector<resolver::Address> addresses;  // never empty
  std::string canonical_name;                // only where AI_CANONNAME or AI_FQDN asked for it
  uint16_t port = 0;                         // host order
};

// Errors   those of getaddrinfo in <ws2tcpip.h>
// Source   sheet 5.3
Result<LookupResult> look_up(const LookupRequest& request);

// Whether the text is the name of this machine, or stands for it.
bool names_this_machine(std::string_view name);

// A service by name or port, from the system's list or else from the few that everybody knows. An empty protocol fits any.
Result<resolver::Service> look_up_service(const std::string& name, const std::string& protocol);
Result<resolver::Service> look_up_service(uint16_t port, const std::string& protocol);

}  // namespace inlet::winsock
