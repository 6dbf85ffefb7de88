// Mutex objects, which know their owner, and what becomes of them when it ends.
#pragma once

#include "winsock/dispatcher.h"

namespace inlet::winsock {

// Held by at most one thread, any number of times. Its fields are guarded by the dispatcher.
class Mutex : public WaitObject {
 public:
  static constexpr ObjectKind kKind = ObjectKind::mutex;
  explicit Mutex(bool held_by_caller);
  ~Mutex() override;

  // False when the calling thread does not hold it.
  bool release();

  bool available_locked(const HeldMutexes& thread) const override { return owner_ == nullptr || owner_ == &thread; }
  bool take_locked(HeldMutexes& thread) override;

  // For the end of a thread: frees all that it holds and marks them.
  static void abandon_all(HeldMutexes& thread);

 private:
  void let_go_locked();

  HeldMutexes* owner_ = nullptr;
  uint32_t count_ = 0;
  bool abandoned_ = false;     // by its last owner; the next one is told
  Mutex* previous_ = nullptr;  // among those that the owner holds
  Mutex* next_ = nullptr;
};

}  // namespace inlet::winsock
