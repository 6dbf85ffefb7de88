#include "provider/linux/streams.h"

#include "provider/linux/spill.h"

namespace inlet::provider {
namespace {

unsigned kernel_flags(DWORD flags) {
  return ((flags & MSG_PEEK) != 0 ? sys::kPeek : 0u) | ((flags & MSG_OOB) != 0 ? sys::kOutOfBand : 0u) |
         ((flags & MSG_DONTROUTE) != 0 ? sys::kDontRoute : 0u);
}

Error dead(SocketRef& socket, Error error) {
  if (error == Error::timed_out && sys::died_of_keep_alive(socket.fd())) error = Error::net_reset;
  socket->fail(error);
  return failure_of(socket);
}

bool ends_connection(Error error) {
  switch (error) {
    case Error::conn_reset:
    case Error::conn_aborted:
    case Error::timed_out:
    case Error::host_unreachable:
    case Error::net_unreachable: return true;
    default: return false;
  }
}

// Linux' EINVAL says that there is nothing urgent, and also that urgent data comes inline; only the second is a mistake.
Result<Received> no_urgent_data(SocketRef& socket) {
  int inlined = 0;
  sys::get_option(socket.fd(), sys::Option::out_of_band_inline, &inlined);
  if (inlined != 0) return Error::invalid;
  if (sys::peer_finished(socket.fd())) return Received{};
  return Error::would_block;
}

}  // namespace

Error failure_of(const SocketRef& socket) {
  return static_cast<Error>(socket->failure.load(std::memory_order_acquire));
}

// The end of a stream looks the same to recv() whether the peer has just finished or has reset the connection after it; the
// second happens when it gets data that it no longer wants, and Winsock calls it aborted.
Error end_of_stream(SocketRef& socket) {
  if (socket->has(kFailed)) return failure_of(socket);
  if (socket->has(kSendShut) || sys::tcp_state(socket.fd()) != sys::TcpState::closed) return Error::none;
  socket->fail(Error::conn_aborted);
  return failure_of(socket);
}

Error receive_failure(SocketRef& socket, int number) {
  if (socket->has(kFailed)) return failure_of(socket);
  const Error error = error_of_errno(number);
  return ends_connection(error) ? dead(socket, error) : error;
}

// Linux' EPIPE: we have shut down ourselves, or the peer has reset a connection that it had finished before.
Error send_failure(SocketRef& socket, int number) {
  if (socket->has(kFailed)) return failure_of(socket);
  const Error error = error_of_errno(number);
  if (error == Error::conn_aborted && socket->has(kSendShut)) return Error::shut_down;
  return ends_connection(error) ? dead(socket, error) : error;
}

Result<Received> try_receive_stream(SocketRef& socket, Incoming& request) {
  if (request.left == 0) return Received{};
  sys::Piece pieces[kPiecesOnStack];
  const size_t count = request.at.next(pieces, kPiecesOnStack);
  const unsigned flags = kernel_flags(request.flags);
  const ptrdiff_t received = count == 1 ? sys::receive(socket.fd(), pieces[0].data, pieces[0].size, flags)
                                        : sys::receive_pieces(socket.fd(), pieces, count, flags);
  const bool urgent = (request.flags & MSG_OOB) != 0;
  if (received < 0) {
    const Error error = receive_failure(socket, static_cast<int>(-received));
    return urgent && error == Error::invalid ? no_urgent_data(socket) : error;
  }
  const auto bytes = static_cast<size_t>(received);
  if (bytes == 0 && !urgent)
    if (Error error = end_of_stream(socket); error != Error::none) return error;
  if ((request.flags & MSG_PEEK) == 0) {
    request.at.advance(bytes);
    request.left -= bytes;
  }
  return Received{bytes, urgent && bytes > 0 ? DWORD{MSG_OOB} : 0u, false};
}

// Urgent is the last byte only. It goes by itself, because the kernel would put the mark behind whatever part it has taken.
Result<size_t> try_send_stream(SocketRef& socket, Outgoing& request) {
  if (socket->has(kSpilling))
    if (Error error = spill_flush(socket); error != Error::none) return error;
  const bool split = (request.flags & MSG_OOB) != 0 && request.left > 1;
  const unsigned flags = kernel_flags(split ? request.flags & ~DWORD{MSG_OOB} : request.flags);
  sys::Piece pieces[kPiecesOnStack];
  const size_t count = request.at.next(pieces, kPiecesOnStack, split ? request.left - 1 : request.left);
  if (count == 0) return size_t{0};
  const ptrdiff_t sent = count == 1 ? sys::send(socket.fd(), pieces[0].data, pieces[0].size, flags)
                                    : sys::send_pieces(socket.fd(), pieces, count, flags);
  if (sent < 0) return send_failure(socket, static_cast<int>(-sent));
  request.at.advance(static_cast<size_t>(sent));
  request.left -= static_cast<size_t>(sent);
  return static_cast<size_t>(sent);
}

}  // namespace inlet::provider
