// Shards, crew and watchdog together: hand-off seen and unseen, the reserve, retirement.
#include "engine/engine.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/short_slices.h"
#include "engine/test_task.h"
#include "engine/thread_probe.h"
#include "support/descriptor_limit.h"
#include "support/scheduling.h"

namespace inlet::engine::test {
namespace {

using inlet::test::slice_ns_of;

constexpr unsigned kNormal = 2;  // INET_PRIORITY_NORMAL

// Callbacks wait at a gate until the test opens it.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++inside_;
    most_ = std::max(most_, inside_);
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --inside_;
  }
  void wait_inside(unsigned count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ >= count; });
  }
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  unsigned most() {
    std::lock_guard lock(mutex_);
    return most_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned inside_ = 0, most_ = 0;
  bool open_ = false;
};

class EngineTest : public testing::Test {
 protected:
  void start(unsigned shards, unsigned threads_max = 64, int64_t retire_ms = 10'000) {
    Engine::Options options;
    options.shards = shards;
    options.crew.threads_max = threads_max;
    options.crew.retire_ms = retire_ms;
    options.resolve = [](uint64_t) -> Task* { return nullptr; };
    auto started = Engine::start(options);
    ASSERT_TRUE(started);
    engine_ = std::move(*started);
  }
  TestTask& add(std::function<void()> body = {}) {
    tasks_.push_back(std::make_unique<TestTask>());
    tasks_.back()->body = std::move(body);
    tasks_.back()->set_shard(engine_->shards().front().get());
    return *tasks_.back();
  }
  void run(TestTask& task) { task.shard()->post(task, TestTask::kRun); }
  // Its next runs happen off its shard.
  void make_slow(TestTask& task) {
    const auto body = std::exchange(task.body, [] { before_blocking(); });
    const int settled = task.settled;
    run(task);
    task.wait_settled(settled + 1);
    task.body = body;
    ASSERT_TRUE(task.is_slow());
  }
  // Until it waits for something. What a thread does between the last line of a test's callback and its next sleep is then done.
  static void wait_asleep(uint32_t thread) {
    while (!thread_is_asleep(thread)) std::this_thread::yield();
  }
  void TearDown() override {
    for (auto& task : tasks_) task->end();
  }

  std::vector<std::unique_ptr<TestTask>> tasks_;
  std::unique_ptr<Engine> engine_;  // ends before the tasks are freed
};

// A poller's two and the watchdog's alarm.
TEST_F(EngineTest, DoesNotStartWithoutItsDescriptors) {
  const int lowest_free = dup(STDERR_FILENO);
  close(lowest_free);
  for (int some = 0; some < 3; ++some) {
    Engine::Options options;
    options.shards = 1;
    auto limit = std::make_unique<inlet::test::DescriptorLimit>(some);
    ASSERT_TRUE(limit->is_set());
    auto started = Engine::start(options);
    limit.reset();
    ASSERT_FALSE(started) << some;
    EXPECT_EQ(started.error(), Error::too_many_files);
    const int still_free = dup(STDERR_FILENO);
    close(still_free);
    EXPECT_EQ(still_free, lowest_free) << "something was left open";
  }
  start(1);
}

TEST_F(EngineTest, RunsOneThreadAShard) {
  start(3);
  EXPECT_EQ(engine_->crew().threads(), 3u);
}

TEST_F(EngineTest, ACallbackThatSaysItBlocksHandsItsShardOff) {
  start(1);
  Gate gate;
  TestTask& blocked = add([&] {
    before_blocking();
    before_blocking();  // harmless twice
    gate.pass();
  });
  TestTask& other = add();
  run(blocked);
  gate.wait_inside(1);
  for (int i = 1; i <= 100; ++i) {
    run(other);
    other.wait_settled(i);
  }
  EXPECT_EQ(blocked.settled, 0);
  EXPECT_EQ(engine_->crew().hand_offs(), 1u);
  EXPECT_EQ(engine_->crew().threads(), 2u);
  gate.open();
  blocked.wait_settled(1);
}

TEST_F(EngineTest, TheWatchdogHandsOffACallbackThatSaysNothing) {
  start(1);
  Gate gate;
  TestTask& blocked = add([&] { gate.pass(); });
  TestTask& other = add();
  run(blocked);
  gate.wait_inside(1);
  run(other);
  other.wait_settled(1);  // would wait for ever without the watchdog
  EXPECT_EQ(engine_->crew().hand_offs(), 1u);
  gate.open();
  blocked.wait_settled(1);
}

