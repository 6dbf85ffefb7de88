#include "e2e/syscall_count.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "e2e/clock.h"
#include "e2e/process_facts.h"

namespace inlet::bench {

namespace {

constexpr uint64_t kAttach_ns = 10 * kNsPerSecond;

bool every_thread_traced(pid_t pid) {
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator(proc_path(pid, "task"), error)) {
    std::ifstream in(task.path() / "status");
    std::string word;
    pid_t tracer = 0;
    while (in >> word) {
      if (word != "TracerPid:") continue;
      in >> tracer;
      break;
    }
    if (tracer == 0) return false;
  }
  return !error;
}

// One row of strace's table: percentage, seconds, time per call, calls, perhaps errors, name.
void add_strace_row(const std::string& line, std::map<std::string, uint64_t>& calls) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  if (words.size() < 5 || words.back() == "total" || words[0].find_first_not_of("0123456789.") != std::string::npos)
    return;
  calls[words.back()] += std::stoull(words[3]);
}

// What perf is asked for by name, beside the sum of all.
constexpr const char* kNames[] = {
    "accept",    "accept4",    "bind",       "clock_gettime", "clone3",      "close",    "connect",
    "epoll_ctl", "futex",      "epoll_wait", "getsockopt",    "epoll_pwait", "ioctl",    "mmap",
    "munmap",    "nanosleep",  "poll",       "read",          "readv",       "recvfrom", "sched_yield",
    "sendto",    "setsockopt", "shutdown",   "write",         "writev",
};
const std::string kAll = "raw_syscalls:sys_enter";
const std::string kPrefix = "syscalls:sys_enter_";

std::string events() {
  std::string list = kAll;
  for (const char* name : kNames) list += "," + kPrefix + name;
  return list;
}

// One row of perf's: count, unit, event, and more.
void add_perf_row(const std::string& line, std::map<std::string, uint64_t>& calls) {
  std::istringstream in(line);
  std::string count, unit, event;
  if (!std::getline(in, count, ',') || !std::getline(in, unit, ',') || !std::getline(in, event, ',')) return;
  if (count.empty() || count.find_first_not_of("0123456789") != std::string::npos) return;
  if (event == kAll) calls["other"] = std::stoull(count);
  if (event.compare(0, kPrefix.size(), kPrefix) == 0) calls[event.substr(kPrefix.size())] = std::stoull(count);
}

// Until now "other" is the sum of all.
void subtract_named(std::map<std::string, uint64_t>& calls) {
  uint64_t& other = calls["other"];
  for (const auto& [name, count] : calls) {
    if (name != "other") other -= std::min(other, count);
  }
  for (auto at = calls.begin(); at != calls.end();) at = at->second == 0 ? calls.erase(at) : std::next(at);
}

// perf has opened what it counts with, for each thread, and waits.
bool perf_counts(pid_t perf, pid_t pid) {
  size_t counters = 0;
  std::error_code error;
  for (const auto& each : std::filesystem::directory_iterator(proc_path(perf, "fd"), error)) {
    const auto target = std::filesystem::read_symlink(each.path(), error);
    counters += !error && target.string().find("perf_event") != std::string::npos;
  }
  if (counters < threads_of(pid) * (std::size(kNames) + 1)) return false;
  std::ifstream in(proc_path(perf, "stat"));
  std::string word, name, state;
  in >> word >> name >> state;
  return state == "S";
}

}  // namespace

SyscallCount::SyscallCount(pid_t pid)
    : file_((std::filesystem::temp_directory_path() / ("syscalls-" + std::to_string(getpid()))).string()) {
  if (!start_perf(pid)) start_strace(pid);
}

// Returns  false where perf is missing or may not.
bool SyscallCount::start_perf(pid_t pid) {
  counter_ = std::make_unique<Child>(
      std::vector<std::string>{"sh", "-c", "exec perf stat -x, -o \"$0\" -e \"$1\" -p \"$2\" 2>/dev/null", file_,
                               events(), std::to_string(pid)});
  const uint64_t until_ns = now_ns() + kAttach_ns;
  while (counter_->alive() && now_ns() < until_ns) {
    if (perf_counts(counter_->pid(), pid)) return by_perf_ = true;
    sleep_ms(5);
  }
  counter_.reset();
  return false;
}

void SyscallCount::start_strace(pid_t pid) {
  counter_ = std::make_unique<Child>(
      std::vector<std::string>{"strace", "-q", "-c", "-f", "-o", file_, "-p", std::to_string(pid)});
  const uint64_t until_ns = now_ns() + kAttach_ns;
  while (!every_thread_traced(pid)) {
    if (now_ns() > until_ns || !counter_->alive()) throw std::runtime_error("neither perf nor strace can attach");
    sleep_ms(5);
  }
}

SyscallCount::~SyscallCount() {
  counter_.reset();
  std::error_code error;
  std::filesystem::remove(file_, error);
}

std::map<std::string, uint64_t> SyscallCount::end() {
  counter_->end(by_perf_ ? SIGINT : SIGTERM);
  std::map<std::string, uint64_t> calls;
  std::ifstream in(file_);
  for (std::string line; std::getline(in, line);) {
    if (by_perf_) {
      add_perf_row(line, calls);
    } else {
      add_strace_row(line, calls);
    }
  }
  if (by_perf_) subtract_named(calls);
  return calls;
}

}  // namespace inlet::bench
