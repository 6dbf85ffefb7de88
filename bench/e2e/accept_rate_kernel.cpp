// The clients, and the side of a bare listener.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "e2e/accept_rate.h"
#include "e2e/loopback.h"

namespace inlet::bench {
namespace {

class KernelSide {
 public:
  using Socket = int;

  bool open(int backlog) {
    listener_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
    const sockaddr_in name = loopback_address(0);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) return false;
    port_ = local_port(listener_.get());
    return ::listen(listener_.get(), backlog) == 0;
  }
  uint16_t port() const { return port_; }
  Socket accept() { return ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC); }
  bool echo(Socket s) {
    char byte = 0;
    return ::recv(s, &byte, 1, 0) == 1 && ::send(s, &byte, 1, MSG_NOSIGNAL) == 1;
  }
  void close(Socket s) { ::close(s); }
  static bool valid(Socket s) { return s >= 0; }

 private:
  Descriptor listener_;
  uint16_t port_ = 0;
};

}  // namespace

Knocker::Knocker(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP)) {
  const sockaddr_in name = loopback_address(port);
  const linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) return;
  ::close(fd_);
  fd_ = -1;
}

Knocker::~Knocker() {
  if (fd_ >= 0) ::close(fd_);
}

bool Knocker::say() {
  return ::send(fd_, "x", 1, MSG_NOSIGNAL) == 1;
}

bool Knocker::hear() {
  char byte = 0;
  return ::recv(fd_, &byte, 1, 0) == 1 && byte == 'x';
}

AcceptResult run_accepts_kernel(const AcceptWork& work) {
  return run_accepts<KernelSide>(work);
}

}  // namespace inlet::bench
