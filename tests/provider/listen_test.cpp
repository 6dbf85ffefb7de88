#include <sys/resource.h>

#include <atomic>
#include <climits>
#include <thread>
#include <vector>

#include "provider/linux/overlapped_wait.h"
#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

class Listen : public ProviderTest {};
class Accept : public ProviderTest {};

TEST_F(Listen, FollowsTheErrorTable) {
  for (SOCKET garbage : {SOCKET{0}, SOCKET{0xdeadbeef}, INVALID_SOCKET}) EXPECT_EQ(listen(garbage), WSAENOTSOCK);
  SOCKET unbound = make_socket();
  for (int backlog : {-2, 1, SOMAXCONN}) EXPECT_EQ(listen(unbound, backlog), WSAEINVAL);
  SOCKET misbound = make_socket();
  Name foreign = loopback();
  foreign.v4.sin_addr.s_addr = htonl(0xc0000201);
  EXPECT_EQ(bind(misbound, foreign), WSAEADDRNOTAVAIL);
  EXPECT_EQ(listen(misbound), WSAEINVAL);
  EXPECT_EQ(listen(make_socket(AF_INET, SOCK_DGRAM)), WSAEOPNOTSUPP) << "unbound: the type is judged first";
  EXPECT_EQ(listen(make_bound(AF_INET, SOCK_DGRAM)), WSAEOPNOTSUPP);
  auto [client, server] = make_pair();
  EXPECT_EQ(listen(client), WSAEISCONN);
  EXPECT_EQ(listen(server), WSAEISCONN);
  EXPECT_EQ(close(server), 0);
  EXPECT_EQ(listen(server), WSAENOTSOCK);
}

TEST_F(Listen, TakesEveryBacklog) {
  for (int backlog : {0, -1, INT_MIN, 1, SOMAXCONN, SOMAXCONN - 1, SOMAXCONN_HINT(500)}) {
    SOCKET s = make_bound();
    EXPECT_EQ(option(s, SOL_SOCKET, SO_ACCEPTCONN), 0);
    EXPECT_EQ(listen(s, backlog), 0) << backlog;
    EXPECT_EQ(option(s, SOL_SOCKET, SO_ACCEPTCONN), 1);
    EXPECT_EQ(listen(s, backlog), 0) << "again, " << backlog;
  }
}

TEST_F(Listen, ListenerCarriesNoData) {
  SOCKET s = make_listener();
  char byte = 0;
  EXPECT_EQ(send(s, "x"), -WSAENOTCONN);
  EXPECT_EQ(recv(s, &byte, 1), -WSAENOTCONN);
  EXPECT_EQ(bind(s, loopback()), WSAEINVAL);
  Name name;
  EXPECT_EQ(local_name(s, &name), 0);
}

// The conflict of a wildcard shows when its address has to be committed; two of one specific address take turns (sharing_test).
TEST_F(Listen, ASharedWildcardConflictsWhenTheSecondListens) {
  SOCKET first = make_socket();
  SOCKET second = make_socket();
  ASSERT_EQ(set_option(first, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), 0);
  ASSERT_EQ(set_option(second, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), 0);
  ASSERT_EQ(bind(first, wildcard()), 0);
  Name name;
  ASSERT_EQ(local_name(first, &name), 0);
  ASSERT_EQ(bind(second, name), 0);
  EXPECT_EQ(listen(first), 0);
  EXPECT_EQ(listen(second), WSAEADDRINUSE);
  EXPECT_EQ(option(second, SOL_SOCKET, SO_ACCEPTCONN), 0);
  ASSERT_EQ(close(first), 0);
  EXPECT_EQ(listen(second), 0);
}

TEST_F(Accept, FollowsTheErrorTable) {
  int code = 0;
  accept(0xdeadbeef, &code);
  EXPECT_EQ(code, WSAENOTSOCK);
  accept(make_bound(), &code);
  EXPECT_EQ(code, WSAEINVAL);
  accept(make_bound(AF_INET, SOCK_DGRAM), &code);
  EXPECT_EQ(code, WSAEOPNOTSUPP);
  SOCKET listener = make_listener();
  ASSERT_EQ(set_nonblocking(listener), 0);
  accept(listener, &code);
  EXPECT_EQ(code, WSAEWOULDBLOCK);
}

