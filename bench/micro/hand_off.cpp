// How long the rest of a shard stands still when a callback blocks: from the moment at which it begins to wait until the next
// callback runs on another thread.
//
// p50_us and p99_us are what counts; the time of an iteration is the mean of the same. Each callback that blocks is a task of its
// own, because one that has blocked before would not run on its shard any more.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <semaphore>

#include "e2e/clock.h"
#include "e2e/histogram.h"
#include "engine/engine.h"

namespace inlet::bench {
namespace {

class Job final : public engine::SimpleTask {
 public:
  static constexpr engine::Signals kRun = engine::kFirstFreeSignal;
  static constexpr engine::Signals kBury = engine::kFirstFreeSignal << 1;

  Job(engine::Shard& home, std::function<void()> body) : body_(std::move(body)) { set_shard(&home); }

  void run() { shard()->post(*this, kRun); }
  // After this nothing of the engine knows it any more.
  void end() {
    shard()->post(*this, kBury);
    released_.acquire();
  }
  void wait_settled() { settled_.acquire(); }

  void on_ready(poller::Ready) override {}
  void on_timer(int64_t) override {}
  void on_signals(engine::Signals signals) override {
    if (signals & kRun) shard()->schedule(*this);
    if (signals & kBury) shard()->bury(*this);
  }
  void perform() override { body_(); }
  void settle() override { settled_.release(); }
  void release() override { released_.release(); }

 private:
  std::function<void()> body_;
  std::binary_semaphore settled_{0};
  std::binary_semaphore released_{0};
};

std::unique_ptr<engine::Engine> start_engine() {
  engine::Engine::Options options;
  options.shards = 1;
  options.resolve = [](uint64_t) -> engine::Task* { return nullptr; };
  auto started = engine::Engine::start(options);
  if (!started) std::abort();
  return std::move(*started);
}

// Returns  From the start of the wait until the callback behind it ran.
uint64_t hand_off_once(engine::Shard& shard, bool says_so) {
  uint64_t from_ns = 0, until_ns = 0;
  std::binary_semaphore next_has_run{0};
  Job next(shard, [&] {
    until_ns = now_ns();
    next_has_run.release();
  });
  Job blocked(shard, [&] {
    next.run();
    from_ns = now_ns();
    if (says_so) engine::before_blocking();
    next_has_run.acquire();
  });
  blocked.run();
  blocked.wait_settled();
  next.wait_settled();
  blocked.end();
  next.end();
  return until_ns - from_ns;
}

void report(benchmark::State& state, const Histogram& latency) {
  state.counters["p50_us"] = latency.percentile_us(0.5);
  state.counters["p99_us"] = latency.percentile_us(0.99);
}

void add(benchmark::State& state, Histogram& latency, uint64_t took_ns) {
  latency.add(took_ns);
  state.SetIterationTime(static_cast<double>(took_ns) / 1e9);
}

// The callback waits in a call of Inlet, which hands the shard off first.
void hand_off_said(benchmark::State& state) {
  const auto engine = start_engine();
  Histogram latency;
  for (auto _ : state) add(state, latency, hand_off_once(*engine->shards().front(), true));
  report(state, latency);
}
BENCHMARK(hand_off_said)->UseManualTime()->Iterations(5000);

// The callback waits in a way that only the watchdog can see. A new engine each time: for a while after it has found one, new
// tasks start off their shard.
void hand_off_seen_by_watchdog(benchmark::State& state) {
  Histogram latency;
  for (auto _ : state) {
    const auto engine = start_engine();
    add(state, latency, hand_off_once(*engine->shards().front(), false));
  }
  report(state, latency);
}
BENCHMARK(hand_off_seen_by_watchdog)->UseManualTime()->Iterations(200);

// A run without a hand-off, to compare: post, run, settle, seen by the poster.
void post_and_run(benchmark::State& state) {
  const auto engine = start_engine();
  Job job(*engine->shards().front(), [] {});
  for (auto _ : state) {
    job.run();
    job.wait_settled();
  }
  job.end();
}
BENCHMARK(post_and_run)->UseRealTime();

}  // namespace
}  // namespace inlet::bench
