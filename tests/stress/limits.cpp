// The limits of a server under a thousand connects at the same moment: never exceeded by even one, and nobody is lost.
//
//   limits [--clients 1000] [--rounds 5] [--churn-ms 3000]
//
// Runs, each in rounds of their own servers
//   total     nMaxClients: exactly so many are let in
//   address   ten clients from each address, three are allowed: exactly three from each
//   subnet    the same for IPv6, where a network of 64 bits is one address; in a network of our own with a hundred of them, or where
//             that takes a privilege that is missing, on ::1
//   both      whichever limit is reached first
//   lowering  the limit falls to a quarter while all are there: nobody is dropped, and nobody comes in until fewer are there
//   churn     clients come and are ended, again and again, while the limits change at random below fixed bounds
//   rate      no accept comes before the spacing allows it
//
// Callbacks count who is there: from CONNECT until this program ends a client, or DISCONNECT. The library counts a client no more
// as soon as its end begins, so here it is always the server that begins it, after having counted down itself.
// After every run: served + refused = attempted, by the clients' own count.
//
// Returns  0 when every check held.
#include <cswsock10.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <random>
#include <thread>

#include "checks.h"
#include "counting_server.h"
#include "e2e/arguments.h"
#include "knockers.h"

namespace inlet::stress {
namespace {

struct Plan {
  uint32_t clients;
  uint32_t rounds;
  uint32_t churn_ms;
};

constexpr uint32_t kPerAddress = 3;
constexpr uint32_t kFromEach = 10;  // clients of one address

class Limits {
 public:
  explicit Limits(const Plan& plan) : plan_(plan) {}

  int run() {
    for (uint32_t round = 0; round < plan_.rounds; ++round) {
      knock("total", {plan_.clients / 4, 0}, Knockers::one_ipv4(), plan_.clients / 4);
      const uint32_t addresses = plan_.clients / kFromEach;
      knock("address", {0, kPerAddress}, Knockers::many_ipv4(addresses), kPerAddress * addresses);
      knock("both", {plan_.clients / 5, kPerAddress}, Knockers::many_ipv4(addresses), plan_.clients / 5);
    }
    lower();
    churn();
    keep_the_rate();
    knock_by_subnet();  // last: from here on this thread lives in another network
    return checks_.verdict("limits");
  }

 private:
  // All at once; exactly as many as expected are let in.
  void knock(const std::string& name, Bounds bounds, const Knockers& from, uint32_t expected) {
    InetInitialize(nullptr, nullptr);
    {
      CountingServer server(from.server_host(), bounds, 0);
      if (checks_.is_true(server.is_running(), name + ": the server starts")) {
        KnockResult result = from.knock(server.port(), plan_.clients);
        check(name, server, result, expected, plan_.clients);
      }
    }
    InetUninitialize();
  }

  void check(const std::string& name, CountingServer& server, const KnockResult& result, uint32_t expected,
             uint32_t attempted) {
    checks_.equal(result.served.size(), expected, name + ": served");
    checks_.equal(result.served.size() + result.refused, attempted, name + ": served and refused");
    checks_.equal(server.connects(), expected, name + ": CONNECT");
    checks_.equal(server.accepts(), attempted, name + ": ACCEPT");
    checks_.equal(server.exceeded(), 0, name + ": times that a limit was exceeded");
    checks_.equal(server.disconnects(), 0, name + ": clients dropped");
  }

  void lower() {
    InetInitialize(nullptr, nullptr);
    {
      const uint32_t quarter = plan_.clients / 4;
      CountingServer server("127.0.0.1", {plan_.clients, 0}, 0);
      const Knockers knockers = Knockers::one_ipv4();
      KnockResult there = knockers.knock(server.port(), plan_.clients);
      checks_.equal(there.served.size(), plan_.clients, "lowering: all come in");
      checks_.is_true(InetServerThrottle(server.handle(), quarter, INET_THROTTLE_KEEP, INET_THROTTLE_KEEP), "lowering");
      checks_.equal(knockers.knock(server.port(), 50).served.size(), 0, "lowering: let in above the limit");
      checks_.equal(server.disconnects(), 0, "lowering: clients dropped");
      server.end_all_but(quarter);
      checks_.equal(knockers.knock(server.port(), 50).served.size(), 0, "lowering: let in at the limit");
      server.end_all_but(quarter - 1);
      const KnockResult last = knockers.knock(server.port(), 50);
      checks_.equal(last.served.size(), 1, "lowering: let in when one has gone");
      checks_.equal(last.refused, 49, "lowering: refused again");
      checks_.equal(server.connects(), plan_.clients + 1, "lowering: CONNECT");
    }
    InetUninitialize();
  }

