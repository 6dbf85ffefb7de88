// System calls of a running process, counted by perf or by strace.
#ifndef INLET_BENCH_SYSCALL_COUNT_H
#define INLET_BENCH_SYSCALL_COUNT_H

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "e2e/child.h"

namespace inlet::bench {

// Counts from construction to end(). With perf the process runs as always. With strace it runs several times slower, and what
// depends on time is counted too high: a watchdog's looks, and what is done because something took long.
class SyscallCount {
 public:
  // Errors   std::runtime_error when neither perf nor strace can attach.
  explicit SyscallCount(pid_t pid);
  ~SyscallCount();

  // Returns  Calls by name; with perf those of rare names together as "other".
  std::map<std::string, uint64_t> end();

 private:
  bool start_perf(pid_t pid);
  void start_strace(pid_t pid);

  std::string file_;
  std::unique_ptr<Child> counter_;
  bool by_perf_ = false;
};

}  // namespace inlet::bench

#endif