TEST_F(Accept, AShortAddressLeavesTheConnectionWaiting) {
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  Name peer;
  for (int short_size : {0, 15}) {
    int size = short_size;
    int error = 0;
    EXPECT_EQ(wsp.lpWSPAccept(listener, peer.get(), &size, nullptr, 0, &error), INVALID_SOCKET);
    EXPECT_EQ(error, WSAEFAULT);
    EXPECT_EQ(size, short_size);
  }
  int size = sizeof(sockaddr_in6);
  int error = 0;
  SOCKET server = wsp.lpWSPAccept(listener, peer.get(), &size, nullptr, 0, &error);
  ASSERT_NE(server, INVALID_SOCKET);
  EXPECT_EQ(size, 16);
  Name client_name;
  ASSERT_EQ(local_name(client, &client_name), 0);
  EXPECT_EQ(std::memcmp(peer.get(), client_name.get(), 16), 0);
}

TEST_F(Accept, WithoutDescriptorsTheConnectionGoesOnWaiting) {
  // So long a queue stays in the kernel; from a short one the provider may have taken the connection already, and that one
  // needs no further descriptor.
  SOCKET listener = make_listener(AF_INET, SOMAXCONN);
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  int code = 0;
  accept(listener, &code);
  EXPECT_EQ(code, WSAEMFILE);
  int error = 0;
  EXPECT_EQ(wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0, &error), INVALID_SOCKET);
  EXPECT_EQ(error, WSAEMFILE);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  SOCKET server = accept(listener, &code);
  EXPECT_EQ(code, 0);
  EXPECT_EQ(send(client, "x"), 1);
  EXPECT_EQ(recv_text(server, 1), "x");
}

// A process without a single free descriptor, and five clients whose sockets were made before: the first three fill the queue
// of a listener with backlog 3.
class Exhausted : public ProviderTest {
 protected:
  void SetUp() override {
    ProviderTest::SetUp();
    listener_ = make_listener(AF_INET, kBacklog);
    ASSERT_EQ(local_name(listener_, &name_), 0);
    for (SOCKET& client : clients_) {
      client = make_socket();
      ASSERT_EQ(set_nonblocking(client), 0);
    }
    const auto [writer, reader] = make_pair();
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit none = before_;
    none.rlim_cur = 0;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (int i = 0; i < kBacklog; ++i) ASSERT_TRUE(gets_in(clients_[i], static_cast<char>('a' + i)));
    let_reactor_see(writer, reader);
  }
  void TearDown() override {
    give_descriptors();
    ProviderTest::TearDown();
  }

  // Returns when the reactor has seen all that has happened so far: it takes one thing after the other.
  void let_reactor_see(SOCKET writer, SOCKET reader) {
    char byte = 0;
    WSABUF buffer{1, &byte};
    WSAOVERLAPPED operation{};
    DWORD got = 0, flags = 0;
    int error = 0;
    wsp.lpWSPRecv(reader, &buffer, 1, &got, &flags, &operation, nullptr, nullptr, &error);
    ASSERT_EQ(error, WSA_IO_PENDING);
    ASSERT_EQ(send(writer, "x"), 1);
    ASSERT_TRUE(eventually([&] { return overlapped_status(&operation) != kStatusPending; }));
  }
  void give_descriptors() { EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before_), 0); }
  int accept_code() {
    int code = 0;
    accept(listener_, &code);
    return code;
  }
  // Connects and sends a byte to be known by.
  bool gets_in(SOCKET client, char mark) {
    const int begun = connect(client, name_);
    return (begun == 0 || begun == WSAEWOULDBLOCK) && eventually([&] { return send(client, &mark, 1) == 1; });
  }
  bool is_refused(SOCKET client) {
    const int begun = connect(client, name_);
    if (begun != WSAEWOULDBLOCK) return begun == WSAECONNREFUSED;
    return eventually([&] { return option(client, SOL_SOCKET, SO_ERROR) == WSAECONNREFUSED; });
  }
  std::string accept_mark() { return recv_text(accept(listener_), 1); }

  static constexpr int kBacklog = 3;
  SOCKET listener_ = INVALID_SOCKET;
  SOCKET clients_[5] = {};
  Name name_{};
  rlimit before_{};
};

TEST_F(Exhausted, AcceptSaysSoAsOftenAsItIsAskedAndLosesNobody) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(accept_code(), WSAEMFILE);
  give_descriptors();
  for (const char* mark : {"a", "b", "c"}) EXPECT_EQ(accept_mark(), mark);
}

