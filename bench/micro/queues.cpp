// Run queue, timer wheel and mailbox: what the driver of a shard does between a readiness and a callback.
#include <benchmark/benchmark.h>

#include <memory>
#include <thread>
#include <vector>

#include "engine/mailbox.h"
#include "engine/run_queue.h"
#include "engine/timer_wheel.h"
#include "micro/idle_task.h"

namespace inlet::bench {
namespace {

std::vector<std::unique_ptr<IdleTask>> make_tasks(int64_t count) {
  std::vector<std::unique_ptr<IdleTask>> tasks;
  for (int64_t i = 0; i < count; ++i) {
    tasks.push_back(std::make_unique<IdleTask>());
    tasks.back()->set_priority(static_cast<unsigned>(i) % kPriorities);
  }
  return tasks;
}

// In and out again, for a turn with so many ready sessions of all priorities.
void run_queue(benchmark::State& state) {
  const auto tasks = make_tasks(state.range(0));
  engine::RunQueue queue;
  for (auto _ : state) {
    for (const auto& task : tasks) queue.push(*task);
    while (engine::Task* task = queue.pop()) benchmark::DoNotOptimize(task);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(run_queue)->Arg(1)->Arg(64)->Arg(1000)->Arg(10000);

// Moves the deadlines of so many sessions, as their traffic would if each event did.
void timer_wheel_arm(benchmark::State& state) {
  const auto tasks = make_tasks(state.range(0));
  int64_t now_ms = 0;
  engine::TimerWheel wheel(now_ms);
  for (auto _ : state) {
    ++now_ms;
    for (const auto& task : tasks) wheel.arm(*task, now_ms + 20'000);
  }
  for (const auto& task : tasks) wheel.disarm(*task);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(timer_wheel_arm)->Arg(64)->Arg(10000);

// What every turn of a shard pays for its timers while none is due: one look forward, one look back.
void timer_wheel_turn(benchmark::State& state) {
  const auto tasks = make_tasks(state.range(0));
  int64_t now_ms = 0;
  engine::TimerWheel wheel(now_ms);
  for (const auto& task : tasks) wheel.arm(*task, now_ms + 20'000);
  for (auto _ : state) {
    benchmark::DoNotOptimize(wheel.next());
    wheel.advance(now_ms, [](engine::Timer&) {});
  }
  for (const auto& task : tasks) wheel.disarm(*task);
}
BENCHMARK(timer_wheel_turn)->Arg(0)->Arg(1)->Arg(10000);

// So many timers that come due one tick after the other, each armed again when it fires.
void timer_wheel_expire(benchmark::State& state) {
  const auto tasks = make_tasks(state.range(0));
  int64_t now_ms = 0;
  engine::TimerWheel wheel(now_ms);
  for (size_t i = 0; i < tasks.size(); ++i) wheel.arm(*tasks[i], static_cast<int64_t>(i % 1000) + 1);
  int64_t fired = 0;
  for (auto _ : state) {
    now_ms += kTimerTick_ms;
    wheel.advance(now_ms, [&](engine::Timer& timer) {
      ++fired;
      wheel.arm(timer, now_ms + 1000);
    });
  }
  for (const auto& task : tasks) wheel.disarm(*task);
  state.SetItemsProcessed(fired);
}
BENCHMARK(timer_wheel_expire)->Arg(10000);

// One thread posts and drains: the price without a second one.
void mailbox_alone(benchmark::State& state) {
  const auto tasks = make_tasks(state.range(0));
  engine::Mailbox box;
  for (auto _ : state) {
    for (const auto& task : tasks) box.put(*task, engine::kFirstFreeSignal);
    box.drain([](engine::Task& task, engine::Signals) { benchmark::DoNotOptimize(&task); });
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(mailbox_alone)->Arg(1)->Arg(64);

// What a turn pays to find it empty.
void mailbox_empty(benchmark::State& state) {
  engine::Mailbox box;
  for (auto _ : state) benchmark::DoNotOptimize(box.empty());
}
BENCHMARK(mailbox_empty);

// Another thread posts as fast as it can while this one drains.
void mailbox_contended(benchmark::State& state) {
  const auto tasks = make_tasks(64);
  engine::Mailbox box;
  std::atomic<bool> ending{false};
  std::thread poster([&] {
    while (!ending.load(std::memory_order_relaxed)) {
      for (const auto& task : tasks) box.put(*task, engine::kFirstFreeSignal);
    }
  });
  int64_t taken = 0;
  for (auto _ : state) {
    const int64_t before = taken;
    while (taken == before) box.drain([&](engine::Task&, engine::Signals) { ++taken; });
  }
  ending = true;
  poster.join();
  state.SetItemsProcessed(taken);
}
BENCHMARK(mailbox_contended)->UseRealTime();

}  // namespace
}  // namespace inlet::bench
