// When a driver looks on before it sleeps, and that it lets go of the processor: the rules with a clock of the test's, and a shard of
// a real engine.
#include "engine/spin.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <time.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/engine.h"
#include "engine/test_task.h"

namespace inlet::engine::test {
namespace {

// A driver whose looks take a microsecond each, and whose next event comes when the test says.
class SpinTest : public testing::Test {
 protected:
  // Returns  whether the event was found without sleeping.
  bool next_event_after(int64_t gap_us) {
    const int64_t from_us = now_us_;
    const int64_t due_us = from_us + gap_us;
    looks_ = 0;
    spin_.arm();
    const bool found = spin_.look_on(
        from_us,
        [&] {
          ++looks_;
          return now_us_ >= due_us;
        },
        [&] { return now_us_ += look_us_; });
    if (!found) now_us_ = std::max(now_us_, due_us);
    spin_.work_came(now_us_ - from_us);
    return found;
  }
  void earn(unsigned credits) {
    for (unsigned i = 0; i < credits; ++i) next_event_after(10);
  }

  Spin spin_;
  int64_t now_us_ = 1'000'000;
  int64_t look_us_ = 1;
  unsigned looks_ = 0;
};

TEST_F(SpinTest, NothingIsSpunBeforeEventsHaveFollowedEachOther) {
  EXPECT_FALSE(next_event_after(10));
  EXPECT_EQ(looks_, 0u);
  EXPECT_TRUE(next_event_after(10));
}

TEST_F(SpinTest, QuickEventsAreFoundAwake) {
  earn(1);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(next_event_after(kSpin_us - 1)) << i;
}

TEST_F(SpinTest, AClientThatGoesQuietCostsOneSpin) {
  earn(kSpinCreditsMax);
  EXPECT_FALSE(next_event_after(1'000'000));
  EXPECT_EQ(looks_, static_cast<unsigned>(kSpin_us));
}

TEST_F(SpinTest, EventsThatComeTooSeldomAreSleptFor) {
  earn(kSpinCreditsMax);
  unsigned looks = 0;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(next_event_after(kSpin_us + 10));
    looks += looks_;
  }
  EXPECT_EQ(looks, kSpinCreditsMax / kSpinMissCost * kSpin_us);
}

TEST_F(SpinTest, ALateOneAmongManyIsForgiven) {
  earn(kSpinCreditsMax);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(next_event_after(1000));
    for (int quick = 0; quick < 9; ++quick) ASSERT_TRUE(next_event_after(10));
  }
}

TEST_F(SpinTest, EveryOtherEventLateIsNotWorthIt) {
  earn(kSpinCreditsMax);
  unsigned found = 0;
  for (int i = 0; i < 100; ++i) {
    next_event_after(1000);
    found += next_event_after(10) ? 1 : 0;
  }
  EXPECT_LT(found, 5u);
}

TEST_F(SpinTest, WhoLosesTheProcessorMeanwhileLeavesItToOthers) {
  earn(kSpinCreditsMax);
  look_us_ = 3000;  // put aside for a slice between two looks
  EXPECT_FALSE(next_event_after(10'000));
  look_us_ = 1;
  const int64_t rests_until_us = now_us_ - 10'000 + 3000 + kSpinRest_ms * 1000;
  while (now_us_ < rests_until_us) ASSERT_FALSE(next_event_after(10));
  EXPECT_TRUE(next_event_after(10));
}

TEST_F(SpinTest, ArmsForOneWaitOnly) {
  EXPECT_FALSE(spin_.is_armed());
  spin_.arm();
  EXPECT_TRUE(spin_.is_armed());
  spin_.work_came(10);
  EXPECT_FALSE(spin_.is_armed());
}

// ---- with an engine

class SpinningShardTest : public testing::Test {
 protected:
  void start(unsigned cores) {
    Engine::Options options;
    options.shards = 1;
    options.crew.cores = cores;
    options.resolve = [](uint64_t) -> Task* { return nullptr; };
    auto started = Engine::start(options);
    ASSERT_TRUE(started);
    engine_ = std::move(*started);
    task_.set_shard(engine_->shards().front().get());
    task_.set_priority(kSpinPriority);
    task_.body = [this] {
      clockid_t clock;
      ASSERT_EQ(pthread_getcpuclockid(pthread_self(), &clock), 0);
      driver_clock_ = clock;
    };
  }
  void run(int times) {
    for (int i = 0; i < times; ++i) {
      const int settled = task_.settled;
      task_.shard()->post(task_, TestTask::kRun);
      task_.wait_settled(settled + 1);
    }
  }
  void TearDown() override { task_.end(); }
  int64_t driver_cpu_ms() const {
    timespec used{};
    EXPECT_EQ(clock_gettime(driver_clock_, &used), 0);
    return int64_t{used.tv_sec} * 1000 + used.tv_nsec / 1'000'000;
  }

  TestTask task_;
  std::atomic<clockid_t> driver_clock_{};
  std::unique_ptr<Engine> engine_;
};

// A driver that never stopped looking would use a good part of a processor, on a busy machine too; one that sleeps uses none.
TEST_F(SpinningShardTest, UsesNoProcessorWhileNothingHappens) {
  start(4);
  run(200);
  const int64_t before_ms = driver_cpu_ms();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_LT(driver_cpu_ms() - before_ms, 15);
}

// Posts come while the driver sleeps, falls asleep and looks on; none is lost.
TEST_F(SpinningShardTest, HearsOfWorkWhateverItIsDoing) {
  start(4);
  for (int i = 0; i < 40; ++i) {
    run(50);
    std::this_thread::sleep_for(std::chrono::microseconds(kSpin_us * (i % 4)));
  }
}

TEST(CrewSpinTest, SpinsOnlyWhileEveryOtherThreadHasAProcessor) {
  for (const unsigned cores : {1u, 2u}) {
    Engine::Options options;
    options.shards = 2;
    options.crew.cores = cores;
    options.resolve = [](uint64_t) -> Task* { return nullptr; };
    auto engine = Engine::start(options);
    ASSERT_TRUE(engine);
    EXPECT_EQ((*engine)->crew().may_spin(), cores == 2);
  }
}

// A callback that has lost its shard may want a processor at any moment.
TEST(CrewSpinTest, DoesNotSpinBesideACallbackOffItsShard) {
  Engine::Options options;
  options.shards = 1;
  options.crew.cores = 1;
  options.resolve = [](uint64_t) -> Task* { return nullptr; };
  auto started = Engine::start(options);
  ASSERT_TRUE(started);
  Engine& engine = **started;
  std::atomic<int> step{0};
  TestTask task;
  task.set_shard(engine.shards().front().get());
  task.body = [&] {
    before_blocking();
    step = 1;
    step.notify_all();
    step.wait(1);
  };
  EXPECT_TRUE(engine.crew().may_spin());
  task.shard()->post(task, TestTask::kRun);
  step.wait(0);
  EXPECT_FALSE(engine.crew().may_spin());
  step = 2;
  step.notify_all();
  task.wait_settled(1);
  EXPECT_TRUE(engine.crew().may_spin());
  task.end();
}

}  // namespace
}  // namespace inlet::engine::test
