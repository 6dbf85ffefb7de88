// Servers beside each other under the same loads, in alternating rounds of one run.
//
//   compare [--peers all|epoll,inlet,...] [--scenarios c64,c1,...] [--rounds 5] [--seconds 3] [--short] [--patience SECONDS]
//           [--slices 0] [--server-cpu 0] [--client-cpu 1] [--free] [--syscalls] [--out FILE]
//
// Each round starts every server anew, one after the other, so that luck with memory placement is part of the spread; the order
// moves on by one with every round. A ratio is that to the first peer, the reference, in the same round; medians are over rounds.
// --slices N has all servers of a round run at once, connected, and measures each N times, in an order that changes, for so many
// seconds each (0.15 unless told): a ratio then compares what was less than a few seconds apart, and the median over hundreds of
// slices is worth more than that of a few long rounds. Behind a ratio are then: the median's 95 % interval (from the ranks), and
// in brackets what four fifths of the slices lie between. Without --slices: least and greatest.
// "others" is what the rest of the machine did meanwhile, in per cent of one processor: a measurement where it is large is
// repeated while patience lasts, and counted as disturbed after that.
// --free binds nothing, gives servers two shards and the load generator two threads.
// --peers epoll,epoll shows the noise: the ratio of the reference to itself.
// --syscalls counts system calls per echo (syscall_count.h) instead of measuring time.
// Returns  0 when every byte was right.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "e2e/arguments.h"
#include "e2e/certificate.h"
#include "e2e/measure.h"
#include "e2e/paired.h"
#include "e2e/patience.h"
#include "e2e/results.h"

