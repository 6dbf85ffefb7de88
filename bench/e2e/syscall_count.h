// System calls of a running process, counted by strace.
#ifndef INLET_BENCH_SYSCALL_COUNT_H
#define INLET_BENCH_SYSCALL_COUNT_H

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "e2e/child.h"

namespace inlet::bench {

// Counts from construction to end(). Needs strace and the right to trace; the process runs several times slower
// meanwhile.
class SyscallCount {
 public:
  // Errors   std::runtime_error when strace cannot attach.
  explicit SyscallCount(pid_t pid);
  ~SyscallCount();

  // Returns  Calls by name.
  std::map<std::string, uint64_t> end();

 private:
  std::string file_;
  std::unique_ptr<Child> strace_;
};

}  // namespace inlet::bench

#endif
