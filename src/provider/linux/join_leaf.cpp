// WSPJoinLeaf: multicast of IP knows neither roots nor planes, so joining a leaf is joining a group.
#include "provider/linux/calls.h"
#include "provider/linux/datagrams.h"
#include "provider/linux/extension.h"
#include "provider/linux/groups.h"
#include "provider/linux/socket_address.h"

namespace inlet::provider {
namespace {

bool is_multipoint(const SocketRef& socket) {
  const Extension* parts = socket.extension();
  return parts != nullptr && parts->multipoint.load(std::memory_order_acquire);
}

Result<void> join_leaf(SocketRef& socket, const sockaddr* name, int length, DWORD flags) {
  const uint32_t state = socket->flags();
  if (name == nullptr || length < address_bytes(state)) return Error::fault;
  if ((state & kDatagram) == 0) return Error::not_supported;
  if (!is_multipoint(socket)) return Error::invalid;
  if (flags != JL_SENDER_ONLY && flags != JL_RECEIVER_ONLY && flags != JL_BOTH) return Error::invalid;
  if (!fits_family(name, state)) return Error::address_family_not_supported;
  const sys::Address group = read_address(name, state);
  if (!is_multicast(group)) return Error::address_not_available;
  if (auto bound = bind_implicitly(socket); !bound) return bound;
  // Who only sends need not be a member.
  return flags == JL_SENDER_ONLY ? Result<void>() : join_group(socket, group);
}

}  // namespace

// Returns  s itself: multicast of IP makes no socket for the leaf.
// Errors   WSAENOTSOCK            s is not a socket of this provider
//          WSAEOPNOTSUPP          quality of service is asked for, or s is a stream socket
//          WSAEPROTONOSUPPORT     there is data for the other end
//          WSAEFAULT              name is NULL or too short
//          WSAEINVAL              s was made without the flags of a leaf; dwFlags is none of the JL_
//          WSAEAFNOSUPPORT        name is of another family
//          WSAEADDRNOTAVAIL       name is no group, or the interface is not there
//          WSAEADDRINUSE          joined already
SOCKET WSPAPI WSPJoinLeaf(SOCKET s, const sockaddr* name, int namelen, LPWSABUF lpCallerData, LPWSABUF lpCalleeData,
                          LPQOS lpSQOS, LPQOS lpGQOS, DWORD dwFlags, LPINT lpErrno) {
  SocketRef socket(s);
  Result<void> joined;
  if (!socket)
    joined = Error::not_socket;
  else if (lpSQOS != nullptr || lpGQOS != nullptr)
    joined = Error::not_supported;
  else if (lpCallerData != nullptr && lpCallerData->len != 0)
    joined = Error::protocol_not_supported;
  else
    joined = join_leaf(socket, name, namelen, dwFlags);
  if (lpCalleeData != nullptr && socket) lpCalleeData->len = 0;
  if (joined) return s;
  failed(lpErrno, joined.error());
  return INVALID_SOCKET;
}

}  // namespace inlet::provider
