#include <array>
#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include "provider_fixture.h"
#include "support/packets.h"

namespace inlet::provider::test {
namespace {

class Transfer : public ProviderTest {
 protected:
  void echo(SOCKET client, SOCKET server) {
    EXPECT_EQ(send(client, "question"), 8);
    EXPECT_EQ(recv_text(server, 8), "question");
    EXPECT_EQ(send(server, "answer"), 6);
    EXPECT_EQ(recv_text(client, 6), "answer");
  }
};

TEST_F(Transfer, EchoesOverBothFamilies) {
  for (int family : {AF_INET, AF_INET6}) {
    auto [client, server] = make_pair(family);
    echo(client, server);
  }
}

TEST_F(Transfer, EchoesOverADualStackSocket) {
  SOCKET listener = make_socket(AF_INET6);
  EXPECT_EQ(option(listener, IPPROTO_IPV6, IPV6_V6ONLY), 1) << "the default";
  ASSERT_EQ(set_option(listener, IPPROTO_IPV6, IPV6_V6ONLY, BOOL{FALSE}), 0);
  ASSERT_EQ(bind(listener, wildcard(AF_INET6)), 0);
  EXPECT_EQ(set_option(listener, IPPROTO_IPV6, IPV6_V6ONLY, BOOL{TRUE}), WSAEINVAL) << "too late";
  ASSERT_EQ(listen(listener), 0);
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  SOCKET client = make_socket(AF_INET);
  ASSERT_EQ(connect(client, loopback(AF_INET, name.port())), 0);
  SOCKET server = accept(listener);
  echo(client, server);
  Name peer;
  ASSERT_EQ(peer_name(server, &peer), 0);
  EXPECT_EQ(peer.any.sa_family, AF_INET6);
  const UCHAR mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
  EXPECT_EQ(std::memcmp(&peer.v6.sin6_addr, mapped, 16), 0);
}

TEST_F(Transfer, V6OnlySocketDoesNotTakeTheV4Port) {
  SOCKET v6 = make_socket(AF_INET6);
  ASSERT_EQ(bind(v6, wildcard(AF_INET6)), 0);
  ASSERT_EQ(listen(v6), 0);
  Name name;
  ASSERT_EQ(local_name(v6, &name), 0);
  SOCKET v4 = make_socket(AF_INET);
  EXPECT_EQ(connect(v4, loopback(AF_INET, name.port())), WSAECONNREFUSED);
}

TEST_F(Transfer, FollowsTheStateTable) {
  char byte = 0;
  SOCKET fresh = make_socket();
  EXPECT_EQ(send(fresh, "x"), -WSAENOTCONN);
  EXPECT_EQ(send(fresh, nullptr, 0), -WSAENOTCONN);
  EXPECT_EQ(recv(fresh, &byte, 1), -WSAENOTCONN);
  for (SOCKET garbage : {SOCKET{0}, SOCKET{0xdeadbeef}, INVALID_SOCKET}) {
    EXPECT_EQ(send(garbage, "x"), -WSAENOTSOCK);
    EXPECT_EQ(recv(garbage, &byte, 1), -WSAENOTSOCK);
  }
  auto [client, server] = make_pair();
  EXPECT_EQ(send(client, nullptr, 0), 0);
  EXPECT_EQ(recv(client, nullptr, 0), 0);
  EXPECT_EQ(recv(client, &byte, 0xffffffff), -WSAEFAULT);
  EXPECT_EQ(send(client, &byte, 0xffffffff), -WSAEFAULT);
  EXPECT_EQ(recv(client, nullptr, 1, 0x4000), -WSAEOPNOTSUPP) << "unknown flag";
  EXPECT_EQ(send(client, "x", 1, MSG_PARTIAL), -WSAEOPNOTSUPP);
  ASSERT_EQ(set_nonblocking(client), 0);
  EXPECT_EQ(recv(client, &byte, 1), -WSAEWOULDBLOCK);
  EXPECT_EQ(recv(client, &byte, 1, MSG_WAITALL), -WSAEOPNOTSUPP);
}

TEST_F(Transfer, ChecksPointersBeforeState) {
  SOCKET fresh = make_socket();
  char byte = 0;
  WSABUF buffer{1, &byte};
  DWORD count = 0;
  DWORD flags = 0;
  int e = 0;
  EXPECT_EQ(wsp.lpWSPRecv(fresh, nullptr, 1, &count, &flags, nullptr, nullptr, nullptr, &e), SOCKET_ERROR);
  EXPECT_EQ(e, WSAEFAULT);
  EXPECT_EQ(wsp.lpWSPRecv(fresh, &buffer, 1, nullptr, &flags, nullptr, nullptr, nullptr, &e), SOCKET_ERROR);
  EXPECT_EQ(e, WSAEFAULT);
  EXPECT_EQ(wsp.lpWSPRecv(fresh, &buffer, 1, &count, nullptr, nullptr, nullptr, nullptr, &e), SOCKET_ERROR);
  EXPECT_EQ(e, WSAEFAULT);
  EXPECT_EQ(wsp.lpWSPRecv(fresh, &buffer, 0, &count, &flags, nullptr, nullptr, nullptr, &e), SOCKET_ERROR);
  EXPECT_EQ(e, WSAEINVAL);
  EXPECT_EQ(wsp.lpWSPSend(fresh, &buffer, 1, nullptr, 0, nullptr, nullptr, nullptr, &e), SOCKET_ERROR);
  EXPECT_EQ(e, WSAEFAULT);
  EXPECT_EQ(wsp.lpWSPSend(fresh, nullptr, 1, &count, 0, nullptr, nullptr, nullptr, &e), SOCKET_ERROR);
  EXPECT_EQ(e, WSAEFAULT);
  WSAOVERLAPPED overlapped{};
  EXPECT_EQ(wsp.lpWSPSend(fresh, &buffer, 1, &count, 0, &overlapped, nullptr, nullptr, &e), SOCKET_ERROR);
  EXPECT_EQ(e, WSAENOTCONN);
  EXPECT_EQ(wsp.lpWSPRecv(fresh, &buffer, 1, &count, &flags, &overlapped, nullptr, nullptr, &e), SOCKET_ERROR);
  EXPECT_EQ(e, WSAENOTCONN);
}

TEST_F(Transfer, GathersAndScattersAnyNumberOfBuffers) {
  for (size_t pieces : {2u, 16u, 17u, 300u}) {
    auto [client, server] = make_pair();
    std::string data(pieces * 7, ' ');
    std::iota(data.begin(), data.end(), 'a');
    std::vector<WSABUF> out;
    for (size_t i = 0; i < pieces; ++i) out.push_back({7, data.data() + i * 7});
    out.insert(out.begin() + 1, WSABUF{0, nullptr});
    DWORD sent = 0;
    int error = 0;
    ASSERT_EQ(
        wsp.lpWSPSend(client, out.data(), static_cast<DWORD>(out.size()), &sent, 0, nullptr, nullptr, nullptr, &error),
        0);
    ASSERT_EQ(sent, data.size());
    ASSERT_EQ(shutdown(client, SD_SEND), 0);

    std::string got(data.size(), ' ');
    std::vector<WSABUF> in;
    for (size_t at = 0; at < got.size(); at += 5)
      in.push_back({static_cast<ULONG>(std::min<size_t>(5, got.size() - at)), got.data() + at});
    DWORD received = 0;
    DWORD flags = MSG_WAITALL;
    ASSERT_EQ(wsp.lpWSPRecv(server, in.data(), static_cast<DWORD>(in.size()), &received, &flags, nullptr, nullptr,
                            nullptr, &error),
              0);
    EXPECT_EQ(received, data.size());
    EXPECT_EQ(got, data);
    EXPECT_EQ(flags, 0u);
  }
}

TEST_F(Transfer, PeekTakesNothing) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "abc"), 3);
  char text[4] = {};
  EXPECT_EQ(recv(server, text, 3, MSG_PEEK), 3);
  EXPECT_STREQ(text, "abc");
  EXPECT_EQ(recv_text(server, 3), "abc");
}

