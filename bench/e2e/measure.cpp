#include "e2e/measure.h"

#include <algorithm>
#include <cstdio>

#include "e2e/churn_engine.h"
#include "e2e/clock.h"
#include "e2e/process_facts.h"
#include "e2e/syscall_count.h"

namespace inlet::bench {

namespace {

constexpr double kSliceWarmUp_seconds = 0.03;

Child start_server(const Peer& peer, const Scenario& scenario, const Layout& layout, const std::string& pem_file) {
  PeerUse use;
  use.shards = layout.shards;
  if (scenario.tls) use.pem_file = pem_file;
  return Child(command_of(peer, use), {}, layout.server_cpu);
}

LoadPlan load_of(const Scenario& scenario, const Layout& layout, pid_t server, uint16_t port) {
  LoadPlan load;
  load.port = port;
  load.mode = scenario.mode;
  load.connections = scenario.connections;
  load.size_bytes = scenario.size_bytes;
  load.pipeline = scenario.pipeline;
  load.tls = scenario.tls;
  load.cpu = layout.client_cpu;
  load.threads = std::min(layout.client_threads, scenario.connections);
  load.server_pid = server;
  return load;
}

double percent(double part_ns, double whole_ns) {
  return whole_ns > 0 ? part_ns / whole_ns * 100 : 0;
}

// How busy the machine was beside the two processes that are measured.
class OthersWatch {
 public:
  explicit OthersWatch(pid_t server)
      : server_(server), from_ns_(now_ns()), busy_ns_(machine_busy_ns()), ours_ns_(ours_now()) {}

  double percent_now() const {
    const auto span = static_cast<double>(now_ns() - from_ns_);
    const auto busy = static_cast<double>(machine_busy_ns() - busy_ns_);
    const auto ours = static_cast<double>(ours_now() - ours_ns_);
    return std::max(0.0, percent(busy - ours, span));
  }

 private:
  uint64_t ours_now() const { return own_cpu_ns() + cpu_ns_of(server_); }
  pid_t server_;
  uint64_t from_ns_, busy_ns_, ours_ns_;
};

Measured facts_of(const LoadResult& result) {
  Measured measured;
  const auto window_ns = static_cast<double>(result.window_ns);
  measured.rate = result.rate();
  measured.server_ns = result.server_ns_per_echo();
  measured.p50_us = result.latency.percentile_us(0.5);
  measured.p99_us = result.latency.percentile_us(0.99);
  measured.p999_us = result.latency.percentile_us(0.999);
  measured.max_us = result.latency.max_us();
  measured.client_percent = percent(static_cast<double>(result.client_cpu_ns), window_ns);
  measured.server_percent = percent(static_cast<double>(result.server_cpu_ns), window_ns);
  measured.bad = result.wrong_bytes + result.lost_bytes + result.failures;
  return measured;
}

}  // namespace

Measured measure(const Peer& peer, const Scenario& scenario, const Layout& layout, double seconds,
                 const std::string& pem_file) {
  Child server = start_server(peer, scenario, layout, pem_file);
  LoadPlan load = load_of(scenario, layout, server.pid(), server.wait_for_port());
  load.seconds = seconds;
  const OthersWatch others(server.pid());
  Measured measured = facts_of(run_load(load));
  measured.others_percent = others.percent_now();
  if (const int status = server.end(SIGTERM)) {
    std::printf("# %s ended with status %d\n", peer.name.c_str(), status);
    ++measured.bad;
  }
  return measured;
}

Sliced::Sliced(const Peer& peer, const Scenario& scenario, const Layout& layout, const std::string& pem_file,
               double seconds)
    : server_(start_server(peer, scenario, layout, pem_file)),
      load_(load_of(scenario, layout, server_.pid(), server_.wait_for_port())) {
  load_.seconds = seconds;
  load_.warm_up_seconds = kSliceWarmUp_seconds;
  if (load_.mode == LoadMode::churn) return;
  echo_.emplace(load_);
  echo_->open();
}

Measured Sliced::slice() {
  const OthersWatch others(server_.pid());
  Measured measured = facts_of(run());
  measured.others_percent = others.percent_now();
  return measured;
}

LoadResult Sliced::run() {
  if (echo_) return echo_->slice();
  return ChurnEngine(load_).run();
}

SyscallsPerEcho count_syscalls(const Peer& peer, const Scenario& scenario, const Layout& layout,
                               const std::string& pem_file) {
  Child server = start_server(peer, scenario, layout, pem_file);
  LoadPlan load = load_of(scenario, layout, server.pid(), server.wait_for_port());
  load.messages = std::max(20U, 20'000 / scenario.connections);
  if (scenario.mode == LoadMode::churn) load.messages = 50;
  SyscallCount count(server.pid());
  const LoadResult result = run_load(load);
  SyscallsPerEcho counted;
  counted.echoes = result.echoes;
  for (const auto& [call, number] : count.end()) {
    counted.by_name[call] = static_cast<double>(number) / static_cast<double>(result.echoes);
    counted.total += counted.by_name[call];
  }
  return counted;
}

}  // namespace inlet::bench
