#include "provider_fixture.h"
#include "support/silent_port.h"

namespace inlet::provider::test {
namespace {

class Socket : public ProviderTest {};
class Bind : public ProviderTest {};
class Connect : public ProviderTest {};
class Shutdown : public ProviderTest {};
class Names : public ProviderTest {};

constexpr SOCKET kGarbage[] = {0, 0xdeadbeef, INVALID_SOCKET, SOCKET{1} << 32 | 0xffffff};

TEST_F(Socket, FollowsTheObservedMatrix) {
  struct Row {
    int family, type, protocol, error;
  };
  const Row rows[] = {
      {AF_INET, SOCK_STREAM, IPPROTO_TCP, 0},
      {AF_INET, SOCK_STREAM, 0, 0},
      {AF_INET, SOCK_DGRAM, IPPROTO_UDP, 0},
      {AF_INET6, SOCK_STREAM, 0, 0},
      {AF_INET6, SOCK_DGRAM, 0, 0},
      {AF_INET, 0, 0, 0},
      {AF_INET, 0, IPPROTO_UDP, 0},
      {0, SOCK_STREAM, IPPROTO_TCP, 0},
      {0xcafe, SOCK_STREAM, IPPROTO_TCP, WSAEAFNOSUPPORT},
      {99, SOCK_STREAM, 0, WSAEAFNOSUPPORT},
      {10, SOCK_STREAM, 0, WSAEAFNOSUPPORT},  // Linux' own number of IPv6
      {AF_INET, 0xcafe, IPPROTO_TCP, WSAESOCKTNOSUPPORT},
      {0xcafe, 0xcafe, IPPROTO_TCP, WSAESOCKTNOSUPPORT},
      {AF_INET, SOCK_STREAM, 0xcafe, WSAEPROTONOSUPPORT},
      {AF_INET, SOCK_STREAM, IPPROTO_UDP, WSAEPROTONOSUPPORT},
      {AF_INET, SOCK_DGRAM, IPPROTO_TCP, WSAEPROTONOSUPPORT},
      {0, SOCK_STREAM, 0, WSAEINVAL},
      {0, 0, 0, WSAEINVAL},
  };
  for (const Row& row : rows) {
    int error = 0;
    SOCKET s = wsp.lpWSPSocket(row.family, row.type, row.protocol, nullptr, 0, 0, &error);
    EXPECT_EQ(s == INVALID_SOCKET ? error : 0, row.error) << row.family << ' ' << row.type << ' ' << row.protocol;
    if (s != INVALID_SOCKET) {
      EXPECT_EQ(close(s), 0);
    }
  }
}

TEST_F(Socket, ResolvesWildcardsToAType) {
  EXPECT_EQ(option(make_socket(AF_INET, 0, 0), SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  EXPECT_EQ(option(make_socket(AF_INET, 0, IPPROTO_UDP), SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
}

TEST_F(Socket, TakesMissingValuesFromTheProtocolInfo) {
  SOCKET model = make_socket(AF_INET6, SOCK_DGRAM);
  WSAPROTOCOL_INFOW info{};
  int size = sizeof(info);
  int error = 0;
  ASSERT_EQ(wsp.lpWSPGetSockOpt(model, SOL_SOCKET, SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&info), &size, &error),
            0);
  for (int missing : {0, FROM_PROTOCOL_INFO}) {
    SOCKET s = wsp.lpWSPSocket(missing, missing, missing, &info, 0, 0, &error);
    ASSERT_NE(s, INVALID_SOCKET) << error;
    EXPECT_EQ(option(s, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
    EXPECT_EQ(bind(s, loopback(AF_INET6)), 0);
  }
  SOCKET s = wsp.lpWSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, &info, 0, 0, &error);
  EXPECT_EQ(bind(s, loopback(AF_INET)), 0) << "explicit values win";
}

TEST_F(Socket, RefusesUnknownFlagsAndGroups) {
  int error = 0;
  EXPECT_EQ(wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0x1000, &error), INVALID_SOCKET);
  EXPECT_EQ(error, WSAEINVAL);
  EXPECT_EQ(wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 77, 0, &error), INVALID_SOCKET);
  EXPECT_EQ(error, WSAEINVAL);
}

TEST_F(Socket, HandlesLeaveTheTopBitFreeAndAreNeverSmall) {
  SOCKET s = make_socket();
  EXPECT_EQ(s >> 63, 0u);
  EXPECT_NE(s >> 32, 0u);
}

TEST_F(Bind, ChecksInTheOrderOfWindows) {
  SOCKET s = make_socket();
  const Name good = loopback();
  Name bad_family = good;
  bad_family.any.sa_family = 0xdead;
  Name unspecified = wildcard();
  unspecified.any.sa_family = AF_UNSPEC;
  Name foreign = good;
  foreign.v4.sin_addr.s_addr = htonl(0xc0000201);  // 192.0.2.1, for documents only
  Name broadcast = good;
  broadcast.v4.sin_addr.s_addr = INADDR_BROADCAST;

  for (SOCKET garbage : kGarbage) EXPECT_EQ(bind_raw(garbage, nullptr, 0), WSAENOTSOCK);
  EXPECT_EQ(bind_raw(s, nullptr, 0), WSAEFAULT);
  EXPECT_EQ(bind_raw(s, nullptr, 16), WSAEFAULT);
  EXPECT_EQ(bind_raw(s, good.get(), 0), WSAEFAULT);
  EXPECT_EQ(bind_raw(s, good.get(), 15), WSAEFAULT);
  EXPECT_EQ(bind(s, bad_family), WSAEAFNOSUPPORT);
  EXPECT_EQ(bind(s, unspecified), WSAEAFNOSUPPORT);
  EXPECT_EQ(bind(s, foreign), WSAEADDRNOTAVAIL);
  EXPECT_EQ(bind(s, broadcast), WSAEADDRNOTAVAIL);
  EXPECT_EQ(bind(s, good), 0) << "a failed bind may be tried again";
  EXPECT_EQ(bind(s, good), WSAEINVAL);

  SOCKET v6 = make_socket(AF_INET6);
  EXPECT_EQ(bind_raw(v6, loopback(AF_INET6).get(), 24), WSAEFAULT);
  Name bad_scope = loopback(AF_INET6);
  bad_scope.v6.sin6_addr.u.Byte[0] = 0xfe;
  bad_scope.v6.sin6_addr.u.Byte[1] = 0x80;
  bad_scope.v6.sin6_scope_id = 0xabcdef;
  EXPECT_EQ(bind(v6, bad_scope), WSAEADDRNOTAVAIL);
  EXPECT_EQ(bind(v6, loopback(AF_INET6)), 0);

  SOCKET datagram = make_socket(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(bind(datagram, broadcast), WSAEADDRNOTAVAIL);
  EXPECT_EQ(bind(datagram, foreign), WSAEADDRNOTAVAIL);
}

TEST_F(Bind, IsStrictUnlessTheProgramAsksToShare) {
  SOCKET first = make_listener();
  Name name;
  ASSERT_EQ(local_name(first, &name), 0);
  SOCKET second = make_socket();
  EXPECT_EQ(bind(second, name), WSAEADDRINUSE);
}

TEST_F(Bind, GoesOverTheRemainsOfAnEarlierServer) {
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  SOCKET server = accept(listener);
  ASSERT_EQ(close(listener), 0);
  // The server's end closes first, so TIME_WAIT stays on its port.
  ASSERT_EQ(close(server), 0);
  EXPECT_EQ(recv_text(client, 1), "");
  ASSERT_EQ(close(client), 0);
  SOCKET again = make_socket();
  EXPECT_EQ(bind(again, name), 0);
  EXPECT_EQ(listen(again), 0);
}

TEST_F(Connect, ChecksInTheOrderOfWindows) {
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  for (SOCKET garbage : kGarbage) EXPECT_EQ(connect_raw(garbage, nullptr, 0), WSAENOTSOCK);
  SOCKET s = make_socket();
  EXPECT_EQ(connect_raw(s, nullptr, 16), WSAEFAULT);
  EXPECT_EQ(connect_raw(s, name.get(), 15), WSAEFAULT);
  EXPECT_EQ(connect(listener, name), WSAEINVAL);
  Name unspecified = name;
  unspecified.any.sa_family = AF_UNSPEC;
  EXPECT_EQ(connect(s, unspecified), WSAEAFNOSUPPORT);
  EXPECT_EQ(connect(s, loopback(AF_INET6, name.port())), WSAEAFNOSUPPORT);
  EXPECT_EQ(connect(s, wildcard(AF_INET, name.port())), WSAEADDRNOTAVAIL);
  EXPECT_EQ(connect(s, loopback(AF_INET, 0)), WSAEADDRNOTAVAIL);
  Name broadcast = name;
  broadcast.v4.sin_addr.s_addr = INADDR_BROADCAST;
  EXPECT_EQ(connect(s, broadcast), WSAEACCES);
  EXPECT_EQ(connect(s, name), 0);
  EXPECT_EQ(connect(s, name), WSAEISCONN);
  SOCKET server = accept(listener);
  EXPECT_EQ(connect(server, name), WSAEISCONN);
  EXPECT_EQ(bind(s, loopback()), WSAEINVAL);
  EXPECT_EQ(shutdown(s, SD_BOTH), 0);
  EXPECT_EQ(connect(s, name), WSAEISCONN);
}

TEST_F(Connect, CallerDataAndQosAreNotSupported) {
  SOCKET s = make_socket();
  char byte = 'x';
  WSABUF data{1, &byte};
  WSABUF answer{1, &byte};
  QOS qos{};
  int error = 0;
  const Name name = loopback();
  EXPECT_EQ(wsp.lpWSPConnect(s, name.get(), name.size, &data, nullptr, nullptr, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEPROTONOSUPPORT);
  EXPECT_EQ(wsp.lpWSPConnect(s, name.get(), name.size, nullptr, nullptr, &qos, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEOPNOTSUPP);
  EXPECT_EQ(wsp.lpWSPConnect(s, name.get(), name.size, nullptr, &answer, nullptr, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(answer.len, 0u);
}

TEST_F(Connect, RefusedSocketMayBeUsedAgain) {
  SOCKET closed = make_listener();
  Name nobody;
  ASSERT_EQ(local_name(closed, &nobody), 0);
  ASSERT_EQ(close(closed), 0);
  SOCKET s = make_socket();
  EXPECT_EQ(connect(s, nobody), WSAECONNREFUSED);
  EXPECT_EQ(option(s, SOL_SOCKET, SO_ERROR), 0) << "a synchronous failure leaves no error behind";
  Name name;
  EXPECT_EQ(local_name(s, &name), WSAEINVAL);
  SOCKET listener = make_listener();
  ASSERT_EQ(local_name(listener, &name), 0);
  EXPECT_EQ(connect(s, name), 0);

  SOCKET bound = make_bound();
  EXPECT_EQ(connect(bound, nobody), WSAECONNREFUSED);
  EXPECT_EQ(listen(bound), 0) << "a bound socket may listen after a failed connect";
}

TEST_F(Connect, NonblockingFailureStaysInSoError) {
  SOCKET closed = make_listener();
  Name nobody;
  ASSERT_EQ(local_name(closed, &nobody), 0);
  ASSERT_EQ(close(closed), 0);
  SOCKET s = make_socket();
  ASSERT_EQ(set_nonblocking(s), 0);
  const int begun = connect(s, nobody);
  if (begun != WSAECONNREFUSED) {
    ASSERT_EQ(begun, WSAEWOULDBLOCK);
    int error = 0;
    while ((error = option(s, SOL_SOCKET, SO_ERROR)) == 0) {
    }
    EXPECT_EQ(error, WSAECONNREFUSED);
    EXPECT_EQ(option(s, SOL_SOCKET, SO_ERROR), WSAECONNREFUSED) << "reading does not clear it";
  }
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  ASSERT_EQ(set_nonblocking(s, 0), 0);
  EXPECT_EQ(connect(s, name), 0);
  EXPECT_EQ(option(s, SOL_SOCKET, SO_ERROR), 0) << "a success clears it";
}

TEST_F(Connect, ConnectingSocketIsNotConnectedYet) {
  const inlet::test::SilentPort silent;
  ASSERT_NE(silent.port(), 0);
  const Name name = loopback(AF_INET, htons(silent.port()));
  SOCKET s = make_socket();
  ASSERT_EQ(set_nonblocking(s), 0);
  ASSERT_EQ(connect(s, name), WSAEWOULDBLOCK);
  char byte = 0;
  EXPECT_EQ(connect(s, name), WSAEALREADY);
  EXPECT_EQ(send(s, "x"), -WSAENOTCONN);
  EXPECT_EQ(recv(s, &byte, 1), -WSAENOTCONN);
  EXPECT_EQ(listen(s), WSAEINVAL);
  EXPECT_EQ(shutdown(s, SD_SEND), WSAENOTCONN);
  Name peer;
  EXPECT_EQ(peer_name(s, &peer), 0);
  EXPECT_EQ(peer.port(), name.port());
}

TEST_F(Shutdown, FollowsTheTable) {
  for (SOCKET garbage : kGarbage) EXPECT_EQ(shutdown(garbage, SD_SEND), WSAENOTSOCK);
  SOCKET fresh = make_socket();
  EXPECT_EQ(shutdown(fresh, SD_SEND), WSAENOTCONN);
  SOCKET listener = make_listener();
  for (int how : {SD_RECEIVE, SD_SEND, SD_BOTH}) EXPECT_EQ(shutdown(listener, how), WSAENOTCONN);
  auto [client, server] = make_pair();
  EXPECT_EQ(shutdown(client, 3), WSAEINVAL);
  EXPECT_EQ(shutdown(client, -1), WSAEINVAL);
  EXPECT_EQ(shutdown(client, SD_SEND), 0);
  EXPECT_EQ(shutdown(client, SD_SEND), 0) << "repeating is fine";
  EXPECT_EQ(send(client, "x"), -WSAESHUTDOWN);
  EXPECT_EQ(recv_text(server, 1), "");
  EXPECT_EQ(send(server, "still"), 5);
  EXPECT_EQ(recv_text(client, 5), "still");
  EXPECT_EQ(shutdown(client, SD_RECEIVE), 0);
  char byte = 0;
  EXPECT_EQ(recv(client, &byte, 1), -WSAESHUTDOWN);
  EXPECT_EQ(shutdown(client, SD_BOTH), 0);
  Name name;
  EXPECT_EQ(local_name(client, &name), 0);
  EXPECT_EQ(peer_name(client, &name), 0);

  SOCKET datagram = make_bound(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(shutdown(datagram, SD_BOTH), 0);
  EXPECT_EQ(recv(datagram, &byte, 1), -WSAESHUTDOWN);
  EXPECT_EQ(send(datagram, "x"), -WSAESHUTDOWN);
}

TEST_F(Names, NeedABindAndAConnection) {
  for (SOCKET garbage : kGarbage) {
    Name name;
    EXPECT_EQ(local_name(garbage, &name), WSAENOTSOCK);
    EXPECT_EQ(peer_name(garbage, &name), WSAENOTSOCK);
  }
  SOCKET s = make_socket();
  Name name;
  EXPECT_EQ(local_name(s, &name), WSAEINVAL);
  EXPECT_EQ(peer_name(s, &name), WSAENOTCONN);
  EXPECT_EQ(bind(s, wildcard()), 0);
  EXPECT_EQ(local_name(s, &name), 0);
  EXPECT_EQ(name.size, 16);
  EXPECT_EQ(name.v4.sin_addr.s_addr, 0u);
  EXPECT_NE(name.port(), 0);
  int size = 15;
  int error = 0;
  EXPECT_EQ(wsp.lpWSPGetSockName(s, name.get(), &size, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(size, 15) << "a short length stays as it was";
  EXPECT_EQ(wsp.lpWSPGetSockName(s, nullptr, &size, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(wsp.lpWSPGetSockName(s, name.get(), nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  SOCKET listener = make_listener();
  EXPECT_EQ(peer_name(listener, &name), WSAENOTCONN);
}

TEST_F(Names, OfBothEndsAgreeAndSurviveTheConnection) {
  for (int family : {AF_INET, AF_INET6}) {
    auto [client, server] = make_pair(family);
    Name client_local, client_peer, server_local, server_peer;
    ASSERT_EQ(local_name(client, &client_local), 0);
    ASSERT_EQ(peer_name(client, &client_peer), 0);
    ASSERT_EQ(local_name(server, &server_local), 0);
    ASSERT_EQ(peer_name(server, &server_peer), 0);
    EXPECT_EQ(client_local.any.sa_family, family) << "Windows' number";
    EXPECT_EQ(client_local.size, family == AF_INET ? 16 : 28);
    EXPECT_EQ(std::memcmp(client_local.get(), server_peer.get(), static_cast<size_t>(client_local.size)), 0);
    EXPECT_EQ(std::memcmp(client_peer.get(), server_local.get(), static_cast<size_t>(client_local.size)), 0);
    reset(client);
    char byte = 0;
    EXPECT_EQ(recv(server, &byte, 1), -WSAECONNRESET);
    Name after;
    EXPECT_EQ(peer_name(server, &after), 0) << "Linux has forgotten it by now";
    EXPECT_EQ(after.port(), server_peer.port());
  }
}

TEST_F(Names, DatagramSocketsConnectAndDissolve) {
  SOCKET receiver = make_bound(AF_INET, SOCK_DGRAM);
  Name name;
  ASSERT_EQ(local_name(receiver, &name), 0);
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  Name peer;
  EXPECT_EQ(peer_name(s, &peer), WSAENOTCONN);
  EXPECT_EQ(connect(s, name), 0);
  EXPECT_EQ(peer_name(s, &peer), 0);
  EXPECT_EQ(peer.port(), name.port());
  EXPECT_EQ(connect(s, name), 0) << "may be repeated";
  EXPECT_EQ(connect(s, wildcard()), 0);
  EXPECT_EQ(peer_name(s, &peer), WSAENOTCONN);
  EXPECT_EQ(send(s, "x"), -WSAENOTCONN);
}

}  // namespace
}  // namespace inlet::provider::test
