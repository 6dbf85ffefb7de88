// One client speaks, the server tells all the others.
//
//   broadcast [--peers epoll,inlet] [--listeners 10000] [--size 64] [--messages 20] [--rounds 5] [--short]
//             [--server-cpu 0] [--client-cpu 1] [--out FILE]
//
// Measured per message: from its sending until the last listener has all of it, and the server's processor time for one listener.
// The next message is sent when the one before has arrived everywhere. Every byte is checked.
// Returns  0 when everything arrived right.
#include <signal.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "e2e/arguments.h"
#include "e2e/child.h"
#include "e2e/clock.h"
#include "e2e/histogram.h"
#include "e2e/loopback.h"
#include "e2e/paired.h"
#include "e2e/pattern.h"
#include "e2e/peers.h"
#include "e2e/process_facts.h"
#include "e2e/results.h"

namespace inlet::bench {
namespace {

constexpr uint64_t kArrival_ns = 10 * kNsPerSecond;
constexpr int kTick_ms = 100;
constexpr unsigned kOpenedAtOnce = 1000;
constexpr uint64_t kSettle_ms = 100;

struct Plan {
  std::vector<Peer> peers;
  unsigned listeners, messages, rounds;
  size_t size_bytes;
  int server_cpu, client_cpu;
  std::string out;
};

Plan plan_from(Arguments arguments) {
  Plan plan{};
  const bool brief = arguments.flag("--short");
  plan.peers = peers_from(arguments.text("--peers", "epoll,inlet"));
  plan.listeners = static_cast<unsigned>(arguments.number("--listeners", 10000, 1, 19000));
  plan.size_bytes = static_cast<size_t>(arguments.number("--size", 64, 1, 65536));
  plan.messages = static_cast<unsigned>(arguments.number("--messages", brief ? 5 : 20, 1, 100000));
  plan.rounds = static_cast<unsigned>(arguments.number("--rounds", brief ? 2 : 5, 1, 1000));
  plan.server_cpu = static_cast<int>(arguments.number("--server-cpu", 0, -1, 1023));
  plan.client_cpu = static_cast<int>(arguments.number("--client-cpu", 1, -1, 1023));
  plan.out = arguments.text("--out", "");
  arguments.finish();
  return plan;
}

struct Told {
  double server_ns = 0;  // for one listener
  double median_ms = 0, worst_ms = 0;
  uint64_t bad = 0;
};

// One server with all its listeners.
class Audience {
 public:
  Audience(const Peer& peer, const Plan& plan)
      : plan_(plan),
        server_(command_for(peer), {}, plan.server_cpu),
        epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        received_(plan.listeners),
        buffer_(plan.size_bytes + 1) {
    const uint16_t port = server_.wait_for_port();
    const size_t base = descriptors_of(server_.pid());
    speaker_ = connect_loopback(port);
    for (unsigned i = 0; i < plan.listeners; ++i) {
      add_listener(port, i);
      const bool is_last = i + 1 == plan.listeners;
      if (is_last || i % kOpenedAtOnce == 0) wait_until_accepted(base + 2 + i);
    }
    sleep_ms(kSettle_ms);  // a descriptor is there a little before its client is known
  }

  Told run() {
    Told told;
    std::vector<double> spans_ms;
    const uint64_t cpu_from_ns = cpu_ns_of(server_.pid());
    for (unsigned i = 0; i < plan_.messages && told.bad == 0; ++i) spans_ms.push_back(tell(told.bad));
    const auto cpu_ns = static_cast<double>(cpu_ns_of(server_.pid()) - cpu_from_ns);
    told.server_ns = cpu_ns / static_cast<double>(spans_ms.size() * plan_.listeners);
    told.median_ms = median(spans_ms);
    told.worst_ms = *std::max_element(spans_ms.begin(), spans_ms.end());
    for (Descriptor& listener : listeners_) close_with_reset(listener);
    told.bad += server_.end(SIGTERM) != 0;
    return told;
  }

 private:
  static std::vector<std::string> command_for(const Peer& peer) {
    PeerUse use;
    use.broadcast = true;
    return command_of(peer, use);
  }

