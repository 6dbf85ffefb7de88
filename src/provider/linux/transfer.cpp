// Sending and receiving on connected sockets.
//
// The common case, one buffer on a socket that is ready, is a look at the state and one system call; everything else is
// kept out of its way in the functions marked slow.
#include <algorithm>
#include <vector>

#include "provider/linux/calls.h"
#include "provider/linux/events.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

constexpr DWORD kReceiveFlags = MSG_PEEK | MSG_OOB | MSG_WAITALL | MSG_PARTIAL | MSG_PUSH_IMMEDIATE | MSG_DONTROUTE;
constexpr DWORD kSendFlags = MSG_OOB | MSG_DONTROUTE;
constexpr size_t kPiecesOnStack = 16;
constexpr size_t kDatagramBytesMax = 65535;

constexpr uint32_t kReceiveState = kConnected | kDatagram | kReceiveShut | kFailed | kSelecting;
constexpr uint32_t kSendState = kConnected | kDatagram | kSendShut | kFailed | kSelecting;

unsigned kernel_flags(DWORD flags) {
  return ((flags & MSG_PEEK) != 0 ? sys::kPeek : 0u) | ((flags & MSG_OOB) != 0 ? sys::kOutOfBand : 0u) |
         ((flags & MSG_DONTROUTE) != 0 ? sys::kDontRoute : 0u);
}

Error failure_of(const SocketRef& socket) {
  return static_cast<Error>(socket->failure.load(std::memory_order_acquire));
}

// --- the program's buffers
// ----------------------------------------------------------------------------------------------

// The sum of all lengths, or false when one of them is what a negative length looks like.
bool total_bytes(const WSABUF* buffers, DWORD count, size_t* total) {
  size_t sum = 0;
  for (DWORD i = 0; i < count; ++i) {
    if (buffers[i].len > INT32_MAX) return false;
    sum += buffers[i].len;
  }
  *total = sum;
  return true;
}

// A place in a row of buffers.
struct Cursor {
  const WSABUF* buffers;
  DWORD count;
  DWORD index = 0;
  size_t offset = 0;

  // Fills pieces with what follows; returns how many.
  size_t next(sys::Piece* pieces, size_t room) const {
    size_t used = 0;
    size_t skip = offset;
    for (DWORD i = index; i < count && used < room; ++i, skip = 0)
      if (buffers[i].len > skip) pieces[used++] = {buffers[i].buf + skip, buffers[i].len - skip};
    return used;
  }
  void advance(size_t bytes) {
    while (index < count && bytes >= buffers[index].len - offset) {
      bytes -= buffers[index].len - offset;
      ++index;
      offset = 0;
    }
    offset += bytes;
  }
};

// --- receiving
// ----------------------------------------------------------------------------------------------------------

// Why a receive cannot begin; none when it can after all.
Error slow_receive_state(SocketRef& socket) {
  finish_connect(socket);
  const uint32_t flags = socket->flags();
  if ((flags & kDatagram) != 0) {
    if ((flags & kReceiveShut) != 0) return Error::shut_down;
    return (flags & kBound) != 0 ? Error::none : Error::invalid;
  }
  if ((flags & kConnected) == 0) return Error::not_connected;
  if ((flags & kReceiveShut) != 0) return Error::shut_down;
  if ((flags & kFailed) != 0) return failure_of(socket);
  return Error::none;
}

// The end of a stream looks the same to recv() whether the peer has just finished or has reset the connection after it;
// the second happens when it gets data that it no longer wants, and Winsock calls it aborted.
Error slow_end_of_stream(SocketRef& socket) {
  if (socket->has(kSendShut) || sys::tcp_state(socket.fd()) != sys::TcpState::closed) return Error::none;
  socket->fail(Error::conn_aborted);
  return failure_of(socket);
}

Error slow_receive_error(SocketRef& socket, int number) {
  const Error error = error_of_errno(number);
  if (socket->has(kDatagram)) return error == Error::conn_refused ? Error::conn_reset : error;
  switch (error) {
    case Error::conn_reset:
    case Error::conn_aborted:
    case Error::timed_out:
    case Error::host_unreachable:
    case Error::net_unreachable: socket->fail(error); return failure_of(socket);
    default: return error;
  }
}

