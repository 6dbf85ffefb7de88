// Connecting: destinations, states, failures and what a socket is good for after them.
#include <thread>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

Address with_family(Address address, int family) {
  address.any.sa_family = static_cast<ADDRESS_FAMILY>(family);
  return address;
}

std::string connect_length(int size) {
  Socket server = listener();
  Socket client = tcp();
  const Address address = local_of(server);
  return outcome(::connect(client, address.get(), size));
}

// A socket whose nonblocking connect to a listener with an empty queue has begun. On the loopback it may end at once.
Socket connecting_to(const Address& address, std::string* result) {
  Socket s = tcp();
  nonblocking(s);
  *result = outcome(connect_at(s, address));
  return s;
}

std::string nonblocking_success() {
  Socket server = listener();
  std::string started;
  Socket s = connecting_to(local_of(server), &started);
  const std::string ready = yes_no(writable(s));
  return say({started, ready, option(s, SOL_SOCKET, SO_ERROR)});
}

// In which of the three sets a socket is.
std::string sets_of(SOCKET s) {
  fd_set read, write, except;
  FD_ZERO(&read);
  FD_ZERO(&write);
  FD_ZERO(&except);
  FD_SET(s, &read);
  FD_SET(s, &write);
  FD_SET(s, &except);
  timeval timeout{4, 0};
  ::select(0, &read, &write, &except, &timeout);
  std::string sets;
  if (FD_ISSET(s, &read)) sets += "r";
  if (FD_ISSET(s, &write)) sets += "w";
  if (FD_ISSET(s, &except)) sets += "e";
  return sets;
}

std::string nonblocking_refused() {
  std::string started;
  Socket s = connecting_to(closed_port(), &started);
  const std::string sets = sets_of(s);
  return say({started, sets, option(s, SOL_SOCKET, SO_ERROR)});
}

std::string error_not_cleared() {
  std::string started;
  Socket s = connecting_to(closed_port(), &started);
  sets_of(s);
  const std::string once = option(s, SOL_SOCKET, SO_ERROR);
  return say({once, option(s, SOL_SOCKET, SO_ERROR)});
}

std::string error_cleared_by_success() {
  std::string started;
  Socket s = connecting_to(closed_port(), &started);
  sets_of(s);
  Socket server = listener();
  outcome(connect_at(s, local_of(server)));
  writable(s);
  return option(s, SOL_SOCKET, SO_ERROR);
}

std::string refused_blocking() {
  Socket s = tcp();
  return outcome(connect_at(s, closed_port()));
}

std::string refused_error_option() {
  Socket s = tcp();
  connect_at(s, closed_port());
  return option(s, SOL_SOCKET, SO_ERROR);
}

std::string refused_then_success() {
  Socket s = tcp();
  const std::string first = outcome(connect_at(s, closed_port()));
  Socket server = listener();
  return say({first, outcome(connect_at(s, local_of(server)))});
}

// Calls with a socket whose connect is running.
template <class Call>
std::string while_connecting(Call call) {
  Silence silence;
  Socket s = silence.connecting();
  return call(s);
}

std::string dissolve_udp(const Address& nobody) {
  Pair pair = connected_udp();
  const std::string result = outcome(connect_at(pair.client, nobody));
  return say({result, outcome(send_text(pair.client, "x"))});
}

std::string udp_reconnect() {
  Pair pair = connected_udp();
  Socket third = bound(udp());
  const std::string result = outcome(connect_at(pair.client, local_of(third)));
  must(send_text(pair.client, "x"), "send");
  return say({result, receive(third)});
}

std::string udp_filters() {
  Pair pair = connected_udp();
  Socket stranger = udp();
  const Address address = local_of(pair.client);
  must(::sendto(stranger, "a", 1, 0, address.get(), address.size), "sendto");
  must(send_text(pair.server, "b"), "send");
  return receive(pair.client);
}

std::string udp_drops_foreign() {
  Socket s = bound(udp());
  Socket stranger = udp();
  Socket friendly = bound(udp());
  const Address address = local_of(s);
  must(::sendto(stranger, "a", 1, 0, address.get(), address.size), "sendto");
  if (!readable(s)) return "lost";
  must(connect_at(s, local_of(friendly)), "connect");
  must(::sendto(friendly, "b", 1, 0, address.get(), address.size), "sendto");
  return receive(s);
}

std::string binds_implicitly() {
  Socket server = listener();
  Socket s = tcp();
  must(connect_at(s, local_of(server)), "connect");
  return yes_no(local_of(s).port() != 0);
}

std::string keeps_bound_port() {
  Socket server = listener();
  Socket s = bound(tcp());
  const Address before = local_of(s);
  must(connect_at(s, local_of(server)), "connect");
  return yes_no(local_of(s) == before);
}

std::string wsaconnect(LPWSABUF caller, LPWSABUF callee) {
  Socket server = listener();
  Socket s = tcp();
  const Address address = local_of(server);
  const std::string result = outcome(::WSAConnect(s, address.get(), address.size, caller, callee, nullptr, nullptr));
  return callee == nullptr ? result : say({result, number(callee->len)});
}

}  // namespace

