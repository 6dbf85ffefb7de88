// Echo throughput of one server beside the raw epoll server, in alternating rounds of one run.
//
//   compare [--rounds 5] [--seconds 3] [--scenarios c64,c1,c1000] [--server-cpu 0] [--client-cpu 1] [--short]
//           [--peer inlet_server] [--reference raw_epoll_server] [--syscalls] [--patience SECONDS]
//
// Each round starts both servers anew, one after the other, so that luck with memory placement is part of the spread,
// and the one that goes first changes with every round. A ratio is that of two neighbouring measurements; medians are
// over rounds. "others" is what the rest of the machine did meanwhile, in per cent of one processor: rounds where it is
// large are disturbed.
// --peer raw_epoll_server shows the noise: the ratio of the reference to itself.
// --syscalls counts system calls per echo with strace in one more round of each scenario.
// Returns  0 when every byte was right.
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "e2e/arguments.h"
#include "e2e/child.h"
#include "e2e/clock.h"
#include "e2e/load_plan.h"
#include "e2e/process_facts.h"
#include "e2e/scenario.h"
#include "e2e/syscall_count.h"

namespace inlet::bench {
namespace {

struct Plan {
  unsigned rounds;
  double seconds;
  std::vector<Scenario> scenarios;
  int server_cpu, client_cpu;
  std::string reference, peer;
  bool syscalls;
  double patience_seconds;
};

Plan plan_from(Arguments arguments) {
  Plan plan{};
  const bool brief = arguments.flag("--short");
  plan.rounds = static_cast<unsigned>(arguments.number("--rounds", brief ? 3 : 5, 0, 1000));
  plan.seconds = arguments.real("--seconds", brief ? 1 : 3);
  plan.scenarios = scenarios_from(arguments.text("--scenarios", "c64,c1,c1000"));
  plan.server_cpu = static_cast<int>(arguments.number("--server-cpu", 0, -1, 1023));
  plan.client_cpu = static_cast<int>(arguments.number("--client-cpu", 1, -1, 1023));
  plan.reference = arguments.text("--reference", "raw_epoll_server");
  plan.peer = arguments.text("--peer", "inlet_server");
  plan.syscalls = arguments.flag("--syscalls");
  plan.patience_seconds = arguments.real("--patience", 0);
  arguments.finish();
  return plan;
}

struct Measured {
  double rate = 0;
  double server_ns = 0;
  double p50_us = 0;
  double p99_us = 0;
  double others_percent = 0;
  double client_percent = 0;
  uint64_t bad = 0;
};

LoadPlan load_of(const Scenario& scenario, const Plan& plan, const Child& server, uint16_t port) {
  LoadPlan load;
  load.port = port;
  load.mode = scenario.mode;
  load.connections = scenario.connections;
  load.size_bytes = scenario.size_bytes;
  load.pipeline = scenario.pipeline;
  load.seconds = plan.seconds;
  load.cpu = plan.client_cpu;
  load.server_pid = server.pid();
  return load;
}

std::vector<std::string> command_of(const std::string& name, const Plan& plan) {
  return {name, "--cpu", std::to_string(plan.server_cpu)};
}

// A reference server has no use for INLET_SHARDS; the peer is held to one shard like the reference to one thread.
const Environment kOneShard = {{"INLET_SHARDS", "1"}};

Measured measure(const std::string& name, const Scenario& scenario, const Plan& plan) {
  Child server(command_of(name, plan), kOneShard);
  const uint16_t port = server.wait_for_port();
  const uint64_t from_ns = now_ns();
  const uint64_t busy_from_ns = machine_busy_ns();
  const uint64_t own_from_ns = own_cpu_ns() + cpu_ns_of(server.pid());
  const LoadResult result = run_load(load_of(scenario, plan, server, port));
  const auto span_ns = static_cast<double>(now_ns() - from_ns);
  const auto busy_ns = static_cast<double>(machine_busy_ns() - busy_from_ns);
  const auto ours_ns = static_cast<double>(own_cpu_ns() + cpu_ns_of(server.pid()) - own_from_ns);
  Measured measured;
  measured.rate = result.rate();
  measured.server_ns = result.server_ns_per_echo();
  measured.p50_us = result.latency.percentile_us(0.5);
  measured.p99_us = result.latency.percentile_us(0.99);
  measured.others_percent = std::max(0.0, (busy_ns - ours_ns) / span_ns * 100);
  measured.client_percent = static_cast<double>(result.client_cpu_ns) / static_cast<double>(result.window_ns) * 100;
  measured.bad = result.wrong_bytes + result.lost_bytes + result.failures;
  if (const int status = server.end(SIGTERM)) {
    std::printf("# %s ended with status %d\n", name.c_str(), status);
    ++measured.bad;
  }
  return measured;
}

constexpr double kDisturbed_percent = 20;

// What is left of the time that --patience allows to be lost on a busy machine.
class Patience {
 public:
  explicit Patience(double seconds) : left_ns_(static_cast<int64_t>(seconds * 1e9)) {}

