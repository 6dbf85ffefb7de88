// The C interface: addresses. The contracts are in cswsock10.h.
#include <cstring>
#include <string>

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
    Peer peer(hSocket);
    if (!peer) return dead_handle();
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
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    SocketAddress name;
    auto got = peer.stream().provider().local_name(peer.stream().socket(), name.get(), &name.length);
    if (!got) return got.error();
    store(endpoint_of(name), lpAddress, lpnLocalPort);
    return 0;
  });
}

INT WINAPI InetGetAddressA(LPCSTR lpszAddress, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress) {
  const auto call = traced("InetGetAddress", lpszAddress, nAddressFamily, lpAddress);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!lpAddress) return Error::fault;
    *lpAddress = INTERNET_ADDRESS{};
    if (!lpszAddress || nAddressFamily < INET_ADDRESS_UNKNOWN || nAddressFamily > INET_ADDRESS_IPV6)
      return Error::fault;
    auto parsed = parse_address(lpszAddress, nAddressFamily);
    if (!parsed) return parsed.error();
    *lpAddress = *parsed;
    return 0;
  });
}

INT WINAPI InetFormatAddressA(LPINTERNET_ADDRESS lpAddress, LPSTR lpszAddress, INT cchAddress) {
  const auto call = traced("InetFormatAddress", lpAddress, lpszAddress, cchAddress);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (!lpAddress || !lpszAddress || cchAddress <= 0) return Error::fault;
    *lpszAddress = '\0';
    if (lpAddress->ipFamily != INET_ADDRESS_IPV4 && lpAddress->ipFamily != INET_ADDRESS_IPV6) return Error::fault;
    const std::string text = format_address(*lpAddress);
    if (text.size() >= static_cast<size_t>(cchAddress)) return Error::message_size;
    std::memcpy(lpszAddress, text.c_str(), text.size() + 1);
    return static_cast<INT>(text.size());
  });
}
