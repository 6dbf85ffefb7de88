// Random sequences of everything that controls a server, under load: nothing hangs, nothing is lost, every count reconciles.
//
//   sequences [--sequences 1000] [--seed 1] [--only N] [--clients 12]
//
// Each sequence starts a server, lets clients come and go, and uses controls from two threads, in half of the sequences from
// callbacks too: suspend, resume, throttle, restart, lock, broadcast, priorities, lists, ends of clients. Then it opens the server to
// all and demands that a new client is served; and stops it in one of four ways, in the middle of traffic.
//
// After each
//   events   START once, STOP once and last, one DISCONNECT for each CONNECT, and what event_ledger.h watches
//   counts   every visit of a client has one end; ACCEPT is at least CONNECT and rejects; nobody was served who did not connect
//   bytes    every echo is right
//   answers  each control succeeds, or says what the documents say
//   left     no lock, no thread, no descriptor; the handle is dead and the port free
//
// A sequence that takes more than a minute is a hang: the program says which and what its threads are doing, and aborts.
// Returns  0 when every check held. A seed repeats the sequences, as far as threads repeat anything.
#include <cswsock10.h>
#include <dirent.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>

#include "checks.h"
#include "controlled_server.h"
#include "e2e/arguments.h"
#include "e2e/loopback.h"
#include "e2e/process_facts.h"
#include "steady_clients.h"

namespace inlet::stress {
namespace {

struct Plan {
  uint32_t sequences;
  uint64_t seed;
  int64_t only;
  unsigned clients;
};

// Aborts when it is not fed for a minute.
class HangWatch {
 public:
  HangWatch() : thread_([this] { watch(); }) {}
  ~HangWatch() {
    {
      const std::scoped_lock lock(mutex_);
      over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void now(uint32_t sequence, const char* step) {
    const std::scoped_lock lock(mutex_);
    sequence_ = sequence;
    step_ = step;
    since_ns_ = bench::now_ns();
  }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::seconds(1), [this] { return over_; }))
      if (bench::now_ns() - since_ns_ > 60 * bench::kNsPerSecond) give_up();
  }

  [[noreturn]] void give_up() {
    std::printf("HANGS: sequence %u in %s. Its threads:\n", sequence_, step_);
    if (DIR* folder = opendir("/proc/self/task")) {
      while (const dirent* entry = readdir(folder)) print_thread(entry->d_name);
      closedir(folder);
    }
    std::fflush(stdout);
    std::abort();
  }

  static void print_thread(const std::string& id) {
    if (id[0] == '.') return;
    for (const char* file : {"comm", "wchan", "syscall"}) {
      std::ifstream in("/proc/self/task/" + id + "/" + file);
      std::string line;
      std::getline(in, line);
      std::printf("%s  ", line.c_str());
    }
    std::printf("(%s)\n", id.c_str());
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  uint32_t sequence_ = 0;  // GUARDED_BY(mutex_), like what follows
  const char* step_ = "the beginning";
  uint64_t since_ns_ = bench::now_ns();
  bool over_ = false;
  std::thread thread_;
};

class Sequence {
 public:
  Sequence(Checks& checks, HangWatch& watch, const Plan& plan, uint32_t number)
      : checks_(checks),
        watch_(watch),
        number_(number),
        where_("sequence " + std::to_string(number)),
        random_(plan.seed * 1'000'003 + number),
        port_(bench::free_port()),
        server_(port_, random_(), number % 2 == 0 ? 0 : 20),
        clients_(plan.clients) {}

  void run() {
    if (!checks_.is_true(server_.is_running(), where_ + ": the server starts")) return;
    step("traffic and controls");
    SteadyClients clients(port_, clients_, random_());
    control();
    step("opening the server");
    open();
    step("the stop");
    stop();
    step("the end");
    clients.stop();
    check(clients.visits());
    echoed_ = clients.visits().echoed;
  }

  uint64_t echoed() const { return echoed_; }

 private:
  void step(const char* name) { watch_.now(number_, name); }

  // Two threads, so that controls meet each other.
  void control() {
    const uint64_t seed = random_();
    std::thread other([&] { use_some(seed); });
    use_some(random_());
    other.join();
  }

  void use_some(uint64_t seed) {
    std::mt19937_64 random(seed);
    for (uint64_t left = 3 + random() % 20; left > 0; --left) {
      server_.use(static_cast<Control>(random() % kControls), random);
      if (random() % 3 == 0) bench::sleep_ms(random() % 4);
    }
  }

  // Callbacks may still close it again, so it is opened until a client has been served.
  void open() {
    const bool served = wait_until(30'000, [this] {
      server_.open_all();
      return is_served();
    });
    checks_.is_true(served, where_ + ": a new client is served when all is open");
  }

