#include "server/host_lookup.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netpacket/packet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/known_services.h"
#include "server/address.h"
#include "server/host_text.h"

namespace inlet::server {

namespace {

constexpr size_t kNameBuffer = 1025;      // NI_MAXHOST, which strict headers hide
constexpr size_t kDatabaseBuffer = 4096;  // grows when an entry needs more
constexpr size_t kDatabaseBufferMax = 1 << 20;

bool is_of(const INTERNET_ADDRESS& address, int family) {
  return family == INET_ADDRESS_UNKNOWN || address.ipFamily == family;
}

INTERNET_ADDRESS address_of(const sockaddr* name) {
  INTERNET_ADDRESS address{};
  if (name->sa_family == AF_INET) {
    address.ipFamily = INET_ADDRESS_IPV4;
    std::memcpy(address.ipNumber, &reinterpret_cast<const sockaddr_in*>(name)->sin_addr, 4);
  } else if (name->sa_family == AF_INET6) {
    address.ipFamily = INET_ADDRESS_IPV6;
    std::memcpy(address.ipNumber, &reinterpret_cast<const sockaddr_in6*>(name)->sin6_addr, 16);
  }
  return address;
}

sockaddr_storage name_for(const INTERNET_ADDRESS& address, socklen_t& length) {
  sockaddr_storage name{};
  if (address.ipFamily == INET_ADDRESS_IPV6) {
    auto* six = reinterpret_cast<sockaddr_in6*>(&name);
    six->sin6_family = AF_INET6;
    std::memcpy(&six->sin6_addr, address.ipNumber, 16);
    length = sizeof *six;
  } else {
    auto* four = reinterpret_cast<sockaddr_in*>(&name);
    four->sin_family = AF_INET;
    std::memcpy(&four->sin_addr, address.ipNumber, 4);
    length = sizeof *four;
  }
  return name;
}

// Runs one of the library's ..._r calls with a buffer that grows until the entry fits.
template <class Call>
int with_buffer(std::vector<char>& buffer, Call call) {
  for (buffer.resize(kDatabaseBuffer);; buffer.resize(buffer.size() * 2)) {
    const int result = call(buffer.data(), buffer.size());
    if (result != ERANGE || buffer.size() >= kDatabaseBufferMax) return result;
  }
}

}  // namespace

// ---- hosts

Error error_of_getnameinfo(int code) {
  switch (code) {
    case EAI_AGAIN: return Error::try_again;
    case EAI_FAIL: return Error::no_recovery;
    case EAI_MEMORY: return Error::not_enough_memory;
    default: return Error::host_not_found;
  }
}

Error error_of_gethostbyname(int code) {
  switch (code) {
    case TRY_AGAIN: return Error::try_again;
    case NO_RECOVERY: return Error::no_recovery;
    default: return Error::host_not_found;
  }
}

Result<std::vector<INTERNET_ADDRESS>> find_addresses(const char* host) {
  const auto name = normalized_host(host);
  if (!name) return Error::host_not_found;
  if (auto literal = parse_address(name->c_str(), INET_ADDRESS_UNKNOWN)) return std::vector{*literal};
  return resolve(name->c_str());
}

Result<INTERNET_ADDRESS> find_address(const char* host, int family) {
  auto addresses = find_addresses(host);
  if (!addresses) return addresses.error();
  const auto found = std::ranges::find_if(*addresses, [&](const auto& each) { return is_of(each, family); });
  return found == addresses->end() ? Result<INTERNET_ADDRESS>(Error::no_data) : *found;
}

Result<std::string> name_of(const INTERNET_ADDRESS& address) {
  socklen_t length = 0;
  const sockaddr_storage name = name_for(address, length);
  char text[kNameBuffer];
  const int code =
      getnameinfo(reinterpret_cast<const sockaddr*>(&name), length, text, sizeof text, nullptr, 0, NI_NAMEREQD);
  if (code != 0) return error_of_getnameinfo(code);
  return std::string(text);
}

Result<std::string> local_name() {
  char text[256] = "";
  if (gethostname(text, sizeof text - 1) != 0) return Error::system_failure;
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  if (getaddrinfo(text, nullptr, &hints, &found) != 0) return std::string(text);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, freeaddrinfo);
  const std::string full = found->ai_canonname ? found->ai_canonname : "";
  const bool is_longer = full.starts_with(std::string(text) + ".");
  return is_longer ? full : std::string(text);
}

