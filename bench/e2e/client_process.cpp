#include "e2e/client_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "e2e/churn_engine.h"
#include "e2e/echo_engine.h"
#include "e2e/others_watch.h"

namespace inlet::bench {

static_assert(std::is_trivially_copyable_v<Measured>, "it crosses from process to process");

ClientProcess::ClientProcess(const LoadPlan& load) {
  int ends[2];
  checked(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  Descriptor ours(ends[0]), theirs(ends[1]);
  std::fflush(nullptr);
  pid_ = checked(fork(), "fork");
  if (pid_ == 0) {
    ours.reset();
    channel_ = std::move(theirs);
    serve(load);
  }
  theirs.reset();  // so that its end is seen
  channel_ = std::move(ours);
  char opened;
  try {
    wait_for_answer(&opened, sizeof opened);
  } catch (...) {
    waitpid(pid_, nullptr, 0);
    throw;
  }
}

ClientProcess::~ClientProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ClientProcess::serve(const LoadPlan& load) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    std::optional<EchoEngine> echo;
    if (load.mode != LoadMode::churn) echo.emplace(load).open();
    char request = 0;
    checked(static_cast<int>(send(channel_.get(), &request, sizeof request, MSG_NOSIGNAL)), "send");
    while (recv(channel_.get(), &request, sizeof request, 0) == sizeof request) {
      const OthersWatch others(load.server_pid);
      Measured measured = facts_of(echo ? echo->slice() : ChurnEngine(load).run());
      measured.others_percent = others.percent_now();
      checked(static_cast<int>(send(channel_.get(), &measured, sizeof measured, MSG_NOSIGNAL)), "send");
    }
    _exit(0);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "client: %s\n", failure.what());
    _exit(2);
  }
}

Measured ClientProcess::slice() {
  const char request = 0;
  checked(static_cast<int>(send(channel_.get(), &request, sizeof request, MSG_NOSIGNAL)), "send");
  Measured measured;
  wait_for_answer(&measured, sizeof measured);
  return measured;
}

void ClientProcess::wait_for_answer(void* answer, size_t size_bytes) {
  if (recv(channel_.get(), answer, size_bytes, 0) != static_cast<ssize_t>(size_bytes))
    throw std::runtime_error("the client's process has ended");
}

}  // namespace inlet::bench
