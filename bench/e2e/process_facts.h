// What the system says about a process: threads, descriptors, memory; and how busy the machine is.
#ifndef INLET_BENCH_PROCESS_FACTS_H
#define INLET_BENCH_PROCESS_FACTS_H

#include <sched.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "e2e/clock.h"
#include "e2e/descriptor.h"

namespace inlet::bench {

inline std::string proc_path(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

inline size_t entries_of(const std::string& folder) {
  size_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) ++count;
  return count;
}

inline size_t threads_of(pid_t pid) {
  return entries_of(proc_path(pid, "task"));
}

// Open descriptors of this process, without the one that reads the folder.
inline size_t own_descriptors() {
  return entries_of("/proc/self/fd") - 1;
}
inline size_t descriptors_of(pid_t pid) {
  return entries_of(proc_path(pid, "fd"));
}

// Waits until a server has as many descriptors as it should: a connect returns before the server has accepted.
template <class Enough>
bool reach_descriptors(pid_t pid, Enough enough, uint64_t timeout_ms = 20'000) {
  const uint64_t until_ns = now_ns() + timeout_ms * kNsPerMs;
  while (!enough(descriptors_of(pid))) {
    if (now_ns() > until_ns) return false;
    sleep_ms(5);
  }
  return true;
}
inline bool reach_descriptors(pid_t pid, size_t wanted) {
  return reach_descriptors(pid, [wanted](size_t count) { return count == wanted; });
}

inline size_t own_threads() {
  return entries_of("/proc/self/task");
}

// Returns  The value of a line "name:   value kB" in bytes, summed over lines of that name; 0 when there is none.
inline uint64_t kb_line_bytes(const std::string& file, const std::string& name) {
  std::ifstream in(file);
  std::string line;
  uint64_t sum = 0;
  while (std::getline(in, line)) {
    if (line.compare(0, name.size(), name) != 0 || line.size() <= name.size() || line[name.size()] != ':') continue;
    sum += std::stoull(line.substr(name.size() + 1)) * 1024;
  }
  return sum;
}

struct Memory {
  uint64_t resident_bytes = 0;
  uint64_t private_dirty_bytes = 0;
};

inline Memory memory_of(pid_t pid) {
  return {kb_line_bytes(proc_path(pid, "status"), "VmRSS"),
          kb_line_bytes(proc_path(pid, "smaps_rollup"), "Private_Dirty")};
}

// Binds a whole process that has one thread yet; -1 leaves it alone.
inline bool try_pin_to_cpu(int cpu) {
  if (cpu < 0) return true;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

inline void pin_to_cpu(int cpu) {
  checked(try_pin_to_cpu(cpu) ? 0 : -1, "sched_setaffinity");
}

// Time all processors of the machine together have worked since it started, in ticks of 10 ms or so.
inline uint64_t machine_busy_ns() {
  std::ifstream in("/proc/stat");
  std::string word;
  uint64_t user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softirq = 0, steal = 0;
  in >> word >> user >> nice >> system >> idle >> waiting >> irq >> softirq >> steal;
  const auto tick_ns = kNsPerSecond / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  return (user + nice + system + irq + softirq + steal) * tick_ns;
}

}  // namespace inlet::bench

#endif
