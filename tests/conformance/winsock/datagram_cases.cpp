// Datagrams: destinations, sizes, names of senders, unreachable ports.
#include <vector>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

std::string send_at(SOCKET s, const Address& to, int size = 1, int flags = 0) {
  std::vector<char> data(static_cast<size_t>(size) + 1, 'x');
  return outcome(::sendto(s, data.data(), size, flags, to.get(), to.size));
}

std::string from_fresh(const Address& to) {
  Socket s = udp();
  return send_at(s, to);
}

Address with_family(Address address, int family) {
  address.any.sa_family = static_cast<ADDRESS_FAMILY>(family);
  return address;
}

std::string receive_from(SOCKET s, int room, Address* from) {
  std::string data(static_cast<size_t>(room), '\0');
  const int got = ::recvfrom(s, data.data(), room, 0, from->get(), &from->size);
  if (got == SOCKET_ERROR) return last_error();
  data.resize(static_cast<size_t>(got));
  return "'" + data + "'";
}

std::string exchange(int family) {
  Socket one = udp(family);
  Socket other = bound(udp(family), family);
  const Address to = local_of(other);
  must(::sendto(one, "abc", 3, 0, to.get(), to.size), "sendto");
  Address from;
  const std::string data = receive_from(other, 64, &from);
  return say({data, yes_no(from.port() == local_of(one).port()), number(from.size)});
}

std::string truncated() {
  Pair pair = connected_udp();
  must(send_text(pair.client, "abcdef"), "send");
  must(send_text(pair.client, "next"), "send");
  char head[4] = {0, 0, 0, 0};
  const std::string code = outcome(::recv(pair.server, head, 3, 0));
  return say({code, std::string(head, 3), receive(pair.server)});
}

std::string truncated_peek() {
  Pair pair = connected_udp();
  must(send_text(pair.client, "abcdef"), "send");
  char head[4];
  const std::string code = outcome(::recv(pair.server, head, 3, MSG_PEEK));
  return say({code, receive(pair.server)});
}

std::string truncated_flags() {
  Pair pair = connected_udp();
  must(send_text(pair.client, "abcdef"), "send");
  char head[3];
  WSABUF one{sizeof(head), head};
  DWORD got = 0;
  DWORD flags = 0;
  const std::string code = outcome(::WSARecv(pair.server, &one, 1, &got, &flags, nullptr, nullptr));
  return say({code, flags == MSG_PARTIAL ? "MSG_PARTIAL" : number(flags)});
}

std::string short_from_keeps_datagram() {
  Socket one = udp();
  Socket other = bound(udp());
  must(send_at(one, local_of(other)) == "1" ? 0 : SOCKET_ERROR, "sendto");
  readable(other);
  char byte;
  Address from;
  int size = 1;
  const std::string code = outcome(::recvfrom(other, &byte, 1, 0, from.get(), &size));
  return say({code, receive(other)});
}

std::string empty_datagram() {
  Pair pair = connected_udp();
  const std::string sent = outcome(::send(pair.client, "", 0, 0));
  must(send_text(pair.client, "x"), "send");
  readable(pair.server);
  char room[8];
  const std::string got = outcome(::recv(pair.server, room, sizeof(room), 0));
  return say({sent, got, receive(pair.server)});
}

std::string spread_datagram() {
  Pair pair = connected_udp();
  must(send_text(pair.client, "abcdef"), "send");
  char one[2];
  char two[8];
  WSABUF buffers[] = {{2, one}, {8, two}};
  DWORD got = 0;
  DWORD flags = 0;
  must(::WSARecv(pair.server, buffers, 2, &got, &flags, nullptr, nullptr), "WSARecv");
  return say({number(got), std::string(one, 2), std::string(two, 4)});
}

std::string gathered_datagram() {
  Pair pair = connected_udp();
  char one[] = "ab";
  char two[] = "cd";
  WSABUF buffers[] = {{2, one}, {2, two}};
  DWORD sent = 0;
  must(::WSASend(pair.client, buffers, 2, &sent, 0, nullptr, nullptr), "WSASend");
  return say({number(sent), receive(pair.server)});
}

