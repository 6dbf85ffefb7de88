// WSPSelect: what stands in which set, and how the sets, the clock and other threads are treated (sheet 2.12, 5.6, 6.4).
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <memory_resource>
#include <vector>

#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

using namespace std::chrono_literals;

// Which sets a socket stands in.
enum Sets { kNone = 0, kRead = 1, kWrite = 2, kExcept = 4 };

struct SelectTest : ProviderTest {
  static fd_set set_of(std::initializer_list<SOCKET> sockets) {
    fd_set set;
    FD_ZERO(&set);
    for (SOCKET s : sockets) set.fd_array[set.fd_count++] = s;
    return set;
  }
  // The number, or the error code as a negative number.
  int select(fd_set* read, fd_set* write, fd_set* except, std::chrono::microseconds wait = 0us) {
    const timeval timeout{static_cast<time_t>(wait / 1s), static_cast<suseconds_t>((wait % 1s).count())};
    return select_until(read, write, except, &timeout);
  }
  int select_until(fd_set* read, fd_set* write, fd_set* except, const timeval* timeout) {
    int error = 0;
    const int count = wsp.lpWSPSelect(0, read, write, except, timeout, &error);
    return count == SOCKET_ERROR ? -error : count;
  }
  // Where the socket stands after a select for all three.
  int sets_of(SOCKET s, std::chrono::microseconds wait = 0us) {
    fd_set read = set_of({s}), write = read, except = read;
    const int count = select(&read, &write, &except, wait);
    EXPECT_EQ(count, static_cast<int>(read.fd_count + write.fd_count + except.fd_count));
    return (FD_ISSET(s, &read) ? kRead : 0) | (FD_ISSET(s, &write) ? kWrite : 0) | (FD_ISSET(s, &except) ? kExcept : 0);
  }
  // Even on the loopback it takes a moment until the other end knows.
  bool comes_to(SOCKET s, int sets) {
    return eventually([&] { return sets_of(s) == sets; });
  }
  // Runs one select for ever in another thread, and what is to end it in this one.
  template <class Act>
  int select_while(fd_set* read, fd_set* write, fd_set* except, Act act) {
    std::atomic<bool> begins{false};
    int result = 0;
    std::thread waiter([&] {
      begins = true;
      result = select_until(read, write, except, nullptr);
    });
    EXPECT_TRUE(eventually([&] { return begins.load(); }));
    // Whether it already sleeps does not matter to the result; usually it does after this.
    std::this_thread::sleep_for(5ms);
    act();
    waiter.join();
    return result;
  }
  SOCKET nonblocking_client() {
    SOCKET s = make_socket();
    EXPECT_EQ(set_nonblocking(s), 0);
    return s;
  }
  Name name_of(SOCKET s) {
    Name name;
    EXPECT_EQ(local_name(s, &name), 0);
    return name;
  }
  // An address at which nobody listens.
  Name nobody() {
    SOCKET s = make_bound();
    Name name = name_of(s);
    EXPECT_EQ(close(s), 0);
    return name;
  }
};

TEST_F(SelectTest, AnUnconnectedStreamSocketIsInNoSet) {
  for (int family : {AF_INET, AF_INET6}) {
    SOCKET fresh = make_socket(family);
    SOCKET bound = make_bound(family);
    EXPECT_EQ(sets_of(fresh), kNone);
    EXPECT_EQ(sets_of(bound), kNone);
    close(fresh);
    close(bound);
  }
}

TEST_F(SelectTest, AListenerIsReadableWhenAConnectionWaits) {
  SOCKET listener = make_listener();
  EXPECT_EQ(sets_of(listener), kNone);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name_of(listener)), 0);
  EXPECT_TRUE(comes_to(listener, kRead));
  close(accept(listener));
  EXPECT_EQ(sets_of(listener), kNone);
  close(client);
  close(listener);
}

TEST_F(SelectTest, AnUnboundDatagramSocketCanBeSentOn) {
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(sets_of(s), kWrite);
  close(s);
}

TEST_F(SelectTest, ADatagramMakesReadable) {
  SOCKET to = make_bound(AF_INET, SOCK_DGRAM);
  SOCKET from = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(from, name_of(to)), 0);
  ASSERT_EQ(send(from, "x"), 1);
  EXPECT_TRUE(comes_to(to, kRead | kWrite));
  close(to);
  close(from);
}

TEST_F(SelectTest, AnUndeliverableDatagramMakesReadable) {
  SOCKET gone = make_bound(AF_INET, SOCK_DGRAM);
  const Name name = name_of(gone);
  close(gone);
  SOCKET from = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(from, name), 0);
  ASSERT_EQ(send(from, "x"), 1);
  EXPECT_TRUE(comes_to(from, kRead | kWrite));
  char byte = 0;
  ASSERT_EQ(set_nonblocking(from), 0);
  EXPECT_EQ(recv(from, &byte, 1), -WSAECONNRESET);
  EXPECT_EQ(sets_of(from), kWrite);
  close(from);
}

