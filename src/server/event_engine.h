// The engine as plain sockets use it: from the first socket that has events until the last InetUninitialize.
//
// Servers hold the engine as long as they run; the events of plain sockets have no thread that could give it back, because the last
// of them ends on one of the engine's own. So they are counted here, and who ends the library waits for them.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "engine/engine.h"

namespace inlet::server {

// Owner    The runtime, then whoever waits for its end.
class EventEngine {
 public:
  explicit EventEngine(std::shared_ptr<engine::Engine> engine) : engine_(std::move(engine)) {}

  engine::Shard& least_loaded() { return engine_->least_loaded(); }

  // Around the life of each socket's events; any thread.
  void enter();
  void leave();

  // Returns  false when the deadline passed before all have left.
  bool wait_empty(Deadline deadline);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned inside_ = 0;                           // GUARDED_BY(mutex_)
  const std::shared_ptr<engine::Engine> engine_;  // last, so that its threads end before what they use here
};

// Ends it when all have left, waiting for that if the calling thread may, else on a thread of its own.
void end_when_empty(std::shared_ptr<EventEngine> engine);

}  // namespace inlet::server
