// Priorities act: two groups of clients that saturate one processor, each group at a server of its own.
//
//   priorities [--rounds 15] [--clients 50] [--measured-ms 700] [--work-us 0] [--p99-percent 20]
//
// The server's process stays on the first processor it may use, the clients' on the last. Each round measures each pair once, so
// what else the machine does falls on all of them, and a pair's two sides always run at the same time.
//
//   equal      NORMAL beside NORMAL: the throughputs are within 10 % of each other
//   high       HIGH beside NORMAL: at least 1.5 times the throughput
//   critical   CRITICAL beside BACKGROUND: its p99 is at most a fifth
//   run time   NORMAL beside NORMAL, and InetSetServerPriority makes one HIGH before its clients come, or
//              InetSetClientPriority does for each client: at least 1.5 times
//
// The median over the rounds counts, and the spread is printed.
// Returns  0 when every check held.
#include <cswsock10.h>
#include <sched.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "checks.h"
#include "e2e/arguments.h"
#include "e2e/loopback.h"
#include "e2e/paired.h"
#include "e2e/process_facts.h"
#include "press.h"

namespace inlet::stress {
namespace {

struct Plan {
  unsigned rounds;
  uint32_t clients;
  uint32_t measured_ms;
  uint64_t work_ns;
  uint32_t p99_percent;  // of BACKGROUND's that CRITICAL's may be; 0: only its throughput is looked at
};

// How a group comes to its priority.
enum class Way { start, server, client };

struct Side {
  UINT priority;
  Way way = Way::start;
};

// An echo that computes for a while before it answers.
class PriorityServer {
 public:
  PriorityServer(Side side, uint64_t work_ns) : side_(side), work_ns_(work_ns), port_(bench::free_port()) {
    const UINT priority = side.way == Way::start ? side.priority : INET_PRIORITY_NORMAL;
    handle_ = InetServerStart("127.0.0.1", port_, 0, 0, 0, priority, INET_OPTION_REUSEADDRESS | INET_OPTION_NODELAY,
                              &PriorityServer::on_event, reinterpret_cast<DWORD_PTR>(this), nullptr);
    if (side.way == Way::server) InetSetServerPriority(handle_, static_cast<INT>(side.priority));
  }
  ~PriorityServer() { InetServerStop(handle_); }
  PriorityServer(const PriorityServer&) = delete;

  uint16_t port() const { return port_; }
  bool is_running() const { return handle_ != INVALID_SOCKET; }

 private:
  static VOID CALLBACK on_event(SOCKET handle, UINT event, DWORD, DWORD_PTR parameter) {
    auto& self = *reinterpret_cast<PriorityServer*>(parameter);
    if (event == INET_EVENT_CONNECT && self.side_.way == Way::client)
      InetSetClientPriority(handle, static_cast<INT>(self.side_.priority));
    if (event != INET_EVENT_READ) return;
    BYTE bytes[512];
    const INT got = InetRead(handle, bytes, sizeof bytes);
    if (got <= 0) return;
    if (self.work_ns_ != 0)
      for (const uint64_t until_ns = bench::now_ns() + self.work_ns_; bench::now_ns() < until_ns;) {
      }
    InetWrite(handle, bytes, got);
  }

  const Side side_;
  const uint64_t work_ns_;
  const uint16_t port_;
  SOCKET handle_;
};

// One comparison, and what its rounds gave.
struct Pair {
  const char* name;
  Side first, second;
  std::vector<double> throughput, p99;  // first by second
  GroupFigures last[2] = {};
  uint64_t failures = 0;

  void measure(Press& press, const Plan& plan) {
    const PriorityServer one(first, plan.work_ns), other(second, plan.work_ns);
    const PressReport report =
        press.carry_out({{one.port(), other.port()}, plan.clients, plan.measured_ms / 4, plan.measured_ms});
    failures += report.failures;
    last[0] = report.groups[0], last[1] = report.groups[1];
    throughput.push_back(static_cast<double>(last[0].messages) / static_cast<double>(last[1].messages + 1));
    p99.push_back(last[0].p99_us / last[1].p99_us);
  }

