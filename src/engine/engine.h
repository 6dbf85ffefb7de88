// Shards, crew and watchdog of a process, started with the first server and stopped after the last.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "engine/crew.h"
#include "engine/shard.h"
#include "engine/watchdog.h"

namespace inlet::engine {

class Engine {
 public:
  struct Options {
    unsigned shards = 0;  // 0: one for each core this process may use
    Crew::Options crew;
    Shard::Resolve resolve = nullptr;
  };

  // Errors   Error::too_many_files, Error::no_buffers, Error::out_of_memory  (no threads)
  static Result<std::unique_ptr<Engine>> start(Options options);

  // Thread   Not one of the engine's. Every task is gone.
  ~Engine();

  // The shard with the fewest tasks.
  Shard& least_loaded();

  const std::vector<std::unique_ptr<Shard>>& shards() const { return shards_; }
  Crew& crew() { return crew_; }

 private:
  Engine(Options options, unsigned shards);
  Crew crew_;
  Watchdog watchdog_;
  std::vector<std::unique_ptr<Shard>> shards_;
  bool running_ = false;
};

// Cores this process may use, at least 1.
unsigned usable_cores();

}  // namespace inlet::engine
