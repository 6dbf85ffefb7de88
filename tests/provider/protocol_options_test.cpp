// The options of TCP, UDP, IPv4 and IPv6 (sheet 4.5).
#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

class ProtocolOptions : public ProviderTest {
 protected:
  struct Row {
    SOCKET s;
    int level, name;
    DWORD value;
    int set;  // what setting it answers
  };

  int read_code(SOCKET s, int level, int name) {
    int error = 0;
    int value = 0;
    int size = sizeof(value);
    return wsp.lpWSPGetSockOpt(s, level, name, reinterpret_cast<char*>(&value), &size, &error) == 0 ? 0 : error;
  }
};

TEST_F(ProtocolOptions, HaveWindowsDefaults) {
  SOCKET stream = make_socket();
  SOCKET datagram = make_socket(AF_INET, SOCK_DGRAM);
  SOCKET v6 = make_socket(AF_INET6, SOCK_DGRAM);
  EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_KEEPIDLE), 7200);
  EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_KEEPINTVL), 1);
  EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_KEEPCNT), 10);
  EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_MAXRT), 0);
  EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_BSDURGENT), 1);
  EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_EXPEDITED_1122), 0);
  EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_FASTOPEN), 0);
  EXPECT_EQ(option(stream, IPPROTO_IP, IP_DONTFRAGMENT), 1);
  EXPECT_EQ(option(datagram, IPPROTO_IP, IP_DONTFRAGMENT), 0);
  EXPECT_EQ(option(datagram, IPPROTO_IP, IP_MULTICAST_TTL), 1);
  EXPECT_EQ(option(datagram, IPPROTO_IP, IP_MULTICAST_LOOP), 1);
  EXPECT_EQ(option(datagram, IPPROTO_IP, IP_MULTICAST_IF), 0);
  EXPECT_EQ(option(datagram, IPPROTO_IP, IP_RECEIVE_BROADCAST), 1);
  EXPECT_EQ(option(datagram, IPPROTO_UDP, UDP_NOCHECKSUM), 0);
  EXPECT_EQ(option(v6, IPPROTO_IPV6, IPV6_MULTICAST_LOOP), 1);
  EXPECT_EQ(option(v6, IPPROTO_IPV6, IPV6_HOPLIMIT), 0);
  EXPECT_EQ(option(v6, IPPROTO_IPV6, IPV6_PROTECTION_LEVEL), PROTECTION_LEVEL_UNRESTRICTED);
  EXPECT_EQ(option(stream, SOL_SOCKET, SO_GROUP_ID), 0);
  EXPECT_EQ(option(stream, SOL_SOCKET, SO_COMPARTMENT_ID), 1);
}

TEST_F(ProtocolOptions, ReadBackWhatWasSet) {
  SOCKET stream = make_socket();
  SOCKET datagram = make_socket(AF_INET, SOCK_DGRAM);
  SOCKET v6 = make_socket(AF_INET6, SOCK_DGRAM);
  const Row rows[] = {
      {stream, IPPROTO_TCP, TCP_MAXRT, 30, 0},
      {stream, IPPROTO_TCP, TCP_MAXRT, UINT32_MAX, 0},
      {stream, IPPROTO_TCP, TCP_MAXRT, 0, 0},
      {stream, IPPROTO_TCP, TCP_FASTOPEN, 1, 0},
      {stream, IPPROTO_TCP, TCP_FAIL_CONNECT_ON_ICMP_ERROR, 1, 0},
      {stream, IPPROTO_IP, IP_DONTFRAGMENT, 0, 0},
      {stream, IPPROTO_IP, IP_TTL, 33, 0},
      {datagram, IPPROTO_IP, IP_DONTFRAGMENT, 1, 0},
      {datagram, IPPROTO_IP, IP_MULTICAST_IF, htonl(INADDR_LOOPBACK), 0},
      {datagram, IPPROTO_IP, IP_MULTICAST_IF, htonl(1), 0},
      {datagram, IPPROTO_IP, IP_MULTICAST_IF, 0, 0},
      {datagram, IPPROTO_IP, IP_UNICAST_IF, htonl(1), 0},
      {datagram, IPPROTO_IP, IP_TOS, 0x20, 0},
      {datagram, IPPROTO_IP, IP_HOPLIMIT, 1, 0},
      {datagram, IPPROTO_IP, IP_PROTECTION_LEVEL, PROTECTION_LEVEL_RESTRICTED, 0},
      {datagram, IPPROTO_UDP, UDP_NOCHECKSUM, 1, 0},
      {datagram, SOL_SOCKET, SO_REUSE_MULTICASTPORT, 1, 0},
      {v6, IPPROTO_IPV6, IPV6_MULTICAST_IF, 1, 0},
      {v6, IPPROTO_IPV6, IPV6_UNICAST_IF, 1, 0},
      {v6, IPPROTO_IPV6, IPV6_DONTFRAG, 1, 0},
      {v6, IPPROTO_IPV6, IPV6_HOPLIMIT, 1, 0},
      {v6, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, 0},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(set_option(row.s, row.level, row.name, row.value), row.set) << row.level << ' ' << row.name;
    EXPECT_EQ(static_cast<DWORD>(option(row.s, row.level, row.name)), row.value) << row.level << ' ' << row.name;
  }
}

