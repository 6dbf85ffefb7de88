// The ioctl codes (sheet 4.6) beyond those of every socket, which are in options_test.cpp.
#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

class IoctlCodes : public ProviderTest {
 protected:
  int ioctl(SOCKET s, DWORD code, const void* in = nullptr, DWORD in_size = 0, void* out = nullptr,
            DWORD out_size = 0) {
    int error = 0;
    returned_ = 0;
    return wsp.lpWSPIoctl(s, code, const_cast<void*>(in), in_size, out, out_size, &returned_, nullptr, nullptr, nullptr,
                          &error) == 0
               ? 0
               : error;
  }
  template <class T>
  int give(SOCKET s, DWORD code, T value) {
    return ioctl(s, code, &value, sizeof(value));
  }

  DWORD returned_ = 0;
};

TEST_F(IoctlCodes, KeepAliveValuesSwitchItOnAndCountInSeconds) {
  SOCKET s = make_socket();
  ASSERT_EQ(give(s, SIO_KEEPALIVE_VALS, tcp_keepalive{1, 5500, 300}), 0);
  EXPECT_EQ(option(s, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(s, IPPROTO_TCP, TCP_KEEPIDLE), 6);
  EXPECT_EQ(option(s, IPPROTO_TCP, TCP_KEEPINTVL), 1);
  EXPECT_EQ(give(s, SIO_KEEPALIVE_VALS, tcp_keepalive{1, UINT32_MAX, 0}), 0);
  EXPECT_EQ(option(s, IPPROTO_TCP, TCP_KEEPIDLE), 32767) << "as long as Linux can";
  EXPECT_EQ(give(s, SIO_KEEPALIVE_VALS, tcp_keepalive{0, 1, 1}), 0);
  EXPECT_EQ(option(s, SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(give(s, SIO_KEEPALIVE_VALS, ULONG{1}), WSAEFAULT);
  EXPECT_EQ(give(make_socket(AF_INET, SOCK_DGRAM), SIO_KEEPALIVE_VALS, tcp_keepalive{1, 1, 1}), WSAEOPNOTSUPP);
}

TEST_F(IoctlCodes, TheIdealBacklogIsAConnections) {
  auto [client, server] = make_pair();
  ULONG bytes = 0;
  EXPECT_EQ(ioctl(client, SIO_IDEAL_SEND_BACKLOG_QUERY, nullptr, 0, &bytes, 3), WSAEFAULT);
  ASSERT_EQ(ioctl(client, SIO_IDEAL_SEND_BACKLOG_QUERY, nullptr, 0, &bytes, 4), 0);
  EXPECT_EQ(bytes, 0x10000u);
  EXPECT_EQ(returned_, 4u);
  EXPECT_EQ(ioctl(make_socket(), SIO_IDEAL_SEND_BACKLOG_QUERY, nullptr, 0, &bytes, 4), WSAENOTCONN);
  SOCKET datagram = make_socket(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(ioctl(datagram, SIO_IDEAL_SEND_BACKLOG_QUERY, nullptr, 0, &bytes, 4), WSAEOPNOTSUPP);
  EXPECT_EQ(ioctl(datagram, SIO_IDEAL_SEND_BACKLOG_CHANGE), WSAEOPNOTSUPP);
  EXPECT_EQ(ioctl(make_socket(), SIO_IDEAL_SEND_BACKLOG_CHANGE), WSAENOTCONN);
  ASSERT_EQ(set_nonblocking(client), 0);
  EXPECT_EQ(ioctl(client, SIO_IDEAL_SEND_BACKLOG_CHANGE), WSAEWOULDBLOCK);
  // The peer's reset ends the connection.
  reset(server);
  char byte = 0;
  EXPECT_TRUE(eventually([&] { return recv(client, &byte, 1) == -WSAECONNRESET; }));
  EXPECT_EQ(ioctl(client, SIO_IDEAL_SEND_BACKLOG_QUERY, nullptr, 0, &bytes, 4), WSAENOTCONN);
}

TEST_F(IoctlCodes, ListsTheAddressesOfTheFamily) {
  for (int family : {AF_INET, AF_INET6}) {
    SOCKET s = make_socket(family);
    alignas(8) char room[4096];
    EXPECT_EQ(ioctl(s, SIO_ADDRESS_LIST_QUERY, nullptr, 0, room, 4), WSAEFAULT);
    const DWORD needed = returned_;
    EXPECT_EQ(ioctl(s, SIO_ADDRESS_LIST_QUERY, nullptr, 0, room, needed - 1), WSAEFAULT);
    ASSERT_EQ(ioctl(s, SIO_ADDRESS_LIST_QUERY, nullptr, 0, room, needed), 0);
    EXPECT_EQ(returned_, needed);
    SOCKET_ADDRESS_LIST list{};
    std::memcpy(&list, room, sizeof(list));
    ASSERT_GT(list.iAddressCount, 0);
    const SOCKET_ADDRESS& first = list.Address[0];
    EXPECT_EQ(first.iSockaddrLength, family == AF_INET ? 16 : 28);
    EXPECT_EQ(first.lpSockaddr->sa_family, family);
    EXPECT_EQ(bind_raw(s, first.lpSockaddr, first.iSockaddrLength), 0) << "it can be bound to";
  }
}

TEST_F(IoctlCodes, ListsTheInterfacesWithTheLoopback) {
  SOCKET s = make_socket();
  INTERFACE_INFO list[64];
  EXPECT_EQ(ioctl(s, SIO_GET_INTERFACE_LIST, nullptr, 0, list, 75), WSAEFAULT);
  ASSERT_EQ(ioctl(s, SIO_GET_INTERFACE_LIST, nullptr, 0, list, sizeof(list)), 0);
  ASSERT_EQ(returned_ % sizeof(INTERFACE_INFO), 0u);
  bool found = false;
  for (size_t i = 0; i < returned_ / sizeof(INTERFACE_INFO); ++i) {
    if (list[i].iiAddress.AddressIn.sin_addr.s_addr != htonl(INADDR_LOOPBACK)) continue;
    found = true;
    EXPECT_EQ(list[i].iiFlags & (IFF_UP | IFF_LOOPBACK), ULONG{IFF_UP | IFF_LOOPBACK});
    EXPECT_EQ(list[i].iiAddress.AddressIn.sin_family, AF_INET);
    EXPECT_EQ(list[i].iiNetmask.AddressIn.sin_addr.s_addr, htonl(0xff000000));
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(ioctl(make_socket(AF_INET6), SIO_GET_INTERFACE_LIST, nullptr, 0, list, sizeof(list)), WSAEOPNOTSUPP);
}

TEST_F(IoctlCodes, FindsTheWayToAnAddress) {
  for (int family : {AF_INET, AF_INET6}) {
    SOCKET s = make_socket(family);
    const Name to = loopback(family, htons(9));
    const auto size = static_cast<DWORD>(to.size);
    Name from = wildcard(family);
    EXPECT_EQ(ioctl(s, SIO_ROUTING_INTERFACE_QUERY, to.get(), size - 1, from.get(), size), WSAEFAULT);
    EXPECT_EQ(ioctl(s, SIO_ROUTING_INTERFACE_QUERY, to.get(), size, from.get(), size - 1), WSAEFAULT);
    EXPECT_EQ(returned_, size) << "so much is needed";
    ASSERT_EQ(ioctl(s, SIO_ROUTING_INTERFACE_QUERY, to.get(), size, from.get(), size), 0);
    const Name own = loopback(family);
    EXPECT_EQ(std::memcmp(from.get(), own.get(), size), 0);
    const Name nowhere = wildcard(family);
    EXPECT_EQ(ioctl(s, SIO_ROUTING_INTERFACE_QUERY, nowhere.get(), size, from.get(), size), WSAEADDRNOTAVAIL);
  }
  Name foreign = loopback(AF_INET6);
  Name from = wildcard();
  EXPECT_EQ(ioctl(make_socket(), SIO_ROUTING_INTERFACE_QUERY, foreign.get(), 28, from.get(), 28), WSAEAFNOSUPPORT);
}

TEST_F(IoctlCodes, BroadcastIsOfDatagramsOfVersionFour) {
  Name name = wildcard();
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(ioctl(s, SIO_GET_BROADCAST_ADDRESS, nullptr, 0, name.get(), 16), 0);
  EXPECT_EQ(name.v4.sin_family, AF_INET);
  EXPECT_EQ(name.v4.sin_addr.s_addr, INADDR_BROADCAST);
  EXPECT_EQ(ioctl(s, SIO_GET_BROADCAST_ADDRESS, nullptr, 0, name.get(), 15), WSAEFAULT);
  EXPECT_EQ(ioctl(make_socket(), SIO_GET_BROADCAST_ADDRESS, nullptr, 0, name.get(), 16), WSAEOPNOTSUPP);
  EXPECT_EQ(ioctl(make_socket(AF_INET6, SOCK_DGRAM), SIO_GET_BROADCAST_ADDRESS, nullptr, 0, name.get(), 28),
            WSAEOPNOTSUPP);
}

TEST_F(IoctlCodes, LoopbackAndScopeAreTheOptionsOfTheSameMeaning) {
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(give(s, SIO_MULTIPOINT_LOOPBACK, BOOL{FALSE}), 0);
  EXPECT_EQ(option(s, IPPROTO_IP, IP_MULTICAST_LOOP), 0);
  EXPECT_EQ(give(s, SIO_MULTICAST_SCOPE, INT{9}), 0);
  EXPECT_EQ(option(s, IPPROTO_IP, IP_MULTICAST_TTL), 9);
  EXPECT_EQ(give(s, SIO_MULTICAST_SCOPE, INT{256}), WSAEINVAL);
  EXPECT_EQ(give(s, SIO_MULTICAST_SCOPE, char{1}), WSAEFAULT);
  SOCKET stream = make_socket();
  EXPECT_EQ(give(stream, SIO_MULTIPOINT_LOOPBACK, BOOL{FALSE}), WSAEOPNOTSUPP);
  EXPECT_EQ(give(stream, SIO_MULTICAST_SCOPE, INT{9}), WSAEOPNOTSUPP);
  SOCKET v6 = make_socket(AF_INET6, SOCK_DGRAM);
  EXPECT_EQ(give(v6, SIO_MULTICAST_SCOPE, INT{9}), 0);
  EXPECT_EQ(option(v6, IPPROTO_IPV6, IPV6_MULTICAST_HOPS), 9);
}

// What a nonblocking send has given to the provider and not to the kernel is what can still be taken back.
TEST_F(IoctlCodes, FlushForgetsWhatWaitsToBeSent) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_nonblocking(client), 0);
  const std::string large(size_t{64} << 20, 'x');
  ASSERT_EQ(send(client, large), static_cast<int>(large.size())) << "taken whole, and most of it waits";
  EXPECT_EQ(send(client, "x"), -WSAEWOULDBLOCK);
  ASSERT_EQ(ioctl(client, SIO_FLUSH), 0);
  ASSERT_EQ(shutdown(client, SD_SEND), 0);
  size_t got = 0;
  std::string text(1 << 20, '\0');
  for (int n = 1; n > 0; got += static_cast<size_t>(n)) {
    n = recv(server, text.data(), text.size());
    ASSERT_GE(n, 0);
  }
  EXPECT_LT(got, large.size());
  EXPECT_EQ(ioctl(make_socket(), SIO_FLUSH), WSAENOTCONN);
  EXPECT_EQ(ioctl(make_socket(AF_INET, SOCK_DGRAM), SIO_FLUSH), 0);
}

TEST_F(IoctlCodes, ConnectRetriesAreSetBeforeTheConnect) {
  SOCKET s = make_socket();
  const TCP_INITIAL_RTO_PARAMETERS once{TCP_INITIAL_RTO_UNSPECIFIED_RTT, TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS};
  EXPECT_EQ(give(s, SIO_TCP_INITIAL_RTO, once), 0);
  EXPECT_EQ(give(s, SIO_TCP_INITIAL_RTO, TCP_INITIAL_RTO_PARAMETERS{}), 0);
  EXPECT_EQ(give(s, SIO_TCP_INITIAL_RTO, char{1}), WSAEFAULT);
  EXPECT_EQ(give(make_socket(AF_INET, SOCK_DGRAM), SIO_TCP_INITIAL_RTO, once), WSAEOPNOTSUPP);
  auto [client, server] = make_pair();
  EXPECT_EQ(give(client, SIO_TCP_INITIAL_RTO, once), WSAEINVAL);
}

TEST_F(IoctlCodes, AnswerForWhatThereIsNot) {
  SOCKET stream = make_socket();
  SOCKET datagram = make_socket(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(ioctl(datagram, SIO_ENABLE_CIRCULAR_QUEUEING), 0);
  EXPECT_EQ(ioctl(stream, SIO_ENABLE_CIRCULAR_QUEUEING), WSAENOPROTOOPT);
  EXPECT_EQ(ioctl(stream, SIO_GET_QOS), WSAENOPROTOOPT);
  EXPECT_EQ(ioctl(stream, SIO_SET_GROUP_QOS), WSAENOPROTOOPT);
  EXPECT_EQ(give(datagram, SIO_RCVALL, ULONG{1}), WSAEOPNOTSUPP);
  EXPECT_EQ(give(datagram, SIO_RCVALL, char{1}), WSAEFAULT);
  EXPECT_EQ(ioctl(stream, SIO_FIND_ROUTE), WSAEOPNOTSUPP);
  EXPECT_EQ(ioctl(stream, SIO_TRANSLATE_HANDLE), WSAEOPNOTSUPP);
  EXPECT_EQ(give(datagram, SIO_CPU_AFFINITY, USHORT{0}), 0);
  ASSERT_EQ(bind(datagram, loopback()), 0);
  EXPECT_EQ(give(datagram, SIO_CPU_AFFINITY, USHORT{0}), WSAEINVAL);
  for (DWORD code : {SIO_BSP_HANDLE, SIO_BSP_HANDLE_SELECT, SIO_BSP_HANDLE_POLL}) {
    SOCKET base = 0;
    EXPECT_EQ(ioctl(stream, code, nullptr, 0, &base, sizeof(base)), 0);
    EXPECT_EQ(base, stream);
  }
}

// While the urgent byte was the next one of the stream, Linux said that the socket stood at the mark, and so did we: as if
// nothing urgent waited.
TEST_F(IoctlCodes, UrgentDataThatIsAllThereIsDoesWait) {
  auto [client, server] = make_pair();
  BOOL nothing_waits = TRUE;
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  auto at_mark = [&, s = server] {
    EXPECT_EQ(ioctl(s, SIOCATMARK, nullptr, 0, &nothing_waits, sizeof(nothing_waits)), 0);
    return nothing_waits;
  };
  EXPECT_TRUE(eventually([&] { return at_mark() == FALSE; }));
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1, MSG_OOB), 1);
  EXPECT_EQ(at_mark(), TRUE);
}

}  // namespace
}  // namespace inlet::provider::test
