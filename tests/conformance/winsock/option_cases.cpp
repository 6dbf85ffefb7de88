// Socket options: which exist for which socket, their defaults, their sizes, and their quirks.
#include <vector>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

// Not in every header.
constexpr int kUpdateAcceptContext = 0x700b;
constexpr int kTcpKeepIdle = 3;
constexpr int kTcpKeepCount = 16;
constexpr int kTcpKeepInterval = 17;

enum class Kind { tcp4, udp4, tcp6, udp6 };

Socket make(Kind kind) {
  switch (kind) {
    case Kind::tcp4: return tcp();
    case Kind::udp4: return udp();
    case Kind::tcp6: return tcp(AF_INET6);
    case Kind::udp6: return udp(AF_INET6);
  }
  return Socket();
}

// Reads an option into `size` bytes: "value, length" or the name of the error.
std::string read(SOCKET s, int level, int name, int size) {
  unsigned char value[16];
  std::memset(value, 0, sizeof(value));
  int length = size;
  if (::getsockopt(s, level, name, reinterpret_cast<char*>(value), &length) != 0) return last_error();
  int number_read = 0;
  std::memcpy(&number_read, value, sizeof(number_read));
  return say({number(number_read), number(length)});
}

std::string write(SOCKET s, int level, int name, int value, int size) {
  return outcome(::setsockopt(s, level, name, reinterpret_cast<const char*>(&value), size));
}

// --- defaults: value and length as read into 4 bytes

struct Default {
  const char* name;
  Kind kind;
  int level;
  int option;
  const char* expected;
  const char* source;
};

