// Nonblocking sends take everything or nothing (sheet row 70); what the kernel has no room for goes out behind their back.
#include <thread>
#include <vector>

#include "base/limits.h"
#include "provider_fixture.h"
#include "support/packets.h"

namespace inlet::provider::test {
namespace {

constexpr size_t kLarge = size_t{50} << 20;

// Bytes that tell where they stand.
std::string pattern(size_t size) {
  std::string data(size, '\0');
  for (size_t i = 0; i < size; ++i) data[i] = static_cast<char>((i * 31) ^ (i >> 8) ^ (i >> 16));
  return data;
}

class Spilled : public ProviderTest {
 protected:
  // Sends 50 MB without waiting; the peer reads none of it yet.
  void overfill(SOCKET s) {
    ASSERT_EQ(set_nonblocking(s), 0);
    ASSERT_EQ(send(s, data_), static_cast<int>(kLarge));
  }
  // Whatever comes until the end or a failure, which then is in last_.
  std::string recv_all(SOCKET s) {
    std::string got;
    std::string block(1 << 20, '\0');
    while ((last_ = recv(s, block.data(), block.size())) > 0) got.append(block, 0, static_cast<size_t>(last_));
    return got;
  }

  static inline const std::string data_ = pattern(kLarge);
  int last_ = 0;
};

TEST_F(Spilled, ALargeSendIsTakenWholeAndArrivesWhole) {
  auto [client, server] = make_pair();
  overfill(client);
  EXPECT_EQ(send(client, "more"), -WSAEWOULDBLOCK);
  EXPECT_EQ(send(client, "more"), -WSAEWOULDBLOCK);
  EXPECT_TRUE(recv_text(server, kLarge) == data_);
  EXPECT_TRUE(eventually([&, c = client] { return send(c, "more") == 4; })) << "the socket is writable again";
  EXPECT_EQ(recv_text(server, 4), "more");
}

TEST_F(Spilled, GathersManyBuffers) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_nonblocking(client), 0);
  std::vector<WSABUF> parts;
  for (size_t at = 0; at < kLarge; at += 65521)
    parts.push_back({static_cast<ULONG>(std::min<size_t>(65521, kLarge - at)), const_cast<CHAR*>(data_.data()) + at});
  DWORD sent = 0;
  int error = 0;
  ASSERT_EQ(wsp.lpWSPSend(client, parts.data(), static_cast<DWORD>(parts.size()), &sent, 0, nullptr, nullptr, nullptr,
                          &error),
            0);
  EXPECT_EQ(sent, kLarge);
  EXPECT_TRUE(recv_text(server, kLarge) == data_);
}

TEST_F(Spilled, ABlockingSendComesBehindIt) {
  auto [client, server] = make_pair();
  overfill(client);
  ASSERT_EQ(set_nonblocking(client, 0), 0);
  std::thread sender([&, s = client] { EXPECT_EQ(send(s, "behind"), 6); });
  EXPECT_TRUE(recv_text(server, kLarge) == data_);
  EXPECT_EQ(recv_text(server, 6), "behind");
  sender.join();
}

TEST_F(Spilled, AnUrgentByteStaysTheLast) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_nonblocking(client), 0);
  ASSERT_EQ(send(client, data_.data(), kLarge, MSG_OOB), static_cast<int>(kLarge));
  EXPECT_TRUE(recv_text(server, kLarge - 1) == data_.substr(0, kLarge - 1));
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1, MSG_OOB), 1);
  EXPECT_EQ(byte, data_.back());
}

TEST_F(Spilled, TheEndComesBehindIt) {
  auto [client, server] = make_pair();
  overfill(client);
  ASSERT_EQ(shutdown(client, SD_SEND), 0);
  EXPECT_EQ(send(client, "x"), -WSAESHUTDOWN);
  EXPECT_TRUE(recv_all(server) == data_);
  EXPECT_EQ(last_, 0);
  EXPECT_EQ(send(server, "back"), 4);
  EXPECT_EQ(recv_text(client, 4), "back") << "the other direction is open";
}

TEST_F(Spilled, ClosingLosesNothing) {
  auto [client, server] = make_pair();
  overfill(client);
  ASSERT_EQ(close(client), 0);
  EXPECT_EQ(send(client, "x"), -WSAENOTSOCK);
  EXPECT_TRUE(recv_all(server) == data_);
  EXPECT_EQ(last_, 0) << "a good end";
}

