// Raw sockets. Most of this needs a privilege (CAP_NET_RAW); without it those facts are passed over.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

constexpr int kIpHeaderBytes = 20;
constexpr int kHeaderChecksum = 10;  // where it stands
constexpr unsigned char kEchoReply = 0, kEchoRequest = 8, kEchoRequest6 = 128, kEchoReply6 = 129;

uint16_t checksum(const unsigned char* data, size_t size) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < size; i += 2) sum += static_cast<uint32_t>(data[i] << 8 | data[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

void put(unsigned char* at, uint16_t value) {
  at[0] = static_cast<unsigned char>(value >> 8);
  at[1] = static_cast<unsigned char>(value);
}

// An echo request that nobody else sends.
struct Ping {
  unsigned char bytes[16] = {};

  explicit Ping(unsigned char type = kEchoRequest) {
    bytes[0] = type;
    put(bytes + 4, static_cast<uint16_t>(::getpid()));
    std::memcpy(bytes + 8, "inletraw", 8);
    if (type == kEchoRequest) put(bytes + 2, checksum(bytes, sizeof(bytes)));
  }
  // Whether data is this ping or the answer to it.
  bool is_like(const unsigned char* data) const { return std::memcmp(data + 4, bytes + 4, sizeof(bytes) - 4) == 0; }
};

// Drops the privilege for the calling thread alone, and for good.
void drop_raw_privilege() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  ASSERT_EQ(::syscall(SYS_capget, &header, data), 0);
  data[0].effective &= ~(1u << CAP_NET_RAW);
  ASSERT_EQ(::syscall(SYS_capset, &header, data), 0);
}

class Raw : public ProviderTest {
 protected:
  int open_error(int family, int protocol) {
    int error = 0;
    SOCKET s = wsp.lpWSPSocket(family, SOCK_RAW, protocol, nullptr, 0, WSA_FLAG_OVERLAPPED, &error);
    if (s == INVALID_SOCKET) return error;
    EXPECT_EQ(close(s), 0);
    return 0;
  }
  bool is_allowed() { return open_error(AF_INET, IPPROTO_ICMP) == 0; }

  int send_to(SOCKET s, const void* data, size_t size, const Name& to) {
    WSABUF buffer{static_cast<ULONG>(size), static_cast<CHAR*>(const_cast<void*>(data))};
    DWORD count = 0;
    int error = 0;
    const int result = wsp.lpWSPSendTo(s, &buffer, 1, &count, 0, to.get(), to.size, nullptr, nullptr, nullptr, &error);
    return result == 0 ? static_cast<int>(count) : -error;
  }
  // Receives until a packet has this type behind a header of so many bytes, and belongs to the ping. Returns its size.
  int await_packet(SOCKET s, int header_bytes, unsigned char type, const Ping& ping, Name* from) {
    EXPECT_EQ(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{5000}), 0);
    while (true) {
      unsigned char data[256] = {};
      WSABUF buffer{sizeof(data), reinterpret_cast<CHAR*>(data)};
      DWORD count = 0;
      DWORD flags = 0;
      int error = 0;
      from->size = sizeof(sockaddr_in6);
      if (wsp.lpWSPRecvFrom(s, &buffer, 1, &count, &flags, from->get(), &from->size, nullptr, nullptr, nullptr,
                            &error) != 0)
        return -error;
      if (data[header_bytes] == type && ping.is_like(data + header_bytes)) return static_cast<int>(count);
    }
  }
};

TEST_F(Raw, NeedsThePrivilege) {
  std::thread([&] {
    drop_raw_privilege();
    for (int family : {AF_INET, AF_INET6})
      for (int protocol : {0, 1, IPPROTO_UDP, 255}) EXPECT_EQ(open_error(family, protocol), WSAEACCES) << protocol;
    EXPECT_EQ(open_error(AF_INET, 256), WSAEPROTONOSUPPORT) << "judged before the privilege";
    EXPECT_EQ(open_error(0xcafe, 1), WSAEAFNOSUPPORT);
  }).join();
}

TEST_F(Raw, IsThereForEveryProtocol) {
  if (!is_allowed()) GTEST_SKIP() << "no privilege for raw sockets";
  for (int family : {AF_INET, AF_INET6})
    for (int protocol : {0, 1, IPPROTO_TCP, IPPROTO_UDP, 200, 255})
      EXPECT_EQ(open_error(family, protocol), 0) << protocol;
}

TEST_F(Raw, SaysWhatItIs) {
  if (!is_allowed()) GTEST_SKIP() << "no privilege for raw sockets";
  SOCKET s = make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  EXPECT_EQ(option(s, SOL_SOCKET, SO_TYPE), SOCK_RAW);
  WSAPROTOCOL_INFOW info{};
  int size = sizeof(info);
  int error = 0;
  ASSERT_EQ(wsp.lpWSPGetSockOpt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&info), &size, &error), 0);
  EXPECT_EQ(info.iSocketType, SOCK_RAW);
  EXPECT_EQ(info.dwProviderFlags, static_cast<DWORD>(PFL_MATCHES_PROTOCOL_ZERO | PFL_HIDDEN));
  EXPECT_EQ(listen(s), WSAEOPNOTSUPP);
  EXPECT_EQ(recv(s, &error, 1), -WSAEINVAL) << "not bound";
}