TEST_F(Exhausted, ALaterAcceptGoesOnAndLetsExactlyOneIn) {
  EXPECT_EQ(accept_code(), WSAEMFILE);
  give_descriptors();
  EXPECT_EQ(accept_mark(), "a");
  EXPECT_TRUE(gets_in(clients_[3], 'd'));
  EXPECT_TRUE(is_refused(clients_[4]));
  for (const char* mark : {"b", "c", "d"}) EXPECT_EQ(accept_mark(), mark);
}

// Nothing told the queue that there were descriptors again: the kernel, which was full, answered nobody, and clients that were
// to be refused asked for minutes.
TEST_F(Exhausted, ALaterListenGoesOnRefusing) {
  give_descriptors();
  EXPECT_EQ(listen(listener_, kBacklog), 0);
  EXPECT_TRUE(is_refused(clients_[3]));
  EXPECT_EQ(accept_mark(), "a");
  EXPECT_TRUE(gets_in(clients_[4], 'e'));
  for (const char* mark : {"b", "c", "e"}) EXPECT_EQ(accept_mark(), mark);
}

TEST_F(Exhausted, ALargerBacklogNeedsNoDescriptor) {
  EXPECT_EQ(listen(listener_, kBacklog + 1), 0);
  EXPECT_TRUE(gets_in(clients_[3], 'd'));
  EXPECT_EQ(accept_code(), WSAEMFILE);
  give_descriptors();
  for (const char* mark : {"a", "b", "c", "d"}) EXPECT_EQ(accept_mark(), mark);
}

// To reset the surplus its connections have to be taken from the kernel. Without a descriptor nothing changes, and the program
// is told.
TEST_F(Exhausted, ASmallerBacklogHasToWait) {
  EXPECT_EQ(listen(listener_, 1), WSAEMFILE);
  give_descriptors();
  for (int i = 0; i < kBacklog; ++i) EXPECT_EQ(send(clients_[i], "x"), 1) << "nobody was reset";
  EXPECT_EQ(listen(listener_, 1), 0);
  char byte = 0;
  for (int i : {1, 2}) EXPECT_TRUE(eventually([&] { return recv(clients_[i], &byte, 1) == -WSAECONNRESET; }));
  EXPECT_EQ(accept_mark(), "a");
}

TEST_F(Accept, AnAddressWithoutALengthIsLeftAlone) {
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  Name peer = loopback(AF_INET, 77);
  int error = 0;
  EXPECT_NE(wsp.lpWSPAccept(listener, peer.get(), nullptr, nullptr, 0, &error), INVALID_SOCKET);
  EXPECT_EQ(peer.port(), 77);
}

TEST_F(Accept, TakesTheOldestFirst) {
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  for (char mark : {'a', 'b', 'c'}) {
    SOCKET client = make_socket();
    ASSERT_EQ(connect(client, name), 0);
    ASSERT_EQ(send(client, &mark, 1), 1);
  }
  for (const char* mark : {"a", "b", "c"}) EXPECT_EQ(recv_text(accept(listener), 1), mark);
}

