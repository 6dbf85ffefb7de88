// Services by name and by port: the system's list, and a short one of our own for systems without.
#include <algorithm>
#include <string_view>

#include "base/known_services.h"
#include "winsock/name_lookup.h"

namespace inlet::winsock {
namespace {

bool fits(const KnownService& each, const std::string& protocol) {
  return protocol.empty() || (protocol == "tcp" && each.tcp) || (protocol == "udp" && each.udp);
}

resolver::Service service_of(const KnownService& each, const std::string& protocol) {
  resolver::Service service{std::string(each.name), {}, protocol, each.port};
  if (!each.alias.empty()) service.aliases.emplace_back(each.alias);
  if (protocol.empty()) service.protocol = each.tcp ? "tcp" : "udp";
  return service;
}

template <class Matches>
Result<resolver::Service> first_known(const std::string& protocol, Matches matches) {
  for (const KnownService& each : kKnownServices)
    if (matches(each) && fits(each, protocol)) return service_of(each, protocol);
  return Error::no_data;
}

}  // namespace

Result<resolver::Service> look_up_service(const std::string& name, const std::string& protocol) {
  auto found = resolver::find_service(name, protocol);
  if (found || found.error() != Error::no_data) return found;
  return first_known(protocol, [&](const KnownService& each) {
    return each.name == name || (!each.alias.empty() && each.alias == name);
  });
}

Result<resolver::Service> look_up_service(uint16_t port, const std::string& protocol) {
  auto found = resolver::find_service(port, protocol);
  if (found || found.error() != Error::no_data) return found;
  return first_known(protocol, [&](const KnownService& each) { return each.port == port; });
}

}  // namespace inlet::winsock
