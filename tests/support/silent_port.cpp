#include "support/silent_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace inlet::test {

SilentPort::SilentPort() {
  if (!open()) port_ = 0;
}

SilentPort::~SilentPort() {
  if (client_ >= 0) close(client_);
  if (listener_ >= 0) close(listener_);
}

// A queue of one that is full: the kernel drops every further request.
bool SilentPort::open() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* name = reinterpret_cast<sockaddr*>(&address);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener_ < 0 || bind(listener_, name, size) != 0 || listen(listener_, 0) != 0) return false;
  if (getsockname(listener_, name, &size) != 0) return false;
  port_ = ntohs(address.sin_port);
  client_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return client_ >= 0 && connect(client_, name, size) == 0;
}

}  // namespace inlet::test