namespace inlet::bench {
namespace {

constexpr unsigned kFreeShards = 2;

struct Plan {
  unsigned rounds, slices;  // of each round; 0: rounds are measured as a whole
  double seconds, patience_seconds;
  std::vector<Scenario> scenarios;
  std::vector<Peer> peers;
  Layout layout;
  bool free, syscalls;
  std::string out;
};

Plan plan_from(Arguments arguments) {
  Plan plan{};
  const bool brief = arguments.flag("--short");
  plan.rounds = static_cast<unsigned>(arguments.number("--rounds", brief ? 3 : 5, 1, 1000));
  plan.slices = static_cast<unsigned>(arguments.number("--slices", 0, 0, 10'000));
  plan.seconds = arguments.real("--seconds", plan.slices > 0 ? 0.15 : brief ? 0.5 : 3);
  plan.scenarios = scenarios_from(arguments.text("--scenarios", "c64,c1,c1000"));
  plan.peers = peers_from(arguments.text("--peers", "all"));
  plan.layout.server_cpu = static_cast<int>(arguments.number("--server-cpu", 0, -1, 1023));
  plan.layout.client_cpu = static_cast<int>(arguments.number("--client-cpu", 1, -1, 1023));
  plan.free = arguments.flag("--free");
  if (plan.free && plan.slices > 0) throw std::invalid_argument("--slices measures with one thread: not with --free");
  if (plan.free) plan.layout = {-1, -1, kFreeShards, kFreeShards};
  plan.syscalls = arguments.flag("--syscalls");
  plan.patience_seconds = arguments.real("--patience", 0);
  plan.out = arguments.text("--out", "");
  arguments.finish();
  return plan;
}

// All rounds of one peer in one scenario.
struct Row {
  Peer peer;
  std::vector<Measured> rounds;

  template <class Take>
  std::vector<double> each(Take take) const {
    std::vector<double> values;
    for (const Measured& round : rounds) values.push_back(take(round));
    return values;
  }
};

class Comparison {
 public:
  explicit Comparison(const Plan& plan) : plan_(plan), patience_(plan.patience_seconds), results_(plan.out) {}

  // Returns  The number of bad bytes.
  uint64_t run() {
    for (const Scenario& scenario : plan_.scenarios) {
      if (plan_.syscalls) {
        count_all(scenario);
      } else {
        compare(scenario);
      }
    }
    return bad_;
  }

 private:
  std::vector<Peer> able(const Scenario& scenario) const {
    std::vector<Peer> peers;
    for (const Peer& peer : plan_.peers) {
      if (peer.is_for(scenario.name) && (!scenario.tls || !peer.tls_program.empty())) peers.push_back(peer);
    }
    return peers;
  }

  void print_head(const Scenario& scenario) const {
    std::printf("\n%s: %u connection(s) x %u bytes, %s%s, pipeline %u, %u rounds x %u x %.2f s, %s\n", scenario.name,
                scenario.connections, scenario.size_bytes, scenario.tls ? "TLS " : "",
                scenario.mode == LoadMode::churn ? "connect-echo-close" : "echo", scenario.pipeline, plan_.rounds,
                std::max(1U, plan_.slices), plan_.seconds, plan_.free ? "unbound" : "one processor each");
  }

  void compare(const Scenario& scenario) {
    print_head(scenario);
    std::vector<Row> rows;
    for (const Peer& peer : able(scenario)) rows.push_back({peer, {}});
    for (unsigned round = 0; round < plan_.rounds; ++round) {
      if (plan_.slices > 0) {
        measure_slices(rows, scenario, round);
        continue;
      }
      for (size_t i = 0; i < rows.size(); ++i) {
        Row& row = rows[(i + round) % rows.size()];
        row.rounds.push_back(measure_undisturbed(row.peer, scenario));
        keep(row, scenario, round);
      }
    }
    print_rows(rows);
  }

  // All or nothing: a ratio needs both servers of a slice.
  void measure_slices(std::vector<Row>& rows, const Scenario& scenario, unsigned round) {
    pin_to_cpu(plan_.layout.client_cpu);
    patience_.wait_for_quiet();
    std::vector<std::unique_ptr<Sliced>> servers;
    for (const Row& row : rows) {
      servers.push_back(std::make_unique<Sliced>(row.peer, scenario, plan_.layout, certificate_.file(), plan_.seconds));
    }
    std::vector<size_t> order(rows.size());
    std::iota(order.begin(), order.end(), size_t{0});
    for (unsigned slice = 0; slice < plan_.slices; ++slice) {
      std::shuffle(order.begin(), order.end(), shuffling_);
      for (const size_t i : order) {
        rows[i].rounds.push_back(servers[i]->slice());
        keep(rows[i], scenario, round * plan_.slices + slice);
      }
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!servers[i]->end()) note_bad_end(rows[i]);
    }
  }

  void note_bad_end(Row& row) {
    std::printf("# %s did not end as it should\n", row.peer.name.c_str());
    ++row.rounds.back().bad;
    ++bad_;
  }

  Measured measure_undisturbed(const Peer& peer, const Scenario& scenario) {
    while (true) {
      patience_.wait_for_quiet();
      const uint64_t from_ns = now_ns();
      const Measured measured = measure_or_fail(peer, scenario);
      if (measured.others_percent < kDisturbed_percent || !patience_.is_left()) return measured;
      patience_.spend(now_ns() - from_ns);
    }
  }

  // A server that cannot serve a scenario is a line of the table and not the end of the run.
  Measured measure_or_fail(const Peer& peer, const Scenario& scenario) {
    try {
      return measure(peer, scenario, plan_.layout, plan_.seconds, certificate_.file());
    } catch (const std::exception& failure) {
      std::printf("# %s: %s\n", peer.name.c_str(), failure.what());
      Measured none;
      none.bad = 1;
      return none;
    }
  }

  void keep(const Row& row, const Scenario& scenario, unsigned round) {
    const Measured& last = row.rounds.back();
    bad_ += last.bad;
    Record record("echo");
    record.set("layout", plan_.free ? "free" : "bound").set("scenario", scenario.name).set("peer", row.peer.name);
    record.set("round", round).set("rate", last.rate).set("server_ns", last.server_ns);
    record.set("p50_us", last.p50_us).set("p99_us", last.p99_us).set("p999_us", last.p999_us);
    record.set("max_us", last.max_us).set("others_percent", last.others_percent);
    record.set("client_percent", last.client_percent).set("server_percent", last.server_percent);
    record.set("bad", static_cast<double>(last.bad));
    results_.add(record);
  }

  void print_rows(const std::vector<Row>& rows) const {
    std::printf("%-15s %9s %-33s %8s %-33s %7s %8s %9s %9s %6s %6s %6s %4s\n", "peer", "echoes/s", " ratio", "srv ns",
                " CPU ratio", "p50 us", "p99 us", "p99.9 us", "max us", "server", "client", "others", "bad");
    for (const Row& row : rows) print_row(row, rows.front());
    std::fflush(stdout);
  }

  void print_row(const Row& row, const Row& reference) const {
    std::vector<double> rates, cpu;
    double bad = 0;
    for (size_t i = 0; i < row.rounds.size(); ++i) {
      rates.push_back(row.rounds[i].rate / reference.rounds[i].rate);
      cpu.push_back(reference.rounds[i].server_ns / row.rounds[i].server_ns);
      bad += static_cast<double>(row.rounds[i].bad);
    }
    const auto middle = [&](auto take) { return median(row.each(take)); };
    std::printf("%-15s %9.0f %-33s %8.0f %-33s ", row.peer.name.c_str(), middle([](auto& m) { return m.rate; }),
                spread(rates).c_str(), middle([](auto& m) { return m.server_ns; }), spread(cpu).c_str());
    std::printf("%7.0f %8.0f %9.0f %9.0f %4.0f %% %4.0f %% %4.0f %% %4.0f\n", middle([](auto& m) { return m.p50_us; }),
                middle([](auto& m) { return m.p99_us; }), middle([](auto& m) { return m.p999_us; }),
                middle([](auto& m) { return m.max_us; }), middle([](auto& m) { return m.server_percent; }),
                middle([](auto& m) { return m.client_percent; }), middle([](auto& m) { return m.others_percent; }),
                bad);
  }

  std::string spread(const std::vector<double>& values) const {
    char text[64];
    if (plan_.slices > 0) {
      const Interval sure = interval_of_median(values);
      std::snprintf(text, sizeof text, " %.3f %.3f-%.3f (%.2f .. %.2f)", median(values), sure.low, sure.high,
                    at(values, 0.1), at(values, 0.9));
    } else {
      const auto [least, most] = std::minmax_element(values.begin(), values.end());
      std::snprintf(text, sizeof text, " %.3f (%.3f .. %.3f)", median(values), *least, *most);
    }
    return text;
  }

  void count_all(const Scenario& scenario) {
    for (const Peer& peer : able(scenario)) {
      try {
        keep(peer, scenario, count_syscalls(peer, scenario, plan_.layout, certificate_.file()));
      } catch (const std::exception& failure) {
        std::printf("# %s: %s\n", peer.name.c_str(), failure.what());
        ++bad_;
      }
    }
  }

  void keep(const Peer& peer, const Scenario& scenario, const SyscallsPerEcho& counted) {
    std::printf("%-8s %-15s %7.3f system calls per echo (%llu echoes):", scenario.name, peer.name.c_str(),
                counted.total, static_cast<unsigned long long>(counted.echoes));
    Record record("syscalls");
    record.set("scenario", scenario.name).set("peer", peer.name).set("per_echo", counted.total);
    for (const auto& [call, number] : counted.by_name) {
      if (number >= 0.0005) std::printf(" %s %.3f", call.c_str(), number);
      record.set("call_" + call, number);
    }
    std::printf("\n");
    std::fflush(stdout);
    results_.add(record);
  }

  const Plan& plan_;
  Patience patience_;
  Results results_;
  Certificate certificate_;
  std::minstd_rand shuffling_{1};  // the same order in each run
  uint64_t bad_ = 0;
};

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  using namespace inlet::bench;
  try {
    const Plan plan = plan_from(Arguments(argc, argv));
    return Comparison(plan).run() == 0 ? 0 : 1;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "compare: %s\n", failure.what());
    return 2;
  }
}
