// InetServerStop in the middle of traffic, from outside and from inside callbacks: nothing is left, nothing comes after
// it.
//
//   stop_under_fire [--clients 2000] [--cycles 200] [--seed 1] [--only RUN]
//
// Runs, each with all clients pinging until they are ended:
//   outside  the main thread stops the server
//   inside   one callback stops it; INET_EVENT_STOP says when it is complete
//   all      every callback and the main thread stop it at the same time
//   blocked  the main thread stops it while one callback in eight waits in InetRead
//   storm    the main thread stops it while clients still arrive
// After each: one DISCONNECT per CONNECT, nothing after STOP, the same port binds again at once, and descriptors and
// threads are what they were. Then many short start and stop cycles. Returns  0 when every check held.
#include <cswsock10.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include "checks.h"
#include "client_farm.h"
#include "e2e/arguments.h"
#include "e2e/loopback.h"
#include "e2e/process_facts.h"
#include "echo_server.h"

namespace inlet::stress {
namespace {

constexpr uint64_t kStop_ms = 35'000;  // InetServerStop itself gives up waiting after 30 seconds
constexpr uint64_t kTraffic_ms = 60'000;

struct Plan {
  uint32_t clients;
  uint32_t cycles;
  uint64_t seed;
  std::string only;  // empty: all runs
};

enum class Way { outside, inside, all, blocked, storm };

const char* name_of(Way way) {
  switch (way) {
    case Way::outside: return "outside";
    case Way::inside: return "inside";
    case Way::all: return "all";
    case Way::blocked: return "blocked";
    case Way::storm: return "storm";
  }
  return "?";
}

// Threads and descriptors before and after: made before InetInitialize, asked after InetUninitialize.
class Footprint {
 public:
  Footprint() : descriptors_(bench::own_descriptors()), threads_(bench::own_threads()) {}

  void check_same(Checks& checks, const std::string& where) const {
    // A joined thread leaves /proc a moment after the join.
    wait_until(2'000, [this] { return bench::own_threads() == threads_; });
    checks.equal(bench::own_threads(), threads_, where + ": threads after InetUninitialize");
    checks.equal(bench::own_descriptors(), descriptors_, where + ": descriptors after InetUninitialize");
  }

 private:
  size_t descriptors_;
  size_t threads_;
};

class StopRun {
 public:
  StopRun(Checks& checks, ClientFarm& farm, Way way, uint32_t clients, uint64_t seed)
      : checks_(checks), farm_(farm), way_(way), clients_(clients), seed_(seed), where_(name_of(way)) {}

  // Starts a server, lets the farm fire at it, and stops it.
  void run() {
    port_ = bench::free_port();
    if (way_ == Way::blocked) server_.block_one_in(8);
    if (!checks_.is_true(server_.start(port_), where_ + ": the server starts")) return;
    begin_traffic();
    const uint64_t from_ns = bench::now_ns();
    stop();
    stop_ms_ = static_cast<double>(bench::now_ns() - from_ns) / 1e6;
    const uint64_t events_at_stop = ledger().events();
    check_ledger();
    check_rebind();
    check_clients(farm_.report());
    checks_.equal(ledger().events(), events_at_stop, where_ + ": events after the stop was complete");
    check_dead_handle();
  }

  void print() {
    std::printf(
        "%-8s %5u clients: stopped in %7.1f ms; %llu CONNECT, %llu DISCONNECT, %llu reads; %llu stops called, %llu "
        "accepted, slowest %.1f ms; %llu waits canceled, %llu reads too late\n",
        where_.c_str(), clients_, stop_ms_, number(ledger().connects()), number(ledger().disconnects()),
        number(ledger().reads()), number(server_.stops_called()), number(server_.stops_accepted()),
        static_cast<double>(server_.slowest_stop_ns()) / 1e6, number(server_.canceled()), number(server_.too_late()));
    std::fflush(stdout);
  }

 private:
  static unsigned long long number(uint64_t value) { return value; }
  EventLedger& ledger() { return server_.ledger(); }

  void begin_traffic() {
    if (way_ == Way::storm) {
      farm_.order({FarmOrderKind::storm, port_, clients_, 0, seed_});
      const bool half = wait_until(kTraffic_ms, [this] { return ledger().connects() >= clients_ / 2; });
      checks_.is_true(half, where_ + ": half of the clients arrive");
      return;
    }
    const FarmReport opened = farm_.carry_out({FarmOrderKind::connect, port_, clients_, 0, seed_});
    checks_.equal(opened.connected, clients_, where_ + ": connections");
    checks_.is_true(wait_until(kTraffic_ms, [this] { return ledger().connects() == clients_; }),
                    where_ + ": every CONNECT arrives");
    if (way_ == Way::inside || way_ == Way::all) server_.stop_inside(3ULL * clients_, way_ == Way::all);
    farm_.order({FarmOrderKind::fire, port_, 0, 0, 0});
    checks_.is_true(wait_until(kTraffic_ms, [this] { return ledger().reads() >= 3ULL * clients_; }),
                    where_ + ": traffic flows");
  }

  void stop() {
    if (way_ == Way::inside || way_ == Way::all) {
      if (way_ == Way::all) InetServerStop(server_.handle());  // it may have ended before this: either answer is right
      checks_.is_true(wait_until(kStop_ms, [this] { return ledger().stops() != 0; }), where_ + ": STOP arrives");
      checks_.is_true(server_.stops_accepted() >= 1, where_ + ": InetServerStop succeeds in a callback");
      // From a callback it must only start the stop. A second is far beyond what that takes, even on a busy machine.
      checks_.is_true(server_.slowest_stop_ns() < bench::kNsPerSecond, where_ + ": InetServerStop returns at once");
      return;
    }
    checks_.is_true(InetServerStop(server_.handle()), where_ + ": InetServerStop succeeds");
  }