const Default kDefaults[] = {
    {"SO_DEBUG", Kind::tcp4, SOL_SOCKET, SO_DEBUG, "0, 4", "sheet 4.5"},
    {"SO_ACCEPTCONN", Kind::tcp4, SOL_SOCKET, SO_ACCEPTCONN, "0, 4", "sheet 4.5"},
    {"SO_REUSEADDR", Kind::tcp4, SOL_SOCKET, SO_REUSEADDR, "0, 4", "sheet 4.5"},
    {"SO_REUSEADDR.udp", Kind::udp4, SOL_SOCKET, SO_REUSEADDR, "0, 4", "sheet 4.5"},
    {"SO_EXCLUSIVEADDRUSE", Kind::tcp4, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, "0, 4", "sheet 4.5"},
    {"SO_KEEPALIVE", Kind::tcp4, SOL_SOCKET, SO_KEEPALIVE, "0, 1", "sheet 4.5"},
    {"SO_KEEPALIVE.udp", Kind::udp4, SOL_SOCKET, SO_KEEPALIVE, "WSAENOPROTOOPT", "sheet 4.5"},
    {"SO_DONTROUTE", Kind::tcp4, SOL_SOCKET, SO_DONTROUTE, "0, 1", "sheet 4.5"},
    {"SO_DONTROUTE.udp", Kind::udp4, SOL_SOCKET, SO_DONTROUTE, "0, 1", "sheet 4.5"},
    {"SO_BROADCAST.udp", Kind::udp4, SOL_SOCKET, SO_BROADCAST, "0, 4", "sheet 4.5"},
    {"SO_BROADCAST.tcp", Kind::tcp4, SOL_SOCKET, SO_BROADCAST, "WSAENOPROTOOPT", "sheet 6.1 #24"},
    {"SO_OOBINLINE", Kind::tcp4, SOL_SOCKET, SO_OOBINLINE, "0, 4", "sheet 4.5"},
    {"SO_DONTLINGER", Kind::tcp4, SOL_SOCKET, SO_DONTLINGER, "1, 4", "sheet 4.5"},
    {"SO_LINGER", Kind::tcp4, SOL_SOCKET, SO_LINGER, "0, 4", "sheet 4.5"},
    {"SO_LINGER.udp", Kind::udp4, SOL_SOCKET, SO_LINGER, "WSAENOPROTOOPT", "sheet 4.5"},
    {"SO_DONTLINGER.udp", Kind::udp4, SOL_SOCKET, SO_DONTLINGER, "WSAENOPROTOOPT", "sheet 4.5"},
    {"SO_SNDTIMEO", Kind::tcp4, SOL_SOCKET, SO_SNDTIMEO, "0, 4", "sheet 4.5"},
    {"SO_RCVTIMEO", Kind::tcp4, SOL_SOCKET, SO_RCVTIMEO, "0, 4", "sheet 4.5"},
    {"SO_ERROR", Kind::tcp4, SOL_SOCKET, SO_ERROR, "0, 4", "sheet 4.5"},
    {"SO_TYPE.tcp", Kind::tcp4, SOL_SOCKET, SO_TYPE, "1, 4", "sheet 4.5"},
    {"SO_TYPE.udp", Kind::udp4, SOL_SOCKET, SO_TYPE, "2, 4", "sheet 4.5"},
    {"SO_MAX_MSG_SIZE.udp", Kind::udp4, SOL_SOCKET, SO_MAX_MSG_SIZE, "65507, 4", "sheet 4.5"},
    {"SO_MAX_MSG_SIZE.udp6", Kind::udp6, SOL_SOCKET, SO_MAX_MSG_SIZE, "65527, 4", "sheet 4.5"},
    {"SO_CONDITIONAL_ACCEPT", Kind::tcp4, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, "0, 4", "sheet 4.5"},
    {"SO_CONNECT_TIME", Kind::tcp4, SOL_SOCKET, SO_CONNECT_TIME, "-1, 4", "obs:test_connect_time"},
    {"SO_CONNECT_TIME.udp", Kind::udp4, SOL_SOCKET, SO_CONNECT_TIME, "-1, 4", "obs:test_connect_time"},
    {"SO_USELOOPBACK", Kind::tcp4, SOL_SOCKET, SO_USELOOPBACK, "WSAEINVAL", "sheet 4.5"},
    {"SO_SNDLOWAT", Kind::tcp4, SOL_SOCKET, SO_SNDLOWAT, "WSAEINVAL", "sheet 4.5"},
    {"SO_RCVLOWAT", Kind::tcp4, SOL_SOCKET, SO_RCVLOWAT, "WSAEINVAL", "sheet 4.5"},
    {"TCP_NODELAY", Kind::tcp4, IPPROTO_TCP, TCP_NODELAY, "0, 1", "sheet 4.5"},
    {"TCP_NODELAY.udp", Kind::udp4, IPPROTO_TCP, TCP_NODELAY, "WSAENOPROTOOPT", "sheet 2.18"},
    {"TCP_KEEPIDLE", Kind::tcp4, IPPROTO_TCP, kTcpKeepIdle, "7200, 4", "sheet 4.5"},
    {"TCP_KEEPCNT", Kind::tcp4, IPPROTO_TCP, kTcpKeepCount, "10, 4", "sheet 4.5"},
    {"TCP_KEEPINTVL", Kind::tcp4, IPPROTO_TCP, kTcpKeepInterval, "1, 4", "sheet 4.5"},
    {"IPV6_V6ONLY", Kind::tcp6, IPPROTO_IPV6, IPV6_V6ONLY, "1, 1", "obs:test_ipv6only"},
    {"IPV6_V6ONLY.udp", Kind::udp6, IPPROTO_IPV6, IPV6_V6ONLY, "1, 1", "obs:test_ipv6only"},
    {"IP_HDRINCL.tcp", Kind::tcp4, IPPROTO_IP, IP_HDRINCL, "WSAEINVAL", "sheet 4.5"},
    {"IP_MULTICAST_TTL.tcp", Kind::tcp4, IPPROTO_IP, IP_MULTICAST_TTL, "WSAEINVAL", "sheet 4.5"},
    {"IP_MULTICAST_LOOP.tcp", Kind::tcp4, IPPROTO_IP, IP_MULTICAST_LOOP, "WSAEINVAL", "sheet 4.5"},
    {"unknown-level", Kind::tcp4, 0xabcd, SO_TYPE, "WSAEINVAL", "obs:test_set_getsockopt"},
    {"unknown-option", Kind::tcp4, SOL_SOCKET, 0x7f7f, "WSAENOPROTOOPT", "obs:test_set_getsockopt"},
    {"unknown-tcp-option", Kind::tcp4, IPPROTO_TCP, 0x7f7f, "WSAENOPROTOOPT", "obs:test_set_getsockopt"},
};

