// getnameinfo, gethostname, and their W forms.

// First, because <unistd.h> promises the compiler that gethostname is never given NULL, and the check would go.
#include <ws2tcpip.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <string>

#include "provider/address_text.h"
#include "winsock/calls.h"
#include "winsock/name_lookup.h"
#include "winsock/text_form.h"

namespace inlet::winsock {
namespace {

constexpr int kFlagsKnown = NI_NOFQDN | NI_NUMERICHOST | NI_NAMEREQD | NI_NUMERICSERV | NI_DGRAM;

Result<SOCKADDR_INET> read_sockaddr(const sockaddr* name, int size) {
  SOCKADDR_INET copy{};
  if (name == nullptr || size < static_cast<int>(sizeof(name->sa_family))) return Error::fault;
  const bool v6 = name->sa_family == AF_INET6;
  if (!v6 && name->sa_family != AF_INET) return Error::address_family_not_supported;
  const int needed = v6 ? sizeof(copy.Ipv6) : sizeof(copy.Ipv4);
  if (size < needed) return Error::fault;
  std::memcpy(&copy, name, static_cast<size_t>(needed));
  return copy;
}

resolver::Address address_of(const SOCKADDR_INET& name) {
  resolver::Address address;
  address.v6 = name.si_family == AF_INET6;
  if (address.v6) {
    address.scope = name.Ipv6.sin6_scope_id;
    std::memcpy(address.bytes, &name.Ipv6.sin6_addr, sizeof(name.Ipv6.sin6_addr));
  } else {
    std::memcpy(address.bytes, &name.Ipv4.sin_addr, sizeof(name.Ipv4.sin_addr));
  }
  return address;
}

std::string numeric_text(SOCKADDR_INET name) {
  name.Ipv4.sin_port = 0;  // at the same place in both
  return name.si_family == AF_INET6 ? provider::format_address(name.Ipv6) : provider::format_address(name.Ipv4);
}

bool is_of_this_machine(const resolver::Address& address) {
  if (!address.v6 && address.bytes[0] == 127) return true;
  IN6_ADDR v6;
  std::memcpy(&v6, address.bytes, sizeof(v6));
  if (address.v6 && IN6_IS_ADDR_LOOPBACK(&v6)) return true;
  const auto own = resolver::local_addresses();
  return std::ranges::find(own, address) != own.end();
}

Result<std::string> node_text(const SOCKADDR_INET& name, int flags) {
  const bool needs_name = (flags & NI_NAMEREQD) != 0;
  if ((flags & NI_NUMERICHOST) != 0) {
    if (needs_name) return Error::host_not_found;
    return numeric_text(name);
  }
  const resolver::Address address = address_of(name);
  auto found = resolver::find_name(address);
  if (!found && found.error() == Error::not_enough_memory) return found;
  if (!found && needs_name) return found.error() == Error::no_data ? Error::host_not_found : found.error();
  if (!found) return numeric_text(name);
  if ((flags & NI_NOFQDN) != 0 && is_of_this_machine(address)) return found->substr(0, found->find('.'));
  return found;
}

Result<std::string> service_text(const SOCKADDR_INET& name, int flags) {
  const uint16_t port = ntohs(name.Ipv4.sin_port);
  const std::string number = std::to_string(port);
  if ((flags & NI_NUMERICSERV) != 0) return number;
  auto service = look_up_service(port, (flags & NI_DGRAM) != 0 ? "udp" : "tcp");
  if (service) return service->name;
  if (service.error() != Error::no_data) return Error::not_enough_memory;
  return number;
}

// A text that somebody wants, and where it goes.
template <class Character>
struct Buffer {
  Character* data;
  DWORD size;
};

template <class Character>
Error get_names(const sockaddr* sockaddr_given, int size, Buffer<Character> node, Buffer<Character> service,
                int flags) {
  auto name = read_sockaddr(sockaddr_given, size);
  if (!name) return name.error();
  if (node.data == nullptr && service.data == nullptr) return Error::host_not_found;
  auto empty = [](const Buffer<Character>& buffer) { return buffer.data != nullptr && buffer.size == 0; };
  if (empty(node) || empty(service) || (flags & ~kFlagsKnown) != 0) return Error::invalid;
  if (node.data != nullptr) {
    auto text = node_text(*name, flags);
    if (!text) return text.error();
    if (const Error error = write_text(*text, node.data, node.size, Error::fault); error != Error::none) return error;
  }
  if (service.data == nullptr) return Error::none;
  auto text = service_text(*name, flags);
  return text ? write_text(*text, service.data, service.size, Error::fault) : text.error();
}

template <class Character>
int get_name_info(const sockaddr* name, int size, Buffer<Character> node, Buffer<Character> service, int flags) {
  return ended(guarded_call(Error::not_enough_memory, [&] { return get_names(name, size, node, service, flags); }));
}

template <class Character>
int get_host_name(Character* buffer, int size) {
  const Error error = guarded_call(Error::no_buffers, [&]() -> Error {
    if (buffer == nullptr || size <= 0) return Error::fault;
    auto name = resolver::host_name();
    return name ? write_text(*name, buffer, static_cast<size_t>(size), Error::fault) : name.error();
  });
  return ended(error) == 0 ? 0 : SOCKET_ERROR;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

INT WSAAPI getnameinfo(const SOCKADDR* pSockaddr, socklen_t SockaddrLength, PCHAR pNodeBuffer, DWORD NodeBufferSize,
                       PCHAR pServiceBuffer, DWORD ServiceBufferSize, INT Flags) {
  return get_name_info(pSockaddr, SockaddrLength, Buffer<char>{pNodeBuffer, NodeBufferSize},
                       Buffer<char>{pServiceBuffer, ServiceBufferSize}, Flags);
}

INT WSAAPI GetNameInfoW(const SOCKADDR* pSockaddr, socklen_t SockaddrLength, PWCHAR pNodeBuffer, DWORD NodeBufferSize,
                        PWCHAR pServiceBuffer, DWORD ServiceBufferSize, INT Flags) {
  return get_name_info(pSockaddr, SockaddrLength, Buffer<WCHAR>{pNodeBuffer, NodeBufferSize},
                       Buffer<WCHAR>{pServiceBuffer, ServiceBufferSize}, Flags);
}

// The argument is a size_t for the sake of <unistd.h>; what a caller wrote as a negative int is no length here either.
int WSAAPI gethostname(char* name, size_t namelen) INLET_NOTHROW {
  return get_host_name(name, namelen > INT_MAX ? 0 : static_cast<int>(namelen));
}

int WSAAPI GetHostNameW(PWSTR name, int namelen) {
  return get_host_name(name, namelen);
}
