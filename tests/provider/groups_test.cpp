// Multicast: memberships by every option that changes them, WSPJoinLeaf, and what a receiver does not want. All of it on the
// loopback.
#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

constexpr DWORD kLeaf = WSA_FLAG_OVERLAPPED | WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF;
constexpr ULONG kGroup = 0xefffff07;  // 239.255.255.7

Name group_name(u_short port = 0) {
  Name name = loopback(AF_INET, port);
  name.v4.sin_addr.s_addr = htonl(kGroup);
  return name;
}

Name group_name_v6(u_short port = 0) {
  Name name = loopback(AF_INET6, port);
  name.v6.sin6_addr = {};
  name.v6.sin6_addr.s6_bytes[0] = 0xff;
  name.v6.sin6_addr.s6_bytes[1] = 0x11;  // of this machine
  name.v6.sin6_addr.s6_bytes[15] = 7;
  name.v6.sin6_scope_id = 1;
  return name;
}

IN_ADDR address(ULONG host_order) {
  IN_ADDR value{};
  value.s_addr = htonl(host_order);
  return value;
}

ip_mreq membership(ULONG interface = INADDR_LOOPBACK) {
  return {address(kGroup), address(interface)};
}
ip_mreq_source source_membership(ULONG source = INADDR_LOOPBACK) {
  return {address(kGroup), address(source), address(INADDR_LOOPBACK)};
}

SOCKADDR_STORAGE storage(const Name& name) {
  SOCKADDR_STORAGE value{};
  std::memcpy(&value, name.get(), static_cast<size_t>(name.size));
  return value;
}

class Groups : public ProviderTest {
 protected:
  SOCKET make_receiver(int family = AF_INET) {
    SOCKET s = make_socket(family, SOCK_DGRAM);
    EXPECT_EQ(bind(s, wildcard(family)), 0);
    EXPECT_EQ(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{5000}), 0);
    return s;
  }
  // Sends from the loopback, so that nothing leaves the machine.
  SOCKET make_sender() {
    SOCKET s = make_bound(AF_INET, SOCK_DGRAM);
    EXPECT_EQ(set_option(s, SOL_SOCKET, SO_BROADCAST, BOOL{TRUE}), 0);
    return s;
  }
  u_short port_of(SOCKET s) {
    Name name;
    EXPECT_EQ(local_name(s, &name), 0);
    return name.port();
  }
  int send_to(SOCKET s, const Name& to, const std::string& text) {
    WSABUF buffer{static_cast<ULONG>(text.size()), const_cast<CHAR*>(text.data())};
    DWORD count = 0;
    int error = 0;
    return wsp.lpWSPSendTo(s, &buffer, 1, &count, 0, to.get(), to.size, nullptr, nullptr, nullptr, &error) == 0 ? 0
                                                                                                                : error;
  }
  std::string next(SOCKET s) {
    char text[16];
    const int got = recv(s, text, sizeof(text));
    return got >= 0 ? std::string(text, static_cast<size_t>(got)) : "error " + std::to_string(-got);
  }
  // What the receiver gets of a datagram to many and of one to itself that follows it.
  std::string first_of_both(SOCKET sender, SOCKET receiver, const Name& many) {
    EXPECT_EQ(send_to(sender, many, "many"), 0);
    EXPECT_EQ(send_to(sender, loopback(AF_INET, many.port()), "one"), 0);
    const std::string first = next(receiver);
    if (first == "many") {
      EXPECT_EQ(next(receiver), "one");
    }
    return first;
  }

  SOCKET make_leaf(int family = AF_INET) {
    int error = 0;
    SOCKET s = wsp.lpWSPSocket(family, SOCK_DGRAM, 0, nullptr, 0, kLeaf, &error);
    EXPECT_NE(s, INVALID_SOCKET) << error;
    return s;
  }
  int join(SOCKET s, const Name& name, DWORD flags = JL_BOTH, LPWSABUF data = nullptr, LPQOS qos = nullptr) {
    int error = 0;
    const SOCKET joined = wsp.lpWSPJoinLeaf(s, name.get(), name.size, data, nullptr, qos, nullptr, flags, &error);
    if (joined == INVALID_SOCKET) return error;
    EXPECT_EQ(joined, s);
    return 0;
  }
};

TEST_F(Groups, AMemberReceivesUntilItLeaves) {
  SOCKET receiver = make_receiver();
  SOCKET sender = make_sender();
  const Name many = group_name(port_of(receiver));
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership()), 0);
  EXPECT_EQ(first_of_both(sender, receiver, many), "many");
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_DROP_MEMBERSHIP, membership()), 0);
  EXPECT_EQ(first_of_both(sender, receiver, many), "one");
}

