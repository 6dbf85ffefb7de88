// Socket options: Winsock's sizes, values and error codes over the kernel's options and the record's own ones. Those of the
// protocols are in protocol_options.cpp.
//
// A row of the table says where an option lives and for whom it exists; the sizes follow from its shape (sheet 4.5).
// Options that are not in the table do not exist: WSAENOPROTOOPT.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>

#include "provider/catalog.h"
#include "provider/linux/calls.h"
#include "provider/linux/extension.h"
#include "provider/linux/fresh_socket.h"
#include "provider/linux/kept_options.h"
#include "provider/linux/option_value.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/protocol_options.h"
#include "provider/linux/socket_address.h"

namespace inlet::provider {
namespace {

enum class Place {
  kernel,  // as it is
  flag,    // a bit of the record's state
  reuse,   // kernel until the bind, then only a bit
  exclusive,
  conditional,
  pause_accept,
  port_choice,  // SO_RANDOMIZE_PORT and its like: flag is a PortChoice
  accepting,    // SO_ACCEPTCONN
  error,        // SO_ERROR
  type,
  linger,
  dont_linger,
  send_buffer,
  receive_buffer,
  send_timeout,
  receive_timeout,
  message_size,
  no_group,  // SO_GROUP_ID and SO_GROUP_PRIORITY: nobody has socket groups any more
  compartment,
  share_port,  // SO_REUSE_MULTICASTPORT
  connect_time,
  refused,  // exists, and always answers WSAEINVAL
};

struct Row {
  int level;
  int name;
  Shape shape;
  Place place;
  unsigned scope = kAll;
  bool writable = true;
  sys::Option option = sys::Option::type;
  uint32_t flag = 0;
};

constexpr Row kernel_row(int level, int name, Shape shape, unsigned scope, sys::Option option) {
  return {level, name, shape, Place::kernel, scope, true, option};
}

constexpr auto kRows = std::to_array<Row>({
    {SOL_SOCKET, SO_DEBUG, Shape::loose_bool, Place::flag, kAll, true, {}, kDebug},
    {SOL_SOCKET, SO_ACCEPTCONN, Shape::number, Place::accepting, kStreams, false},
    {SOL_SOCKET, SO_REUSEADDR, Shape::loose_bool, Place::reuse, kAll, true, sys::Option::reuse_address, kReuse},
    {SOL_SOCKET, SO_EXCLUSIVEADDRUSE, Shape::loose_bool, Place::exclusive, kAll, true, {}, kExclusive},
    kernel_row(SOL_SOCKET, SO_KEEPALIVE, Shape::byte_bool, kStreams, sys::Option::keep_alive),
    kernel_row(SOL_SOCKET, SO_DONTROUTE, Shape::byte_bool, kAll | kV4Only, sys::Option::dont_route),
    kernel_row(SOL_SOCKET, SO_BROADCAST, Shape::loose_bool, kDatagrams, sys::Option::broadcast),
    kernel_row(SOL_SOCKET, SO_OOBINLINE, Shape::loose_bool, kStreams, sys::Option::out_of_band_inline),
    {SOL_SOCKET, SO_USELOOPBACK, Shape::number, Place::refused},
    {SOL_SOCKET, SO_LINGER, Shape::number, Place::linger, kStreams},
    {SOL_SOCKET, SO_DONTLINGER, Shape::loose_bool, Place::dont_linger, kStreams},
    {SOL_SOCKET, SO_SNDBUF, Shape::number, Place::send_buffer, kAll, true, sys::Option::send_buffer_bytes},
    {SOL_SOCKET, SO_RCVBUF, Shape::number, Place::receive_buffer, kAll, true, sys::Option::receive_buffer_bytes},
    {SOL_SOCKET, SO_SNDLOWAT, Shape::number, Place::refused},
    {SOL_SOCKET, SO_RCVLOWAT, Shape::number, Place::refused},
    {SOL_SOCKET, SO_SNDTIMEO, Shape::number, Place::send_timeout},
    {SOL_SOCKET, SO_RCVTIMEO, Shape::number, Place::receive_timeout},
    {SOL_SOCKET, SO_ERROR, Shape::number, Place::error},
    {SOL_SOCKET, SO_TYPE, Shape::number, Place::type, kAll, false},
    {SOL_SOCKET, SO_MAX_MSG_SIZE, Shape::number, Place::message_size, kDatagrams, false},
    {SOL_SOCKET, SO_CONDITIONAL_ACCEPT, Shape::number, Place::conditional, kStreams, true, {}, kConditional},
    {SOL_SOCKET, SO_PAUSE_ACCEPT, Shape::number, Place::pause_accept, kStreams},
    {SOL_SOCKET, SO_RANDOMIZE_PORT, Shape::number, Place::port_choice, kAll, true, {}, kRandomizePort},
    {SOL_SOCKET, SO_PORT_SCALABILITY, Shape::number, Place::port_choice, kAll, true, {}, kPortScalability},
    {SOL_SOCKET, SO_REUSE_UNICASTPORT, Shape::number, Place::port_choice, kAll, true, {}, kReuseUnicastPort},
    {SOL_SOCKET, SO_GROUP_ID, Shape::number, Place::no_group, kAll, false},
    {SOL_SOCKET, SO_GROUP_PRIORITY, Shape::number, Place::no_group, kAll, false},
    {SOL_SOCKET, SO_COMPARTMENT_ID, Shape::number, Place::compartment},
    {SOL_SOCKET, SO_REUSE_MULTICASTPORT, Shape::number, Place::share_port, kDatagrams, true,
     sys::Option::reuse_address},
    {SOL_SOCKET, SO_CONNECT_TIME, Shape::number, Place::connect_time, kAll, false},
    {SOL_SOCKET, INLET_SO_PARTIAL_SEND, Shape::loose_bool, Place::flag, kStreams, true, {}, kPartialSend},
    {SOL_SOCKET, INLET_SO_SHARE_PORT, Shape::loose_bool, Place::port_choice, kStreams, true, {}, kSharePort},
});

// SO_OPENTYPE belongs to no socket: it works with any handle, and has no meaning on Linux beyond being read back.
std::atomic<uint32_t> open_type{0};

Result<const Row*> find_row(int level, int name, uint32_t flags) {
  if (level != SOL_SOCKET) return Error::invalid;
  auto row = std::ranges::find_if(kRows, [&](const Row& r) { return r.level == level && r.name == name; });
  if (row == kRows.end()) return Error::no_such_option;
  if (!in_scope(row->scope, flags)) return Error::no_such_option;
  return &*row;
}

// --- reading
// ------------------------------------------------------------------------------------------------------------

// What the program has set, exactly; Linux would answer twice that.
Result<uint32_t> read_buffer(SocketRef& socket, const std::atomic<int32_t>& shadow, sys::Option option) {
  if (int32_t value = shadow.load(std::memory_order_relaxed); value >= 0) return static_cast<uint32_t>(value);
  auto value = read_kernel(socket, option);
  if (!value) return value;
  return *value / 2;
}

// Linux forgets an error that was read; Winsock keeps it until a connect succeeds.
uint32_t read_error(SocketRef& socket) {
  finish_connect(socket);
  take_error(socket);
  return static_cast<uint32_t>(socket->error.load(std::memory_order_relaxed));
}

uint32_t read_type(uint32_t flags) {
  if ((flags & kRaw) != 0) return SOCK_RAW;
  return (flags & kDatagram) != 0 ? SOCK_DGRAM : SOCK_STREAM;
}

uint32_t read_port_choice(const SocketRef& socket, uint32_t choice) {
  const Extension* parts = socket.extension();
  return parts != nullptr && (parts->port_choice.load(std::memory_order_relaxed) & choice) != 0 ? 1 : 0;
}

Result<uint32_t> read_value(SocketRef& socket, const Row& row) {
  constexpr auto relaxed = std::memory_order_relaxed;
  const uint32_t linger = socket->linger.load(relaxed);
  switch (row.place) {
    case Place::kernel: return read_kernel(socket, row.option);
    case Place::flag:
    case Place::reuse:
    case Place::exclusive:
    case Place::conditional: return socket->has(row.flag) ? 1u : 0u;
    case Place::pause_accept: return pending_is_paused(socket) ? 1u : 0u;
    case Place::port_choice: return read_port_choice(socket, row.flag);
    case Place::accepting: return socket->has(kListening) ? 1u : 0u;
    case Place::error: return read_error(socket);
    case Place::type: return read_type(socket->flags());
    // A LINGER is l_onoff, then l_linger; in memory the first comes lowest.
    case Place::linger: return linger >> 16 | linger << 16;
    case Place::dont_linger: return (linger >> 16) == 0 ? 1u : 0u;
    case Place::send_buffer: return read_buffer(socket, socket->send_buffer_bytes, row.option);
    case Place::receive_buffer: return read_buffer(socket, socket->receive_buffer_bytes, row.option);
    case Place::send_timeout: return socket->send_timeout_ms.load(relaxed);
    case Place::receive_timeout: return socket->receive_timeout_ms.load(relaxed);
    case Place::message_size: return socket->has(kV6) ? 65527u : 65507u;
    case Place::no_group: return 0u;
    case Place::compartment: return kept_value(socket, KeptOption::compartment);
    case Place::share_port: return kept_value(socket, KeptOption::share_multicast_port);
    case Place::connect_time: return socket->has(kDatagram) ? UINT32_MAX : socket.connected_s();
    case Place::refused: break;
  }
  return Error::invalid;
}

// The narrow form has the same members, only its text is of bytes.
WSAPROTOCOL_INFOA narrowed(const WSAPROTOCOL_INFOW& wide) {
  WSAPROTOCOL_INFOA narrow{};
  std::memcpy(&narrow, &wide, offsetof(WSAPROTOCOL_INFOW, szProtocol));
  for (int i = 0; i < WSAPROTOCOL_LEN; ++i) narrow.szProtocol[i] = static_cast<char>(wide.szProtocol[i]);
  return narrow;
}

Result<void> read_protocol_info(uint32_t flags, bool wide, char* optval, LPINT optlen) {
  const int bytes = wide ? sizeof(WSAPROTOCOL_INFOW) : sizeof(WSAPROTOCOL_INFOA);
  if (*optlen < bytes) {
    *optlen = bytes;
    return Error::fault;
  }
  const WSAPROTOCOL_INFOW& entry = entry_of(flags);
  const WSAPROTOCOL_INFOA narrow = narrowed(entry);
  std::memcpy(optval, wide ? static_cast<const void*>(&entry) : &narrow, static_cast<size_t>(bytes));
  *optlen = bytes;
  return {};
}

// Both ends, the type and the protocol in one call. The addresses follow the structure; an end that is not there has none.
Result<void> read_state(SocketRef& socket, char* optval, LPINT optlen) {
  finish_connect(socket);
  const uint32_t flags = socket->flags();
  const bool connected = (flags & kConnected) != 0;
  const int ends = ((flags & kBound) != 0 ? 1 : 0) + (connected ? 1 : 0);
  const int bytes = static_cast<int>(sizeof(CSADDR_INFO)) + ends * address_bytes(flags);
  if (*optlen < bytes) {
    *optlen = bytes;
    return Error::fault;
  }
  CSADDR_INFO info{};
  char* at = optval + sizeof(info);
  auto put = [&](SOCKET_ADDRESS& end, const sys::Address& address) {
    std::memcpy(at, address.bytes, static_cast<size_t>(address.size));
    end = {reinterpret_cast<sockaddr*>(at), address.size};
    at += address.size;
  };
  sys::Address local;
  const bool named = (flags & kBound) != 0 && sys::local_name(socket.fd(), &local) == 0;
  if ((flags & kRaw) != 0) clear_port(local);
  if (named) put(info.LocalAddr, local);
  if (connected) put(info.RemoteAddr, socket->peer_address());
  info.iSocketType = static_cast<INT>(read_type(flags));
  sys::get_option(socket.fd(), sys::Option::protocol, &info.iProtocol);
  std::memcpy(optval, &info, sizeof(info));
  *optlen = bytes;
  return {};
}

Result<void> get_option(SocketRef& socket, int level, int name, char* optval, LPINT optlen) {
  const uint32_t flags = socket->flags();
  if (level == SOL_SOCKET && (name == SO_PROTOCOL_INFOA || name == SO_PROTOCOL_INFOW))
    return read_protocol_info(flags, name == SO_PROTOCOL_INFOW, optval, optlen);
  if (level == SOL_SOCKET && name == SO_BSP_STATE) return read_state(socket, optval, optlen);
  if (is_protocol_level(level)) return get_protocol_option(socket, level, name, optval, optlen);
  auto row = find_row(level, name, flags);
  if (!row) return row.error();
  // Too little room must not cost the pending error of SO_ERROR.
  if (!has_room((*row)->shape, *optlen)) return Error::fault;
  auto value = read_value(socket, **row);
  if (!value) return value.error();
  return value_out(*value, (*row)->shape, optval, optlen);
}

// --- writing
// ------------------------------------------------------------------------------------------------------------

void write_flag(SocketRef& socket, uint32_t flag, bool on) {
  if (on)
    socket->set(flag);
  else
    socket->clear(flag);
}

// Sharing an address and refusing to share it exclude each other; the second comer loses.
Result<void> write_sharing(SocketRef& socket, const Row& row, bool on) {
  const uint32_t opposite = row.place == Place::reuse ? kExclusive : kReuse;
  if (on && socket->has(opposite)) return Error::invalid;
  if (row.place == Place::exclusive && socket->has(kBound)) return Error::invalid;
  // After the bind the kernel's option has another use here; see WSPBind.
  if (row.place == Place::reuse && !socket->has(kBound))
    if (auto written = write_kernel(socket, row.option, on); !written) return written;
  write_flag(socket, row.flag, on);
  return {};
}

// How a port is chosen can be said until it is.
Result<void> write_port_choice(SocketRef& socket, uint32_t choice, bool on) {
  if (socket->has(kBound)) return Error::invalid;
  Extension* parts = socket.make_extension();
  if (parts == nullptr) return Error::no_buffers;
  if (on)
    parts->port_choice.fetch_or(choice, std::memory_order_relaxed);
  else
    parts->port_choice.fetch_and(~choice, std::memory_order_relaxed);
  return {};
}

// "No buffer" speaks of the copies that Windows makes. The kernel cannot do without, and its smallest buffer would make every
// packet wait for the acknowledgement of the one before: its own size stays.
Result<void> write_buffer(SocketRef& socket, std::atomic<int32_t>& shadow, sys::Option option, int value) {
  if (value < 0) return Error::invalid;
  if (value == 0) {
    shadow.store(0, std::memory_order_relaxed);
    return {};
  }
  if (auto written = write_kernel(socket, option, value); !written) return written;
  shadow.store(value, std::memory_order_relaxed);
  return {};
}

// The kernel learns only of the hard close: its lingering close would wait on nonblocking sockets too, and go on
// sending when the time is over (see WSPCloseSocket).
Result<void> write_linger(SocketRef& socket, bool on, uint32_t seconds) {
  const int result = sys::reset_on_close(socket.fd(), on && seconds == 0);
  if (result != 0) return error_of_errno(-result);
  socket->linger.store((on ? 1u << 16 : 0u) | seconds, std::memory_order_relaxed);
  return {};
}

// There is one compartment, and all sockets are in it.
Result<void> write_compartment(SocketRef& socket, uint32_t value) {
  return value == kept_value(socket, KeptOption::compartment) ? Result<void>() : Result<void>(Error::invalid);
}

// Linux' SO_REUSEADDR is what lets several datagram sockets have one port, each with a copy of every multicast datagram.
Result<void> write_share_port(SocketRef& socket, const Row& row, bool on) {
  if (socket->has(kBound)) return Error::invalid;
  if (auto written = write_kernel(socket, row.option, on || socket->has(kReuse)); !written) return written;
  return keep_value(socket, KeptOption::share_multicast_port, on ? 1 : 0);
}

Result<void> write_value(SocketRef& socket, const Row& row, uint32_t value) {
  constexpr auto relaxed = std::memory_order_relaxed;
  const int number = static_cast<int>(value);
  switch (row.place) {
    case Place::kernel: return write_kernel(socket, row.option, number);
    case Place::flag: write_flag(socket, row.flag, value != 0); return {};
    case Place::reuse:
    case Place::exclusive: return write_sharing(socket, row, value != 0);
    case Place::conditional:
      if (socket->has(kListening)) return Error::invalid;
      write_flag(socket, row.flag, value != 0);
      return {};
    case Place::pause_accept: return pending_pause(socket, value != 0);
    case Place::port_choice: return write_port_choice(socket, row.flag, value != 0);
    case Place::error: socket->error.store(number, relaxed); return {};
    case Place::linger: return write_linger(socket, (value & 0xffff) != 0, value >> 16);
    case Place::dont_linger: return write_linger(socket, value == 0, socket->linger.load(relaxed) & 0xffff);
    case Place::send_buffer: return write_buffer(socket, socket->send_buffer_bytes, row.option, number);
    case Place::receive_buffer: return write_buffer(socket, socket->receive_buffer_bytes, row.option, number);
    case Place::send_timeout: socket->send_timeout_ms.store(value, relaxed); return {};
    case Place::receive_timeout: socket->receive_timeout_ms.store(value, relaxed); return {};
    case Place::compartment: return write_compartment(socket, value);
    case Place::share_port: return write_share_port(socket, row, value != 0);
    case Place::accepting:
    case Place::type:
    case Place::message_size:
    case Place::no_group:
    case Place::connect_time:
    case Place::refused: break;
  }
  return Error::invalid;
}

Result<void> set_option(SocketRef& socket, int level, int name, const char* optval, int optlen) {
  if (level == SOL_SOCKET && name == SO_UPDATE_ACCEPT_CONTEXT) return update_accept_context(socket, optval, optlen);
  if (is_protocol_level(level)) return set_protocol_option(socket, level, name, optval, optlen);
  auto row = find_row(level, name, socket->flags());
  if (!row) return row.error();
  if (!(*row)->writable) return Error::no_such_option;
  auto value = value_in((*row)->shape, 0, sizeof(uint32_t), optval, optlen);
  if (!value) return value.error();
  if ((*row)->option == sys::Option::keep_alive && socket->has(kFailed)) return Error::not_connected;
  if ((*row)->option == sys::Option::keep_alive) settle_keep_alive(socket);
  return write_value(socket, **row, *value);
}

bool is_open_type(int level, int name) {
  return level == SOL_SOCKET && name == SO_OPENTYPE;
}

}  // namespace

int WSPAPI WSPGetSockOpt(SOCKET s, int level, int optname, char* optval, LPINT optlen, LPINT lpErrno) {
  SocketRef socket(s);
  const bool any_handle = is_open_type(level, optname);
  if (!socket && !any_handle) return failed(lpErrno, Error::not_socket);
  if (optval == nullptr || optlen == nullptr) return failed(lpErrno, Error::fault);
  if (any_handle)
    return finished(lpErrno, value_out(open_type.load(std::memory_order_relaxed), Shape::number, optval, optlen));
  return finished(lpErrno, get_option(socket, level, optname, optval, optlen));
}

int WSPAPI WSPSetSockOpt(SOCKET s, int level, int optname, const char* optval, int optlen, LPINT lpErrno) {
  SocketRef socket(s);
  const bool any_handle = is_open_type(level, optname);
  if (!socket && !any_handle) return failed(lpErrno, Error::not_socket);
  // The only option that has no value.
  if (level == SOL_SOCKET && optname == SO_UPDATE_CONNECT_CONTEXT)
    return finished(lpErrno, update_connect_context(socket));
  if (optval == nullptr) return failed(lpErrno, Error::fault);
  if (any_handle) {
    uint32_t value = 0;
    if (optlen < static_cast<int>(sizeof(value))) return failed(lpErrno, Error::fault);
    std::memcpy(&value, optval, sizeof(value));
    open_type.store(value, std::memory_order_relaxed);
    return 0;
  }
  return finished(lpErrno, set_option(socket, level, optname, optval, optlen));
}

}  // namespace inlet::provider
