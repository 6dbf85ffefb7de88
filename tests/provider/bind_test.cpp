// Sockets that share a port: what the program sees, and which of them gets what comes.
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "provider/linux/bound_addresses.h"
#include "provider/linux/sys.h"
#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

enum class Wish { nothing, reuse, exclusive };

// Of another process, as far as the kernel is concerned: the provider knows nothing of it.
class ForeignSocket {
 public:
  explicit ForeignSocket(bool reuse = false) : fd_(sys::open_socket(false, false)) {
    sys::set_option(fd_, sys::Option::reuse_address, reuse ? 1 : 0);
  }
  ~ForeignSocket() { sys::close(fd_); }
  ForeignSocket(const ForeignSocket&) = delete;

  int bind(const Name& name) {
    sys::Address address;
    address.size = sys::kSizeV4;
    std::memcpy(address.bytes, name.get(), sys::kSizeV4);
    return sys::bind(fd_, address);
  }
  int listen() { return sys::listen(fd_, 8); }
  void share_port() { sys::set_option(fd_, sys::Option::reuse_port, 1); }

 private:
  const int fd_;
};

class Sharing : public ProviderTest {
 protected:
  void SetUp() override {
    ProviderTest::SetUp();
    entered_ = bound_addresses().count();
  }
  void TearDown() override {
    ProviderTest::TearDown();
    EXPECT_EQ(bound_addresses().count(), entered_) << "a closed socket is still in the table";
  }

  SOCKET make(Wish wish, int type = SOCK_STREAM, int family = AF_INET) {
    SOCKET s = make_socket(family, type);
    const int option = wish == Wish::reuse ? SO_REUSEADDR : SO_EXCLUSIVEADDRUSE;
    EXPECT_EQ(set_option(s, SOL_SOCKET, option, BOOL{wish != Wish::nothing}), 0);
    return s;
  }
  SOCKET make_at(const Name& name, Wish wish = Wish::nothing, int type = SOCK_STREAM) {
    SOCKET s = make(wish, type, name.any.sa_family);
    EXPECT_EQ(bind(s, name), 0);
    return s;
  }
  SOCKET make_dual_stack(Wish wish = Wish::nothing) {
    SOCKET s = make(wish, SOCK_STREAM, AF_INET6);
    EXPECT_EQ(set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, DWORD{0}), 0);
    EXPECT_EQ(bind(s, wildcard(AF_INET6)), 0);
    return s;
  }
  Name name_of(SOCKET s) {
    Name name;
    EXPECT_EQ(local_name(s, &name), 0);
    return name;
  }
  // One that nobody has at any address, while a port that the system chooses for one address may be somebody else's at another.
  u_short port_free_everywhere(int family, int type) {
    SOCKET probe = make_at(wildcard(family), Wish::nothing, type);
    const u_short port = name_of(probe).port();
    EXPECT_EQ(close(probe), 0);
    return port;
  }
  // Whether a connection waits at the listener, and is taken then.
  bool takes_one(SOCKET listener) {
    EXPECT_EQ(set_nonblocking(listener), 0);
    SOCKET s = accept(listener);
    if (s == INVALID_SOCKET) return false;
    EXPECT_EQ(close(s), 0);
    return true;
  }
  // Which of the listeners gets a connection to this address; -1 when it is refused.
  int who_gets(const Name& name, std::initializer_list<SOCKET> listeners) {
    SOCKET client = make_socket(name.any.sa_family);
    if (connect(client, name) != 0) return -1;
    int found = -2;
    int index = 0;
    for (SOCKET listener : listeners) {
      if (takes_one(listener)) found = index;
      ++index;
    }
    EXPECT_EQ(close(client), 0);
    return found;
  }

 private:
  size_t entered_ = 0;
};

// Rows: first; columns: second. Nothing, REUSE, EXCLUSIVE; of each wildcard, then specific (sheet 4.4).
constexpr int kOk = 0, kUse = WSAEADDRINUSE, kAcc = WSAEACCES;
constexpr int kMatrix[6][6] = {
    {kUse, kOk, kAcc, kOk, kUse, kOk}, {kOk, kUse, kOk, kAcc, kUse, kUse},   {kUse, kOk, kOk, kOk, kUse, kOk},
    {kOk, kUse, kOk, kOk, kUse, kUse}, {kUse, kAcc, kAcc, kAcc, kUse, kAcc}, {kOk, kUse, kOk, kAcc, kUse, kUse},
};