TEST_F(Groups, TheInterfaceMayBeAnIndexOrLeftOut) {
  SOCKET s = make_receiver();
  EXPECT_EQ(set_option(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership(1)), 0) << "0.0.0.1 is the first interface";
  EXPECT_EQ(set_option(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership()), WSAEADDRINUSE) << "which is the loopback";
  EXPECT_EQ(set_option(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, membership(1)), 0);
  EXPECT_EQ(set_option(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership(0)), 0);
  EXPECT_EQ(set_option(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, membership(0)), 0);
}

TEST_F(Groups, MembershipsFollowTheErrorTable) {
  SOCKET s = make_receiver();
  SOCKET stream = make_socket();
  SOCKET v6 = make_socket(AF_INET6, SOCK_DGRAM);
  int error = 0;
  const ip_mreq cut = membership();
  EXPECT_EQ(set_option(stream, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership()), WSAEINVAL);
  EXPECT_EQ(wsp.lpWSPSetSockOpt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, reinterpret_cast<const char*>(&cut), 7, &error),
            SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(set_option(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership(0xc0000263)), WSAEADDRNOTAVAIL);
  EXPECT_EQ(set_option(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership(9999)), WSAEADDRNOTAVAIL);
  EXPECT_EQ(set_option(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, ip_mreq{address(0x7f000001), address(1)}), WSAEADDRNOTAVAIL)
      << "no group";
  EXPECT_EQ(set_option(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, membership()), WSAEADDRNOTAVAIL) << "not joined";
  EXPECT_EQ(set_option(s, IPPROTO_IP, MCAST_JOIN_GROUP, group_req{1, storage(group_name_v6())}), WSAEAFNOSUPPORT);
  EXPECT_EQ(set_option(s, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, ipv6_mreq{}), WSAENOPROTOOPT) << "not of this family";
  EXPECT_EQ(set_option(v6, IPPROTO_IPV6, IP_ADD_SOURCE_MEMBERSHIP, source_membership()), WSAENOPROTOOPT);
}

TEST_F(Groups, ASourceCanBeChosen) {
  SOCKET receiver = make_receiver();
  SOCKET sender = make_sender();
  const Name many = group_name(port_of(receiver));
  const ULONG somebody = 0x7f000009;
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, source_membership(somebody)), 0);
  EXPECT_EQ(first_of_both(sender, receiver, many), "one") << "it is not that source";
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, source_membership()), 0);
  EXPECT_EQ(first_of_both(sender, receiver, many), "many");
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, source_membership()), 0);
  EXPECT_EQ(first_of_both(sender, receiver, many), "one");
}

TEST_F(Groups, ASourceCanBeBlocked) {
  SOCKET receiver = make_receiver();
  SOCKET sender = make_sender();
  const Name many = group_name(port_of(receiver));
  const group_source_req from_sender{1, storage(group_name()), storage(loopback())};
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, MCAST_JOIN_GROUP, group_req{1, storage(group_name())}), 0);
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_BLOCK_SOURCE, source_membership()), 0);
  EXPECT_EQ(first_of_both(sender, receiver, many), "one");
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, MCAST_UNBLOCK_SOURCE, from_sender), 0);
  EXPECT_EQ(first_of_both(sender, receiver, many), "many");
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, MCAST_LEAVE_GROUP, group_req{1, storage(group_name())}), 0);
  EXPECT_EQ(first_of_both(sender, receiver, many), "one");
}

TEST_F(Groups, ExistForVersionSixToo) {
  SOCKET s = make_receiver(AF_INET6);
  const Name group = group_name_v6();
  const ipv6_mreq membership{group.v6.sin6_addr, 1};
  EXPECT_EQ(set_option(s, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership), 0);
  EXPECT_EQ(set_option(s, IPPROTO_IPV6, MCAST_JOIN_GROUP, group_req{1, storage(group)}), WSAEADDRINUSE);
  EXPECT_EQ(set_option(s, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, membership), 0);
  EXPECT_EQ(set_option(s, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, membership), WSAEADDRNOTAVAIL);
  EXPECT_EQ(set_option(s, IPPROTO_IPV6, MCAST_JOIN_GROUP, group_req{1, storage(group)}), 0);
  EXPECT_EQ(set_option(s, IPPROTO_IPV6, MCAST_LEAVE_GROUP, group_req{1, storage(group)}), 0);
  const group_source_req chosen{1, storage(group), storage(loopback(AF_INET6))};
  EXPECT_EQ(set_option(s, IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, chosen), 0);
  EXPECT_EQ(set_option(s, IPPROTO_IPV6, MCAST_LEAVE_SOURCE_GROUP, chosen), 0);
}

