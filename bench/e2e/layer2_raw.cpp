// The side of the bare system calls.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "e2e/layer2_loops.h"

namespace inlet::bench {
namespace {

struct RawSide {
  struct Socket {
    int fd = -1;
    sockaddr_in name{};  // of a listener
  };

  static Socket listen_loopback() {
    Socket s{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP), {}};
    s.name.sin_family = AF_INET;
    s.name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof s.name;
    auto* name = reinterpret_cast<sockaddr*>(&s.name);
    if (::bind(s.fd, name, length) != 0 || ::listen(s.fd, 64) != 0 || ::getsockname(s.fd, name, &length) != 0)
      close(s), s.fd = -1;
    return s;
  }
  static Socket connect_to(const Socket& listener) {
    Socket s{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP), {}};
    if (::connect(s.fd, reinterpret_cast<const sockaddr*>(&listener.name), sizeof listener.name) != 0)
      close(s), s.fd = -1;
    return s;
  }
  static Socket accept(const Socket& listener) { return {::accept4(listener.fd, nullptr, nullptr, SOCK_CLOEXEC), {}}; }
  static void close(const Socket& s) { ::close(s.fd); }
  static bool valid(const Socket& s) { return s.fd >= 0; }
  static long send(const Socket& s, const void* data, size_t size) { return ::send(s.fd, data, size, MSG_NOSIGNAL); }
  static long recv(const Socket& s, void* data, size_t size) { return ::recv(s.fd, data, size, 0); }
  static bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }
  static void set_nonblocking(const Socket& s) { ::fcntl(s.fd, F_SETFL, O_NONBLOCK); }
  static void set_hard_close(const Socket& s) {
    const linger hard{1, 0};
    ::setsockopt(s.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
};

}  // namespace

Layer2Result run_layer2_raw(const Layer2Work& work) {
  return run_layer2<RawSide>(work);
}

}  // namespace inlet::bench
