// Work for a shard from other threads: tasks with signals, no allocation, no lock.
#pragma once

#include <atomic>

#include "engine/task.h"

namespace inlet::engine {

class Mailbox {
 public:
  // Thread   Any. Returns true when the task was not in the box before.
  bool put(Task& task, Signals signals) {
    if (task.rest().signals_.fetch_or(signals, std::memory_order_acq_rel) != 0) return false;
    Task* first = first_.load(std::memory_order_relaxed);
    do {
      task.rest().mail_next_ = first;
    } while (!first_.compare_exchange_weak(first, &task, std::memory_order_seq_cst, std::memory_order_relaxed));
    return true;
  }

  bool empty() const { return first_.load(std::memory_order_seq_cst) == nullptr; }

  // Calls take(Task&, Signals) for each task, oldest first.
  // Thread   The shard's driver.
  template <class Take>
  void drain(Take take) {
    Task* newest = first_.exchange(nullptr, std::memory_order_acq_rel);
    Task* oldest = nullptr;
    while (newest) {
      Task* next = newest->rest().mail_next_;
      newest->rest().mail_next_ = oldest;
      oldest = newest;
      newest = next;
    }
    while (oldest) {
      Task* task = oldest;
      oldest = task->rest().mail_next_;  // read before the signals are taken: from then on it may be put again
      take(*task, task->rest().signals_.exchange(0, std::memory_order_acq_rel));
    }
  }

 private:
  std::atomic<Task*> first_{nullptr};
};

}  // namespace inlet::engine
