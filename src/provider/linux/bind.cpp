#include "provider/linux/bind.h"

#include <cerrno>
#include <vector>

#include "provider/linux/bound_addresses.h"
#include "provider/linux/calls.h"
#include "provider/linux/extension.h"
#include "provider/linux/kept_options.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/socket_address.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

// SO_REUSE_MULTICASTPORT asks for no less, on a socket that wants nothing but multicast.
Sharing wanted_sharing(const SocketRef& socket) {
  const uint32_t flags = socket->flags();
  if ((flags & kReuse) != 0 || kept_value(socket, KeptOption::share_multicast_port) != 0) return Sharing::reuse;
  return (flags & kExclusive) != 0 ? Sharing::exclusive : Sharing::by_default;
}

bool takes_both_families(const SocketRef& socket) {
  int v6_only = 1;
  return socket->has(kV6) && sys::get_option(socket.fd(), sys::Option::v6_only, &v6_only) == 0 && v6_only == 0;
}

Place place_of(const SocketRef& socket, const sys::Address& address) {
  const uint32_t flags = socket->flags();
  return Place::of(address, (flags & kDatagram) != 0, takes_both_families(socket), wanted_sharing(socket), sys::user());
}

// Linux would tie the socket to a scope that does not exist, although the bind fails, and then refuse every other one.
bool scope_exists(const sys::Address& address) {
  if (!is_v6(address)) return true;
  uint32_t scope = 0;
  std::memcpy(&scope, address.bytes + 24, sizeof(scope));
  return scope == 0 || sys::interface_exists(scope);
}

// Binds over what an earlier socket has left. Who is still there does not have the kernel's option, or listens.
int bind_over_remains(int fd, const sys::Address& address) {
  sys::set_option(fd, sys::Option::reuse_address, 1);
  const int result = sys::bind(fd, address);
  sys::set_option(fd, sys::Option::reuse_address, 0);
  return result;
}

// An exclusive socket stays off the connections of an earlier one (sheet 4.4).
int bind_kernel(int fd, const sys::Address& address, const Place& place) {
  const int result = sys::bind(fd, address);
  const bool retry = result == -EADDRINUSE && !place.datagram && place.sharing == Sharing::by_default;
  return retry ? bind_over_remains(fd, address) : result;
}

// Those that were closed meanwhile are in nobody's way.
void open_to_each_other(int fd, const std::vector<Handle>& sharers) {
  for (const Handle handle : sharers)
    if (SocketRef sharer = SocketRef::internal(handle)) sys::set_option(sharer.fd(), sys::Option::reuse_port, 1);
  if (!sharers.empty()) sys::set_option(fd, sys::Option::reuse_port, 1);
}

Result<void> bind_port(SocketRef& socket, const sys::Address& address) {
  const Place place = place_of(socket, address);
  auto sharers = bound_addresses().enter(socket.handle(), place);
  if (!sharers) return sharers.error();
  open_to_each_other(socket.fd(), *sharers);
  const int result = bind_kernel(socket.fd(), address, place);
  if (result == 0) return {};
  bound_addresses().leave(socket.handle());
  sys::set_option(socket.fd(), sys::Option::reuse_port, 0);
  return error_of_errno(-result);
}

// Binds a stream socket to a port of the kernel's choice, as if the program had named that port: a port that the kernel has
// chosen itself is given back when the listener pauses (pending_queue.h). So another socket finds the port, and both hold it
// for a moment. Without a descriptor for that one, the plain bind has to do.
int bind_found_port(const SocketRef& socket, const sys::Address& wanted) {
  const int fd = socket.fd();
  const bool v6 = socket->has(kV6);
  const int finder = sys::open_socket(v6, false);
  if (finder < 0) return sys::bind(fd, wanted);
  if (v6) sys::set_option(finder, sys::Option::v6_only, takes_both_families(socket) ? 0 : 1);
  sys::Address found = wanted;
  int result = sys::bind(finder, wanted);
  if (result == 0) result = sys::local_name(finder, &found);
  if (result == 0) result = sys::set_option(finder, sys::Option::reuse_address, 1);
  if (result == 0) result = bind_over_remains(fd, found);
  if (result == -EADDRINUSE) result = sys::bind(fd, wanted);
  sys::close(finder);
  if (socket->has(kReuse)) sys::set_option(fd, sys::Option::reuse_address, 1);
  return result;
}

