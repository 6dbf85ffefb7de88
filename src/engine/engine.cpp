#include "engine/engine.h"

#include <sched.h>

#include <algorithm>

namespace inlet::engine {

unsigned usable_cores() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) == 0 && CPU_COUNT(&cores) > 0)
    return static_cast<unsigned>(CPU_COUNT(&cores));
  return std::max(1u, std::thread::hardware_concurrency());
}

Engine::Engine(Options options, unsigned shards) : crew_(options.crew, shards), watchdog_(crew_) {}

Result<std::unique_ptr<Engine>> Engine::start(Options options) {
  if (options.crew.cores == 0) options.crew.cores = usable_cores();
  const unsigned wanted = options.shards ? options.shards : usable_cores();
  const unsigned shards = std::clamp(wanted, 1u, std::min(kShardsMax, options.crew.threads_max / 2));
  std::unique_ptr<Engine> engine(new Engine(options, shards));
  std::vector<Shard*> raw;
  for (unsigned i = 0; i < shards; ++i) {
    auto poller = poller::Poller::create();
    if (!poller) return poller.error();
    engine->shards_.push_back(
        std::make_unique<Shard>(std::move(*poller), options.resolve, engine->crew_, engine->watchdog_));
    raw.push_back(engine->shards_.back().get());
  }
  engine->crew_.set_shards(raw);
  if (auto started = engine->watchdog_.start(raw); !started) return started.error();
  engine->running_ = true;
  for (Shard* shard : raw) engine->crew_.offer(shard->first_lease(), false);
  if (engine->crew_.threads() < shards) return Error::out_of_memory;
  return engine;
}

Engine::~Engine() {
  if (!running_) return;
  watchdog_.stop();
  for (auto& shard : shards_) shard->stop();
  crew_.stop();
}

Shard& Engine::least_loaded() {
  Shard* best = shards_.front().get();
  for (auto& shard : shards_)
    if (shard->population.load(std::memory_order_relaxed) < best->population.load(std::memory_order_relaxed))
      best = shard.get();
  return *best;
}

}  // namespace inlet::engine