TEST_F(SelectTest, AConnectionIsWritableThenReadableWithDataAndAtTheEnd) {
  auto [client, server] = make_pair();
  EXPECT_EQ(sets_of(server), kWrite);
  ASSERT_EQ(send(client, "ab"), 2);
  EXPECT_TRUE(comes_to(server, kRead | kWrite));
  EXPECT_EQ(recv_text(server, 2), "ab");
  EXPECT_EQ(sets_of(server), kWrite);
  ASSERT_EQ(shutdown(client, SD_SEND), 0);
  EXPECT_TRUE(comes_to(server, kRead | kWrite));
  ASSERT_EQ(shutdown(server, SD_SEND), 0);
  EXPECT_TRUE(comes_to(client, kRead | kWrite));
  close(client);
  close(server);
}

TEST_F(SelectTest, AFullConnectionIsNotWritable) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_nonblocking(client), 0);
  const std::string block(1 << 20, 'x');
  int sent = 0;
  for (int i = 0; i < 1000 && sent >= 0; ++i) sent = send(client, block);
  ASSERT_EQ(sent, -WSAEWOULDBLOCK);
  EXPECT_TRUE(comes_to(client, kNone));
  std::string sink(1 << 20, '\0');
  EXPECT_TRUE(eventually([&] { return recv(server, sink.data(), sink.size()) <= 0 || sets_of(client) == kWrite; }));
  reset(client);
  close(server);
}

TEST_F(SelectTest, AResetIsReadableAndWritableForEver) {
  auto [client, server] = make_pair();
  reset(client);
  EXPECT_TRUE(comes_to(server, kRead | kWrite));
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAECONNRESET);
  EXPECT_EQ(sets_of(server), kRead | kWrite);
  close(server);
}

// A receive after SD_RECEIVE fails at once, so select once called the socket readable. Windows does not: nothing has happened
// that the program does not know.
TEST_F(SelectTest, OwnShutdownOfReceivingIsNothingNew) {
  auto [client, server] = make_pair();
  ASSERT_EQ(shutdown(server, SD_RECEIVE), 0);
  EXPECT_EQ(sets_of(server), kWrite);
  close(client);
  close(server);
}

TEST_F(SelectTest, ANonblockingConnectEndsInTheWriteSet) {
  SOCKET listener = make_listener();
  SOCKET client = nonblocking_client();
  ASSERT_EQ(connect(client, name_of(listener)), WSAEWOULDBLOCK);
  EXPECT_EQ(sets_of(client, 5s), kWrite);
  close(client);
  close(listener);
}

TEST_F(SelectTest, AFailedNonblockingConnectStaysInTheExceptSetOnly) {
  SOCKET client = nonblocking_client();
  ASSERT_EQ(connect(client, nobody()), WSAEWOULDBLOCK);
  EXPECT_EQ(sets_of(client, 5s), kExcept);
  EXPECT_EQ(sets_of(client), kExcept);
  EXPECT_EQ(option(client, SOL_SOCKET, SO_ERROR), WSAECONNREFUSED);
  EXPECT_EQ(sets_of(client), kExcept);
  EXPECT_EQ(option(client, SOL_SOCKET, SO_ERROR), WSAECONNREFUSED);
  close(client);
}

TEST_F(SelectTest, AFailedBlockingConnectShowsInTheExceptSetAndNotInSoError) {
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, nobody()), WSAECONNREFUSED);
  EXPECT_EQ(sets_of(client), kExcept);
  EXPECT_EQ(option(client, SOL_SOCKET, SO_ERROR), 0);
  // The next connect starts afresh.
  SOCKET listener = make_listener();
  ASSERT_EQ(connect(client, name_of(listener)), 0);
  EXPECT_EQ(sets_of(client), kWrite);
  close(client);
  close(listener);
}

TEST_F(SelectTest, AnUrgentByteIsExceptionalAndNotReadable) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  EXPECT_TRUE(comes_to(server, kWrite | kExcept));
  ASSERT_EQ(send(client, "abc"), 3);
  EXPECT_TRUE(comes_to(server, kRead | kWrite | kExcept));
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1, MSG_OOB), 1);
  EXPECT_EQ(sets_of(server), kRead | kWrite);
  EXPECT_EQ(recv_text(server, 3), "abc");
  EXPECT_EQ(sets_of(server), kWrite);
  close(client);
  close(server);
}

