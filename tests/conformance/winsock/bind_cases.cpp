// Giving a socket its address.
#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

// 192.0.2.0/24 is set aside for documentation: no machine has such an address.
constexpr u_long kForeignAddress = 0xc0000201;

template <class Make>
std::string bind_fresh(Make make, const Address& address) {
  Socket s = make();
  return outcome(bind_to(s, address));
}

Address with_family(Address address, int family) {
  address.any.sa_family = static_cast<ADDRESS_FAMILY>(family);
  return address;
}

std::string bind_length(int family, int size) {
  Socket s = tcp(family);
  const Address address = loopback(family);
  return outcome(::bind(s, address.get(), size));
}

Address v6_with_scope(u_long scope) {
  Address address = loopback(AF_INET6);
  address.v6.sin6_addr.s6_addr[0] = 0xfe;
  address.v6.sin6_addr.s6_addr[1] = 0x80;
  address.v6.sin6_scope_id = scope;
  return address;
}

std::string twice(bool same) {
  Socket s = tcp();
  must(bind_to(s, loopback()), "bind");
  return outcome(bind_to(s, same ? local_of(s) : loopback()));
}

std::string again_after_failure() {
  Socket s = tcp();
  const std::string first = outcome(bind_to(s, v4_address(kForeignAddress)));
  return say({first, outcome(bind_to(s, loopback()))});
}

std::string taken(int type) {
  Socket one = type == SOCK_STREAM ? tcp() : udp();
  Socket other = type == SOCK_STREAM ? tcp() : udp();
  must(bind_to(one, loopback()), "bind");
  return outcome(bind_to(other, local_of(one)));
}

std::string after_close() {
  Socket one = listener();
  const Address address = local_of(one);
  must(one.close(), "closesocket");
  Socket other = tcp();
  return outcome(bind_to(other, address));
}

std::string over_connections() {
  Socket server = listener();
  const Address address = local_of(server);
  Socket client = connect_to(server);
  Socket accepted(::accept(server, nullptr, nullptr));
  must(accepted.close(), "closesocket");  // the active side: its end goes through TIME_WAIT
  must(server.close(), "closesocket");
  Socket next = tcp();
  return outcome(bind_to(next, address));
}

std::string port_was_chosen() {
  Socket s = tcp();
  must(bind_to(s, loopback()), "bind");
  return yes_no(local_of(s).port() != 0);
}

std::string wildcard_name() {
  Socket s = tcp();
  must(bind_to(s, wildcard()), "bind");
  const Address name = local_of(s);
  return say({number(name.v4.sin_addr.s_addr), yes_no(name.port() != 0), number(name.size)});
}

}  // namespace