  // The bounds are the most that any of the changing limits allows.
  void churn() {
    InetInitialize(nullptr, nullptr);
    {
      const Bounds bounds{40, 4};
      CountingServer server("127.0.0.1", bounds, 0);
      server.end_at_first_byte();
      std::atomic<bool> going{true};
      std::thread changer([&] {
        for (std::mt19937 random(1); going; bench::sleep_ms(1))
          InetServerThrottle(server.handle(), 1 + random() % bounds.total, 1 + random() % bounds.per_address, 0);
      });
      const ChurnResult result = Knockers::many_ipv4(20).churn(server.port(), 60, plan_.churn_ms);
      going = false;
      changer.join();
      std::printf("churn: %llu attempts, %llu served, %llu refused; at most %u at a time\n", result.attempted,
                  result.served, result.refused, server.most());
      checks_.is_true(result.served > 100 && result.refused > 100, "churn: both happen");
      checks_.equal(result.served + result.refused, result.attempted, "churn: served and refused");
      checks_.equal(server.connects(), result.served, "churn: CONNECT");
      checks_.equal(server.accepts(), result.attempted, "churn: ACCEPT");
      checks_.equal(server.exceeded(), 0, "churn: times that a limit was exceeded");
      checks_.is_true(wait_until(10'000, [&] { return server.disconnects() == server.connects(); }),
                      "churn: DISCONNECT for each CONNECT");
    }
    InetUninitialize();
  }

  // Milliseconds of the library's clock are rounded down, hence one less for each.
  void keep_the_rate() {
    constexpr uint32_t kSpacing_ms = 20, kCount = 40;
    InetInitialize(nullptr, nullptr);
    {
      CountingServer server("127.0.0.1", {0, 0}, kSpacing_ms);
      const uint64_t from_ns = bench::now_ns();
      const KnockResult result = Knockers::one_ipv4().knock(server.port(), kCount);
      checks_.equal(result.served.size(), kCount, "rate: served");
      const auto times_ns = server.accept_times_ns();
      for (size_t i = 0; i < times_ns.size(); ++i)
        checks_.is_true(times_ns[i] >= from_ns + i * (kSpacing_ms - 1) * bench::kNsPerMs, "rate: too early");
    }
    InetUninitialize();
  }

  void knock_by_subnet() {
    const uint32_t networks = plan_.clients / kFromEach;
    if (Knockers::enter_ipv6_networks(networks, kFromEach)) {
      knock("subnet", {0, kPerAddress}, Knockers::many_ipv6(networks, kFromEach), kPerAddress * networks);
      return;
    }
    std::printf("subnet: no network of our own, so on ::1\n");
    knock("subnet", {0, kPerAddress}, Knockers::one_ipv6(), kPerAddress);
  }

  const Plan plan_;
  Checks checks_;
};

}  // namespace
}  // namespace inlet::stress

int main(int argc, char** argv) {
  try {
    inlet::bench::Arguments arguments(argc, argv);
    const inlet::stress::Plan plan{static_cast<uint32_t>(arguments.number("--clients", 1000, 100, 5000)),
                                   static_cast<uint32_t>(arguments.number("--rounds", 5, 1, 1000)),
                                   static_cast<uint32_t>(arguments.number("--churn-ms", 3000, 100, 600'000))};
    arguments.finish();
    return inlet::stress::Limits(plan).run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "limits: %s\n", failure.what());
    return 2;
  }
}