// A connected socket that sends to a port where nobody is.
std::string unreachable_connected() {
  Socket s = udp();
  must(connect_at(s, closed_port(SOCK_DGRAM)), "connect");
  must(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{1000}), "SO_RCVTIMEO");
  const std::string first = outcome(send_text(s, "x"));
  pause_ms(10);
  const std::string second = outcome(send_text(s, "x"));
  return say({first, second, receive(s)});
}

std::string unreachable_unconnected() {
  Socket s = bound(udp());
  must(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{1000}), "SO_RCVTIMEO");
  send_at(s, closed_port(SOCK_DGRAM));
  return receive(s);
}

std::string unreachable_then_usable() {
  Socket s = bound(udp());
  must(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{300}), "SO_RCVTIMEO");
  send_at(s, closed_port(SOCK_DGRAM));
  receive(s);
  Socket friendly = udp();
  send_at(friendly, local_of(s));
  return receive(s);
}

std::string unreachable_send_goes_on() {
  Socket s = bound(udp());
  send_at(s, closed_port(SOCK_DGRAM));
  pause_ms(10);
  Socket friendly = bound(udp());
  return send_at(s, local_of(friendly));
}

std::string unreachable_switched_off() {
  Socket s = bound(udp());
  BOOL report = FALSE;
  DWORD returned = 0;
  constexpr DWORD kSioUdpConnreset = 0x9800000c;
  must(::WSAIoctl(s, kSioUdpConnreset, &report, sizeof(report), nullptr, 0, &returned, nullptr, nullptr),
       "SIO_UDP_CONNRESET");
  must(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{50}), "SO_RCVTIMEO");
  send_at(s, closed_port(SOCK_DGRAM));
  return receive(s);
}

std::string implicit_bind() {
  Socket s = udp();
  Socket other = bound(udp());
  send_at(s, local_of(other));
  const Address name = local_of(s);
  return say({number(name.v4.sin_addr.s_addr), yes_no(name.port() != 0)});
}

std::string override_peer() {
  Pair pair = connected_udp();
  Socket third = bound(udp());
  const std::string sent = send_at(pair.client, local_of(third));
  return say({sent, receive(third)});
}

std::string wsasendto(const Address* to, LPDWORD sent, bool connected_socket) {
  Pair pair = connected_udp();
  Socket alone = udp();
  char byte = 'x';
  WSABUF one{1, &byte};
  return outcome(::WSASendTo(connected_socket ? pair.client.get() : alone.get(), &one, 1, sent, 0,
                             to == nullptr ? nullptr : to->get(), to == nullptr ? 0 : to->size, nullptr, nullptr));
}

template <class Call>
std::string on_udp(Call call) {
  Socket s = bound(udp());
  return call(s);
}