TEST_F(Sharing, FollowsTheMatrix) {
  for (int family : {AF_INET, AF_INET6})
    for (int type : {SOCK_STREAM, SOCK_DGRAM})
      for (int first = 0; first < 6; ++first)
        for (int second = 0; second < 6; ++second) {
          auto at = [&](int index, u_short port) {
            return index % 2 == 1 ? loopback(family, port) : wildcard(family, port);
          };
          SOCKET one = make_at(at(first, port_free_everywhere(family, type)), static_cast<Wish>(first / 2), type);
          SOCKET other = make(static_cast<Wish>(second / 2), type, family);
          EXPECT_EQ(bind(other, at(second, name_of(one).port())), kMatrix[first][second])
              << family << ' ' << type << ", row " << first << ", column " << second;
          EXPECT_EQ(close(one), 0);
          EXPECT_EQ(close(other), 0);
        }
}

// Whoever may be bound beside a listener may listen too, unless they are one wildcard.
TEST_F(Sharing, LetsBothListenAlsoWhenTheFirstDoesAlready) {
  for (int first = 0; first < 6; ++first)
    for (int second = 0; second < 6; ++second) {
      if (kMatrix[first][second] != 0) continue;
      auto at = [&](int index, u_short port) {
        return index % 2 == 1 ? loopback(AF_INET, port) : wildcard(AF_INET, port);
      };
      SOCKET one = make_at(at(first, port_free_everywhere(AF_INET, SOCK_STREAM)), static_cast<Wish>(first / 2));
      ASSERT_EQ(listen(one), 0);
      SOCKET other = make_at(at(second, name_of(one).port()), static_cast<Wish>(second / 2));
      const bool wild = first % 2 == 0 && second % 2 == 0;
      EXPECT_EQ(listen(other), wild ? WSAEADDRINUSE : 0) << "row " << first << ", column " << second;
      EXPECT_EQ(close(one), 0);
      EXPECT_EQ(close(other), 0);
    }
}

TEST_F(Sharing, AFailedBindMayBeTriedAgain) {
  SOCKET one = make_at(loopback());
  SOCKET other = make(Wish::nothing);
  EXPECT_EQ(bind(other, name_of(one)), WSAEADDRINUSE);
  EXPECT_EQ(listen(other), WSAEINVAL);
  EXPECT_EQ(close(one), 0);
  EXPECT_EQ(bind(other, name_of(make_at(loopback()))), WSAEADDRINUSE);
  EXPECT_EQ(bind(other, loopback()), 0);
}

TEST_F(Sharing, CountsTheOptionsAtTheBindAlone) {
  SOCKET late = make_at(loopback());
  EXPECT_EQ(set_option(late, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, BOOL{TRUE}), WSAEINVAL);
  EXPECT_EQ(set_option(late, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), 0);
  EXPECT_EQ(bind(make(Wish::reuse), name_of(late)), WSAEACCES);

  SOCKET cleared = make_at(loopback(), Wish::reuse);
  EXPECT_EQ(set_option(cleared, SOL_SOCKET, SO_REUSEADDR, BOOL{FALSE}), 0);
  EXPECT_EQ(bind(make(Wish::reuse), name_of(cleared)), 0);
}

TEST_F(Sharing, TheMoreSpecificListenerGetsTheConnection) {
  for (bool wild_first : {true, false}) {
    SOCKET first = make_at(wild_first ? wildcard() : loopback());
    ASSERT_EQ(listen(first), 0);
    const u_short port = name_of(first).port();
    SOCKET second = make_at(wild_first ? loopback(AF_INET, port) : wildcard(AF_INET, port));
    ASSERT_EQ(listen(second), 0);
    SOCKET wild = wild_first ? first : second;
    SOCKET specific = wild_first ? second : first;
    Name other_address = loopback(AF_INET, port);
    other_address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    EXPECT_EQ(who_gets(loopback(AF_INET, port), {wild, specific}), 1);
    EXPECT_EQ(who_gets(other_address, {wild, specific}), 0);
    EXPECT_EQ(close(specific), 0);
    EXPECT_EQ(who_gets(loopback(AF_INET, port), {wild}), 0) << "nobody more specific is left";
    EXPECT_EQ(close(wild), 0);
  }
}

