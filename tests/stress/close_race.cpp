// Close against send, recv, accept and select: no operation ever reaches a socket that is not the one it was told.
//
//   close_race [--operations 10000000] [--threads 8] [--seed 1] [--self-test]
//
// The threads share sockets, close them, and open others in their places all the time; the kernel gives the same descriptor
// numbers again at once. Some of the handles are duplicates. A thread goes on using a socket for a while after another thread has closed it. What tells:
//   bytes       every byte on a connection is one that no other living connection uses
//   listeners   an accepted connection has the port of its listener
//   closed      what was closed before the operation began answers WSAENOTSOCK, and nothing else
//   open        what nobody has closed does not
//   quiet       a datagram socket to which nobody sends is not readable
// With --self-test the threads use closed sockets as if handles had no generation, and the program fails unless it notices.
// Returns  0 when every check held.
#include <winsock2.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "checks.h"
#include "e2e/arguments.h"
#include "race_worker.h"

namespace inlet::stress {
namespace {

struct Plan {
  uint64_t operations;
  unsigned threads;
  uint64_t seed;
  bool self_test;
};

Findings sum_of(const std::vector<std::unique_ptr<RaceWorker>>& workers) {
  Findings sum;
  for (const auto& worker : workers) {
    const Findings& one = worker->findings();
    for (size_t i = 0; i < kWrongs; ++i) sum.wrong[i] += one.wrong[i];
    for (size_t i = 0; i < 3; ++i) sum.by_age[i] += one.by_age[i];
    sum.operations += one.operations;
    sum.sent_bytes += one.sent_bytes;
    sum.received_bytes += one.received_bytes;
    sum.accepted += one.accepted;
    sum.selects += one.selects;
    sum.replaced += one.replaced;
    sum.misused += one.misused;
  }
  return sum;
}

unsigned long long number(uint64_t value) {
  return value;
}

void print(const Findings& found, double seconds) {
  std::printf(
      "%llu operations in %.1f s: %llu slots closed and opened again, %llu connections accepted, %llu selects\n",
      number(found.operations), seconds, number(found.replaced), number(found.accepted), number(found.selects));
  std::printf("%llu bytes sent, %llu received; sockets used while open %llu, while closing %llu, when closed %llu\n",
              number(found.sent_bytes), number(found.received_bytes), number(found.by_age[0]), number(found.by_age[1]),
              number(found.by_age[2]));
}

void check(Checks& checks, const Findings& found) {
  for (size_t i = 0; i < kWrongs; ++i) checks.equal(found.wrong[i], 0, text_of(static_cast<Wrong>(i)));
  checks.is_true(found.received_bytes > 0 && found.accepted > 0, "data and connections arrive");
  checks.is_true(found.by_age[1] > 0 && found.by_age[2] > 0, "sockets are used while they are closed, and after");
}

// Each of these must have been noticed at least once; the sockets that nobody sends to have too few neighbours to be sure.
void check_self_test(Checks& checks, const Findings& found) {
  checks.is_true(found.misused > 0, "closed sockets are misused");
  for (const Wrong wrong : {Wrong::byte, Wrong::accepted, Wrong::answered}) {
    std::printf("noticed: %s, %llu times\n", text_of(wrong), number(found.wrong[static_cast<size_t>(wrong)]));
    checks.is_true(found.wrong[static_cast<size_t>(wrong)] > 0, std::string("not noticed: ") + text_of(wrong));
  }
}

void race(Checks& checks, const Plan& plan) {
  Slots slots;
  std::vector<std::unique_ptr<RaceWorker>> workers;
  for (unsigned i = 0; i < plan.threads; ++i)
    workers.push_back(std::make_unique<RaceWorker>(slots, plan.seed * 1000 + i, plan.self_test));
  for (Slot& slot : slots.all) workers[0]->open(slot);
  const uint64_t from_ns = bench::now_ns();
  std::vector<std::thread> threads;
  for (auto& worker : workers) threads.emplace_back([&worker, &plan] { worker->run(plan.operations / plan.threads); });
  for (std::thread& thread : threads) thread.join();
  const double seconds = static_cast<double>(bench::now_ns() - from_ns) / 1e9;
  for (Slot& slot : slots.all) workers[0]->close(slot);
  const Findings found = sum_of(workers);
  print(found, seconds);
  plan.self_test ? check_self_test(checks, found) : check(checks, found);
}

int run(const Plan& plan) {
  WSADATA data{};
  if (::WSAStartup(0x0202, &data) != 0) return 1;
  Checks checks;
  race(checks, plan);
  checks.equal(static_cast<uint64_t>(::WSACleanup()), 0, "WSACleanup");
  return checks.verdict("close_race");
}

}  // namespace
}  // namespace inlet::stress

int main(int argc, char** argv) {
  try {
    inlet::bench::Arguments arguments(argc, argv);
    const inlet::stress::Plan plan{static_cast<uint64_t>(arguments.number("--operations", 10'000'000, 1, 1LL << 40)),
                                   static_cast<unsigned>(arguments.number("--threads", 8, 1, 256)),
                                   static_cast<uint64_t>(arguments.number("--seed", 1, 0, 1LL << 40)),
                                   arguments.flag("--self-test")};
    arguments.finish();
    return inlet::stress::run(plan);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "close_race: %s\n", failure.what());
    return 2;
  }
}
