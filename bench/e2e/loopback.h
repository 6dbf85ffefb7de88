// Sockets on 127.0.0.1, the only network the benchmarks and stress tests use.
#ifndef INLET_BENCH_LOOPBACK_H
#define INLET_BENCH_LOOPBACK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdint>

#include "e2e/descriptor.h"

namespace inlet::bench {

inline sockaddr_in loopback_address(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline void set_option(int fd, int level, int name, int value) {
  checked(setsockopt(fd, level, name, &value, sizeof value), "setsockopt");
}

inline uint16_t local_port(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  checked(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return ntohs(address.sin_port);
}

// Returns  A non-blocking listener; port 0 lets the system choose. A shared port may have several of them: the kernel spreads
//          connections over them.
inline Descriptor listen_loopback(uint16_t port, int backlog, bool shared_port = false) {
  Descriptor listener(checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  set_option(listener.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (shared_port) set_option(listener.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  const sockaddr_in address = loopback_address(port);
  checked(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  checked(listen(listener.get(), backlog), "listen");
  return listener;
}

// Returns  A port that was free a moment ago, for servers that take no port 0.
inline uint16_t free_port() {
  Descriptor probe(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  const sockaddr_in address = loopback_address(0);
  checked(bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  return local_port(probe.get());
}

// Starts a connection and does not wait for it.
inline Descriptor begin_connect(uint16_t port) {
  Descriptor client(checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  set_option(client.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  const sockaddr_in address = loopback_address(port);
  if (connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
    throw std::system_error(errno, std::generic_category(), "connect");
  }
  return client;
}

inline int pending_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  checked(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), "getsockopt");
  return error;
}

// Returns  A connected, non-blocking client. Throws when the server refuses or does not answer in time.
inline Descriptor connect_loopback(uint16_t port, int timeout_ms = 10'000) {
  Descriptor client = begin_connect(port);
  pollfd wait{client.get(), POLLOUT, 0};
  int ready = 0;
  do {
    ready = poll(&wait, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  if (checked(ready, "poll") == 0) throw std::system_error(ETIMEDOUT, std::generic_category(), "connect");
  if (const int error = pending_error(client.get())) {
    throw std::system_error(error, std::generic_category(), "connect");
  }
  return client;
}

// Ends a connection with a reset, which leaves no TIME_WAIT behind: without it a churn test runs out of ports in a
// second.
inline void close_with_reset(Descriptor& client) {
  const linger now{1, 0};
  setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  client.reset();
}

}  // namespace inlet::bench

#endif