// One attempt into the buffers at the cursor. Never waits.
Result<size_t> receive_once(SocketRef& socket, const Cursor& cursor, unsigned flags) {
  sys::Piece pieces[kPiecesOnStack];
  const size_t count = cursor.next(pieces, kPiecesOnStack);
  bool cut = false;
  const ptrdiff_t received = count == 1 ? sys::receive(socket.fd(), pieces[0].data, pieces[0].size, flags)
                                        : sys::receive_pieces(socket.fd(), pieces, count, flags, &cut);
  if (received < 0) return slow_receive_error(socket, static_cast<int>(-received));
  if (received == 0)
    if (Error error = slow_end_of_stream(socket); error != Error::none) return error;
  return static_cast<size_t>(received);
}

Result<void> slow_wait_receivable(SocketRef& socket, unsigned flags) {
  const unsigned events = (flags & sys::kOutOfBand) != 0 ? sys::kPriority : sys::kReadable;
  return wait_ready(socket, events, socket->receive_timeout_ms.load(std::memory_order_relaxed));
}

// Streams with several buffers, flags, or nothing there yet.
Result<size_t> slow_receive_stream(SocketRef& socket, Cursor cursor, size_t total, DWORD flags) {
  if (total == 0) return size_t{0};
  const bool blocking = !socket->has(kNonblocking);
  const bool wait_all = (flags & MSG_WAITALL) != 0 && (flags & (MSG_PEEK | MSG_OOB)) == 0;
  if ((flags & MSG_WAITALL) != 0 && !blocking) return Error::not_supported;
  const unsigned kernel = kernel_flags(flags);
  size_t done = 0;
  while (true) {
    auto received = receive_once(socket, cursor, kernel);
    if (received) {
      done += *received;
      if (!wait_all || done == total || *received == 0) return done;
      cursor.advance(*received);
      continue;
    }
    if (received.error() != Error::would_block || !blocking) return done > 0 ? Result<size_t>(done) : received;
    if (auto ready = slow_wait_receivable(socket, kernel); !ready)
      return done > 0 ? Result<size_t>(done) : ready.error();
  }
}

// A datagram goes into one block first when it is to be spread over more buffers than one call can take.
Result<size_t> receive_datagram_spread(SocketRef& socket, Cursor cursor, size_t total, unsigned flags, bool* cut) {
  std::vector<char> block(std::min(total, kDatagramBytesMax));
  const ptrdiff_t received = sys::receive_datagram(socket.fd(), block.data(), block.size(), flags);
  if (received < 0) return slow_receive_error(socket, static_cast<int>(-received));
  const size_t kept = std::min(static_cast<size_t>(received), block.size());
  *cut = kept < static_cast<size_t>(received);
  for (size_t copied = 0; copied < kept;) {
    sys::Piece piece{};
    cursor.next(&piece, 1);
    const size_t part = std::min(piece.size, kept - copied);
    std::copy_n(block.data() + copied, part, static_cast<char*>(piece.data));
    cursor.advance(part);
    copied += part;
  }
  return kept;
}

Result<size_t> receive_datagram_once(SocketRef& socket, const Cursor& cursor, size_t total, unsigned flags, bool* cut) {
  sys::Piece pieces[kPiecesOnStack];
  const size_t count = cursor.next(pieces, kPiecesOnStack);
  if (cursor.count > kPiecesOnStack && count == kPiecesOnStack)
    return receive_datagram_spread(socket, cursor, total, flags, cut);
  const ptrdiff_t received = sys::receive_pieces(socket.fd(), pieces, count, flags, cut);
  if (received < 0) return slow_receive_error(socket, static_cast<int>(-received));
  return static_cast<size_t>(received);
}

Result<size_t> slow_receive_datagram(SocketRef& socket, Cursor cursor, size_t total, DWORD flags, bool* cut) {
  if ((flags & (MSG_OOB | MSG_WAITALL)) != 0) return Error::not_supported;
  while (true) {
    if (socket->has(kIcmpQueued)) {
      socket->clear(kIcmpQueued);
      return Error::conn_reset;
    }
    auto received = receive_datagram_once(socket, cursor, total, kernel_flags(flags), cut);
    if (received || received.error() != Error::would_block || socket->has(kNonblocking)) return received;
    if (auto ready = slow_wait_receivable(socket, 0); !ready) return ready.error();
  }
}