TEST_F(Spilled, AHardCloseDropsIt) {
  auto [client, server] = make_pair();
  overfill(client);
  ASSERT_EQ(set_option(client, SOL_SOCKET, SO_LINGER, LINGER{1, 0}), 0);
  ASSERT_EQ(close(client), 0);
  EXPECT_LT(recv_all(server).size(), kLarge);
  EXPECT_EQ(last_, -WSAECONNRESET);
}

TEST_F(Spilled, ALingeringCloseCountsIt) {
  auto [client, server] = make_pair();
  overfill(client);
  ASSERT_EQ(set_option(client, SOL_SOCKET, SO_LINGER, LINGER{1, 1}), 0);
  EXPECT_EQ(close(client), WSAEWOULDBLOCK) << "nonblocking: nothing has begun";
  ASSERT_EQ(set_nonblocking(client, 0), 0);
  EXPECT_EQ(close(client), 0) << "after a second";
  EXPECT_LT(recv_all(server).size(), kLarge);
  EXPECT_EQ(last_, -WSAECONNRESET);
}

TEST_F(Spilled, ALingeringCloseWaitsForIt) {
  auto [client, server] = make_pair();
  overfill(client);
  ASSERT_EQ(set_nonblocking(client, 0), 0);
  ASSERT_EQ(set_option(client, SOL_SOCKET, SO_LINGER, LINGER{1, 60}), 0);
  std::string got;
  std::thread reader([&, s = server] { got = recv_all(s); });
  EXPECT_EQ(close(client), 0);
  reader.join();
  EXPECT_TRUE(got == data_);
  EXPECT_EQ(last_, 0);
}

TEST_F(Spilled, APeerThatGoesAwayEndsIt) {
  auto [client, server] = make_pair();
  overfill(client);
  reset(server);
  EXPECT_TRUE(eventually([&, c = client] { return send(c, "x") == -WSAECONNRESET; }));
  char byte = 0;
  EXPECT_EQ(recv(client, &byte, 1), -WSAECONNRESET);
}

TEST_F(Spilled, APeerThatGoesAwayFreesAClosedSocket) {
  const size_t before = open_descriptors();
  auto [client, server] = make_pair();
  overfill(client);
  ASSERT_EQ(close(client), 0);
  reset(server);
  // What is left are the descriptors of the provider's own thread.
  EXPECT_TRUE(eventually([&] { return open_descriptors() <= before + 2; }));
}

TEST_F(Spilled, CleanupSendsWhatClosedSocketsHaveLeft) {
  auto [client, server] = make_pair();
  const int peer = inlet::test::second_descriptor(static_cast<int>(server & 0xffffffff));
  overfill(client);
  ASSERT_EQ(close(client), 0);
  ASSERT_EQ(close(server), 0);
  std::string got;
  std::thread reader([&] { got = inlet::test::read_to_end(peer); });
  cleanup();
  reader.join();
  EXPECT_TRUE(got == data_);
}

TEST_F(Spilled, CleanupDoesNotWaitForAPeerThatReadsNothing) {
  auto [client, server] = make_pair();
  overfill(client);
  cleanup();  // TearDown checks that no descriptor is left
}

TEST_F(Spilled, MoreThanTheLimitIsRefusedWhole) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_nonblocking(client), 0);
  WSABUF halves[2] = {{static_cast<ULONG>(kSpillBytesMax), const_cast<CHAR*>(data_.data())}, {1, nullptr}};
  DWORD sent = 0;
  int error = 0;
  EXPECT_EQ(wsp.lpWSPSend(client, halves, 2, &sent, 0, nullptr, nullptr, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAENOBUFS);
  ASSERT_EQ(set_nonblocking(server), 0);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAEWOULDBLOCK) << "nothing was sent";
}

TEST_F(Spilled, ManySocketsDrainSideBySide) {
  constexpr size_t kSockets = 4;
  std::vector<std::pair<SOCKET, SOCKET>> pairs;
  for (size_t i = 0; i < kSockets; ++i) {
    pairs.push_back(make_pair());
    overfill(pairs.back().first);
  }
  std::vector<std::thread> readers;
  for (auto& each : pairs)
    readers.emplace_back([this, s = each.second] { EXPECT_TRUE(recv_text(s, kLarge) == data_); });
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace inlet::provider::test
