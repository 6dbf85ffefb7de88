// A task that does nothing: what is measured is the engine around it.
#ifndef INLET_BENCH_IDLE_TASK_H
#define INLET_BENCH_IDLE_TASK_H

#include "engine/shard.h"
#include "engine/task.h"

namespace inlet::bench {

class IdleTask final : public engine::SimpleTask {
 public:
  void on_ready(poller::Ready) override {}
  void on_timer(int64_t) override {}
  void on_signals(engine::Signals) override {}
  void perform() override {}
  void settle() override {}
  void release() override {}
};

}  // namespace inlet::bench

#endif
