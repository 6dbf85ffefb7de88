#include "provider/linux/datagrams.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <new>

#include "provider/linux/bind.h"
#include "provider/linux/calls.h"
#include "provider/linux/control_data.h"
#include "provider/linux/fresh_socket.h"
#include "provider/linux/socket_address.h"

namespace inlet::provider {
namespace {

constexpr size_t kDatagramBytesMax = 65535;
constexpr int kIcmpRetries = 64;

// --- ICMP answers: each makes one receive fail, and no send

bool is_reported(const SocketRef& socket, sys::Icmp icmp) {
  switch (icmp) {
    case sys::Icmp::port_unreachable: return !socket->has(kIgnoreUnreachable);
    case sys::Icmp::expired: return !socket->has(kIgnoreExpired);
    case sys::Icmp::other:
    case sys::Icmp::none: break;
  }
  return false;
}

// The next answer that a receive has to report, or none. The bit is cleared before the look, so that an answer that another
// thread hears of meanwhile is not forgotten.
Error next_icmp(SocketRef& socket) {
  socket->clear(kIcmpQueued);
  while (true) {
    const sys::Icmp icmp = sys::take_icmp(socket.fd());
    if (icmp == sys::Icmp::none) return Error::none;
    if (!is_reported(socket, icmp)) continue;
    socket->set(kIcmpQueued);
    return icmp == sys::Icmp::expired ? Error::net_reset : Error::conn_reset;
  }
}

// What a receive can fail with by itself; everything else is the kernel's report of an ICMP answer.
bool is_of_receive(Error error) {
  return error == Error::would_block || error == Error::fault || error == Error::invalid || error == Error::no_buffers;
}

// --- foreign datagrams: those that others than the peer had sent before the connect

// Looking at the first datagram and taking it are two calls, and only one thread may be between them.
std::mutex foreign_mutex;

// Drops foreign datagrams until the first one is the peer's or none is left. The kernel takes in none any more.
void drop_foreign_locked(SocketRef& socket) {
  const sys::Address peer = socket->peer_address();
  while (true) {
    sys::Arrival first;
    const ptrdiff_t result = sys::receive_message(socket.fd(), nullptr, 0, sys::kPeek, &first);
    if (result == 0 && same_end(first.from, peer)) return;
    if (result == 0) {
      sys::receive_message(socket.fd(), nullptr, 0, 0, &first);
      continue;
    }
    const Error error = error_of_errno(static_cast<int>(-result));
    if (error == Error::would_block) return socket->clear(kForeignQueued);
    if (is_of_receive(error)) return;
    socket->set(kIcmpQueued);
  }
}

// --- receiving

// Takes one datagram into one block first, because it is to be spread over more buffers than one call can fill.
Result<size_t> receive_spread(SocketRef& socket, Incoming& request, unsigned flags, sys::Arrival* arrival) {
  const size_t size = std::min(request.left, kDatagramBytesMax);
  const std::unique_ptr<char[]> block(new (std::nothrow) char[size]);
  if (block == nullptr) return Error::no_buffers;
  const sys::Piece piece{block.get(), size};
  const ptrdiff_t received = sys::receive_message(socket.fd(), &piece, 1, flags, arrival);
  if (received < 0) return error_of_errno(static_cast<int>(-received));
  request.at.copy_from(block.get(), static_cast<size_t>(received));
  return static_cast<size_t>(received);
}

Result<size_t> receive_one(SocketRef& socket, Incoming& request, sys::Arrival* arrival) {
  const unsigned flags = (request.flags & MSG_PEEK) != 0 ? sys::kPeek : 0u;
  if (request.at.has_more_than(kPiecesOnStack)) return receive_spread(socket, request, flags, arrival);
  sys::Piece pieces[kPiecesOnStack];
  const size_t count = request.at.next(pieces, kPiecesOnStack);
  const ptrdiff_t received = sys::receive_message(socket.fd(), pieces, count, flags, arrival);
  if (received < 0) return error_of_errno(static_cast<int>(-received));
  return static_cast<size_t>(received);
}

Result<size_t> receive_own(SocketRef& socket, Incoming& request, sys::Arrival* arrival) {
  if (!socket->has(kForeignQueued)) return receive_one(socket, request, arrival);
  std::lock_guard lock(foreign_mutex);
  drop_foreign_locked(socket);
  auto received = receive_one(socket, request, arrival);
  if (received && (request.flags & MSG_PEEK) == 0) drop_foreign_locked(socket);
  return received;
}

// The flags that WSARecvMsg gives back.
DWORD message_flags(const sys::Arrival& arrival) {
  return (arrival.cut ? MSG_TRUNC : 0u) | (arrival.broadcast ? MSG_BCAST : 0u) | (arrival.multicast ? MSG_MCAST : 0u);
}

Received deliver(SocketRef& socket, Incoming& request, size_t bytes, const sys::Arrival& arrival) {
  if (request.from != nullptr && request.from_length != nullptr)
    write_address(arrival.from, request.from, request.from_length);
  if ((request.flags & MSG_PEEK) == 0) {
    request.at.advance(bytes);
    request.left -= bytes;
  }
  if (request.control == nullptr) return {bytes, arrival.cut ? DWORD{MSG_PARTIAL} : 0u, arrival.cut};
  const bool told = write_control(arrival, socket->has(kV6), socket->has(kWantPacketInfo), request.control);
  return {bytes, message_flags(arrival) | (told ? 0u : DWORD{MSG_CTRUNC}), arrival.cut || !told};
}

// --- sending

// Sends from one block what more buffers hold than one call can take.
ptrdiff_t send_gathered(SocketRef& socket, const Outgoing& request, unsigned flags, const sys::Address* to,
                        const sys::PacketSource* source) {
  const std::unique_ptr<char[]> block(new (std::nothrow) char[request.left]);
  if (block == nullptr) return -1;
  request.at.copy_to(block.get(), request.left);
  const sys::Piece piece{block.get(), request.left};
  return sys::send_message(socket.fd(), &piece, 1, flags, to, source);
}

Result<void> send_one(SocketRef& socket, const Outgoing& request, const sys::PacketSource* source) {
  if (request.left > kDatagramBytesMax) return Error::message_size;
  const unsigned flags = (request.flags & MSG_DONTROUTE) != 0 ? sys::kDontRoute : 0u;
  const sys::Address* to = request.address.size != 0 ? &request.address : nullptr;
  ptrdiff_t sent = 0;
  if (request.at.has_more_than(kPiecesOnStack)) {
    sent = send_gathered(socket, request, flags, to, source);
    if (sent == -1) return Error::no_buffers;
  } else {
    sys::Piece pieces[kPiecesOnStack];
    const size_t count = request.at.next(pieces, kPiecesOnStack);
    sent = sys::send_message(socket.fd(), pieces, count, flags, to, source);
  }
  return sent < 0 ? Result<void>(error_of_errno(static_cast<int>(-sent))) : Result<void>();
}

// Linux reports an ICMP answer to an earlier datagram on whatever call comes next, once; Winsock only on a receive. The answer
// waits in the kernel's queue for that, and the datagram is sent again. What fails twice is about this datagram.
Result<void> send_past_icmp(SocketRef& socket, const Outgoing& request, const sys::PacketSource* source) {
  Result<void> sent = Error::no_buffers;
  for (int i = 0; i < kIcmpRetries; ++i) {
    sent = send_one(socket, request, source);
    if (sent || sent.error() == Error::would_block) return sent;
    socket->set(kIcmpQueued);
    if (sent.error() != Error::conn_refused && i > 0) return sent;
  }
  return sent;
}

// Nobody can be reached at port 0, which Linux says and Windows does not. What is wrong with the datagram itself still is.
Result<void> send_nowhere(SocketRef& socket, const Outgoing& request) {
  const size_t most = socket->has(kV6) ? 65527 : 65507;
  if (request.left > most) return Error::message_size;
  int allowed = 0;
  sys::get_option(socket.fd(), sys::Option::broadcast, &allowed);
  if (is_broadcast(request.address) && allowed == 0) return Error::access_denied;
  return {};
}

}  // namespace

Result<Received> try_receive_datagram(SocketRef& socket, Incoming& request) {
  while (true) {
    if (socket->has(kIcmpQueued))
      if (Error error = next_icmp(socket); error != Error::none) return error;
    sys::Arrival arrival;
    auto received = receive_own(socket, request, &arrival);
    if (received) return deliver(socket, request, *received, arrival);
    if (is_of_receive(received.error())) return received.error();
    socket->set(kIcmpQueued);
  }
}

Result<size_t> try_send_datagram(SocketRef& socket, Outgoing& request) {
  sys::PacketSource source;
  const bool directed = request.control != nullptr && request.control->len > 0;
  if (directed)
    if (auto read = read_control(*request.control, socket->has(kV6), &source); !read) return read.error();
  if (auto bound = bind_implicitly(socket); !bound) return bound.error();
  const bool nowhere = request.address.size != 0 && port_of(request.address) == 0 && !socket->has(kRaw);
  auto sent = nowhere ? send_nowhere(socket, request) : send_past_icmp(socket, request, directed ? &source : nullptr);
  if (!sent) return sent.error() == Error::destination_required ? Error::not_connected : sent.error();
  const size_t bytes = request.left;
  request.at.advance(bytes);
  request.left = 0;
  return bytes;
}

Result<void> bind_implicitly(SocketRef& socket) {
  if ((socket.flags() & kBound) != 0) return {};
  if (socket->has(kBound)) {
    socket.learn_bound(0);  // through another handle
    return {};
  }
  const int result = sys::bind(socket.fd(), wildcard_of(socket->flags()));
  const Error error = result == 0 ? Error::none : error_of_errno(-result);
  // Bound already means that another thread was first.
  if (error != Error::none && error != Error::invalid)
    return error == Error::address_in_use || error == Error::would_block ? Error::no_buffers : error;
  if (error == Error::none) note_bound(socket);
  mark_bound(socket, kBound | kAutoBound);
  return {};
}

// Linux takes the port away with the association, unless the program had chosen it by number; and to a raw socket it would never
// give anything again.
Result<void> dissolve(SocketRef& socket) {
  if (socket->has(kRaw)) return socket->has(kConnected) ? become_unconnected(socket) : Result<void>();
  sys::Address before;
  const bool named = sys::local_name(socket.fd(), &before) == 0 && port_of(before) != 0;
  const int result = sys::dissolve(socket.fd());
  if (result != 0) return error_of_errno(-result);
  socket->clear(kConnected | kForeignQueued);
  sys::Address after;
  if (named && sys::local_name(socket.fd(), &after) == 0 && port_of(after) == 0)
    sys::bind(socket.fd(), is_wildcard(after) ? wildcard_of(socket->flags(), port_of(before)) : before);
  return {};
}

Result<void> connect_datagram(SocketRef& socket, const sys::Address* address) {
  if (address == nullptr) return dissolve(socket);
  if (auto bound = bind_implicitly(socket); !bound) return bound;
  const int result = sys::connect(socket.fd(), address);
  if (result != 0) return error_of_errno(-result);
  std::lock_guard lock(foreign_mutex);
  socket->set_peer(*address);
  socket->set(kConnected | kForeignQueued);
  drop_foreign_locked(socket);
  return {};
}

}  // namespace inlet::provider
