#include "stop_signals.h"

#include <signal.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace inlet::tool {
namespace {

struct State {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  int signal = 0;
};

// Never destroyed: the waiting thread may use it until the very end of the process.
State& state() {
  static State* const instance = new State;
  return *instance;
}

void finish_wait(int signal) {
  State& shared = state();
  const std::lock_guard lock(shared.mutex);
  if (shared.done) return;
  shared.done = true;
  shared.signal = signal;
  shared.changed.notify_all();
}

// Under nohup SIGHUP is ignored, and shall stay so. SIGINT is taken even when ignored: a shell ignores it for every
// command that a script puts into the background, and there it is the only way to ask for an orderly end.
sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  struct sigaction hangup {};
  if (sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);
  return set;
}

void watch(sigset_t set) {
  int signal = 0;
  if (sigwait(&set, &signal) != 0) return;
  finish_wait(signal);
  if (sigwait(&set, &signal) == 0) _exit(128 + signal);
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread(watch, set).detach();
}

int StopSignals::wait() {
  State& shared = state();
  std::unique_lock lock(shared.mutex);
  shared.changed.wait(lock, [&] { return shared.done; });
  return shared.signal;
}

void StopSignals::wake() {
  finish_wait(0);
}

}  // namespace inlet::tool
