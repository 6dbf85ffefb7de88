#include "provider/linux/fresh_socket.h"

#include <cstring>

#include "provider/linux/bind.h"
#include "provider/linux/extension.h"
#include "provider/linux/handle_count.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/protocol_options.h"
#include "provider/linux/reactor.h"
#include "provider/linux/socket_address.h"

namespace inlet::provider {
namespace {

// What a program may have set on a socket of any state, and the kernel keeps.
constexpr sys::Option kCarried[] = {
    sys::Option::keep_alive,  sys::Option::out_of_band_inline, sys::Option::no_delay,   sys::Option::dont_route,
    sys::Option::keep_idle_s, sys::Option::keep_interval_s,    sys::Option::keep_count, sys::Option::time_to_live,
};
constexpr sys::Option kInherited[] = {
    sys::Option::keep_alive,
    sys::Option::out_of_band_inline,
    sys::Option::no_delay,
};

constexpr sys::Option kCarriedRaw[] = {
    sys::Option::header_included,   sys::Option::broadcast,       sys::Option::dont_route,
    sys::Option::time_to_live,      sys::Option::type_of_service, sys::Option::multicast_ttl,
    sys::Option::multicast_loop,    sys::Option::v6_unicast_hops, sys::Option::v6_multicast_hops,
    sys::Option::v6_multicast_loop,
};

template <size_t kCount>
void copy_options(const sys::Option (&options)[kCount], int from, int to) {
  for (sys::Option option : options) {
    int wanted = 0;
    int present = 0;
    if (sys::get_option(from, option, &wanted) != 0 || sys::get_option(to, option, &present) != 0) continue;
    if (wanted != present) sys::set_option(to, option, wanted);
  }
}

// The options that the record knows better than the kernel.
void apply_record(const Record& record, int fd) {
  const uint32_t linger = record.linger.load(std::memory_order_relaxed);
  sys::reset_on_close(fd, (linger >> 16) != 0 && (linger & 0xffff) == 0);
  if (int32_t bytes = record.send_buffer_bytes.load(std::memory_order_relaxed); bytes > 0)
    sys::set_option(fd, sys::Option::send_buffer_bytes, bytes);
  if (int32_t bytes = record.receive_buffer_bytes.load(std::memory_order_relaxed); bytes > 0)
    sys::set_option(fd, sys::Option::receive_buffer_bytes, bytes);
}

Result<void> put_in_place(SocketRef& socket, int fd) {
  copy_options(kCarried, socket.fd(), fd);
  apply_record(*socket, fd);
  // Duplicates, and other processes, may keep the old kernel socket alive, and the watch on it with it.
  if (Extension* parts = socket.extension(); parts != nullptr && parts->watched.load(std::memory_order_acquire))
    reactor_forget(socket.fd());
  const int result = sys::replace(socket.fd(), fd);
  if (result == 0) aliases_follow(socket);
  auto watched = reactor_watch_again(socket);
  return result == 0 ? watched : error_of_errno(-result);
}

// A new kernel socket at the address to which the program had bound the old one.
Result<int> make_twin(const SocketRef& socket) {
  const bool v6 = socket->has(kV6);
  const int fd = sys::open_socket(v6, false);
  if (fd < 0) return error_of_errno(-fd);
  int only_v6 = 0;
  if (v6 && sys::get_option(socket.fd(), sys::Option::v6_only, &only_v6) == 0)
    sys::set_option(fd, sys::Option::v6_only, only_v6);
  if ((socket->flags() & (kBound | kAutoBound)) != kBound) return fd;
  sys::Address local;
  sys::set_option(fd, sys::Option::reuse_address, 1);
  int shared_port = 0;
  if (sys::get_option(socket.fd(), sys::Option::reuse_port, &shared_port) == 0 && shared_port != 0)
    sys::set_option(fd, sys::Option::reuse_port, 1);
  int result = sys::local_name(socket.fd(), &local);
  if (result == 0) result = sys::bind(fd, local);
  if (result == 0) return fd;
  sys::close(fd);
  return error_of_errno(-result);
}

// A new kernel socket of the same protocol, at the address that the program had chosen or at the wildcard.
Result<int> make_raw_twin(const SocketRef& raw) {
  int protocol = 0;
  sys::get_option(raw.fd(), sys::Option::protocol, &protocol);
  const int fd = sys::open_raw_socket(raw->has(kV6), protocol);
  if (fd < 0) return error_of_errno(-fd);
  sys::Address local = wildcard_of(raw->flags());
  if (!raw->has(kAutoBound)) sys::local_name(raw.fd(), &local);
  clear_port(local);
  const int result = sys::bind(fd, local);
  if (result == 0) return fd;
  sys::close(fd);
  return error_of_errno(-result);
}

void inherit_options(SocketRef& socket, const SocketRef& listener) {
  constexpr auto relaxed = std::memory_order_relaxed;
  if (listener->has(kKeepAliveTimes)) settle_keep_alive(socket);
  copy_options(kInherited, listener.fd(), socket.fd());
  socket->receive_timeout_ms.store(listener->receive_timeout_ms.load(relaxed), relaxed);
  socket->send_timeout_ms.store(listener->send_timeout_ms.load(relaxed), relaxed);
  socket->linger.store(listener->linger.load(relaxed), relaxed);
  socket->send_buffer_bytes.store(listener->send_buffer_bytes.load(relaxed), relaxed);
  socket->receive_buffer_bytes.store(listener->receive_buffer_bytes.load(relaxed), relaxed);
  socket->set(listener->flags() & (kReuse | kExclusive | kDebug));
  apply_record(*socket, socket.fd());
}

void clear_context(SocketRef& socket) {
  if (Overlapped* part = find_overlapped(socket)) part->without_context.store(false, std::memory_order_release);
}

void cancel_receives(SocketRef& socket) {
  Overlapped* part = find_overlapped(socket);
  if (part == nullptr) return;
  part->lanes[kReceiveLane].cancel(socket, {});
  part->lanes[kUrgentLane].cancel(socket, {});
}

}  // namespace

Result<void> become_connection(SocketRef& socket, int fd, const sys::Address& peer) {
  socket->set_peer(peer);
  socket.note_connected();
  return put_in_place(socket, fd);
}

Result<void> become_fresh(SocketRef& socket) {
  // First, because on the new kernel socket they would find that it is not connected.
  cancel_receives(socket);
  auto twin = make_twin(socket);
  if (!twin) return twin.error();
  if (auto placed = put_in_place(socket, *twin); !placed) return placed;
  const bool automatic = socket->has(kAutoBound);
  socket->failure.store(0, std::memory_order_relaxed);
  socket->error.store(0, std::memory_order_relaxed);
  socket.connected_at().store(0, std::memory_order_relaxed);
  socket->clear(kConnected | kReceiveShut | kSendShut | kFailed | (automatic ? kBound | kAutoBound : 0u));
  clear_context(socket);
  allow_remains(socket, false);
  return {};
}

Result<void> become_unconnected(SocketRef& raw) {
  auto twin = make_raw_twin(raw);
  if (!twin) return twin.error();
  copy_options(kCarriedRaw, raw.fd(), *twin);
  if (auto placed = put_in_place(raw, *twin); !placed) return placed;
  raw->clear(kConnected | kForeignQueued);
  return {};
}

Result<void> update_accept_context(SocketRef& socket, const char* optval, int optlen) {
  Handle handle = 0;
  if (optlen < static_cast<int>(sizeof(handle))) return Error::fault;
  std::memcpy(&handle, optval, sizeof(handle));
  SocketRef listener(handle);
  if (!listener) return Error::not_socket;
  if (!listener->has(kListening)) return Error::invalid;
  if (!socket->has(kConnected)) return Error::not_connected;
  inherit_options(socket, listener);
  socket->set(kBound | kAutoBound);
  clear_context(socket);
  return {};
}

Result<void> update_connect_context(SocketRef& socket) {
  if (!socket->has(kConnected)) return Error::not_connected;
  clear_context(socket);
  return {};
}

}  // namespace inlet::provider