TEST_F(Transfer, WaitAllFillsTheBufferOrEndsWithTheStream) {
  auto [client, server] = make_pair();
  std::thread sender([&, s = client] {
    for (char c : std::string("slowly")) EXPECT_EQ(send(s, &c, 1), 1);
    EXPECT_EQ(shutdown(s, SD_SEND), 0);
  });
  char text[16] = {};
  EXPECT_EQ(recv(server, text, 4, MSG_WAITALL), 4);
  EXPECT_EQ(std::string(text, 4), "slow");
  EXPECT_EQ(recv(server, text, 16, MSG_WAITALL), 2);
  EXPECT_EQ(recv(server, text, 16, MSG_WAITALL), 0);
  sender.join();
}

TEST_F(Transfer, UrgentDataGoesOutOfBand) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  char byte = 0;
  EXPECT_TRUE(eventually([&] { return recv(server, &byte, 1, MSG_OOB) == 1; }));
  EXPECT_EQ(byte, '!');
  ASSERT_EQ(set_option(server, SOL_SOCKET, SO_OOBINLINE, BOOL{TRUE}), 0);
  EXPECT_EQ(recv(server, &byte, 1, MSG_OOB), -WSAEINVAL);
}

TEST_F(Transfer, BlockingSendTakesEverything) {
  auto [client, server] = make_pair();
  const std::string data(8 << 20, 'x');
  std::thread reader([&, s = server] { EXPECT_EQ(recv_text(s, data.size()).size(), data.size()); });
  EXPECT_EQ(send(client, data), static_cast<int>(data.size()));
  reader.join();
}

