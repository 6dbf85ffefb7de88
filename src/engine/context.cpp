#include "engine/context.h"

#include "engine/crew.h"
#include "engine/shard.h"

namespace inlet::engine {

constinit thread_local Context* current_context = nullptr;

void before_blocking() {
  Context* context = current_context;
  if (!context || !context->attached) return;
  context->attached = false;
  // When the watchdog was first, the shard has been handed off already.
  if (ShardLease lease = context->shard->take(context->open_word)) context->crew->offer(std::move(lease), true);
}

}  // namespace inlet::engine
