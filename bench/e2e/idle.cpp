// What an idle connection costs a server in memory of its own.
//
//   idle [--connections 5000] [--server-cpu 0] [--servers raw_epoll_server,inlet_server]
//
// For each server: memory before, with all connections open, after one echo on each, and after they are closed. Only
// the process's own memory is seen; the kernel's sockets come on top and are the same for every server. Returns  0 when
// every connection was accepted, echoed right and released.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <cstdio>
#include <sstream>
#include <vector>

#include "e2e/arguments.h"
#include "e2e/child.h"
#include "e2e/clock.h"
#include "e2e/loopback.h"
#include "e2e/pattern.h"
#include "e2e/process_facts.h"

namespace inlet::bench {
namespace {

constexpr size_t kMessage_bytes = 64;
constexpr uint64_t kWait_ns = 20 * kNsPerSecond;
constexpr unsigned kWarmUp =
    64;  // connections made and closed first, so that one-time memory is not billed to the others

bool echo_once(int fd, uint64_t id) {
  unsigned char out[kMessage_bytes];
  unsigned char in[kMessage_bytes];
  const Pattern pattern(id);
  pattern.fill(0, out);
  if (send(fd, out, sizeof out, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof out)) return false;
  size_t received = 0;
  while (received < sizeof in) {
    pollfd wait{fd, POLLIN, 0};
    if (poll(&wait, 1, 5000) <= 0) return false;
    const ssize_t got = recv(fd, in + received, sizeof in - received, 0);
    if (got <= 0) return false;
    received += static_cast<size_t>(got);
  }
  return pattern.wrong(0, in) == 0;
}

size_t descriptors_of(pid_t pid) {
  return entries_of(proc_path(pid, "fd"));
}

// Waits until the server has as many descriptors as it should: a connect returns before the server has accepted.
bool reach_descriptors(pid_t pid, size_t wanted) {
  const uint64_t until_ns = now_ns() + kWait_ns;
  while (descriptors_of(pid) != wanted) {
    if (now_ns() > until_ns) return false;
    sleep_ms(5);
  }
  return true;
}

class IdleRun {
 public:
  IdleRun(const std::string& name, int cpu, unsigned connections)
      : name_(name), server_({name, "--cpu", std::to_string(cpu)}, {{"INLET_SHARDS", "1"}}), wanted_(connections) {
    port_ = server_.wait_for_port();
  }

  bool run() {
    open_clients(kWarmUp);
    bool right = echo_all();
    clients_.clear();
    sleep_ms(300);  // the server learns of the ends; what is left then is its base
    const size_t base = descriptors_of(server_.pid());
    const Memory before = memory_of(server_.pid());
    open_clients(wanted_);
    right &= reach_descriptors(server_.pid(), base + wanted_);
    const Memory open = memory_of(server_.pid());
    right &= echo_all();
    const Memory echoed = memory_of(server_.pid());
    clients_.clear();
    right &= reach_descriptors(server_.pid(), base);
    const Memory closed = memory_of(server_.pid());
    std::printf("%-18s %6u connections  VmRSS before %6.1f MiB  threads %zu\n", name_.c_str(), wanted_,
                static_cast<double>(before.resident_bytes) / (1 << 20), threads_of(server_.pid()));
    print("open", open, before);
    print("after one echo each", echoed, before);
    print("after all are closed", closed, before);
    right &= server_.end(SIGTERM) == 0;
    std::printf("result %s idle_bytes_per_connection=%.0f right=%d\n", name_.c_str(),
                growth(open.private_dirty_bytes, before.private_dirty_bytes), right);
    return right;
  }

 private:
  void open_clients(unsigned count) {
    for (unsigned i = 0; i < count; ++i) clients_.push_back(connect_loopback(port_));
  }

  bool echo_all() {
    bool right = true;
    for (size_t i = 0; i < clients_.size(); ++i) right &= echo_once(clients_[i].get(), i);
    return right;
  }

  double growth(uint64_t now, uint64_t before) const {
    return (static_cast<double>(now) - static_cast<double>(before)) / wanted_;
  }

  void print(const char* what, const Memory& now, const Memory& before) const {
    std::printf("    %-22s VmRSS %+9.0f B/connection   Private_Dirty %+9.0f B/connection\n", what,
                growth(now.resident_bytes, before.resident_bytes),
                growth(now.private_dirty_bytes, before.private_dirty_bytes));
  }

  std::string name_;
  Child server_;
  unsigned wanted_;
  uint16_t port_ = 0;
  std::vector<Descriptor> clients_;
};

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  using namespace inlet::bench;
  try {
    Arguments arguments(argc, argv);
    const auto connections = static_cast<unsigned>(arguments.number("--connections", 5000, 1, 19000));
    const auto cpu = static_cast<int>(arguments.number("--server-cpu", 0, -1, 1023));
    std::istringstream servers(arguments.text("--servers", "raw_epoll_server,inlet_server"));
    arguments.finish();
    bool right = true;
    for (std::string name; std::getline(servers, name, ',');) right &= IdleRun(name, cpu, connections).run();
    return right ? 0 : 1;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "idle: %s\n", failure.what());
    return 2;
  }
}
