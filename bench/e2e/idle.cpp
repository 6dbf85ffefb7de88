// What an idle connection costs a server in memory of its own.
//
//   idle [--peers all|epoll,inlet,...] [--connections 10000] [--tls] [--server-cpu 0] [--out FILE]
//
// For each server: memory before, with all connections open, after one echo on each, and after they are closed. Only
// the process's own memory is seen; the kernel's sockets come on top and are the same for every server. Threads' stacks
// count, the kernel's part of a thread does not.
// Returns  0 when every connection was accepted, echoed right and released.
#include <poll.h>
#include <signal.h>

#include <cstdio>
#include <optional>
#include <vector>

#include "e2e/arguments.h"
#include "e2e/certificate.h"
#include "e2e/channel.h"
#include "e2e/child.h"
#include "e2e/clock.h"
#include "e2e/pattern.h"
#include "e2e/peers.h"
#include "e2e/process_facts.h"
#include "e2e/results.h"

namespace inlet::bench {
namespace {

constexpr size_t kMessage_bytes = 64;
constexpr int kAnswer_ms = 5000;
constexpr unsigned kWarmUp =
    64;  // connections made and closed first, so that one-time memory is not billed to the others

bool receive_all(Channel& channel, unsigned char* into, size_t size) {
  for (size_t received = 0; received < size;) {
    const ssize_t got = channel.recv(into + received, size - received);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return false;
    if (got > 0) {
      received += static_cast<size_t>(got);
      continue;
    }
    pollfd wait{channel.fd(), POLLIN, 0};
    if (poll(&wait, 1, kAnswer_ms) <= 0) return false;
  }
  return true;
}

bool echo_once(Channel& channel, uint64_t id) {
  unsigned char out[kMessage_bytes];
  unsigned char in[kMessage_bytes];
  const Pattern pattern(id);
  pattern.fill(0, out);
  if (channel.send(out, sizeof out) != static_cast<ssize_t>(sizeof out)) return false;
  return receive_all(channel, in, sizeof in) && pattern.wrong(0, in) == 0;
}

struct Plan {
  unsigned connections;
  int server_cpu;
  bool tls;
};

class IdleRun {
 public:
  IdleRun(const Peer& peer, const Plan& plan, const Certificate& certificate, Results& results)
      : peer_(peer),
        plan_(plan),
        results_(results),
        server_(command_for(peer, plan, certificate), {}, plan.server_cpu) {
    if (plan.tls) tls_.emplace();
    port_ = server_.wait_for_port();
  }

  bool run() {
    open_clients(kWarmUp);
    bool right = echo_all();
    clients_.clear();
    sleep_ms(300);  // the server learns of the ends; what is left then is its base
    const size_t base = descriptors_of(server_.pid());
    const Memory before = memory_of(server_.pid());
    open_clients(plan_.connections);
    right &= reach_descriptors(server_.pid(), base + plan_.connections);
    const Memory open = memory_of(server_.pid());
    right &= echo_all();
    const Memory echoed = memory_of(server_.pid());
    clients_.clear();
    right &= reach_descriptors(server_.pid(), base);
    const Memory closed = memory_of(server_.pid());
    std::printf("%-15s %6u connections%s  VmRSS before %6.1f MiB  threads %zu\n", peer_.name.c_str(), plan_.connections,
                plan_.tls ? " over TLS" : "", static_cast<double>(before.resident_bytes) / (1 << 20),
                threads_of(server_.pid()));
    print("open", open, before);
    print("after one echo each", echoed, before);
    print("after all are closed", closed, before);
    right &= server_.end(SIGTERM) == 0;
    std::printf("result %s idle_bytes_per_connection=%.0f right=%d\n", peer_.name.c_str(),
                growth(open.private_dirty_bytes, before.private_dirty_bytes), right);
    std::fflush(stdout);
    keep(open, echoed, before, right);
    return right;
  }

 private:
  static std::vector<std::string> command_for(const Peer& peer, const Plan& plan, const Certificate& certificate) {
    PeerUse use;
    if (plan.tls) use.pem_file = certificate.file();
    return command_of(peer, use);
  }

  void keep(const Memory& open, const Memory& echoed, const Memory& before, bool right) {
    Record record("idle");
    record.set("peer", peer_.name).set("connections", plan_.connections).set("tls", plan_.tls);
    record.set("open_bytes", growth(open.private_dirty_bytes, before.private_dirty_bytes));
    record.set("echoed_bytes", growth(echoed.private_dirty_bytes, before.private_dirty_bytes));
    record.set("right", right);
    results_.add(record);
  }

  void open_clients(unsigned count) {
    for (unsigned i = 0; i < count; ++i) clients_.push_back(open_channel(port_, tls_ ? &*tls_ : nullptr));
  }

  bool echo_all() {
    bool right = true;
    for (size_t i = 0; i < clients_.size(); ++i) right &= echo_once(clients_[i], i);
    return right;
  }

  double growth(uint64_t now, uint64_t before) const {
    return (static_cast<double>(now) - static_cast<double>(before)) / plan_.connections;
  }

  void print(const char* what, const Memory& now, const Memory& before) const {
    std::printf("    %-22s VmRSS %+9.0f B/connection   Private_Dirty %+9.0f B/connection\n", what,
                growth(now.resident_bytes, before.resident_bytes),
                growth(now.private_dirty_bytes, before.private_dirty_bytes));
  }

  const Peer& peer_;
  const Plan& plan_;
  Results& results_;
  Child server_;
  uint16_t port_ = 0;
  std::optional<TlsClient> tls_;
  std::vector<Channel> clients_;
};

bool run_or_fail(const Peer& peer, const Plan& plan, const Certificate& certificate, Results& results) {
  try {
    return IdleRun(peer, plan, certificate, results).run();
  } catch (const std::exception& failure) {
    std::printf("%s: %s\n", peer.name.c_str(), failure.what());
    return false;
  }
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  using namespace inlet::bench;
  try {
    Arguments arguments(argc, argv);
    Plan plan{};
    plan.connections = static_cast<unsigned>(arguments.number("--connections", 10000, 1, 19000));
    plan.server_cpu = static_cast<int>(arguments.number("--server-cpu", 0, -1, 1023));
    plan.tls = arguments.flag("--tls");
    const auto peers = peers_from(arguments.text("--peers", "all"));
    Results results(arguments.text("--out", ""));
    arguments.finish();
    const Certificate certificate;
    bool right = true;
    for (const Peer& peer : peers) {
      if (!peer.is_for("idle") || (plan.tls && peer.tls_program.empty())) continue;
      right &= run_or_fail(peer, plan, certificate, results);
    }
    return right ? 0 : 1;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "idle: %s\n", failure.what());
    return 2;
  }
}
