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
  bool reload = false;
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

void note_reload() {
  State& shared = state();
  const std::lock_guard lock(shared.mutex);
  shared.reload = true;
  shared.changed.notify_all();
}

// Under nohup SIGHUP is ignored, and shall stay so when it would stop us. SIGINT is taken even when ignored: a shell ignores it for
// every command that a script puts into the background, and there it is the only way to ask for an orderly end.
sigset_t stop_set(StopSignals::Hangup hangup) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  struct sigaction now {};
  const bool ignored = sigaction(SIGHUP, nullptr, &now) != 0 || now.sa_handler == SIG_IGN;
  if (hangup == StopSignals::Hangup::reloads || !ignored) sigaddset(&set, SIGHUP);
  return set;
}

void watch(sigset_t set, StopSignals::Hangup hangup) {
  bool stopping = false;
  for (int signal = 0; sigwait(&set, &signal) == 0;) {
    if (signal == SIGHUP && hangup == StopSignals::Hangup::reloads) {
      note_reload();
    } else if (stopping) {
      _exit(128 + signal);
    } else {
      finish_wait(signal);
      stopping = true;
    }
  }
}

}  // namespace

StopSignals::StopSignals(Hangup hangup) {
  const sigset_t set = stop_set(hangup);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (hangup == Hangup::reloads) signal(SIGHUP, SIG_DFL);  // an ignored signal cannot be waited for
  std::thread(watch, set, hangup).detach();
}

int StopSignals::wait() {
  State& shared = state();
  std::unique_lock lock(shared.mutex);
  shared.changed.wait(lock, [&] { return shared.done || shared.reload; });
  if (shared.done) return shared.signal;
  shared.reload = false;
  return SIGHUP;
}

void StopSignals::wake() {
  finish_wait(0);
}

}  // namespace inlet::tool
