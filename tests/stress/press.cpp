#include "press.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "e2e/clock.h"
#include "e2e/histogram.h"
#include "e2e/loopback.h"
#include "e2e/process_facts.h"

namespace inlet::stress {

namespace {

constexpr size_t kMessageBytes = 64;
constexpr int kAnswer_ms = 120'000;

struct Client {
  bench::Descriptor socket;
  unsigned group;
  uint64_t sent_at_ns = 0;
  size_t got_bytes = 0;
};

// One order, from the first connection to the last.
class PressRun {
 public:
  explicit PressRun(const PressOrder& order) : order_(order), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    bench::checked(epoll_.get(), "epoll_create1");
  }

  PressReport run() {
    open();
    const uint64_t from_ns = bench::now_ns() + order_.warm_up_ms * bench::kNsPerMs;
    const uint64_t until_ns = from_ns + order_.measured_ms * bench::kNsPerMs;
    for (Client& each : clients_) send_next(each);
    turn_until(from_ns);
    measuring_ = true;
    turn_until(until_ns);
    return report();
  }

 private:
  // In turn, so that no group has the better places in any queue.
  void open() {
    clients_.reserve(2 * order_.clients);
    for (unsigned i = 0; i < 2 * order_.clients; ++i) {
      clients_.push_back({bench::connect_loopback(order_.ports[i % 2]), i % 2});
      epoll_event watch{};
      watch.events = EPOLLIN;
      watch.data.u32 = i;
      bench::checked(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, clients_.back().socket.get(), &watch), "epoll_ctl");
    }
  }

  void turn_until(uint64_t until_ns) {
    epoll_event events[256];
    while (bench::now_ns() < until_ns) {
      const int count = epoll_wait(epoll_.get(), events, 256, 10);
      for (int i = 0; i < count; ++i) receive(clients_[events[i].data.u32]);
    }
  }

  void send_next(Client& client) {
    char message[kMessageBytes];
    std::memset(message, 'p', sizeof message);
    client.got_bytes = 0;
    client.sent_at_ns = bench::now_ns();
    if (send(client.socket.get(), message, sizeof message, MSG_NOSIGNAL) != ssize_t{kMessageBytes}) ++failures_;
  }

  void receive(Client& client) {
    char bytes[kMessageBytes];
    const ssize_t got = recv(client.socket.get(), bytes, sizeof bytes - client.got_bytes, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      ++failures_;
      client.socket.reset();
      return;
    }
    client.got_bytes += static_cast<size_t>(got);
    if (client.got_bytes < kMessageBytes) return;
    if (measuring_) latencies_[client.group].add(bench::now_ns() - client.sent_at_ns);
    send_next(client);
  }

  PressReport report() const {
    PressReport report{};
    report.failures = failures_;
    for (unsigned group = 0; group < 2; ++group) {
      const bench::Histogram& seen = latencies_[group];
      report.groups[group] = {seen.count(), seen.percentile_us(0.5), seen.percentile_us(0.99)};
    }
    return report;
  }

  const PressOrder order_;
  bench::Descriptor epoll_;
  std::vector<Client> clients_;
  bench::Histogram latencies_[2];
  bool measuring_ = false;
  uint64_t failures_ = 0;
};

[[noreturn]] void serve_orders(int channel, int cpu) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    bench::pin_to_cpu(cpu);
    PressOrder order{};
    while (recv(channel, &order, sizeof order, 0) == static_cast<ssize_t>(sizeof order)) {
      const PressReport report = PressRun(order).run();
      bench::checked(static_cast<int>(send(channel, &report, sizeof report, MSG_NOSIGNAL)), "send");
    }
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "press: %s\n", failure.what());
    _exit(1);
  }
  _exit(0);
}

}  // namespace

Press::Press(int cpu) {
  int ends[2];
  bench::checked(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  channel_ = bench::Descriptor(ends[0]);
  bench::Descriptor theirs(ends[1]);
  pid_ = bench::checked(fork(), "fork");
  if (pid_ != 0) return;
  channel_.reset();
  serve_orders(theirs.get(), cpu);
}

Press::~Press() {
  channel_.reset();
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

PressReport Press::carry_out(const PressOrder& order) {
  bench::checked(static_cast<int>(send(channel_.get(), &order, sizeof order, MSG_NOSIGNAL)), "send");
  pollfd wait{channel_.get(), POLLIN, 0};
  if (poll(&wait, 1, kAnswer_ms) <= 0) throw std::runtime_error("the press does not answer");
  PressReport report{};
  if (recv(channel_.get(), &report, sizeof report, 0) != static_cast<ssize_t>(sizeof report))
    throw std::runtime_error("the press has ended");
  return report;
}

}  // namespace inlet::stress
