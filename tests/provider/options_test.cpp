#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

class Options : public ProviderTest {
 protected:
  // Bytes returned, or the error code as a negative number.
  int get_size(SOCKET s, int level, int name, int size) {
    char buffer[1024];
    int error = 0;
    return wsp.lpWSPGetSockOpt(s, level, name, buffer, &size, &error) == 0 ? size : -error;
  }
  int set_size(SOCKET s, int level, int name, int size) {
    char buffer[16] = {};
    int error = 0;
    return wsp.lpWSPSetSockOpt(s, level, name, buffer, size, &error) == 0 ? 0 : error;
  }
};
class Ioctl : public ProviderTest {
 protected:
  int ioctl(SOCKET s, DWORD code, void* in, DWORD in_size, void* out, DWORD out_size) {
    int error = 0;
    DWORD returned = 0;
    return wsp.lpWSPIoctl(s, code, in, in_size, out, out_size, &returned, nullptr, nullptr, nullptr, &error) == 0
               ? 0
               : error;
  }
};

TEST_F(Options, FollowTheSizeRules) {
  SOCKET stream = make_socket();
  SOCKET datagram = make_socket(AF_INET, SOCK_DGRAM);
  struct Row {
    SOCKET s;
    int level, name;
  };
  for (Row row : {Row{datagram, SOL_SOCKET, SO_BROADCAST}, Row{stream, SOL_SOCKET, SO_DONTLINGER},
                  Row{stream, SOL_SOCKET, SO_OOBINLINE}, Row{stream, SOL_SOCKET, SO_REUSEADDR},
                  Row{stream, SOL_SOCKET, SO_EXCLUSIVEADDRUSE}, Row{stream, SOL_SOCKET, SO_DEBUG}}) {
    const int expected[] = {-WSAEFAULT, 1, 1, 1, 4, 4};
    for (int size = 0; size < 6; ++size)
      EXPECT_EQ(get_size(row.s, row.level, row.name, size), expected[size]) << row.name;
    for (int size = 0; size < 6; ++size) EXPECT_EQ(set_size(row.s, row.level, row.name, size), 0) << row.name;
    EXPECT_EQ(set_size(row.s, row.level, row.name, -1), WSAEFAULT);
  }
  SOCKET v6 = make_socket(AF_INET6);
  for (Row row : {Row{stream, SOL_SOCKET, SO_KEEPALIVE}, Row{stream, SOL_SOCKET, SO_DONTROUTE},
                  Row{stream, IPPROTO_TCP, TCP_NODELAY}, Row{v6, IPPROTO_IPV6, IPV6_V6ONLY}}) {
    for (int size : {1, 2, 3, 4, 8}) EXPECT_EQ(get_size(row.s, row.level, row.name, size), 1) << row.name;
    EXPECT_EQ(set_size(row.s, row.level, row.name, 0), row.level == SOL_SOCKET ? 0 : WSAEFAULT);
    for (int size : {1, 4}) EXPECT_EQ(set_size(row.s, row.level, row.name, size), 0) << row.name;
  }
  for (Row row : {Row{stream, SOL_SOCKET, SO_LINGER}, Row{stream, SOL_SOCKET, SO_RCVBUF},
                  Row{stream, SOL_SOCKET, SO_SNDBUF}, Row{stream, SOL_SOCKET, SO_RCVTIMEO},
                  Row{stream, SOL_SOCKET, SO_SNDTIMEO}, Row{stream, SOL_SOCKET, SO_ERROR}}) {
    for (int size : {0, 1, 3}) {
      EXPECT_EQ(get_size(row.s, row.level, row.name, size), -WSAEFAULT) << row.name;
      EXPECT_EQ(set_size(row.s, row.level, row.name, size), WSAEFAULT) << row.name;
    }
    for (int size : {4, 5}) EXPECT_EQ(get_size(row.s, row.level, row.name, size), 4) << row.name;
    EXPECT_EQ(set_size(row.s, row.level, row.name, 4), 0) << row.name;
  }
}

