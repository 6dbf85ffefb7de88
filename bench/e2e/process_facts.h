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
inline void pin_to_cpu(int cpu) {
  if (cpu < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  checked(sched_setaffinity(0, sizeof set, &set), "sched_setaffinity");
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
