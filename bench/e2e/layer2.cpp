// Layer 2's send, recv and accept beside the bare system calls, in alternating slices of one run.
//
//   layer2 [--rounds 31] [--slice-ms 100] [--cpu 1] [--short] [--only TEXT] [--side raw|layer2]
//
// A round is one slice of each side, next to each other; the one that goes first changes with every round, and the ratio
// is that of the two: rate by the clock, CPU by the time that the process has used, which other work on the machine changes
// less. Everything runs on one processor, so both sides see the same one. --only takes the loops whose names have TEXT in
// them; --side runs one side alone, for strace and perf.
// Returns  0 when every byte was right and every call succeeded.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "e2e/arguments.h"
#include "e2e/layer2_loops.h"
#include "e2e/paired.h"
#include "e2e/process_facts.h"

namespace inlet::bench {
namespace {

struct Plan {
  unsigned rounds;
  double slice_ms;
  int cpu;
  std::string only, side;
  bool wants(const char* name) const { return std::string(name).find(only) != std::string::npos; }
};

Plan plan_from(Arguments arguments) {
  Plan plan{};
  const bool brief = arguments.flag("--short");
  plan.rounds = static_cast<unsigned>(arguments.number("--rounds", brief ? 9 : 31, 1, 10000));
  plan.slice_ms = arguments.real("--slice-ms", 100);
  plan.cpu = static_cast<int>(arguments.number("--cpu", 1, -1, 1023));
  plan.only = arguments.text("--only", "");
  plan.side = arguments.text("--side", "");
  arguments.finish();
  return plan;
}

struct Row {
  const char* name;
  Layer2Work work;
};

constexpr Layer2Work::Loop kTurn = Layer2Work::Loop::turn;
constexpr Layer2Work::Loop kPing = Layer2Work::Loop::ping;
constexpr Layer2Work::Loop kAccept = Layer2Work::Loop::accept;

constexpr Row kRows[] = {
    {"send+recv, 64 B, blocking", {kTurn, true, 64, 0}},    {"send+recv, 64 B, nonblocking", {kTurn, false, 64, 0}},
    {"send+recv, 4 KiB, blocking", {kTurn, true, 4096, 0}}, {"send+recv, 4 KiB, nonblocking", {kTurn, false, 4096, 0}},
    {"ping, 64 B, two threads wait", {kPing, true, 64, 0}}, {"ping, 4 KiB, two threads wait", {kPing, true, 4096, 0}},
    {"connect+accept+close", {kAccept, true, 0, 0}},
};

using Runner = Layer2Result (*)(const Layer2Work&);

// As many rounds of the loop as fill a slice; also warms both sides up.
uint64_t rounds_for(const Layer2Work& work, double slice_ms) {
  Layer2Work trial = work;
  trial.rounds = 200;
  run_layer2_winsock(trial);
  const Layer2Result tried = run_layer2_raw(trial);
  const double round_ns = static_cast<double>(tried.span_ns) / static_cast<double>(trial.rounds);
  return std::max<uint64_t>(1, static_cast<uint64_t>(slice_ms * 1e6 / round_ns));
}

Cost cost_of(Runner run, const Layer2Work& work, uint64_t& bad) {
  const Layer2Result result = run(work);
  bad += result.bad;
  const auto rounds = static_cast<double>(work.rounds);
  return {static_cast<double>(result.span_ns) / rounds, static_cast<double>(result.cpu_ns) / rounds};
}

uint64_t compare_row(const Row& row, const Plan& plan) {
  Layer2Work work = row.work;
  work.rounds = rounds_for(work, plan.slice_ms);
  uint64_t bad = 0;
  Paired pairs;
  for (unsigned round = 0; round < plan.rounds; ++round)
    pairs.add(
        round, [&] { return cost_of(run_layer2_raw, work, bad); },
        [&] { return cost_of(run_layer2_winsock, work, bad); });
  pairs.print(row.name);
  std::printf(" | bad %llu\n", static_cast<unsigned long long>(bad));
  std::fflush(stdout);
  return bad;
}

int run_one_side(const Plan& plan) {
  const Runner run = plan.side == "raw" ? run_layer2_raw : run_layer2_winsock;
  uint64_t bad = 0;
  for (const Row& row : kRows) {
    if (!plan.wants(row.name)) continue;
    Layer2Work work = row.work;
    work.rounds = rounds_for(work, plan.slice_ms);
    std::printf("%-30s %9.0f\n", row.name, cost_of(run, work, bad).span_ns);
  }
  return bad == 0 ? 0 : 1;
}

int run(const Plan& plan) {
  pin_to_cpu(plan.cpu);
  if (!plan.side.empty()) return run_one_side(plan);
  std::printf("%u rounds of %.0f ms a side on CPU %d; nanoseconds for one turn of the loop\n", plan.rounds,
              plan.slice_ms, plan.cpu);
  Paired::print_head("raw", "layer 2");
  uint64_t bad = 0;
  for (const Row& row : kRows)
    if (plan.wants(row.name)) bad += compare_row(row, plan);
  return bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  try {
    return inlet::bench::run(inlet::bench::plan_from(inlet::bench::Arguments(argc, argv)));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "layer2: %s\n", failure.what());
    return 2;
  }
}