  void check_ledger() {
    checks_.equal(ledger().disconnects(), ledger().connects(), where_ + ": DISCONNECT per CONNECT");
    checks_.equal(ledger().starts(), 1, where_ + ": START");
    checks_.equal(ledger().stops(), 1, where_ + ": STOP");
    checks_.equal(ledger().errors(), 0, where_ + ": ERROR");
    checks_.equal(ledger().violations(), 0,
                  where_ + ": broken promises about events (" + ledger().first_violation() + ")");
    if (way_ == Way::blocked) {
      checks_.equal(server_.blocked(), 0, where_ + ": callbacks that still wait");
      checks_.equal(server_.other_ends(), 0,
                    where_ + ": waits that ended otherwise than canceled (the last with " +
                        std::to_string(server_.last_other_end()) + ")");
      checks_.is_true(server_.canceled() > 0, where_ + ": callbacks were waiting");
    }
  }

  void check_clients(const FarmReport& report) {
    checks_.equal(report.wrong_bytes, 0, where_ + ": wrong bytes");
    checks_.equal(report.still_open, 0, where_ + ": connections left open by the server");
    if (way_ != Way::storm) checks_.equal(report.ended, clients_, where_ + ": connections ended");
  }

  void check_rebind() {
    EchoServer again;
    if (!checks_.is_true(again.start(port_), where_ + ": the same port binds again")) return;
    {
      const auto client = bench::connect_loopback(port_);
      // In a storm, clients that were still on their way come here too.
      checks_.is_true(wait_until(10'000, [&] { return again.ledger().connects() >= 1; }),
                      where_ + ": the new server accepts");
    }
    checks_.is_true(InetServerStop(again.handle()), where_ + ": the new server stops");
    checks_.equal(again.ledger().disconnects(), again.ledger().connects(),
                  where_ + ": DISCONNECT per CONNECT, new server");
    checks_.equal(again.ledger().violations(), 0, where_ + ": broken promises of the new server");
  }

  // From a callback the handle dies a moment after STOP: the server thread still has to end.
  void check_dead_handle() {
    const auto dead = [this] {
      return InetServerStop(server_.handle()) == FALSE && InetGetLastError() == ST_ERROR_INVALID_HANDLE;
    };
    checks_.is_true(wait_until(5'000, dead), where_ + ": the handle is dead after the stop");
  }

  Checks& checks_;
  ClientFarm& farm_;
  Way way_;
  uint32_t clients_;
  uint64_t seed_;
  std::string where_;
  EchoServer server_;
  uint16_t port_ = 0;
  double stop_ms_ = 0;
};

void one_run(Checks& checks, ClientFarm& farm, Way way, const Plan& plan) {
  const Footprint before;
  checks.is_true(InetInitialize(nullptr, nullptr), "InetInitialize");
  {
    StopRun run(checks, farm, way, plan.clients, plan.seed);
    run.run();
    run.print();
    InetUninitialize();
  }
  before.check_same(checks, name_of(way));
}

// A few clients, stopped from outside and from inside in turn. Every cycle must leave nothing behind.
void run_cycles(Checks& checks, ClientFarm& farm, const Plan& plan) {
  const uint64_t from_ns = bench::now_ns();
  double slowest_ms = 0;
  for (uint32_t i = 0; i < plan.cycles; ++i) {
    const uint64_t cycle_from_ns = bench::now_ns();
    const Footprint before;
    checks.is_true(InetInitialize(nullptr, nullptr), "InetInitialize");
    StopRun run(checks, farm, i % 2 == 0 ? Way::outside : Way::inside, 4, plan.seed + i);
    run.run();
    InetUninitialize();
    before.check_same(checks, "cycle " + std::to_string(i));
    slowest_ms = std::max(slowest_ms, static_cast<double>(bench::now_ns() - cycle_from_ns) / 1e6);
  }
  std::printf("%u cycles in %.2f s, slowest %.1f ms\n", plan.cycles,
              static_cast<double>(bench::now_ns() - from_ns) / 1e9, slowest_ms);
}

int run(const Plan& plan) {
  ClientFarm farm;
  std::thread([] {}).join();  // what the C library and a sanitizer make at the first thread counts as there before
  Checks checks;
  for (const Way way : {Way::outside, Way::inside, Way::all, Way::blocked, Way::storm})
    one_run(checks, farm, way, plan);
  run_cycles(checks, farm, plan);
  return checks.verdict("stop_under_fire");
}

}  // namespace
}  // namespace inlet::stress

int main(int argc, char** argv) {
  try {
    inlet::bench::Arguments arguments(argc, argv);
    const inlet::stress::Plan plan{static_cast<uint32_t>(arguments.number("--clients", 2000, 8, 19000)),
                                   static_cast<uint32_t>(arguments.number("--cycles", 200, 0, 100'000)),
                                   static_cast<uint64_t>(arguments.number("--seed", 1, 0, 1LL << 40)),
                                   arguments.text("--only", "")};
    arguments.finish();
    return inlet::stress::run(plan);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "stop_under_fire: %s\n", failure.what());
    return 2;
  }
}
