// Sleeping on the thread's alert for a number of milliseconds as Windows counts them.
#pragma once

#include <algorithm>
#include <chrono>
#include <climits>

#include "provider/linux/sys.h"
#include "provider/linux/thread_alert.h"

namespace inlet::winsock {

class AlertTimeout {
 public:
  // INFINITE never is over.
  explicit AlertTimeout(DWORD timeout_ms)
      : forever_(timeout_ms == INFINITE), at_(Clock::now() + std::chrono::milliseconds(timeout_ms)) {}

  bool over() const { return !forever_ && Clock::now() >= at_; }

  // Until the alert wakes, or at most until it is over. May come back early for nothing.
  void sleep(provider::ThreadAlert& alert) const {
    const int ready = provider::sys::wait(-1, 0, alert.fd(), alert.sleep_ms(remaining_ms()));
    if (ready > 0) alert.drain();
  }

 private:
  using Clock = std::chrono::steady_clock;

  int remaining_ms() const {
    if (forever_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - Clock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, INT_MAX));
  }

  const bool forever_;
  const Clock::time_point at_;
};

}  // namespace inlet::winsock