  // Keeps the queue of those who wait for accept short: who finds it full tries again only a second later.
  void wait_until_accepted(size_t descriptors) {
    // A server may open one more of its own after it has told its port.
    if (!reach_descriptors(server_.pid(), [&](size_t count) { return count >= descriptors; }))
      throw std::runtime_error("not all were accepted");
  }

  void add_listener(uint16_t port, unsigned index) {
    listeners_.push_back(connect_loopback(port));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    checked(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listeners_.back().get(), &event), "epoll_ctl");
  }

  // Returns  How long it took until all had it, in milliseconds.
  double tell(uint64_t& bad) {
    std::vector<unsigned char> message(plan_.size_bytes);
    pattern_.fill(told_bytes_, message);
    const uint64_t from_ns = now_ns();
    if (send(speaker_.get(), message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size()))
      ++bad;
    told_bytes_ += message.size();
    size_t waiting = listeners_.size();
    while (waiting > 0 && now_ns() - from_ns < kArrival_ns) waiting -= listen_once(bad);
    bad += waiting;
    return static_cast<double>(now_ns() - from_ns) / 1e6;
  }

  // Returns  How many have got the rest of the message.
  size_t listen_once(uint64_t& bad) {
    std::array<epoll_event, 256> events;
    const int count = epoll_wait(epoll_.get(), events.data(), events.size(), kTick_ms);
    size_t complete = 0;
    for (int i = 0; i < count; ++i) complete += take(events[static_cast<size_t>(i)].data.u64, bad);
    return complete;
  }

  bool take(size_t index, uint64_t& bad) {
    const ssize_t got = recv(listeners_[index].get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) {
      ++bad;
      listeners_[index].reset();
      return false;
    }
    bad += pattern_.wrong(received_[index], {buffer_.data(), static_cast<size_t>(got)});
    received_[index] += static_cast<uint64_t>(got);
    if (received_[index] > told_bytes_) ++bad;
    return received_[index] == told_bytes_;
  }

  const Plan& plan_;
  Child server_;
  Descriptor epoll_;
  Descriptor speaker_;
  std::vector<Descriptor> listeners_;
  std::vector<uint64_t> received_;
  std::vector<unsigned char> buffer_;
  const Pattern pattern_{1};
  uint64_t told_bytes_ = 0;
};

void print(const Peer& peer, unsigned round, const Told& told) {
  std::printf("%-15s round %u: %7.0f ns a listener; all had it after %7.2f ms (median), %7.2f ms (worst); bad %llu\n",
              peer.name.c_str(), round + 1, told.server_ns, told.median_ms, told.worst_ms,
              static_cast<unsigned long long>(told.bad));
  std::fflush(stdout);
}

void keep(Results& results, const Peer& peer, const Plan& plan, unsigned round, const Told& told) {
  Record record("broadcast");
  record.set("peer", peer.name).set("listeners", plan.listeners).set("round", round);
  record.set("size_bytes", static_cast<double>(plan.size_bytes)).set("server_ns", told.server_ns);
  record.set("median_ms", told.median_ms).set("worst_ms", told.worst_ms).set("bad", static_cast<double>(told.bad));
  results.add(record);
}

int run(const Plan& plan) {
  pin_to_cpu(plan.client_cpu);
  Results results(plan.out);
  std::printf("broadcast of %zu bytes to %u listeners\n", plan.size_bytes, plan.listeners);
  uint64_t bad = 0;
  for (unsigned round = 0; round < plan.rounds; ++round) {
    for (size_t i = 0; i < plan.peers.size(); ++i) {
      const Peer& peer = plan.peers[(i + round) % plan.peers.size()];
      if (!peer.broadcasts || !peer.is_for("broadcast")) continue;
      const Told told = Audience(peer, plan).run();
      print(peer, round, told);
      keep(results, peer, plan, round, told);
      bad += told.bad;
    }
  }
  return bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  using namespace inlet::bench;
  try {
    return run(plan_from(Arguments(argc, argv)));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "broadcast: %s\n", failure.what());
    return 2;
  }
}
