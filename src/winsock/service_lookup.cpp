// Services by name and by port: the system's list, and a short one of our own for systems without.
#include <algorithm>
#include <string_view>

#include "winsock/name_lookup.h"

namespace inlet::winsock {
namespace {

struct WellKnown {
  std::string_view name;
  uint16_t port;
  bool tcp;
  bool udp;
  std::string_view alias = {};
};

constexpr WellKnown kWellKnown[] = {
    {"echo", 7, true, true},
    {"discard", 9, true, true, "sink"},
    {"systat", 11, true, false, "users"},
    {"daytime", 13, true, true},
    {"qotd", 17, true, true, "quote"},
    {"chargen", 19, true, true, "ttytst"},
    {"ftp-data", 20, true, false},
    {"ftp", 21, true, false},
    {"ssh", 22, true, false},
    {"telnet", 23, true, false},
    {"smtp", 25, true, false, "mail"},
    {"time", 37, true, true, "timserver"},
    {"domain", 53, true, true},
    {"bootps", 67, false, true},
    {"bootpc", 68, false, true},
    {"tftp", 69, false, true},
    {"http", 80, true, false, "www"},
    {"pop3", 110, true, false},
    {"ntp", 123, false, true},
    {"imap", 143, true, false, "imap4"},
    {"snmp", 161, false, true},
    {"ldap", 389, true, false},
    {"https", 443, true, true},
};

bool fits(const WellKnown& each, const std::string& protocol) {
  return protocol.empty() || (protocol == "tcp" && each.tcp) || (protocol == "udp" && each.udp);
}

resolver::Service service_of(const WellKnown& each, const std::string& protocol) {
  resolver::Service service{std::string(each.name), {}, protocol, each.port};
  if (!each.alias.empty()) service.aliases.emplace_back(each.alias);
  if (protocol.empty()) service.protocol = each.tcp ? "tcp" : "udp";
  return service;
}

template <class Matches>
Result<resolver::Service> first_known(const std::string& protocol, Matches matches) {
  for (const WellKnown& each : kWellKnown)
    if (matches(each) && fits(each, protocol)) return service_of(each, protocol);
  return Error::no_data;
}

}  // namespace

Result<resolver::Service> look_up_service(const std::string& name, const std::string& protocol) {
  auto found = resolver::find_service(name, protocol);
  if (found || found.error() != Error::no_data) return found;
  return first_known(protocol, [&](const WellKnown& each) {
    return each.name == name || (!each.alias.empty() && each.alias == name);
  });
}

Result<resolver::Service> look_up_service(uint16_t port, const std::string& protocol) {
  auto found = resolver::find_service(port, protocol);
  if (found || found.error() != Error::no_data) return found;
  return first_known(protocol, [&](const WellKnown& each) { return each.port == port; });
}

}  // namespace inlet::winsock