void add_sendto(Suite& suite) {
  suite.table(
      "sendto", "sendto",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:sendto",
           [] { return outcome(::sendto(INVALID_SOCKET, "x", 1, 0, nullptr, 0)); }},
          {"no-destination", "not connected and no destination", "WSAENOTCONN", "obs:test_WSASendTo",
           [] {
             Socket s = udp();
             return outcome(::sendto(s, "x", 1, 0, nullptr, 0));
           }},
          {"send-unconnected", "send on an unconnected datagram socket", "WSAENOTCONN", "sheet 5.5",
           [] {
             Socket s = udp();
             return outcome(send_text(s, "x"));
           }},
          {"length-15", "the destination is one byte short", "WSAEFAULT", "spi:sendto",
           [] {
             Socket s = udp();
             const Address to = loopback(AF_INET, htons(9));
             return outcome(::sendto(s, "x", 1, 0, to.get(), 15));
           }},
          {"bad-family", "the destination has another family", "WSAEAFNOSUPPORT", "spi:sendto",
           [] { return from_fresh(with_family(loopback(AF_INET, htons(9)), 0xdead)); }},
          {"v6-destination", "an IPv6 destination on an IPv4 socket", "WSAEAFNOSUPPORT", "spi:sendto",
           [] { return from_fresh(loopback(AF_INET6, htons(9))); }},
          {"any-address", "to 0.0.0.0", "WSAEADDRNOTAVAIL", "spi:sendto",
           [] { return from_fresh(wildcard(AF_INET, htons(9))); }},
          {"port-0", "to port 0: succeeds", "1", "obs:test_WSASendTo", [] { return from_fresh(loopback()); }},
          {"broadcast", "to 255.255.255.255 without SO_BROADCAST", "WSAEACCES", "obs:test_WSASendTo",
           [] { return from_fresh(v4_address(INADDR_BROADCAST, htons(9))); }},
          {"exchange", "data, the sender's port, length of its name", "'abc', yes, 16", "spi:sendto",
           [] { return exchange(AF_INET); }},
          {"exchange-v6", "the same, IPv6", "'abc', yes, 28", "spi:sendto", [] { return exchange(AF_INET6); }},
          {"implicit-bind", "afterwards the socket is bound to 0.0.0.0 and a port", "0, yes", "obs:test_WSASendTo",
           implicit_bind},
          {"override", "a destination overrides the peer", "1, 'x'", "spi:sendto", override_peer},
          {"max", "65,507 bytes", "65507", "sheet 4.5",
           [] {
             return on_udp([](SOCKET s) {
               must(set_option(s, SOL_SOCKET, SO_SNDBUF, int{1 << 18}), "SO_SNDBUF");
               return send_at(s, local_of(s), 65507);
             });
           }},
          {"too-long", "65,508 bytes", "WSAEMSGSIZE", "sheet 5.5",
           [] { return on_udp([](SOCKET s) { return send_at(s, local_of(s), 65508); }); }},
          {"too-long-send", "65,508 bytes with send", "WSAEMSGSIZE", "sheet 5.5",
           [] {
             Pair pair = connected_udp();
             std::vector<char> data(65508);
             return outcome(::send(pair.client, data.data(), static_cast<int>(data.size()), 0));
           }},
          {"empty", "an empty datagram is one: sent, received, the next", "0, 0, 'x'", "sheet 2.9", empty_datagram},
          {"oob", "MSG_OOB", "WSAEOPNOTSUPP", "spi:sendto",
           [] { return on_udp([](SOCKET s) { return send_at(s, local_of(s), 1, MSG_OOB); }); }},
          {"negative-length", "length -1", "WSAEFAULT", "spi:sendto",
           [] {
             return on_udp([](SOCKET s) {
               const Address to = loopback(AF_INET, htons(9));
               return outcome(::sendto(s, "x", -1, 0, to.get(), to.size));
             });
           }},
      });
  suite.table("WSASendTo", "WSASendTo",
              {
                  {"null-count", "count pointer NULL, not overlapped", "WSAEFAULT", "obs:test_WSASendTo",
                   [] {
                     const Address to = loopback(AF_INET, htons(9));
                     return wsasendto(&to, nullptr, false);
                   }},
                  {"no-destination", "not connected and no destination", "WSAENOTCONN", "obs:test_WSASendTo",
                   [] {
                     DWORD sent = 0;
                     return wsasendto(nullptr, &sent, false);
                   }},
                  {"connected", "connected and no destination", "0", "spi:sendto",
                   [] {
                     DWORD sent = 0;
                     return wsasendto(nullptr, &sent, true);
                   }},
                  {"gather", "two buffers make one datagram", "4, 'abcd'", "spi:send", gathered_datagram},
              });
}

