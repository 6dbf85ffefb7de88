#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"
#include "base/error.h"
#include "engine/alarm.h"

namespace inlet::engine {

Alarm::~Alarm() {
  if (exists()) close(timer_);
}

Result<void> Alarm::create() {
  INLET_ASSERT(!exists());
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (!exists()) return error_of_errno(errno);
  return {};
}

void Alarm::set(int64_t after_us) {
  const int64_t after = std::max<int64_t>(after_us, 1);  // nothing would mean never
  itimerspec when{};
  when.it_value = {after / 1'000'000, after % 1'000'000 * 1000};
  [[maybe_unused]] const int result = timerfd_settime(timer_, 0, &when, nullptr);
  INLET_ASSERT(result == 0);
}

void Alarm::wait() {
  uint64_t rings;
  while (read(timer_, &rings, sizeof rings) < 0) INLET_ASSERT(errno == EINTR);
}

}  // namespace inlet::engine
