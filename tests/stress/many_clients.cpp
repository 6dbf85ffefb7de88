// Many clients at once: every byte of every client comes back right, and every client has its events, each once.
//
//   many_clients [--clients 5000] [--messages 100] [--seed 1]
//
// The clients live in a process of their own (ClientFarm). Messages have a random size of 1..512 bytes; a random half
// of them is sent in two parts. Also printed: what an idle connection costs this process. Returns  0 when every check
// held.
#include <cswsock10.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <thread>

#include "checks.h"
#include "client_farm.h"
#include "e2e/arguments.h"
#include "e2e/loopback.h"
#include "e2e/process_facts.h"
#include "echo_server.h"

namespace inlet::stress {
namespace {

struct Plan {
  uint32_t clients;
  uint32_t messages;
  uint64_t seed;
};

void print_growth(const char* what, const bench::Memory& before, uint32_t clients) {
  const bench::Memory now = bench::memory_of(getpid());
  const auto growth = [clients](uint64_t after, uint64_t from) {
    return (static_cast<double>(after) - static_cast<double>(from)) / clients;
  };
  std::printf("%s: VmRSS %+.0f, Private_Dirty %+.0f bytes per connection; %zu threads\n", what,
              growth(now.resident_bytes, before.resident_bytes),
              growth(now.private_dirty_bytes, before.private_dirty_bytes), bench::own_threads());
}

void check_exchange(Checks& checks, const FarmReport& report, const EchoServer& server, const Plan& plan) {
  checks.equal(report.messages, static_cast<uint64_t>(plan.clients) * plan.messages, "messages echoed");
  checks.equal(report.wrong_bytes, 0, "wrong bytes");
  checks.equal(report.lost_bytes, 0, "lost bytes");
  checks.equal(report.ended, 0, "connections the server ended");
  // A callback counts after its write, when the client may already have the last bytes.
  wait_until(5'000, [&] { return server.echoed_bytes() == report.sent_bytes; });
  checks.equal(server.echoed_bytes(), report.sent_bytes, "bytes the server says it echoed");
}

void check_events(Checks& checks, EchoServer& server, uint32_t clients) {
  EventLedger& ledger = server.ledger();
  checks.equal(ledger.connects(), clients, "INET_EVENT_CONNECT");
  checks.equal(ledger.disconnects(), clients, "INET_EVENT_DISCONNECT");
  checks.equal(ledger.starts(), 1, "INET_EVENT_START");
  checks.equal(ledger.stops(), 1, "INET_EVENT_STOP");
  checks.equal(ledger.errors(), 0, "INET_EVENT_ERROR");
  checks.equal(ledger.violations(), 0, "broken promises about events (" + ledger.first_violation() + ")");
}

void run_server(Checks& checks, ClientFarm& farm, const Plan& plan) {
  EchoServer server;
  const auto port = static_cast<uint16_t>(bench::free_port());
  if (!checks.is_true(server.start(port), "the server starts")) return;
  const bench::Memory before = bench::memory_of(getpid());
  const FarmReport opened = farm.carry_out({FarmOrderKind::connect, port, plan.clients, 0, plan.seed});
  checks.equal(opened.connected, plan.clients, "connections");
  checks.is_true(wait_until(30'000, [&] { return server.ledger().connects() == plan.clients; }),
                 "every CONNECT arrives");
  print_growth("idle", before, plan.clients);
  const uint64_t from_ns = bench::now_ns();
  const FarmReport spoken = farm.carry_out({FarmOrderKind::exchange, port, 0, plan.messages, 0});
  std::printf("%llu messages, %llu bytes in %.2f s\n", static_cast<unsigned long long>(spoken.messages),
              static_cast<unsigned long long>(spoken.sent_bytes), static_cast<double>(bench::now_ns() - from_ns) / 1e9);
  check_exchange(checks, spoken, server, plan);
  print_growth("after the exchange", before, plan.clients);
  farm.carry_out({FarmOrderKind::close, port, 0, 0, 0});
  checks.is_true(wait_until(30'000, [&] { return server.ledger().disconnects() == plan.clients; }),
                 "every DISCONNECT arrives");
  print_growth("after all have gone", before, plan.clients);
  checks.is_true(InetServerStop(server.handle()), "the server stops");
  check_events(checks, server, plan.clients);
}

int run(const Plan& plan) {
  ClientFarm farm;
  std::thread([] {}).join();  // what the C library and a sanitizer make at the first thread counts as there before
  Checks checks;
  const size_t descriptors = bench::own_descriptors();
  const size_t threads = bench::own_threads();
  checks.is_true(InetInitialize(nullptr, nullptr), "InetInitialize");
  run_server(checks, farm, plan);
  InetUninitialize();
  checks.is_true(wait_until(2'000, [&] { return bench::own_threads() == threads; }),
                 "threads are back to " + std::to_string(threads) + ", not " + std::to_string(bench::own_threads()));
  checks.equal(bench::own_descriptors(), descriptors, "descriptors open at the end");
  return checks.verdict("many_clients");
}

}  // namespace
}  // namespace inlet::stress

int main(int argc, char** argv) {
  try {
    inlet::bench::Arguments arguments(argc, argv);
    const inlet::stress::Plan plan{static_cast<uint32_t>(arguments.number("--clients", 5000, 1, 19000)),
                                   static_cast<uint32_t>(arguments.number("--messages", 100, 1, 1'000'000)),
                                   static_cast<uint64_t>(arguments.number("--seed", 1, 0, 1LL << 40))};
    arguments.finish();
    return inlet::stress::run(plan);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "many_clients: %s\n", failure.what());
    return 2;
  }
}
