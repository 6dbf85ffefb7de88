// Tasks that want to run: one queue for each priority, served by weight, so that a low one is slowed and never starved.
//
// A round gives each level that waits its weight in runs. Weights decide only among tasks that wait at the same time, and a task
// waits only after the poller was asked for it. So while several levels wait the poller is asked again after each round; else a
// high level would run dry in the middle of a turn and the low ones would get the rest of it.
#pragma once

#include <bit>

#include "base/limits.h"
#include "engine/task.h"

namespace inlet::engine {

class RunQueue {
 public:
  bool empty() const { return waiting_ == 0; }

  void push(Task& task) {
    queues_[task.priority()].push_back(task);
    waiting_ |= 1u << task.priority();
  }

  // Before the others of its level.
  void push_next(Task& task) {
    queues_[task.priority()].push_front(task);
    waiting_ |= 1u << task.priority();
  }

  Task* pop() { return empty() ? nullptr : pop_and_look().task; }

  // The same where one waits, and with it one of those that come soon, if there is one.
  struct Popped {
    Task* task;
    const Task* next;
  };
  Popped pop_and_look() {
    if (round_is_over()) begin_round();
    const unsigned level = highest(waiting_ & credited_);
    if (--credit_[level] == 0) credited_ &= ~(1u << level);
    Queue<Task, RunTag>& queue = queues_[level];
    Task* const task = queue.pop_front();
    const Task* const next = queue.front();
    if (next == nullptr) waiting_ &= ~(1u << level);
    return {task, next};
  }

  // How many runs may come before the poller is asked again.
  unsigned runs_per_turn() const { return waiting_ == 0 ? 0 : kRunsPerTurn[highest(waiting_)]; }
  bool is_waiting(unsigned level) const { return (waiting_ >> level & 1) != 0; }
  bool is_mixed() const { return (waiting_ & (waiting_ - 1)) != 0; }
  bool round_is_over() const { return (waiting_ & credited_) == 0; }

 private:
  static constexpr unsigned highest(unsigned levels) { return static_cast<unsigned>(std::bit_width(levels)) - 1; }
  void begin_round() {
    for (unsigned level = 0; level < kPriorities; ++level) credit_[level] = kPriorityWeights[level];
    credited_ = (1u << kPriorities) - 1;
  }

  Queue<Task, RunTag> queues_[kPriorities];
  unsigned credit_[kPriorities] = {};
  unsigned waiting_ = 0;   // a bit for each level that is not empty
  unsigned credited_ = 0;  // a bit for each level that has runs left in this round
};

}  // namespace inlet::engine
