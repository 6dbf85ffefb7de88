// The clocks of a measurement: the steady one, and the CPU time of this or of another process.
#ifndef INLET_BENCH_CLOCK_H
#define INLET_BENCH_CLOCK_H

#include <sys/types.h>
#include <time.h>

#include <cstdint>

namespace inlet::bench {

constexpr uint64_t kNsPerMs = 1'000'000;
constexpr uint64_t kNsPerSecond = 1'000'000'000;

inline uint64_t read_clock_ns(clockid_t clock) {
  timespec now{};
  if (clock_gettime(clock, &now) != 0) return 0;
  return static_cast<uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<uint64_t>(now.tv_nsec);
}

inline uint64_t now_ns() {
  return read_clock_ns(CLOCK_MONOTONIC);
}

// User and system time of all threads of this process, exact to the nanosecond, unlike the ticks of /proc/PID/stat.
inline uint64_t own_cpu_ns() {
  return read_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

// The same for another process; 0 when it is gone.
inline uint64_t cpu_ns_of(pid_t pid) {
  clockid_t clock{};
  if (clock_getcpuclockid(pid, &clock) != 0) return 0;
  return read_clock_ns(clock);
}

inline void sleep_ms(uint64_t ms) {
  timespec span{static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000 * kNsPerMs)};
  nanosleep(&span, nullptr);
}

}  // namespace inlet::bench

#endif
