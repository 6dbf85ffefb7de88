#include "conformance/native/silent_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace conformance {

// A queue of one that is full: the kernel drops every further request, so a connect goes on for a minute.
int open_silent_port() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* name = reinterpret_cast<sockaddr*>(&address);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, name, size) != 0 || listen(listener, 0) != 0) return 0;
  if (getsockname(listener, name, &size) != 0) return 0;
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client < 0 || connect(client, name, size) != 0) return 0;
  return ntohs(address.sin_port);  // both stay open until the process ends
}

}  // namespace conformance