// With Inlet's own option; without it a send takes everything or nothing (spill_test.cpp).
TEST_F(Transfer, NonblockingSendTakesAPartAndThenWouldBlock) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_nonblocking(client), 0);
  ASSERT_EQ(set_option(client, SOL_SOCKET, INLET_SO_PARTIAL_SEND, BOOL{TRUE}), 0);
  const std::string data(16 << 20, 'x');
  const int first = send(client, data);
  EXPECT_GT(first, 0);
  EXPECT_LT(first, static_cast<int>(data.size()));
  int last = first;
  while (last > 0) last = send(client, data);
  EXPECT_EQ(last, -WSAEWOULDBLOCK);
}

TEST_F(Transfer, TimeoutsLeaveTheConnectionUsable) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_option(server, SOL_SOCKET, SO_RCVTIMEO, DWORD{20}), 0);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAETIMEDOUT);
  EXPECT_EQ(send(client, "x"), 1);
  EXPECT_EQ(recv(server, &byte, 1), 1);
  ASSERT_EQ(set_option(client, SOL_SOCKET, SO_SNDTIMEO, DWORD{20}), 0);
  const std::string data(1 << 20, 'x');
  int sent = 0;
  while ((sent = send(client, data)) > 0) {
  }
  EXPECT_EQ(sent, -WSAETIMEDOUT);
}

TEST_F(Transfer, AResetIsAnsweredAgainAndAgain) {
  auto [client, server] = make_pair();
  reset(client);
  char byte = 0;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(recv(server, &byte, 1), -WSAECONNRESET);
    EXPECT_EQ(send(server, "x"), -WSAECONNRESET);
  }
  EXPECT_EQ(shutdown(server, SD_SEND), WSAECONNRESET);
}

TEST_F(Transfer, SendNoticesAResetToo) {
  auto [client, server] = make_pair();
  reset(client);
  EXPECT_TRUE(eventually([&] { return send(server, "x") == -WSAECONNRESET; }));
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAECONNRESET);
}

TEST_F(Transfer, SoErrorDoesNotTakeAResetAway) {
  auto [client, server] = make_pair();
  reset(client);
  EXPECT_TRUE(eventually([&] { return option(server, SOL_SOCKET, SO_ERROR) == WSAECONNRESET; }));
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAECONNRESET);
}

TEST_F(Transfer, WritingToAFinishedPeerAbortsTheConnection) {
  auto [client, server] = make_pair();
  ASSERT_EQ(close(client), 0);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), 0);
  EXPECT_EQ(recv(server, &byte, 1), 0) << "the end stays the end";
  EXPECT_EQ(send(server, "x"), 1) << "the first one goes out";
  EXPECT_TRUE(eventually([&] { return recv(server, &byte, 1) == -WSAECONNABORTED; }));
  EXPECT_EQ(send(server, "x"), -WSAECONNABORTED);
  EXPECT_EQ(recv(server, &byte, 1), -WSAECONNABORTED);
}

TEST_F(Transfer, EndAfterOwnShutdownIsJustTheEnd) {
  auto [client, server] = make_pair();
  ASSERT_EQ(shutdown(server, SD_SEND), 0);
  ASSERT_EQ(close(client), 0);
  char byte = 0;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(recv(server, &byte, 1), 0);
}

