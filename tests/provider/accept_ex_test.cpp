#include <array>
#include <thread>

#include "overlapped_fixture.h"

namespace inlet::provider::test {
namespace {

constexpr DWORD kV4Room = sizeof(sockaddr_in) + 16;
constexpr DWORD kV6Room = sizeof(sockaddr_in6) + 16;

class AcceptingEx : public OverlappedTest {
 protected:
  void SetUp() override {
    OverlappedTest::SetUp();
    SOCKET s = make_socket();
    accept_ex = extension<LPFN_ACCEPTEX>(s, WSAID_ACCEPTEX);
    get_names = extension<LPFN_GETACCEPTEXSOCKADDRS>(s, WSAID_GETACCEPTEXSOCKADDRS);
    listener = make_listener(AF_INET, 100);
    ASSERT_EQ(local_name(listener, &name), 0);
    acceptor = make_socket();
  }

  int start(SOCKET on, SOCKET into, Io& io, DWORD data = 0, DWORD local = kV4Room, DWORD remote = kV4Room) {
    DWORD bytes = 0;
    const BOOL done = accept_ex(on, into, io.data.data(), data, local, remote, &bytes, &io.overlapped);
    return io.started(on, done != FALSE, WSAGetLastError());
  }
  SOCKET connected_client() {
    SOCKET client = make_socket();
    EXPECT_EQ(connect(client, name), 0);
    return client;
  }
  int update(SOCKET s) { return set_option(s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, listener); }