// --- reading with every length

// Length returned for a buffer of 0, 1, 2, 3, 4, 8 bytes; "F" is WSAEFAULT.
struct ReadSizes {
  const char* name;
  Kind kind;
  int level;
  int option;
  const char* lengths[6];
};

constexpr int kSizes[] = {0, 1, 2, 3, 4, 8};

const ReadSizes kReadSizes[] = {
    {"SO_BROADCAST", Kind::udp4, SOL_SOCKET, SO_BROADCAST, {"F", "1", "1", "1", "4", "4"}},
    {"SO_DONTLINGER", Kind::tcp4, SOL_SOCKET, SO_DONTLINGER, {"F", "1", "1", "1", "4", "4"}},
    {"SO_OOBINLINE", Kind::tcp4, SOL_SOCKET, SO_OOBINLINE, {"F", "1", "1", "1", "4", "4"}},
    {"SO_REUSEADDR", Kind::tcp4, SOL_SOCKET, SO_REUSEADDR, {"F", "1", "1", "1", "4", "4"}},
    {"SO_EXCLUSIVEADDRUSE", Kind::tcp4, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, {"F", "1", "1", "1", "4", "4"}},
    {"SO_DEBUG", Kind::tcp4, SOL_SOCKET, SO_DEBUG, {"F", "1", "1", "1", "4", "4"}},
    {"SO_KEEPALIVE", Kind::tcp4, SOL_SOCKET, SO_KEEPALIVE, {"F", "1", "1", "1", "1", "1"}},
    {"SO_DONTROUTE", Kind::tcp4, SOL_SOCKET, SO_DONTROUTE, {"F", "1", "1", "1", "1", "1"}},
    {"TCP_NODELAY", Kind::tcp4, IPPROTO_TCP, TCP_NODELAY, {"F", "1", "1", "1", "1", "1"}},
    {"IPV6_V6ONLY", Kind::tcp6, IPPROTO_IPV6, IPV6_V6ONLY, {"F", "1", "1", "1", "1", "1"}},
    {"SO_LINGER", Kind::tcp4, SOL_SOCKET, SO_LINGER, {"F", "F", "F", "F", "4", "4"}},
    {"SO_RCVBUF", Kind::tcp4, SOL_SOCKET, SO_RCVBUF, {"F", "F", "F", "F", "4", "4"}},
    {"SO_SNDBUF", Kind::tcp4, SOL_SOCKET, SO_SNDBUF, {"F", "F", "F", "F", "4", "4"}},
    {"SO_RCVTIMEO", Kind::tcp4, SOL_SOCKET, SO_RCVTIMEO, {"F", "F", "F", "F", "4", "4"}},
    {"SO_SNDTIMEO", Kind::tcp4, SOL_SOCKET, SO_SNDTIMEO, {"F", "F", "F", "F", "4", "4"}},
    {"SO_ERROR", Kind::tcp4, SOL_SOCKET, SO_ERROR, {"F", "F", "F", "F", "4", "4"}},
    {"SO_TYPE", Kind::tcp4, SOL_SOCKET, SO_TYPE, {"F", "F", "F", "F", "4", "4"}},
};

