#include "provider/linux/sys_groups.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>

#include <vector>

#include "provider/linux/sys_kernel.h"

namespace inlet::provider::sys {
namespace {

bool has_source(GroupAction action) {
  return action != GroupAction::join && action != GroupAction::leave;
}

int option_of(GroupAction action) {
  switch (action) {
    case GroupAction::join: return MCAST_JOIN_GROUP;
    case GroupAction::leave: return MCAST_LEAVE_GROUP;
    case GroupAction::block: return MCAST_BLOCK_SOURCE;
    case GroupAction::unblock: return MCAST_UNBLOCK_SOURCE;
    case GroupAction::join_source: return MCAST_JOIN_SOURCE_GROUP;
    case GroupAction::leave_source: return MCAST_LEAVE_SOURCE_GROUP;
  }
  return -1;
}

int change_on(int fd, GroupAction action, const Group& group, uint32_t interface) {
  const int level = group.group.size == kSizeV6 ? IPPROTO_IPV6 : IPPROTO_IP;
  group_source_req with_source{};
  with_source.gsr_interface = interface;
  with_source.gsr_group = KernelAddress(group.group).storage;
  with_source.gsr_source = KernelAddress(group.source).storage;
  group_req plain{};
  plain.gr_interface = interface;
  plain.gr_group = with_source.gsr_group;
  const bool source = has_source(action);
  const void* data = source ? static_cast<const void*>(&with_source) : &plain;
  const auto size = static_cast<socklen_t>(source ? sizeof(with_source) : sizeof(plain));
  return retried([&] { return ::setsockopt(fd, level, option_of(action), data, size); });
}

// Linux needs a route to the group before it finds an interface by itself. Windows always has one: the loopback's.
uint32_t loopback_index() {
  return ::if_nametoindex("lo");
}

// --- the filter: a program of the classic packet filter, which sees a datagram before the socket's queue does

constexpr uint32_t kAccept = 0xffffffff;
constexpr uint32_t kDrop = 0;
// The packet's own fields, and bytes of its network header, have addresses beyond those of its data.
constexpr uint32_t kProtocol = static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL);
constexpr uint32_t kPacketType = static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
constexpr uint32_t kHardware = static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_HATYPE);
constexpr uint32_t kDestinationV4 = static_cast<uint32_t>(SKF_NET_OFF) + 16;
constexpr uint32_t kDestinationV6 = static_cast<uint32_t>(SKF_NET_OFF) + 24;

sock_filter load(uint16_t width, uint32_t from) {
  return {static_cast<uint16_t>(BPF_LD | width | BPF_ABS), 0, 0, from};
}
// Goes on so many instructions further.
sock_filter branch(uint32_t value, uint8_t if_equal, uint8_t otherwise) {
  return {BPF_JMP | BPF_JEQ | BPF_K, if_equal, otherwise, value};
}
sock_filter conclude(uint32_t verdict) {
  return {BPF_RET | BPF_K, 0, 0, verdict};
}

// A multicast datagram of this machine comes back in a packet of its own kind, or through the loopback.
void check_looped(std::vector<sock_filter>& program) {
  program.insert(program.end(), {load(BPF_W, kPacketType), branch(PACKET_LOOPBACK, 2, 0), load(BPF_H, kHardware),
                                 branch(ARPHRD_LOOPBACK, 0, 1), conclude(kDrop), conclude(kAccept)});
}

// Of broadcasts, those of this machine come back in the same kind of packet as multicast datagrams do.
void check_broadcast(std::vector<sock_filter>& program) {
  program.insert(program.end(),
                 {load(BPF_W, kDestinationV4), branch(INADDR_BROADCAST, 3, 0), load(BPF_W, kPacketType),
                  branch(PACKET_BROADCAST, 1, 0), branch(PACKET_LOOPBACK, 0, 1), conclude(kDrop), conclude(kAccept)});
}

std::vector<sock_filter> filter_of(unsigned unwanted) {
  std::vector<sock_filter> looped;
  std::vector<sock_filter> broadcast;
  (unwanted & kLoopedMulticast) != 0 ? check_looped(looped) : looped.push_back(conclude(kAccept));
  (unwanted & kBroadcasts) != 0 ? check_broadcast(broadcast) : broadcast.push_back(conclude(kAccept));
  const auto beyond_looped = static_cast<uint8_t>(looped.size());
  std::vector<sock_filter> program = {load(BPF_H, kProtocol),
                                      branch(ETH_P_IPV6, 3, 0),
                                      load(BPF_B, kDestinationV4),
                                      {BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xf0},
                                      branch(0xe0, 2, static_cast<uint8_t>(beyond_looped + 2)),
                                      load(BPF_B, kDestinationV6),
                                      branch(0xff, 0, beyond_looped)};
  program.insert(program.end(), looped.begin(), looped.end());
  program.insert(program.end(), broadcast.begin(), broadcast.end());
  return program;
}

}  // namespace

int change_group(int fd, GroupAction action, const Group& group) {
  const int result = change_on(fd, action, group, group.interface);
  if (result != -ENODEV || group.interface != 0) return result;
  return change_on(fd, action, group, loopback_index());
}

int set_multicast_interface(int fd, uint32_t address, uint32_t index) {
  ip_mreqn interface {};
  interface.imr_address.s_addr = address;
  interface.imr_ifindex = static_cast<int>(index);
  return retried([&] { return ::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof(interface)); });
}

int filter_arrivals(int fd, unsigned unwanted) {
  if (unwanted == 0) {
    const int nothing = 0;
    const int result =
        retried([&] { return ::setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof(nothing)); });
    return result == -ENOENT ? 0 : result;
  }
  std::vector<sock_filter> program = filter_of(unwanted);
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return retried([&] { return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)); });
}

}  // namespace inlet::provider::sys
