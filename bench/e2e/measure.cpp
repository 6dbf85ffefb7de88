#include "e2e/measure.h"

#include <algorithm>
#include <cstdio>

#include "e2e/others_watch.h"
#include "e2e/syscall_count.h"

namespace inlet::bench {

namespace {

constexpr double kSliceWarmUp = 0.2;  // of the counted time

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

LoadPlan slices_of(LoadPlan load, double seconds) {
  load.seconds = seconds;
  load.warm_up_seconds = seconds * kSliceWarmUp;
  return load;
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
      client_(slices_of(load_of(scenario, layout, server_.pid(), server_.wait_for_port()), seconds)) {}

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