std::string read_length(const ReadSizes& row, int size) {
  Socket s = make(row.kind);
  char value[16] = {};
  int length = size;
  if (::getsockopt(s, row.level, row.option, value, &length) == 0) return number(length);
  const std::string code = last_error();
  return code == "WSAEFAULT" ? "F" : code;
}

// --- writing booleans with every length

struct WriteSizes {
  const char* name;
  Kind kind;
  int level;
  int option;
  const char* with_0;  // what a length of 0 gives
};

const WriteSizes kWriteSizes[] = {
    {"SO_BROADCAST", Kind::udp4, SOL_SOCKET, SO_BROADCAST, "0"},
    {"SO_DONTLINGER", Kind::tcp4, SOL_SOCKET, SO_DONTLINGER, "0"},
    {"SO_OOBINLINE", Kind::tcp4, SOL_SOCKET, SO_OOBINLINE, "0"},
    {"SO_REUSEADDR", Kind::tcp4, SOL_SOCKET, SO_REUSEADDR, "0"},
    {"SO_EXCLUSIVEADDRUSE", Kind::tcp4, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, "0"},
    {"SO_DEBUG", Kind::tcp4, SOL_SOCKET, SO_DEBUG, "0"},
    {"SO_KEEPALIVE", Kind::tcp4, SOL_SOCKET, SO_KEEPALIVE, "0"},
    {"SO_DONTROUTE", Kind::tcp4, SOL_SOCKET, SO_DONTROUTE, "0"},
    {"TCP_NODELAY", Kind::tcp4, IPPROTO_TCP, TCP_NODELAY, "WSAEFAULT"},
    {"IPV6_V6ONLY", Kind::tcp6, IPPROTO_IPV6, IPV6_V6ONLY, "WSAEFAULT"},
};

std::string written(const WriteSizes& row, int size) {
  Socket s = make(row.kind);
  return write(s, row.level, row.option, 1, size);
}

// --- values that must come back as they were written

struct RoundTrip {
  const char* name;
  Kind kind;
  int level;
  int option;
  int value;
};

const RoundTrip kRoundTrips[] = {
    {"SO_SNDBUF-0", Kind::tcp4, SOL_SOCKET, SO_SNDBUF, 0},
    {"SO_SNDBUF-4096", Kind::tcp4, SOL_SOCKET, SO_SNDBUF, 4096},
    {"SO_SNDBUF-100000", Kind::tcp4, SOL_SOCKET, SO_SNDBUF, 100000},
    {"SO_RCVBUF-0", Kind::tcp4, SOL_SOCKET, SO_RCVBUF, 0},
    {"SO_RCVBUF-4096", Kind::tcp4, SOL_SOCKET, SO_RCVBUF, 4096},
    {"SO_RCVBUF-100000", Kind::tcp4, SOL_SOCKET, SO_RCVBUF, 100000},
    {"SO_SNDBUF-udp", Kind::udp4, SOL_SOCKET, SO_SNDBUF, 12345},
    {"SO_RCVBUF-udp", Kind::udp4, SOL_SOCKET, SO_RCVBUF, 12345},
    {"SO_SNDTIMEO-1500", Kind::tcp4, SOL_SOCKET, SO_SNDTIMEO, 1500},
    {"SO_RCVTIMEO-1", Kind::tcp4, SOL_SOCKET, SO_RCVTIMEO, 1},
    {"SO_RCVTIMEO-500", Kind::udp4, SOL_SOCKET, SO_RCVTIMEO, 500},
    {"SO_REUSEADDR", Kind::tcp4, SOL_SOCKET, SO_REUSEADDR, 1},
    {"SO_EXCLUSIVEADDRUSE", Kind::tcp4, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1},
    {"SO_KEEPALIVE", Kind::tcp4, SOL_SOCKET, SO_KEEPALIVE, 1},
    {"SO_DONTROUTE", Kind::tcp4, SOL_SOCKET, SO_DONTROUTE, 1},
    {"SO_BROADCAST", Kind::udp4, SOL_SOCKET, SO_BROADCAST, 1},
    {"SO_OOBINLINE", Kind::tcp4, SOL_SOCKET, SO_OOBINLINE, 1},
    {"SO_DEBUG", Kind::tcp4, SOL_SOCKET, SO_DEBUG, 1},
    {"SO_ERROR", Kind::tcp4, SOL_SOCKET, SO_ERROR, 1234},
    {"SO_CONDITIONAL_ACCEPT", Kind::tcp4, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1},
    {"TCP_NODELAY", Kind::tcp4, IPPROTO_TCP, TCP_NODELAY, 1},
    {"TCP_KEEPIDLE", Kind::tcp4, IPPROTO_TCP, kTcpKeepIdle, 100},
    {"TCP_KEEPCNT", Kind::tcp4, IPPROTO_TCP, kTcpKeepCount, 5},
    {"TCP_KEEPINTVL", Kind::tcp4, IPPROTO_TCP, kTcpKeepInterval, 30},
    {"IP_TTL", Kind::udp4, IPPROTO_IP, IP_TTL, 17},
    {"IP_MULTICAST_TTL", Kind::udp4, IPPROTO_IP, IP_MULTICAST_TTL, 3},
    {"IP_MULTICAST_LOOP", Kind::udp4, IPPROTO_IP, IP_MULTICAST_LOOP, 0},
    {"IPV6_UNICAST_HOPS", Kind::udp6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 17},
    {"IPV6_MULTICAST_HOPS", Kind::udp6, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 3},
    {"IPV6_V6ONLY-0", Kind::tcp6, IPPROTO_IPV6, IPV6_V6ONLY, 0},
};