TEST_F(SelectTest, AnUrgentByteInlineIsReadableAndNotExceptional) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_option(server, SOL_SOCKET, SO_OOBINLINE, BOOL{TRUE}), 0);
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  EXPECT_TRUE(comes_to(server, kRead | kWrite));
  close(client);
  close(server);
}

TEST_F(SelectTest, NothingToWatchIsInvalid) {
  fd_set empty = set_of({});
  EXPECT_EQ(select(nullptr, nullptr, nullptr), -WSAEINVAL);
  EXPECT_EQ(select(&empty, &empty, &empty), -WSAEINVAL);
  EXPECT_EQ(select(nullptr, &empty, nullptr, 1s), -WSAEINVAL);
}

TEST_F(SelectTest, ANegativeTimeIsInvalid) {
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  for (timeval timeout : {timeval{-1, 0}, timeval{0, -1}, timeval{1, -1}}) {
    fd_set write = set_of({s});
    EXPECT_EQ(select_until(nullptr, &write, nullptr, &timeout), -WSAEINVAL);
    EXPECT_EQ(write.fd_count, 1u);
  }
  close(s);
}

TEST_F(SelectTest, AMemberThatIsNoSocketLeavesAllSetsUnchanged) {
  SOCKET good = make_socket(AF_INET, SOCK_DGRAM);
  SOCKET closed = make_socket();
  close(closed);
  for (SOCKET bad : {INVALID_SOCKET, SOCKET{0}, SOCKET{0xdeadbeef}, closed}) {
    fd_set read = set_of({good, bad}), write = set_of({good}), except = set_of({good});
    EXPECT_EQ(select(&read, &write, &except), -WSAENOTSOCK);
    EXPECT_EQ(read.fd_count, 2u);
    EXPECT_EQ(write.fd_count, 1u);
    EXPECT_EQ(except.fd_count, 1u);
    EXPECT_EQ(read.fd_array[1], bad);
  }
  close(good);
}

TEST_F(SelectTest, ASocketTwiceInASetCountsOnce) {
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  fd_set write = set_of({s, s, s});
  EXPECT_EQ(select(nullptr, &write, nullptr), 1);
  EXPECT_EQ(write.fd_count, 1u);
  close(s);
}

TEST_F(SelectTest, TheSameSetTwiceGetsTheUnionAndCountsEachUse) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "x"), 1);
  ASSERT_TRUE(comes_to(server, kRead | kWrite));
  SOCKET idle = make_socket();
  fd_set both = set_of({server, idle, client});
  EXPECT_EQ(select(&both, &both, nullptr), 3);  // server to read and to write, client to write
  EXPECT_EQ(both.fd_count, 2u);
  EXPECT_TRUE(FD_ISSET(server, &both));
  EXPECT_TRUE(FD_ISSET(client, &both));
  close(client);
  close(server);
  close(idle);
}

TEST_F(SelectTest, OnlyTheCountedMembersAreLookedAt) {
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  fd_set write = set_of({s});
  write.fd_array[1] = INVALID_SOCKET;
  EXPECT_EQ(select(nullptr, &write, nullptr), 1);
  close(s);
}

// A set of any size that the program has made room for.
struct LargeSet {
  explicit LargeSet(const std::vector<SOCKET>& sockets) : room(sockets.size() + 1) {
    set()->fd_count = static_cast<u_int>(sockets.size());
    std::ranges::copy(sockets, room.begin() + 1);
  }
  fd_set* set() { return reinterpret_cast<fd_set*>(room.data()); }
  std::vector<SOCKET> room;
};
static_assert(offsetof(fd_set, fd_array) == sizeof(SOCKET));

TEST_F(SelectTest, ASetMayHoldMoreThanSixtyFour) {
  std::vector<SOCKET> sockets;
  for (int i = 0; i < 300; ++i) sockets.push_back(make_bound(AF_INET, SOCK_DGRAM));
  SOCKET from = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(from, name_of(sockets[299])), 0);
  ASSERT_EQ(send(from, "x"), 1);
  LargeSet read(sockets), write(sockets);
  EXPECT_EQ(select(read.set(), nullptr, nullptr, 5s), 1);
  EXPECT_EQ(read.room[1], sockets[299]);
  EXPECT_EQ(select(nullptr, write.set(), nullptr), 300);
  for (SOCKET s : sockets) close(s);
  close(from);
}

TEST_F(SelectTest, SixtyFourSocketsInEachOfThreeSetsTakeNoHeap) {
  std::vector<SOCKET> sockets;
  for (int i = 0; i < 192; ++i) sockets.push_back(make_listener());
  auto part = [&](int i) {
    fd_set set;
    set.fd_count = 64;
    std::ranges::copy_n(sockets.begin() + i * 64, 64, set.fd_array);
    return set;
  };
  fd_set read = part(0), write = part(1), except = part(2);
  std::pmr::memory_resource* heap = std::pmr::set_default_resource(std::pmr::null_memory_resource());
  const int result = select(&read, &write, &except, 1ms);
  std::pmr::set_default_resource(heap);
  EXPECT_EQ(result, 0);
  for (SOCKET s : sockets) close(s);
}

