// The loops that compare a listener of the provider with a bare one of the kernel: written once, compiled for each side. The
// clients are the same bare sockets on both.
//
// A side is a class with its listener: open(backlog), port(), accept(), echo(socket), close(socket). No file can see both sides,
// because their headers give other numbers to the same names.
//
//   one thread   connects, accepts, echoes and closes: nothing ever waits, so this is the calls alone
//   two threads  the server waits in accept, as a server does
#ifndef INLET_BENCH_ACCEPT_RATE_H
#define INLET_BENCH_ACCEPT_RATE_H

#include <cstdint>
#include <thread>

#include "e2e/clock.h"

namespace inlet::bench {

struct AcceptWork {
  bool two_threads;
  bool echo;  // one byte there and back
  int backlog;
  uint64_t rounds;
};

struct AcceptResult {
  uint64_t span_ns = 0;
  uint64_t cpu_ns = 0;  // of the whole process, with what the provider does behind the scenes
  uint64_t bad = 0;     // connections or bytes that went wrong
};

AcceptResult run_accepts_kernel(const AcceptWork& work);
AcceptResult run_accepts_provider(const AcceptWork& work);

// A client on the system's own calls. Each leaves no port in TIME_WAIT: they would run out within a second.
class Knocker {
 public:
  explicit Knocker(uint16_t port);
  ~Knocker();
  Knocker(const Knocker&) = delete;
  Knocker& operator=(const Knocker&) = delete;
  bool say();   // sends a byte
  bool hear();  // waits for it to come back
  bool connected() const { return fd_ >= 0; }

 private:
  int fd_;
};

template <class Side>
bool serve_one(Side& side, bool echo) {
  auto socket = side.accept();
  const bool good = Side::valid(socket) && (!echo || side.echo(socket));
  if (Side::valid(socket)) side.close(socket);
  return good;
}

template <class Side>
uint64_t knock_on_one_thread(Side& side, const AcceptWork& work) {
  uint64_t bad = 0;
  for (uint64_t round = 0; round < work.rounds; ++round) {
    Knocker client(side.port());
    bool good = client.connected() && (!work.echo || client.say());
    good = serve_one(side, work.echo) && good;
    bad += !good || (work.echo && !client.hear());
  }
  return bad;
}

template <class Side>
uint64_t knock_at_a_thread(Side& side, const AcceptWork& work) {
  uint64_t bad_server = 0;
  std::thread server([&] {
    for (uint64_t round = 0; round < work.rounds; ++round) bad_server += !serve_one(side, work.echo);
  });
  uint64_t bad = 0;
  for (uint64_t round = 0; round < work.rounds; ++round) {
    Knocker client(side.port());
    bad += !client.connected() || (work.echo && !(client.say() && client.hear()));
  }
  server.join();
  return bad + bad_server;
}

template <class Side>
AcceptResult run_accepts(const AcceptWork& work) {
  Side side;
  if (!side.open(work.backlog)) return {0, 0, work.rounds};
  AcceptResult result;
  const uint64_t from_ns = now_ns();
  const uint64_t cpu_from_ns = own_cpu_ns();
  result.bad = work.two_threads ? knock_at_a_thread(side, work) : knock_on_one_thread(side, work);
  result.span_ns = now_ns() - from_ns;
  result.cpu_ns = own_cpu_ns() - cpu_from_ns;
  return result;
}

}  // namespace inlet::bench

#endif