TEST_F(Transfer, AWaitingReceiveNeverReadsAcrossTheUrgentMark) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "before"), 6);
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  ASSERT_EQ(send(client, "behind"), 6);
  char text[16] = {};
  EXPECT_EQ(recv(server, text, 16, MSG_WAITALL), 6);
  EXPECT_STREQ(text, "before");
  EXPECT_EQ(recv(server, text, 1, MSG_OOB), 1);
  EXPECT_EQ(text[0], '!');
  EXPECT_EQ(recv_text(server, 6), "behind");
}

TEST_F(Transfer, OnlyTheLastByteOfAnUrgentSendIsUrgent) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "abc!", 4, MSG_OOB), 4);
  EXPECT_EQ(recv_text(server, 3), "abc");
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1, MSG_OOB), 1) << "waits for it if it must";
  EXPECT_EQ(byte, '!');
  ASSERT_EQ(set_nonblocking(server), 0);
  EXPECT_EQ(recv(server, &byte, 1, MSG_OOB), -WSAEWOULDBLOCK) << "taken once";
  ASSERT_EQ(close(client), 0);
  EXPECT_TRUE(eventually([&] { return recv(server, &byte, 1, MSG_OOB) == 0; })) << "the end ends a wait for it";
}

TEST_F(Transfer, WaitAllExcludesOtherWaysOfLooking) {
  auto [client, server] = make_pair();
  char byte = 0;
  for (DWORD other : {MSG_PEEK, MSG_OOB, MSG_PARTIAL})
    EXPECT_EQ(recv(server, &byte, 1, MSG_WAITALL | other), -WSAEOPNOTSUPP);
}

TEST_F(Transfer, ATimeoutCountsForTheWholeCall) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_option(server, SOL_SOCKET, SO_RCVTIMEO, DWORD{60}), 0);
  std::atomic<bool> stop{false};
  std::thread trickle([&, s = client] {
    while (!stop) {
      EXPECT_EQ(send(s, "x"), 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  std::string text(1000, ' ');
  const int got = recv(server, text.data(), text.size(), MSG_WAITALL);
  stop = true;
  trickle.join();
  EXPECT_GT(got, 0) << "what has come is not lost";
  EXPECT_LT(got, 1000);
}

TEST_F(Transfer, UnreadDataResetsThePeerWhenTheReceivingSideIsShut) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "unread"), 6);
  char text[8] = {};
  ASSERT_EQ(recv(server, text, 1, MSG_PEEK), 1);
  ASSERT_EQ(shutdown(server, SD_RECEIVE), 0);
  EXPECT_EQ(recv(server, text, 1), -WSAESHUTDOWN);
  EXPECT_EQ(send(server, "x"), -WSAECONNABORTED);
  EXPECT_EQ(recv(client, text, 1), -WSAECONNRESET);
}

TEST_F(Transfer, LaterDataResetsThePeerWhenTheReceivingSideIsShut) {
  auto [client, server] = make_pair();
  ASSERT_EQ(shutdown(server, SD_RECEIVE), 0);
  EXPECT_EQ(send(server, "still open"), 10);
  EXPECT_EQ(recv_text(client, 10), "still open");
  ASSERT_EQ(send(client, "unwanted"), 8);
  char byte = 0;
  EXPECT_EQ(recv(client, &byte, 1), -WSAECONNRESET);
}

TEST_F(Transfer, APeerThatOnlyFinishesIsNotReset) {
  auto [client, server] = make_pair();
  ASSERT_EQ(shutdown(server, SD_RECEIVE), 0);
  ASSERT_EQ(shutdown(client, SD_SEND), 0);
  EXPECT_EQ(send(server, "answer"), 6);
  EXPECT_EQ(recv_text(client, 6), "answer");
}

TEST_F(Transfer, AReceiveThatWaitsStillGetsItsDataAfterTheShutdown) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "da"), 2);
  char text[8] = {};
  int got = 0;
  std::thread waiting([&, s = server] { got = recv(s, text, 4, MSG_WAITALL); });
  // It has begun when it has taken what was there.
  EXPECT_TRUE(eventually([&, s = server] {
    u_long readable = 1;
    DWORD returned = 0;
    int error = 0;
    wsp.lpWSPIoctl(s, FIONREAD, nullptr, 0, &readable, sizeof(readable), &returned, nullptr, nullptr, nullptr, &error);
    return readable == 0;
  }));
  ASSERT_EQ(shutdown(server, SD_RECEIVE), 0);
  ASSERT_EQ(send(client, "tarest"), 6);
  waiting.join();
  EXPECT_EQ(got, 4);
  EXPECT_EQ(std::string(text, 4), "data");
  EXPECT_EQ(recv(client, text, 1), -WSAECONNRESET) << "the rest has no taker";
}

