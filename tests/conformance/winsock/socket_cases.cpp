// Making sockets: the matrix of family, type and protocol, flags, catalog entries.
#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

struct Triple {
  const char* name;
  int family;
  int type;
  int protocol;
  const char* expected;
};

constexpr Triple kTriples[] = {
    {"tcp4", AF_INET, SOCK_STREAM, IPPROTO_TCP, "2 1 6"},
    {"udp4", AF_INET, SOCK_DGRAM, IPPROTO_UDP, "2 2 17"},
    {"tcp6", AF_INET6, SOCK_STREAM, IPPROTO_TCP, "23 1 6"},
    {"udp6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, "23 2 17"},
    {"tcp4-protocol-0", AF_INET, SOCK_STREAM, 0, "2 1 6"},
    {"udp4-protocol-0", AF_INET, SOCK_DGRAM, 0, "2 2 17"},
    {"tcp6-protocol-0", AF_INET6, SOCK_STREAM, 0, "23 1 6"},
    {"udp6-protocol-0", AF_INET6, SOCK_DGRAM, 0, "23 2 17"},
    {"inet-0-0", AF_INET, 0, 0, "2 1 6"},
    {"inet6-0-0", AF_INET6, 0, 0, "23 1 6"},
    {"inet-0-tcp", AF_INET, 0, IPPROTO_TCP, "2 1 6"},
    {"inet-0-udp", AF_INET, 0, IPPROTO_UDP, "2 2 17"},
    {"0-stream-tcp", 0, SOCK_STREAM, IPPROTO_TCP, "2 1 6"},
    {"0-dgram-udp", 0, SOCK_DGRAM, IPPROTO_UDP, "2 2 17"},
    {"0-0-tcp", 0, 0, IPPROTO_TCP, "2 1 6"},
    {"0-0-udp", 0, 0, IPPROTO_UDP, "2 2 17"},
    {"0-stream-0", 0, SOCK_STREAM, 0, "WSAEINVAL"},
    {"0-dgram-0", 0, SOCK_DGRAM, 0, "WSAEINVAL"},
    {"0-0-0", 0, 0, 0, "WSAEINVAL"},
    {"bad-family", 0xcafe, SOCK_STREAM, IPPROTO_TCP, "WSAEAFNOSUPPORT"},
    {"bad-type", AF_INET, 0xcafe, IPPROTO_TCP, "WSAESOCKTNOSUPPORT"},
    {"bad-type-protocol-0", AF_INET, 0xcafe, 0, "WSAESOCKTNOSUPPORT"},
    {"bad-family-bad-type", 0xcafe, 0xcafe, IPPROTO_TCP, "WSAESOCKTNOSUPPORT"},
    {"bad-protocol", AF_INET, SOCK_STREAM, 0xcafe, "WSAEPROTONOSUPPORT"},
    {"bad-protocol-dgram", AF_INET, SOCK_DGRAM, 0xcafe, "WSAEPROTONOSUPPORT"},
    {"bad-type-bad-protocol", AF_INET, 0xcafe, 0xcafe, "WSAESOCKTNOSUPPORT"},
    {"stream-udp", AF_INET, SOCK_STREAM, IPPROTO_UDP, "WSAEPROTONOSUPPORT"},
    {"dgram-tcp", AF_INET, SOCK_DGRAM, IPPROTO_TCP, "WSAEPROTONOSUPPORT"},
    {"stream-udp-v6", AF_INET6, SOCK_STREAM, IPPROTO_UDP, "WSAEPROTONOSUPPORT"},
    {"dgram-tcp-v6", AF_INET6, SOCK_DGRAM, IPPROTO_TCP, "WSAEPROTONOSUPPORT"},
};

// What the socket says about itself.
std::string identity(SOCKET s) {
  if (s == INVALID_SOCKET) return last_error();
  Socket owner(s);
  WSAPROTOCOL_INFOW info{};
  int size = sizeof(info);
  if (::getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&info), &size) != 0) return last_error();
  return number(info.iAddressFamily) + " " + number(info.iSocketType) + " " + number(info.iProtocol);
}