TEST_F(SelectTest, TheTimeIsWaitedForAndNotChanged) {
  SOCKET listener = make_listener();
  fd_set read = set_of({listener});
  const timeval timeout{0, 30'000};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(select_until(&read, nullptr, nullptr, &timeout), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
  EXPECT_EQ(timeout.tv_usec, 30'000);
  EXPECT_EQ(read.fd_count, 0u);
  close(listener);
}

TEST_F(SelectTest, DataThatComesEndsTheWait) {
  auto [client, server] = make_pair();
  fd_set read = set_of({server});
  EXPECT_EQ(select_while(&read, nullptr, nullptr, [&, to = client] { EXPECT_EQ(send(to, "x"), 1); }), 1);
  EXPECT_EQ(read.fd_count, 1u);
  close(client);
  close(server);
}

TEST_F(SelectTest, AnUrgentByteThatIsReadInlineDoesNotEndAWaitForExceptions) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_option(server, SOL_SOCKET, SO_OOBINLINE, BOOL{TRUE}), 0);
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  ASSERT_TRUE(comes_to(server, kRead | kWrite));
  fd_set except = set_of({server});
  EXPECT_EQ(select(nullptr, nullptr, &except, 20ms), 0);
  close(client);
  close(server);
}

TEST_F(SelectTest, AConnectInAnotherThreadIsSeenByAWaitThatBeganBefore) {
  SOCKET listener = make_listener();
  SOCKET client = nonblocking_client();
  fd_set write = set_of({client});
  EXPECT_EQ(
      select_while(nullptr, &write, nullptr, [&] { EXPECT_EQ(connect(client, name_of(listener)), WSAEWOULDBLOCK); }),
      1);
  close(client);
  close(listener);
}

TEST_F(SelectTest, AfterAShutdownInAnotherThreadAWaitStillSeesTheReset) {
  auto [client, server] = make_pair();
  fd_set read = set_of({server});
  auto shut_then_reset = [&, c = client, s = server] {
    EXPECT_EQ(shutdown(s, SD_RECEIVE), 0);
    reset(c);
  };
  EXPECT_EQ(select_while(&read, nullptr, nullptr, shut_then_reset), 1);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAESHUTDOWN);
  close(server);
}

TEST_F(SelectTest, ClosingASocketInTheReadSetReturnsIt) {
  auto [client, server] = make_pair();
  fd_set read = set_of({server}), except = read;
  EXPECT_EQ(select_while(&read, nullptr, &except, [&, s = server] { EXPECT_EQ(close(s), 0); }), 1);
  EXPECT_EQ(read.fd_count, 1u);
  EXPECT_EQ(read.fd_array[0], server);
  EXPECT_EQ(except.fd_count, 0u);
  close(client);
}

TEST_F(SelectTest, ClosingASocketInTheExceptSetOnlyIsAnErrorAndLeavesTheSets) {
  auto [client, server] = make_pair();
  fd_set read = set_of({client}), except = set_of({server});
  // A descriptor of one end must not bring the other to an end in good order, or that would be found first.
  EXPECT_EQ(select_while(nullptr, nullptr, &except, [&, s = server] { EXPECT_EQ(close(s), 0); }), -WSAENOTSOCK);
  EXPECT_EQ(except.fd_count, 1u);
  EXPECT_EQ(read.fd_count, 1u);
  close(client);
}

TEST_F(SelectTest, SignalsAreNotSeen) {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  struct sigaction before {};
  ASSERT_EQ(sigaction(SIGUSR2, &action, &before), 0);
  SOCKET listener = make_listener();
  fd_set read = set_of({listener});
  const pthread_t self = pthread_self();
  std::atomic<bool> over{false};
  std::thread disturber([&] {
    while (!over) {
      pthread_kill(self, SIGUSR2);
      std::this_thread::sleep_for(1ms);
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(select(&read, nullptr, nullptr, 50ms), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
  over = true;
  disturber.join();
  sigaction(SIGUSR2, &before, nullptr);
  close(listener);
}

TEST_F(SelectTest, CleanupEndsAWait) {
  SOCKET listener = make_listener();
  fd_set except = set_of({listener});
  EXPECT_EQ(select_while(nullptr, nullptr, &except, [&] { cleanup(); }), -WSAENOTSOCK);
}

}  // namespace
}  // namespace inlet::provider::test
