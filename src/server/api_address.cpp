// The C interface: addresses. The contracts are in cswsock10.h.
#include "server/api_call.h"
#include "server/host_lookup.h"

namespace inlet::server {
namespace {

void store(const Endpoint& endpoint, LPINTERNET_ADDRESS address, UINT* port) {
  if (address) *address = endpoint.address;
  if (port) *port = endpoint.port;
}

Endpoint nobody() {
  Endpoint endpoint;
  endpoint.address.ipFamily = INET_ADDRESS_IPV4;
  return endpoint;
}

}  // namespace
}  // namespace inlet::server

using namespace inlet;
using namespace inlet::server;

INT WINAPI InetGetPeerAddress(SOCKET hSocket, LPINTERNET_ADDRESS lpAddress, UINT* lpnRemotePort) {
  const auto call = traced("InetGetPeerAddress", hSocket, lpAddress, lpnRemotePort);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (auto server = find_server(hSocket)) {
      const Acceptor::Pending* pending = server->pending_here();
      store(pending ? pending->peer : nobody(), lpAddress, lpnRemotePort);
      return 0;
    }
    if (runtime().listeners.pin(hSocket)) {
      store(nobody(), lpAddress, lpnRemotePort);
      return 0;
    }
    Peer peer(hSocket);
    if (!peer) return peer.error();
    store(peer.endpoint(), lpAddress, lpnRemotePort);
    return 0;
  });
}

INT WINAPI InetGetLocalAddress(SOCKET hSocket, LPINTERNET_ADDRESS lpAddress, UINT* lpnLocalPort) {
  const auto call = traced("InetGetLocalAddress", hSocket, lpAddress, lpnLocalPort);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (hSocket == INVALID_SOCKET && runtime().is_initialized()) {
      auto own = own_addresses(INET_ADDRESS_UNKNOWN);
      if (!own) return own.error();
      if (own->empty()) return Error::address_not_available;
      store({own->front(), 0}, lpAddress, lpnLocalPort);
      return 0;
    }
    if (auto server = find_server(hSocket)) {
      auto local = server->local_endpoint();
      if (!local) return local.error();
      store(*local, lpAddress, lpnLocalPort);
      return 0;
    }
    if (auto listener = runtime().listeners.pin(hSocket)) {
      auto local = listener->local_endpoint();
      if (!local) return local.error();
      store(*local, lpAddress, lpnLocalPort);
      return 0;
    }
    Peer peer(hSocket);
    if (!peer) return peer.error();
    SocketAddress name;
    auto got = peer.stream().provider().local_name(peer.stream().socket(), name.get(), &name.length);
    if (!got) return got.error();
    store(endpoint_of(name), lpAddress, lpnLocalPort);
    return 0;
  });
}

namespace {

template <class Character>
INT get_address(const Character* text, INT family, LPINTERNET_ADDRESS address) {
  const auto call = traced("InetGetAddress", text, family, address);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!address) return Error::fault;
    *address = INTERNET_ADDRESS{};
    const TextIn in(text);
    if (!in || family < INET_ADDRESS_UNKNOWN || family > INET_ADDRESS_IPV6) return Error::fault;
    auto parsed = parse_address(in.get(), family);
    if (!parsed) return parsed.error();
    *address = *parsed;
    return 0;
  });
}

template <class Character>
INT print_address(LPINTERNET_ADDRESS address, Character* into, INT capacity) {
  const auto call = traced("InetFormatAddress", address, into, capacity);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!address || !into || capacity <= 0) return Error::fault;
    *into = 0;
    if (address->ipFamily != INET_ADDRESS_IPV4 && address->ipFamily != INET_ADDRESS_IPV6) return Error::fault;
    return put_text(format_address(*address), into, capacity);
  });
}

}  // namespace

INT WINAPI InetGetAddressA(LPCSTR lpszAddress, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress) {
  return get_address(lpszAddress, nAddressFamily, lpAddress);
}

INT WINAPI InetGetAddressW(LPCWSTR lpszAddress, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress) {
  return get_address(lpszAddress, nAddressFamily, lpAddress);
}

INT WINAPI InetFormatAddressA(LPINTERNET_ADDRESS lpAddress, LPSTR lpszAddress, INT cchAddress) {
  return print_address(lpAddress, lpszAddress, cchAddress);
}

INT WINAPI InetFormatAddressW(LPINTERNET_ADDRESS lpAddress, LPWSTR lpszAddress, INT cchAddress) {
  return print_address(lpAddress, lpszAddress, cchAddress);
}
