// The hand-off benchmark: pinging clients beside clients whose callbacks block.
//
//   blockers [--pingers 500] [--interval-ms 20] [--sleepers 200] [--waiters 50] [--spinners 10] [--spin-pause-ms 0]
//            [--seconds 5] [--shards 1] [--server-cpu 0] [--client-cpu 1] [--peer inlet] [--may-stall] [--short] [--out FILE]
//
// The server is a process of its own. Only Inlet's knows how to wait and to compute; others take --waiters 0 --spinners 0.
// --may-stall: a server that answers nobody while its callbacks sleep is a result and not a failure.
// Phases, each one line of the table:
//   quiet      pings only
//   control    pings, beside threads of a foreign process that compute on the server's processor: what the system's
//   scheduler
//              alone does to any server. The line "spinners" is to be compared with this one.
//   sleepers+  clients whose callbacks sleep a second, again and again, and clients whose callback waits for a line
//   that never
//              comes: first the second in which they arrive and are still unknown, then the steady state
//   spinners+  in addition clients whose callbacks compute for 200 ms, again and again
// A processor that ten threads compute on leaves the server a tenth of it. Pings that need more than that pile up, whatever the
// engine: a longer --interval-ms shows how quickly it answers when its share suffices.
// Beside the percentiles of a phase, which one pause of the machine can make, stands p99 of its median second.
// Returns  0 when no byte was wrong, none was lost and the server stopped cleanly.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <thread>

#include "e2e/arguments.h"
#include "e2e/child.h"
#include "e2e/clock.h"
#include "e2e/peers.h"
#include "e2e/ping_engine.h"
#include "e2e/process_facts.h"
#include "e2e/results.h"

namespace inlet::bench {
namespace {

struct Plan {
  unsigned pingers, sleepers, waiters, spinners, shards;
  double interval_ms, spin_pause_ms, seconds;
  int server_cpu, client_cpu;
  Peer peer;
  bool may_stall;
  std::string out;
};

Plan plan_from(Arguments arguments) {
  Plan plan{};
  const bool brief = arguments.flag("--short");
  plan.pingers = static_cast<unsigned>(arguments.number("--pingers", 500, 1, 10000));
  plan.sleepers = static_cast<unsigned>(arguments.number("--sleepers", 200, 0, 5000));
  plan.waiters = static_cast<unsigned>(arguments.number("--waiters", 50, 0, 5000));
  plan.spinners = static_cast<unsigned>(arguments.number("--spinners", 10, 0, 1000));
  plan.shards = static_cast<unsigned>(arguments.number("--shards", 1, 1, 64));
  plan.interval_ms = arguments.real("--interval-ms", 20);
  plan.spin_pause_ms = arguments.real("--spin-pause-ms", 0);
  plan.seconds = arguments.real("--seconds", brief ? 2 : 5);
  plan.server_cpu = static_cast<int>(arguments.number("--server-cpu", 0, -1, 1023));
  plan.client_cpu = static_cast<int>(arguments.number("--client-cpu", 1, -1, 1023));
  plan.peer = peers_from(arguments.text("--peer", "inlet")).at(0);
  plan.may_stall = arguments.flag("--may-stall");
  plan.out = arguments.text("--out", "");
  arguments.finish();
  return plan;
}

// Reads the number of threads of the server all the time, from one cheap file, and keeps the largest.
class ThreadWatch {
 public:
  explicit ThreadWatch(pid_t pid) : pid_(pid), thread_([this] { run(); }) {}
  ~ThreadWatch() {
    ending_ = true;
    thread_.join();
  }
  size_t take_peak() { return peak_.exchange(0); }

 private:
  void run() {
    while (!ending_) {
      std::ifstream in(proc_path(pid_, "status"));
      std::string word;
      size_t count = 0;
      while (in >> word) {
        if (word != "Threads:") continue;
        in >> count;
        break;
      }
      peak_ = std::max(peak_.load(), count);
      sleep_ms(50);
    }
  }

  pid_t pid_;
  std::atomic<bool> ending_{false};
  std::atomic<size_t> peak_{0};
  std::thread thread_;
};

// Processes that compute beside the server and have nothing to do with it.
class ForeignSpinners {
 public:
  ForeignSpinners(unsigned count, int cpu) {
    for (unsigned i = 0; i < count; ++i) {
      const pid_t pid = checked(fork(), "fork");
      if (pid == 0) spin_until_killed(cpu);
      pids_.push_back(pid);
    }
  }
  ~ForeignSpinners() {
    for (const pid_t pid : pids_) kill(pid, SIGKILL);
    for (const pid_t pid : pids_) waitpid(pid, nullptr, 0);
  }

 private:
  [[noreturn]] static void spin_until_killed(int cpu) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      pin_to_cpu(cpu);
    } catch (const std::exception&) {
      _exit(2);
    }
    while (now_ns() != 0) {
    }
    _exit(0);
  }
  std::vector<pid_t> pids_;
};

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return values.empty() ? 0 : *middle;
}

class Run {
 public:
  explicit Run(const Plan& plan)
      : plan_(plan),
        results_(plan.out),
        server_(command_for(plan), {}, plan.server_cpu),
        engine_(server_.wait_for_port(), plan.pingers, plan.interval_ms, kPing_bytes),
        watch_(std::make_unique<ThreadWatch>(server_.pid())) {
    pin_to_cpu(plan.client_cpu);
  }

