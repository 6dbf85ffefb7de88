#include "e2e/syscall_count.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
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
void add_row(const std::string& line, std::map<std::string, uint64_t>& calls) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  if (words.size() < 5 || words.back() == "total" || words[0].find_first_not_of("0123456789.") != std::string::npos)
    return;
  calls[words.back()] += std::stoull(words[3]);
}

}  // namespace

SyscallCount::SyscallCount(pid_t pid)
    : file_((std::filesystem::temp_directory_path() / ("syscalls-" + std::to_string(getpid()))).string()) {
  strace_ = std::make_unique<Child>(
      std::vector<std::string>{"strace", "-q", "-c", "-f", "-o", file_, "-p", std::to_string(pid)});
  const uint64_t until_ns = now_ns() + kAttach_ns;
  while (!every_thread_traced(pid)) {
    if (now_ns() > until_ns || !strace_->alive()) throw std::runtime_error("strace cannot attach");
    sleep_ms(5);
  }
}

SyscallCount::~SyscallCount() {
  strace_.reset();
  std::error_code error;
  std::filesystem::remove(file_, error);
}

std::map<std::string, uint64_t> SyscallCount::end() {
  strace_->end(SIGTERM);
  std::map<std::string, uint64_t> calls;
  std::ifstream in(file_);
  for (std::string line; std::getline(in, line);) add_row(line, calls);
  return calls;
}

}  // namespace inlet::bench
