// Datagrams with what stands around them - addresses, the interface, ICMP answers - and how connections die.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <ctime>
// The kernel's own, after the library's that they would redefine.
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/sockios.h>

#include "provider/linux/sys_kernel.h"

namespace inlet::provider::sys {
namespace {

// Room for both kinds of packet information and for an ICMP report.
struct Control {
  alignas(cmsghdr) unsigned char bytes[256];

  void attach_to(msghdr& message) {
    message.msg_control = bytes;
    message.msg_controllen = sizeof(bytes);
  }
};

constexpr uint32_t kV4Broadcast = 0xffffffff;

bool is_multicast(const in_addr& address) {
  return IN_MULTICAST(ntohl(address.s_addr));
}

// The kernel says which of its addresses would answer; when that is not the one the datagram went to, it went to many.
void read_info_v4(const in_pktinfo& info, Arrival* arrival) {
  arrival->has_info = true;
  arrival->info_v6 = false;
  std::memcpy(arrival->address, &info.ipi_addr, sizeof(info.ipi_addr));
  arrival->interface = static_cast<uint32_t>(info.ipi_ifindex);
  arrival->multicast = is_multicast(info.ipi_addr);
  arrival->broadcast =
      !arrival->multicast && (info.ipi_addr.s_addr == kV4Broadcast ||
                              (info.ipi_spec_dst.s_addr != 0 && info.ipi_addr.s_addr != info.ipi_spec_dst.s_addr));
}

void read_info_v6(const in6_pktinfo& info, Arrival* arrival) {
  arrival->has_info = true;
  arrival->info_v6 = true;
  std::memcpy(arrival->address, &info.ipi6_addr, sizeof(info.ipi6_addr));
  arrival->interface = info.ipi6_ifindex;
  arrival->multicast = IN6_IS_ADDR_MULTICAST(&info.ipi6_addr);
}

template <class Info>
Info copied(const cmsghdr* header) {
  Info info{};
  std::memcpy(&info, CMSG_DATA(header), sizeof(info));
  return info;
}

// A socket of both families reports a datagram of IPv4 in both forms; the one of IPv6 comes last and wins.
void read_info(msghdr& message, Arrival* arrival) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO)
      read_info_v4(copied<in_pktinfo>(header), arrival);
    if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO)
      read_info_v6(copied<in6_pktinfo>(header), arrival);
    if ((header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_TTL) ||
        (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_HOPLIMIT))
      arrival->hops = copied<int>(header);
  }
}

template <class Info>
void write_header(msghdr& message, int level, int type, const Info& info) {
  message.msg_controllen = CMSG_SPACE(sizeof(info));
  std::memset(message.msg_control, 0, message.msg_controllen);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof(info));
  std::memcpy(CMSG_DATA(header), &info, sizeof(info));
}

void write_info(msghdr& message, const PacketSource& source) {
  if (source.v6) {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, source.address, sizeof(info.ipi6_addr));
    info.ipi6_ifindex = source.interface;
    return write_header(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
  in_pktinfo info{};
  std::memcpy(&info.ipi_spec_dst, source.address, sizeof(info.ipi_spec_dst));
  info.ipi_ifindex = static_cast<int>(source.interface);
  write_header(message, IPPROTO_IP, IP_PKTINFO, info);
}

Icmp kind_of(const sock_extended_err& report) {
  if (report.ee_origin == SO_EE_ORIGIN_ICMP) {
    if (report.ee_type == ICMP_DEST_UNREACH && report.ee_code == ICMP_PORT_UNREACH) return Icmp::port_unreachable;
    if (report.ee_type == ICMP_TIME_EXCEEDED) return Icmp::expired;
  }
  if (report.ee_origin == SO_EE_ORIGIN_ICMP6) {
    if (report.ee_type == ICMPV6_DEST_UNREACH && report.ee_code == ICMPV6_PORT_UNREACH) return Icmp::port_unreachable;
    if (report.ee_type == ICMPV6_TIME_EXCEED) return Icmp::expired;
  }
  return Icmp::other;
}

bool is_report(const cmsghdr& header) {
  return (header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_RECVERR) ||
         (header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_RECVERR);
}

int set_number(int fd, int level, int name, int value) {
  return retried([&] { return ::setsockopt(fd, level, name, &value, sizeof(value)); });
}

}  // namespace

ptrdiff_t receive_message(int fd, const Piece* pieces, size_t count, unsigned flags, Arrival* arrival) {
  msghdr message = message_of(pieces, count);
  KernelAddress from;
  Control control;
  message.msg_name = from.get();
  const ptrdiff_t received = retried([&] {
    message.msg_namelen = sizeof(from.storage);
    control.attach_to(message);
    return ::recvmsg(fd, &message, kernel_flags(flags));
  });
  if (received < 0) return received;
  arrival->cut = (message.msg_flags & MSG_TRUNC) != 0;
  from.copy_to(&arrival->from);
  read_info(message, arrival);
  return received;
}

ptrdiff_t send_message(int fd, const Piece* pieces, size_t count, unsigned flags, const Address* to,
                       const PacketSource* source) {
  msghdr message = message_of(pieces, count);
  KernelAddress name = to != nullptr ? KernelAddress(*to) : KernelAddress();
  Control control;
  if (to != nullptr) {
    message.msg_name = name.get();
    message.msg_namelen = name.size;
  }
  if (source != nullptr) {
    control.attach_to(message);
    write_info(message, *source);
  }
  return retried([&] { return ::sendmsg(fd, &message, kernel_flags(flags)); });
}

int ask_packet_info(int fd, bool v6) {
  const int result = set_number(fd, IPPROTO_IP, IP_PKTINFO, 1);
  return v6 ? set_number(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) : result;
}

int queue_icmp(int fd, bool v6, bool on) {
  const int result = set_number(fd, IPPROTO_IP, IP_RECVERR, on);
  return v6 ? set_number(fd, IPPROTO_IPV6, IPV6_RECVERR, on) : result;
}

Icmp take_icmp(int fd) {
  msghdr message{};
  Control control;
  const ptrdiff_t taken = retried([&] {
    control.attach_to(message);
    return ::recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
  });
  if (taken < 0) return Icmp::none;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header))
    if (is_report(*header)) return kind_of(copied<sock_extended_err>(header));
  return Icmp::other;
}

bool died_of_keep_alive(int fd) {
  int on = 0;
  if (get_option(fd, Option::keep_alive, &on) != 0 || on == 0) return false;
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  int never_sent = 0;
  if (::ioctl(fd, SIOCOUTQNSD, &never_sent) != 0) never_sent = 0;
  // Retransmissions count elsewhere, and probes of a closed window leave bytes that were never sent.
  return info.tcpi_probes > 0 && info.tcpi_retransmits == 0 && never_sent == 0;
}

bool peer_finished(int fd) {
  pollfd watched{fd, POLLRDHUP, 0};
  return ::poll(&watched, 1, 0) == 1 && (watched.revents & (POLLRDHUP | POLLHUP)) != 0;
}

}  // namespace inlet::provider::sys