// The drivers put the watchdog's alarm off while they get on. One that does must not do it for another that does not.
TEST_F(EngineTest, AShardThatGetsOnDoesNotHideOneThatStandsStill) {
  start(2);
  Gate gate;
  std::atomic<bool> go_on{true}, over{false};
  TestTask& busy = add();
  busy.set_shard(engine_->shards().back().get());
  busy.body = [&] {
    if (go_on) return run(busy);
    over = true;
    over.notify_all();
  };
  run(busy);
  busy.wait_settled(1000);
  TestTask& blocked = add([&] { gate.pass(); });
  TestTask& other = add();
  run(blocked);
  gate.wait_inside(1);
  const uint32_t busy_driver = engine_->shards().back()->driver_id();
  const int64_t before_us = thread_cpu_us(busy_driver);
  run(other);
  other.wait_settled(1);
  // Its own time, because others that use the processor would make it stop, and then the alarm rings in any case.
  EXPECT_LT(thread_cpu_us(busy_driver) - before_us, 20 * kWatchdogCalm_us);
  EXPECT_EQ(blocked.settled, 0);
  go_on = false;
  over.wait(false);
  gate.open();
  blocked.wait_settled(1);
}

// A step of a handshake looked like a callback that had got stuck: it lost its shard, the alarm sent the next steps to other threads,
// and each of them looked stuck again.
TEST_F(EngineTest, AMeteredRunKeepsItsShardUntilOneTookLong) {
  start(1);
  const auto now = [] { return std::chrono::steady_clock::now(); };
  std::chrono::steady_clock::time_point until;
  uint64_t hand_offs = 0;
  TestTask& task = add([&] {
    while (now() < until && engine_->crew().hand_offs() == hand_offs) {
    }
  });
  task.metered = true;
  until = now() + std::chrono::milliseconds(30);
  run(task);
  task.wait_settled(1);
  EXPECT_EQ(engine_->crew().hand_offs(), 0u);
  until = now() + std::chrono::seconds(20);
  run(task);
  task.wait_settled(2);
  EXPECT_EQ(engine_->crew().hand_offs(), 1u) << "after a long one they are watched";
}

// The watchdog was told of callbacks once a turn and fell asleep when none ran for a while. A turn that spent that while on other
// things and then ran a callback that blocked had nobody to hand its shard off.
TEST_F(EngineTest, TheWatchdogStaysAwakeThroughALongTurn) {
  start(1);
  Gate gate, both_posted;
  TestTask& first = add();
  first.on_settle = [] {  // the driver itself is held up, with no callback open
    std::this_thread::sleep_for(std::chrono::microseconds(2 * kWatchdogIdle_us));
  };
  TestTask& blocked = add([&] { gate.pass(); });
  TestTask& other = add();
  TestTask& holder = add();
  holder.on_mail = [&] { both_posted.pass(); };  // so that both run in one turn
  run(holder);
  both_posted.wait_inside(1);
  run(first);
  run(blocked);
  both_posted.open();
  gate.wait_inside(1);
  run(other);
  other.wait_settled(1);
  gate.open();
  blocked.wait_settled(1);
}

TEST_F(EngineTest, ASlowTaskRunsOffItsShardUntilItIsQuickAgain) {
  start(1);
  Gate gate;
  std::atomic<int> off{0}, on{0};
  TestTask& task = add();
  task.body = [&] {
    before_blocking();
    gate.pass();
  };
  run(task);
  gate.wait_inside(1);
  gate.open();
  task.wait_settled(1);
  EXPECT_TRUE(task.is_slow());
  task.body = [&] { ++(current_context->attached ? on : off); };
  for (int i = 2; i <= 2 + 4 * kSlowAfterHandOff; ++i) {
    run(task);
    task.wait_settled(i);
  }
  EXPECT_GE(off, static_cast<int>(kSlowAfterHandOff)) << "known to be slow";
  EXPECT_GE(on, 1) << "and forgiven";
  EXPECT_FALSE(task.is_slow());
}

