// gethostbyname and the other calls that answer with a structure of Winsock's own.
#include <ctype.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <ws2tcpip.h>

#include "winsock/calls.h"
#include "winsock/name_lookup.h"
#include "winsock/result_block.h"

namespace inlet::winsock {
namespace {

using resolver::Address;

// Hosts, services and protocols each have a place of their own, as on Windows.
thread_local ResultBlock host_block;
thread_local ResultBlock service_block;
thread_local ResultBlock protocol_block;

size_t bytes_of(const std::vector<std::string>& texts) {
  size_t bytes = (texts.size() + 1) * sizeof(char*);
  for (const std::string& text : texts) bytes += text.size() + 1;
  return bytes;
}

// --- hosts

int address_size(bool v6) {
  return v6 ? 16 : 4;
}

// All addresses are of one family.
hostent* pack_host(const std::string& name, const std::vector<Address>& addresses, bool v6) {
  const auto size = static_cast<size_t>(address_size(v6));
  ResultBlock& block = host_block;
  block.begin(sizeof(hostent) + (addresses.size() + 2) * sizeof(char*) + addresses.size() * size + name.size() + 1);
  auto* const host = block.take<hostent>();
  host->h_addrtype = static_cast<short>(v6 ? AF_INET6 : AF_INET);
  host->h_length = static_cast<short>(size);
  host->h_aliases = block.take<char*>();
  host->h_addr_list = block.take<char*>(addresses.size() + 1);
  for (size_t i = 0; i < addresses.size(); ++i) {
    host->h_addr_list[i] = block.take<char>(size);
    std::memcpy(host->h_addr_list[i], addresses[i].bytes, size);
  }
  host->h_name = block.put(name);
  return host;
}

Error find_host_by_name(const char* name, hostent** host) {
  const std::string node = name != nullptr ? name : "";
  auto found = look_up({node, {}, AI_CANONNAME, AF_INET});
  if (!found) return found.error();
  *host = pack_host(found->canonical_name.empty() ? node : found->canonical_name, found->addresses, false);
  return Error::none;
}

Error find_host_by_address(const char* bytes, int size, int family, hostent** host) {
  if (bytes == nullptr) return Error::fault;
  if (family != AF_INET && family != AF_INET6) return Error::address_family_not_supported;
  Address address;
  address.v6 = family == AF_INET6;
  if (size < address_size(address.v6)) return Error::fault;
  std::memcpy(address.bytes, bytes, static_cast<size_t>(address_size(address.v6)));
  auto name = resolver::find_name(address);
  if (!name) return name.error();
  *host = pack_host(*name, {address}, address.v6);
  return Error::none;
}

// --- services

servent* pack_service(const resolver::Service& service) {
  ResultBlock& block = service_block;
  block.begin(sizeof(servent) + bytes_of(service.aliases) + service.name.size() + service.protocol.size() + 2);
  auto* const entry = block.take<servent>();
  entry->s_aliases = block.take<char*>(service.aliases.size() + 1);
  for (size_t i = 0; i < service.aliases.size(); ++i) entry->s_aliases[i] = block.put(service.aliases[i]);
  entry->s_name = block.put(service.name);
  entry->s_proto = block.put(service.protocol);
  entry->s_port = static_cast<short>(htons(service.port));
  return entry;
}

std::string protocol_of(const char* proto) {
  return proto != nullptr ? proto : "";
}

Error find_service_by_name(const char* name, const char* proto, servent** entry) {
  if (name == nullptr) return Error::fault;
  auto service = look_up_service(name, protocol_of(proto));
  if (!service) return service.error();
  *entry = pack_service(*service);
  return Error::none;
}

// The port is in network order in the lower half of an int, whatever a cast has left in the upper one.
Error find_service_by_port(int port, const char* proto, servent** entry) {
  auto service = look_up_service(ntohs(static_cast<u_short>(port)), protocol_of(proto));
  if (!service) return service.error();
  *entry = pack_service(*service);
  return Error::none;
}

// --- protocols

struct Protocol {
  short number;
  std::string_view name;
  std::string_view alias;
};

// What Windows knows. Source: observed, getprotobyname and getprotobynumber over all numbers.
constexpr Protocol kProtocols[] = {
    {0, "ip", "IP"},
    {1, "icmp", "ICMP"},
    {3, "ggp", "GGP"},
    {6, "tcp", "TCP"},
    {8, "egp", "EGP"},
    {12, "pup", "PUP"},
    {17, "udp", "UDP"},
    {20, "hmp", "HMP"},
    {22, "xns-idp", "XNS-IDP"},
    {27, "rdp", "RDP"},
    {41, "ipv6", "IPv6"},
    {43, "ipv6-route", "IPv6-Route"},
    {44, "ipv6-frag", "IPv6-Frag"},
    {50, "esp", "ESP"},
    {51, "ah", "AH"},
    {58, "ipv6-icmp", "IPv6-ICMP"},
    {59, "ipv6-nonxt", "IPv6-NoNxt"},
    {60, "ipv6-opts", "IPv6-Opts"},
    {66, "rvd", "RVD"},
};

bool same_name(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return tolower(static_cast<unsigned char>(c)); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

template <class Matches>
Error find_protocol(protoent** entry, Matches matches) {
  const auto* found = std::ranges::find_if(kProtocols, matches);
  if (found == std::end(kProtocols)) return Error::no_data;
  ResultBlock& block = protocol_block;
  block.begin(sizeof(protoent) + 2 * sizeof(char*) + found->name.size() + found->alias.size() + 2);
  auto* const result = block.take<protoent>();
  result->p_aliases = block.take<char*>(2);
  result->p_aliases[0] = block.put(found->alias);
  result->p_name = block.put(found->name);
  result->p_proto = found->number;
  *entry = result;
  return Error::none;
}

// Runs a body that fills in the result, which stays NULL when it fails.
template <class Entry, class Body>
Entry* answer(Body body) {
  Entry* entry = nullptr;
  return ended(guarded_call(Error::no_buffers, [&] { return body(&entry); })) == 0 ? entry : nullptr;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

struct hostent* WSAAPI gethostbyname(const char* name) {
  return answer<hostent>([&](hostent** host) { return find_host_by_name(name, host); });
}

struct hostent* WSAAPI gethostbyaddr(const char* addr, int len, int type) {
  return answer<hostent>([&](hostent** host) { return find_host_by_address(addr, len, type, host); });
}

struct servent* WSAAPI getservbyname(const char* name, const char* proto) {
  return answer<servent>([&](servent** entry) { return find_service_by_name(name, proto, entry); });
}

struct servent* WSAAPI getservbyport(int port, const char* proto) {
  return answer<servent>([&](servent** entry) { return find_service_by_port(port, proto, entry); });
}

struct protoent* WSAAPI getprotobyname(const char* name) {
  return answer<protoent>([&](protoent** entry) {
    if (name == nullptr) return inlet::Error::fault;
    return find_protocol(entry, [&](const Protocol& each) { return same_name(each.name, name); });
  });
}

struct protoent* WSAAPI getprotobynumber(int number) {
  return answer<protoent>([&](protoent** entry) {
    return find_protocol(entry, [&](const Protocol& each) { return each.number == number; });
  });
}