TEST_F(Options, AnswerWhoHasNone) {
  SOCKET stream = make_socket();
  SOCKET datagram = make_socket(AF_INET, SOCK_DGRAM);
  struct Row {
    SOCKET s;
    int level, name, get, set;
  };
  const Row rows[] = {
      {stream, 0x1234, 1, WSAEINVAL, WSAEINVAL},
      {stream, 1, SO_REUSEADDR, WSAEINVAL, WSAEINVAL},  // Linux' own SOL_SOCKET
      {stream, SOL_SOCKET, 0x7777, WSAENOPROTOOPT, WSAENOPROTOOPT},
      {stream, IPPROTO_TCP, 0x7777, WSAENOPROTOOPT, WSAENOPROTOOPT},
      {stream, SOL_SOCKET, SO_ACCEPTCONN, 0, WSAENOPROTOOPT},
      {stream, SOL_SOCKET, SO_TYPE, 0, WSAENOPROTOOPT},
      {stream, SOL_SOCKET, SO_BROADCAST, WSAENOPROTOOPT, WSAENOPROTOOPT},
      {stream, SOL_SOCKET, SO_MAX_MSG_SIZE, WSAENOPROTOOPT, WSAENOPROTOOPT},
      {datagram, SOL_SOCKET, SO_KEEPALIVE, WSAENOPROTOOPT, WSAENOPROTOOPT},
      {datagram, SOL_SOCKET, SO_LINGER, WSAENOPROTOOPT, WSAENOPROTOOPT},
      {datagram, IPPROTO_TCP, TCP_NODELAY, WSAENOPROTOOPT, WSAENOPROTOOPT},
      {stream, SOL_SOCKET, SO_USELOOPBACK, WSAEINVAL, WSAEINVAL},
      {stream, SOL_SOCKET, SO_SNDLOWAT, WSAEINVAL, WSAEINVAL},
      {stream, IPPROTO_IP, IP_HDRINCL, WSAEINVAL, WSAEINVAL},
      {stream, IPPROTO_IP, IP_MULTICAST_TTL, WSAEINVAL, WSAEINVAL},
      {stream, IPPROTO_IPV6, IPV6_V6ONLY, WSAENOPROTOOPT, WSAENOPROTOOPT},
      {0xdeadbeef, SOL_SOCKET, SO_TYPE, WSAENOTSOCK, WSAENOTSOCK},
  };
  for (const Row& row : rows) {
    const int got = get_size(row.s, row.level, row.name, 4);
    EXPECT_EQ(got < 0 ? -got : 0, row.get) << row.level << ' ' << row.name;
    EXPECT_EQ(set_size(row.s, row.level, row.name, 4), row.set) << row.level << ' ' << row.name;
  }
  int size = 4;
  int error = 0;
  EXPECT_EQ(wsp.lpWSPGetSockOpt(stream, SOL_SOCKET, SO_TYPE, nullptr, &size, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(wsp.lpWSPSetSockOpt(stream, SOL_SOCKET, SO_DEBUG, nullptr, 4, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
}

TEST_F(Options, ReadBackExactlyWhatWasSet) {
  SOCKET s = make_socket();
  for (int name : {SO_SNDBUF, SO_RCVBUF})
    for (int value : {0, 4096, 100000}) {
      EXPECT_EQ(set_option(s, SOL_SOCKET, name, value), 0);
      EXPECT_EQ(option(s, SOL_SOCKET, name), value);
    }
  for (int name : {SO_SNDTIMEO, SO_RCVTIMEO}) {
    EXPECT_EQ(option(s, SOL_SOCKET, name), 0);
    EXPECT_EQ(set_option(s, SOL_SOCKET, name, DWORD{1500}), 0);
    EXPECT_EQ(option(s, SOL_SOCKET, name), 1500);
  }
  EXPECT_EQ(set_option(s, SOL_SOCKET, SO_DEBUG, BOOL{TRUE}), 0);
  EXPECT_EQ(option(s, SOL_SOCKET, SO_DEBUG), 1);
  EXPECT_EQ(set_option(s, SOL_SOCKET, SO_ERROR, int{1234}), 0);
  EXPECT_EQ(option(s, SOL_SOCKET, SO_ERROR), 1234);
  EXPECT_EQ(set_option(s, IPPROTO_TCP, TCP_NODELAY, int{1}), 0);
  EXPECT_EQ(option(s, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(set_option(s, IPPROTO_TCP, TCP_NODELAY, int{0x100}), 0) << "only the low byte counts";
  EXPECT_EQ(option(s, IPPROTO_TCP, TCP_NODELAY), 0);
  for (int name : {TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT}) {
    EXPECT_EQ(set_option(s, IPPROTO_TCP, name, DWORD{7}), 0);
    EXPECT_EQ(option(s, IPPROTO_TCP, name), 7);
  }
  EXPECT_EQ(set_option(s, IPPROTO_TCP, TCP_KEEPCNT, DWORD{256}), WSAEINVAL);
  SOCKET datagram = make_socket(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(option(datagram, SOL_SOCKET, SO_MAX_MSG_SIZE), 65507);
  EXPECT_EQ(option(make_socket(AF_INET6, SOCK_DGRAM), SOL_SOCKET, SO_MAX_MSG_SIZE), 65527);
}

TEST_F(Options, LingerAndDontLingerAreTwoViewsOfOneThing) {
  SOCKET s = make_socket();
  EXPECT_EQ(option(s, SOL_SOCKET, SO_DONTLINGER), 1);
  ASSERT_EQ(set_option(s, SOL_SOCKET, SO_LINGER, LINGER{1, 12}), 0);
  EXPECT_EQ(option(s, SOL_SOCKET, SO_DONTLINGER), 0);
  ASSERT_EQ(set_option(s, SOL_SOCKET, SO_DONTLINGER, BOOL{TRUE}), 0);
  LINGER linger{};
  int size = sizeof(linger);
  int error = 0;
  ASSERT_EQ(wsp.lpWSPGetSockOpt(s, SOL_SOCKET, SO_LINGER, reinterpret_cast<char*>(&linger), &size, &error), 0);
  EXPECT_EQ(linger.l_onoff, 0);
  EXPECT_EQ(linger.l_linger, 12);
}

TEST_F(Options, SharingAndExclusiveUseExcludeEachOther) {
  SOCKET s = make_socket();
  EXPECT_EQ(set_option(s, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), 0);
  EXPECT_EQ(set_option(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, BOOL{TRUE}), WSAEINVAL);
  EXPECT_EQ(set_option(s, SOL_SOCKET, SO_REUSEADDR, BOOL{FALSE}), 0);
  EXPECT_EQ(set_option(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, BOOL{TRUE}), 0);
  EXPECT_EQ(set_option(s, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), WSAEINVAL);
}

TEST_F(Options, TheStrictBindDoesNotShowInReuseAddress) {
  SOCKET s = make_listener();
  EXPECT_EQ(option(s, SOL_SOCKET, SO_REUSEADDR), 0);
}

TEST_F(Options, ExclusiveUseCannotBeAskedForAfterTheBind) {
  SOCKET s = make_bound();
  EXPECT_EQ(set_option(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, BOOL{TRUE}), WSAEINVAL);
  EXPECT_EQ(option(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE), 0);
}

TEST_F(Options, HowAPortIsChosenCanBeSaidUntilTheBind) {
  for (int type : {SOCK_STREAM, SOCK_DGRAM})
    for (int name : {SO_RANDOMIZE_PORT, SO_PORT_SCALABILITY, SO_REUSE_UNICASTPORT}) {
      SOCKET s = make_socket(AF_INET, type);
      EXPECT_EQ(option(s, SOL_SOCKET, name), 0);
      EXPECT_EQ(set_option(s, SOL_SOCKET, name, DWORD{2}), 0);
      EXPECT_EQ(option(s, SOL_SOCKET, name), 1);
      EXPECT_EQ(set_option(s, SOL_SOCKET, name, DWORD{0}), 0);
      EXPECT_EQ(option(s, SOL_SOCKET, name), 0);
      EXPECT_EQ(get_size(s, SOL_SOCKET, name, 3), -WSAEFAULT);
      EXPECT_EQ(set_size(s, SOL_SOCKET, name, 3), WSAEFAULT);
      ASSERT_EQ(bind(s, loopback()), 0);
      EXPECT_EQ(set_option(s, SOL_SOCKET, name, DWORD{1}), WSAEINVAL);
    }
}

TEST_F(Options, PauseAcceptRefusesClientsAndKeepsThoseThatWait) {
  SOCKET listener = make_listener(AF_INET, 4);
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  SOCKET waiting = make_socket();
  ASSERT_EQ(connect(waiting, name), 0);
  ASSERT_EQ(set_option(listener, SOL_SOCKET, SO_PAUSE_ACCEPT, DWORD{1}), 0);
  EXPECT_EQ(option(listener, SOL_SOCKET, SO_PAUSE_ACCEPT), 1);
  EXPECT_EQ(connect(make_socket(), name), WSAECONNREFUSED);
  EXPECT_EQ(option(listener, SOL_SOCKET, SO_ACCEPTCONN), 1) << "it is a listener all the same";
  SOCKET server = accept(listener);
  ASSERT_NE(server, INVALID_SOCKET);
  EXPECT_EQ(send(server, "x"), 1);
  EXPECT_EQ(recv_text(waiting, 1), "x");
  EXPECT_EQ(connect(make_socket(), name), WSAECONNREFUSED) << "a free place changes nothing";
  ASSERT_EQ(listen(listener, 8), 0);
  EXPECT_EQ(connect(make_socket(), name), WSAECONNREFUSED) << "nor does a larger backlog";
  ASSERT_EQ(set_option(listener, SOL_SOCKET, SO_PAUSE_ACCEPT, DWORD{0}), 0);
  EXPECT_EQ(connect(make_socket(), name), 0);
}

TEST_F(Options, PauseAcceptMayBeSetBeforeListening) {
  SOCKET listener = make_bound();
  EXPECT_EQ(option(listener, SOL_SOCKET, SO_PAUSE_ACCEPT), 0);
  ASSERT_EQ(set_option(listener, SOL_SOCKET, SO_PAUSE_ACCEPT, DWORD{1}), 0);
  ASSERT_EQ(listen(listener), 0);
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  EXPECT_EQ(connect(make_socket(), name), WSAECONNREFUSED);
  EXPECT_EQ(set_option(make_socket(AF_INET, SOCK_DGRAM), SOL_SOCKET, SO_PAUSE_ACCEPT, DWORD{1}), WSAENOPROTOOPT);
}

TEST_F(Options, StateIsBothEndsInOneCall) {
  alignas(CSADDR_INFO) char buffer[sizeof(CSADDR_INFO) + 2 * sizeof(sockaddr_in6)];
  CSADDR_INFO info{};
  auto read = [&](SOCKET s, int size) {
    int error = 0;
    const int result = wsp.lpWSPGetSockOpt(s, SOL_SOCKET, SO_BSP_STATE, buffer, &size, &error);
    std::memcpy(&info, buffer, sizeof(info));
    return result == 0 ? size : -error;
  };
  SOCKET fresh = make_socket(AF_INET6, SOCK_DGRAM);
  EXPECT_EQ(read(fresh, sizeof(buffer)), static_cast<int>(sizeof(info)));
  EXPECT_EQ(info.LocalAddr.lpSockaddr, nullptr);
  EXPECT_EQ(info.LocalAddr.iSockaddrLength, 0);
  EXPECT_EQ(info.RemoteAddr.lpSockaddr, nullptr);
  EXPECT_EQ(info.iSocketType, SOCK_DGRAM);
  EXPECT_EQ(info.iProtocol, IPPROTO_UDP);

  auto [client, server] = make_pair(AF_INET6);
  const int whole = static_cast<int>(sizeof(buffer));
  EXPECT_EQ(read(client, whole - 1), -WSAEFAULT);
  ASSERT_EQ(read(client, whole), whole);
  Name local, peer;
  ASSERT_EQ(local_name(client, &local), 0);
  ASSERT_EQ(peer_name(client, &peer), 0);
  ASSERT_EQ(info.LocalAddr.iSockaddrLength, local.size);
  ASSERT_EQ(info.RemoteAddr.iSockaddrLength, peer.size);
  EXPECT_EQ(std::memcmp(info.LocalAddr.lpSockaddr, local.get(), static_cast<size_t>(local.size)), 0);
  EXPECT_EQ(std::memcmp(info.RemoteAddr.lpSockaddr, peer.get(), static_cast<size_t>(peer.size)), 0);
  EXPECT_EQ(info.iSocketType, SOCK_STREAM);
  EXPECT_EQ(info.iProtocol, IPPROTO_TCP);
  int size = 1;
  int error = 0;
  EXPECT_EQ(wsp.lpWSPGetSockOpt(client, SOL_SOCKET, SO_BSP_STATE, buffer, &size, &error), SOCKET_ERROR);
  EXPECT_EQ(size, whole) << "what it needs";
  EXPECT_EQ(set_size(client, SOL_SOCKET, SO_BSP_STATE, 4), WSAENOPROTOOPT);
}

TEST_F(Options, ConditionalAcceptIsFixedByListen) {
  SOCKET s = make_bound();
  EXPECT_EQ(set_option(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, DWORD{1}), 0);
  EXPECT_EQ(option(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT), 1);
  EXPECT_EQ(listen(s), 0);
  EXPECT_EQ(set_option(s, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, DWORD{0}), WSAEINVAL);
}

TEST_F(Options, ProtocolInfoTellsTheSizeItNeeds) {
  SOCKET s = make_socket(AF_INET6);
  WSAPROTOCOL_INFOA info{};
  int size = 10;
  int error = 0;
  EXPECT_EQ(wsp.lpWSPGetSockOpt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, reinterpret_cast<char*>(&info), &size, &error),
            SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  ASSERT_EQ(size, static_cast<int>(sizeof(info)));
  EXPECT_EQ(wsp.lpWSPGetSockOpt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, reinterpret_cast<char*>(&info), &size, &error), 0);
  EXPECT_EQ(info.iAddressFamily, AF_INET6);
  EXPECT_EQ(info.dwServiceFlags1, 0x20066u);
  EXPECT_STREQ(info.szProtocol, "Inlet TCP over IPv6");
}

TEST_F(Options, OpenTypeWorksOnAnyHandle) {
  EXPECT_EQ(set_option(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, int{SO_SYNCHRONOUS_NONALERT}), 0);
  EXPECT_EQ(option(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE), SO_SYNCHRONOUS_NONALERT);
  EXPECT_EQ(set_option(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, int{0}), 0);
}

TEST_F(Ioctl, FollowsTheErrorTable) {
  SOCKET s = make_socket();
  u_long on = 1;
  u_long out = 0;
  EXPECT_EQ(ioctl(0xdeadbeef, FIONBIO, &on, 4, nullptr, 0), WSAENOTSOCK);
  EXPECT_EQ(ioctl(s, FIONBIO, nullptr, 0, nullptr, 0), WSAEFAULT);
  EXPECT_EQ(ioctl(s, FIONBIO, &on, 3, nullptr, 0), WSAEFAULT);
  EXPECT_EQ(ioctl(s, FIONREAD, nullptr, 0, nullptr, 4), WSAEFAULT);
  EXPECT_EQ(ioctl(s, FIONREAD, nullptr, 0, &out, 3), WSAEFAULT);
  EXPECT_EQ(ioctl(s, 0x12345678, nullptr, 0, nullptr, 0), WSAEOPNOTSUPP);
  EXPECT_EQ(ioctl(s, FIOASYNC, &on, 4, nullptr, 0), WSAEOPNOTSUPP);
  int error = 0;
  EXPECT_EQ(wsp.lpWSPIoctl(s, FIONBIO, &on, 4, nullptr, 0, nullptr, nullptr, nullptr, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
}

TEST_F(Ioctl, CountsWhatIsThere) {
  u_long count = 99;
  SOCKET listener = make_listener();
  EXPECT_EQ(ioctl(listener, FIONREAD, nullptr, 0, &count, 4), 0);
  EXPECT_EQ(count, 0u);
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "abcd"), 4);
  EXPECT_TRUE(eventually([&] { return ioctl(server, FIONREAD, nullptr, 0, &count, 4) == 0 && count == 4; }));
}

TEST_F(Ioctl, AtMarkIsTrueUntilUrgentDataWaits) {
  BOOL mark = FALSE;
  EXPECT_EQ(ioctl(make_socket(), SIOCATMARK, nullptr, 0, &mark, 4), 0);
  EXPECT_EQ(mark, TRUE);
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "x"), 1);
  EXPECT_EQ(ioctl(server, SIOCATMARK, nullptr, 0, &mark, 4), 0);
  EXPECT_EQ(mark, TRUE);
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  EXPECT_TRUE(eventually([&] { return ioctl(server, SIOCATMARK, nullptr, 0, &mark, 4) == 0 && mark == FALSE; }));
}

TEST_F(Ioctl, BaseHandleIsTheSocketItself) {
  SOCKET s = make_socket();
  SOCKET base = 0;
  EXPECT_EQ(ioctl(s, SIO_BASE_HANDLE, nullptr, 0, &base, sizeof(base)), 0);
  EXPECT_EQ(base, s);
}

}  // namespace
}  // namespace inlet::provider::test