// A callback that computes must not take from the shards the processor that the others need.
TEST_F(EngineTest, ACallbackThatComputesStepsBackBehindTheShards) {
  start(1);
  const int normal = getpriority(PRIO_PROCESS, 0);
  std::atomic<int> niceness{0};
  std::atomic<bool> compute{true};
  TestTask& task = add([&] {
    niceness = getpriority(PRIO_PROCESS, 0);
    const int64_t id = probe_id();
    const int64_t enough = thread_cpu_us(static_cast<uint32_t>(id)) + 3 * kWatchdogCalm_us;  // it is met in any case
    while (compute && thread_cpu_us(static_cast<uint32_t>(id)) < enough) {
    }
  });
  task.set_priority(kNormal);
  for (int i = 1; i <= 3; ++i) {
    run(task);
    task.wait_settled(i);
  }
  EXPECT_EQ(niceness, std::min(normal + kComputeNice, 19));
  compute = false;
  for (int i = 4; i <= 6; ++i) {
    run(task);
    task.wait_settled(i);
  }
  EXPECT_EQ(niceness, normal) << "quick again, and on a thread that has its priority back";
}

TEST_F(EngineTest, ACallbackOffItsShardHasTheNicenessOfItsPriority) {
  start(1);
  const int normal = getpriority(PRIO_PROCESS, 0);
  std::atomic<int> niceness{0};
  TestTask& task = add([&] {
    niceness = getpriority(PRIO_PROCESS, 0);
    before_blocking();
  });
  task.set_priority(0);
  run(task);
  task.wait_settled(1);
  EXPECT_EQ(niceness, normal) << "on the shard, which serves all";
  run(task);
  task.wait_settled(2);
  EXPECT_EQ(niceness, std::min(normal + kPriorityNice[0], 19));
}

// Sessions of a low priority are many and always ready; one of a higher priority becomes ready while they run.
TEST_F(EngineTest, ATaskOfHigherPriorityWaitsForFewOfALowerOne) {
  start(1);
  std::atomic<int> low_runs{0}, low_runs_before{-1};
  TestTask& high = add([&] { low_runs_before = low_runs.load(); });
  high.set_priority(kPriorities - 1);
  for (int i = 0; i < 100; ++i)
    add([&] {
      if (low_runs++ == 0) run(high);
    }).set_priority(0);
  TestTask& starter = add([&] {
    for (size_t i = 1; i <= 100; ++i) run(*tasks_[i]);
  });
  run(starter);
  for (size_t i = 1; i <= 100; ++i) tasks_[i]->wait_settled(1);
  high.wait_settled(1);
  EXPECT_LE(low_runs_before, static_cast<int>(kRunsPerTurn[0]));
}

TEST_F(EngineTest, AtTheThreadLimitCallbacksWaitAndTheShardGoesOn) {
  start(1, 4);
  Gate gate;
  for (int i = 0; i < 10; ++i)
    add([&] {
      before_blocking();
      gate.pass();
    });
  TestTask& witness = add();
  for (int i = 0; i < 10; ++i) run(*tasks_[static_cast<size_t>(i)]);
  gate.wait_inside(3);
  // The fourth thread still drives the shard: it takes mail, although it may start no callback.
  for (int i = 0; i < 50; ++i) {
    const int before = witness.signalled;
    run(witness);
    for (int seen = witness.signalled; seen == before; seen = witness.signalled) std::this_thread::yield();
  }
  EXPECT_EQ(witness.settled, 0);
  EXPECT_EQ(gate.most(), 3u);
  EXPECT_LE(engine_->crew().threads(), 4u);
  gate.open();
  for (int i = 0; i < 10; ++i) tasks_[static_cast<size_t>(i)]->wait_settled(1);
  witness.wait_settled(1);
  EXPECT_LE(engine_->crew().threads(), 4u);
}

// Two may run off the shard, and then one on it until it is seen to block; the others wait.
TEST_F(EngineTest, AtTheThreadLimitSlowCallbacksWaitForEachOther) {
  start(1, 4);
  Gate gate;
  std::vector<TestTask*> slow;
  for (int i = 0; i < 5; ++i) make_slow(*slow.emplace_back(&add()));
  for (TestTask* each : slow) each->body = [&] { gate.pass(); };
  for (TestTask* each : slow) run(*each);
  gate.wait_inside(3);
  gate.open();
  for (TestTask* each : slow) each->wait_settled(2);
  EXPECT_EQ(gate.most(), 3u);
}

