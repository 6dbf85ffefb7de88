// Socket options: Winsock's sizes, values and error codes over the kernel's options and the record's own ones.
//
// A row of the table says where an option lives and for whom it exists; the sizes follow from its shape (sheet 4.5).
// Options that are not in the table do not exist: WSAENOPROTOOPT.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "provider/catalog.h"
#include "provider/linux/calls.h"
#include "provider/linux/extension.h"
#include "provider/linux/fresh_socket.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/socket_address.h"

namespace inlet::provider {
namespace {

// How an option crosses the interface.
enum class Shape {
  loose_bool,  // read: 1 byte, or 4 when there is room for them; written: any length
  byte_bool,   // read: always 1 byte; written: any length
  number,      // exactly 4 bytes
};

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
  packet_info,  // IP_PKTINFO, IPV6_PKTINFO
  open_type,
  connect_time,
  refused,  // exists, and always answers WSAEINVAL
};

enum Scope : unsigned { kStreams = 1, kDatagrams = 2, kAll = 3, kV6Only = 4, kV4Only = 8, kRawOnly = 16 };

struct Row {
  int level;
  int name;
  Shape shape;
  Place place;
  unsigned scope = kAll;
  bool writable = true;
  sys::Option option = sys::Option::type;
  uint32_t flag = 0;
  int value_max = INT32_MAX;
  Error out_of_scope = Error::no_such_option;
};

constexpr Row kernel_row(int level, int name, Shape shape, unsigned scope, sys::Option option,
                         int value_max = INT32_MAX, Error out_of_scope = Error::no_such_option) {
  return {level, name, shape, Place::kernel, scope, true, option, 0, value_max, out_of_scope};
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
    {SOL_SOCKET, SO_OPENTYPE, Shape::number, Place::open_type},
    {SOL_SOCKET, SO_CONNECT_TIME, Shape::number, Place::connect_time, kAll, false},
    {SOL_SOCKET, INLET_SO_PARTIAL_SEND, Shape::loose_bool, Place::flag, kStreams, true, {}, kPartialSend},

    kernel_row(IPPROTO_TCP, TCP_NODELAY, Shape::byte_bool, kStreams, sys::Option::no_delay),
    kernel_row(IPPROTO_TCP, TCP_KEEPIDLE, Shape::number, kStreams, sys::Option::keep_idle_s),
    kernel_row(IPPROTO_TCP, TCP_KEEPINTVL, Shape::number, kStreams, sys::Option::keep_interval_s),
    kernel_row(IPPROTO_TCP, TCP_KEEPCNT, Shape::number, kStreams, sys::Option::keep_count, 255),
    kernel_row(IPPROTO_TCP, TCP_MAXSEG, Shape::number, kStreams, sys::Option::max_segment),

    kernel_row(IPPROTO_IP, IP_HDRINCL, Shape::number, kDatagrams | kV4Only | kRawOnly, sys::Option::header_included,
               INT32_MAX, Error::invalid),
    kernel_row(IPPROTO_IP, IP_TOS, Shape::number, kAll, sys::Option::type_of_service),
    kernel_row(IPPROTO_IP, IP_TTL, Shape::number, kAll, sys::Option::time_to_live),
    kernel_row(IPPROTO_IP, IP_MULTICAST_TTL, Shape::number, kDatagrams, sys::Option::multicast_ttl, 255,
               Error::invalid),
    kernel_row(IPPROTO_IP, IP_MULTICAST_LOOP, Shape::loose_bool, kDatagrams, sys::Option::multicast_loop, 1,
               Error::invalid),
    {IPPROTO_IP, IP_PKTINFO, Shape::loose_bool, Place::packet_info, kDatagrams, true, {}, kWantPacketInfo},

    {IPPROTO_IPV6,
     IPV6_PKTINFO,
     Shape::loose_bool,
     Place::packet_info,
     kDatagrams | kV6Only,
     true,
     {},
     kWantPacketInfo},
    kernel_row(IPPROTO_IPV6, IPV6_V6ONLY, Shape::byte_bool, kAll | kV6Only, sys::Option::v6_only),
    kernel_row(IPPROTO_IPV6, IPV6_UNICAST_HOPS, Shape::number, kAll | kV6Only, sys::Option::v6_unicast_hops),
    kernel_row(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, Shape::number, kDatagrams | kV6Only, sys::Option::v6_multicast_hops),
    kernel_row(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, Shape::loose_bool, kDatagrams | kV6Only,
               sys::Option::v6_multicast_loop),
});
// TODO(api): group membership, IP_DONTFRAGMENT, TCP_MAXRT
// and the other options of the sheet that no server needs yet.

constexpr int kLinuxKeepCountMax = 127;

// SO_OPENTYPE belongs to no socket: it works with any handle, and has no meaning on Linux beyond being read back.
std::atomic<uint32_t> open_type{0};

bool known_level(int level) {
  return level == SOL_SOCKET || level == IPPROTO_TCP || level == IPPROTO_UDP || level == IPPROTO_IP ||
         level == IPPROTO_IPV6;
}