void add_connect_cases(Suite& suite) {
  suite.table(
      "connect", "connect",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:connect",
           [] { return outcome(::connect(INVALID_SOCKET, nullptr, 0)); }},
          {"closed", "the socket was closed", "WSAENOTSOCK", "spi:connect",
           [] {
             Socket s = tcp();
             const SOCKET stale = s;
             s.close();
             return outcome(connect_at(stale, loopback(AF_INET, htons(9))));
           }},
          {"null-name", "name is NULL", "WSAEFAULT", "spi:connect",
           [] {
             Socket s = tcp();
             return outcome(::connect(s, nullptr, sizeof(sockaddr_in)));
           }},
          {"length-0", "namelen is 0", "WSAEFAULT", "spi:connect", [] { return connect_length(0); }},
          {"length-15", "namelen is one short", "WSAEFAULT", "spi:connect", [] { return connect_length(15); }},
          {"length-16", "namelen is exact", "0", "spi:connect", [] { return connect_length(16); }},
          {"length-28", "namelen is longer", "0", "spi:connect", [] { return connect_length(28); }},
          {"bad-family", "the family of the name is 0xdead", "WSAEAFNOSUPPORT", "spi:connect",
           [] {
             Socket s = tcp();
             return outcome(connect_at(s, with_family(loopback(AF_INET, htons(9)), 0xdead)));
           }},
          {"unspecified-family", "AF_UNSPEC on a stream socket", "WSAEAFNOSUPPORT", "sheet 6.3 #62",
           [] {
             Socket s = tcp();
             return outcome(connect_at(s, with_family(loopback(AF_INET, htons(9)), AF_UNSPEC)));
           }},
          {"v4-on-v6", "an IPv4 name on an IPv6 socket", "WSAEAFNOSUPPORT", "spi:connect",
           [] {
             Socket s = tcp(AF_INET6);
             const Address address = loopback(AF_INET, htons(9));
             return outcome(::connect(s, address.get(), sizeof(sockaddr_in6)));
           }},
          {"wildcard", "the address is 0.0.0.0", "WSAEADDRNOTAVAIL", "spi:connect",
           [] {
             Socket s = tcp();
             return outcome(connect_at(s, wildcard(AF_INET, htons(9))));
           }},
          {"port-0", "the port is 0", "WSAEADDRNOTAVAIL", "spi:connect",
           [] {
             Socket s = tcp();
             return outcome(connect_at(s, loopback()));
           }},
          {"v6-wildcard", "the address is ::", "WSAEADDRNOTAVAIL", "spi:connect",
           [] {
             Socket s = tcp(AF_INET6);
             return outcome(connect_at(s, wildcard(AF_INET6, htons(9))));
           }},
          {"v6-port-0", "the port is 0, IPv6", "WSAEADDRNOTAVAIL", "spi:connect",
           [] {
             Socket s = tcp(AF_INET6);
             return outcome(connect_at(s, loopback(AF_INET6)));
           }},
          {"broadcast", "a stream to 255.255.255.255", "WSAEACCES", "sheet 6.3 #61",
           [] {
             Socket s = tcp();
             return outcome(connect_at(s, v4_address(INADDR_BROADCAST, htons(9))));
           }},
          {"udp-broadcast", "a datagram socket to 255.255.255.255 without SO_BROADCAST", "WSAEACCES",
           "spi:connect sheet 7.4",
           [] {
             Socket s = udp();
             return outcome(connect_at(s, v4_address(INADDR_BROADCAST, htons(9))));
           }},
          {"success", "somebody listens", "0", "spi:connect",
           [] {
             Socket server = listener();
             Socket s = tcp();
             return outcome(connect_at(s, local_of(server)));
           }},
          {"success-v6", "somebody listens, IPv6", "0", "spi:connect",
           [] {
             Socket server = listener(4, AF_INET6);
             Socket s = tcp(AF_INET6);
             return outcome(connect_at(s, local_of(server)));
           }},
          {"connected", "connected already", "WSAEISCONN", "obs:test_connect",
           [] {
             Pair pair = connected();
             return outcome(connect_at(pair.client, peer_of(pair.client)));
           }},
          {"accepted", "on an accepted socket", "WSAEISCONN", "obs:test_connect",
           [] {
             Pair pair = connected();
             return outcome(connect_at(pair.server, peer_of(pair.server)));
           }},
          {"connected-null", "connected already and the name is NULL: pointers are judged first", "WSAEFAULT",
           "sheet 7.2",
           [] {
             Pair pair = connected();
             return outcome(::connect(pair.client, nullptr, 0));
           }},
          {"after-shutdown", "after shutdown(SD_BOTH)", "WSAEISCONN", "obs:test_connect",
           [] {
             Pair pair = connected();
             must(::shutdown(pair.client, SD_BOTH), "shutdown");
             return outcome(connect_at(pair.client, peer_of(pair.client)));
           }},
          {"refused", "nobody listens", "WSAECONNREFUSED", "spi:connect", refused_blocking},
          {"refused-so-error", "SO_ERROR after a blocking connect that failed", "0", "sheet 4.5", refused_error_option},
          {"refused-retry", "the same socket again, where somebody listens", "WSAECONNREFUSED, 0", "spi:connect",
           refused_then_success},
          {"nonblocking", "nonblocking: the result comes later: write set, SO_ERROR 0", "WSAEWOULDBLOCK, yes, 0",
           "obs:test_connect", nonblocking_success},
          {"nonblocking-refused", "nonblocking and refused: except set only, SO_ERROR", "WSAEWOULDBLOCK, e, 10061",
           "obs:test_select", nonblocking_refused},
          {"nonblocking-so-error-twice", "reading SO_ERROR does not clear it", "10061, 10061", "obs:test_connect",
           error_not_cleared},
          {"nonblocking-so-error-success", "a later success clears it", "0", "obs:test_connect",
           error_cleared_by_success},
          {"connecting-again", "connect while connecting", "WSAEALREADY", "obs:test_connecting_socket",
           [] {
             return while_connecting([](SOCKET s) { return outcome(connect_at(s, loopback(AF_INET, htons(9)))); });
           }},
          {"connecting-send", "send while connecting", "WSAENOTCONN", "obs:test_connecting_socket",
           [] { return while_connecting([](SOCKET s) { return outcome(send_text(s, "x")); }); }},
          {"connecting-recv", "recv while connecting", "WSAENOTCONN", "obs:test_connecting_socket",
           [] { return while_connecting([](SOCKET s) { return receive(s); }); }},
          {"connecting-getpeername", "getpeername while connecting", "0", "obs:test_connecting_socket",
           [] {
             return while_connecting([](SOCKET s) {
               Address address;
               return outcome(::getpeername(s, address.get(), &address.size));
             });
           }},
          {"connecting-bind", "bind while connecting", "WSAEINVAL", "spi:bind",
           [] { return while_connecting([](SOCKET s) { return outcome(bind_to(s, loopback())); }); }},
          {"connecting-shutdown", "shutdown while connecting", "WSAENOTCONN", "spi:shutdown",
           [] { return while_connecting([](SOCKET s) { return outcome(::shutdown(s, SD_SEND)); }); }},
          {"binds", "an unbound socket gets a port", "yes", "spi:connect", binds_implicitly},
          {"keeps-port", "a bound socket keeps its port", "yes", "spi:connect", keeps_bound_port},
          {"udp", "a datagram socket", "0", "spi:connect",
           [] {
             Socket s = udp();
             return outcome(connect_at(s, loopback(AF_INET, htons(9))));
           }},
          {"udp-again", "a datagram socket again, elsewhere", "0, 'x'", "spi:connect", udp_reconnect},
          {"udp-dissolve-zero", "address and port 0 dissolve", "0, WSAENOTCONN", "spi:connect",
           [] { return dissolve_udp(wildcard()); }},
          {"udp-dissolve-unspecified", "AF_UNSPEC dissolves", "0, WSAENOTCONN", "spi:connect",
           [] { return dissolve_udp(with_family(wildcard(), AF_UNSPEC)); }},
          {"udp-filters", "datagrams of others are not received", "'b'", "spi:connect", udp_filters},
          {"udp-drops-foreign", "and those that wait are dropped at connect", "'b'", "spi:connect sheet 6.3 #63",
           udp_drops_foreign},
          {"null-length-udp", "name is NULL, datagram", "WSAEFAULT", "spi:connect",
           [] {
             Socket s = udp();
             return outcome(::connect(s, nullptr, sizeof(sockaddr_in)));
           }},
          {"error-0", "success leaves the last error at 0", "0", "sheet 2",
           [] {
             Socket server = listener();
             Socket s = tcp();
             ::WSASetLastError(0xdead);
             connect_at(s, local_of(server));
             return last_error();
           }},
      });
  suite.table(
      "WSAConnect", "WSAConnect",
      {
          {"plain", "no extra data", "0", "api:WSAConnect", [] { return wsaconnect(nullptr, nullptr); }},
          {"callee-data", "room for the peer's data: length becomes 0", "0, 0", "spi:connect",
           [] {
             char room[8];
             WSABUF callee{sizeof(room), room};
             return wsaconnect(nullptr, &callee);
           }},
          {"caller-data", "data for the peer", "WSAEPROTONOSUPPORT", "spi:connect",
           [] {
             char data[] = "hello";
             WSABUF caller{5, data};
             return wsaconnect(&caller, nullptr);
           }},
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:connect",
           [] { return outcome(::WSAConnect(INVALID_SOCKET, nullptr, 0, nullptr, nullptr, nullptr, nullptr)); }},
      });
}

}  // namespace conformance
