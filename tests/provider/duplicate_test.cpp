// WSPDuplicateSocket within one process: several handles of one socket.
#include "duplicate_fixture.h"

#include <atomic>
#include <thread>
#include <vector>

namespace inlet::provider::test {
namespace {

class Duplicate : public DuplicateTest {};

TEST_F(Duplicate, ChecksHandleThenStructureThenProcess) {
  SOCKET s = make_socket();
  WSAPROTOCOL_INFOW info{};
  EXPECT_EQ(duplicate(INVALID_SOCKET, 0, nullptr), WSAENOTSOCK);
  EXPECT_EQ(duplicate(s, 0, nullptr), WSAEFAULT);
  EXPECT_EQ(duplicate(s, 0, &info), WSAEINVAL);
  EXPECT_EQ(duplicate(s, ~DWORD{0}, &info), WSAEINVAL);
  EXPECT_EQ(duplicate(s, 0x7fffffff, &info), WSAEINVAL) << "no process has this number";
  EXPECT_EQ(close(s), 0);
  EXPECT_EQ(duplicate(s, own_process(), &info), WSAENOTSOCK);
}

TEST_F(Duplicate, StructureNamesTheRealProtocol) {
  SOCKET s = make_socket(AF_INET6, SOCK_DGRAM);
  const WSAPROTOCOL_INFOW info = info_of(s);
  EXPECT_EQ(info.iAddressFamily, AF_INET6);
  EXPECT_EQ(info.iSocketType, SOCK_DGRAM);
  EXPECT_EQ(info.iProtocol, IPPROTO_UDP);
  EXPECT_EQ(close(s), 0);
}

TEST_F(Duplicate, OpensOnce) {
  SOCKET s = make_socket();
  const WSAPROTOCOL_INFOW info = info_of(s);
  SOCKET first = INVALID_SOCKET;
  SOCKET second = INVALID_SOCKET;
  EXPECT_EQ(open(info, &first), 0);
  EXPECT_EQ(open(info, &second), WSAEINVAL);
  EXPECT_NE(first, s);
  EXPECT_EQ(close(first), 0);
  EXPECT_EQ(close(s), 0);
}

TEST_F(Duplicate, LastHandleEndsTheConnectionWhicheverItIs) {
  for (const bool source_first : {true, false}) {
    auto [client, server] = make_pair();
    SOCKET copy = duplicate_of(server);
    EXPECT_EQ(close(source_first ? server : copy), 0);
    SOCKET left = source_first ? copy : server;
    EXPECT_EQ(send(client, "ping"), 4);
    EXPECT_EQ(recv_text(left, 4), "ping");
    EXPECT_EQ(send(left, "pong"), 4);
    EXPECT_EQ(recv_text(client, 4), "pong");
    EXPECT_EQ(close(left), 0);
    EXPECT_TRUE(ends(client));
    EXPECT_EQ(close(client), 0);
  }
}

TEST_F(Duplicate, ClosedHandleIsNoSocketAlthoughTheSocketLives) {
  auto [client, server] = make_pair();
  SOCKET copy = duplicate_of(server);
  SOCKET copy_of_copy = duplicate_of(copy);
  EXPECT_EQ(close(server), 0);
  EXPECT_EQ(send(server, "x"), -WSAENOTSOCK);
  EXPECT_EQ(close(server), WSAENOTSOCK);
  EXPECT_EQ(close(copy), 0);
  EXPECT_EQ(close(copy), WSAENOTSOCK);
  EXPECT_EQ(send(copy_of_copy, "x"), 1);
  EXPECT_EQ(recv_text(client, 1), "x");
  EXPECT_EQ(close(copy_of_copy), 0);
  EXPECT_EQ(close(client), 0);
}

TEST_F(Duplicate, SourceMayCloseBeforeTheDuplicateIsOpened) {
  auto [client, server] = make_pair();
  const WSAPROTOCOL_INFOW info = info_of(server);
  EXPECT_EQ(close(server), 0);
  SOCKET copy = INVALID_SOCKET;
  ASSERT_EQ(open(info, &copy), 0);
  EXPECT_EQ(send(copy, "still here"), 10);
  EXPECT_EQ(recv_text(client, 10), "still here");
  EXPECT_EQ(close(copy), 0);
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(close(client), 0);
}

TEST_F(Duplicate, SharesModeOptionsAndShutdown) {
  auto [client, server] = make_pair();
  SOCKET copy = duplicate_of(server);
  EXPECT_EQ(set_nonblocking(copy), 0);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAEWOULDBLOCK);
  EXPECT_EQ(set_option(server, SOL_SOCKET, SO_RCVTIMEO, DWORD{1234}), 0);
  EXPECT_EQ(option(copy, SOL_SOCKET, SO_RCVTIMEO), 1234);
  EXPECT_EQ(shutdown(copy, SD_SEND), 0);
  EXPECT_EQ(send(server, "x"), -WSAESHUTDOWN);
  EXPECT_TRUE(ends(client));
  for (SOCKET s : {client, server, copy}) EXPECT_EQ(close(s), 0);
}

TEST_F(Duplicate, SharesTheQueueOfAListener) {
  SOCKET listener = make_listener();
  SOCKET copy = duplicate_of(listener);
  Name name;
  ASSERT_EQ(local_name(copy, &name), 0);
  EXPECT_EQ(close(listener), 0);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  SOCKET server = accept(copy);
  EXPECT_NE(server, INVALID_SOCKET);
  EXPECT_EQ(close(copy), 0);
  SOCKET late = make_socket();
  EXPECT_EQ(connect(late, name), WSAECONNREFUSED);
  for (SOCKET s : {client, server, late}) EXPECT_EQ(close(s), 0);
}

// On Windows it does not learn of a bind that came later, and its receives are refused.
TEST_F(Duplicate, KnowsOfABindOnlyWhenItCameBefore) {
  SOCKET source = make_socket(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(set_nonblocking(source), 0);
  SOCKET early = duplicate_of(source);
  ASSERT_EQ(bind(source, loopback()), 0);
  SOCKET late = duplicate_of(source);
  char byte = 0;
  EXPECT_EQ(recv(source, &byte, 1), -WSAEWOULDBLOCK);
  EXPECT_EQ(recv(late, &byte, 1), -WSAEWOULDBLOCK);
  EXPECT_EQ(recv(early, &byte, 1), -WSAEINVAL);
  for (SOCKET s : {source, early, late}) EXPECT_EQ(close(s), 0);
}

// Many rounds, because nobody can see whether the thread waits already; it must come out right either way.
TEST_F(Duplicate, BlockedCallGoesOnWhenAHandleIsClosed) {
  for (int round = 0; round < 50; ++round) {
    auto [client, server] = make_pair();
    SOCKET copy = duplicate_of(server);
    SOCKET third = duplicate_of(server);
    std::atomic<bool> begun{false};
    std::string received;
    std::thread reader([&, copy = copy] {
      received = recv_text(copy, 1);
      begun.store(true);
      received += recv_text(copy, 4);
    });
    EXPECT_EQ(send(client, "!"), 1);
    ASSERT_TRUE(eventually([&] { return begun.load(); }));
    EXPECT_EQ(close(server), 0);
    EXPECT_EQ(close(third), 0);
    EXPECT_EQ(send(client, "data"), 4);
    reader.join();
    EXPECT_EQ(received, "!data");
    EXPECT_EQ(close(copy), 0);
    EXPECT_EQ(close(client), 0);
  }
}

TEST_F(Duplicate, LastCloseWakesABlockedCall) {
  for (int round = 0; round < 50; ++round) {
    auto [client, server] = make_pair();
    SOCKET copy = duplicate_of(server);
    EXPECT_EQ(close(server), 0);
    int result = 0;
    std::thread reader([&, copy = copy] {
      char byte = 0;
      result = recv(copy, &byte, 1);
    });
    EXPECT_EQ(close(copy), 0);
    reader.join();
    EXPECT_TRUE(result == -WSAEINTR || result == -WSAENOTSOCK) << result;
    EXPECT_EQ(close(client), 0);
  }
}

TEST_F(Duplicate, SelectAnswersWithTheHandlesItWasAsked) {
  auto [client, server] = make_pair();
  SOCKET copy = duplicate_of(server);
  EXPECT_EQ(send(client, "x"), 1);
  fd_set readable{};
  for (SOCKET s : {server, copy, copy}) readable.fd_array[readable.fd_count++] = s;
  int error = 0;
  ASSERT_EQ(wsp.lpWSPSelect(0, &readable, nullptr, nullptr, nullptr, &error), 2) << error;
  ASSERT_EQ(readable.fd_count, 2u);
  EXPECT_EQ(readable.fd_array[0], server);
  EXPECT_EQ(readable.fd_array[1], copy);
  for (SOCKET s : {client, server, copy}) EXPECT_EQ(close(s), 0);
}

TEST_F(Duplicate, CleanupClosesHandlesAndOffers) {
  auto [client, server] = make_pair();
  duplicate_of(server);
  info_of(server);
  info_of(client);
  EXPECT_EQ(close(server), 0);
  cleanup();  // TearDown looks whether anything is left
}

TEST_F(Duplicate, OffersAreLimited) {
  SOCKET s = make_socket();
  WSAPROTOCOL_INFOW info{};
  int code = 0;
  int made = 0;
  while (made < 5000 && (code = duplicate(s, own_process(), &info)) == 0) ++made;
  EXPECT_EQ(code, WSAEMFILE);
  SOCKET copy = INVALID_SOCKET;
  EXPECT_EQ(open(info, &copy), 0) << "the last one that was made";
  EXPECT_EQ(duplicate(s, own_process(), &info), 0) << "there is room for one again";
  EXPECT_EQ(close(copy), 0);
  EXPECT_EQ(close(s), 0);
}

// Threads make and close handles of one socket, and of sockets that are closed meanwhile, while others send.
TEST_F(Duplicate, ManyThreadsDuplicateAndClose) {
  auto [client, server] = make_pair();
  constexpr int kThreads = 4;
  constexpr int kRounds = 300;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, server = server] {
      for (int round = 0; round < kRounds; ++round) {
        WSAPROTOCOL_INFOW info{};
        ASSERT_EQ(duplicate(server, own_process(), &info), 0);
        SOCKET copy = INVALID_SOCKET;
        ASSERT_EQ(open(info, &copy), 0);
        ASSERT_EQ(send(copy, "x"), 1);
        ASSERT_EQ(close(copy), 0);
      }
    });
  }
  const std::string all = recv_text(client, size_t{kThreads} * kRounds);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(all.size(), size_t{kThreads} * kRounds);
  EXPECT_EQ(close(server), 0);
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(close(client), 0);
}

// Whoever comes second finds no socket; whoever comes first keeps it open for the other.
TEST_F(Duplicate, RacesWithTheCloseOfItsSource) {
  for (int round = 0; round < 200; ++round) {
    auto [client, server] = make_pair();
    SOCKET copy = INVALID_SOCKET;
    std::thread other([&, server = server] {
      WSAPROTOCOL_INFOW info{};
      const int code = duplicate(server, own_process(), &info);
      ASSERT_TRUE(code == 0 || code == WSAENOTSOCK) << code;
      if (code == 0) {
        ASSERT_EQ(open(info, &copy), 0);
      }
    });
    EXPECT_EQ(close(server), 0);
    other.join();
    if (copy != INVALID_SOCKET) {
      EXPECT_EQ(send(copy, "x"), 1);
      EXPECT_EQ(recv_text(client, 1), "x");
      EXPECT_EQ(close(copy), 0);
    }
    EXPECT_TRUE(ends(client));
    EXPECT_EQ(close(client), 0);
  }
}

}  // namespace
}  // namespace inlet::provider::test
