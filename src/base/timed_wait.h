// Waiting on a condition variable until a Deadline.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/clock.h"

namespace inlet {

// Returns  whether the condition holds; false when the deadline passed first.
template <class Condition>
bool wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Deadline deadline,
                Condition holds) {
  constexpr int kLookAtManualTime_ms = 5;  // setting a manual clock wakes nobody here
  while (!holds()) {
    if (deadline.is_never()) {
      changed.wait(lock);
    } else if (deadline.expired()) {
      return false;
    } else {
      const int timeout_ms = time_is_manual() ? kLookAtManualTime_ms : deadline.poll_timeout_ms();
      changed.wait_for(lock, std::chrono::milliseconds(timeout_ms));
    }
  }
  return true;
}

}  // namespace inlet
