// Waiting for many sockets: select, WSAPoll, and network events. The contracts are in <inlet/socket_calls.h>.
#include <mswsock.h>

#include "winsock/extensions.h"
#include "winsock/forward.h"

namespace inlet::winsock {
namespace {

// The first socket of the sets decides whose WSPSelect is called.
const SOCKET* first_member(const fd_set* read, const fd_set* write, const fd_set* except) {
  for (const fd_set* set : {read, write, except})
    if (set != nullptr && set->fd_count != 0) return set->fd_array;
  return nullptr;
}

// WSAPoll of the provider that the first socket among the elements belongs to.
//
// Returns  nullptr when none is a socket (WSAENOTSOCK), or it has no such function.
LPFN_WSAPOLL find_poll(const WSAPOLLFD* elements, ULONG count, int* code) {
  *code = WSAENOTSOCK;
  for (ULONG i = 0; i < count; ++i) {
    if (find_table(elements[i].fd) == nullptr) continue;
    auto poll = find_extension<LPFN_WSAPOLL>(elements[i].fd, WSAID_WSAPOLL, code);
    if (poll != nullptr || *code != WSAENOTSOCK) return poll;
  }
  return nullptr;
}

int poll_without_sockets(LPWSAPOLLFD elements, ULONG count) {
  constexpr SHORT kAsked = POLLRDNORM | POLLRDBAND | POLLWRNORM;
  for (ULONG i = 0; i < count; ++i)
    if ((elements[i].events & ~kAsked) != 0) return fail(WSAEINVAL);
  for (ULONG i = 0; i < count; ++i) elements[i].revents = POLLNVAL;
  return fail(WSAENOTSOCK);
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

int WSAAPI select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds, const timeval* timeout) {
  if (!is_started()) return fail(WSANOTINITIALISED);
  const SOCKET* first = first_member(readfds, writefds, exceptfds);
  if (first == nullptr) return fail(WSAEINVAL);
  return forward(*first, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPSelect(nfds, readfds, writefds, exceptfds, timeout, code);
  });
}

int WSAAPI __WSAFDIsSet(SOCKET s, fd_set* set) {
  return set != nullptr && FD_ISSET(s, set);
}

int WSAAPI WSAPoll(LPWSAPOLLFD fdArray, ULONG nfds, INT timeout) {
  if (!is_started()) return fail(WSANOTINITIALISED);
  if (nfds == 0) return fail(WSAEINVAL);
  if (fdArray == nullptr) return fail(WSAEFAULT);
  int code = 0;
  auto poll = find_poll(fdArray, nfds, &code);
  if (poll == nullptr) return code == WSAENOTSOCK ? poll_without_sockets(fdArray, nfds) : fail(code);
  const int count = poll(fdArray, nfds, timeout, &code);
  return concluded(count, code);
}

int WSAAPI WSAEventSelect(SOCKET s, WSAEVENT hEventObject, LONG lNetworkEvents) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPEventSelect(s, hEventObject, lNetworkEvents, code);
  });
}

int WSAAPI WSAEnumNetworkEvents(SOCKET s, WSAEVENT hEventObject, LPWSANETWORKEVENTS lpNetworkEvents) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPEnumNetworkEvents(s, hEventObject, lpNetworkEvents, code);
  });
}

int WSAAPI WSAAsyncSelect(SOCKET s, HWND hWnd, u_int wMsg, LONG lEvent) {
  return forward(
      s, [&](const WSPPROC_TABLE& table, LPINT code) { return table.lpWSPAsyncSelect(s, hWnd, wMsg, lEvent, code); });
}
