#include "wild_clients.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

#include "e2e/clock.h"
#include "e2e/loopback.h"
#include "e2e/pattern.h"
#include "session_script.h"

namespace inlet::stress {

namespace {

constexpr int kStuck_ms = 30'000;
constexpr int kAnswer_ms = 600'000;

class WildClient {
 public:
  WildClient(const SessionScript& script, uint64_t seed, uint32_t id, ClientOutcome& outcome)
      : script_(script), id_(id), pattern_(id), random_(seed ^ id), outcome_(outcome) {}

  void run(uint16_t port) {
    if (!connect(port)) return finish(ClientEnd::refused);
    if (script_.client == ClientWay::touches) return finish(ClientEnd::closed);
    while (outcome_.end == ClientEnd::none) step();
  }

 private:
  bool connect(uint16_t port) {
    socket_ = bench::Descriptor(bench::checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    bench::set_option(socket_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    sockaddr_in mine = bench::loopback_address(0);
    mine.sin_addr.s_addr = htonl(kFirstAddress + id_);
    bench::checked(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&mine), sizeof mine), "bind");
    const sockaddr_in server = bench::loopback_address(port);
    return ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0;
  }

  uint64_t goal() const { return script_.client == ClientWay::resets ? script_.cut_bytes : script_.send_bytes; }
  bool all_sent() const { return outcome_.sent_bytes >= goal(); }

  void step() {
    if (script_.client == ClientWay::quiet && !was_quiet_ && outcome_.sent_bytes * 2 >= script_.send_bytes) be_quiet();
    if (all_sent() && !shut_ && decide_after_sending()) return;
    pollfd wait{socket_.get(), static_cast<short>(POLLIN | (all_sent() ? 0 : POLLOUT)), 0};
    if (poll(&wait, 1, kStuck_ms) <= 0) return finish(ClientEnd::stuck);
    if (wait.revents & (POLLIN | POLLERR | POLLHUP)) receive();
    if (outcome_.end == ClientEnd::none && !all_sent() && (wait.revents & POLLOUT)) send_chunk();
  }

  // Returns  whether that was the end.
  bool decide_after_sending() {
    switch (script_.client) {
      case ClientWay::resets: bench::close_with_reset(socket_); return finish(ClientEnd::closed), true;
      case ClientWay::leaves: return finish(ClientEnd::closed), true;
      case ClientWay::answers:
        if (outcome_.received_bytes < script_.answer_bytes()) return false;
        return finish(ClientEnd::closed), true;
      default: break;
    }
    shutdown(socket_.get(), SHUT_WR);
    shut_ = true;
    return false;
  }

  void be_quiet() {
    was_quiet_ = true;
    bench::sleep_ms(script_.quiet_ms);
  }

  void send_chunk() {
    std::vector<unsigned char> bytes(
        std::min<uint64_t>(1 + random_() % script_.chunk_bytes, goal() - outcome_.sent_bytes));
    pattern_.fill(outcome_.sent_bytes, bytes);
    const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return errno == EAGAIN ? void() : finish(ClientEnd::reset);
    ++outcome_.sends;
    outcome_.sent_bytes += static_cast<uint64_t>(sent);
  }

  void receive() {
    unsigned char bytes[16384];
    const bool slowly = script_.client == ClientWay::slow;
    if (slowly) bench::sleep_ms(1);
    const ssize_t got = recv(socket_.get(), bytes, slowly ? 8192 : sizeof bytes, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN ? void() : finish(ClientEnd::reset);
    if (got == 0) return finish(ClientEnd::ended);
    const auto size = static_cast<size_t>(got);
    outcome_.wrong_bytes += pattern_.wrong(outcome_.received_bytes, {bytes, size});
    outcome_.received_bytes += size;
  }

  void finish(ClientEnd end) {
    socket_.reset();
    outcome_.end = end;
  }

  const SessionScript script_;
  const uint32_t id_;
  const bench::Pattern pattern_;
  std::mt19937_64 random_;
  ClientOutcome& outcome_;
  bench::Descriptor socket_;
  bool shut_ = false;
  bool was_quiet_ = false;
};

void follow(const WildOrder& order, uint64_t seed, unsigned threads, ClientOutcome* outcomes) {
  std::atomic<uint32_t> next{order.first};
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < threads; ++i)
    workers.emplace_back([&] {
      for (uint32_t id = next++; id < order.first + order.count; id = next++)
        WildClient(script_of(seed, id), seed, id, outcomes[id]).run(order.port);
    });
  for (std::thread& each : workers) each.join();
}

[[noreturn]] void serve_orders(int channel, uint64_t seed, unsigned threads, ClientOutcome* outcomes) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    WildOrder order{};
    while (recv(channel, &order, sizeof order, 0) == static_cast<ssize_t>(sizeof order)) {
      follow(order, seed, threads, outcomes);
      bench::checked(static_cast<int>(send(channel, "", 1, MSG_NOSIGNAL)), "send");
    }
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "wild clients: %s\n", failure.what());
    _exit(1);
  }
  _exit(0);
}

}  // namespace

WildClients::WildClients(uint64_t seed, uint32_t sessions, unsigned threads) : sessions_(sessions) {
  void* shared =
      mmap(nullptr, sessions * sizeof(ClientOutcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::runtime_error("no memory for outcomes");
  outcomes_ = static_cast<ClientOutcome*>(shared);
  int ends[2];
  bench::checked(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  channel_ = bench::Descriptor(ends[0]);
  bench::Descriptor theirs(ends[1]);
  pid_ = bench::checked(fork(), "fork");
  if (pid_ != 0) return;
  channel_.reset();
  serve_orders(theirs.get(), seed, threads, outcomes_);
}

WildClients::~WildClients() {
  channel_.reset();
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  munmap(outcomes_, sessions_ * sizeof(ClientOutcome));
}

void WildClients::order(const WildOrder& order) {
  bench::checked(static_cast<int>(send(channel_.get(), &order, sizeof order, MSG_NOSIGNAL)), "send");
}

void WildClients::wait() {
  pollfd wait{channel_.get(), POLLIN, 0};
  if (poll(&wait, 1, kAnswer_ms) <= 0) throw std::runtime_error("the clients do not answer");
  char byte;
  if (recv(channel_.get(), &byte, 1, 0) != 1) throw std::runtime_error("the clients have ended");
}

}  // namespace inlet::stress
