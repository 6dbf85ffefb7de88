// Duplicates and what goes on without a thread of the program: overlapped operations and network events.
#include "duplicate_fixture.h"
#include "overlapped_fixture.h"

#include <array>

namespace inlet::provider::test {
namespace {

std::atomic<WPARAM> last_named{0};

BOOL WSPAPI note_message(HWND, UINT, WPARAM named, LPARAM) {
  last_named.store(named);
  return TRUE;
}

class DuplicateIo : public WithDuplicates<OverlappedTest> {};

TEST_F(DuplicateIo, PendingOperationsEndWithTheLastHandle) {
  for (const bool source_first : {true, false}) {
    auto [client, server] = make_pair();
    SOCKET copy = duplicate_of(server);
    Io first;
    Io second;
    ASSERT_EQ(recv_overlapped(server, first), WSA_IO_PENDING);
    ASSERT_EQ(recv_overlapped(copy, second), WSA_IO_PENDING);
    EXPECT_EQ(close(source_first ? server : copy), 0);
    SOCKET left = source_first ? copy : server;
    EXPECT_EQ(send(client, "one"), 3);
    EXPECT_EQ(result_of(left, first, true), 3);
    EXPECT_TRUE(second.pending());
    EXPECT_EQ(close(left), 0);
    ASSERT_TRUE(eventually([&] { return !second.pending(); }));
    EXPECT_TRUE(second.told_once());
    EXPECT_EQ(close(client), 0);
  }
}

TEST_F(DuplicateIo, EachHandleHasItsOwnOverlappedAttribute) {
  auto [client, server] = make_pair();
  SOCKET plain = duplicate_of(server, 0);
  EXPECT_EQ(send(client, "ab"), 2);
  Io synchronous(1);
  EXPECT_EQ(recv_overlapped(plain, synchronous), 0);
  EXPECT_FALSE(synchronous.event.is_set()) << "a handle without the attribute takes no notice of the structure";
  Io overlapped(1);
  EXPECT_EQ(recv_overlapped(server, overlapped), 0);
  EXPECT_TRUE(overlapped.told_once());
  for (SOCKET s : {client, server, plain}) EXPECT_EQ(close(s), 0);
}

// The socket gets another kernel socket, and each of its handles with it.
TEST_F(DuplicateIo, AcceptExServesAllHandlesOfTheAcceptor) {
  SOCKET acceptor = make_socket();
  auto accept_ex = extension<LPFN_ACCEPTEX>(acceptor, WSAID_ACCEPTEX);
  SOCKET copy = duplicate_of(acceptor);
  SOCKET third = duplicate_of(acceptor);
  EXPECT_EQ(close(acceptor), 0);
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  Io io(256);
  DWORD bytes = 0;
  constexpr DWORD kRoom = sizeof(sockaddr_in) + 16;
  const BOOL done = accept_ex(listener, copy, io.data.data(), 0, kRoom, kRoom, &bytes, &io.overlapped);
  ASSERT_EQ(io.started(listener, done != FALSE, WSAGetLastError()), WSA_IO_PENDING);
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  EXPECT_EQ(result_of(listener, io, true), 0);
  EXPECT_EQ(send(copy, "2"), 1);
  EXPECT_EQ(send(third, "3"), 1);
  EXPECT_EQ(recv_text(client, 2), "23");
  EXPECT_EQ(close(copy), 0);
  EXPECT_EQ(close(third), 0);
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(close(client), 0);
  EXPECT_EQ(close(listener), 0);
}

TEST_F(DuplicateIo, MessagesNameTheHandleThatSelected) {
  WSPUPCALLTABLE upcalls{};
  upcalls.lpWPUPostMessage = note_message;
  WSPDATA data{};
  ASSERT_EQ(WSPStartup(0x0202, &data, nullptr, upcalls, &wsp), 0);
  auto [client, server] = make_pair();
  SOCKET copy = duplicate_of(server);
  int window = 0;
  for (SOCKET s : {copy, server}) {
    int error = 0;
    last_named.store(0);
    EXPECT_EQ(wsp.lpWSPAsyncSelect(s, reinterpret_cast<HWND>(&window), 1, FD_READ, &error), 0) << error;
    EXPECT_EQ(send(client, "x"), 1);
    EXPECT_TRUE(eventually([&] { return last_named.load() == s; }));
  }
  for (SOCKET s : {client, server, copy}) EXPECT_EQ(close(s), 0);
  int error = 0;
  EXPECT_EQ(wsp.lpWSPCleanup(&error), 0);
}

}  // namespace
}  // namespace inlet::provider::test