std::string round_trip(const RoundTrip& row) {
  Socket s = make(row.kind);
  const std::string set = write(s, row.level, row.option, row.value, sizeof(int));
  if (set != "0") return "set: " + set;
  const std::string got = read(s, row.level, row.option, sizeof(int));
  return got.substr(0, got.find(','));
}

std::string linger_pair(int on, int seconds) {
  Socket s = tcp();
  must(set_option(s, SOL_SOCKET, SO_LINGER, linger{static_cast<u_short>(on), static_cast<u_short>(seconds)}),
       "SO_LINGER");
  linger got{};
  int size = sizeof(got);
  must(::getsockopt(s, SOL_SOCKET, SO_LINGER, reinterpret_cast<char*>(&got), &size), "SO_LINGER");
  const std::string dont = option(s, SOL_SOCKET, SO_DONTLINGER);
  return on == 0 ? say({"off", dont}) : say({number(got.l_onoff != 0), number(got.l_linger), dont});
}

std::string dontlinger_false() {
  Socket s = tcp();
  must(set_option(s, SOL_SOCKET, SO_DONTLINGER, BOOL{FALSE}), "SO_DONTLINGER");
  linger got{};
  int size = sizeof(got);
  must(::getsockopt(s, SOL_SOCKET, SO_LINGER, reinterpret_cast<char*>(&got), &size), "SO_LINGER");
  return number(got.l_onoff != 0);
}

std::string nodelay_low_byte() {
  Socket s = tcp();
  must(write(s, IPPROTO_TCP, TCP_NODELAY, 0x100, 4) == "0" ? 0 : SOCKET_ERROR, "TCP_NODELAY");
  return read(s, IPPROTO_TCP, TCP_NODELAY, 4);
}

std::string v6only_after_bind() {
  Socket s = bound(tcp(AF_INET6), AF_INET6);
  return set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, DWORD{0}) == 0 ? "0" : "fails";
}

std::string protocol_info(int size) {
  Socket s = tcp();
  std::vector<char> room(1024);
  int length = size;
  const std::string code = outcome(::getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, room.data(), &length));
  return say({code, number(length)});
}