TEST_F(ProtocolOptions, RefuseWhatCannotBe) {
  SOCKET stream = make_socket();
  SOCKET datagram = make_socket(AF_INET, SOCK_DGRAM);
  SOCKET v6 = make_socket(AF_INET6, SOCK_DGRAM);
  const DWORD elsewhere = htonl(0xc0000263);  // 192.0.2.99, an address of documents
  const Row rows[] = {
      {stream, IPPROTO_TCP, TCP_MAXRT, 0x80000000, WSAEINVAL},
      {stream, IPPROTO_TCP, TCP_KEEPCNT, 0, WSAEINVAL},
      {stream, IPPROTO_TCP, TCP_KEEPIDLE, 0, WSAEINVAL},
      {stream, IPPROTO_TCP, TCP_EXPEDITED_1122, 1, WSAEINVAL},
      {stream, IPPROTO_TCP, TCP_BSDURGENT, 0, WSAEINVAL},
      {stream, IPPROTO_IP, IP_TTL, 0, WSAEINVAL},
      {stream, IPPROTO_IP, IP_TTL, 256, WSAEINVAL},
      {stream, IPPROTO_IP, IP_MULTICAST_IF, 0, WSAEINVAL},
      {stream, IPPROTO_IP, IP_MULTICAST_LOOP, 0, WSAEINVAL},
      {stream, IPPROTO_IP, IP_RECEIVE_BROADCAST, 0, WSAEINVAL},
      {stream, IPPROTO_IPV6, IPV6_UNICAST_IF, 1, WSAENOPROTOOPT},
      {stream, IPPROTO_UDP, UDP_NOCHECKSUM, 1, WSAENOPROTOOPT},
      {stream, SOL_SOCKET, SO_GROUP_ID, 1, WSAENOPROTOOPT},
      {stream, SOL_SOCKET, SO_COMPARTMENT_ID, 2, WSAEINVAL},
      {datagram, IPPROTO_TCP, TCP_MAXRT, 1, WSAENOPROTOOPT},
      {datagram, IPPROTO_IP, IP_MULTICAST_TTL, 256, WSAEINVAL},
      {datagram, IPPROTO_IP, IP_MULTICAST_TTL, UINT32_MAX, WSAEINVAL},
      {datagram, IPPROTO_IP, IP_MULTICAST_IF, elsewhere, WSAEADDRNOTAVAIL},
      {datagram, IPPROTO_IP, IP_MULTICAST_IF, htonl(9999), WSAEADDRNOTAVAIL},
      {datagram, IPPROTO_IP, IP_PROTECTION_LEVEL, 15, WSAEINVAL},
      {v6, IPPROTO_IPV6, IPV6_MULTICAST_IF, 9999, WSAEADDRNOTAVAIL},
      {v6, IPPROTO_IPV6, IPV6_HDRINCL, 1, WSAEINVAL},
      {v6, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 256, WSAEINVAL},
  };
  for (const Row& row : rows)
    EXPECT_EQ(set_option(row.s, row.level, row.name, row.value), row.set) << row.level << ' ' << row.name;
  EXPECT_EQ(read_code(stream, IPPROTO_IP, IP_ADD_MEMBERSHIP), WSAENOPROTOOPT) << "can be set only";
  EXPECT_EQ(read_code(datagram, IPPROTO_IP, IP_ADD_MEMBERSHIP), WSAENOPROTOOPT);
}

TEST_F(ProtocolOptions, TimestampsAreTheSystemsChoice) {
  auto [client, server] = make_pair();
  const int used = option(client, IPPROTO_TCP, TCP_TIMESTAMPS);
  EXPECT_EQ(option(server, IPPROTO_TCP, TCP_TIMESTAMPS), used) << "both ends of a connection, or none";
  EXPECT_EQ(set_option(client, IPPROTO_TCP, TCP_TIMESTAMPS, DWORD{1} * used), 0);
  EXPECT_EQ(set_option(client, IPPROTO_TCP, TCP_TIMESTAMPS, DWORD{1} - used), WSAEINVAL);
}

TEST_F(ProtocolOptions, AnAcceptedConnectionHasTheTimesOfItsListener) {
  SOCKET listener = make_bound();
  ASSERT_EQ(set_option(listener, IPPROTO_TCP, TCP_KEEPINTVL, DWORD{7}), 0);
  ASSERT_EQ(set_option(listener, IPPROTO_TCP, TCP_KEEPIDLE, UINT32_MAX), 0);
  ASSERT_EQ(set_option(listener, IPPROTO_TCP, TCP_KEEPCNT, DWORD{255}), 0);
  ASSERT_EQ(listen(listener), 0);
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  SOCKET server = accept(listener);
  EXPECT_EQ(option(server, IPPROTO_TCP, TCP_KEEPINTVL), 7);
  EXPECT_EQ(option(server, IPPROTO_TCP, TCP_KEEPIDLE), 32767) << "as long as Linux can count";
  EXPECT_EQ(option(server, IPPROTO_TCP, TCP_KEEPCNT), 127);
}

TEST_F(ProtocolOptions, HeaderOptionsAreBytes) {
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  const char nothing_twice[4] = {1, 1, 1, 0};  // no-operation, and the end
  char read[40] = {};
  int size = sizeof(read);
  int error = 0;
  EXPECT_EQ(wsp.lpWSPGetSockOpt(s, IPPROTO_IP, IP_OPTIONS, read, &size, &error), 0);
  EXPECT_EQ(size, 0);
  ASSERT_EQ(wsp.lpWSPSetSockOpt(s, IPPROTO_IP, IP_OPTIONS, nothing_twice, 4, &error), 0) << error;
  size = sizeof(read);
  ASSERT_EQ(wsp.lpWSPGetSockOpt(s, IPPROTO_IP, IP_OPTIONS, read, &size, &error), 0);
  ASSERT_EQ(size, 4);
  EXPECT_EQ(std::memcmp(read, nothing_twice, 4), 0);
  EXPECT_EQ(wsp.lpWSPSetSockOpt(s, IPPROTO_IP, IP_OPTIONS, read, -1, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
}

}  // namespace
}  // namespace inlet::provider::test