TEST_F(Accept, TheNewSocketInherits) {
  SOCKET listener = make_bound();
  ASSERT_EQ(set_option(listener, SOL_SOCKET, SO_KEEPALIVE, BOOL{TRUE}), 0);
  ASSERT_EQ(set_option(listener, SOL_SOCKET, SO_RCVTIMEO, DWORD{1234}), 0);
  ASSERT_EQ(set_option(listener, SOL_SOCKET, SO_SNDTIMEO, DWORD{4321}), 0);
  ASSERT_EQ(set_option(listener, SOL_SOCKET, SO_RCVBUF, int{5000}), 0);
  ASSERT_EQ(set_option(listener, SOL_SOCKET, SO_SNDBUF, int{6000}), 0);
  ASSERT_EQ(set_option(listener, SOL_SOCKET, SO_LINGER, LINGER{1, 9}), 0);
  ASSERT_EQ(set_option(listener, IPPROTO_TCP, TCP_NODELAY, BOOL{TRUE}), 0);
  ASSERT_EQ(listen(listener, 4), 0);
  ASSERT_EQ(set_nonblocking(listener), 0);
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  SOCKET server = INVALID_SOCKET;
  for (int code = WSAEWOULDBLOCK; code == WSAEWOULDBLOCK;) server = accept(listener, &code);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAEWOULDBLOCK) << "nonblocking, as its listener";
  EXPECT_EQ(option(server, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(server, SOL_SOCKET, SO_RCVTIMEO), 1234);
  EXPECT_EQ(option(server, SOL_SOCKET, SO_SNDTIMEO), 4321);
  EXPECT_EQ(option(server, SOL_SOCKET, SO_RCVBUF), 5000);
  EXPECT_EQ(option(server, SOL_SOCKET, SO_SNDBUF), 6000);
  EXPECT_EQ(option(server, SOL_SOCKET, SO_LINGER), 9 << 16 | 1);
  EXPECT_EQ(option(server, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(server, SOL_SOCKET, SO_ACCEPTCONN), 0);
}

TEST_F(Accept, ClosedListenerWakesItsAcceptor) {
  SOCKET listener = make_listener();
  int code = 0;
  std::thread acceptor([&] { accept(listener, &code); });
  EXPECT_EQ(close(listener), 0);
  acceptor.join();
  EXPECT_TRUE(code == WSAEINTR || code == WSAENOTSOCK) << code;
}

TEST_F(Accept, ClosedListenerResetsWhatWaits) {
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  EXPECT_EQ(close(listener), 0);
  char byte = 0;
  EXPECT_EQ(recv(client, &byte, 1), -WSAECONNRESET);
}

// While the provider takes connections over from the kernel its listener is deaf for moments, and a client whose handshake ended in
// one of them took that over: the connection stood, and nothing that the client sent ever arrived.
TEST_F(Accept, WhoGetsInWhileOthersAreTakenOverIsHeard) {
  constexpr int kClients = 8, kRounds = 60;
  for (int round = 0; round < kRounds; ++round) {
    SOCKET listener = make_listener();  // with room for eight
    Name name;
    ASSERT_EQ(local_name(listener, &name), 0);
    std::vector<SOCKET> clients;
    for (int i = 0; i < kClients; ++i) clients.push_back(make_socket());
    std::vector<std::thread> threads;
    std::atomic<int> in{0};
    for (SOCKET client : clients)
      threads.emplace_back([&, client] {
        if (connect(client, name) == 0 && send(client, "x") == 1) ++in;
      });
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(set_nonblocking(listener), 0);
    int heard = 0;
    int code = 0;
    for (SOCKET server; (server = accept(listener, &code)) != INVALID_SOCKET; ++heard) {
      ASSERT_EQ(set_nonblocking(server, 0), 0);
      ASSERT_EQ(set_option(server, SOL_SOCKET, SO_RCVTIMEO, DWORD{5000}), 0);
      char byte = 0;
      EXPECT_EQ(recv(server, &byte, 1), 1) << "round " << round << ", client " << heard;
      EXPECT_EQ(close(server), 0);
    }
    EXPECT_EQ(heard, in);
    for (SOCKET client : clients) EXPECT_EQ(close(client), 0);
    EXPECT_EQ(close(listener), 0);
  }
}

struct Asked {
  int answer;
  int times = 0;
  Name caller{}, callee{};
};

int CALLBACK condition(LPWSABUF caller, LPWSABUF, LPQOS, LPQOS, LPWSABUF callee, LPWSABUF, GROUP*, DWORD_PTR context) {
  Asked* asked = reinterpret_cast<Asked*>(context);
  ++asked->times;
  std::memcpy(asked->caller.get(), caller->buf, caller->len);
  std::memcpy(asked->callee.get(), callee->buf, callee->len);
  return asked->answer;
}

TEST_F(Accept, AsksTheConditionFunction) {
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  struct Row {
    int answer, error;
  };
  for (Row row : {Row{CF_ACCEPT, 0}, Row{CF_REJECT, WSAECONNREFUSED}, Row{77, WSAEINVAL}}) {
    SOCKET client = make_socket();
    ASSERT_EQ(connect(client, name), 0);
    Asked asked{row.answer};
    int error = 0;
    SOCKET server = wsp.lpWSPAccept(listener, nullptr, nullptr, condition, reinterpret_cast<DWORD_PTR>(&asked), &error);
    EXPECT_EQ(asked.times, 1);
    EXPECT_EQ(asked.callee.port(), name.port());
    Name client_name;
    ASSERT_EQ(local_name(client, &client_name), 0);
    EXPECT_EQ(asked.caller.port(), client_name.port());
    EXPECT_EQ(server == INVALID_SOCKET ? error : 0, row.error);
    char byte = 0;
    if (row.error == 0) {
      EXPECT_EQ(send(server, "x"), 1);
      EXPECT_EQ(recv(client, &byte, 1), 1);
    } else {
      EXPECT_EQ(recv(client, &byte, 1), -WSAECONNRESET);
    }
  }
}

}  // namespace
}  // namespace inlet::provider::test