int slow_receive(SocketRef& socket, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags, LPINT lpErrno) {
  if (buffers == nullptr || received == nullptr || flags == nullptr) return failed(lpErrno, Error::fault);
  if (count == 0) return failed(lpErrno, Error::invalid);
  size_t total = 0;
  if (!total_bytes(buffers, count, &total)) return failed(lpErrno, Error::fault);
  if ((*flags & ~kReceiveFlags) != 0) return failed(lpErrno, Error::not_supported);
  if (Error error = slow_receive_state(socket); error != Error::none) return failed(lpErrno, error);
  const Cursor cursor{buffers, count};
  bool cut = false;
  auto done = socket->has(kDatagram) ? slow_receive_datagram(socket, cursor, total, *flags, &cut)
                                     : slow_receive_stream(socket, cursor, total, *flags);
  if (socket->has(kSelecting)) note_receive(socket, done ? Error::none : done.error());
  if (!done) return failed(lpErrno, done.error());
  *received = static_cast<DWORD>(*done);
  *flags = cut ? MSG_PARTIAL : 0;
  return cut ? failed(lpErrno, Error::message_size) : 0;
}

// --- sending
// ------------------------------------------------------------------------------------------------------------

Error slow_send_state(SocketRef& socket) {
  finish_connect(socket);
  const uint32_t flags = socket->flags();
  if ((flags & kDatagram) != 0) {
    if ((flags & kSendShut) != 0) return Error::shut_down;
    return (flags & kConnected) != 0 ? Error::none : Error::not_connected;
  }
  if ((flags & kConnected) == 0) return Error::not_connected;
  if ((flags & kSendShut) != 0) return Error::shut_down;
  if ((flags & kFailed) != 0) return failure_of(socket);
  return Error::none;
}

// Linux' EPIPE: we have shut down ourselves, or the peer has reset a connection that it had finished before.
Error slow_send_error(SocketRef& socket, int number) {
  const Error error = error_of_errno(number);
  if (socket->has(kDatagram)) return error == Error::destination_required ? Error::not_connected : error;
  switch (error) {
    case Error::conn_aborted:
      if (socket->has(kSendShut)) return Error::shut_down;
      [[fallthrough]];
    case Error::conn_reset:
    case Error::timed_out:
    case Error::host_unreachable:
    case Error::net_unreachable: socket->fail(error); return failure_of(socket);
    default: return error;
  }
}

Result<size_t> send_once(SocketRef& socket, const Cursor& cursor, unsigned flags) {
  sys::Piece pieces[kPiecesOnStack];
  const size_t count = cursor.next(pieces, kPiecesOnStack);
  const ptrdiff_t sent = count == 1 ? sys::send(socket.fd(), pieces[0].data, pieces[0].size, flags)
                                    : sys::send_pieces(socket.fd(), pieces, count, flags);
  if (sent < 0) return slow_send_error(socket, static_cast<int>(-sent));
  return static_cast<size_t>(sent);
}

// A blocking socket takes everything; a nonblocking one may take a part.
// TODO(api): all or WSAEWOULDBLOCK on nonblocking sockets, as Windows does it, needs a spill buffer (sheet row 70).
Result<size_t> slow_send_stream(SocketRef& socket, Cursor cursor, size_t total, unsigned flags) {
  const bool blocking = !socket->has(kNonblocking);
  size_t done = 0;
  while (done < total) {
    auto sent = send_once(socket, cursor, flags);
    if (sent) {
      done += *sent;
      cursor.advance(*sent);
      continue;
    }
    if (sent.error() == Error::would_block && blocking) {
      const uint32_t timeout_ms = socket->send_timeout_ms.load(std::memory_order_relaxed);
      auto ready = wait_ready(socket, sys::kWritable, timeout_ms);
      if (ready) continue;
      if (ready.error() == Error::timed_out && done > 0) return done;
      return ready.error();
    }
    if (sent.error() == Error::would_block && done > 0) return done;
    return sent;
  }
  return done;
}

Result<size_t> send_datagram_once(SocketRef& socket, const Cursor& cursor, size_t total, unsigned flags) {
  sys::Piece pieces[kPiecesOnStack];
  size_t count = cursor.next(pieces, kPiecesOnStack);
  std::vector<char> block;
  if (count == kPiecesOnStack && cursor.count > kPiecesOnStack) {
    if (total > kDatagramBytesMax) return Error::message_size;
    for (DWORD i = 0; i < cursor.count; ++i)
      block.insert(block.end(), cursor.buffers[i].buf, cursor.buffers[i].buf + cursor.buffers[i].len);
    pieces[0] = {block.data(), block.size()};
    count = 1;
  }
  const ptrdiff_t sent = sys::send_pieces(socket.fd(), pieces, count, flags);
  if (sent < 0) return slow_send_error(socket, static_cast<int>(-sent));
  return static_cast<size_t>(sent);
}

