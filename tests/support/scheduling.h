// What the system's scheduler knows of a thread, asked for without the library's own means.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace inlet::test {

// 0: the calling thread.
// Returns  the length of its slices in nanoseconds; 0 where a thread has none of its own (Linux before 6.12, real-time policies)
inline uint64_t slice_ns_of(pid_t thread = 0) {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t slice_ns, deadline_ns, period_ns;
  } attributes{};
  return syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) == 0 ? attributes.slice_ns : 0;
}

}  // namespace inlet::test
