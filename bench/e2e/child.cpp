#include "e2e/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "e2e/clock.h"
#include "e2e/process_facts.h"

namespace inlet::bench {

namespace {

constexpr uint64_t kStart_ns = 30 * kNsPerSecond;
constexpr uint64_t kEnd_ns = 10 * kNsPerSecond;

// Runs between fork and exec.
[[noreturn]] void become(const std::string& program, const std::vector<std::string>& command,
                         const Environment& environment, int cpu, int output) {
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  dup2(output, STDOUT_FILENO);
  if (!try_pin_to_cpu(cpu)) perror("sched_setaffinity");
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(program.c_str(), words.data());
  perror(program.c_str());
  _exit(127);
}

int status_of(int raw) {
  return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

}  // namespace

std::string own_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

Child::Child(const std::vector<std::string>& command, const Environment& environment, int cpu) {
  std::string program = command.at(0);
  const std::string beside = own_folder() + "/" + program;
  if (program.find('/') == std::string::npos && std::filesystem::exists(beside)) program = beside;
  int ends[2];
  checked(pipe2(ends, O_CLOEXEC), "pipe2");
  pipe_ = Descriptor(ends[0]);
  Descriptor writer(ends[1]);
  pid_ = checked(fork(), "fork");
  if (pid_ == 0) become(program, command, environment, cpu, writer.get());
}

Child::~Child() {
  if (pid_ > 0) end(SIGTERM);
}

bool Child::alive() const {
  siginfo_t ended{};
  return pid_ > 0 && waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0;
}

bool Child::read_more(int timeout_ms) {
  pollfd wait{pipe_.get(), POLLIN, 0};
  if (poll(&wait, 1, timeout_ms) <= 0) return true;
  std::array<char, 4096> bytes;
  const ssize_t got = read(pipe_.get(), bytes.data(), bytes.size());
  if (got > 0) output_.append(bytes.data(), static_cast<size_t>(got));
  return got > 0;
}

std::string Child::wait_for(const std::string& key) {
  const uint64_t until_ns = now_ns() + kStart_ns;
  while (true) {
    const std::string wanted = key + "=";
    size_t at = output_.compare(0, wanted.size(), wanted) == 0 ? 0 : output_.find("\n" + wanted);
    if (at != std::string::npos) {
      if (output_[at] == '\n') ++at;
      const size_t line_end = output_.find('\n', at);
      if (line_end != std::string::npos) return output_.substr(at + wanted.size(), line_end - at - wanted.size());
    }
    if (!read_more(100)) throw std::runtime_error("a child process ended before it printed " + key);
    if (now_ns() >= until_ns) throw std::runtime_error("a child process did not print " + key + " in time");
  }
}

int Child::end(int signal) {
  if (pid_ <= 0) return 0;
  kill(pid_, signal);
  const uint64_t until_ns = now_ns() + kEnd_ns;
  int raw = 0;
  // The pipe is emptied meanwhile: a child that still has much to say must not wait for us.
  while (waitpid(pid_, &raw, WNOHANG) == 0) {
    if (!read_more(10)) sleep_ms(1);
    if (now_ns() < until_ns) continue;
    kill(pid_, SIGKILL);
    waitpid(pid_, &raw, 0);
    break;
  }
  pollfd rest{pipe_.get(), POLLIN, 0};
  while (poll(&rest, 1, 0) > 0 && (rest.revents & POLLIN) && read_more(0)) {
  }
  pid_ = -1;
  return status_of(raw);
}

}  // namespace inlet::bench
