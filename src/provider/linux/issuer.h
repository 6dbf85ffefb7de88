// A thread as the one that started overlapped operations: when it ends, what it started and what still waits is cancelled.
//
// Owner    One for each thread that has let an operation wait; operations keep it by shared_ptr, also when the thread has ended.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "provider/linux/operation.h"

namespace inlet::provider {

class Issuer {
 public:
  // The calling thread's. nullptr without memory, or when the thread is about to end.
  static std::shared_ptr<Issuer> current();

  explicit Issuer(uint64_t number) : number_(number) {}

  // Different for every thread, never 0.
  uint64_t number() const { return number_; }

  // Notes an operation that has to wait; it is taken out before it is completed.
  //
  // Thread   Any, here and below.
  void add(Operation& operation);
  void remove(Operation& operation);

  // The thread ends.
  void end();

 private:
  const uint64_t number_;
  std::mutex mutex_;
  List<Operation, IssuedTag> waiting_;  // guarded by mutex_
};

}  // namespace inlet::provider
