#include "support/net_namespace.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace inlet::test {

bool enter_network_namespace() {
  return ::unshare(CLONE_NEWNET) == 0;
}

bool raise_loopback() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const bool raised = ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  ::close(fd);
  return raised;
}

}  // namespace inlet::test
