// A row of the table says for whom an option exists and how it is read and written; most of them are the kernel's own.
#include "provider/linux/protocol_options.h"

#include <ws2tcpip.h>

#include <algorithm>
#include <array>

#include "provider/linux/groups.h"
#include "provider/linux/kept_options.h"
#include "provider/linux/option_value.h"

namespace inlet::provider {
namespace {

struct Row;
using Get = Result<uint32_t> (*)(SocketRef& socket, const Row& row);
using Set = Result<void> (*)(SocketRef& socket, const Row& row, uint32_t value);

struct Row {
  int level;
  int name;
  Shape shape;
  unsigned scope;
  Get get;
  Set set;
  sys::Option option = sys::Option::type;
  int min = INT32_MIN;  // what may be written
  int max = INT32_MAX;
  Error out_of_scope = Error::no_such_option;
  KeptOption kept = KeptOption::count;
};

// --- ways to read and to write

Result<uint32_t> get_kernel(SocketRef& socket, const Row& row) {
  return read_kernel(socket, row.option);
}
Result<void> set_kernel(SocketRef& socket, const Row& row, uint32_t value) {
  return write_kernel(socket, row.option, static_cast<int>(value));
}

Result<uint32_t> get_kept(SocketRef& socket, const Row& row) {
  return kept_value(socket, row.kept);
}
Result<void> set_kept(SocketRef& socket, const Row& row, uint32_t value) {
  return keep_value(socket, row.kept, value);
}

// Exists, and always answers so.
Result<uint32_t> get_refused(SocketRef&, const Row&) {
  return Error::invalid;
}
Result<void> set_refused(SocketRef&, const Row&, uint32_t) {
  return Error::invalid;
}

// What Linux always does; it may be asked for, and nothing else.
Result<uint32_t> get_always(SocketRef&, const Row&) {
  return 1u;
}
Result<uint32_t> get_never(SocketRef&, const Row&) {
  return 0u;
}
template <Get kGet>
Result<void> set_same(SocketRef& socket, const Row& row, uint32_t value) {
  auto now = kGet(socket, row);
  return now && *now == value ? Result<void>() : Result<void>(Error::invalid);
}

// --- TCP

constexpr int kKeepCountMax = 127;      // Windows: 255
constexpr int kKeepSecondsMax = 32767;  // Windows has no limit
constexpr uint32_t kNeverGiveUp = UINT32_MAX;
constexpr uint32_t kMilliseconds = 1000;

struct KeepAliveTime {
  sys::Option option;
  int value;
};
constexpr KeepAliveTime kKeepAliveDefaults[] = {
    {sys::Option::keep_idle_s, 7200}, {sys::Option::keep_interval_s, 1}, {sys::Option::keep_count, 10}};

Result<uint32_t> get_keep_alive(SocketRef& socket, const Row& row) {
  if (!socket->has(kKeepAliveTimes))
    for (const KeepAliveTime& time : kKeepAliveDefaults)
      if (time.option == row.option) return static_cast<uint32_t>(time.value);
  return read_kernel(socket, row.option);
}
Result<void> set_keep_count(SocketRef& socket, const Row& row, uint32_t value) {
  settle_keep_alive(socket);
  return write_kernel(socket, row.option, std::min(static_cast<int>(value), kKeepCountMax));
}
Result<void> set_keep_seconds(SocketRef& socket, const Row& row, uint32_t value) {
  if (value == 0) return Error::invalid;
  settle_keep_alive(socket);
  return write_kernel(socket, row.option, static_cast<int>(std::min<uint32_t>(value, kKeepSecondsMax)));
}

// 0 is the system's own limit. Linux counts milliseconds in an int, so "never" is 24 days.
Result<uint32_t> get_retry_seconds(SocketRef& socket, const Row& row) {
  auto limit_ms = read_kernel(socket, row.option);
  if (!limit_ms) return limit_ms;
  return *limit_ms == INT32_MAX ? kNeverGiveUp : (*limit_ms + kMilliseconds - 1) / kMilliseconds;
}
Result<void> set_retry_seconds(SocketRef& socket, const Row& row, uint32_t value) {
  if (value != kNeverGiveUp && static_cast<int>(value) < 0) return Error::invalid;
  constexpr uint32_t kSecondsMax = INT32_MAX / kMilliseconds;
  const uint32_t limit_ms = value > kSecondsMax ? uint32_t{INT32_MAX} : value * kMilliseconds;
  return write_kernel(socket, row.option, static_cast<int>(limit_ms));
}

// Linux decides for all connections at once.
Result<uint32_t> get_timestamps(SocketRef& socket, const Row&) {
  return sys::uses_timestamps(socket.fd()) ? 1u : 0u;
}

// --- IP

// The kernel knows either the address or the index, and the program wants to read what it has written.
Result<void> set_multicast_interface(SocketRef& socket, const Row& row, uint32_t value) {
  const uint32_t index = index_in(value);
  const int result = sys::set_multicast_interface(socket.fd(), index == 0 ? value : 0, index);
  return result == 0 ? keep_value(socket, row.kept, value) : Result<void>(option_error(result));
}

Result<uint32_t> get_loop(SocketRef& socket, const Row&) {
  return receives(socket, sys::kLoopedMulticast) ? 1u : 0u;
}
Result<void> set_loop(SocketRef& socket, const Row&, uint32_t value) {
  return set_receives(socket, sys::kLoopedMulticast, value != 0);
}
Result<uint32_t> get_broadcasts(SocketRef& socket, const Row&) {
  return receives(socket, sys::kBroadcasts) ? 1u : 0u;
}
Result<void> set_broadcasts(SocketRef& socket, const Row&, uint32_t value) {
  return set_receives(socket, sys::kBroadcasts, value != 0);
}

// Linux has a third way, its default: datagrams may be cut when they are larger than what the path is known to take. Windows'
// datagrams may always be cut, its segments never.
Result<uint32_t> get_dont_fragment(SocketRef& socket, const Row& row) {
  auto discover = read_kernel(socket, row.option);
  if (!discover) return discover;
  const auto mode = static_cast<int>(*discover);
  if (socket->has(kDatagram)) return mode == sys::kDiscoverAlways ? 1u : 0u;
  return mode == sys::kDiscoverNever ? 0u : 1u;
}
Result<void> set_dont_fragment(SocketRef& socket, const Row& row, uint32_t value) {
  return write_kernel(socket, row.option, value != 0 ? sys::kDiscoverAlways : sys::kDiscoverNever);
}

Result<uint32_t> get_packet_info(SocketRef& socket, const Row&) {
  return socket->has(kWantPacketInfo) ? 1u : 0u;
}
// The kernel goes on telling: another thread may be between its receive and the look at the bit.
Result<void> set_packet_info(SocketRef& socket, const Row&, uint32_t value) {
  if (value == 0) {
    socket->clear(kWantPacketInfo);
    return {};
  }
  if (!socket->has(kPacketInfo)) sys::ask_packet_info(socket.fd(), socket->has(kV6));
  socket->set(kPacketInfo | kWantPacketInfo);
  return {};
}

// IPV6_UNICAST_IF is an index like any other on Windows; Linux wants it in network order, as Windows does in IP_UNICAST_IF.
Result<uint32_t> get_swapped(SocketRef& socket, const Row& row) {
  auto value = read_kernel(socket, row.option);
  return value ? Result<uint32_t>(ntohl(*value)) : value;
}
Result<void> set_swapped(SocketRef& socket, const Row& row, uint32_t value) {
  return write_kernel(socket, row.option, static_cast<int>(htonl(value)));
}

Result<void> set_protection(SocketRef& socket, const Row& row, uint32_t value) {
  if (value == PROTECTION_LEVEL_DEFAULT) value = PROTECTION_LEVEL_UNRESTRICTED;
  if (value % 10 != 0 || value < PROTECTION_LEVEL_UNRESTRICTED || value > PROTECTION_LEVEL_RESTRICTED)
    return Error::invalid;
  return keep_value(socket, row.kept, value);
}

// --- the table

constexpr Row kernel_row(int level, int name, Shape shape, unsigned scope, sys::Option option, int min = INT32_MIN,
                         int max = INT32_MAX, Error out_of_scope = Error::no_such_option) {
  return {level, name, shape, scope, get_kernel, set_kernel, option, min, max, out_of_scope};
}
constexpr Row own_row(int level, int name, Shape shape, unsigned scope, Get get, Set set,
                      sys::Option option = sys::Option::type, Error out_of_scope = Error::no_such_option) {
  return {level, name, shape, scope, get, set, option, INT32_MIN, INT32_MAX, out_of_scope};
}
constexpr Row kept_row(int level, int name, Shape shape, unsigned scope, KeptOption kept, Set set = set_kept) {
  Row row = own_row(level, name, shape, scope, get_kept, set);
  row.kept = kept;
  return row;
}
constexpr Row multicast_interface_row() {
  Row row = kept_row(IPPROTO_IP, IP_MULTICAST_IF, Shape::number, kDatagrams, KeptOption::multicast_interface,
                     set_multicast_interface);
  row.out_of_scope = Error::invalid;
  return row;
}

constexpr auto kRows = std::to_array<Row>({
    kernel_row(IPPROTO_TCP, TCP_NODELAY, Shape::byte_bool, kStreams, sys::Option::no_delay),
    own_row(IPPROTO_TCP, TCP_EXPEDITED_1122, Shape::number, kStreams, get_never, set_same<get_never>),
    own_row(IPPROTO_TCP, TCP_BSDURGENT, Shape::number, kStreams, get_always, set_same<get_always>),
    {IPPROTO_TCP, TCP_KEEPIDLE, Shape::number, kStreams, get_keep_alive, set_keep_seconds, sys::Option::keep_idle_s},
    {IPPROTO_TCP, TCP_KEEPINTVL, Shape::number, kStreams, get_keep_alive, set_keep_seconds,
     sys::Option::keep_interval_s},
    {IPPROTO_TCP, TCP_KEEPCNT, Shape::number, kStreams, get_keep_alive, set_keep_count, sys::Option::keep_count, 1,
     255},
    kernel_row(IPPROTO_TCP, TCP_MAXSEG, Shape::number, kStreams, sys::Option::max_segment),
    own_row(IPPROTO_TCP, TCP_MAXRT, Shape::number, kStreams, get_retry_seconds, set_retry_seconds,
            sys::Option::user_timeout_ms),
    own_row(IPPROTO_TCP, TCP_TIMESTAMPS, Shape::number, kStreams, get_timestamps, set_same<get_timestamps>),
    kept_row(IPPROTO_TCP, TCP_FASTOPEN, Shape::loose_bool, kStreams, KeptOption::fast_open),
    kept_row(IPPROTO_TCP, TCP_FAIL_CONNECT_ON_ICMP_ERROR, Shape::loose_bool, kStreams, KeptOption::fail_on_icmp),

    kernel_row(IPPROTO_UDP, UDP_NOCHECKSUM, Shape::loose_bool, kDatagrams | kV4Only, sys::Option::no_checksum),

    kernel_row(IPPROTO_IP, IP_HDRINCL, Shape::number, kDatagrams | kV4Only | kRawOnly, sys::Option::header_included,
               INT32_MIN, INT32_MAX, Error::invalid),
    kernel_row(IPPROTO_IP, IP_TOS, Shape::number, kAll, sys::Option::type_of_service, 0, 255),
    kernel_row(IPPROTO_IP, IP_TTL, Shape::number, kAll, sys::Option::time_to_live, 1, 255),
    multicast_interface_row(),
    kernel_row(IPPROTO_IP, IP_MULTICAST_TTL, Shape::number, kDatagrams, sys::Option::multicast_ttl, 0, 255,
               Error::invalid),
    own_row(IPPROTO_IP, IP_MULTICAST_LOOP, Shape::loose_bool, kDatagrams, get_loop, set_loop, {}, Error::invalid),
    own_row(IPPROTO_IP, IP_DONTFRAGMENT, Shape::loose_bool, kAll, get_dont_fragment, set_dont_fragment,
            sys::Option::discover_path),
    own_row(IPPROTO_IP, IP_PKTINFO, Shape::loose_bool, kDatagrams, get_packet_info, set_packet_info),
    kernel_row(IPPROTO_IP, IP_HOPLIMIT, Shape::loose_bool, kDatagrams, sys::Option::tell_ttl),
    own_row(IPPROTO_IP, IP_RECEIVE_BROADCAST, Shape::loose_bool, kDatagrams, get_broadcasts, set_broadcasts, {},
            Error::invalid),
    kept_row(IPPROTO_IP, IP_PROTECTION_LEVEL, Shape::number, kAll, KeptOption::protection_level, set_protection),
    kernel_row(IPPROTO_IP, IP_UNICAST_IF, Shape::number, kAll, sys::Option::unicast_interface),

    own_row(IPPROTO_IPV6, IPV6_HDRINCL, Shape::number, kAll | kV6Only, get_refused, set_refused),
    kernel_row(IPPROTO_IPV6, IPV6_UNICAST_HOPS, Shape::number, kAll | kV6Only, sys::Option::v6_unicast_hops, -1, 255),
    kernel_row(IPPROTO_IPV6, IPV6_MULTICAST_IF, Shape::number, kDatagrams | kV6Only,
               sys::Option::v6_multicast_interface),
    kernel_row(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, Shape::number, kDatagrams | kV6Only, sys::Option::v6_multicast_hops,
               -1, 255),
    own_row(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, Shape::loose_bool, kDatagrams | kV6Only, get_loop, set_loop),
    kernel_row(IPPROTO_IPV6, IPV6_DONTFRAG, Shape::loose_bool, kAll | kV6Only, sys::Option::v6_dont_fragment),
    own_row(IPPROTO_IPV6, IPV6_PKTINFO, Shape::loose_bool, kDatagrams | kV6Only, get_packet_info, set_packet_info),
    kernel_row(IPPROTO_IPV6, IPV6_HOPLIMIT, Shape::loose_bool, kDatagrams | kV6Only, sys::Option::v6_tell_hops),
    kept_row(IPPROTO_IPV6, IPV6_PROTECTION_LEVEL, Shape::number, kAll | kV6Only, KeptOption::protection_level,
             set_protection),
    kernel_row(IPPROTO_IPV6, IPV6_V6ONLY, Shape::byte_bool, kAll | kV6Only, sys::Option::v6_only),
    own_row(IPPROTO_IPV6, IPV6_UNICAST_IF, Shape::number, kAll | kV6Only, get_swapped, set_swapped,
            sys::Option::v6_unicast_interface),
});

Result<const Row*> find_row(int level, int name, uint32_t flags) {
  auto row = std::ranges::find_if(kRows, [&](const Row& r) { return r.level == level && r.name == name; });
  if (row == kRows.end()) return Error::no_such_option;
  if (!in_scope(row->scope, flags)) return row->out_of_scope;
  return &*row;
}

// The bytes of the header's options, as many as there are.
Result<void> get_header_options(SocketRef& socket, char* optval, int* optlen) {
  if (*optlen < 0) return Error::fault;
  const int size = sys::header_options(socket.fd(), optval, *optlen);
  if (size < 0) return option_error(size);
  *optlen = size;
  return {};
}
Result<void> set_header_options(SocketRef& socket, const char* optval, int optlen) {
  if (optlen < 0) return Error::fault;
  const int result = sys::set_header_options(socket.fd(), optval, optlen);
  return result == 0 ? Result<void>() : Result<void>(option_error(result));
}

int seconds_of(uint32_t milliseconds) {
  const uint32_t seconds = milliseconds / kMilliseconds + (milliseconds % kMilliseconds != 0 ? 1 : 0);
  return static_cast<int>(std::clamp<uint32_t>(seconds, 1, kKeepSecondsMax));
}

}  // namespace

bool is_protocol_level(int level) {
  return level == IPPROTO_TCP || level == IPPROTO_UDP || level == IPPROTO_IP || level == IPPROTO_IPV6;
}

Result<void> get_protocol_option(SocketRef& socket, int level, int name, char* optval, int* optlen) {
  if (level == IPPROTO_IP && name == IP_OPTIONS) return get_header_options(socket, optval, optlen);
  auto row = find_row(level, name, socket->flags());
  if (!row) return row.error();
  if (!has_room((*row)->shape, *optlen)) return Error::fault;
  auto value = (*row)->get(socket, **row);
  return value ? value_out(*value, (*row)->shape, optval, optlen) : Result<void>(value.error());
}

Result<void> set_protocol_option(SocketRef& socket, int level, int name, const char* optval, int optlen) {
  if (level == IPPROTO_IP && name == IP_OPTIONS) return set_header_options(socket, optval, optlen);
  if (is_group_option(level, name)) return set_group_option(socket, level, name, optval, optlen);
  auto row = find_row(level, name, socket->flags());
  if (!row) return row.error();
  // Of TCP's booleans only the first byte counts.
  const bool low_byte = level == IPPROTO_TCP && (*row)->shape == Shape::byte_bool;
  auto value = value_in((*row)->shape, 1, low_byte ? 1 : 4, optval, optlen);
  if (!value) return value.error();
  const int number = static_cast<int>(*value);
  if (number < (*row)->min || number > (*row)->max) return Error::invalid;
  return (*row)->set(socket, **row, *value);
}

Result<void> set_multicast_scope(SocketRef& socket, int hops) {
  if (hops < 0 || hops > 255) return Error::invalid;
  const bool v6 = socket->has(kV6);
  return write_kernel(socket, v6 ? sys::Option::v6_multicast_hops : sys::Option::multicast_ttl, hops);
}

void settle_keep_alive(SocketRef& socket) {
  if (socket->has(kKeepAliveTimes)) return;
  for (const KeepAliveTime& time : kKeepAliveDefaults) sys::set_option(socket.fd(), time.option, time.value);
  socket->set(kKeepAliveTimes);
}

Result<void> set_keep_alive_times(SocketRef& socket, uint32_t idle_ms, uint32_t interval_ms) {
  settle_keep_alive(socket);
  if (auto set = write_kernel(socket, sys::Option::keep_idle_s, seconds_of(idle_ms)); !set) return set;
  return write_kernel(socket, sys::Option::keep_interval_s, seconds_of(interval_ms));
}

}  // namespace inlet::provider
