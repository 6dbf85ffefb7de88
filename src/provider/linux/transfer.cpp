// WSPRecv, WSPSend and their relatives for datagrams: the ways of one call, around the attempts of streams.cpp and datagrams.cpp.
//
// The common case, one buffer on a connected stream that is ready, is a look at the state and one system call; everything else
// is kept out of its way in the functions below.
#include "provider/linux/transfer.h"
#include "provider/linux/overlapped_transfer.h"

#include <optional>

#include "base/limits.h"
#include "provider/linux/blocking_transfer.h"
#include "provider/linux/calls.h"
#include "provider/linux/datagrams.h"
#include "provider/linux/socket_address.h"
#include "provider/linux/spill.h"
#include "provider/linux/streams.h"

namespace inlet::provider {
namespace {

constexpr DWORD kReceiveFlags = MSG_PEEK | MSG_OOB | MSG_WAITALL | MSG_PARTIAL | MSG_PUSH_IMMEDIATE | MSG_DONTROUTE;
constexpr DWORD kSendFlags = MSG_OOB | MSG_DONTROUTE;

// What sends a transfer to the slow way.
constexpr uint32_t kReceiveState = kConnected | kDatagram | kReceiveShut | kFailed | kSelecting | kReceivesWait;
constexpr uint32_t kSendState = kConnected | kDatagram | kSendShut | kFailed | kSelecting | kSpilling | kSendsWait;

Error receive_flags_error(DWORD flags, bool datagram) {
  if ((flags & ~kReceiveFlags) != 0) return Error::not_supported;
  if (datagram && (flags & (MSG_OOB | MSG_WAITALL)) != 0) return Error::not_supported;
  if ((flags & MSG_WAITALL) != 0 && (flags & (MSG_OOB | MSG_PEEK | MSG_PARTIAL)) != 0) return Error::not_supported;
  return Error::none;
}

Error receive_state_error(SocketRef& socket) {
  finish_connect(socket);
  const uint32_t flags = socket->flags();
  const bool datagram = (flags & kDatagram) != 0;
  if (!datagram && (flags & kConnected) == 0) return Error::not_connected;
  if ((flags & kReceiveShut) != 0) return Error::shut_down;
  if (datagram) return (socket.flags() & kBound) != 0 ? Error::none : Error::invalid;
  return (flags & kFailed) != 0 ? failure_of(socket) : Error::none;
}

Error send_state_error(SocketRef& socket, bool directed) {
  finish_connect(socket);
  const uint32_t flags = socket->flags();
  const bool datagram = (flags & kDatagram) != 0;
  if (!datagram && (flags & kConnected) == 0) return Error::not_connected;
  if ((flags & kSendShut) != 0) return Error::shut_down;
  if (datagram) return (flags & kConnected) != 0 || directed ? Error::none : Error::not_connected;
  return (flags & kFailed) != 0 ? failure_of(socket) : Error::none;
}

Error destination_error(Outgoing& request, uint32_t flags) {
  if (!fits_family(request.to, flags)) return Error::address_family_not_supported;
  request.address = read_address(request.to, flags);
  return is_wildcard(request.address) ? Error::address_not_available : Error::none;
}

int slow_receive(SocketRef& socket, Incoming request, LPDWORD received, LPDWORD flags, LPINT lpErrno) {
  if (received == nullptr || flags == nullptr) return failed(lpErrno, Error::fault);
  request.flags = *flags;
  if (Error error = check_receive(socket, request); error != Error::none) return failed(lpErrno, error);
  auto done = receive_waiting(socket, request);
  if (!done) return failed(lpErrno, done.error());
  *received = static_cast<DWORD>(done->bytes);
  *flags = done->flags;
  return done->cut ? failed(lpErrno, Error::message_size) : 0;
}

// done is what the fast way has already sent.
int slow_send(SocketRef& socket, Outgoing request, size_t done, LPDWORD sent, LPINT lpErrno) {
  if (sent == nullptr) return failed(lpErrno, Error::fault);
  if (Error error = check_send(socket, request); error != Error::none) return failed(lpErrno, error);
  request.at.advance(done);
  request.left -= done;
  auto more = send_waiting(socket, request, done);
  if (!more) return failed(lpErrno, more.error());
  *sent = static_cast<DWORD>(*more);
  return 0;
}

// One buffer with something in it, one place for the count.
bool simple(const WSABUF* buffers, DWORD count, const DWORD* done) {
  return count == 1 && buffers != nullptr && done != nullptr && buffers->len - 1 < INT32_MAX;
}

}  // namespace

Error check_receive(SocketRef& socket, Incoming& request) {
  const bool datagram = socket->has(kDatagram);
  if (request.buffers == nullptr) return Error::fault;
  if (request.count == 0) return Error::invalid;
  if (!total_bytes(request.buffers, request.count, &request.left)) return Error::fault;
  if (!datagram) request.from = nullptr;
  if (request.from != nullptr &&
      (request.from_length == nullptr || *request.from_length < address_bytes(socket->flags())))
    return Error::fault;
  if (Error error = receive_flags_error(request.flags, datagram); error != Error::none) return error;
  request.at = Cursor(request.buffers, request.count);
  return receive_state_error(socket);
}

Error check_send(SocketRef& socket, Outgoing& request) {
  const uint32_t flags = socket->flags();
  const bool datagram = (flags & kDatagram) != 0;
  if (request.buffers == nullptr) return Error::fault;
  if (request.count == 0) return Error::invalid;
  if (!total_bytes(request.buffers, request.count, &request.left)) return Error::fault;
  if (!datagram) request.to = nullptr;
  if (request.to != nullptr && request.to_length < address_bytes(flags)) return Error::fault;
  if ((request.flags & ~kSendFlags) != 0) return Error::not_supported;
  if (datagram && (request.flags & MSG_OOB) != 0) return Error::not_supported;
  if (Error error = send_state_error(socket, request.to != nullptr); error != Error::none) return error;
  request.at = Cursor(request.buffers, request.count);
  return request.to != nullptr ? destination_error(request, flags) : Error::none;
}

Result<Received> try_receive(SocketRef& socket, Incoming& request) {
  return socket->has(kDatagram) ? try_receive_datagram(socket, request) : try_receive_stream(socket, request);
}

Result<void> try_readable(SocketRef& socket, DWORD flags) {
  char byte = 0;
  const WSABUF buffer{1, &byte};
  Incoming look{};
  look.flags = (flags & MSG_OOB) | MSG_PEEK;
  look.at = Cursor(&buffer, 1);
  look.left = 1;
  auto found = try_receive(socket, look);
  return found ? Result<void>() : found.error();
}

Result<size_t> try_send(SocketRef& socket, Outgoing& request) {
  return socket->has(kDatagram) ? try_send_datagram(socket, request) : try_send_stream(socket, request);
}

int WSPAPI WSPRecv(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd, LPDWORD lpFlags,
                   LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine,
                   LPWSATHREADID lpThreadId, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  if (lpOverlapped != nullptr)
    return receive_overlapped(socket, {lpBuffers, dwBufferCount}, {lpOverlapped, lpCompletionRoutine, lpThreadId},
                              lpNumberOfBytesRecvd, lpFlags, lpErrno);
  const bool fast = simple(lpBuffers, dwBufferCount, lpNumberOfBytesRecvd) && lpFlags != nullptr && *lpFlags == 0 &&
                    (socket->flags() & kReceiveState) == kConnected;
  if (fast) {
    const ptrdiff_t received = sys::receive(socket.fd(), lpBuffers->buf, lpBuffers->len, 0);
    if (received > 0) {
      *lpNumberOfBytesRecvd = static_cast<DWORD>(received);
      return 0;
    }
    *lpNumberOfBytesRecvd = 0;
    const Error error = received == 0 ? end_of_stream(socket) : receive_failure(socket, static_cast<int>(-received));
    if (error == Error::none) return 0;
    if (error != Error::would_block || socket->has(kNonblocking)) return failed(lpErrno, error);
  }
  Incoming request{lpBuffers, dwBufferCount};
  request.tried = fast;
  return slow_receive(socket, request, lpNumberOfBytesRecvd, lpFlags, lpErrno);
}

int WSPAPI WSPRecvFrom(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd, LPDWORD lpFlags,
                       sockaddr* lpFrom, LPINT lpFromlen, LPWSAOVERLAPPED lpOverlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId,
                       LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  Incoming request{lpBuffers, dwBufferCount};
  request.from = lpFrom;
  request.from_length = lpFromlen;
  if (lpOverlapped != nullptr)
    return receive_overlapped(socket, request, {lpOverlapped, lpCompletionRoutine, lpThreadId}, lpNumberOfBytesRecvd,
                              lpFlags, lpErrno);
  return slow_receive(socket, request, lpNumberOfBytesRecvd, lpFlags, lpErrno);
}

int WSPAPI WSPSend(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent, DWORD dwFlags,
                   LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine,
                   LPWSATHREADID lpThreadId, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  if (lpOverlapped != nullptr)
    return send_overlapped(socket, {lpBuffers, dwBufferCount, dwFlags}, {lpOverlapped, lpCompletionRoutine, lpThreadId},
                           lpNumberOfBytesSent, lpErrno);
  const uint32_t flags = socket->flags();
  const bool fast = simple(lpBuffers, dwBufferCount, lpNumberOfBytesSent) && dwFlags == 0 &&
                    lpBuffers->len <= kSpillBytesMax && (flags & kSendState) == kConnected;
  size_t done = 0;
  if (fast) {
    const ptrdiff_t sent = sys::send(socket.fd(), lpBuffers->buf, lpBuffers->len, 0);
    if (sent == static_cast<ptrdiff_t>(lpBuffers->len) || (sent > 0 && (flags & kPartialSend) != 0)) {
      *lpNumberOfBytesSent = static_cast<DWORD>(sent);
      return 0;
    }
    if (sent < 0) {
      const Error error = send_failure(socket, static_cast<int>(-sent));
      if (error != Error::would_block || (flags & kNonblocking) != 0) return failed(lpErrno, error);
    } else {
      done = static_cast<size_t>(sent);
    }
  }
  return slow_send(socket, {lpBuffers, dwBufferCount, dwFlags}, done, lpNumberOfBytesSent, lpErrno);
}

int WSPAPI WSPSendTo(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent, DWORD dwFlags,
                     const sockaddr* lpTo, int iTolen, LPWSAOVERLAPPED lpOverlapped,
                     LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  const Outgoing request{lpBuffers, dwBufferCount, dwFlags, lpTo, iTolen};
  if (lpOverlapped != nullptr)
    return send_overlapped(socket, request, {lpOverlapped, lpCompletionRoutine, lpThreadId}, lpNumberOfBytesSent,
                           lpErrno);
  return slow_send(socket, request, 0, lpNumberOfBytesSent, lpErrno);
}

}  // namespace inlet::provider