void add_bind_cases(Suite& suite) {
  suite.table(
      "bind", "bind",
      {
          {"invalid-socket", "the handle is INVALID_SOCKET and the name NULL: the handle is judged first",
           "WSAENOTSOCK", "obs:test_bind", [] { return outcome(::bind(INVALID_SOCKET, nullptr, 0)); }},
          {"null-name", "name is NULL", "WSAEFAULT", "obs:test_bind",
           [] {
             Socket s = tcp();
             return outcome(::bind(s, nullptr, 0));
           }},
          {"null-name-full-length", "name is NULL, namelen 16", "WSAEFAULT", "obs:test_bind",
           [] {
             Socket s = tcp();
             return outcome(::bind(s, nullptr, sizeof(sockaddr_in)));
           }},
          {"null-name-udp", "name is NULL, datagram socket", "WSAEFAULT", "obs:test_bind",
           [] {
             Socket s = udp();
             return outcome(::bind(s, nullptr, 0));
           }},
          {"length-0", "namelen is 0", "WSAEFAULT", "obs:test_bind", [] { return bind_length(AF_INET, 0); }},
          {"length-1", "namelen is 1", "WSAEFAULT", "obs:test_bind", [] { return bind_length(AF_INET, 1); }},
          {"length-15", "namelen is one byte short", "WSAEFAULT", "obs:test_bind",
           [] { return bind_length(AF_INET, 15); }},
          {"length-negative", "namelen is -1", "WSAEFAULT", "spi:bind", [] { return bind_length(AF_INET, -1); }},
          {"length-longer", "namelen is longer than the structure", "0", "sheet 2.2",
           [] { return bind_length(AF_INET, 28); }},
          {"v6-length-24", "IPv6 with the old structure of 24 bytes", "WSAEFAULT", "obs:test_bind",
           [] { return bind_length(AF_INET6, 24); }},
          {"v6-length-16", "IPv6 with the length of IPv4", "WSAEFAULT", "obs:test_bind",
           [] { return bind_length(AF_INET6, 16); }},
          {"v6-length-27", "IPv6, one byte short", "WSAEFAULT", "obs:test_bind",
           [] { return bind_length(AF_INET6, 27); }},
          {"v6-length-28", "IPv6, exact", "0", "obs:test_bind", [] { return bind_length(AF_INET6, 28); }},
          {"bad-family", "the family of the name is 0xdead", "WSAEAFNOSUPPORT", "obs:test_bind",
           [] { return bind_fresh([] { return tcp(); }, with_family(loopback(), 0xdead)); }},
          {"bad-family-udp", "the same on a datagram socket", "WSAEAFNOSUPPORT", "obs:test_bind",
           [] { return bind_fresh([] { return udp(); }, with_family(loopback(), 0xdead)); }},
          {"unspecified-family", "AF_UNSPEC and 0.0.0.0", "WSAEAFNOSUPPORT", "sheet 6.1 #8",
           [] { return bind_fresh([] { return tcp(); }, with_family(wildcard(), AF_UNSPEC)); }},
          {"v4-name-on-v6", "an IPv4 name, 28 bytes, on an IPv6 socket", "WSAEAFNOSUPPORT", "sheet 2.2",
           [] {
             Socket s = tcp(AF_INET6);
             const Address address = loopback(AF_INET);
             return outcome(::bind(s, address.get(), sizeof(sockaddr_in6)));
           }},
          {"v6-name-on-v4", "an IPv6 name on an IPv4 socket", "WSAEAFNOSUPPORT", "sheet 2.2",
           [] { return bind_fresh([] { return tcp(); }, loopback(AF_INET6)); }},
          {"foreign-address", "an address of another machine", "WSAEADDRNOTAVAIL", "obs:test_bind",
           [] { return bind_fresh([] { return tcp(); }, v4_address(kForeignAddress)); }},
          {"foreign-address-udp", "the same, datagram", "WSAEADDRNOTAVAIL", "obs:test_bind",
           [] { return bind_fresh([] { return udp(); }, v4_address(kForeignAddress)); }},
          {"broadcast", "255.255.255.255", "WSAEADDRNOTAVAIL", "obs:test_bind",
           [] { return bind_fresh([] { return tcp(); }, v4_address(INADDR_BROADCAST)); }},
          {"broadcast-udp", "255.255.255.255, datagram", "WSAEADDRNOTAVAIL", "obs:test_bind",
           [] { return bind_fresh([] { return udp(); }, v4_address(INADDR_BROADCAST)); }},
          {"v6-bad-scope", "IPv6 with a scope that does not exist", "WSAEADDRNOTAVAIL", "obs:test_bind",
           [] { return bind_fresh([] { return tcp(AF_INET6); }, v6_with_scope(0xdeadbeef)); }},
          {"v6-bad-scope-then-good", "and the socket can still be bound", "WSAEADDRNOTAVAIL, 0", "sheet 2.2",
           [] {
             Socket s = tcp(AF_INET6);
             const std::string first = outcome(bind_to(s, v6_with_scope(0xdeadbeef)));
             return say({first, outcome(bind_to(s, loopback(AF_INET6)))});
           }},
          {"twice-same", "bound already, the same address", "WSAEINVAL", "obs:test_bind", [] { return twice(true); }},
          {"twice-other", "bound already, another address", "WSAEINVAL", "obs:test_bind", [] { return twice(false); }},
          {"bound-null-name", "bound already and the name is NULL: pointers are judged first", "WSAEFAULT", "sheet 7.2",
           [] {
             Socket s = bound(tcp());
             return outcome(::bind(s, nullptr, 0));
           }},
          {"after-failure", "a bind that failed may be tried again", "WSAEADDRNOTAVAIL, 0", "obs:test_bind",
           again_after_failure},
          {"taken-tcp", "address and port are taken", "WSAEADDRINUSE", "sheet 4.4", [] { return taken(SOCK_STREAM); }},
          {"taken-udp", "address and port are taken, datagram", "WSAEADDRINUSE", "sheet 4.4",
           [] { return taken(SOCK_DGRAM); }},
          {"tcp-and-udp", "one port for TCP and for UDP", "0", "sheet 4.4",
           [] {
             Socket one = bound(tcp());
             Socket other = udp();
             return outcome(bind_to(other, local_of(one)));
           }},
          {"after-close", "the port of a listener that was closed", "0", "sheet 3.10", after_close},
          {"over-time-wait", "a port whose last connection is in TIME_WAIT, without any option", "0", "sheet 6.1 #12",
           over_connections},
          {"listener", "the socket listens", "WSAEINVAL", "sheet 3.7",
           [] {
             Socket s = listener();
             return outcome(bind_to(s, loopback()));
           }},
          {"connected", "the socket is connected", "WSAEINVAL", "spi:bind",
           [] {
             Pair pair = connected();
             return outcome(bind_to(pair.client, loopback()));
           }},
          {"closed", "the socket was closed", "WSAENOTSOCK", "sheet 2",
           [] {
             Socket s = tcp();
             const SOCKET stale = s;
             s.close();
             return outcome(bind_to(stale, loopback()));
           }},
          {"port-0", "port 0: a port is chosen", "yes", "spi:bind", port_was_chosen},
          {"wildcard-name", "getsockname of a wildcard bind: address, has a port, length", "0, yes, 16", "sheet 2.17",
           wildcard_name},
          {"v6-wildcard", "::", "0", "sheet 2.2",
           [] { return bind_fresh([] { return tcp(AF_INET6); }, wildcard(AF_INET6)); }},
          {"success-error-0", "success leaves the last error at 0", "0", "obs:test_bind",
           [] {
             Socket s = tcp();
             ::WSASetLastError(0xdead);
             bind_to(s, loopback());
             return last_error();
           }},
      });
}

}  // namespace conformance
