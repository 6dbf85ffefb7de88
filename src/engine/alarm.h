// A time that one thread sleeps until and that any other may put off, without waking the sleeper.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace inlet::engine {

class Alarm {
 public:
  Alarm() = default;
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // Errors   Error::too_many_files, Error::no_buffers
  Result<void> create();
  bool exists() const { return timer_ >= 0; }

  // Rings once, so long from now, and not at the time that was set before. Until the first set it does not ring.
  // Units    microseconds; what is past rings at once
  // Thread   Any.
  void set(int64_t after_us);

  // Sleeps until it rings. A ring that nobody was waiting for is kept, unless it is set again meanwhile.
  // Thread   One.
  void wait();

 private:
  int timer_ = -1;
};

}  // namespace inlet::engine
