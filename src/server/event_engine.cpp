#include "server/event_engine.h"

#include "base/limits.h"
#include "base/thread.h"
#include "base/timed_wait.h"
#include "engine/context.h"

namespace inlet::server {

void EventEngine::enter() {
  std::lock_guard lock(mutex_);
  ++inside_;
}

void EventEngine::leave() {
  std::lock_guard lock(mutex_);
  if (--inside_ == 0) changed_.notify_all();
}

bool EventEngine::wait_empty(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return wait_until(changed_, lock, deadline, [this] { return inside_ == 0; });
}

void end_when_empty(std::shared_ptr<EventEngine> engine) {
  const bool is_ours = engine::current_task() != nullptr;  // the engine cannot be ended by one of its threads
  if (!is_ours && engine->wait_empty(Deadline::after_ms(kStopDeadline_ms))) return;
  start_thread("inlet-cleanup", [engine = std::move(engine)]() mutable {
    [[maybe_unused]] const bool empty = engine->wait_empty(Deadline::never());
    engine.reset();
  }).detach();
}

}  // namespace inlet::server
