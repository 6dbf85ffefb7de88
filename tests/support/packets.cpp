#include "support/packets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace inlet::test {
namespace {

// ICMP quotes the header of the datagram it is about, and the first eight bytes behind it.
struct TimeExceeded {
  icmphdr head;
  iphdr quoted;
  udphdr ports;
};
static_assert(sizeof(TimeExceeded) == 8 + 20 + 8);

uint16_t checksum(const void* data, size_t size) {
  uint32_t sum = 0;
  for (size_t i = 0; i < size; i += 2) {
    uint16_t word = 0;
    std::memcpy(&word, static_cast<const char*>(data) + i, sizeof(word));
    sum += word;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

TimeExceeded about(uint16_t from_port, uint16_t to_port) {
  TimeExceeded packet{};
  packet.head.type = ICMP_TIME_EXCEEDED;
  packet.quoted.version = 4;
  packet.quoted.ihl = 5;
  packet.quoted.protocol = IPPROTO_UDP;
  packet.quoted.tot_len = htons(sizeof(iphdr) + sizeof(udphdr));
  packet.quoted.saddr = packet.quoted.daddr = htonl(INADDR_LOOPBACK);
  packet.ports.source = from_port;
  packet.ports.dest = to_port;
  packet.head.checksum = checksum(&packet, sizeof(packet));
  return packet;
}

}  // namespace

bool lose_all_packets(int fd) {
  sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog program{1, &nothing};
  return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

bool send_time_exceeded(uint16_t from_port, uint16_t to_port) {
  const int fd = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
  if (fd < 0) return false;
  const TimeExceeded packet = about(from_port, to_port);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto sent = ::sendto(fd, &packet, sizeof(packet), 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  ::close(fd);
  return sent == static_cast<ssize_t>(sizeof(packet));
}

int second_descriptor(int fd) {
  return ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

std::string read_to_end(int fd) {
  ::fcntl(fd, F_SETFL, 0);
  std::string all;
  std::string block(1 << 20, '\0');
  for (ssize_t got = 0; (got = ::read(fd, block.data(), block.size())) > 0;)
    all.append(block, 0, static_cast<size_t>(got));
  ::close(fd);
  return all;
}

}  // namespace inlet::test
