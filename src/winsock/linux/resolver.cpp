#include "winsock/linux/resolver.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace inlet::winsock::resolver {
namespace {

constexpr size_t kServiceBufferFirst = 1024;
constexpr size_t kServiceBufferMax = 1 << 20;
constexpr size_t kHostNameMax = 256;  // with its NUL; POSIX allows 255 characters

struct FreeList {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
  void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

Error error_of_lookup(int code) {
  switch (code) {
    case EAI_AGAIN: return Error::try_again;
    case EAI_MEMORY: return Error::not_enough_memory;
    case EAI_FAIL:
    case EAI_SYSTEM: return Error::no_recovery;
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
    case EAI_ADDRFAMILY:
#endif
      return Error::no_data;
    default: return Error::host_not_found;
  }
}

int number_of(Family family) {
  switch (family) {
    case Family::v4: return AF_INET;
    case Family::v6: return AF_INET6;
    default: return AF_UNSPEC;
  }
}

// False for other families.
bool read_address(const sockaddr* name, Address* address) {
  *address = Address{};
  if (name == nullptr) return false;
  if (name->sa_family == AF_INET) {
    std::memcpy(address->bytes, &reinterpret_cast<const sockaddr_in*>(name)->sin_addr, 4);
    return true;
  }
  if (name->sa_family != AF_INET6) return false;
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(name);
  address->v6 = true;
  address->scope = v6->sin6_scope_id;
  std::memcpy(address->bytes, &v6->sin6_addr, sizeof(address->bytes));
  return true;
}

struct Name {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t size;

  explicit Name(const Address& address) : v6{}, size(address.v6 ? sizeof(v6) : sizeof(v4)) {
    any.sa_family = address.v6 ? AF_INET6 : AF_INET;
    if (address.v6) {
      std::memcpy(&v6.sin6_addr, address.bytes, sizeof(v6.sin6_addr));
      v6.sin6_scope_id = address.scope;
    } else {
      std::memcpy(&v4.sin_addr, address.bytes, sizeof(v4.sin_addr));
    }
  }
};

std::unique_ptr<ifaddrs, FreeList> list_interfaces() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) list = nullptr;
  return std::unique_ptr<ifaddrs, FreeList>(list);
}

// Calls get(entry, buffer, size, &found) with a larger buffer as long as the entry does not fit.
template <class Get>
Result<Service> read_service(Get get) {
  std::vector<char> buffer(kServiceBufferFirst);
  servent entry{};
  servent* found = nullptr;
  int code = get(&entry, buffer.data(), buffer.size(), &found);
  while (code == ERANGE && buffer.size() < kServiceBufferMax) {
    buffer.resize(2 * buffer.size());
    code = get(&entry, buffer.data(), buffer.size(), &found);
  }
  if (code == ERANGE || code == ENOMEM) return Error::no_buffers;
  if (code != 0 || found == nullptr) return Error::no_data;
  Service service{found->s_name, {}, found->s_proto, ntohs(static_cast<uint16_t>(found->s_port))};
  for (char** alias = found->s_aliases; alias != nullptr && *alias != nullptr; ++alias)
    service.aliases.emplace_back(*alias);
  return service;
}

const char* text_or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

}  // namespace

Result<Host> find_host(const std::string& name, Family family, bool canonical) {
  addrinfo hints{};
  hints.ai_family = number_of(family);
  hints.ai_socktype = SOCK_STREAM;  // one entry for each address instead of three
  hints.ai_flags = canonical ? AI_CANONNAME : 0;
  addrinfo* list = nullptr;
  if (const int code = ::getaddrinfo(name.c_str(), nullptr, &hints, &list)) return error_of_lookup(code);
  const std::unique_ptr<addrinfo, FreeList> owner(list);
  Host host;
  if (list->ai_canonname != nullptr) host.name = list->ai_canonname;
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    Address address;
    if (!read_address(each->ai_addr, &address)) continue;
    if (std::ranges::find(host.addresses, address) == host.addresses.end()) host.addresses.push_back(address);
  }
  if (host.addresses.empty()) return Error::no_data;
  return host;
}

Result<std::string> find_name(const Address& address) {
  const Name name(address);
  char text[NI_MAXHOST];
  const int code = ::getnameinfo(&name.any, name.size, text, sizeof(text), nullptr, 0, NI_NAMEREQD);
  if (code != 0) return error_of_lookup(code);
  return std::string(text);
}

Result<std::string> host_name() {
  char name[kHostNameMax] = "";
  if (::gethostname(name, sizeof(name) - 1) != 0) return Error::net_down;
  return std::string(name);
}

std::vector<Address> local_addresses() {
  std::vector<Address> addresses;
  const auto list = list_interfaces();
  for (const ifaddrs* each = list.get(); each != nullptr; each = each->ifa_next) {
    Address address;
    if ((each->ifa_flags & IFF_UP) == 0 || (each->ifa_flags & IFF_LOOPBACK) != 0) continue;
    if (read_address(each->ifa_addr, &address)) addresses.push_back(address);
  }
  return addresses;
}

bool has_loopback(bool v6) {
  const auto list = list_interfaces();
  if (list == nullptr) return !v6;  // a sandbox that hides the interfaces: assume the usual
  for (const ifaddrs* each = list.get(); each != nullptr; each = each->ifa_next) {
    Address address;
    const bool loopback = (each->ifa_flags & IFF_UP) != 0 && (each->ifa_flags & IFF_LOOPBACK) != 0;
    if (loopback && read_address(each->ifa_addr, &address) && address.v6 == v6) return true;
  }
  return false;
}

uint32_t interface_index(const std::string& name) {
  return ::if_nametoindex(name.c_str());
}

Result<Service> find_service(const std::string& name, const std::string& protocol) {
  return read_service([&](servent* entry, char* buffer, size_t size, servent** found) {
    return ::getservbyname_r(name.c_str(), text_or_null(protocol), entry, buffer, size, found);
  });
}

Result<Service> find_service(uint16_t port, const std::string& protocol) {
  return read_service([&](servent* entry, char* buffer, size_t size, servent** found) {
    return ::getservbyport_r(htons(port), text_or_null(protocol), entry, buffer, size, found);
  });
}

}  // namespace inlet::winsock::resolver
