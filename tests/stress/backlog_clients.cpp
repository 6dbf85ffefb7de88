#include "backlog_clients.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <barrier>
#include <cerrno>
#include <chrono>
#include <thread>

namespace inlet::stress {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPatience_ms = 10'000;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

socklen_t loopback(bool v6, uint16_t port, sockaddr_storage* storage) {
  if (v6) {
    auto* name = reinterpret_cast<sockaddr_in6*>(storage);
    *name = sockaddr_in6{};
    name->sin6_family = AF_INET6;
    name->sin6_port = htons(port);
    name->sin6_addr = in6addr_loopback;
    return sizeof(*name);
  }
  auto* name = reinterpret_cast<sockaddr_in*>(storage);
  *name = sockaddr_in{};
  name->sin_family = AF_INET;
  name->sin_port = htons(port);
  name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return sizeof(*name);
}

int connect_within(int fd, const sockaddr_storage& name, socklen_t size) {
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&name), size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd watched{fd, POLLOUT, 0};
  if (::poll(&watched, 1, kPatience_ms) != 1) return ETIMEDOUT;
  int error = 0;
  socklen_t length = sizeof(error);
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

Knock knock(bool v6, uint16_t port) {
  sockaddr_storage name{};
  const socklen_t size = loopback(v6, port, &name);
  Knock result;
  const int fd = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return result;
  const auto begin = Clock::now();
  const int error = connect_within(fd, name, size);
  result.ms = ms_since(begin);
  if (error == 0) {
    result.outcome = Outcome::connected;
    result.fd = fd;
    return result;
  }
  if (error == ECONNREFUSED) result.outcome = Outcome::refused;
  ::close(fd);
  return result;
}

}  // namespace

uint16_t free_port() {
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  socklen_t size = sizeof(name);
  ::bind(fd, reinterpret_cast<sockaddr*>(&name), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
  ::close(fd);
  return ntohs(name.sin6_port);
}

std::vector<Knock> knock_in_turn(bool v6, uint16_t port, unsigned clients) {
  std::vector<Knock> results;
  results.reserve(clients);
  for (unsigned i = 0; i < clients; ++i) results.push_back(knock(v6, port));
  return results;
}

std::vector<Knock> knock_at_once(bool v6, uint16_t port, unsigned clients) {
  std::vector<Knock> results(clients);
  std::barrier together(static_cast<std::ptrdiff_t>(clients));
  std::vector<std::thread> threads;
  for (Knock& result : results) {
    threads.emplace_back([&] {
      together.arrive_and_wait();
      result = knock(v6, port);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return results;
}

bool is_served(const Knock& client, int timeout_ms) {
  pollfd watched{client.fd, POLLIN, 0};
  char byte = 0;
  return ::poll(&watched, 1, timeout_ms) == 1 && ::recv(client.fd, &byte, 1, 0) == 1;
}

bool is_reset(const Knock& client, int timeout_ms) {
  pollfd watched{client.fd, POLLIN, 0};
  char byte = 0;
  return ::poll(&watched, 1, timeout_ms) == 1 && ::recv(client.fd, &byte, 1, 0) < 0 && errno == ECONNRESET;
}

uint16_t local_port(const Knock& client) {
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  ::getsockname(client.fd, reinterpret_cast<sockaddr*>(&name), &size);
  return ntohs(reinterpret_cast<sockaddr_in*>(&name)->sin_port);
}

void close_all(std::vector<Knock>& clients) {
  for (Knock& client : clients) {
    if (client.fd >= 0) ::close(client.fd);
    client.fd = -1;
  }
}

}  // namespace inlet::stress