void add_recvfrom(Suite& suite) {
  suite.table(
      "recvfrom", "recvfrom",
      {
          {"handle-invalid", "the handle is INVALID_SOCKET", "WSAENOTSOCK", "spi:recvfrom",
           [] { return outcome(::recvfrom(INVALID_SOCKET, nullptr, 0, 0, nullptr, nullptr)); }},
          {"unbound", "not bound", "WSAEINVAL", "sheet 5.5",
           [] {
             Socket s = udp();
             Address from;
             return receive_from(s, 8, &from);
           }},
          {"unbound-recv", "not bound, recv", "WSAEINVAL", "sheet 5.5",
           [] {
             Socket s = udp();
             return receive(s);
           }},
          {"bound-by-send", "bound by an earlier send: waits", "WSAETIMEDOUT", "spi:recvfrom",
           [] {
             Socket s = udp();
             Socket other = bound(udp());
             send_at(s, local_of(other));
             must(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{20}), "SO_RCVTIMEO");
             return receive(s);
           }},
          {"would-block", "nonblocking, nothing there", "WSAEWOULDBLOCK", "spi:recvfrom",
           [] {
             return on_udp([](SOCKET s) {
               nonblocking(s);
               return receive(s);
             });
           }},
          {"timeout", "SO_RCVTIMEO is over", "WSAETIMEDOUT", "obs:test_timeout",
           [] {
             return on_udp([](SOCKET s) {
               must(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{20}), "SO_RCVTIMEO");
               return receive(s);
             });
           }},
          {"short-from", "fromlen is 1: an error, the datagram stays", "WSAEFAULT, 'x'", "obs:test_connect_udp",
           short_from_keeps_datagram},
          {"too-long", "longer than the buffer: head delivered, rest lost, the next is whole",
           "WSAEMSGSIZE, abc, 'next'", "obs:test_connect_udp", truncated},
          {"too-long-peek", "the same with MSG_PEEK: nothing is lost", "WSAEMSGSIZE, 'abcdef'", "sheet 2.8",
           truncated_peek},
          {"too-long-flags", "flags after it", "WSAEMSGSIZE, MSG_PARTIAL", "spi:recv", truncated_flags},
          {"scatter", "one datagram into two buffers", "6, ab, cdef", "spi:recv", spread_datagram},
          {"unreachable-connected", "connected, nobody there: sends succeed, the receive says so",
           "1, 1, WSAECONNRESET", "obs:test_connect_udp", unreachable_connected},
          {"unreachable-unconnected", "not connected, nobody there", "WSAECONNRESET", "sheet 5.5 #87",
           unreachable_unconnected},
          {"unreachable-usable", "afterwards the socket is usable", "'x'", "sheet 5.5", unreachable_then_usable},
          {"unreachable-send", "a send to somebody else does not fail for it", "1", "sheet 6.4 #86",
           unreachable_send_goes_on},
          {"unreachable-off", "SIO_UDP_CONNRESET switched off", "WSAETIMEDOUT", "sheet 4.6", unreachable_switched_off},
          {"waitall", "MSG_WAITALL", "WSAEOPNOTSUPP", "spi:recvfrom",
           [] {
             return on_udp([](SOCKET s) {
               nonblocking(s);
               return receive(s, 8, MSG_WAITALL);
             });
           }},
          {"oob", "MSG_OOB", "WSAEOPNOTSUPP", "spi:recvfrom",
           [] {
             return on_udp([](SOCKET s) {
               nonblocking(s);
               return receive(s, 8, MSG_OOB);
             });
           }},
          {"no-address", "no interest in the sender", "'x'", "spi:recvfrom",
           [] {
             return on_udp([](SOCKET s) {
               send_at(s, local_of(s));
               return receive(s);
             });
           }},
          {"connected-from", "connected: the sender is the peer", "yes", "spi:recvfrom",
           [] {
             Pair pair = connected_udp();
             must(send_text(pair.client, "x"), "send");
             Address from;
             receive_from(pair.server, 8, &from);
             return yes_no(from == local_of(pair.client));
           }},
      });
}

}  // namespace

void add_datagram_cases(Suite& suite) {
  add_sendto(suite);
  add_recvfrom(suite);
}

}  // namespace conformance