std::string protocol_info_a(int size) {
  Socket s = tcp();
  std::vector<char> room(1024);
  int length = size;
  const std::string code = outcome(::getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, room.data(), &length));
  return say({code, number(length)});
}

std::string closed_untouched() {
  Socket s = tcp();
  const SOCKET stale = s;
  s.close();
  int value = 0x5a5a5a5a;
  int size = sizeof(value);
  const std::string code = outcome(::getsockopt(stale, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&value), &size));
  return say({code, yes_no(value == 0x5a5a5a5a && size == 4)});
}

template <class Call>
std::string on_tcp(Call call) {
  Socket s = tcp();
  return call(s);
}

void add_tables(Suite& suite) {
  for (const Default& row : kDefaults)
    suite.add({std::string("getsockopt.default.") + row.name, "getsockopt", "a fresh socket: value, length",
               row.expected, row.source, [&row] {
                 Socket s = make(row.kind);
                 return read(s, row.level, row.option, 4);
               }});
  for (const ReadSizes& row : kReadSizes)
    for (int i = 0; i < 6; ++i)
      suite.add({std::string("getsockopt.size.") + row.name + "-" + number(kSizes[i]), "getsockopt",
                 "length returned for " + number(kSizes[i]) + " bytes", row.lengths[i],
                 "sheet 4.5 obs:test_sockopt_validity", [&row, i] { return read_length(row, kSizes[i]); }});
  for (const WriteSizes& row : kWriteSizes)
    for (int size : {0, 1, 2, 3, 4})
      suite.add({std::string("setsockopt.size.") + row.name + "-" + number(size), "setsockopt",
                 "written with " + number(size) + " bytes", size == 0 ? row.with_0 : "0",
                 "sheet 4.5 obs:test_sockopt_validity", [&row, size] { return written(row, size); }});
  for (const RoundTrip& row : kRoundTrips)
    suite.add({std::string("setsockopt.reads-back.") + row.name, "setsockopt", "read back after it was set",
               number(row.value), "sheet 4.5", [&row] { return round_trip(row); }});
}

}  // namespace

