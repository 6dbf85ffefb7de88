// WSPDuplicateSocket to another process, as a server does that hands its connections to workers.
#include "duplicate_fixture.h"

namespace inlet::provider::test {
namespace {

class DuplicateProcess : public DuplicateTest {};

TEST_F(DuplicateProcess, SpeaksOnTheSameConnection) {
  auto [client, server] = make_pair();
  Heir heir;
  ASSERT_EQ(heir.open(info_of(server, heir.process())), 0);
  EXPECT_EQ(heir.send("from the other"), 0);
  EXPECT_EQ(recv_text(client, 14), "from the other");
  EXPECT_EQ(send(client, "in"), 2);
  EXPECT_EQ(heir.receive(2), "in");
  EXPECT_EQ(send(server, "from here"), 9);
  EXPECT_EQ(recv_text(client, 9), "from here");
  EXPECT_EQ(close(server), 0);
  EXPECT_EQ(heir.send("!"), 0) << "the connection has another handle";
  EXPECT_EQ(recv_text(client, 1), "!");
  EXPECT_EQ(heir.ask(Verb::close).code, 0);
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(close(client), 0);
}

TEST_F(DuplicateProcess, SourceMayCloseBeforeTheDuplicateIsOpened) {
  auto [client, server] = make_pair();
  Heir heir;
  const WSAPROTOCOL_INFOW info = info_of(server, heir.process());
  EXPECT_EQ(close(server), 0);
  ASSERT_EQ(heir.open(info), 0);
  EXPECT_EQ(heir.send("mine now"), 0);
  EXPECT_EQ(recv_text(client, 8), "mine now");
  EXPECT_EQ(heir.ask(Verb::close).code, 0);
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(close(client), 0);
}

TEST_F(DuplicateProcess, AnotherProcessIsRefusedAndSpoilsNothing) {
  auto [client, server] = make_pair();
  Heir heir;
  Heir stranger;
  const WSAPROTOCOL_INFOW info = info_of(server, heir.process());
  EXPECT_EQ(stranger.open(info), WSAEINVAL);
  SOCKET here = INVALID_SOCKET;
  EXPECT_EQ(open(info, &here), WSAEINVAL) << "nor is it for the process that made it";
  ASSERT_EQ(heir.open(info), 0);
  EXPECT_EQ(heir.open(info), WSAEINVAL) << "once only";
  EXPECT_EQ(heir.send("x"), 0);
  EXPECT_EQ(recv_text(client, 1), "x");
  EXPECT_EQ(close(server), 0);
  EXPECT_EQ(close(client), 0);
}

// The second call may reach the source while that is just closing the door behind the first: it was answered with the reset that
// Linux then makes of it, instead of WSAEINVAL.
TEST_F(DuplicateProcess, OpensOnceHoweverQuicklyItIsTriedAgain) {
  auto [client, server] = make_pair();
  Heir heir;
  for (int i = 0; i < 50; ++i) {
    const WSAPROTOCOL_INFOW info = info_of(server, heir.process());
    heir.order_open(info);
    heir.order_open(info);
    EXPECT_EQ(heir.answer().code, 0);
    EXPECT_EQ(heir.answer().code, WSAEINVAL);
    EXPECT_EQ(heir.ask(Verb::close).code, 0);
  }
  EXPECT_EQ(close(server), 0);
  EXPECT_EQ(close(client), 0);
}

TEST_F(DuplicateProcess, AProcessThatHasEndedIsNone) {
  SOCKET s = make_socket();
  Heir heir;
  const DWORD gone = heir.process();
  EXPECT_EQ(heir.end(), 0);
  WSAPROTOCOL_INFOW info{};
  EXPECT_EQ(duplicate(s, gone, &info), WSAEINVAL);
  EXPECT_EQ(close(s), 0);
}

TEST_F(DuplicateProcess, OfferEndsWithTheProcessItIsFor) {
  auto [client, server] = make_pair();
  Heir heir;
  info_of(server, heir.process());
  EXPECT_EQ(close(server), 0);
  EXPECT_EQ(heir.end(), 0);
  EXPECT_TRUE(ends(client)) << "nobody can open it any more";
  EXPECT_EQ(close(client), 0);
}

TEST_F(DuplicateProcess, BringsModeAndOptions) {
  auto [client, server] = make_pair();
  EXPECT_EQ(set_nonblocking(server), 0);
  EXPECT_EQ(set_option(server, SOL_SOCKET, SO_RCVTIMEO, DWORD{4321}), 0);
  EXPECT_EQ(set_option(server, SOL_SOCKET, SO_SNDBUF, DWORD{12345}), 0);
  Heir heir;
  ASSERT_EQ(heir.open(info_of(server, heir.process())), 0);
  EXPECT_EQ(heir.ask(Verb::receive, 1).code, WSAEWOULDBLOCK);
  EXPECT_EQ(heir.ask(Verb::option, SO_RCVTIMEO).number, 4321);
  EXPECT_EQ(heir.ask(Verb::option, SO_SNDBUF).number, 12345);
  EXPECT_EQ(heir.ask(Verb::nonblocking, 0).code, 0);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAEWOULDBLOCK) << "each process has a mode of its own from then on";
  EXPECT_EQ(close(server), 0);
  EXPECT_EQ(close(client), 0);
}

TEST_F(DuplicateProcess, ADatagramSocketKeepsItsAddress) {
  SOCKET receiver = make_bound(AF_INET, SOCK_DGRAM);
  Name name;
  ASSERT_EQ(local_name(receiver, &name), 0);
  Heir heir;
  ASSERT_EQ(heir.open(info_of(receiver, heir.process())), 0);
  EXPECT_EQ(close(receiver), 0);
  SOCKET sender = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(sender, name), 0);
  EXPECT_EQ(send(sender, "datagram"), 8);
  EXPECT_EQ(heir.receive(64), "datagram");
  EXPECT_EQ(close(sender), 0);
}

