#include "micro/bare_calls.h"

#include "e2e/loopback.h"

namespace inlet::bench {

Descriptor bare_connect(uint16_t port) {
  return connect_loopback(port);
}

std::pair<Descriptor, Descriptor> bare_pair() {
  const Descriptor listener = listen_loopback(0, 1);
  Descriptor far = connect_loopback(local_port(listener.get()));
  Descriptor near(checked(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK), "accept4"));
  return {std::move(near), std::move(far)};
}

long bare_send(int fd, const void* from, size_t size) {
  return send(fd, from, size, MSG_NOSIGNAL);
}

long bare_recv(int fd, void* into, size_t size) {
  return recv(fd, into, size, 0);
}

}  // namespace inlet::bench
