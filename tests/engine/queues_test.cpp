// The parts of a shard that need no thread: run queue, timer wheel, mailbox.
#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "engine/mailbox.h"
#include "engine/run_queue.h"
#include "engine/test_task.h"
#include "engine/timer_wheel.h"

namespace inlet::engine::test {
namespace {

TEST(RunQueue, IsFirstInFirstOutWithinAPriority) {
  RunQueue queue;
  TestTask a, b, c;
  queue.push(a), queue.push(b), queue.push(c);
  EXPECT_EQ(queue.pop(), &a);
  EXPECT_EQ(queue.pop(), &b);
  EXPECT_EQ(queue.pop(), &c);
  EXPECT_EQ(queue.pop(), nullptr);
}

TEST(RunQueue, WhatFollowsDirectlyComesBeforeOthersOfItsPriority) {
  RunQueue queue;
  TestTask a, b, c, urgent;
  urgent.set_priority(kPriorities - 1);
  queue.push_next(a);
  queue.push(b);
  EXPECT_EQ(queue.pop(), &a);
  queue.push_next(a), queue.push(c), queue.push(urgent);
  EXPECT_EQ(queue.pop(), &urgent);
  EXPECT_EQ(queue.pop(), &a);
  EXPECT_EQ(queue.pop(), &b);
  EXPECT_EQ(queue.pop(), &c);
  EXPECT_TRUE(queue.empty());
}

TEST(RunQueue, ServesByWeightAndStarvesNobody) {
  RunQueue queue;
  TestTask tasks[kPriorities];
  for (unsigned level = 0; level < kPriorities; ++level) {
    tasks[level].set_priority(level);
    queue.push(tasks[level]);
  }
  unsigned runs[kPriorities] = {};
  for (int i = 0; i < 31 * 100; ++i) {
    Task* task = queue.pop();
    ++runs[task->priority()];
    queue.push(*task);
  }
  for (unsigned level = 0; level < kPriorities; ++level) EXPECT_EQ(runs[level], 100u << level) << level;
  while (queue.pop()) {
  }
}

// Two levels of 50 sessions each on one busy processor got nearly the same throughput, whatever their weights: after one round the
// high level's callbacks had all run, and the low level's ran until the turn was over before anybody asked the poller again.
TEST(RunQueue, ARoundIsOverWhenNoLevelThatWaitsHasRunsLeft) {
  RunQueue queue;
  TestTask low[8], high[3];
  for (TestTask& each : low) queue.push(each);
  for (TestTask& each : high) {
    each.set_priority(kPriorities - 1);
    queue.push(each);
  }
  EXPECT_TRUE(queue.is_mixed());
  EXPECT_EQ(queue.runs_per_turn(), kRunsPerTurn[kPriorities - 1]);
  for (TestTask& each : high) EXPECT_EQ(queue.pop(), &each);
  EXPECT_FALSE(queue.round_is_over()) << "the low level still has its run";
  EXPECT_EQ(queue.pop(), &low[0]);
  EXPECT_TRUE(queue.round_is_over());
  EXPECT_FALSE(queue.is_mixed());
  EXPECT_EQ(queue.runs_per_turn(), kRunsPerTurn[0]) << "a low level alone looks often for others";
  for (unsigned i = 1; i < 8; ++i) EXPECT_EQ(queue.pop(), &low[i]);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.runs_per_turn(), 0u);
}

TEST(TimerWheel, FiresNoTimerEarlyAndNoneMoreThanATickLate) {
  TimerWheel wheel(0);
  std::mt19937 random(7);
  std::vector<std::unique_ptr<TestTask>> tasks;
  for (int i = 0; i < 2000; ++i) {
    tasks.push_back(std::make_unique<TestTask>());
    wheel.arm(*tasks.back(), 1 + static_cast<int64_t>(random() % 200'000));  // up to six rounds of the wheel
  }
  size_t fired = 0;
  for (int64_t now = 0; now <= 201'000; now += 1 + static_cast<int64_t>(random() % 100)) {
    const int64_t last = now;
    wheel.advance(now, [&](Timer& timer) {
      ++fired;
      EXPECT_LE(timer.due_ms, last);
      EXPECT_GE(timer.due_ms + 2 * kTimerTick_ms + 100, last);
    });
  }
  EXPECT_EQ(fired, 2000u);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimerWheel, TellsWhenToLookAgain) {
  TimerWheel wheel(1000);
  TestTask task;
  EXPECT_TRUE(wheel.next().is_never());
  wheel.arm(task, 5000);
  EXPECT_GE(wheel.next().ms(), 5000);
  EXPECT_LE(wheel.next().ms(), 5000 + kTimerTick_ms);
  wheel.arm(task, 2000);
  EXPECT_LE(wheel.next().ms(), 2000 + kTimerTick_ms) << "arming again moves it";
  wheel.disarm(task);
  EXPECT_TRUE(wheel.next().is_never());
  wheel.disarm(task);
}

TEST(TimerWheel, SurvivesAJumpOverManyRounds) {
  TimerWheel wheel(0);
  TestTask near, far;
  wheel.arm(near, 100);
  wheel.arm(far, 100'000'000);
  int fired = 0;
  wheel.advance(50'000'000, [&](Timer& timer) {
    ++fired;
    EXPECT_EQ(&timer, static_cast<Timer*>(&near));
  });
  EXPECT_EQ(fired, 1);
  wheel.advance(200'000'000, [&](Timer&) { ++fired; });
  EXPECT_EQ(fired, 2);
}

TEST(Mailbox, KeepsOrderAndMergesSignals) {
  Mailbox box;
  TestTask a, b;
  EXPECT_TRUE(box.put(a, 4));
  EXPECT_TRUE(box.put(b, 8));
  EXPECT_FALSE(box.put(a, 16)) << "it is in the box already";
  std::vector<std::pair<Task*, Signals>> taken;
  box.drain([&](Task& task, Signals signals) { taken.push_back({&task, signals}); });
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0], (std::pair<Task*, Signals>{&a, 20}));
  EXPECT_EQ(taken[1], (std::pair<Task*, Signals>{&b, 8}));
  EXPECT_TRUE(box.empty());
}

TEST(Mailbox, TakesNothingForATaskWhoseMailIsClosed) {
  Mailbox box;
  TestTask task;
  box.put(task, 4);
  EXPECT_FALSE(task.close_mail()) << "there is mail";
  box.drain([](Task&, Signals) {});
  EXPECT_TRUE(task.close_mail());
  EXPECT_FALSE(box.put(task, 4));
  EXPECT_TRUE(box.empty());
}

TEST(Mailbox, LosesNoSignalBetweenThreads) {
  Mailbox box;
  std::vector<std::unique_ptr<TestTask>> tasks;
  for (int i = 0; i < 8; ++i) tasks.push_back(std::make_unique<TestTask>());
  std::atomic<bool> done{false};
  std::atomic<uint64_t> posted{0};
  std::vector<std::thread> posters;
  for (unsigned thread = 0; thread < 3; ++thread)
    posters.emplace_back([&, thread] {
      for (unsigned i = 0; i < 30'000; ++i)
        if (box.put(*tasks[(i + thread) % tasks.size()], 4u << thread)) posted.fetch_add(1);
    });
  uint64_t taken = 0;
  std::thread owner([&] {
    while (!done || !box.empty()) box.drain([&](Task&, Signals signals) { taken += signals != 0; });
  });
  for (auto& poster : posters) poster.join();
  done = true;
  owner.join();
  EXPECT_EQ(taken, posted);
}

}  // namespace
}  // namespace inlet::engine::test