TEST_F(Sharing, ADualStackListenerLeavesIPv4ToTheOneOfIPv4) {
  SOCKET dual = make_dual_stack();
  ASSERT_EQ(listen(dual), 0);
  const u_short port = name_of(dual).port();
  SOCKET v4 = make_at(wildcard(AF_INET, port));
  ASSERT_EQ(listen(v4), 0);
  EXPECT_EQ(who_gets(loopback(AF_INET, port), {dual, v4}), 1);
  EXPECT_EQ(who_gets(loopback(AF_INET6, port), {dual, v4}), 0);
  EXPECT_EQ(close(v4), 0);
  EXPECT_EQ(who_gets(loopback(AF_INET, port), {dual}), 0);
  SOCKET exclusive = make_dual_stack(Wish::exclusive);
  EXPECT_EQ(bind(make(Wish::nothing), wildcard(AF_INET, name_of(exclusive).port())), WSAEACCES);
}

TEST_F(Sharing, ListenersOfOneAddressTakeTurns) {
  SOCKET first = make_at(loopback(), Wish::reuse);
  const Name name = name_of(first);
  SOCKET second = make_at(name, Wish::reuse);
  SOCKET third = make_at(name, Wish::reuse);
  ASSERT_EQ(listen(first), 0);
  SOCKET fourth = make_at(name, Wish::reuse);
  for (SOCKET s : {second, third, fourth}) {
    ASSERT_EQ(listen(s), 0);
    EXPECT_EQ(option(s, SOL_SOCKET, SO_ACCEPTCONN), 1) << "it listens, and waits for its turn";
  }
  for (int i = 0; i < 3; ++i) EXPECT_EQ(who_gets(name, {first, second, third, fourth}), 0);
  EXPECT_EQ(close(third), 0);
  EXPECT_EQ(who_gets(name, {first, second, fourth}), 0);
  EXPECT_EQ(close(first), 0);
  EXPECT_EQ(who_gets(name, {second, fourth}), 0);
  EXPECT_EQ(close(second), 0);
  EXPECT_EQ(who_gets(name, {fourth}), 0);
  EXPECT_EQ(close(fourth), 0);
  EXPECT_EQ(who_gets(name, {}), -1);
}

TEST_F(Sharing, WhoTakesOverKeepsItsOwnBacklog) {
  SOCKET first = make_at(loopback(), Wish::reuse);
  const Name name = name_of(first);
  SOCKET second = make_at(name, Wish::reuse);
  ASSERT_EQ(listen(first, 1), 0);
  ASSERT_EQ(listen(second, 8), 0);
  ASSERT_EQ(listen(second, 2), 0) << "the backlog may be changed while it waits";
  ASSERT_EQ(close(first), 0);
  int in = 0;
  for (int i = 0; i < 4; ++i)
    if (connect(make_socket(), name) == 0) ++in;
  EXPECT_EQ(in, 2);
  EXPECT_EQ(who_gets(name, {second}), -1) << "the queue is full";
  EXPECT_TRUE(takes_one(second));
}

TEST_F(Sharing, AnAcceptThatBlocksMeanwhileGetsTheFirstConnection) {
  SOCKET first = make_at(loopback(), Wish::reuse);
  const Name name = name_of(first);
  SOCKET second = make_at(name, Wish::reuse);
  ASSERT_EQ(listen(first), 0);
  ASSERT_EQ(listen(second), 0);
  SOCKET accepted = INVALID_SOCKET;
  std::thread acceptor([&] { accepted = accept(second); });
  ASSERT_EQ(close(first), 0);
  EXPECT_EQ(connect(make_socket(), name), 0);
  acceptor.join();
  EXPECT_NE(accepted, INVALID_SOCKET);
}

// A queue that is full makes the listener pause, for which the kernel's socket stops listening. The turn is not lost by that.
TEST_F(Sharing, APausedListenerKeepsItsTurn) {
  SOCKET first = make_at(loopback(), Wish::reuse);
  const Name name = name_of(first);
  SOCKET second = make_at(name, Wish::reuse);
  ASSERT_EQ(listen(first, 1), 0);
  ASSERT_EQ(listen(second, 4), 0);
  ASSERT_EQ(connect(make_socket(), name), 0);
  EXPECT_TRUE(eventually([&] { return connect(make_socket(), name) == WSAECONNREFUSED; }));
  EXPECT_FALSE(takes_one(second));
  while (takes_one(first)) continue;
  EXPECT_EQ(who_gets(name, {first, second}), 0);
}