void add_option_cases(Suite& suite) {
  add_tables(suite);
  suite.table("getsockopt", "getsockopt",
              {
                  {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:getsockopt",
                   [] { return option(INVALID_SOCKET, SOL_SOCKET, SO_TYPE); }},
                  {"closed", "a closed handle: output untouched", "WSAENOTSOCK, yes", "obs:test_set_getsockopt",
                   closed_untouched},
                  {"null-value", "the value pointer is NULL", "WSAEFAULT", "obs:test_set_getsockopt",
                   [] {
                     return on_tcp([](SOCKET s) {
                       int size = 4;
                       return outcome(::getsockopt(s, SOL_SOCKET, SO_TYPE, nullptr, &size));
                     });
                   }},
                  {"null-length", "the length pointer is NULL", "WSAEFAULT", "spi:getsockopt",
                   [] {
                     return on_tcp([](SOCKET s) {
                       int value = 0;
                       return outcome(::getsockopt(s, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&value), nullptr));
                     });
                   }},
                  {"negative-length", "the length is -1", "WSAEFAULT", "spi:getsockopt",
                   [] { return on_tcp([](SOCKET s) { return read(s, SOL_SOCKET, SO_TYPE, -1); }); }},
                  {"protocol-info", "SO_PROTOCOL_INFOW", "0, 628", "sheet 4.5", [] { return protocol_info(628); }},
                  {"protocol-info-short", "SO_PROTOCOL_INFOW, short: the length says what is needed", "WSAEFAULT, 628",
                   "sheet 4.5", [] { return protocol_info(100); }},
                  {"protocol-info-a", "SO_PROTOCOL_INFOA", "0, 372", "sheet 4.5", [] { return protocol_info_a(372); }},
                  {"protocol-info-a-short", "SO_PROTOCOL_INFOA, short", "WSAEFAULT, 372", "sheet 4.5",
                   [] { return protocol_info_a(100); }},
                  {"connect-time", "SO_CONNECT_TIME of a connection", "0", "obs:test_connect_time",
                   [] {
                     Pair pair = connected();
                     return option(pair.client, SOL_SOCKET, SO_CONNECT_TIME);
                   }},
                  {"accepted-type", "SO_TYPE of an accepted socket", "1", "sheet 4.5",
                   [] {
                     Pair pair = connected();
                     return option(pair.server, SOL_SOCKET, SO_TYPE);
                   }},
              });
  suite.table(
      "setsockopt", "setsockopt",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:setsockopt",
           [] { return outcome(set_option(INVALID_SOCKET, SOL_SOCKET, SO_KEEPALIVE, BOOL{TRUE})); }},
          {"null-value", "the value pointer is NULL", "WSAEFAULT", "obs:test_set_getsockopt",
           [] { return on_tcp([](SOCKET s) { return outcome(::setsockopt(s, SOL_SOCKET, SO_RCVBUF, nullptr, 4)); }); }},
          {"unknown-level", "the level is unknown", "WSAEINVAL", "obs:test_set_getsockopt",
           [] { return on_tcp([](SOCKET s) { return write(s, 0xabcd, SO_KEEPALIVE, 1, 4); }); }},
          {"unknown-option", "the option is unknown", "WSAENOPROTOOPT", "obs:test_set_getsockopt",
           [] { return on_tcp([](SOCKET s) { return write(s, SOL_SOCKET, 0x7f7f, 1, 4); }); }},
          {"unknown-tcp-option", "the TCP option is unknown", "WSAENOPROTOOPT", "obs:test_set_getsockopt",
           [] { return on_tcp([](SOCKET s) { return write(s, IPPROTO_TCP, 0x7f7f, 1, 4); }); }},
          {"acceptconn", "SO_ACCEPTCONN is read only", "WSAENOPROTOOPT", "obs:test_listen",
           [] { return on_tcp([](SOCKET s) { return write(s, SOL_SOCKET, SO_ACCEPTCONN, 1, 4); }); }},
          {"type", "SO_TYPE is read only", "WSAENOPROTOOPT", "sheet 4.5",
           [] { return on_tcp([](SOCKET s) { return write(s, SOL_SOCKET, SO_TYPE, 1, 4); }); }},
          {"uselooback", "SO_USELOOPBACK", "WSAEINVAL", "sheet 4.5",
           [] { return on_tcp([](SOCKET s) { return write(s, SOL_SOCKET, SO_USELOOPBACK, 1, 4); }); }},
          {"rcvlowat", "SO_RCVLOWAT", "WSAEINVAL", "sheet 4.5",
           [] { return on_tcp([](SOCKET s) { return write(s, SOL_SOCKET, SO_RCVLOWAT, 1, 4); }); }},
          {"sndlowat", "SO_SNDLOWAT", "WSAEINVAL", "sheet 4.5",
           [] { return on_tcp([](SOCKET s) { return write(s, SOL_SOCKET, SO_SNDLOWAT, 1, 4); }); }},
          {"rcvbuf-short", "SO_RCVBUF with 3 bytes", "WSAEFAULT", "sheet 4.5",
           [] { return on_tcp([](SOCKET s) { return write(s, SOL_SOCKET, SO_RCVBUF, 1, 3); }); }},
          {"rcvtimeo-short", "SO_RCVTIMEO with 3 bytes", "WSAEFAULT", "sheet 4.5",
           [] { return on_tcp([](SOCKET s) { return write(s, SOL_SOCKET, SO_RCVTIMEO, 1, 3); }); }},
          {"linger-short", "SO_LINGER with 3 bytes", "WSAEFAULT", "sheet 4.5",
           [] { return on_tcp([](SOCKET s) { return write(s, SOL_SOCKET, SO_LINGER, 1, 3); }); }},
          {"linger-udp", "SO_LINGER on a datagram socket", "WSAENOPROTOOPT", "sheet 4.5",
           [] {
             Socket s = udp();
             return write(s, SOL_SOCKET, SO_LINGER, 0, 4);
           }},
          {"keepalive-udp", "SO_KEEPALIVE on a datagram socket", "WSAENOPROTOOPT", "sheet 6.1 #24",
           [] {
             Socket s = udp();
             return write(s, SOL_SOCKET, SO_KEEPALIVE, 1, 4);
           }},
          {"broadcast-tcp", "SO_BROADCAST on a stream socket", "WSAENOPROTOOPT", "sheet 6.1 #24",
           [] { return on_tcp([](SOCKET s) { return write(s, SOL_SOCKET, SO_BROADCAST, 1, 4); }); }},
          {"dontroute-v6", "SO_DONTROUTE on IPv6", "WSAENOPROTOOPT", "sheet 4.5",
           [] {
             Socket s = udp(AF_INET6);
             return write(s, SOL_SOCKET, SO_DONTROUTE, 1, 4);
           }},
          {"linger-on", "SO_LINGER {1,5}: on, seconds, SO_DONTLINGER", "1, 5, 0", "sheet 4.5",
           [] { return linger_pair(1, 5); }},
          {"linger-off", "SO_LINGER {0,7}: SO_DONTLINGER", "off, 1", "sheet 4.5", [] { return linger_pair(0, 7); }},
          {"dontlinger-false", "SO_DONTLINGER FALSE switches lingering on", "1", "sheet 4.5", dontlinger_false},
          {"nodelay-low-byte", "TCP_NODELAY 0x100: only the low byte counts", "0, 1", "obs:test_set_getsockopt",
           nodelay_low_byte},
          {"v6only-after-bind", "IPV6_V6ONLY after the bind", "fails", "obs:test_ipv6only", v6only_after_bind},
          {"keepcnt-256", "TCP_KEEPCNT above 255", "WSAEINVAL", "sheet 4.5",
           [] { return on_tcp([](SOCKET s) { return write(s, IPPROTO_TCP, kTcpKeepCount, 256, 4); }); }},
          {"multicast-tcp", "IP_MULTICAST_TTL on a stream socket", "WSAEINVAL", "sheet 4.5",
           [] { return on_tcp([](SOCKET s) { return write(s, IPPROTO_IP, IP_MULTICAST_TTL, 1, 4); }); }},
          {"hdrincl-tcp", "IP_HDRINCL on a socket that is not raw", "WSAEINVAL", "sheet 4.5",
           [] { return on_tcp([](SOCKET s) { return write(s, IPPROTO_IP, IP_HDRINCL, 1, 4); }); }},
          {"opentype-invalid-handle", "SO_OPENTYPE takes any handle", "0", "obs:test_set_getsockopt",
           [] { return write(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, SO_SYNCHRONOUS_NONALERT, 4); }},
          {"update-accept-bad", "SO_UPDATE_ACCEPT_CONTEXT with a handle that is no socket", "WSAENOTSOCK", "sheet 4.5",
           [] {
             return on_tcp([](SOCKET s) {
               return outcome(set_option(s, SOL_SOCKET, kUpdateAcceptContext, SOCKET{INVALID_SOCKET}));
             });
           }},
          {"membership", "joining and leaving a group", "0, 0", "sheet 4.5",
           [] {
             Socket s = bound(udp());
             ip_mreq group{};
             group.imr_multiaddr.s_addr = htonl(0xefffff01);
             group.imr_interface.s_addr = htonl(INADDR_LOOPBACK);
             const std::string joined = outcome(set_option(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, group));
             return say({joined, outcome(set_option(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, group))});
           }},
      });
}

}  // namespace conformance
