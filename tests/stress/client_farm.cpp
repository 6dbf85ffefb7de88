#include "client_farm.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstdio>
#include <stdexcept>

#include "farm_worker.h"

namespace inlet::stress {

namespace {

constexpr int kReport_ms = 600'000;

[[noreturn]] void serve_orders(int channel) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    FarmWorker worker;
    FarmOrder order{};
    while (recv(channel, &order, sizeof order, 0) == static_cast<ssize_t>(sizeof order)) {
      const FarmReport report = worker.carry_out(order);
      bench::checked(static_cast<int>(send(channel, &report, sizeof report, MSG_NOSIGNAL)), "send");
    }
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "client farm: %s\n", failure.what());
    _exit(1);
  }
  _exit(0);
}

}  // namespace

ClientFarm::ClientFarm() {
  int ends[2];
  bench::checked(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  channel_ = bench::Descriptor(ends[0]);
  bench::Descriptor theirs(ends[1]);
  pid_ = bench::checked(fork(), "fork");
  if (pid_ != 0) return;
  channel_.reset();
  serve_orders(theirs.get());
}

// The closed channel tells the process to end; when it is stuck in an order it is killed.
ClientFarm::~ClientFarm() {
  channel_.reset();
  for (int i = 0; i < 500; ++i) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) return;
    usleep(10'000);
  }
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ClientFarm::order(const FarmOrder& order) {
  bench::checked(static_cast<int>(send(channel_.get(), &order, sizeof order, MSG_NOSIGNAL)), "send");
}

FarmReport ClientFarm::report() {
  pollfd wait{channel_.get(), POLLIN, 0};
  if (poll(&wait, 1, kReport_ms) <= 0) throw std::runtime_error("the client farm does not answer");
  FarmReport report{};
  const ssize_t got = recv(channel_.get(), &report, sizeof report, 0);
  if (got != static_cast<ssize_t>(sizeof report)) throw std::runtime_error("the client farm has ended");
  return report;
}

}  // namespace inlet::stress
