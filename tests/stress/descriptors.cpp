// More clients than a server has descriptors: it does not spin while it has none, and loses nobody.
//
//   descriptors [--clients 200] [--limit 64] [--backlog 200] [--window-ms 2000] [--cpu-percent 5] [--layer 2|3]
//
// For a server on layer 2 and one on layer 3, each a process of its own with RLIMIT_NOFILE 64:
//   exhausted  all clients connect and send; some are served, the others wait, because nobody leaves. For two seconds the
//              processor time of the server is measured: it must stay below 5 % of the clock's.
//   resume     clients leave when they have their echo: every one of them gets it, and the server's descriptors come back.
// Layer 2's accept must have said WSAEMFILE meanwhile, and no other code. With a backlog for all nobody is refused; with a
// smaller one the others come again until they are let in.
// Returns  0 when every check held.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "checks.h"
#include "descriptors_server.h"
#include "e2e/arguments.h"
#include "e2e/child.h"
#include "e2e/clock.h"
#include "e2e/loopback.h"
#include "e2e/process_facts.h"

namespace inlet::stress {
namespace {

constexpr uint64_t kPatience_ms = 30'000;
constexpr unsigned kWsaEmfile = 10024;

struct Plan {
  uint32_t clients;
  unsigned limit;
  uint32_t backlog;
  uint64_t window_ms;
  double cpu_percent;
  int layer;  // 0: both
};

// Sends its number and waits for the echo of it. Knocks again when it is refused, or reset before it was served: what a client
// sees that was one too many in a burst (docs/winsock.md, section 6).
class Client {
 public:
  enum class State { knocking, waiting, served, lost };

  Client(uint16_t port, uint32_t number) : port_(port), number_(number), fd_(bench::begin_connect(port)) {}

  // Looks what has happened, and never waits.
  State look() {
    if (state_ == State::knocking) state_ = knock();
    if (state_ == State::waiting) state_ = listen_for_echo();
    return state_;
  }
  bool is_done() { return look() == State::served || state_ == State::lost; }
  void leave() { fd_.reset(); }
  uint32_t refusals() const { return refusals_; }
  uint32_t resets() const { return resets_; }