// Linux' loopback carries no multicast of version 6, so another interface has to; the group's scope keeps it on the machine.
TEST_F(Groups, LoopIsTheReceiversChoiceInVersionSixToo) {
  SOCKET receiver = make_receiver(AF_INET6);
  SOCKET sender = make_socket(AF_INET6, SOCK_DGRAM);
  Name many = group_name_v6(port_of(receiver));
  auto carries = [&](ULONG interface) {
    many.v6.sin6_scope_id = interface;
    return set_option(receiver, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, ipv6_mreq{many.v6.sin6_addr, interface}) == 0 &&
           set_option(sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, DWORD{interface}) == 0 &&
           send_to(sender, many, "many") == 0;
  };
  ULONG interface = 1;
  while (interface < 32 && !carries(interface)) ++interface;
  if (interface == 32) GTEST_SKIP() << "no interface carries multicast of version 6";
  EXPECT_EQ(next(receiver), "many");
  EXPECT_EQ(set_option(receiver, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, DWORD{0}), 0);
  EXPECT_EQ(option(receiver, IPPROTO_IPV6, IPV6_MULTICAST_LOOP), 0);
  ASSERT_EQ(send_to(sender, many, "many"), 0);
  ASSERT_EQ(send_to(sender, loopback(AF_INET6, many.port()), "one"), 0);
  EXPECT_EQ(next(receiver), "one");
}

// On Linux IP_MULTICAST_LOOP is the sender's; a receiver that had switched it off still heard every program of its machine.
TEST_F(Groups, LoopIsTheReceiversChoice) {
  SOCKET receiver = make_receiver();
  SOCKET other = make_sender();
  const Name many = group_name(port_of(receiver));
  ASSERT_EQ(set_option(receiver, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership()), 0);
  EXPECT_EQ(set_option(other, IPPROTO_IP, IP_MULTICAST_LOOP, DWORD{0}), 0);
  EXPECT_EQ(first_of_both(other, receiver, many), "many") << "the sender's option does not count";
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_MULTICAST_LOOP, DWORD{0}), 0);
  EXPECT_EQ(option(receiver, IPPROTO_IP, IP_MULTICAST_LOOP), 0);
  EXPECT_EQ(first_of_both(other, receiver, many), "one");
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_MULTICAST_LOOP, DWORD{1}), 0);
  EXPECT_EQ(first_of_both(other, receiver, many), "many");
}

TEST_F(Groups, BroadcastsCanBeKeptOut) {
  SOCKET receiver = make_receiver();
  SOCKET sender = make_sender();
  Name all = group_name(port_of(receiver));
  all.v4.sin_addr.s_addr = INADDR_BROADCAST;
  const Name many = group_name(port_of(receiver));
  ASSERT_EQ(set_option(receiver, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership()), 0);
  EXPECT_EQ(first_of_both(sender, receiver, all), "many");
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_RECEIVE_BROADCAST, DWORD{0}), 0);
  EXPECT_EQ(first_of_both(sender, receiver, all), "one");
  EXPECT_EQ(first_of_both(sender, receiver, many), "many") << "a group is no broadcast";
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_MULTICAST_LOOP, DWORD{0}), 0);
  EXPECT_EQ(first_of_both(sender, receiver, all), "one");
  EXPECT_EQ(first_of_both(sender, receiver, many), "one");
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_RECEIVE_BROADCAST, DWORD{1}), 0);
  EXPECT_EQ(first_of_both(sender, receiver, all), "many");
}

TEST_F(Groups, SeveralSocketsMayShareAMulticastPort) {
  SOCKET first = make_socket(AF_INET, SOCK_DGRAM);
  SOCKET second = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(set_option(first, SOL_SOCKET, SO_REUSE_MULTICASTPORT, DWORD{1}), 0);
  ASSERT_EQ(bind(first, wildcard()), 0);
  EXPECT_EQ(set_option(first, SOL_SOCKET, SO_REUSE_MULTICASTPORT, DWORD{0}), WSAEINVAL) << "it comes too late";
  ASSERT_EQ(set_option(second, SOL_SOCKET, SO_REUSE_MULTICASTPORT, DWORD{1}), 0);
  ASSERT_EQ(bind(second, wildcard(AF_INET, port_of(first))), 0);
  for (SOCKET s : {first, second}) {
    ASSERT_EQ(set_option(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership()), 0);
    ASSERT_EQ(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{5000}), 0);
  }
  ASSERT_EQ(send_to(make_sender(), group_name(port_of(first)), "many"), 0);
  EXPECT_EQ(next(first), "many");
  EXPECT_EQ(next(second), "many");
}

