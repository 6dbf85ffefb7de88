// The steady clock, and points on it. Tests can stop the clock and set it by hand (ManualTime).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace inlet {

namespace clock_detail {
extern std::atomic<int64_t> manual_ms;  // -1 while the real clock runs
int64_t steady_ms();
int64_t steady_us();
}  // namespace clock_detail

// Milliseconds on a clock that never goes back; the origin means nothing.
inline int64_t now_ms() {
  const int64_t manual = clock_detail::manual_ms.load(std::memory_order_relaxed);
  return manual >= 0 ? manual : clock_detail::steady_ms();
}

// The same clock in microseconds, for what is too short for the other one.
inline int64_t now_us() {
  const int64_t manual = clock_detail::manual_ms.load(std::memory_order_relaxed);
  return manual >= 0 ? manual * 1000 : clock_detail::steady_us();
}

inline bool time_is_manual() {
  return clock_detail::manual_ms.load(std::memory_order_relaxed) >= 0;
}

// A point on that clock, or never.
class Deadline {
 public:
  static Deadline never() { return Deadline(kNever); }
  static Deadline at_ms(int64_t ms) { return Deadline(ms); }
  static Deadline after_ms(int64_t ms) { return Deadline(now_ms() + ms); }

  // The sooner of the two.
  Deadline or_after_ms(int64_t ms) const { return Deadline(std::min(at_ms_, now_ms() + ms)); }

  bool is_never() const { return at_ms_ == kNever; }
  bool expired() const { return !is_never() && now_ms() >= at_ms_; }
  int64_t ms() const { return at_ms_; }

  // For poll and epoll_wait: -1 for ever, 0 expired, else milliseconds rounded up. While time is manual a wait is for ever,
  // because setting the clock wakes it.
  int poll_timeout_ms() const;

 private:
  static constexpr int64_t kNever = INT64_MAX;
  explicit Deadline(int64_t at) : at_ms_(at) {}
  int64_t at_ms_;
};

// Something that sleeps until a deadline and has to look again when a test sets the clock.
class TimeListener {
 public:
  TimeListener() = default;
  virtual void time_changed() = 0;  // any thread; must not block or add listeners

  TimeListener(const TimeListener&) = delete;
  TimeListener& operator=(const TimeListener&) = delete;

 protected:
  // For the most derived class: the last thing its constructor does, and the first its destructor does, because time_changed may
  // be called in between from any thread. Harmless twice.
  void start_listening();
  void stop_listening();
  virtual ~TimeListener();

 private:
  friend class ManualTime;
  TimeListener* previous_ = nullptr;
  TimeListener* next_ = nullptr;
  bool listening_ = false;
};

// For tests: while one exists, time stands still unless advance is called.
class ManualTime {
 public:
  ManualTime();
  ~ManualTime();
  void advance_ms(int64_t ms);
};

}  // namespace inlet
