#include "provider/linux/sys_changes.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace inlet::provider::sys {
namespace {

constexpr unsigned kEverything = kAddressesChanged | kRoutesChanged;

unsigned change_of(const nlmsghdr& message) {
  switch (message.nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_DELADDR: return kEverything;
    case RTM_NEWROUTE:
    case RTM_DELROUTE: return kRoutesChanged;
    default: return 0;
  }
}

unsigned changes_in(const unsigned char* data, size_t size) {
  unsigned changes = 0;
  auto left = static_cast<unsigned>(size);
  for (auto message = reinterpret_cast<const nlmsghdr*>(data); NLMSG_OK(message, left);
       message = NLMSG_NEXT(message, left))
    changes |= change_of(*message);
  return changes;
}

}  // namespace

int open_changes() {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return -errno;
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  name.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0) return fd;
  const int error = errno;
  ::close(fd);
  return -error;
}

unsigned read_changes(int fd) {
  alignas(nlmsghdr) unsigned char data[8192];
  unsigned changes = 0;
  while (true) {
    const ssize_t size = ::recv(fd, data, sizeof(data), 0);
    if (size > 0) {
      changes |= changes_in(data, static_cast<size_t>(size));
      continue;
    }
    // Some were lost because we were slow: it could have been anything.
    if (size < 0 && errno == ENOBUFS) {
      changes = kEverything;
      continue;
    }
    if (size < 0 && errno == EINTR) continue;
    return changes;
  }
}

}  // namespace inlet::provider::sys