TEST_F(Transfer, KeepAliveFailureIsANetworkReset) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_option(client, SOL_SOCKET, SO_KEEPALIVE, BOOL{TRUE}), 0);
  ASSERT_EQ(set_option(client, IPPROTO_TCP, TCP_KEEPIDLE, DWORD{1}), 0);
  ASSERT_EQ(set_option(client, IPPROTO_TCP, TCP_KEEPINTVL, DWORD{1}), 0);
  ASSERT_EQ(set_option(client, IPPROTO_TCP, TCP_KEEPCNT, DWORD{1}), 0);
  ASSERT_TRUE(inlet::test::lose_all_packets(static_cast<int>(server & 0xffffffff)));
  char byte = 0;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(recv(client, &byte, 1), -WSAENETRESET);
  EXPECT_EQ(send(client, "x"), -WSAENETRESET);
}

TEST_F(Transfer, DisconnectsWithoutData) {
  auto [client, server] = make_pair();
  int error = 0;
  char data[1] = {};
  WSABUF some{1, data};
  WSABUF bad{1, nullptr};
  WSABUF none{0, nullptr};
  EXPECT_EQ(wsp.lpWSPSendDisconnect(0, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAENOTSOCK);
  EXPECT_EQ(wsp.lpWSPSendDisconnect(client, &some, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAENOPROTOOPT);
  EXPECT_EQ(wsp.lpWSPRecvDisconnect(client, &bad, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  SOCKET fresh = make_socket();
  EXPECT_EQ(wsp.lpWSPSendDisconnect(fresh, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAENOTCONN);
  EXPECT_EQ(wsp.lpWSPSendDisconnect(client, nullptr, &error), 0);
  EXPECT_EQ(send(client, "x"), -WSAESHUTDOWN);
  EXPECT_EQ(recv(server, data, 1), 0);
  EXPECT_EQ(wsp.lpWSPRecvDisconnect(client, &some, &error), 0) << "room for data, of which there is none";
  EXPECT_EQ(some.len, 0u);
  EXPECT_EQ(wsp.lpWSPRecvDisconnect(client, &none, &error), 0);
  EXPECT_EQ(recv(client, data, 1), -WSAESHUTDOWN);
  some.len = 1;
  EXPECT_EQ(wsp.lpWSPRecvDisconnect(fresh, &some, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAENOTCONN);
  EXPECT_EQ(some.len, 1u);
}

TEST_F(Transfer, ThereAreNoQosTemplates) {
  SOCKET s = make_socket();
  int error = 0;
  QOS qos{};
  WSABUF name{0, nullptr};
  EXPECT_FALSE(wsp.lpWSPGetQOSByName(0, &name, &qos, &error));
  EXPECT_EQ(error, WSAENOTSOCK);
  EXPECT_FALSE(wsp.lpWSPGetQOSByName(s, nullptr, &qos, &error));
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_FALSE(wsp.lpWSPGetQOSByName(s, &name, &qos, &error));
  EXPECT_EQ(error, WSAEOPNOTSUPP);
}

TEST_F(Transfer, StreamsIgnoreAddresses) {
  auto [client, server] = make_pair();
  char text[8] = {};
  WSABUF out{3, const_cast<CHAR*>("abc")};
  WSABUF in{8, text};
  DWORD count = 0;
  DWORD flags = 0;
  int error = 0;
  sockaddr junk{};
  int junk_length = 1;
  ASSERT_EQ(wsp.lpWSPSendTo(client, &out, 1, &count, 0, &junk, 1, nullptr, nullptr, nullptr, &error), 0);
  ASSERT_EQ(wsp.lpWSPRecvFrom(server, &in, 1, &count, &flags, &junk, &junk_length, nullptr, nullptr, nullptr, &error),
            0);
  EXPECT_EQ(count, 3u);
  EXPECT_EQ(junk_length, 1);
  EXPECT_EQ(junk.sa_family, 0);
}

}  // namespace
}  // namespace inlet::provider::test