bool in_scope(const Row& row, uint32_t flags) {
  const bool type_fits = (row.scope & ((flags & kDatagram) != 0 ? kDatagrams : kStreams)) != 0;
  if ((row.scope & kV6Only) != 0 && (flags & kV6) == 0) return false;
  if ((row.scope & kV4Only) != 0 && (flags & kV6) != 0) return false;
  if ((row.scope & kRawOnly) != 0 && (flags & kRaw) == 0) return false;
  return type_fits;
}

Result<const Row*> find_row(int level, int name, uint32_t flags) {
  if (!known_level(level)) return Error::invalid;
  auto row = std::ranges::find_if(kRows, [&](const Row& r) { return r.level == level && r.name == name; });
  if (row == kRows.end()) return Error::no_such_option;
  if (!in_scope(*row, flags)) return row->out_of_scope;
  return &*row;
}

// --- reading
// ------------------------------------------------------------------------------------------------------------

Result<uint32_t> read_kernel(SocketRef& socket, sys::Option option) {
  int value = 0;
  if (int result = sys::get_option(socket.fd(), option, &value); result != 0) return error_of_errno(-result);
  return static_cast<uint32_t>(value);
}

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
    case Place::packet_info:
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
    case Place::open_type: return open_type.load(relaxed);
    case Place::connect_time: return socket->has(kDatagram) ? UINT32_MAX : socket.connected_s();
    case Place::refused: break;
  }
  return Error::invalid;
}

Result<void> write_out(uint32_t value, Shape shape, char* optval, LPINT optlen) {
  int bytes = sizeof(value);
  if (shape == Shape::number && *optlen < bytes) return Error::fault;
  if (*optlen < 1) return Error::fault;
  if (shape == Shape::byte_bool || (shape == Shape::loose_bool && *optlen < bytes)) bytes = 1;
  if (shape != Shape::number) value = value != 0 ? 1 : 0;
  std::memcpy(optval, &value, static_cast<size_t>(bytes));
  *optlen = bytes;
  return {};
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
  auto row = find_row(level, name, flags);
  if (!row) return row.error();
  // Too little room must not cost the pending error of SO_ERROR.
  if (*optlen < ((*row)->shape == Shape::number ? 4 : 1)) return Error::fault;
  auto value = read_value(socket, **row);
  if (!value) return value.error();
  return write_out(*value, (*row)->shape, optval, optlen);
}

// --- writing
// ------------------------------------------------------------------------------------------------------------

Result<uint32_t> read_in(const Row& row, const char* optval, int optlen) {
  uint32_t value = 0;
  if (row.shape == Shape::number && optlen < static_cast<int>(sizeof(value))) return Error::fault;
  if (optlen < 0 || (optlen == 0 && row.level != SOL_SOCKET)) return Error::fault;
  const bool low_byte = row.level == IPPROTO_TCP && row.shape == Shape::byte_bool;
  std::memcpy(&value, optval, static_cast<size_t>(std::min(optlen, low_byte ? 1 : 4)));
  return row.shape == Shape::number ? value : uint32_t{value != 0};
}

Result<void> write_kernel(SocketRef& socket, sys::Option option, int value) {
  const int result = sys::set_option(socket.fd(), option, value);
  return result == 0 ? Result<void>() : Result<void>(error_of_errno(-result));
}

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

Result<void> write_value(SocketRef& socket, const Row& row, uint32_t value) {
  constexpr auto relaxed = std::memory_order_relaxed;
  const int number = static_cast<int>(value);
  switch (row.place) {
    case Place::kernel:
      if (number > row.value_max) return Error::invalid;
      return write_kernel(socket, row.option,
                          row.option == sys::Option::keep_count ? std::min(number, kLinuxKeepCountMax) : number);
    case Place::flag: write_flag(socket, row.flag, value != 0); return {};
    case Place::packet_info:
      if (value != 0 && !socket->has(kPacketInfo)) sys::ask_packet_info(socket.fd(), socket->has(kV6));
      write_flag(socket, row.flag | (value != 0 ? kPacketInfo : 0u), value != 0);
      return {};
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
    case Place::open_type: open_type.store(value, relaxed); return {};
    case Place::accepting:
    case Place::type:
    case Place::message_size:
    case Place::connect_time:
    case Place::refused: break;
  }
  return Error::invalid;
}

Result<void> set_option(SocketRef& socket, int level, int name, const char* optval, int optlen) {
  if (level == SOL_SOCKET && name == SO_UPDATE_ACCEPT_CONTEXT) return update_accept_context(socket, optval, optlen);
  auto row = find_row(level, name, socket->flags());
  if (!row) return row.error();
  if (!(*row)->writable) return Error::no_such_option;
  auto value = read_in(**row, optval, optlen);
  if (!value) return value.error();
  if ((*row)->option == sys::Option::keep_alive && socket->has(kFailed)) return Error::not_connected;
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
    return finished(lpErrno, write_out(open_type.load(std::memory_order_relaxed), Shape::number, optval, optlen));
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
