// Tasks that want to run: one queue for each priority, served by weight, so that a low one is slowed and never starved.
#pragma once

#include "base/limits.h"
#include "engine/task.h"

namespace inlet::engine {

class RunQueue {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  void push(Task& task) {
    queues_[task.priority()].push_back(task);
    ++size_;
  }

  Task* pop() {
    if (size_ == 0) return nullptr;
    for (;;) {
      for (int level = kPriorities - 1; level >= 0; --level) {
        if (queues_[level].empty() || credit_[level] == 0) continue;
        --credit_[level];
        --size_;
        return queues_[level].pop_front();
      }
      for (unsigned level = 0; level < kPriorities; ++level) credit_[level] = kWeights[level];
    }
  }

 private:
  static constexpr unsigned kWeights[kPriorities] = {1, 2, 4, 8, 16};
  List<Task, RunTag> queues_[kPriorities];
  unsigned credit_[kPriorities] = {};
  size_t size_ = 0;
};

}  // namespace inlet::engine