// Linux reports an ICMP answer to an earlier datagram on whatever call comes next; Winsock only on a receive. The
// answer is kept for that, and the datagram is sent again.
Result<size_t> slow_send_datagram(SocketRef& socket, const Cursor& cursor, size_t total, DWORD flags) {
  if ((flags & MSG_OOB) != 0) return Error::not_supported;
  while (true) {
    auto sent = send_datagram_once(socket, cursor, total, kernel_flags(flags));
    if (sent) return sent;
    if (sent.error() == Error::conn_refused) {
      socket->set(kIcmpQueued);
      continue;
    }
    if (sent.error() != Error::would_block || socket->has(kNonblocking)) return sent;
    const uint32_t timeout_ms = socket->send_timeout_ms.load(std::memory_order_relaxed);
    if (auto ready = wait_ready(socket, sys::kWritable, timeout_ms); !ready) return ready.error();
  }
}

int slow_send(SocketRef& socket, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags, LPINT lpErrno) {
  if (buffers == nullptr || sent == nullptr) return failed(lpErrno, Error::fault);
  if (count == 0) return failed(lpErrno, Error::invalid);
  size_t total = 0;
  if (!total_bytes(buffers, count, &total)) return failed(lpErrno, Error::fault);
  if ((flags & ~kSendFlags) != 0) return failed(lpErrno, Error::not_supported);
  if (Error error = slow_send_state(socket); error != Error::none) return failed(lpErrno, error);
  const Cursor cursor{buffers, count};
  auto done = socket->has(kDatagram) ? slow_send_datagram(socket, cursor, total, flags)
                                     : slow_send_stream(socket, cursor, total, kernel_flags(flags));
  if (socket->has(kSelecting)) note_send(socket, done ? Error::none : done.error());
  if (!done) return failed(lpErrno, done.error());
  *sent = static_cast<DWORD>(*done);
  return 0;
}

// One buffer with something in it, one place for the count.
bool simple(const WSABUF* buffers, DWORD count, const DWORD* done) {
  return count == 1 && buffers != nullptr && done != nullptr && buffers->len - 1 < INT32_MAX;
}

}  // namespace

int WSPAPI WSPRecv(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd, LPDWORD lpFlags,
                   LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE, LPWSATHREADID, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  // TODO(api): overlapped receives come with the reactor of layer 2.
  if (lpOverlapped != nullptr) return failed(lpErrno, Error::not_supported);
  const bool fast = simple(lpBuffers, dwBufferCount, lpNumberOfBytesRecvd) && lpFlags != nullptr && *lpFlags == 0 &&
                    (socket->flags() & kReceiveState) == kConnected;
  if (fast) {
    const ptrdiff_t received = sys::receive(socket.fd(), lpBuffers->buf, lpBuffers->len, 0);
    if (received > 0) {
      *lpNumberOfBytesRecvd = static_cast<DWORD>(received);
      return 0;
    }
    *lpNumberOfBytesRecvd = 0;
    const Error error =
        received == 0 ? slow_end_of_stream(socket) : slow_receive_error(socket, static_cast<int>(-received));
    if (error == Error::none) return 0;
    if (error != Error::would_block || socket->has(kNonblocking)) return failed(lpErrno, error);
  }
  return slow_receive(socket, lpBuffers, dwBufferCount, lpNumberOfBytesRecvd, lpFlags, lpErrno);
}

int WSPAPI WSPSend(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent, DWORD dwFlags,
                   LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE, LPWSATHREADID, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  // TODO(api): overlapped sends come with the reactor of layer 2.
  if (lpOverlapped != nullptr) return failed(lpErrno, Error::not_supported);
  const bool fast = simple(lpBuffers, dwBufferCount, lpNumberOfBytesSent) && dwFlags == 0 &&
                    (socket->flags() & (kSendState | kNonblocking)) == (kConnected | kNonblocking);
  if (fast) {
    const ptrdiff_t sent = sys::send(socket.fd(), lpBuffers->buf, lpBuffers->len, 0);
    if (sent < 0) return failed(lpErrno, slow_send_error(socket, static_cast<int>(-sent)));
    *lpNumberOfBytesSent = static_cast<DWORD>(sent);
    return 0;
  }
  return slow_send(socket, lpBuffers, dwBufferCount, lpNumberOfBytesSent, dwFlags, lpErrno);
}

}  // namespace inlet::provider