TEST_F(Sharing, GoesOverTheRemainsOfAnEarlierServer) {
  SOCKET listener = make_listener();
  const Name name = name_of(listener);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  SOCKET living_client = make_socket();
  ASSERT_EQ(connect(living_client, name), 0);
  SOCKET server = accept(listener);
  SOCKET living_server = accept(listener);
  ASSERT_EQ(close(listener), 0);
  // The server's end closes first, so TIME_WAIT stays on its port, and the other connection stays altogether.
  ASSERT_EQ(close(server), 0);
  EXPECT_EQ(recv_text(client, 1), "");
  ASSERT_EQ(close(client), 0);
  EXPECT_EQ(bind(make(Wish::exclusive), name), WSAEADDRINUSE)
      << "exclusive use may have to wait for the old connections";
  SOCKET again = make_at(name);
  EXPECT_EQ(listen(again, 1), 0);
  EXPECT_EQ(who_gets(name, {again}), 0);
  EXPECT_EQ(send(living_client, "x"), 1);
  EXPECT_EQ(recv_text(living_server, 1), "x");
}

TEST_F(Sharing, GoesOverTheRemainsOfItsOwnConnection) {
  SOCKET listener = make_listener();
  SOCKET client = make_at(loopback());
  const Name name = name_of(client);
  ASSERT_EQ(connect(client, name_of(listener)), 0);
  SOCKET server = accept(listener);
  ASSERT_EQ(close(client), 0);
  EXPECT_EQ(recv_text(server, 1), "");
  ASSERT_EQ(close(server), 0);
  EXPECT_EQ(bind(make(Wish::nothing), name), 0);
}

TEST_F(Sharing, StaysOutOfTheWayOfOtherProcesses) {
  ForeignSocket bound(true);
  SOCKET finder = make_at(loopback());
  const Name name = name_of(finder);
  ASSERT_EQ(close(finder), 0);
  ASSERT_EQ(bound.bind(name), 0);
  ASSERT_EQ(bound.listen(), 0);
  for (Wish wish : {Wish::nothing, Wish::exclusive, Wish::reuse}) EXPECT_EQ(bind(make(wish), name), WSAEADDRINUSE);
  EXPECT_EQ(bind(make(Wish::nothing), wildcard(AF_INET, name.port())), WSAEADDRINUSE);
}

// A listener that refuses does so by not listening, and a port at which nobody listens is open to whoever has the kernel's
// SO_REUSEADDR. For a moment another process could take it, and then the listener could not come back.
TEST_F(Sharing, KeepsOtherProcessesOutWhenItIsBoundAndWhenItPauses) {
  SOCKET listener = make_at(loopback());
  const Name name = name_of(listener);
  EXPECT_LT(ForeignSocket(true).bind(name), 0) << "bound";
  ASSERT_EQ(listen(listener, 1), 0);
  EXPECT_LT(ForeignSocket(true).bind(name), 0) << "listening";
  ASSERT_EQ(connect(make_socket(), name), 0);
  EXPECT_TRUE(eventually([&] { return connect(make_socket(), name) == WSAECONNREFUSED; }));
  EXPECT_LT(ForeignSocket(true).bind(name), 0) << "paused";
  EXPECT_TRUE(takes_one(listener));
  EXPECT_EQ(connect(make_socket(), name), 0);
}

TEST_F(Sharing, KnowsDatagramSocketsThatWereBoundBySending) {
  SOCKET sender = make_socket(AF_INET, SOCK_DGRAM);
  SOCKET receiver = make_bound(AF_INET, SOCK_DGRAM);
  const Name to = name_of(receiver);
  ASSERT_EQ(connect(sender, to), 0);
  const u_short port = name_of(sender).port();
  EXPECT_EQ(bind(make(Wish::reuse, SOCK_DGRAM), wildcard(AF_INET, port)), WSAEACCES);
  EXPECT_EQ(bind(make(Wish::nothing, SOCK_DGRAM), loopback(AF_INET, port)), 0);
}

