#include "base/op_lock.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace inlet {
namespace {

TEST(OpLock, IsOneByte) {
  EXPECT_EQ(sizeof(OpLock), 1u);
}

TEST(OpLock, ExcludesUnderContention) {
  OpLock lock;
  int shared = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 20'000; ++round) {
        if (!lock.try_lock()) lock.lock_until(Deadline::never());
        ++shared;
        lock.unlock();
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(shared, 80'000);
}

TEST(OpLock, GivesUpAtItsDeadline) {
  OpLock lock;
  ASSERT_TRUE(lock.try_lock());
  std::thread([&] {
    EXPECT_FALSE(lock.try_lock());
    EXPECT_FALSE(lock.lock_until(Deadline::after_ms(5)));
  }).join();
  lock.unlock();
  EXPECT_TRUE(lock.try_lock()) << "a waiter that gave up has not left it locked";
  lock.unlock();
}

}  // namespace
}  // namespace inlet