Result<std::vector<std::string>> aliases_of(const char* host) {
  const auto name = normalized_host(host);
  if (!name) return Error::host_not_found;
  if (parse_address(name->c_str(), INET_ADDRESS_UNKNOWN)) return std::vector<std::string>();
  std::vector<char> buffer;
  hostent entry{};
  hostent* found = nullptr;
  int why = 0;
  for (const int family : {AF_INET, AF_INET6}) {
    with_buffer(buffer, [&](char* data, size_t size) {
      return gethostbyname2_r(name->c_str(), family, &entry, data, size, &found, &why);
    });
    if (found) break;
  }
  if (!found) return error_of_gethostbyname(why);
  std::vector<std::string> aliases;
  for (char** each = found->h_aliases; *each; ++each)
    if (std::ranges::find(aliases, *each) == aliases.end()) aliases.emplace_back(*each);
  std::erase_if(aliases, [&](const std::string& each) { return each == *name || each == found->h_name; });
  return aliases;
}

// ---- services

Result<uint16_t> port_of_service(const std::string& name) {
  unsigned number = 0;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (failure == std::errc() && end == name.data() + name.size())
    return number >= 1 && number <= 65535 ? Result<uint16_t>(static_cast<uint16_t>(number)) : Error::no_data;
  std::vector<char> buffer;
  servent entry{};
  servent* found = nullptr;
  for (const char* protocol : {"tcp", static_cast<const char*>(nullptr)}) {
    with_buffer(buffer, [&](char* data, size_t size) {
      return getservbyname_r(name.c_str(), protocol, &entry, data, size, &found);
    });
    if (found) return ntohs(static_cast<uint16_t>(found->s_port));
  }
  for (const KnownService& each : kKnownServices)
    if (each.name == name || (!each.alias.empty() && each.alias == name)) return each.port;
  return Error::no_data;
}

Result<std::string> service_of_port(uint16_t port) {
  std::vector<char> buffer;
  servent entry{};
  servent* found = nullptr;
  for (const char* protocol : {"tcp", static_cast<const char*>(nullptr)}) {
    with_buffer(buffer, [&](char* data, size_t size) {
      return getservbyport_r(htons(port), protocol, &entry, data, size, &found);
    });
    if (found) return std::string(found->s_name);
  }
  for (const KnownService& each : kKnownServices)
    if (each.port == port) return std::string(each.name);
  return Error::no_data;
}

// ---- interfaces

Result<std::vector<Interface>> interfaces() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return Error::system_failure;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, freeifaddrs);
  std::vector<Interface> found;
  for (const ifaddrs* each = first; each; each = each->ifa_next) {
    if (!(each->ifa_flags & IFF_UP) || !each->ifa_addr) continue;
    auto known = std::ranges::find(found, each->ifa_name, &Interface::name);
    if (known == found.end())
      known = found.insert(known, {each->ifa_name, (each->ifa_flags & IFF_LOOPBACK) != 0, {}, {}});
    if (each->ifa_addr->sa_family == AF_PACKET) {
      const auto* link = reinterpret_cast<const sockaddr_ll*>(each->ifa_addr);
      known->hardware.assign(link->sll_addr, link->sll_addr + std::min<size_t>(link->sll_halen, sizeof link->sll_addr));
    } else if (const INTERNET_ADDRESS address = address_of(each->ifa_addr); is_family_known(address)) {
      known->addresses.push_back(address);
    }
  }
  std::ranges::stable_partition(found, [](const Interface& each) { return !each.loopback; });
  return found;
}

Result<std::vector<INTERNET_ADDRESS>> own_addresses(int family) {
  auto found = interfaces();
  if (!found) return found.error();
  std::vector<INTERNET_ADDRESS> addresses;
  for (const bool loopback : {false, true})
    for (const int wanted : {INET_ADDRESS_IPV4, INET_ADDRESS_IPV6})
      for (const Interface& each : *found)
        for (const INTERNET_ADDRESS& address : each.addresses)
          if (each.loopback == loopback && address.ipFamily == wanted && is_of(address, family))
            addresses.push_back(address);
  return addresses;
}

bool can_open(int family, bool datagrams) {
  const int kind = (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
  const int probe = socket(family == INET_ADDRESS_IPV6 ? AF_INET6 : AF_INET, kind, 0);
  if (probe < 0) return errno == EMFILE || errno == ENFILE;
  close(probe);
  return true;
}

}  // namespace inlet::server