TEST_F(Sharing, TheMoreSpecificSocketGetsTheDatagram) {
  SOCKET wild = make_at(wildcard(), Wish::nothing, SOCK_DGRAM);
  const Name name = loopback(AF_INET, name_of(wild).port());
  SOCKET specific = make_at(name, Wish::nothing, SOCK_DGRAM);
  SOCKET sender = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(sender, name), 0);
  ASSERT_EQ(send(sender, "x"), 1);
  char byte = 0;
  EXPECT_EQ(recv(specific, &byte, 1), 1);
  ASSERT_EQ(set_nonblocking(wild), 0);
  EXPECT_EQ(recv(wild, &byte, 1), -WSAEWOULDBLOCK);
}

TEST_F(Sharing, APutOffPortIsChosenByConnectOrListen) {
  SOCKET client = make_socket();
  EXPECT_EQ(set_option(client, SOL_SOCKET, SO_REUSE_UNICASTPORT, DWORD{1}), 0);
  EXPECT_EQ(option(client, SOL_SOCKET, SO_REUSE_UNICASTPORT), 1);
  ASSERT_EQ(bind(client, loopback()), 0);
  EXPECT_EQ(name_of(client).port(), 0);
  EXPECT_EQ(set_option(client, SOL_SOCKET, SO_REUSE_UNICASTPORT, DWORD{0}), WSAEINVAL) << "too late";
  SOCKET listener = make_socket();
  EXPECT_EQ(set_option(listener, SOL_SOCKET, SO_REUSE_UNICASTPORT, DWORD{1}), 0);
  ASSERT_EQ(bind(listener, loopback()), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  const Name name = name_of(listener);
  EXPECT_NE(name.port(), 0);
  ASSERT_EQ(connect(client, name), 0);
  EXPECT_NE(name_of(client).port(), 0);
  EXPECT_TRUE(eventually([&] { return connect(make_socket(), name) == WSAECONNREFUSED; }));
  EXPECT_TRUE(takes_one(listener));
  EXPECT_EQ(who_gets(name, {listener}), 0) << "a listener that was full keeps its port";
}

// The option is asked for before the bind; who has it not, and another user of the port, keep each other out.
TEST_F(Sharing, ProcessesThatAskForItShareAListeningPort) {
  SOCKET listener = make_socket();
  EXPECT_EQ(option(listener, SOL_SOCKET, INLET_SO_SHARE_PORT), 0);
  EXPECT_EQ(set_option(listener, SOL_SOCKET, INLET_SO_SHARE_PORT, BOOL{TRUE}), 0);
  EXPECT_EQ(option(listener, SOL_SOCKET, INLET_SO_SHARE_PORT), 1);
  ASSERT_EQ(bind(listener, loopback()), 0);
  ASSERT_EQ(listen(listener, 5), 0);
  EXPECT_EQ(set_option(listener, SOL_SOCKET, INLET_SO_SHARE_PORT, BOOL{FALSE}), WSAEINVAL) << "too late";
  const Name name = name_of(listener);
  ForeignSocket stranger(true), partner;
  EXPECT_EQ(stranger.bind(name), -EADDRINUSE);
  partner.share_port();
  EXPECT_EQ(partner.bind(name), 0);
  EXPECT_EQ(partner.listen(), 0);
  SOCKET datagrams = make_socket(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(set_option(datagrams, SOL_SOCKET, INLET_SO_SHARE_PORT, BOOL{TRUE}), WSAENOPROTOOPT);
}

// Twins come and go in four threads while clients connect. Whoever has the turn serves; in the end nothing is left.
TEST_F(Sharing, TurnsAreNeverLostBetweenThreads) {
  constexpr int kRounds = 100;
  SOCKET anchor = make_at(loopback(), Wish::reuse);
  const Name name = name_of(anchor);
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        SOCKET s = make_at(name, Wish::reuse);
        ASSERT_EQ(listen(s, 4), 0);
        if (takes_one(s)) ++served;
        ASSERT_EQ(close(s), 0);
      }
    });
  }
  for (int i = 0; i < kRounds; ++i) {
    SOCKET client = make_socket();
    connect(client, name);
    ASSERT_EQ(close(client), 0);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(who_gets(name, {}), -1) << "all have closed";
  ASSERT_EQ(listen(anchor), 0);
  EXPECT_EQ(who_gets(name, {anchor}), 0);
}

}  // namespace
}  // namespace inlet::provider::test
