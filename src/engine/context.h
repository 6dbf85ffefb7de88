// What the calling thread is doing for the engine, and the hand-off before it blocks.
#pragma once

#include <cstdint>

namespace inlet::engine {

class Shard;
class Task;
class Crew;

// Exists on the stack of a thread while it runs a callback.
struct Context {
  Task* task;
  Shard* shard;  // the shard that this thread drove when the callback began; nullptr when it ran off its shard
  Crew* crew;
  uint64_t open_word;  // the state in which the lease was left open
  bool attached;       // as far as this thread knows, it still drives the shard
};

// Looked at in every call: found without asking the loader, also in the shared library.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local Context* current_context;

// Call it before anything that may wait. Inside a callback that still drives its shard, the shard is handed to another thread
// first; elsewhere nothing happens. Cheap when repeated.
//
// Thread   Any; the caller holds no lock of ours.
void before_blocking();

// The task whose callback runs on this thread, or nullptr.
inline Task* current_task() {
  return current_context ? current_context->task : nullptr;
}

}  // namespace inlet::engine