TEST_F(Raw, ReceivesTheHeaderOfIPv4) {
  if (!is_allowed()) GTEST_SKIP() << "no privilege for raw sockets";
  SOCKET s = make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  ASSERT_EQ(bind(s, loopback(AF_INET, htons(77))), 0);
  Name name;
  ASSERT_EQ(local_name(s, &name), 0);
  EXPECT_EQ(name.port(), 0) << "there are no ports";
  SOCKET beside = make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  EXPECT_EQ(bind(beside, loopback()), 0) << "nothing is taken by a bind";

  const Ping ping;
  ASSERT_EQ(send_to(s, ping.bytes, sizeof(ping.bytes), loopback(AF_INET, htons(77))),
            static_cast<int>(sizeof(ping.bytes)));
  Name from;
  EXPECT_EQ(await_packet(s, kIpHeaderBytes, kEchoReply, ping, &from),
            kIpHeaderBytes + static_cast<int>(sizeof(ping.bytes)));
  EXPECT_EQ(std::memcmp(from.get(), loopback().get(), 8), 0);
}

TEST_F(Raw, ReceivesNoHeaderOfIPv6) {
  if (!is_allowed()) GTEST_SKIP() << "no privilege for raw sockets";
  SOCKET s = make_socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
  ASSERT_EQ(bind(s, loopback(AF_INET6)), 0);
  const Ping ping(kEchoRequest6);
  ASSERT_EQ(send_to(s, ping.bytes, sizeof(ping.bytes), loopback(AF_INET6, htons(77))),
            static_cast<int>(sizeof(ping.bytes)));
  Name from;
  EXPECT_EQ(await_packet(s, 0, kEchoReply6, ping, &from), static_cast<int>(sizeof(ping.bytes)));
}

TEST_F(Raw, SendsAHeaderOfTheProgram) {
  if (!is_allowed()) GTEST_SKIP() << "no privilege for raw sockets";
  SOCKET s = make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  ASSERT_EQ(bind(s, loopback()), 0);
  SOCKET sender = make_socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  EXPECT_EQ(option(sender, IPPROTO_IP, IP_HDRINCL), 0);
  ASSERT_EQ(set_option(sender, IPPROTO_IP, IP_HDRINCL, DWORD{1}), 0);
  EXPECT_EQ(option(sender, IPPROTO_IP, IP_HDRINCL), 1);

  const Ping ping;
  unsigned char packet[kIpHeaderBytes + sizeof(ping.bytes)] = {0x45, 0, 0,  sizeof(packet), 0, 1,
                                                               0,    0, 64, IPPROTO_ICMP};
  const unsigned char source[] = {127, 0, 0, 9};
  const unsigned char target[] = {127, 0, 0, 1};
  std::memcpy(packet + 12, source, 4);
  std::memcpy(packet + 16, target, 4);
  put(packet + kHeaderChecksum, checksum(packet, kIpHeaderBytes));
  std::memcpy(packet + kIpHeaderBytes, ping.bytes, sizeof(ping.bytes));
  ASSERT_EQ(send_to(sender, packet, sizeof(packet), loopback()), static_cast<int>(sizeof(packet)));
  Name from;
  EXPECT_EQ(await_packet(s, kIpHeaderBytes, kEchoRequest, ping, &from), static_cast<int>(sizeof(packet)));
  EXPECT_EQ(from.v4.sin_addr.s_addr, htonl(INADDR_LOOPBACK + 8)) << "the source that the program wrote";
}

TEST_F(Raw, HearsThePeerAlone) {
  if (!is_allowed()) GTEST_SKIP() << "no privilege for raw sockets";
  SOCKET s = make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  Name peer = loopback();
  peer.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  ASSERT_EQ(connect(s, peer), 0);
  const Ping ping;
  EXPECT_EQ(send(s, ping.bytes, sizeof(ping.bytes)), static_cast<int>(sizeof(ping.bytes)));
  Name from;
  ASSERT_GT(await_packet(s, kIpHeaderBytes, kEchoReply, ping, &from), 0);
  EXPECT_EQ(from.v4.sin_addr.s_addr, peer.v4.sin_addr.s_addr);
}

// Linux would never let anything in again.
TEST_F(Raw, HearsEveryoneAfterItHasLeftThePeer) {
  if (!is_allowed()) GTEST_SKIP() << "no privilege for raw sockets";
  SOCKET s = make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  Name peer = loopback();
  peer.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  ASSERT_EQ(connect(s, peer), 0);
  ASSERT_EQ(connect(s, wildcard()), 0);
  const Ping ping;
  EXPECT_EQ(send(s, ping.bytes, sizeof(ping.bytes)), -WSAENOTCONN);
  ASSERT_EQ(send_to(s, ping.bytes, sizeof(ping.bytes), loopback()), static_cast<int>(sizeof(ping.bytes)));
  Name from;
  EXPECT_GT(await_packet(s, kIpHeaderBytes, kEchoReply, ping, &from), 0);
}

}  // namespace
}  // namespace inlet::provider::test