 private:
  State knock() {
    pollfd door{fd_.get(), POLLOUT, 0};
    if (::poll(&door, 1, 0) != 1) return State::knocking;
    if (const int error = bench::pending_error(fd_.get()); error != 0) return turned_away(error);
    if (::send(fd_.get(), &number_, sizeof number_, MSG_NOSIGNAL) < 0) return turned_away(errno);
    return State::waiting;
  }
  State turned_away(int error) {
    if (error == ECONNREFUSED)
      ++refusals_;
    else if (error == ECONNRESET || error == EPIPE)
      ++resets_;
    else
      return State::lost;
    fd_ = bench::begin_connect(port_);
    return State::knocking;
  }
  State listen_for_echo() {
    uint32_t echo = 0;
    const ssize_t got = ::recv(fd_.get(), &echo, sizeof echo, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return State::waiting;
    if (got < 0) return turned_away(errno);
    return got == sizeof echo && echo == number_ ? State::served : State::lost;
  }

  uint16_t port_;
  uint32_t number_;
  bench::Descriptor fd_;
  State state_ = State::knocking;
  uint32_t refusals_ = 0;
  uint32_t resets_ = 0;
};

uint32_t count(std::vector<Client>& clients, Client::State state) {
  uint32_t found = 0;
  for (Client& client : clients) found += client.look() == state;
  return found;
}

size_t descriptors_of(const bench::Child& server) {
  return bench::entries_of(bench::proc_path(server.pid(), "fd"));
}

// Those who are served stay; then nothing happens at all but what the server does by itself.
void check_exhausted(Checks& checks, const bench::Child& server, std::vector<Client>& clients, const Plan& plan) {
  checks.is_true(wait_until(kPatience_ms,
                            [&] {
                              count(clients, Client::State::served);
                              return descriptors_of(server) >= plan.limit;
                            }),
                 "the server runs out of descriptors");
  uint32_t served = 0;
  // Echoes of those who came in last may still be on their way.
  wait_until(1'000,
             [&] { return std::exchange(served, count(clients, Client::State::served)) == served && served > 0; });
  const uint64_t from_ns = bench::now_ns();
  const uint64_t cpu_from_ns = bench::cpu_ns_of(server.pid());
  bench::sleep_ms(plan.window_ms);  // waits for nothing: this length of time is what is measured
  const auto cpu_ns = static_cast<double>(bench::cpu_ns_of(server.pid()) - cpu_from_ns);
  const double percent = 100 * cpu_ns / static_cast<double>(bench::now_ns() - from_ns);
  served = count(clients, Client::State::served);
  std::printf("exhausted: %u of %u clients served, the others wait; %.2f %% of a processor\n", served, plan.clients,
              percent);
  checks.is_true(served > 0 && served < plan.limit, "some are served, and no more than there are descriptors");
  checks.is_true(percent < plan.cpu_percent, "no spinning while exhausted");
}

void check_resume(Checks& checks, std::vector<Client>& clients, const Plan& plan) {
  const uint64_t from_ns = bench::now_ns();
  wait_until(kPatience_ms, [&] {
    size_t done = 0;
    for (Client& client : clients) {
      if (!client.is_done()) continue;
      client.leave();
      ++done;
    }
    return done == clients.size();
  });
  checks.equal(count(clients, Client::State::served), clients.size(), "clients that got their echo");
  uint32_t refusals = 0, resets = 0;
  for (const Client& client : clients) {
    refusals += client.refusals();
    resets += client.resets();
  }
  std::printf("resumed: all clients served within %.0f ms, %u refusals, %u resets\n",
              static_cast<double>(bench::now_ns() - from_ns) / 1e6, refusals, resets);
  if (plan.backlog >= plan.clients) checks.equal(refusals + resets, 0, "clients turned away");
}

void check_layer(Checks& checks, int layer, const Plan& plan) {
  std::printf("layer %d\n", layer);
  bench::Child server({"descriptors", "--serve", std::to_string(layer), "--limit", std::to_string(plan.limit),
                       "--backlog", std::to_string(plan.backlog)});
  const uint16_t port = server.wait_for_port();
  const size_t before = descriptors_of(server);
  std::vector<Client> clients;
  for (uint32_t number = 0; number < plan.clients; ++number) clients.emplace_back(port, number);
  check_exhausted(checks, server, clients, plan);
  check_resume(checks, clients, plan);
  // What the library makes at the first wait of a thread stays.
  checks.is_true(wait_until(kPatience_ms, [&] { return descriptors_of(server) <= before + 8; }),
                 "the server's descriptors come back");
  checks.equal(static_cast<uint64_t>(server.end(SIGTERM)), 0, "exit status of the server");
  checks.equal(std::stoul(server.wait_for("accepted")), plan.clients, "connections that the server accepted");
  if (layer != 2) return;
  checks.equal(std::stoul(server.wait_for("code")), kWsaEmfile, "what accept says without descriptors");
  // Once for every try: each 100 ms, and when somebody has left.
  checks.is_true(std::stoul(server.wait_for("refused")) <= plan.window_ms / 50 + plan.clients,
                 "accept is tried seldom");
}

int run(const Plan& plan) {
  Checks checks;
  for (const int layer : {2, 3})
    if (plan.layer == 0 || plan.layer == layer) check_layer(checks, layer, plan);
  return checks.verdict("descriptors");
}

}  // namespace
}  // namespace inlet::stress

int main(int argc, char** argv) {
  using namespace inlet::stress;
  try {
    inlet::bench::Arguments arguments(argc, argv);
    const int serve = static_cast<int>(arguments.number("--serve", 0, 2, 3));
    const Plan plan{static_cast<uint32_t>(arguments.number("--clients", 200, 1, 10'000)),
                    static_cast<unsigned>(arguments.number("--limit", 64, 16, 10'000)),
                    static_cast<uint32_t>(arguments.number("--backlog", 200, 1, 10'000)),
                    static_cast<uint64_t>(arguments.number("--window-ms", 2000, 1, 600'000)),
                    arguments.real("--cpu-percent", 5),
                    static_cast<int>(arguments.number("--layer", 0, 2, 3))};
    arguments.finish();
    const ServerLimits limits{plan.limit, static_cast<int>(plan.backlog)};
    if (serve != 0) return serve == 2 ? serve_with_winsock(limits) : serve_with_inet(limits);
    return run(plan);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "descriptors: %s\n", failure.what());
    return 2;
  }
}