bool chose(const SocketRef& socket, PortChoice choice) {
  const Extension* parts = socket.extension();
  return parts != nullptr && (parts->port_choice.load(std::memory_order_relaxed) & choice) != 0;
}

Result<void> bind_any_port(SocketRef& socket, const sys::Address& address) {
  const bool stream = !socket->has(kDatagram);
  const bool later = stream && chose(socket, kReuseUnicastPort);
  if (later) sys::set_option(socket.fd(), sys::Option::no_port_at_bind, 1);
  const int result = stream && !later ? bind_found_port(socket, address) : sys::bind(socket.fd(), address);
  if (result == -EADDRINUSE) return Error::no_buffers;
  if (result != 0) return error_of_errno(-result);
  if (!later) note_bound(socket);
  return {};
}

// Any number of raw sockets may have one address.
Result<void> bind_raw(SocketRef& socket, const sys::Address& address) {
  if (int result = sys::bind(socket.fd(), address); result != 0) return error_of_errno(-result);
  socket.learn_bound(kBound);
  return {};
}

// Lets the next listener of the address begin. It may be closing, too: then whoever closes it passes the turn on.
void hand_over(Handle heir) {
  SocketRef next = SocketRef::open(heir);
  PendingQueue* queue = next ? pending_queue(next) : nullptr;
  if (queue == nullptr) return;
  queue->take_turn();
  wake_sleepers(next);
}

}  // namespace

Result<void> bind_socket(SocketRef& socket, const sys::Address& address) {
  if (is_broadcast(address) || !scope_exists(address)) return Error::address_not_available;
  if (socket->has(kRaw)) return bind_raw(socket, address);
  if (chose(socket, kSharePort)) sys::set_option(socket.fd(), sys::Option::reuse_port, 1);
  auto bound = port_of(address) == 0 ? bind_any_port(socket, address) : bind_port(socket, address);
  if (!bound) return bound;
  mark_bound(socket, kBound);
  return {};
}

// Who closes the socket meanwhile may have looked before it was bound, and left the table to us.
void mark_bound(SocketRef& socket, uint32_t bits) {
  socket.learn_bound(bits);
  if (socket.closing()) bound_addresses().leave(socket.handle());
}

Result<void> choose_port(SocketRef& socket) {
  sys::Address local;
  if (sys::local_name(socket.fd(), &local) != 0 || port_of(local) != 0) return {};
  sys::set_option(socket.fd(), sys::Option::no_port_at_bind, 0);
  const int result = bind_found_port(socket, local);
  if (result != 0) return result == -EADDRINUSE ? Error::no_buffers : error_of_errno(-result);
  note_bound(socket);
  return {};
}

// Without memory the kernel alone judges who comes to this port later.
void note_bound(SocketRef& socket) {
  sys::Address local;
  if (socket->has(kRaw) || sys::local_name(socket.fd(), &local) != 0) return;
  [[maybe_unused]] auto entered = bound_addresses().enter_unjudged(socket.handle(), place_of(socket, local));
}

void allow_remains(SocketRef& socket, bool on) {
  if ((socket->flags() & (kBound | kAutoBound | kDatagram)) != kBound) return;
  const Sharing sharing = bound_addresses().sharing_of(socket.handle());
  if (sharing == Sharing::by_default) sys::set_option(socket.fd(), sys::Option::reuse_address, on ? 1 : 0);
}

void release_address(SocketRef& socket) {
  const uint32_t flags = socket->state.load();
  const bool entered = (flags & kBound) != 0 && ((flags & kDatagram) != 0 || (flags & kAutoBound) == 0);
  if (!entered) return;
  const std::optional<Handle> heir = bound_addresses().leave(socket.handle());
  if (!heir) return;
  sys::shutdown_receive(socket.fd());
  hand_over(*heir);
}

void give_up_turn(SocketRef& listener) {
  if (const std::optional<Handle> heir = bound_addresses().stop_listening(listener.handle())) hand_over(*heir);
}

}  // namespace inlet::provider
