// The C interface: datagrams and urgent data. The contracts are in cswsock10.h.
#include <winsock2.h>

#include <algorithm>

#include "server/api_call.h"

using namespace inlet;
using namespace inlet::server;

namespace {

void store(const Endpoint& endpoint, LPINTERNET_ADDRESS address, UINT* port) {
  if (address) *address = endpoint.address;
  if (port) *port = endpoint.port;
}

// An urgent byte is never waited for: when there is none, Winsock calls the request invalid.
Result<size_t> read_urgent(Stream& stream, void* into, size_t size) {
  auto got = stream.receive_message(into, size, MSG_OOB, nullptr);
  if (!got && got.error() == Error::invalid) return Error::would_block;
  return got;
}

Result<size_t> read_stream(Peer& peer, void* into, size_t size, DWORD flags, Endpoint& from) {
  from = peer.endpoint();
  Stream& stream = peer.network();
  if ((flags & INET_FLAG_URGENT) != 0 && stream.is_secure()) return Error::not_supported;  // TLS has no urgent data
  return flags & INET_FLAG_URGENT ? read_urgent(stream, into, size) : stream.read(into, size);
}

Result<size_t> write_stream(Peer& peer, const void* from, size_t size, DWORD flags) {
  Stream& stream = peer.network();
  if ((flags & INET_FLAG_URGENT) == 0 || size == 0) return stream.write(from, size);
  if (stream.is_secure()) return Error::not_supported;  // TLS has no urgent data
  return stream.send_message(from, size, MSG_OOB, nullptr);
}

// Where a datagram goes: what the program leaves out is as it was connected.
Result<Endpoint> destination(Client& client, LPINTERNET_ADDRESS address, UINT port) {
  Endpoint to = client.default_destination();
  if (port != 0) to.port = static_cast<uint16_t>(port);
  if (address == nullptr) return to;
  if (address->ipFamily != to.address.ipFamily) return Error::destination_required;
  to.address = *address;
  return to;
}

}  // namespace

INT WINAPI InetReadEx(SOCKET hSocket, LPBYTE lpBuffer, INT cbBuffer, DWORD dwFlags, LPINTERNET_ADDRESS lpRemoteAddress,
                      UINT* lpnRemotePort) {
  const auto call = traced("InetReadEx", hSocket, moved(lpBuffer), cbBuffer, dwFlags, lpRemoteAddress, lpnRemotePort);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    if (!lpBuffer || cbBuffer <= 0 || (dwFlags & ~DWORD{INET_FLAG_URGENT})) return Error::fault;
    if (peer.is_datagram() && dwFlags) return Error::not_supported;
    Endpoint from;
    const size_t size = static_cast<size_t>(cbBuffer);
    auto got = peer.is_datagram() ? peer.client()->receive(lpBuffer, size, &from)
                                  : read_stream(peer, lpBuffer, size, dwFlags, from);
    const bool is_cut = !got && peer.is_datagram() && got.error() == Error::message_size;
    if (got || is_cut) store(from, lpRemoteAddress, lpnRemotePort);
    if (!got) return got.error();
    return static_cast<INT>(*got);
  });
}

INT WINAPI InetWriteEx(SOCKET hSocket, const BYTE* lpBuffer, INT cbBuffer, DWORD dwFlags,
                       LPINTERNET_ADDRESS lpRemoteAddress, UINT nRemotePort) {
  const auto call = traced("InetWriteEx", hSocket, moved(lpBuffer), cbBuffer, dwFlags, lpRemoteAddress, nRemotePort);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    if (cbBuffer < 0 || (!lpBuffer && cbBuffer > 0) || nRemotePort > 65535) return Error::fault;
    if (dwFlags & ~DWORD{INET_FLAG_URGENT}) return Error::fault;
    if (!peer.is_datagram() && (lpRemoteAddress || nRemotePort)) return Error::is_connected;
    if (peer.is_datagram() && dwFlags) return Error::not_supported;
    const size_t size = static_cast<size_t>(cbBuffer);
    if (!peer.is_datagram()) {
      auto sent = write_stream(peer, lpBuffer, size, dwFlags);
      if (!sent) return sent.error();
      return static_cast<INT>(*sent);
    }
    auto to = destination(*peer.client(), lpRemoteAddress, nRemotePort);
    if (!to) return to.error();
    auto sent = peer.client()->send(lpBuffer, size, &*to);
    if (!sent) return sent.error();
    return static_cast<INT>(*sent);
  });
}