  LPFN_ACCEPTEX accept_ex = nullptr;
  LPFN_GETACCEPTEXSOCKADDRS get_names = nullptr;
  SOCKET listener = INVALID_SOCKET;
  SOCKET acceptor = INVALID_SOCKET;
  Name name{};
};

TEST_F(AcceptingEx, TakesAConnectionThatComesLater) {
  Io io(256);
  EXPECT_EQ(start(listener, acceptor, io), WSA_IO_PENDING);
  EXPECT_EQ(option(acceptor, SOL_SOCKET, SO_CONNECT_TIME), -1);
  SOCKET client = connected_client();
  EXPECT_EQ(result_of(listener, io, true), 0);
  EXPECT_TRUE(io.told_once());
  EXPECT_NE(option(acceptor, SOL_SOCKET, SO_CONNECT_TIME), -1);
  EXPECT_EQ(send(client, "to the server"), 13);
  EXPECT_EQ(recv_text(acceptor, 13), "to the server");
  EXPECT_EQ(send(acceptor, "back"), 4);
  EXPECT_EQ(recv_text(client, 4), "back");
}

TEST_F(AcceptingEx, TakesAConnectionThatWaitsAlready) {
  SOCKET client = connected_client();
  Io io(256);
  EXPECT_EQ(start(listener, acceptor, io), WSA_IO_PENDING) << "also when it has ended at once";
  EXPECT_EQ(result_of(listener, io, true), 0);
  EXPECT_EQ(send(client, "x"), 1);
  EXPECT_EQ(recv_text(acceptor, 1), "x");
}

TEST_F(AcceptingEx, WaitsForTheFirstData) {
  Io io(256);
  EXPECT_EQ(start(listener, acceptor, io, 100), WSA_IO_PENDING);
  SOCKET client = connected_client();
  ASSERT_TRUE(eventually([&] { return option(acceptor, SOL_SOCKET, SO_CONNECT_TIME) != -1; }));
  EXPECT_TRUE(io.pending()) << "a silent client holds it";
  // The next client does not wait behind the silent one.
  SOCKET second = make_socket();
  Io other(256);
  EXPECT_EQ(start(listener, second, other), WSA_IO_PENDING);
  SOCKET next = connected_client();
  EXPECT_EQ(result_of(listener, other, true), 0);
  EXPECT_TRUE(io.pending());
  EXPECT_EQ(send(client, "first words"), 11);
  EXPECT_EQ(result_of(listener, io, true), 11);
  EXPECT_EQ(io.data.substr(0, 11), "first words");
  EXPECT_EQ(send(next, "n"), 1);
  EXPECT_EQ(recv_text(second, 1), "n");
}

TEST_F(AcceptingEx, ClientThatGoesWithoutDataIsAnEmptySuccess) {
  Io io(256);
  EXPECT_EQ(start(listener, acceptor, io, 100), WSA_IO_PENDING);
  EXPECT_EQ(close(connected_client()), 0);
  EXPECT_EQ(result_of(listener, io, true), 0);
}

TEST_F(AcceptingEx, TellsBothAddresses) {
  for (DWORD data : {0u, 8u}) {
    SOCKET into = make_socket();
    Io io(256);
    EXPECT_EQ(start(listener, into, io, data), WSA_IO_PENDING);
    SOCKET client = connected_client();
    ASSERT_EQ(send(client, "x"), 1);
    EXPECT_EQ(result_of(listener, io, true), data == 0 ? 0 : 1);
    sockaddr* local = nullptr;
    sockaddr* remote = nullptr;
    int local_size = 0;
    int remote_size = 0;
    get_names(io.data.data(), data, kV4Room, kV4Room, &local, &local_size, &remote, &remote_size);
    Name client_name;
    ASSERT_EQ(local_name(client, &client_name), 0);
    ASSERT_EQ(local_size, int{sizeof(sockaddr_in)});
    ASSERT_EQ(remote_size, int{sizeof(sockaddr_in)});
    EXPECT_EQ(std::memcmp(local, name.get(), 8), 0);
    EXPECT_EQ(std::memcmp(remote, client_name.get(), 8), 0);
    EXPECT_TRUE(reinterpret_cast<char*>(remote) > io.data.data());
  }
}

TEST_F(AcceptingEx, WorksOverIpv6WithoutALocalAddress) {
  SOCKET v6 = make_listener(AF_INET6);
  Name v6_name;
  ASSERT_EQ(local_name(v6, &v6_name), 0);
  SOCKET into = make_socket(AF_INET6);
  Io io(256);
  EXPECT_EQ(start(v6, into, io, 0, 0, kV6Room), WSA_IO_PENDING);
  SOCKET client = make_socket(AF_INET6);
  ASSERT_EQ(connect(client, v6_name), 0);
  EXPECT_EQ(result_of(v6, io, true), 0);
  sockaddr *local = nullptr, *remote = nullptr;
  int local_size = 0, remote_size = 0;
  get_names(io.data.data(), 0, 0, kV6Room, &local, &local_size, &remote, &remote_size);
  EXPECT_EQ(local, nullptr);
  ASSERT_EQ(remote_size, int{sizeof(sockaddr_in6)});
  EXPECT_EQ(remote->sa_family, AF_INET6);
}

TEST_F(AcceptingEx, NeedsTheContextForNames) {
  ASSERT_EQ(set_option(listener, SOL_SOCKET, SO_KEEPALIVE, BOOL{TRUE}), 0);
  ASSERT_EQ(set_option(listener, SOL_SOCKET, SO_RCVTIMEO, DWORD{1234}), 0);
  ASSERT_EQ(set_option(acceptor, IPPROTO_TCP, TCP_NODELAY, BOOL{TRUE}), 0);
  Io io(256);
  EXPECT_EQ(start(listener, acceptor, io), WSA_IO_PENDING);
  SOCKET client = connected_client();
  EXPECT_EQ(result_of(listener, io, true), 0);
  Name found;
  EXPECT_EQ(local_name(acceptor, &found), WSAEINVAL);
  EXPECT_EQ(peer_name(acceptor, &found), WSAENOTCONN);
  EXPECT_EQ(shutdown(acceptor, SD_SEND), WSAENOTCONN);
  EXPECT_EQ(byte_of(acceptor, SOL_SOCKET, SO_KEEPALIVE), 0) << "default properties";
  EXPECT_EQ(byte_of(acceptor, IPPROTO_TCP, TCP_NODELAY), 1) << "but the program's own stay";
  EXPECT_EQ(update(acceptor), 0);
  EXPECT_EQ(local_name(acceptor, &found), 0);
  EXPECT_EQ(found.port(), name.port());
  EXPECT_EQ(peer_name(acceptor, &found), 0);
  EXPECT_EQ(byte_of(acceptor, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(acceptor, SOL_SOCKET, SO_RCVTIMEO), 1234);
  EXPECT_EQ(shutdown(acceptor, SD_SEND), 0);
  char byte = 0;
  EXPECT_EQ(recv(client, &byte, 1), 0);
}

TEST_F(AcceptingEx, ContextNeedsAListenerAndAConnection) {
  EXPECT_EQ(update(acceptor), WSAENOTCONN);
  EXPECT_EQ(set_option(acceptor, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, SOCKET{0}), WSAENOTSOCK);
  EXPECT_EQ(set_option(acceptor, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, acceptor), WSAEINVAL);
  EXPECT_EQ(set_option(acceptor, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, int{0}), WSAEFAULT);
}

TEST_F(AcceptingEx, ChecksItsArguments) {
  Io io(256);
  EXPECT_EQ(start(INVALID_SOCKET, acceptor, io), WSAENOTSOCK);
  EXPECT_EQ(start(listener, INVALID_SOCKET, io), WSAENOTSOCK);
  EXPECT_TRUE(io.pending()) << "the mark stays after a failure";
  DWORD bytes = 0;
  EXPECT_FALSE(accept_ex(listener, acceptor, io.data.data(), 0, kV4Room, kV4Room, &bytes, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSA_INVALID_PARAMETER);
  EXPECT_FALSE(accept_ex(listener, acceptor, nullptr, 0, kV4Room, kV4Room, &bytes, &io.overlapped));
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
  EXPECT_EQ(start(listener, acceptor, io, 0, kV4Room, 0), WSAEFAULT);
  EXPECT_EQ(start(make_bound(), acceptor, io), WSAEINVAL) << "does not listen";
  EXPECT_EQ(start(listener, make_socket(AF_INET, SOCK_DGRAM), io), WSAEINVAL);
  EXPECT_EQ(start(listener, make_bound(), io), WSAEINVAL);
  EXPECT_EQ(start(listener, connected_client(), io), WSAEINVAL);
  EXPECT_EQ(io.event.times(), 0);
}

TEST_F(AcceptingEx, SocketServesOneCallAtATime) {
  Io first(256), second(256);
  EXPECT_EQ(start(listener, acceptor, first), WSA_IO_PENDING);
  EXPECT_EQ(start(listener, acceptor, second), WSAEINVAL);
  EXPECT_EQ(connect(acceptor, name), WSAEINVAL) << "and is not there for connect";
  EXPECT_EQ(*cancel_io(listener, &first.overlapped, false), 1u);
  EXPECT_EQ(start(listener, acceptor, second), WSA_IO_PENDING) << "free again";
}

TEST_F(AcceptingEx, TooLittleRoomForAnAddressLeavesTheConnection) {
  Io io(256);
  EXPECT_EQ(start(listener, acceptor, io, 0, kV4Room - 1), WSA_IO_PENDING);
  SOCKET client = connected_client();
  ASSERT_TRUE(eventually([&] { return !io.pending(); }));
  EXPECT_EQ(win32_error_of(io.overlapped.Internal), 122u) << "ERROR_INSUFFICIENT_BUFFER";
  SOCKET server = accept(listener);
  ASSERT_NE(server, INVALID_SOCKET);
  EXPECT_EQ(send(client, "x"), 1);
  EXPECT_EQ(recv_text(server, 1), "x");
}

TEST_F(AcceptingEx, ClosingTheListenerAborts) {
  Io waits(256), has_client(256);
  SOCKET second = make_socket();
  EXPECT_EQ(start(listener, acceptor, has_client, 10), WSA_IO_PENDING);
  SOCKET client = connected_client();
  ASSERT_TRUE(eventually([&] { return option(acceptor, SOL_SOCKET, SO_CONNECT_TIME) != -1; }));
  EXPECT_EQ(start(listener, second, waits), WSA_IO_PENDING);
  EXPECT_EQ(close(listener), 0);
  // The reactor may be in the middle of an attempt; then it is the one that ends the operation.
  EXPECT_EQ(result_of(acceptor, waits, true), -WSA_OPERATION_ABORTED);
  EXPECT_EQ(result_of(acceptor, has_client, true), -WSA_OPERATION_ABORTED);
  EXPECT_TRUE(waits.told_once() && has_client.told_once());
  EXPECT_EQ(close(client), 0);
}

TEST_F(AcceptingEx, ClosingTheAcceptorAborts) {
  Io waits(256);
  EXPECT_EQ(start(listener, acceptor, waits), WSA_IO_PENDING);
  EXPECT_EQ(close(acceptor), 0);
  EXPECT_EQ(result_of(listener, waits), -WSA_OPERATION_ABORTED);
  SOCKET second = make_socket();
  Io has_client(256);
  EXPECT_EQ(start(listener, second, has_client, 10), WSA_IO_PENDING);
  SOCKET client = connected_client();
  ASSERT_TRUE(eventually([&] { return option(second, SOL_SOCKET, SO_CONNECT_TIME) != -1; }));
  EXPECT_EQ(close(second), 0);
  EXPECT_EQ(result_of(listener, has_client, true), -WSA_OPERATION_ABORTED);
  EXPECT_TRUE(has_client.told_once());
  EXPECT_EQ(close(client), 0);
}

TEST_F(AcceptingEx, IsCancelledThroughTheListenerOnly) {
  Io waits(256), has_client(256);
  SOCKET second = make_socket();
  EXPECT_EQ(start(listener, acceptor, has_client, 10), WSA_IO_PENDING);
  connected_client();
  ASSERT_TRUE(eventually([&] { return option(acceptor, SOL_SOCKET, SO_CONNECT_TIME) != -1; }));
  EXPECT_EQ(start(listener, second, waits), WSA_IO_PENDING);
  EXPECT_EQ(*cancel_io(acceptor, nullptr, false), 0u);
  EXPECT_EQ(*cancel_io(second, nullptr, false), 0u);
  EXPECT_EQ(*cancel_io(listener, nullptr, true), 2u);
  ASSERT_TRUE(eventually([&] { return !waits.pending() && !has_client.pending(); }));
  EXPECT_EQ(result_of(listener, waits), -WSA_OPERATION_ABORTED);
  EXPECT_EQ(result_of(listener, has_client), -WSA_OPERATION_ABORTED);
}

TEST_F(AcceptingEx, ComesBeforeAcceptAndTakesWhatWasDeferred) {
  Io io(256);
  SOCKET client = connected_client();
  int error = 0;
  auto defer = [](LPWSABUF, LPWSABUF, LPQOS, LPQOS, LPWSABUF, LPWSABUF, GROUP*, DWORD_PTR) -> int { return CF_DEFER; };
  EXPECT_EQ(wsp.lpWSPAccept(listener, nullptr, nullptr, defer, 0, &error), INVALID_SOCKET);
  EXPECT_EQ(error, WSATRY_AGAIN);
  EXPECT_EQ(start(listener, acceptor, io), WSA_IO_PENDING);
  EXPECT_EQ(result_of(listener, io, true), 0);
  ASSERT_EQ(send(client, "deferred"), 8);
  EXPECT_EQ(recv_text(acceptor, 8), "deferred");
  // And the other way round: the AcceptEx waits, and gets what a condition function puts off.
  Io later(256);
  SOCKET second = make_socket();
  ASSERT_EQ(set_nonblocking(listener), 0);
  EXPECT_EQ(start(listener, second, later), WSA_IO_PENDING);
  SOCKET next = connected_client();
  EXPECT_EQ(result_of(listener, later, true), 0);
  EXPECT_EQ(accept(listener, &error), INVALID_SOCKET);
  EXPECT_EQ(error, WSAEWOULDBLOCK) << "nothing was left for accept";
  EXPECT_EQ(close(next), 0);
}

TEST_F(AcceptingEx, IsServedPromptlyBesideAcceptsOfAnotherKind) {
  // The reactor leaves a listener alone whose owner accepts by itself, but not when an AcceptEx waits as well.
  for (int i = 0; i < 200; ++i) {
    SOCKET client = connected_client();
    SOCKET server = accept(listener);
    ASSERT_NE(server, INVALID_SOCKET);
    EXPECT_EQ(close(client), 0);
    EXPECT_EQ(close(server), 0);
  }
  Io io(256);
  EXPECT_EQ(start(listener, acceptor, io), WSA_IO_PENDING);
  connected_client();
  EXPECT_EQ(result_of(listener, io, true), 0);
}

TEST_F(AcceptingEx, ManyCallsTakeManyClients) {
  constexpr int kClients = 50;
  std::vector<std::unique_ptr<Io>> ios;
  std::vector<SOCKET> acceptors, clients;
  for (int i = 0; i < kClients; ++i) {
    ios.push_back(std::make_unique<Io>(256));
    acceptors.push_back(make_socket());
    EXPECT_EQ(start(listener, acceptors.back(), *ios.back(), i % 2 == 0 ? 0 : 16), WSA_IO_PENDING);
  }
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(connected_client());
    ASSERT_EQ(send(clients.back(), "c"), 1);
  }
  for (int i = 0; i < kClients; ++i) {
    const int bytes = result_of(listener, *ios[static_cast<size_t>(i)], true);
    EXPECT_EQ(bytes, i % 2 == 0 ? 0 : 1);
    if (bytes == 0) {
      EXPECT_EQ(recv_text(acceptors[static_cast<size_t>(i)], 1), "c");
    }
  }
}

}  // namespace
}  // namespace inlet::provider::test
