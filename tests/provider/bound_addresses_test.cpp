#include "provider/linux/bound_addresses.h"

#include <gtest/gtest.h>
#include <ws2tcpip.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

namespace inlet::provider::test {
namespace {

Place place(uint32_t host_order, uint16_t port = 80, Sharing sharing = Sharing::reuse) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(host_order);
  sys::Address address;
  address.size = sys::kSizeV4;
  std::memcpy(address.bytes, &name, sizeof(name));
  return Place::of(address, false, false, sharing, 1);
}
constexpr uint32_t kAny = 0;
constexpr uint32_t kOne = 0x7f000001;
constexpr uint32_t kTwo = 0x7f000002;

TEST(BoundAddresses, NameThoseThatShare) {
  BoundAddresses table;
  EXPECT_TRUE(table.enter(1, place(kAny))->empty());
  EXPECT_EQ(*table.enter(2, place(kOne)), std::vector<Handle>{1});
  EXPECT_EQ(*table.enter(3, place(kTwo)), std::vector<Handle>{1}) << "not the other specific one";
  EXPECT_TRUE(table.enter(4, place(kOne, 81))->empty()) << "another port";
  EXPECT_EQ(table.count(), 4u);
}

TEST(BoundAddresses, RefuseByTheMatrixAndThenKeepNothing) {
  BoundAddresses table;
  ASSERT_TRUE(table.enter(1, place(kOne, 80, Sharing::by_default)).ok());
  EXPECT_EQ(table.enter(2, place(kOne, 80, Sharing::by_default)).error(), Error::address_in_use);
  EXPECT_EQ(table.enter(2, place(kOne, 80, Sharing::reuse)).error(), Error::access_denied);
  EXPECT_EQ(table.count(), 1u);
  EXPECT_EQ(table.enter(1, place(kTwo)).error(), Error::invalid) << "it is bound already";
  EXPECT_FALSE(table.leave(2).has_value());
  EXPECT_FALSE(table.leave(1).has_value());
  EXPECT_TRUE(table.enter(2, place(kOne, 80, Sharing::by_default)).ok()) << "the address is free again";
}

TEST(BoundAddresses, RememberHowASocketWasBound) {
  BoundAddresses table;
  ASSERT_TRUE(table.enter_unjudged(1, place(kOne, 80, Sharing::exclusive)).ok());
  EXPECT_EQ(table.sharing_of(1), Sharing::exclusive);
  EXPECT_EQ(table.sharing_of(2), Sharing::by_default);
}

TEST(BoundAddresses, GiveTwinsTheirTurnsInTheOrderOfListening) {
  BoundAddresses table;
  for (Handle socket : {1, 2, 3, 4}) ASSERT_TRUE(table.enter(socket, place(kOne)).ok());
  EXPECT_TRUE(*table.begin_listening(3));
  EXPECT_FALSE(*table.begin_listening(1));
  EXPECT_FALSE(*table.begin_listening(2));
  EXPECT_TRUE(*table.begin_listening(3)) << "asked again, the turn is still its own";
  EXPECT_FALSE(table.leave(1).has_value()) << "it did not have the turn";
  EXPECT_FALSE(table.leave(4).has_value()) << "it does not listen";
  EXPECT_EQ(table.leave(3), std::optional<Handle>(2));
  EXPECT_TRUE(*table.begin_listening(2));
  EXPECT_FALSE(table.leave(2).has_value()) << "nobody is left";
  EXPECT_EQ(table.count(), 0u);
}

TEST(BoundAddresses, PassTheTurnOnWhenAListenFails) {
  BoundAddresses table;
  for (Handle socket : {1, 2}) ASSERT_TRUE(table.enter(socket, place(kOne)).ok());
  EXPECT_TRUE(*table.begin_listening(1));
  EXPECT_FALSE(*table.begin_listening(2));
  EXPECT_EQ(table.stop_listening(1), std::optional<Handle>(2));
  EXPECT_FALSE(*table.begin_listening(1)) << "behind the other one now";
}

TEST(BoundAddresses, ReportTheConflictOfWildcardsWhenTheSecondListens) {
  BoundAddresses table;
  for (Handle socket : {1, 2}) ASSERT_TRUE(table.enter(socket, place(kAny)).ok());
  ASSERT_TRUE(table.enter(3, place(kOne)).ok());
  EXPECT_TRUE(*table.begin_listening(1));
  EXPECT_EQ(table.begin_listening(2).error(), Error::address_in_use);
  EXPECT_TRUE(*table.begin_listening(3)) << "a specific one beside it is in nobody's way";
  EXPECT_FALSE(table.leave(1).has_value()) << "who was refused does not wait";
  EXPECT_TRUE(*table.begin_listening(2));
}

// Of those that have begun to listen and not closed, one has the turn at any time, and it learns of it.
TEST(BoundAddresses, NeverLoseATurnBetweenThreads) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 2000;
  BoundAddresses table;
  std::atomic<int> turns{0};
  std::atomic<int> handed_over{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        const Handle socket = static_cast<Handle>(t * kRounds + i + 1);
        ASSERT_TRUE(table.enter(socket, place(kOne)).ok());
        if (*table.begin_listening(socket)) ++turns;
        if (table.leave(socket)) ++handed_over;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(table.count(), 0u);
  EXPECT_GT(turns, 0);
  EXPECT_LE(turns + handed_over, kThreads * kRounds) << "nobody got the turn twice";
}

}  // namespace
}  // namespace inlet::provider::test
