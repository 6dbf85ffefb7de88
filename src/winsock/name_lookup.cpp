#include "winsock/name_lookup.h"

#include <ws2tcpip.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>

#include "base/idn.h"
#include "provider/address_text.h"

namespace inlet::winsock {
namespace {

using resolver::Address;

constexpr int kFlagsKnown = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_NUMERICSERV | AI_DNS_ONLY |
                            AI_FORCE_CLEAR_TEXT | AI_BYPASS_DNS_CACHE | AI_RETURN_TTL | AI_ALL | AI_ADDRCONFIG |
                            AI_V4MAPPED | AI_NON_AUTHORITATIVE | AI_SECURE | AI_RETURN_PREFERRED_NAMES | AI_FQDN |
                            AI_FILESERVER | AI_DISABLE_IDN_ENCODING;
constexpr std::string_view kLocalMachine = "..localmachine";

bool same_name(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

Error check_request(const LookupRequest& request) {
  if (!request.node && !request.service) return Error::host_not_found;
  const bool names = (request.flags & (AI_CANONNAME | AI_FQDN)) != 0;
  const bool both = (request.flags & AI_CANONNAME) != 0 && (request.flags & AI_FQDN) != 0;
  if ((request.flags & ~kFlagsKnown) != 0 || both || (names && !request.node)) return Error::invalid;
  if (request.family != AF_UNSPEC && request.family != AF_INET && request.family != AF_INET6)
    return Error::address_family_not_supported;
  if (request.type < 0 || request.type > SOCK_SEQPACKET) return Error::socket_type_not_supported;
  return Error::none;
}

// --- ports

// Nothing for text that is not all digits; a number that is too large is cut to something that is.
std::optional<uint32_t> number_of(const std::string& text) {
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  uint32_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() ? number : UINT32_MAX;
}

// Which protocols a type of socket can have services of, in the order in which they are tried.
std::vector<std::string> protocols_of(int type) {
  if (type == SOCK_STREAM) return {"tcp"};
  if (type == SOCK_DGRAM) return {"udp"};
  if (type == 0) return {"tcp", "udp"};
  return {};
}

Result<uint16_t> find_port(const LookupRequest& request) {
  if (!request.service || request.service->empty()) return uint16_t{0};
  if (const auto number = number_of(*request.service)) {
    if (*number > UINT16_MAX) return Error::type_not_found;
    return static_cast<uint16_t>(*number);
  }
  if ((request.flags & AI_NUMERICSERV) != 0) return Error::host_not_found;
  for (const std::string& protocol : protocols_of(request.type)) {
    auto service = look_up_service(*request.service, protocol);
    if (service) return service->port;
    if (service.error() != Error::no_data) return service.error();
  }
  return Error::type_not_found;
}

// --- addresses that need no name service

Address address_v4(uint32_t number) {
  Address address;
  const uint32_t ordered = htonl(number);
  std::memcpy(address.bytes, &ordered, sizeof(ordered));
  return address;
}

Address wildcard(bool v6) {
  Address address;
  address.v6 = v6;
  return address;
}

Address loopback(bool v6) {
  Address address = v6 ? wildcard(true) : address_v4(INADDR_LOOPBACK);
  if (v6) address.bytes[15] = 1;
  return address;
}

// IPv6 first, as everywhere where nothing speaks for one or the other. A machine without IPv6 has IPv4 only.
std::vector<Address> of_each_family(Address (*make)(bool v6)) {
  std::vector<Address> addresses;
  if (resolver::has_loopback(true)) addresses.push_back(make(true));
  addresses.push_back(make(false));
  return addresses;
}

// The precedence and the scope by which RFC 6724 orders destinations, for addresses of this machine. Higher goes first.
int precedence_of(const Address& address) {
  if (!address.v6) return 35;
  return (address.bytes[0] & 0xfe) == 0xfc ? 3 : 40;
}
bool is_link_local(const Address& address) {
  return address.v6 && address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0x80;
}

std::vector<Address> addresses_of_this_machine() {
  std::vector<Address> addresses = resolver::local_addresses();
  if (addresses.empty()) return of_each_family(loopback);
  std::ranges::stable_sort(addresses, [](const Address& a, const Address& b) {
    if (precedence_of(a) != precedence_of(b)) return precedence_of(a) > precedence_of(b);
    return is_link_local(a) && !is_link_local(b);
  });
  return addresses;
}

// Reads a scope as a number or as the name of an interface, up to the end of the text.
std::optional<uint32_t> parse_scope(std::string_view text) {
  if (text.empty()) return 0;
  if (text.size() > 1 && text[0] == '%') {
    std::string_view rest = text;
    const auto number = provider::take_scope(rest);
    if (number && rest.empty()) return number;
    const uint32_t index = resolver::interface_index(std::string(text.substr(1)));
    if (index != 0) return index;
  }
  return std::nullopt;
}

// "[v6]" or "[v6]:port" without what is around the address; nothing when the brackets do not match.
std::optional<std::string_view> without_brackets(std::string_view text) {
  if (!text.starts_with('[')) return text;
  const size_t end = text.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view behind = text.substr(end + 1);
  if (!behind.empty() && !(behind[0] == ':' && provider::parse_port(behind.substr(1)))) return std::nullopt;
  return text.substr(1, end - 1);
}

std::optional<Address> parse_v6(std::string_view node) {
  auto text = without_brackets(node);
  provider::BytesV6 bytes;
  if (!text || !provider::take_v6(*text, bytes)) return std::nullopt;
  const auto scope = parse_scope(*text);
  if (!scope) return std::nullopt;
  Address address = wildcard(true);
  std::ranges::copy(bytes, address.bytes);
  address.scope = *scope;
  return address;
}

std::optional<Address> parse_numeric(std::string_view node) {
  std::string_view rest = node;
  const auto v4 = provider::take_v4(rest);
  if (v4 && rest.empty()) return address_v4(*v4);
  return parse_v6(node);
}

// --- families

Address mapped(const Address& v4) {
  Address address = wildcard(true);
  address.bytes[10] = address.bytes[11] = 0xff;
  std::memcpy(address.bytes + 12, v4.bytes, 4);
  return address;
}

bool maps_v4(const LookupRequest& request) {
  return request.family == AF_INET6 && (request.flags & AI_V4MAPPED) != 0;
}

// Leaves the addresses that were asked for: those of the family, and with AI_V4MAPPED those of IPv4 in IPv6's clothes when
// there are no others, or, with AI_ALL, behind them.
std::vector<Address> chosen(const LookupRequest& request, const std::vector<Address>& all) {
  if (request.family == AF_UNSPEC) return all;
  std::vector<Address> result;
  const bool v6 = request.family == AF_INET6;
  std::ranges::copy_if(all, std::back_inserter(result), [&](const Address& each) { return each.v6 == v6; });
  if (!maps_v4(request) || (!result.empty() && (request.flags & AI_ALL) == 0)) return result;
  for (const Address& each : all)
    if (!each.v6) result.push_back(mapped(each));
  return result;
}

// AI_ADDRCONFIG: without an address of its own in a family, the machine cannot reach others there.
void drop_unconfigured(std::vector<Address>& addresses) {
  const std::vector<Address> own = resolver::local_addresses();
  std::erase_if(addresses, [&](const Address& each) {
    return std::ranges::none_of(own, [&](const Address& mine) { return mine.v6 == each.v6; });
  });
}

// --- names

struct Found {
  std::vector<Address> addresses;
  std::string canonical_name;
  Error none_of_family = Error::no_data;
};

Result<Found> ask_name_service(const LookupRequest& request, bool canonical) {
  // What contains one of these is an address that was not understood, or nothing that could be a name.
  if (request.node->find_first_of(":[]% \t") != std::string::npos) return Error::host_not_found;
  const bool plain_only = (request.flags & AI_DISABLE_IDN_ENCODING) != 0;
  const auto name = plain_only && !is_ascii(*request.node) ? std::nullopt : ascii_name_of(*request.node);
  if (!name) return Error::host_not_found;
  auto family = resolver::Family::any;
  if (request.family == AF_INET) family = resolver::Family::v4;
  if (request.family == AF_INET6 && !maps_v4(request)) family = resolver::Family::v6;
  auto host = resolver::find_host(*name, family, canonical);
  if (!host) return host.error();
  if ((request.flags & AI_ADDRCONFIG) != 0) drop_unconfigured(host->addresses);
  return Found{std::move(host->addresses), std::move(host->name)};
}

std::string own_name(bool fully_qualified) {
  auto name = resolver::host_name();
  if (!name) return {};
  if (!fully_qualified) return *name;
  auto host = resolver::find_host(*name, resolver::Family::any, true);
  return host && !host->name.empty() ? host->name : *name;
}

Result<Found> find_named(const LookupRequest& request) {
  const std::string& node = *request.node;
  const bool canonical = (request.flags & (AI_CANONNAME | AI_FQDN)) != 0;
  if (const auto numeric = parse_numeric(node)) return Found{{*numeric}, node, Error::host_not_found};
  if ((request.flags & AI_NUMERICHOST) != 0) return Error::host_not_found;
  if (same_name(node, "localhost") || same_name(node, "localhost.")) return Found{of_each_family(loopback), node};
  if (names_this_machine(node))
    return Found{addresses_of_this_machine(), canonical ? own_name((request.flags & AI_FQDN) != 0) : std::string()};
  return ask_name_service(request, canonical);
}

Result<Found> find_addresses(const LookupRequest& request) {
  if (request.node) return find_named(request);
  return Found{of_each_family((request.flags & AI_PASSIVE) != 0 ? wildcard : loopback), {}};
}

}  // namespace

bool names_this_machine(std::string_view name) {
  if (name.empty() || same_name(name, kLocalMachine)) return true;
  auto own = resolver::host_name();
  return own && same_name(name, *own);
}

Result<LookupResult> look_up(const LookupRequest& request) {
  if (const Error error = check_request(request); error != Error::none) return error;
  auto port = find_port(request);
  if (!port) return port.error();
  auto found = find_addresses(request);
  if (!found) return found.error();
  LookupResult result;
  result.addresses = chosen(request, found->addresses);
  if (result.addresses.empty()) return found->none_of_family;
  result.port = *port;
  if ((request.flags & (AI_CANONNAME | AI_FQDN)) != 0) result.canonical_name = std::move(found->canonical_name);
  return result;
}

}  // namespace inlet::winsock
