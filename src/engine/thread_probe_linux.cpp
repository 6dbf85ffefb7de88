#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/limits.h"
#include "engine/thread_probe.h"

namespace inlet::engine {

uint32_t probe_id() {
  return static_cast<uint32_t>(gettid());
}

bool thread_is_asleep(uint32_t id) {
  char path[48], text[256];
  std::snprintf(path, sizeof path, "/proc/self/task/%u/stat", id);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return true;
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return true;
  text[size] = '\0';
  const char* name_end = std::strrchr(text, ')');  // "id (name) state ..."; a name may hold anything
  return !name_end || std::strlen(name_end) < 3 || name_end[2] != 'R';
}

int64_t thread_cpu_us(uint32_t id) {
  // The kernel's number for the scheduler clock of one thread, as pthread_getcpuclockid makes it.
  const clockid_t clock = static_cast<clockid_t>((~id << 3) | 6);
  timespec used;
  if (clock_gettime(clock, &used) != 0) return 0;
  return int64_t{used.tv_sec} * 1'000'000 + used.tv_nsec / 1000;
}

// On Linux the niceness of "process 0" is that of the calling thread.
Niceness::Niceness(int steps) : before_(getpriority(PRIO_PROCESS, 0)) {
  setpriority(PRIO_PROCESS, 0, std::clamp(before_ + steps, -20, 19));
}

bool Niceness::restore() {
  return getpriority(PRIO_PROCESS, 0) == before_ || setpriority(PRIO_PROCESS, 0, before_) == 0;
}

}  // namespace inlet::engine
