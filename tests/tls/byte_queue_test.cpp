#include "tls/byte_queue.h"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <random>
#include <thread>
#include <vector>

namespace inlet::tls {
namespace {

TEST(ByteQueue, GivesBackWhatWasPutInHoweverItIsTaken) {
  std::mt19937 random(5);
  ByteQueue queue;
  std::deque<std::byte> model;
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::byte> bytes(random() % (random() % 10 == 0 ? 200'000 : 500));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    ASSERT_TRUE(queue.append(bytes));
    model.insert(model.end(), bytes.begin(), bytes.end());
    while (model.size() > 100'000 || (!model.empty() && random() % 3 == 0)) {
      const std::span<const std::byte> front = queue.front();
      ASSERT_FALSE(front.empty());
      const size_t part = 1 + random() % front.size();
      ASSERT_TRUE(std::equal(front.begin(), front.begin() + static_cast<ptrdiff_t>(part), model.begin()));
      queue.drop(part);
      model.erase(model.begin(), model.begin() + static_cast<ptrdiff_t>(part));
    }
    ASSERT_EQ(queue.size(), model.size());
  }
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.front().empty());
}

TEST(ByteQueue, DropsAcrossBlocks) {
  ByteQueue queue;
  ASSERT_TRUE(queue.append(std::vector<std::byte>(3 * kTlsBlockBytes)));
  queue.drop(2 * kTlsBlockBytes + 1);
  EXPECT_EQ(queue.size(), kTlsBlockBytes - 1);
  EXPECT_EQ(queue.front().size(), kTlsBlockBytes - 1);
}

TEST(ByteQueue, MayOutliveTheStockOfItsThread) {
  // The queue is made first, so the thread's stock, made with the first block, ends before it. The leak checker sees the rest.
  std::thread([] {
    thread_local ByteQueue late;
    ASSERT_TRUE(late.append(std::vector<std::byte>(3 * kTlsBlockBytes)));
    ByteQueue other;
    ASSERT_TRUE(other.append(std::vector<std::byte>(100)));
  }).join();
}

TEST(ByteQueue, GivesRoomThatLiesTogether) {
  ByteQueue queue;
  std::string expected;
  for (unsigned i = 0; i < 40; ++i) {
    const size_t size = 1 + i * 401;
    const std::span<std::byte> room = queue.room(size);
    ASSERT_EQ(room.size(), size);
    std::memset(room.data(), static_cast<int>(i), size);
    if (i % 5 == 0) continue;  // given up
    queue.add(size);
    expected.append(size, static_cast<char>(i));
  }
  EXPECT_EQ(queue.size(), expected.size());
  std::string copied(expected.size(), '?');
  EXPECT_EQ(queue.copy({reinterpret_cast<std::byte*>(copied.data()), copied.size()}), expected.size());
  EXPECT_TRUE(copied == expected);
  std::string got;
  while (!queue.empty()) {
    const std::span<const std::byte> front = queue.front();
    ASSERT_FALSE(front.empty());
    got.append(reinterpret_cast<const char*>(front.data()), front.size());
    queue.drop(front.size());
  }
  EXPECT_TRUE(got == expected);
}

}  // namespace
}  // namespace inlet::tls
