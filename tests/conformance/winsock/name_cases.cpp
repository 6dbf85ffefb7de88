// getsockname and getpeername.
#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

std::string own_name(SOCKET s, int room) {
  Address address;
  int size = room;
  const std::string code = outcome(::getsockname(s, address.get(), &size));
  return say({code, number(size)});
}

std::string peer_name(SOCKET s, int room) {
  Address address;
  int size = room;
  const std::string code = outcome(::getpeername(s, address.get(), &size));
  return say({code, number(size)});
}

std::string name_of_bound(int room, int family = AF_INET) {
  Socket s = bound(tcp(family), family);
  return own_name(s, room);
}

std::string peer_of_pair(int room) {
  Pair pair = connected();
  return peer_name(pair.client, room);
}

}  // namespace

void add_name_cases(Suite& suite) {
  suite.table(
      "getsockname", "getsockname",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK, 28", "spi:getsockname",
           [] { return own_name(INVALID_SOCKET, 28); }},
          {"unbound", "not bound: the length is not changed", "WSAEINVAL, 28", "obs:test_getsockname",
           [] {
             Socket s = tcp();
             return own_name(s, 28);
           }},
          {"unbound-udp", "not bound, datagram", "WSAEINVAL, 28", "spi:getsockname",
           [] {
             Socket s = udp();
             return own_name(s, 28);
           }},
          {"length-0", "no room", "WSAEFAULT, 0", "obs:test_getsockname", [] { return name_of_bound(0); }},
          {"length-15", "one byte short", "WSAEFAULT, 15", "obs:test_getsockname", [] { return name_of_bound(15); }},
          {"length-16", "exact", "0, 16", "obs:test_getsockname", [] { return name_of_bound(16); }},
          {"length-28", "more than needed", "0, 16", "obs:test_getsockname", [] { return name_of_bound(28); }},
          {"v6-length-16", "IPv6 into the room of IPv4", "WSAEFAULT, 16", "spi:getsockname",
           [] { return name_of_bound(16, AF_INET6); }},
          {"v6-length-28", "IPv6, exact", "0, 28", "spi:getsockname", [] { return name_of_bound(28, AF_INET6); }},
          {"null-name", "name is NULL", "WSAEFAULT", "spi:getsockname",
           [] {
             Socket s = bound(tcp());
             int size = 16;
             return outcome(::getsockname(s, nullptr, &size));
           }},
          {"null-length", "the length pointer is NULL", "WSAEFAULT", "spi:getsockname",
           [] {
             Socket s = bound(tcp());
             Address address;
             return outcome(::getsockname(s, address.get(), nullptr));
           }},
          {"family", "the family of an IPv6 name", "23", "sheet 4.1",
           [] {
             Socket s = bound(tcp(AF_INET6), AF_INET6);
             return number(local_of(s).any.sa_family);
           }},
          {"connected", "both ends agree about their names", "yes, yes", "spi:getsockname",
           [] {
             Pair pair = connected();
             return say({yes_no(local_of(pair.client) == peer_of(pair.server)),
                         yes_no(peer_of(pair.client) == local_of(pair.server))});
           }},
      });
  suite.table("getpeername", "getpeername",
              {
                  {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK, 28", "spi:getpeername",
                   [] { return peer_name(INVALID_SOCKET, 28); }},
                  {"unconnected", "not connected", "WSAENOTCONN, 28", "spi:getpeername",
                   [] {
                     Socket s = tcp();
                     return peer_name(s, 28);
                   }},
                  {"bound", "bound, not connected", "WSAENOTCONN, 28", "spi:getpeername",
                   [] {
                     Socket s = bound(tcp());
                     return peer_name(s, 28);
                   }},
                  {"udp-unconnected", "datagram, not connected", "WSAENOTCONN, 28", "spi:getpeername",
                   [] {
                     Socket s = bound(udp());
                     return peer_name(s, 28);
                   }},
                  {"udp-connected", "datagram, connected", "yes", "spi:getpeername",
                   [] {
                     Pair pair = connected_udp();
                     return yes_no(peer_of(pair.client) == local_of(pair.server));
                   }},
                  {"length-0", "no room", "WSAEFAULT, 0", "spi:getpeername", [] { return peer_of_pair(0); }},
                  {"length-15", "one byte short", "WSAEFAULT, 15", "spi:getpeername", [] { return peer_of_pair(15); }},
                  {"length-16", "exact", "0, 16", "spi:getpeername", [] { return peer_of_pair(16); }},
                  {"length-28", "more than needed", "0, 16", "spi:getpeername", [] { return peer_of_pair(28); }},
                  {"null-name", "name is NULL", "WSAEFAULT", "spi:getpeername",
                   [] {
                     Pair pair = connected();
                     int size = 16;
                     return outcome(::getpeername(pair.client, nullptr, &size));
                   }},
                  {"peer-closed", "the peer has closed", "0, 16", "sheet 6.4 #75",
                   [] {
                     Pair pair = connected();
                     pair.server.close();
                     readable(pair.client);
                     return peer_name(pair.client, 28);
                   }},
                  {"both-closed", "both directions are closed", "0, 16", "sheet 6.4 #75",
                   [] {
                     Pair pair = connected();
                     must(::shutdown(pair.client, SD_BOTH), "shutdown");
                     must(::shutdown(pair.server, SD_BOTH), "shutdown");
                     readable(pair.server);
                     pause_ms(5);
                     return peer_name(pair.client, 28);
                   }},
              });
}

}  // namespace conformance