// --- WSPJoinLeaf

TEST_F(Groups, ALeafJoinsWhereItIsBound) {
  SOCKET receiver = make_leaf();
  SOCKET sender = make_sender();
  ASSERT_EQ(bind(receiver, wildcard()), 0);
  ASSERT_EQ(set_option(receiver, SOL_SOCKET, SO_RCVTIMEO, DWORD{5000}), 0);
  SOCKET local = make_leaf();
  ASSERT_EQ(bind(local, loopback()), 0);
  EXPECT_EQ(join(local, group_name()), 0);
  EXPECT_EQ(set_option(local, IPPROTO_IP, IP_DROP_MEMBERSHIP, membership()), 0) << "it joined on the loopback";
  EXPECT_EQ(join(receiver, group_name()), 0);
  EXPECT_EQ(join(receiver, group_name()), WSAEADDRINUSE);
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_DROP_MEMBERSHIP, membership(0)), 0);
  EXPECT_EQ(set_option(receiver, IPPROTO_IP, IP_MULTICAST_IF, htonl(INADDR_LOOPBACK)), 0);
  EXPECT_EQ(first_of_both(sender, receiver, group_name(port_of(receiver))), "one") << "it has left";
}

TEST_F(Groups, ALeafIsBoundByJoining) {
  SOCKET s = make_leaf();
  EXPECT_EQ(join(s, group_name(), JL_RECEIVER_ONLY), 0);
  EXPECT_NE(port_of(s), 0);
  SOCKET v6 = make_leaf(AF_INET6);
  EXPECT_EQ(join(v6, group_name_v6()), 0);
  EXPECT_EQ(join(v6, group_name_v6()), WSAEADDRINUSE);
}

TEST_F(Groups, ASenderIsNoMember) {
  SOCKET s = make_leaf();
  ASSERT_EQ(bind(s, loopback()), 0);
  EXPECT_EQ(join(s, group_name(), JL_SENDER_ONLY), 0);
  EXPECT_EQ(set_option(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, membership()), WSAEADDRNOTAVAIL);
}

TEST_F(Groups, JoinLeafFollowsTheErrorTable) {
  SOCKET s = make_leaf();
  QOS qos{};
  char text[1] = {};
  WSABUF data{1, text};
  Name cut = group_name();
  cut.size = 15;
  EXPECT_EQ(join(0xdeadbeef, cut), WSAENOTSOCK);
  EXPECT_EQ(join(s, group_name(), JL_BOTH, nullptr, &qos), WSAEOPNOTSUPP);
  EXPECT_EQ(join(s, group_name(), JL_BOTH, &data), WSAEPROTONOSUPPORT);
  EXPECT_EQ(join(s, cut), WSAEFAULT);
  EXPECT_EQ(join(make_socket(), group_name()), WSAEOPNOTSUPP);
  EXPECT_EQ(join(make_socket(AF_INET, SOCK_DGRAM), group_name()), WSAEINVAL) << "no leaf";
  EXPECT_EQ(join(s, group_name(), 0), WSAEINVAL);
  EXPECT_EQ(join(s, group_name(), JL_SENDER_ONLY | JL_RECEIVER_ONLY), WSAEINVAL);
  EXPECT_EQ(join(s, group_name_v6()), WSAEAFNOSUPPORT);
  EXPECT_EQ(join(s, loopback()), WSAEADDRNOTAVAIL);
}

TEST_F(Groups, OnlyDatagramSocketsAreLeavesAndNoneIsARoot) {
  auto make = [&](int type, DWORD flags) {
    int error = 0;
    return wsp.lpWSPSocket(AF_INET, type, 0, nullptr, 0, flags, &error) == INVALID_SOCKET ? error : 0;
  };
  EXPECT_EQ(make(SOCK_STREAM, kLeaf), WSAEINVAL);
  EXPECT_EQ(make(SOCK_DGRAM, WSA_FLAG_MULTIPOINT_C_LEAF), WSAEINVAL);
  EXPECT_EQ(make(SOCK_DGRAM, WSA_FLAG_MULTIPOINT_C_ROOT | WSA_FLAG_MULTIPOINT_D_LEAF), WSAEINVAL);
  EXPECT_EQ(make(SOCK_DGRAM, WSA_FLAG_MULTIPOINT_D_ROOT), WSAEINVAL);
  EXPECT_EQ(make(SOCK_DGRAM, kLeaf), 0);
}

}  // namespace
}  // namespace inlet::provider::test