std::string from_info(int family, int type, int protocol, int info_type, int info_protocol) {
  WSAPROTOCOL_INFOW info{};
  Socket model(::socket(AF_INET, info_type, info_protocol));
  int size = sizeof(info);
  must(::getsockopt(model, SOL_SOCKET, SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&info), &size), "SO_PROTOCOL_INFOW");
  return identity(::WSASocketW(family, type, protocol, &info, 0, WSA_FLAG_OVERLAPPED));
}

std::string fresh(int level, int name) {
  Socket s = tcp();
  return option(s, level, name);
}

}  // namespace

void add_socket_cases(Suite& suite) {
  for (const Triple& row : kTriples) {
    const std::string condition =
        "family " + number(row.family) + ", type " + number(row.type) + ", protocol " + number(row.protocol);
    suite.add({std::string("socket.") + row.name, "socket", condition, row.expected, "sheet 2.1 obs:test_WSASocket",
               [row] { return identity(::socket(row.family, row.type, row.protocol)); }});
    suite.add({std::string("WSASocket.") + row.name, "WSASocket", condition, row.expected,
               "sheet 2.1 obs:test_WSASocket", [row] {
                 return identity(::WSASocketW(row.family, row.type, row.protocol, nullptr, 0, WSA_FLAG_OVERLAPPED));
               }});
  }
  suite.table(
      "WSASocket", "WSASocket",
      {
          {"info-all-from-it", "family, type and protocol are FROM_PROTOCOL_INFO", "2 1 6", "sheet 1.3",
           [] {
             return from_info(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, SOCK_STREAM, IPPROTO_TCP);
           }},
          {"info-all-from-it-udp", "the same with a UDP entry", "2 2 17", "sheet 1.3",
           [] {
             return from_info(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, SOCK_DGRAM, IPPROTO_UDP);
           }},
          {"info-zeros", "family, type and protocol are 0", "2 1 6", "obs:test_WSASocket",
           [] { return from_info(0, 0, 0, SOCK_STREAM, IPPROTO_TCP); }},
          {"info-explicit-type-wins", "explicit UDP values beside a TCP entry", "2 2 17", "obs:test_WSASocket",
           [] { return from_info(AF_INET, SOCK_DGRAM, IPPROTO_UDP, SOCK_STREAM, IPPROTO_TCP); }},
          {"flag-no-inherit", "WSA_FLAG_NO_HANDLE_INHERIT", "2 1 6", "sheet 2.1",
           [] {
             return identity(
                 ::WSASocketW(AF_INET, SOCK_STREAM, 0, nullptr, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
           }},
          {"not-overlapped", "no flags", "2 1 6", "sheet 2.1",
           [] { return identity(::WSASocketW(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0)); }},
          {"ansi", "WSASocketA", "2 1 6", "sheet 1.2",
           [] { return identity(::WSASocketA(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0)); }},
          {"two-differ", "two sockets have two handles", "yes", "sheet 1.8",
           [] {
             Socket one = tcp();
             Socket other = tcp();
             return yes_no(one.get() != other.get());
           }},
      });
  suite.table("socket", "socket",
              {
                  {"blocking", "a new socket is blocking: recv on a bound UDP socket waits for its timeout",
                   "WSAETIMEDOUT", "sheet 2.1",
                   [] {
                     Socket s = bound(udp());
                     must(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{30}), "SO_RCVTIMEO");
                     return receive(s);
                   }},
                  {"type-stream", "SO_TYPE", "1", "sheet 4.5", [] { return fresh(SOL_SOCKET, SO_TYPE); }},
                  {"type-datagram", "SO_TYPE", "2", "sheet 4.5",
                   [] {
                     Socket s = udp();
                     return option(s, SOL_SOCKET, SO_TYPE);
                   }},
                  {"no-error", "SO_ERROR", "0", "sheet 4.5", [] { return fresh(SOL_SOCKET, SO_ERROR); }},
                  {"not-listening", "SO_ACCEPTCONN", "0", "sheet 4.5", [] { return fresh(SOL_SOCKET, SO_ACCEPTCONN); }},
                  {"unbound", "getsockname of a fresh socket", "WSAEINVAL", "sheet 2.17",
                   [] {
                     Socket s = tcp();
                     Address address;
                     return outcome(::getsockname(s, address.get(), &address.size));
                   }},
              });
}

}  // namespace conformance
