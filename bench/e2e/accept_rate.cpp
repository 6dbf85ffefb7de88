// What the pending queue costs a server that accepts promptly: connections through WSPListen and WSPAccept beside a bare listener
// with accept4, in alternating slices of one run.
//
//   accept_rate [--rounds 31] [--slice-ms 100] [--cpu 1] [--short] [--side kernel|provider] [--only TEXT]
//
// Everything runs on one processor, the provider's own thread included, so whatever the queue does shows in the rate and in the
// processor time. --only takes the loops whose names have TEXT in them; --side runs one side alone, for strace and perf.
// Returns  0 when every connection and every byte was right.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

#include "e2e/accept_rate.h"
#include "e2e/arguments.h"
#include "e2e/paired.h"
#include "e2e/process_facts.h"

namespace inlet::bench {
namespace {

struct Row {
  const char* name;
  AcceptWork work;
};

constexpr Row kRows[] = {
    {"connect+close, backlog 5", {false, false, 5, 0}},
    {"connect+close, backlog 200", {false, false, 200, 0}},
    {"connect+echo+close, backlog 5", {false, true, 5, 0}},
    {"connect+echo+close, backlog 200", {false, true, 200, 0}},
    {"the same, two threads, backlog 5", {true, true, 5, 0}},
    {"the same, two threads, backlog 200", {true, true, 200, 0}},
};

using Runner = AcceptResult (*)(const AcceptWork&);

struct Plan {
  unsigned rounds;
  double slice_ms;
  int cpu;
  std::string side, only;
  bool wants(const char* name) const { return std::string(name).find(only) != std::string::npos; }
};

// As many connections as fill a slice; also warms both sides up.
AcceptWork filling(AcceptWork work, double slice_ms) {
  work.rounds = 200;
  run_accepts_provider(work);
  const AcceptResult tried = run_accepts_kernel(work);
  const double round_ns = static_cast<double>(tried.span_ns) / static_cast<double>(work.rounds);
  work.rounds = std::max<uint64_t>(1, static_cast<uint64_t>(slice_ms * 1e6 / round_ns));
  return work;
}

Cost cost_of(Runner run, const AcceptWork& work, uint64_t& bad) {
  const AcceptResult result = run(work);
  bad += result.bad;
  const auto rounds = static_cast<double>(work.rounds);
  return {static_cast<double>(result.span_ns) / rounds, static_cast<double>(result.cpu_ns) / rounds};
}

uint64_t compare(const Row& row, const Plan& plan) {
  const AcceptWork work = filling(row.work, plan.slice_ms);
  uint64_t bad = 0;
  Paired pairs;
  for (unsigned round = 0; round < plan.rounds; ++round)
    pairs.add(
        round, [&] { return cost_of(run_accepts_kernel, work, bad); },
        [&] { return cost_of(run_accepts_provider, work, bad); });
  pairs.print(row.name);
  std::printf(" | bad %llu\n", static_cast<unsigned long long>(bad));
  std::fflush(stdout);
  return bad;
}

uint64_t run_one_side(const Row& row, const Plan& plan) {
  uint64_t bad = 0;
  const Runner run = plan.side == "kernel" ? run_accepts_kernel : run_accepts_provider;
  std::printf("%-36s %9.0f\n", row.name, cost_of(run, filling(row.work, plan.slice_ms), bad).span_ns);
  return bad;
}

Plan plan_from(Arguments arguments) {
  Plan plan{};
  const bool brief = arguments.flag("--short");
  plan.rounds = static_cast<unsigned>(arguments.number("--rounds", brief ? 9 : 31, 1, 10000));
  plan.slice_ms = arguments.real("--slice-ms", 100);
  plan.cpu = static_cast<int>(arguments.number("--cpu", 1, -1, 1023));
  plan.side = arguments.text("--side", "");
  plan.only = arguments.text("--only", "");
  arguments.finish();
  return plan;
}

int run(const Plan& plan) {
  pin_to_cpu(plan.cpu);
  if (plan.side.empty()) {
    std::printf("%u rounds of %.0f ms a side on CPU %d; nanoseconds for one connection\n", plan.rounds, plan.slice_ms,
                plan.cpu);
    Paired::print_head("accept4", "provider");
  }
  uint64_t bad = 0;
  for (const Row& row : kRows)
    if (plan.wants(row.name)) bad += plan.side.empty() ? compare(row, plan) : run_one_side(row, plan);
  return bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  try {
    return inlet::bench::run(inlet::bench::plan_from(inlet::bench::Arguments(argc, argv)));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "accept_rate: %s\n", failure.what());
    return 2;
  }
}
