#include "base/clock.h"

#include <time.h>

#include <algorithm>
#include <climits>
#include <mutex>

#include "base/assert.h"

namespace inlet {
namespace {

std::mutex& listeners_mutex() {
  static std::mutex mutex;
  return mutex;
}
TimeListener* first_listener = nullptr;

}  // namespace

namespace clock_detail {

constinit std::atomic<int64_t> manual_ms{-1};

int64_t steady_ms() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

int64_t steady_us() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace clock_detail

int Deadline::poll_timeout_ms() const {
  if (is_never()) return -1;
  if (at_ms_ <= 0) return 0;  // a loop that has work asks like this every turn: no need to look at the clock
  const int64_t now = now_ms();
  if (now >= at_ms_) return 0;
  if (time_is_manual()) return -1;
  return static_cast<int>(std::min<int64_t>(at_ms_ - now + 1, INT_MAX));  // +1: steady_ms rounds down
}

void TimeListener::start_listening() {
  std::lock_guard lock(listeners_mutex());
  if (listening_) return;
  next_ = first_listener;
  if (next_) next_->previous_ = this;
  first_listener = this;
  listening_ = true;
}

void TimeListener::stop_listening() {
  std::lock_guard lock(listeners_mutex());
  if (!listening_) return;
  if (previous_) previous_->next_ = next_;
  if (next_) next_->previous_ = previous_;
  if (first_listener == this) first_listener = next_;
  listening_ = false;
}

TimeListener::~TimeListener() {
  stop_listening();
}

ManualTime::ManualTime() {
  INLET_ASSERT(!time_is_manual());
  clock_detail::manual_ms.store(clock_detail::steady_ms(), std::memory_order_relaxed);
}

ManualTime::~ManualTime() {
  clock_detail::manual_ms.store(-1, std::memory_order_relaxed);
  std::lock_guard lock(listeners_mutex());
  for (TimeListener* each = first_listener; each; each = each->next_) each->time_changed();
}

void ManualTime::advance_ms(int64_t ms) {
  clock_detail::manual_ms.fetch_add(ms, std::memory_order_relaxed);
  std::lock_guard lock(listeners_mutex());
  for (TimeListener* each = first_listener; each; each = each->next_) each->time_changed();
}

}  // namespace inlet
