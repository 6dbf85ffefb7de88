// ioctlsocket and WSAIoctl.
#include "cases.h"
#include "overlapped.h"

namespace conformance {
namespace {

constexpr DWORD kKeepAliveValues = 0x98000004;
constexpr DWORD kBaseHandle = 0x48000022;
constexpr DWORD kUdpConnreset = 0x9800000c;
constexpr DWORD kIdealBacklog = 0x4004747b;
constexpr DWORD kBroadcastAddress = 0x48000005;
constexpr DWORD kCircular = 0x28000002;
constexpr DWORD kAddressListChange = 0x28000017;
constexpr DWORD kAddressListQuery = 0x48000016;
constexpr DWORD kRoutingQuery = 0xc8000014;
constexpr DWORD kFastPath = 0x98000010;
constexpr DWORD kAtMark = 0x40047307;
constexpr DWORD kAsync = 0x8004667d;
constexpr DWORD kUnknown = 0x48007777;

struct KeepAlive {
  ULONG on;
  ULONG time_ms;
  ULONG interval_ms;
};

std::string ioctl(SOCKET s, DWORD code, void* in, DWORD in_size, void* out, DWORD out_size) {
  DWORD returned = 0;
  return outcome(::WSAIoctl(s, code, in, in_size, out, out_size, &returned, nullptr, nullptr));
}

template <class Call>
std::string on_tcp(Call call) {
  Socket s = tcp();
  return call(s);
}
template <class Call>
std::string on_pair(Call call) {
  Pair pair = connected();
  return call(pair);
}

std::string waiting_bytes(SOCKET s) {
  u_long bytes = 0xdead;
  const int result = ::ioctlsocket(s, FIONREAD, &bytes);
  return result == 0 ? number(bytes) : last_error();
}

std::string at_mark(SOCKET s) {
  u_long mark = 0xdead;
  const int result = ::ioctlsocket(s, static_cast<long>(kAtMark), &mark);
  return result == 0 ? number(mark) : last_error();
}

std::string urgent_mark() {
  Pair pair = connected();
  must(::send(pair.client, "u", 1, MSG_OOB), "send");
  fd_set except;
  FD_ZERO(&except);
  FD_SET(pair.server, &except);
  timeval timeout{2, 0};
  ::select(0, nullptr, nullptr, &except, &timeout);
  return at_mark(pair.server);
}

std::string keep_alive(DWORD size) {
  Socket s = tcp();
  KeepAlive values{1, 1000, 1000};
  return ioctl(s, kKeepAliveValues, &values, size, nullptr, 0);
}

std::string ideal_backlog(SOCKET s) {
  ULONG backlog = 0;
  const std::string code = ioctl(s, kIdealBacklog, nullptr, 0, &backlog, sizeof(backlog));
  return code == "0" ? number(backlog) : code;
}

std::string unknown_overlapped() {
  Socket s = tcp();
  Operation operation;
  DWORD returned = 0;
  const std::string begun =
      outcome(::WSAIoctl(s, kUnknown, nullptr, 0, nullptr, 0, &returned, &operation.overlapped, nullptr));
  if (begun != "WSA_IO_PENDING") return begun;
  operation.signalled();
  return say({begun, operation.result(s)});
}

std::string address_list() {
  Socket s = tcp();
  char room[4096];
  const std::string code = ioctl(s, kAddressListQuery, nullptr, 0, room, sizeof(room));
  int count = 0;
  std::memcpy(&count, room, sizeof(count));
  return say({code, yes_no(count > 0)});
}

std::string route_to_loopback() {
  Socket s = udp();
  Address to = loopback(AF_INET, htons(9));
  Address through;
  const std::string code =
      ioctl(s, kRoutingQuery, to.get(), static_cast<DWORD>(to.size), through.get(), sizeof(sockaddr_in6));
  return say({code, yes_no(through.v4.sin_addr.s_addr == htonl(INADDR_LOOPBACK))});
}

std::string change_notification() {
  Socket s = tcp();
  nonblocking(s);
  return ioctl(s, kAddressListChange, nullptr, 0, nullptr, 0);
}

std::string nonblocking_and_back() {
  Pair pair = connected();
  nonblocking(pair.client, 1);
  const std::string on = receive(pair.client);
  nonblocking(pair.client, 0);
  must(set_option(pair.client, SOL_SOCKET, SO_RCVTIMEO, DWORD{20}), "SO_RCVTIMEO");
  return say({on, receive(pair.client)});
}

}  // namespace

void add_ioctl_cases(Suite& suite) {
  suite.table(
      "ioctlsocket", "ioctlsocket",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:ioctl",
           [] {
             u_long on = 1;
             return outcome(::ioctlsocket(INVALID_SOCKET, FIONBIO, &on));
           }},
          {"null", "the argument is NULL", "WSAEFAULT", "obs:test_fionbio",
           [] { return on_tcp([](SOCKET s) { return outcome(::ioctlsocket(s, FIONBIO, nullptr)); }); }},
          {"fionbio", "FIONBIO on and off", "WSAEWOULDBLOCK, WSAETIMEDOUT", "obs:test_fionbio", nonblocking_and_back},
          {"fionread-fresh", "FIONREAD of a fresh socket", "0", "obs:test_fionread_siocatmark",
           [] { return on_tcp([](SOCKET s) { return waiting_bytes(s); }); }},
          {"fionread-listener", "FIONREAD of a listener", "0", "sheet 6.4 #93",
           [] {
             Socket s = listener();
             return waiting_bytes(s);
           }},
          {"fionread-data", "FIONREAD with 5 bytes there", "5", "obs:test_fionread_siocatmark",
           [] {
             return on_pair([](Pair& pair) {
               must(send_text(pair.server, "hello"), "send");
               readable(pair.client);
               return waiting_bytes(pair.client);
             });
           }},
          {"fionread-udp", "FIONREAD of a datagram socket with 5 bytes there", "5", "sheet 4.6",
           [] {
             Pair pair = connected_udp();
             must(send_text(pair.client, "hello"), "send");
             readable(pair.server);
             return waiting_bytes(pair.server);
           }},
          {"siocatmark-fresh", "SIOCATMARK of a fresh socket: nothing urgent waits", "1",
           "obs:test_fionread_siocatmark", [] { return on_tcp([](SOCKET s) { return at_mark(s); }); }},
          {"siocatmark-connected", "SIOCATMARK of a connection", "1", "obs:test_fionread_siocatmark",
           [] { return on_pair([](Pair& pair) { return at_mark(pair.client); }); }},
          {"siocatmark-urgent", "SIOCATMARK with urgent data waiting", "0", "sheet 4.6", urgent_mark},
          {"unknown", "an unknown command", "WSAEOPNOTSUPP", "obs:test_unsupported_ioctls",
           [] {
             return on_tcp([](SOCKET s) {
               u_long value = 0;
               return outcome(::ioctlsocket(s, static_cast<long>(0x8004bbbb), &value));
             });
           }},
      });
  suite.table(
      "WSAIoctl", "WSAIoctl",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:ioctl",
           [] { return ioctl(INVALID_SOCKET, FIONREAD, nullptr, 0, nullptr, 0); }},
          {"unknown", "an unknown code", "WSAEOPNOTSUPP", "obs:test_unsupported_ioctls",
           [] { return on_tcp([](SOCKET s) { return ioctl(s, kUnknown, nullptr, 0, nullptr, 0); }); }},
          {"unknown-overlapped", "an unknown code, overlapped: completes with it", "WSA_IO_PENDING, WSAEOPNOTSUPP",
           "obs:test_unsupported_ioctls", unknown_overlapped},
          {"fioasync", "FIOASYNC", "WSAEOPNOTSUPP", "obs:test_unsupported_ioctls",
           [] {
             return on_tcp([](SOCKET s) {
               u_long on = 1;
               return ioctl(s, kAsync, &on, sizeof(on), nullptr, 0);
             });
           }},
          {"null-returned", "the returned count is NULL, not overlapped", "WSAEFAULT", "spi:ioctl",
           [] {
             return on_tcp([](SOCKET s) {
               u_long bytes = 0;
               return outcome(::WSAIoctl(s, FIONREAD, nullptr, 0, &bytes, sizeof(bytes), nullptr, nullptr, nullptr));
             });
           }},
          {"fionbio-short", "FIONBIO with 3 bytes", "WSAEFAULT", "obs:test_fionbio",
           [] {
             return on_tcp([](SOCKET s) {
               u_long on = 1;
               return ioctl(s, static_cast<DWORD>(FIONBIO), &on, 3, nullptr, 0);
             });
           }},
          {"fionbio-null", "FIONBIO with NULL", "WSAEFAULT", "obs:test_fionbio",
           [] {
             return on_tcp([](SOCKET s) { return ioctl(s, static_cast<DWORD>(FIONBIO), nullptr, 4, nullptr, 0); });
           }},
          {"fionread-short", "FIONREAD into 3 bytes", "WSAEFAULT", "obs:test_fionread_siocatmark",
           [] {
             return on_tcp([](SOCKET s) {
               u_long bytes = 0;
               return ioctl(s, FIONREAD, nullptr, 0, &bytes, 3);
             });
           }},
          {"fionread-null", "FIONREAD into NULL", "WSAEFAULT", "obs:test_fionread_siocatmark",
           [] { return on_tcp([](SOCKET s) { return ioctl(s, FIONREAD, nullptr, 0, nullptr, 4); }); }},
          {"keepalive", "SIO_KEEPALIVE_VALS", "0", "obs:test_keepalive_vals",
           [] { return keep_alive(sizeof(KeepAlive)); }},
          {"keepalive-short", "SIO_KEEPALIVE_VALS, short", "WSAEFAULT", "obs:test_keepalive_vals",
           [] { return keep_alive(sizeof(KeepAlive) - 1); }},
          {"keepalive-null", "SIO_KEEPALIVE_VALS, NULL", "WSAEFAULT", "obs:test_keepalive_vals",
           [] {
             return on_tcp([](SOCKET s) { return ioctl(s, kKeepAliveValues, nullptr, sizeof(KeepAlive), nullptr, 0); });
           }},
          {"keepalive-option", "it switches SO_KEEPALIVE on", "1", "sheet 4.6",
           [] {
             return on_tcp([](SOCKET s) {
               KeepAlive values{1, 1000, 1000};
               must(ioctl(s, kKeepAliveValues, &values, sizeof(values), nullptr, 0) == "0" ? 0 : SOCKET_ERROR,
                    "SIO_KEEPALIVE_VALS");
               return option(s, SOL_SOCKET, SO_KEEPALIVE);
             });
           },
           Where::native},
          {"base-handle", "SIO_BASE_HANDLE is the socket itself", "0, yes", "obs:test_base_handle",
           [] {
             return on_tcp([](SOCKET s) {
               SOCKET base = 0;
               const std::string code = ioctl(s, kBaseHandle, nullptr, 0, &base, sizeof(base));
               return say({code, yes_no(base == s)});
             });
           }},
          {"base-handle-short", "SIO_BASE_HANDLE into 4 bytes", "WSAEFAULT", "obs:test_base_handle",
           [] {
             return on_tcp([](SOCKET s) {
               SOCKET base = 0;
               return ioctl(s, kBaseHandle, nullptr, 0, &base, 4);
             });
           }},
          {"ideal-backlog-unconnected", "SIO_IDEAL_SEND_BACKLOG_QUERY, not connected", "WSAENOTCONN",
           "obs:test_backlog_query", [] { return on_tcp([](SOCKET s) { return ideal_backlog(s); }); }},
          {"ideal-backlog", "SIO_IDEAL_SEND_BACKLOG_QUERY, connected", "65536", "obs:test_backlog_query",
           [] { return on_pair([](Pair& pair) { return ideal_backlog(pair.client); }); }},
          {"ideal-backlog-udp", "SIO_IDEAL_SEND_BACKLOG_QUERY, datagram", "WSAEOPNOTSUPP", "obs:test_backlog_query",
           [] {
             Socket s = udp();
             return ideal_backlog(s);
           }},
          {"udp-connreset", "SIO_UDP_CONNRESET", "0", "sheet 4.6",
           [] {
             Socket s = udp();
             BOOL on = FALSE;
             return ioctl(s, kUdpConnreset, &on, sizeof(on), nullptr, 0);
           }},
          {"broadcast-address", "SIO_GET_BROADCAST_ADDRESS", "0, yes", "sheet 4.6",
           [] {
             Socket s = udp();
             Address address;
             const std::string code = ioctl(s, kBroadcastAddress, nullptr, 0, address.get(), sizeof(sockaddr_in));
             return say({code, yes_no(address.v4.sin_addr.s_addr == INADDR_BROADCAST)});
           }},
          {"circular", "SIO_ENABLE_CIRCULAR_QUEUEING on a datagram socket", "0", "sheet 4.6",
           [] {
             Socket s = udp();
             return ioctl(s, kCircular, nullptr, 0, nullptr, 0);
           }},
          {"fast-path", "SIO_LOOPBACK_FAST_PATH is accepted", "0", "sheet 4.6",
           [] {
             return on_tcp([](SOCKET s) {
               int on = 1;
               return ioctl(s, kFastPath, &on, sizeof(on), nullptr, 0);
             });
           }},
          {"address-list", "SIO_ADDRESS_LIST_QUERY", "0, yes", "sheet 4.6", address_list},
          {"address-list-short", "SIO_ADDRESS_LIST_QUERY into nothing", "WSAEFAULT", "sheet 4.6",
           [] { return on_tcp([](SOCKET s) { return ioctl(s, kAddressListQuery, nullptr, 0, nullptr, 0); }); }},
          {"address-list-change", "SIO_ADDRESS_LIST_CHANGE, nonblocking", "WSAEWOULDBLOCK",
           "obs:test_sioAddressListChange", change_notification},
          {"route", "SIO_ROUTING_INTERFACE_QUERY to the loopback", "0, yes", "sheet 4.6", route_to_loopback},
          {"extension-short", "an extension function into 4 bytes", "WSAEFAULT", "spi:ioctl",
           [] {
             return on_tcp([](SOCKET s) {
               GUID id = WSAID_ACCEPTEX;
               DWORD room = 0;
               return ioctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &room, sizeof(room));
             });
           }},
          {"success-error-0", "success leaves the last error at 0", "0", "obs:test_fionbio",
           [] {
             return on_tcp([](SOCKET s) {
               ::WSASetLastError(0xdead);
               u_long bytes = 0;
               ioctl(s, FIONREAD, nullptr, 0, &bytes, sizeof(bytes));
               return last_error();
             });
           }},
      });
}

}  // namespace conformance