// What a nonblocking send has promised leaves the source before the other process may send.
TEST_F(DuplicateProcess, UnsentBytesGoFirst) {
  auto [client, server] = make_pair();
  EXPECT_EQ(set_nonblocking(server), 0);
  const std::string much(32 << 20, 'm');
  ASSERT_EQ(send(server, much), static_cast<int>(much.size()));
  Heir heir;
  const WSAPROTOCOL_INFOW info = info_of(server, heir.process());
  EXPECT_EQ(close(server), 0);
  heir.order_open(info);
  heir.order(Verb::send, 0, "after");
  EXPECT_TRUE(recv_text(client, much.size()) == much);
  ASSERT_EQ(heir.answer().code, 0);
  EXPECT_EQ(heir.answer().code, 0);
  EXPECT_EQ(recv_text(client, 5), "after");
  EXPECT_EQ(heir.ask(Verb::close).code, 0);
  EXPECT_TRUE(ends(client));
  EXPECT_EQ(close(client), 0);
}

// With so small a backlog those who wait have left the kernel's queue already, and have to be handed over one by one.
TEST_F(DuplicateProcess, AListenerBringsThoseWhoWait) {
  SOCKET listener = make_listener(AF_INET, 2);
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  SOCKET first = make_socket();
  SOCKET second = make_socket();
  ASSERT_EQ(connect(first, name), 0);
  ASSERT_EQ(connect(second, name), 0);
  SOCKET third = make_socket();
  EXPECT_EQ(connect(third, name), WSAECONNREFUSED);
  Heir one;
  Heir two;
  ASSERT_EQ(one.open(info_of(listener, one.process())), 0);
  ASSERT_EQ(one.ask(Verb::accept).code, 0);
  EXPECT_EQ(one.send("1"), 0);
  EXPECT_EQ(recv_text(first, 1), "1");
  SOCKET late = make_socket();
  ASSERT_EQ(connect(late, name), 0) << "the listener listens in this process as before";
  ASSERT_EQ(two.open(info_of(listener, two.process())), 0);
  EXPECT_EQ(close(listener), 0);
  ASSERT_EQ(two.ask(Verb::accept).code, 0);
  EXPECT_EQ(two.send("2"), 0);
  EXPECT_EQ(recv_text(late, 1), "2");
  for (SOCKET s : {first, second, third, late}) EXPECT_EQ(close(s), 0);
}

TEST_F(DuplicateProcess, NoDescriptorIsLeftInEither) {
  Heir heir;
  auto [client, server] = make_pair();
  ASSERT_EQ(heir.open(info_of(server, heir.process())), 0);
  EXPECT_EQ(heir.ask(Verb::close).code, 0);
  const int there = heir.ask(Verb::descriptors).number;
  const size_t here = open_descriptors();
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(heir.open(info_of(server, heir.process())), 0);
    EXPECT_EQ(heir.ask(Verb::close).code, 0);
  }
  EXPECT_EQ(heir.ask(Verb::descriptors).number, there);
  EXPECT_TRUE(eventually([&] { return open_descriptors() == here; })) << open_descriptors() << ", not " << here;
  EXPECT_EQ(close(server), 0);
  EXPECT_EQ(close(client), 0);
}

}  // namespace
}  // namespace inlet::provider::test
