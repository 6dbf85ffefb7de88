// The reference of the echo benchmarks: one thread, one epoll, accept4, recv, send, and nothing else.
//
//   raw_epoll_server [--port P] [--cpu K]
//
// Prints "port=N" once it listens, and its CPU time per request when SIGTERM or SIGINT ends it. Level-triggered with
// one recv per event: on this pattern an edge-triggered loop needs a second recv to see EAGAIN, which costs more than
// it saves. A connection has no state at all until a send finds no room; then the rest waits in a map and reading
// pauses.
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include <array>
#include <cstdio>
#include <unordered_map>
#include <vector>

#include "e2e/arguments.h"
#include "e2e/clock.h"
#include "e2e/loopback.h"
#include "e2e/process_facts.h"

namespace inlet::bench {
namespace {

class RawEpollServer {
 public:
  explicit RawEpollServer(uint16_t port)
      : listener_(listen_loopback(port, 4096)), epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
    set_option(listener_.get(), IPPROTO_TCP, TCP_NODELAY, 1);  // what it accepts inherits it
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    checked(sigprocmask(SIG_BLOCK, &ends, nullptr), "sigprocmask");
    signals_ = Descriptor(checked(signalfd(-1, &ends, SFD_CLOEXEC), "signalfd"));
    watch(listener_.get(), EPOLL_CTL_ADD, EPOLLIN);
    watch(signals_.get(), EPOLL_CTL_ADD, EPOLLIN);
  }

  uint16_t port() const { return local_port(listener_.get()); }
  uint64_t requests() const { return requests_; }

  void run() {
    std::array<epoll_event, 512> events;
    while (true) {
      const int count = epoll_wait(epoll_.get(), events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<size_t>(i)];
        const int fd = event.data.fd;
        if (fd == signals_.get()) return;
        if (fd == listener_.get()) {
          accept_all();
        } else if (event.events & EPOLLOUT) {
          send_rest(fd);
        } else {
          echo(fd);
        }
      }
    }
  }

 private:
  void watch(int fd, int operation, uint32_t interest) {
    epoll_event event{};
    event.events = interest;
    event.data.fd = fd;
    checked(epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
  }

  void accept_all() {
    while (true) {
      const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      watch(fd, EPOLL_CTL_ADD, EPOLLIN);
    }
  }

  void echo(int fd) {
    const ssize_t got = recv(fd, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) {
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
      return forget(fd);
    }
    ++requests_;
    const ssize_t sent = send(fd, buffer_.data(), static_cast<size_t>(got), MSG_NOSIGNAL);
    if (sent == got) return;
    if (sent < 0 && errno != EAGAIN) return forget(fd);
    rest_[fd].assign(buffer_.begin() + (sent < 0 ? 0 : sent), buffer_.begin() + got);
    watch(fd, EPOLL_CTL_MOD, EPOLLOUT);
  }

  void send_rest(int fd) {
    std::vector<char>& rest = rest_[fd];
    const ssize_t sent = send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent < 0) return forget(fd);
    rest.erase(rest.begin(), rest.begin() + sent);
    if (!rest.empty()) return;
    rest_.erase(fd);
    watch(fd, EPOLL_CTL_MOD, EPOLLIN);
  }

  void forget(int fd) {
    rest_.erase(fd);
    close(fd);
  }

  Descriptor listener_;
  Descriptor epoll_;
  Descriptor signals_;
  std::array<char, 64 * 1024> buffer_;
  std::unordered_map<int, std::vector<char>> rest_;
  uint64_t requests_ = 0;
};

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  using namespace inlet::bench;
  try {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    Arguments arguments(argc, argv);
    const auto port = static_cast<uint16_t>(arguments.number("--port", 0, 0, 65535));
    pin_to_cpu(static_cast<int>(arguments.number("--cpu", -1, -1, 1023)));
    arguments.finish();
    RawEpollServer server(port);
    std::printf("port=%u\n", server.port());
    std::fflush(stdout);
    const uint64_t from_ns = own_cpu_ns();
    server.run();
    const uint64_t cpu_ns = own_cpu_ns() - from_ns;
    const uint64_t requests = server.requests();
    std::printf("cpu_ns=%llu\nrequests=%llu\ncpu_ns_per_request=%.1f\n", static_cast<unsigned long long>(cpu_ns),
                static_cast<unsigned long long>(requests),
                requests == 0 ? 0.0 : static_cast<double>(cpu_ns) / static_cast<double>(requests));
    return 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "raw_epoll_server: %s\n", failure.what());
    return 2;
  }
}