  bool is_left() const { return left_ns_ > 0; }
  void spend(uint64_t ns) { left_ns_ -= static_cast<int64_t>(ns); }

  // Waits until the machine has been quiet for a while.
  void wait_for_quiet() {
    while (is_left()) {
      const uint64_t from_ns = now_ns();
      const uint64_t busy_from_ns = machine_busy_ns();
      sleep_ms(kQuiet_ms);
      const uint64_t span_ns = now_ns() - from_ns;
      const auto busy_ns = static_cast<double>(machine_busy_ns() - busy_from_ns);
      if (busy_ns / static_cast<double>(span_ns) * 100 < kDisturbed_percent) return;
      spend(span_ns);
    }
  }

 private:
  static constexpr uint64_t kQuiet_ms = 300;
  int64_t left_ns_;
};

struct Round {
  Measured reference, peer;
  double others_percent() const { return std::max(reference.others_percent, peer.others_percent); }
};

Round measure_round(const Scenario& scenario, const Plan& plan, bool peer_first) {
  Round round;
  if (peer_first) round.peer = measure(plan.peer, scenario, plan);
  round.reference = measure(plan.reference, scenario, plan);
  if (!peer_first) round.peer = measure(plan.peer, scenario, plan);
  return round;
}

Round measure_undisturbed(const Scenario& scenario, const Plan& plan, bool peer_first, Patience& patience) {
  while (true) {
    patience.wait_for_quiet();
    const uint64_t from_ns = now_ns();
    const Round round = measure_round(scenario, plan, peer_first);
    if (round.others_percent() < kDisturbed_percent || !patience.is_left()) return round;
    patience.spend(now_ns() - from_ns);
  }
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void print_summary(const char* what, const std::vector<double>& values, int digits) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  std::printf("  %-28s median %.*f  (%.*f .. %.*f)\n", what, digits, median(values), digits, *least, digits, *most);
}

// One line per round and the medians. Returns the number of bad bytes.
uint64_t compare_scenario(const Scenario& scenario, const Plan& plan, Patience& patience) {
  std::printf("\n%s: %u connection(s) x %u bytes, %s, pipeline %u, %u rounds x %.1f s\n", scenario.name,
              scenario.connections, scenario.size_bytes,
              scenario.mode == LoadMode::churn ? "connect-echo-close" : "echo", scenario.pipeline, plan.rounds,
              plan.seconds);
  std::printf("%5s %10s %10s %6s | %8s %8s %6s | %15s %15s | %6s %7s %5s\n", "round", "ref/s", "peer/s", "ratio",
              "ref ns", "peer ns", "ratio", "ref p50/p99 us", "peer p50/p99 us", "client", "others", "bad");
  std::vector<double> reference_rates, peer_rates, ratios, reference_ns, peer_ns, ns_ratios;
  uint64_t bad = 0;
  unsigned disturbed = 0;
  for (unsigned round = 0; round < plan.rounds; ++round) {
    const Round measured = measure_undisturbed(scenario, plan, round % 2 == 1, patience);
    const Measured& reference = measured.reference;
    const Measured& peer = measured.peer;
    disturbed += measured.others_percent() >= kDisturbed_percent;
    const double ratio = peer.rate / reference.rate;
    const double ns_ratio = reference.server_ns / peer.server_ns;
    std::printf("%5u %10.0f %10.0f %6.3f | %8.0f %8.0f %6.3f | %6.0f /%7.0f %6.0f /%7.0f | %3.0f %% %5.0f %% %5llu\n",
                round + 1, reference.rate, peer.rate, ratio, reference.server_ns, peer.server_ns, ns_ratio,
                reference.p50_us, reference.p99_us, peer.p50_us, peer.p99_us,
                std::max(reference.client_percent, peer.client_percent), measured.others_percent(),
                static_cast<unsigned long long>(reference.bad + peer.bad));
    std::fflush(stdout);
    reference_rates.push_back(reference.rate);
    peer_rates.push_back(peer.rate);
    ratios.push_back(ratio);
    reference_ns.push_back(reference.server_ns);
    peer_ns.push_back(peer.server_ns);
    ns_ratios.push_back(ns_ratio);
    bad += reference.bad + peer.bad;
  }
  if (ratios.empty()) return bad;
  if (disturbed > 0)
    std::printf("  %u of %u rounds were disturbed by other work on this machine\n", disturbed, plan.rounds);
  print_summary("reference echoes/s", reference_rates, 0);
  print_summary("peer echoes/s", peer_rates, 0);
  print_summary("ratio peer/reference", ratios, 3);
  print_summary("reference server ns/echo", reference_ns, 0);
  print_summary("peer server ns/echo", peer_ns, 0);
  print_summary("CPU ratio reference/peer", ns_ratios, 3);
  std::printf("result %s ratio=%.3f cpu_ratio=%.3f disturbed=%u bad=%llu\n", scenario.name, median(ratios),
              median(ns_ratios), disturbed, static_cast<unsigned long long>(bad));
  return bad;
}

// A fixed number of echoes under strace: rates mean nothing then, only the counts do.
void count_syscalls(const std::string& name, const Scenario& scenario, const Plan& plan) {
  Child server(command_of(name, plan), kOneShard);
  LoadPlan load = load_of(scenario, plan, server, server.wait_for_port());
  load.messages = scenario.connections >= 1000 ? 20 : 20000 / scenario.connections;
  SyscallCount count(server.pid());
  const LoadResult result = run_load(load);
  const auto calls = count.end();
  uint64_t total = 0;
  for (const auto& [call, number] : calls) total += number;
  const auto echoes = static_cast<double>(result.echoes);
  std::printf("syscalls %s %s: %.3f per echo (%llu echoes, connection set-up included)\n", name.c_str(), scenario.name,
              static_cast<double>(total) / echoes, static_cast<unsigned long long>(result.echoes));
  for (const auto& [call, number] : calls) {
    std::printf("    %-18s %10llu %8.3f\n", call.c_str(), static_cast<unsigned long long>(number),
                static_cast<double>(number) / echoes);
  }
  std::fflush(stdout);
}

int run(const Plan& plan) {
  std::printf("reference %s, peer %s; server on CPU %d, client on CPU %d\n", plan.reference.c_str(), plan.peer.c_str(),
              plan.server_cpu, plan.client_cpu);
  uint64_t bad = 0;
  Patience patience(plan.patience_seconds);
  if (plan.rounds > 0) {
    for (const Scenario& scenario : plan.scenarios) bad += compare_scenario(scenario, plan, patience);
  }
  if (plan.syscalls) {
    for (const Scenario& scenario : plan.scenarios) {
      count_syscalls(plan.reference, scenario, plan);
      count_syscalls(plan.peer, scenario, plan);
    }
  }
  return bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  try {
    return inlet::bench::run(inlet::bench::plan_from(inlet::bench::Arguments(argc, argv)));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "compare: %s\n", failure.what());
    return 2;
  }
}