  bool is_served() {
    try {
      const bench::Descriptor client = bench::connect_loopback(port_, 1'000);
      if (send(client.get(), "!", 1, MSG_NOSIGNAL) != 1) return false;
      pollfd wait{client.get(), POLLIN, 0};
      char byte;
      while (poll(&wait, 1, 1'000) > 0 && recv(client.get(), &byte, 1, MSG_DONTWAIT) == 1)
        if (byte == '!') return true;
    } catch (const std::system_error&) {  // refused, while a restart has no listener
    }
    return false;
  }

  void stop() {
    server_.stop_begins();
    const SOCKET handle = server_.handle();
    switch (random_() % 4) {
      case 0: checks_.is_true(InetServerStopEx(handle, INET_STOP_ASYNC), where_ + ": StopEx"); break;
      case 1: checks_.is_true(InetDisconnect(handle) == 0, where_ + ": InetDisconnect"); break;
      case 2: {
        std::mt19937_64 random(random_());
        std::thread other([&] { server_.use(Control::restart, random); });
        checks_.is_true(InetServerStop(handle), where_ + ": Stop beside Restart");
        other.join();
        break;
      }
      default: checks_.is_true(InetServerStop(handle), where_ + ": Stop"); break;
    }
    checks_.is_true(wait_until(30'000, [&] { return InetGetServerStatus(handle) == INET_ERROR; }),
                    where_ + ": the handle dies");
  }

  void check(const Visits& visits) {
    EventLedger& ledger = server_.ledger();
    checks_.equal(ledger.violations(), 0, where_ + ": broken promises (" + ledger.first_violation() + ")");
    checks_.equal(ledger.disconnects(), ledger.connects(), where_ + ": DISCONNECT for each CONNECT");
    checks_.equal(ledger.starts(), 1, where_ + ": START");
    checks_.equal(ledger.stops(), 1, where_ + ": STOP");
    checks_.equal(visits.ends(), visits.attempted, where_ + ": visits that have one end");
    checks_.equal(visits.wrong_bytes, 0, where_ + ": wrong bytes");
    checks_.is_true(ledger.connects() + server_.rejects() <= server_.accepts(), where_ + ": ACCEPT before CONNECT");
    checks_.is_true(visits.left <= ledger.connects(), where_ + ": nobody was served without CONNECT");
    for (const std::string& each : server_.wrong_answers()) checks_.is_true(false, where_ + ": " + each);
    checks_.is_true(InetGetLockedServer() == INVALID_SOCKET, where_ + ": a lock is left");
    checks_.is_true(static_cast<bool>(bench::listen_loopback(port_, 1)), where_ + ": the port is free");
  }

  Checks& checks_;
  HangWatch& watch_;
  const uint32_t number_;
  const std::string where_;
  std::mt19937_64 random_;
  const uint16_t port_;
  ControlledServer server_;
  const unsigned clients_;
  uint64_t echoed_ = 0;
};

int run(const Plan& plan) {
  std::printf("seed %llu\n", static_cast<unsigned long long>(plan.seed));
  Checks checks;
  HangWatch watch;
  const size_t descriptors = bench::own_descriptors(), threads = bench::own_threads();
  uint64_t echoed = 0;
  const auto first = static_cast<uint32_t>(std::max<int64_t>(plan.only, 0));
  const uint32_t last = plan.only >= 0 ? first + 1 : plan.sequences;
  for (uint32_t number = first; number < last; ++number) {
    checks.is_true(InetInitialize(nullptr, nullptr), "InetInitialize");
    {
      Sequence sequence(checks, watch, plan, number);
      sequence.run();
      echoed += sequence.echoed();
      InetUninitialize();
    }
    wait_until(2'000, [&] { return bench::own_threads() == threads; });
    checks.equal(bench::own_threads(), threads, "sequence " + std::to_string(number) + ": threads at the end");
    checks.equal(bench::own_descriptors(), descriptors,
                 "sequence " + std::to_string(number) + ": descriptors at the end");
  }
  std::printf("%u sequences, %llu messages echoed\n", last - first, static_cast<unsigned long long>(echoed));
  return checks.verdict("sequences");
}

}  // namespace
}  // namespace inlet::stress

int main(int argc, char** argv) {
  try {
    inlet::bench::Arguments arguments(argc, argv);
    const inlet::stress::Plan plan{static_cast<uint32_t>(arguments.number("--sequences", 1000, 1, 1'000'000)),
                                   static_cast<uint64_t>(arguments.number("--seed", 1, 0, 1LL << 40)),
                                   arguments.number("--only", -1, -1, 1'000'000),
                                   static_cast<unsigned>(arguments.number("--clients", 12, 1, 1000))};
    arguments.finish();
    return inlet::stress::run(plan);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "sequences: %s\n", failure.what());
    return 2;
  }
}