  void print() const {
    std::printf(
        "%-22s throughput %6.3f (%.3f .. %.3f) | p99 %6.3f (%.3f .. %.3f) | last %llu and %llu messages, p99 %.0f and "
        "%.0f us\n",
        name, bench::median(throughput), bench::at(throughput, 0.1), bench::at(throughput, 0.9), bench::median(p99),
        bench::at(p99, 0.1), bench::at(p99, 0.9), static_cast<unsigned long long>(last[0].messages),
        static_cast<unsigned long long>(last[1].messages), last[0].p99_us, last[1].p99_us);
  }
};

// The first and the last processor of those this process may use; the same one when there is only one.
std::pair<int, int> processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  bench::checked(sched_getaffinity(0, sizeof set, &set), "sched_getaffinity");
  int first = -1, last = -1;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(static_cast<size_t>(cpu), &set)) continue;
    if (first < 0) first = cpu;
    last = cpu;
  }
  return {first, last};
}

int run(const Plan& plan) {
  const auto [first, last] = processors();
  Press press(last);
  bench::pin_to_cpu(first);
  Checks checks;
  checks.is_true(InetInitialize(nullptr, nullptr), "InetInitialize");
  Pair equal{"equal", {INET_PRIORITY_NORMAL}, {INET_PRIORITY_NORMAL}, {}, {}};
  Pair high{"high", {INET_PRIORITY_HIGH}, {INET_PRIORITY_NORMAL}, {}, {}};
  Pair critical{"critical", {INET_PRIORITY_CRITICAL}, {INET_PRIORITY_BACKGROUND}, {}, {}};
  Pair server{"high, by server", {INET_PRIORITY_HIGH, Way::server}, {INET_PRIORITY_NORMAL}, {}, {}};
  Pair client{"high, by client", {INET_PRIORITY_HIGH, Way::client}, {INET_PRIORITY_NORMAL}, {}, {}};
  for (unsigned round = 0; round < plan.rounds; ++round)
    for (Pair* pair : {&equal, &high, &critical, &server, &client}) pair->measure(press, plan);
  for (Pair* pair : {&equal, &high, &critical, &server, &client}) {
    pair->print();
    checks.equal(pair->failures, 0, std::string(pair->name) + ": connections that failed");
  }
  const double even = bench::median(equal.throughput);
  checks.is_true(even > 1 / 1.1 && even < 1.1, "equal groups get throughputs within 10 %: " + std::to_string(even));
  for (const Pair* pair : {&high, &server, &client}) {
    const double ratio = bench::median(pair->throughput);
    checks.is_true(ratio >= 1.5, std::string(pair->name) + " gets 1.5 times the throughput: " + std::to_string(ratio));
  }
  const double p99 = bench::median(critical.p99);
  if (plan.p99_percent != 0)
    checks.is_true(p99 * 100 <= plan.p99_percent, "CRITICAL's p99 beside BACKGROUND's: " + std::to_string(p99));
  const double most = bench::median(critical.throughput);
  checks.is_true(most >= 1.5, "CRITICAL gets 1.5 times the throughput of BACKGROUND: " + std::to_string(most));
  InetUninitialize();
  return checks.verdict("priorities");
}

}  // namespace
}  // namespace inlet::stress

int main(int argc, char** argv) {
  try {
    inlet::bench::Arguments arguments(argc, argv);
    const inlet::stress::Plan plan{static_cast<unsigned>(arguments.number("--rounds", 15, 1, 1000)),
                                   static_cast<uint32_t>(arguments.number("--clients", 50, 1, 5000)),
                                   static_cast<uint32_t>(arguments.number("--measured-ms", 700, 10, 100'000)),
                                   static_cast<uint64_t>(arguments.number("--work-us", 0, 0, 100'000)) * 1000,
                                   static_cast<uint32_t>(arguments.number("--p99-percent", 20, 0, 100))};
    arguments.finish();
    return inlet::stress::run(plan);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "priorities: %s\n", failure.what());
    return 2;
  }
}