// Whoever gives a job wakes the thread for it when the lock is free again. It may have found the job on its own by then, because its
// time was over, have done it, and have ended.
TEST_F(EngineTest, SparesAreWokenWhileTheyRetire) {
  start(2, 64, 0);
  constexpr int kTimes = 500;
  TestTask& first = add([] { before_blocking(); });
  TestTask& second = add([] { before_blocking(); });
  second.set_shard(engine_->shards().back().get());
  for (int i = 1; i <= kTimes; ++i) {
    run(first);
    run(second);
    first.wait_settled(i);
    second.wait_settled(i);
  }
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (engine_->crew().threads() > 2 && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  EXPECT_EQ(engine_->crew().threads(), 2u) << "only the drivers are left";
}

TEST_F(EngineTest, IdleSparesRetire) {
  start(1, 64, 20);
  Gate gate;
  for (int i = 0; i < 8; ++i)
    add([&] {
      before_blocking();
      gate.pass();
    });
  for (auto& task : tasks_) run(*task);
  gate.wait_inside(8);
  EXPECT_EQ(engine_->crew().threads(), 9u);
  gate.open();
  for (auto& task : tasks_) task->wait_settled(1);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (engine_->crew().threads() > 1 && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  EXPECT_EQ(engine_->crew().threads(), 1u) << "only the driver is left";
  TestTask& after = add();
  run(after);
  after.wait_settled(1);
}

TEST_F(EngineTest, TimersFireOnTheShard) {
  ManualTime time;
  start(1);
  std::atomic<int> fired{0};
  TestTask& task = add();
  task.timer = [&](int64_t) {
    ++fired;
    fired.notify_all();
  };
  task.on_mail = [&] { task.shard()->arm(task, now_ms() + 1000); };
  run(task);
  task.wait_settled(1);
  time.advance_ms(500);
  EXPECT_EQ(fired, 0);
  time.advance_ms(600);
  fired.wait(0);
  EXPECT_EQ(fired, 1);
}

// ---- runs off the shard that leave nothing to decide

TEST_F(EngineTest, ARunThatEndedAsUsualOffItsShardWakesNobody) {
  start(1);
  Gate gate;
  TestTask &task = add(), &other = add();
  make_slow(task);
  std::atomic<uint32_t> thread{0};
  task.settles_late = true;
  task.body = [&] {
    thread = probe_id();
    gate.pass();
  };
  const int settled = task.settled;
  run(task);
  gate.wait_inside(1);
  wait_asleep(task.shard()->driver_id());  // one that is awake settles it at once
  gate.open();
  wait_asleep(thread);
  EXPECT_EQ(task.settled, settled);
  run(other);
  task.wait_settled(settled + 1);
  other.wait_settled(1);
}

TEST_F(EngineTest, ATaskThatWasToldSomethingMeanwhileIsSettledAtOnce) {
  start(1);
  const auto gate = std::make_shared<Gate>();  // the second run may be later than the test
  TestTask& task = add();
  make_slow(task);
  task.settles_late = true;
  task.body = [gate] { gate->pass(); };
  const int settled = task.settled, signalled = task.signalled;
  run(task);
  gate->wait_inside(1);
  run(task);
  while (task.signalled < signalled + 2) std::this_thread::yield();
  wait_asleep(task.shard()->driver_id());
  gate->open();
  task.wait_settled(settled + 1);  // nobody else wakes the driver
}

TEST_F(EngineTest, ATaskWhoseTimerCameDueMeanwhileIsSettledAtOnce) {
  ManualTime time;
  start(1);
  Gate gate;
  std::atomic<bool> fired{false};
  TestTask& task = add();
  make_slow(task);
  task.settles_late = true;
  task.timer = [&](int64_t) {
    fired = true;
    fired.notify_all();
  };
  task.on_mail = [&] { task.shard()->arm(task, now_ms() + 1000); };
  task.body = [&] { gate.pass(); };
  const int settled = task.settled;
  run(task);
  gate.wait_inside(1);
  time.advance_ms(1100);
  fired.wait(false);
  wait_asleep(task.shard()->driver_id());
  gate.open();
  task.wait_settled(settled + 1);
}

TEST_F(EngineTest, WhatIsPostedToATaskThatCameBackUnseenFindsItSettled) {
  start(1);
  TestTask& task = add();
  make_slow(task);
  std::atomic<uint32_t> thread{0};
  std::atomic<bool> settled_first{false};
  task.settles_late = true;
  task.body = [&] {
    thread = probe_id();
    thread.notify_all();
  };
  const int settled = task.settled;
  run(task);
  thread.wait(0);
  wait_asleep(thread);
  std::atomic<bool> told{false};
  task.body = {};
  task.on_mail = [&] {
    settled_first = task.settled == settled + 1;
    told = true;
    told.notify_all();
  };
  run(task);
  told.wait(false);
  EXPECT_TRUE(settled_first);
}

TEST_F(EngineTest, AShardThatSendsCallbacksAwayHasShortSlicesAndTheyHaveNot) {
  if (slice_ns_of() == 0) GTEST_SKIP() << "this system has no slices that a thread can ask for";
  const uint64_t usual_ns = slice_ns_of();
  ASSERT_NE(usual_ns, kShortSlice_ns);
  start(1);
  TestTask& task = add();
  make_slow(task);
  std::atomic<uint64_t> slice_ns{0};
  task.body = [&] { slice_ns = slice_ns_of(); };
  for (int i = 0; i < 3; ++i) {
    const int settled = task.settled;
    run(task);
    task.wait_settled(settled + 1);
    EXPECT_EQ(slice_ns, usual_ns) << "on a thread that was started by one with short slices, perhaps";
  }
  EXPECT_EQ(slice_ns_of(static_cast<pid_t>(task.shard()->driver_id())), kShortSlice_ns);
}

// All become ready in one turn, the slow ones first.
TEST_F(EngineTest, WhoIsKnownToBeSlowLeavesAfterTheOthersOfATurn) {
  start(1);
  std::vector<TestTask*> slow;
  for (int i = 0; i < 3; ++i) make_slow(*slow.emplace_back(&add()));
  const uint32_t driver = slow.front()->shard()->driver_id();
  std::atomic<int> left{0}, left_before_quick{-1};
  for (TestTask* each : slow)
    each->body = [&] {
      ++left;
      left.notify_all();
    };
  TestTask& quick = add([&] {
    for (int i = 0; i < 100 && left == 0; ++i)
      std::this_thread::yield();  // who had been woken before would be here soon
    left_before_quick = left.load();
  });
  TestTask& first = add();
  first.on_settle =
      [&] {  // on the driver, before the turn's callbacks go on: all that is posted here is the next turn's
        for (TestTask* each : slow) run(*each);
        run(quick);
      };
  run(first);
  quick.wait_settled(1);
  EXPECT_EQ(left_before_quick, 0);
  for (TestTask* each : slow) each->wait_settled(2);
  EXPECT_EQ(left, 3);
  EXPECT_EQ(slow.front()->shard()->driver_id(), driver) << "nobody lost the shard over it";
}

// Many tasks on several shards that block, say so or not, and run quickly, at random, and some of which are settled late; each runs
// serially, none is lost.
TEST_F(EngineTest, KeepsEveryTaskSerialUnderChurn) {
  start(2, 32);
  constexpr int kTasks = 40, kRuns = 60;
  std::atomic<int> overlaps{0};
  std::vector<std::unique_ptr<std::atomic<int>>> inside;
  for (int i = 0; i < kTasks; ++i) {
    inside.push_back(std::make_unique<std::atomic<int>>(0));
    TestTask& task = add();
    task.set_shard(engine_->shards()[static_cast<size_t>(i) % 2].get());
    task.settles_late = i % 3 == 0;
    task.body = [&, i, my = inside.back().get()] {
      if (my->fetch_add(1) != 0) ++overlaps;
      if (i % 5 == 0) std::this_thread::sleep_for(std::chrono::microseconds(700));  // a callback that blocks unseen
      if (i % 7 == 0) {
        before_blocking();
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      }
      my->fetch_sub(1);
    };
  }
  std::vector<std::thread> posters;
  for (int t = 0; t < 2; ++t)
    posters.emplace_back([&] {
      for (int round = 0; round < kRuns; ++round)
        for (auto& task : tasks_) run(*task);
    });
  for (auto& poster : posters) poster.join();
  for (auto& task : tasks_) {
    const int before = task->settled;
    run(*task);
    while (task->settles_late && task->settled == before) {  // its driver has to be awake for it
      task->shard()->wake();
      std::this_thread::yield();
    }
    task->wait_settled(before + 1);
  }
  EXPECT_EQ(overlaps, 0);
}

}  // namespace
}  // namespace inlet::engine::test