  int run() {
    print_head();
    engine_.run(0.5);  // warm-up
    phase("quiet", plan_.seconds);
    if (plan_.spinners > 0) {
      ForeignSpinners foreign(plan_.spinners, plan_.server_cpu);
      phase("control: foreign spin", plan_.seconds);
    }
    engine_.add_blockers('S', plan_.sleepers, 0);
    engine_.add_blockers('L', plan_.waiters, 0);
    phase("sleepers: arriving", 1);
    phase("sleepers: steady", plan_.seconds);
    if (plan_.spinners > 0) {
      engine_.add_blockers('C', plan_.spinners, plan_.spin_pause_ms);
      phase("spinners: arriving", 1);
      phase("spinners: steady", plan_.seconds);
    }
    return finish();
  }

 private:
  static constexpr unsigned kPing_bytes = 64;

  static std::vector<std::string> command_for(const Plan& plan) {
    PeerUse use;
    use.shards = plan.shards;
    use.blockers = true;
    return command_of(plan.peer, use);
  }

  void print_head() const {
    std::printf("%s: %u clients ping 64 bytes every %.0f ms; server with %u shard(s) on CPU %d, client on CPU %d\n",
                plan_.peer.name.c_str(), plan_.pingers, plan_.interval_ms, plan_.shards, plan_.server_cpu,
                plan_.client_cpu);
    std::printf("%-22s %8s %8s %9s %9s %9s %8s %10s %6s %8s %6s\n", "phase", "pings", "p50 us", "p99 us", "p99.9 us",
                "max us", "skipped", "p99.9 due", "wrong", "threads", "peak");
  }

  void phase(const char* name, double seconds) {
    watch_->take_peak();
    const uint64_t cpu_from_ns = cpu_ns_of(server_.pid());
    const PingResult result = engine_.run(seconds);
    const double server_cpu_percent = static_cast<double>(cpu_ns_of(server_.pid()) - cpu_from_ns) / seconds / 1e7;
    print(name, result);
    std::printf("#   server CPU %.1f %%; p99 of the median second %.1f us", server_cpu_percent,
                median_of(result.p99_of_seconds_us));
    if (result.blocked_latency.count() > 0) {
      std::printf("; blocking clients: %llu echoes, p50 %.0f ms, max %.0f ms",
                  static_cast<unsigned long long>(result.blocked_latency.count()),
                  result.blocked_latency.percentile_us(0.5) / 1000, result.blocked_latency.max_us() / 1000);
    }
    std::printf("\n");
    std::fflush(stdout);
    keep(name, result, seconds);
    wrong_bytes_ += result.wrong_bytes;
    failures_ += result.failures;
  }

  void print(const char* name, const PingResult& result) {
    const size_t threads = threads_of(server_.pid());
    const Histogram& latency = result.latency_so_far;
    std::printf("%-22s %8llu %8.1f %9.1f %9.1f %9.1f %8llu %10.1f %6llu %8zu %6zu\n", name,
                static_cast<unsigned long long>(result.pings), latency.percentile_us(0.5), latency.percentile_us(0.99),
                latency.percentile_us(0.999), latency.max_us(), static_cast<unsigned long long>(result.skipped),
                result.latency_due.percentile_us(0.999), static_cast<unsigned long long>(result.wrong_bytes), threads,
                std::max(threads, watch_->take_peak()));
  }

  void keep(const char* name, const PingResult& result, double seconds) {
    const Histogram& latency = result.latency_so_far;
    Record record("blockers");
    record.set("peer", plan_.peer.name).set("phase", name).set("shards", plan_.shards).set("sleepers", plan_.sleepers);
    record.set("interval_ms", plan_.interval_ms).set("rate", static_cast<double>(result.pings) / seconds);
    record.set("p50_us", latency.percentile_us(0.5)).set("p99_us", latency.percentile_us(0.99));
    record.set("p99_second_us", median_of(result.p99_of_seconds_us));
    record.set("p999_us", latency.percentile_us(0.999)).set("max_us", latency.max_us());
    results_.add(record);
  }

  int finish() {
    const size_t missing = engine_.settle();
    watch_.reset();
    const int status = server_.end(SIGTERM);
    std::printf("wrong_bytes=%llu\nlost_pings=%zu\nfailures=%llu\nserver_exit=%d\n",
                static_cast<unsigned long long>(wrong_bytes_), missing, static_cast<unsigned long long>(failures_),
                status);
    return wrong_bytes_ == 0 && (missing == 0 || plan_.may_stall) && failures_ == 0 && status == 0 ? 0 : 1;
  }

  const Plan& plan_;
  Results results_;
  Child server_;
  PingEngine engine_;
  std::unique_ptr<ThreadWatch> watch_;
  uint64_t wrong_bytes_ = 0;
  uint64_t failures_ = 0;
};

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  using namespace inlet::bench;
  try {
    const Plan plan = plan_from(Arguments(argc, argv));
    return Run(plan).run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "blockers: %s\n", failure.what());
    return 2;
  }
}
