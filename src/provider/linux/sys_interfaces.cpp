#include "provider/linux/sys_interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <memory>

#include "provider/linux/sys_kernel.h"

namespace inlet::provider::sys {
namespace {

unsigned flags_of(unsigned kernel) {
  unsigned flags = 0;
  if (kernel & IFF_UP) flags |= kInterfaceUp;
  if (kernel & IFF_BROADCAST) flags |= kInterfaceBroadcast;
  if (kernel & IFF_LOOPBACK) flags |= kInterfaceLoopback;
  if (kernel & IFF_POINTOPOINT) flags |= kInterfacePointToPoint;
  if (kernel & IFF_MULTICAST) flags |= kInterfaceMulticast;
  return flags;
}

Address address_of(const sockaddr* name) {
  Address address;
  if (name == nullptr) return address;
  KernelAddress kernel;
  std::memcpy(&kernel.storage, name, name->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
  kernel.copy_to(&address);
  return address;
}

}  // namespace

int list_addresses(bool v6, std::vector<InterfaceAddress>* found) {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return -errno;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, ::freeifaddrs);
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != (v6 ? AF_INET6 : AF_INET)) continue;
    found->push_back({::if_nametoindex(one->ifa_name), flags_of(one->ifa_flags), address_of(one->ifa_addr),
                      address_of(one->ifa_netmask)});
  }
  return 0;
}

int address_toward(const Address& destination, Address* own) {
  const int fd = open_socket(destination.size == kSizeV6, true);
  if (fd < 0) return fd;
  set_option(fd, Option::broadcast, 1);
  int result = connect(fd, &destination);
  if (result == 0) result = local_name(fd, own);
  close(fd);
  std::memset(own->bytes + 2, 0, sizeof(uint16_t));
  return result;
}

}  // namespace inlet::provider::sys
