// Multicast groups, and what a socket does not want to receive; beside sys.h, and with the same rules.
#pragma once

#include "provider/linux/sys.h"

namespace inlet::provider::sys {

enum class GroupAction { join, leave, block, unblock, join_source, leave_source };

// Ports mean nothing here. interface 0 is the one that leads to the group, or the loopback when none does.
struct Group {
  Address group;
  Address source;  // of all actions but join and leave
  uint32_t interface = 0;
};
int change_group(int fd, GroupAction action, const Group& group);

// Where multicast datagrams of IPv4 leave the machine: by the address of an interface (network order) or its index; both 0 for
// the one that leads to the group.
int set_multicast_interface(int fd, uint32_t address, uint32_t index);

// What never gets into a datagram socket's queue.
enum Unwanted : unsigned {
  kLoopedMulticast = 1,  // multicast datagrams that were sent from this machine
  kBroadcasts = 2,
};
int filter_arrivals(int fd, unsigned unwanted);

}  // namespace inlet::provider::sys
