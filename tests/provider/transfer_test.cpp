#include <array>
#include <numeric>
#include <thread>
#include <vector>

#include "provider_fixture.h"

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
  EXPECT_EQ(e, WSAEOPNOTSUPP);
  EXPECT_EQ(wsp.lpWSPRecv(fresh, &buffer, 1, &count, &flags, &overlapped, nullptr, nullptr, &e), SOCKET_ERROR);
  EXPECT_EQ(e, WSAEOPNOTSUPP);
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

TEST_F(Transfer, NonblockingSendTakesAPartAndThenWouldBlock) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_nonblocking(client), 0);
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

TEST_F(Transfer, DatagramsKeepTheirEdges) {
  SOCKET receiver = make_bound(AF_INET, SOCK_DGRAM);
  Name name;
  ASSERT_EQ(local_name(receiver, &name), 0);
  SOCKET sender = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(sender, name), 0);
  EXPECT_EQ(send(sender, "one"), 3);
  EXPECT_EQ(send(sender, nullptr, 0), 0);
  EXPECT_EQ(send(sender, "three"), 5);
  char text[8] = {};
  EXPECT_EQ(recv(receiver, text, 8), 3);
  EXPECT_EQ(recv(receiver, text, 8), 0) << "an empty datagram is not an end";

  // Too little room is an error that delivers the head.
  WSABUF buffer{2, text};
  DWORD count = 0;
  DWORD flags = 0;
  int error = 0;
  EXPECT_EQ(wsp.lpWSPRecv(receiver, &buffer, 1, &count, &flags, nullptr, nullptr, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEMSGSIZE);
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(std::string(text, 2), "th");
  ASSERT_EQ(set_nonblocking(receiver), 0);
  EXPECT_EQ(recv(receiver, text, 8), -WSAEWOULDBLOCK) << "the rest is gone";
  EXPECT_EQ(send(sender, std::string(65508, 'x')), -WSAEMSGSIZE);
}

TEST_F(Transfer, DatagramsSpreadOverManyBuffers) {
  SOCKET receiver = make_bound(AF_INET, SOCK_DGRAM);
  Name name;
  ASSERT_EQ(local_name(receiver, &name), 0);
  SOCKET sender = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(sender, name), 0);
  for (size_t pieces : {3u, 16u, 40u}) {
    std::string data(pieces, ' ');
    std::iota(data.begin(), data.end(), 'A');
    std::vector<WSABUF> out;
    for (char& c : data) out.push_back({1, &c});
    DWORD count = 0;
    DWORD flags = 0;
    int error = 0;
    ASSERT_EQ(
        wsp.lpWSPSend(sender, out.data(), static_cast<DWORD>(pieces), &count, 0, nullptr, nullptr, nullptr, &error), 0);
    EXPECT_EQ(count, pieces);
    std::string got(pieces, ' ');
    std::vector<WSABUF> in;
    for (char& c : got) in.push_back({1, &c});
    ASSERT_EQ(wsp.lpWSPRecv(receiver, in.data(), static_cast<DWORD>(pieces), &count, &flags, nullptr, nullptr, nullptr,
                            &error),
              0)
        << error;
    EXPECT_EQ(count, pieces);
    EXPECT_EQ(got, data);
  }
}

TEST_F(Transfer, PortUnreachableShowsOnReceiveOnly) {
  SOCKET gone = make_bound(AF_INET, SOCK_DGRAM);
  Name name;
  ASSERT_EQ(local_name(gone, &name), 0);
  ASSERT_EQ(close(gone), 0);
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(s, name), 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(s, "x"), 1);
  char byte = 0;
  EXPECT_EQ(recv(s, &byte, 1), -WSAECONNRESET);
}

TEST_F(Transfer, UnboundDatagramSocketCannotReceive) {
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  char byte = 0;
  EXPECT_EQ(recv(s, &byte, 1), -WSAEINVAL);
  EXPECT_EQ(send(s, "x"), -WSAENOTCONN);
}

}  // namespace
}  // namespace inlet::provider::test
