// The hand-off benchmark: pinging clients beside clients whose callbacks block.
//
//   blockers [--pingers 500] [--interval-ms 20] [--sleepers 200] [--waiters 50] [--spinners 10] [--spin-pause-ms 0]
//            [--seconds 5] [--shards 1] [--server-cpu 0] [--client-cpu 1] [--server inlet_server] [--short]
//
// The server is a process of its own (inlet_server --blockers). Phases, each one line of the table:
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
#include "e2e/ping_engine.h"
#include "e2e/process_facts.h"

namespace inlet::bench {
namespace {

struct Plan {
  unsigned pingers, sleepers, waiters, spinners, shards;
  double interval_ms, spin_pause_ms, seconds;
  int server_cpu, client_cpu;
  std::string server;
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
  plan.server = arguments.text("--server", "inlet_server");
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

struct Totals {
  uint64_t wrong_bytes = 0;
  uint64_t failures = 0;
};

void print_head() {
  std::printf("%-22s %8s %8s %9s %9s %9s %8s %10s %6s %8s %6s\n", "phase", "pings", "p50 us", "p99 us", "p99.9 us",
              "max us", "skipped", "p99.9 due", "wrong", "threads", "peak");
}

void run_phase(const char* name, PingEngine& engine, double seconds, pid_t server, ThreadWatch& watch, Totals& totals) {
  watch.take_peak();
  const uint64_t cpu_from_ns = cpu_ns_of(server);
  const PingResult result = engine.run(seconds);
  const double server_cpu_percent = static_cast<double>(cpu_ns_of(server) - cpu_from_ns) / seconds / 1e7;
  const size_t threads = threads_of(server);
  std::printf("%-22s %8llu %8.1f %9.1f %9.1f %9.1f %8llu %10.1f %6llu %8zu %6zu\n", name,
              static_cast<unsigned long long>(result.pings), result.latency.percentile_us(0.5),
              result.latency.percentile_us(0.99), result.latency.percentile_us(0.999), result.latency.max_us(),
              static_cast<unsigned long long>(result.skipped), result.latency_due.percentile_us(0.999),
              static_cast<unsigned long long>(result.wrong_bytes), threads, std::max(threads, watch.take_peak()));
  std::printf("#   server CPU %.0f %%", server_cpu_percent);
  if (result.blocked_latency.count() > 0) {
    std::printf("; blocking clients: %llu echoes, p50 %.0f ms, max %.0f ms",
                static_cast<unsigned long long>(result.blocked_latency.count()),
                result.blocked_latency.percentile_us(0.5) / 1000, result.blocked_latency.max_us() / 1000);
  }
  std::printf("\n");
  std::fflush(stdout);
  totals.wrong_bytes += result.wrong_bytes;
  totals.failures += result.failures;
}

int run(const Plan& plan) {
  Child server(
      {plan.server, "--blockers", "--shards", std::to_string(plan.shards), "--cpu", std::to_string(plan.server_cpu)});
  const uint16_t port = server.wait_for_port();
  const pid_t pid = server.pid();
  pin_to_cpu(plan.client_cpu);
  Totals totals;
  size_t missing = 0;
  {
    ThreadWatch watch(pid);
    PingEngine engine(port, plan.pingers, plan.interval_ms, 64);
    std::printf("%u clients ping 64 bytes every %.0f ms; server with %u shard(s) on CPU %d, client on CPU %d\n",
                plan.pingers, plan.interval_ms, plan.shards, plan.server_cpu, plan.client_cpu);
    print_head();
    engine.run(0.5);  // warm-up
    run_phase("quiet", engine, plan.seconds, pid, watch, totals);
    if (plan.spinners > 0) {
      ForeignSpinners foreign(plan.spinners, plan.server_cpu);
      run_phase("control: foreign spin", engine, plan.seconds, pid, watch, totals);
    }
    engine.add_blockers('S', plan.sleepers, 0);
    engine.add_blockers('L', plan.waiters, 0);
    run_phase("sleepers: arriving", engine, 1, pid, watch, totals);
    run_phase("sleepers: steady", engine, plan.seconds, pid, watch, totals);
    if (plan.spinners > 0) {
      engine.add_blockers('C', plan.spinners, plan.spin_pause_ms);
      run_phase("spinners: arriving", engine, 1, pid, watch, totals);
      run_phase("spinners: steady", engine, plan.seconds, pid, watch, totals);
    }
    missing = engine.settle();
  }
  const int status = server.end(SIGTERM);
  std::printf("wrong_bytes=%llu\nlost_pings=%zu\nfailures=%llu\nserver_exit=%d\n",
              static_cast<unsigned long long>(totals.wrong_bytes), missing,
              static_cast<unsigned long long>(totals.failures), status);
  return totals.wrong_bytes == 0 && missing == 0 && totals.failures == 0 && status == 0 ? 0 : 1;
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  try {
    return inlet::bench::run(inlet::bench::plan_from(inlet::bench::Arguments(argc, argv)));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "blockers: %s\n", failure.what());
    return 2;
  }
}
