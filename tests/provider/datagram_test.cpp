// Datagram sockets: their edges, addresses, refusals, and what ICMP says about them.
#include <array>
#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include "provider_fixture.h"
#include "support/packets.h"

namespace inlet::provider::test {
namespace {

class Datagram : public ProviderTest {
 protected:
  SOCKET make() { return make_socket(AF_INET, SOCK_DGRAM); }
  SOCKET make_receiver(Name* name, int family = AF_INET) {
    SOCKET s = make_bound(family, SOCK_DGRAM);
    EXPECT_EQ(local_name(s, name), 0);
    return s;
  }
  // An address where nobody listens.
  Name make_gone(int family = AF_INET) {
    Name name;
    EXPECT_EQ(close(make_receiver(&name, family)), 0);
    return name;
  }
  // Bytes, or the error code as a negative number.
  int send_to(SOCKET s, const std::string& text, const Name& to, DWORD flags = 0) {
    return send_to_raw(s, text, to.get(), to.size, flags);
  }
  int send_to_raw(SOCKET s, const std::string& text, const sockaddr* to, int size, DWORD flags = 0) {
    WSABUF buffer{static_cast<ULONG>(text.size()), const_cast<CHAR*>(text.data())};
    DWORD count = 0;
    int error = 0;
    const int result = wsp.lpWSPSendTo(s, &buffer, 1, &count, flags, to, size, nullptr, nullptr, nullptr, &error);
    return result == 0 ? static_cast<int>(count) : -error;
  }
  int recv_from(SOCKET s, void* data, size_t size, Name* from, DWORD flags = 0) {
    WSABUF buffer{static_cast<ULONG>(size), static_cast<CHAR*>(data)};
    int error = 0;
    from->size = sizeof(sockaddr_in6);
    count_ = 0;
    flags_ = flags;
    const int result =
        wsp.lpWSPRecvFrom(s, &buffer, 1, &count_, &flags_, from->get(), &from->size, nullptr, nullptr, nullptr, &error);
    return result == 0 ? static_cast<int>(count_) : -error;
  }
  int ioctl(SOCKET s, DWORD code, BOOL value) {
    int error = 0;
    DWORD returned = 0;
    return wsp.lpWSPIoctl(s, code, &value, sizeof(value), nullptr, 0, &returned, nullptr, nullptr, nullptr, &error) == 0
               ? 0
               : error;
  }
  u_short port_of(SOCKET s) {
    Name name;
    EXPECT_EQ(local_name(s, &name), 0);
    return name.port();
  }

  DWORD count_ = 0;  // what the last recv_from gave back beside its result
  DWORD flags_ = 0;
};

TEST_F(Datagram, DatagramsKeepTheirEdges) {
  SOCKET receiver = make_bound(AF_INET, SOCK_DGRAM);
  Name name;
  ASSERT_EQ(local_name(receiver, &name), 0);
  SOCKET sender = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(sender, name), 0);
  EXPECT_EQ(send(sender, "one"), 3);
  EXPECT_EQ(send(sender, nullptr, 0), 0);
  EXPECT_EQ(send(sender, "three"), 5);
  char text[8] = {};
  EXPECT_EQ(recv(receiver, text, 8), 3);
  EXPECT_EQ(recv(receiver, text, 8), 0) << "an empty datagram is not an end";

  // Too little room is an error that delivers the head.
  WSABUF buffer{2, text};
  DWORD count = 0;
  DWORD flags = 0;
  int error = 0;
  EXPECT_EQ(wsp.lpWSPRecv(receiver, &buffer, 1, &count, &flags, nullptr, nullptr, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEMSGSIZE);
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(std::string(text, 2), "th");
  ASSERT_EQ(set_nonblocking(receiver), 0);
  EXPECT_EQ(recv(receiver, text, 8), -WSAEWOULDBLOCK) << "the rest is gone";
  EXPECT_EQ(send(sender, std::string(65508, 'x')), -WSAEMSGSIZE);
}

TEST_F(Datagram, DatagramsSpreadOverManyBuffers) {
  SOCKET receiver = make_bound(AF_INET, SOCK_DGRAM);
  Name name;
  ASSERT_EQ(local_name(receiver, &name), 0);
  SOCKET sender = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(sender, name), 0);
  for (size_t pieces : {3u, 16u, 40u}) {
    std::string data(pieces, ' ');
    std::iota(data.begin(), data.end(), 'A');
    std::vector<WSABUF> out;
    for (char& c : data) out.push_back({1, &c});
    DWORD count = 0;
    DWORD flags = 0;
    int error = 0;
    ASSERT_EQ(
        wsp.lpWSPSend(sender, out.data(), static_cast<DWORD>(pieces), &count, 0, nullptr, nullptr, nullptr, &error), 0);
    EXPECT_EQ(count, pieces);
    std::string got(pieces, ' ');
    std::vector<WSABUF> in;
    for (char& c : got) in.push_back({1, &c});
    ASSERT_EQ(wsp.lpWSPRecv(receiver, in.data(), static_cast<DWORD>(pieces), &count, &flags, nullptr, nullptr, nullptr,
                            &error),
              0)
        << error;
    EXPECT_EQ(count, pieces);
    EXPECT_EQ(got, data);
  }
}

TEST_F(Datagram, PortUnreachableShowsOnReceiveOnly) {
  SOCKET gone = make_bound(AF_INET, SOCK_DGRAM);
  Name name;
  ASSERT_EQ(local_name(gone, &name), 0);
  ASSERT_EQ(close(gone), 0);
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(s, name), 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(s, "x"), 1);
  char byte = 0;
  EXPECT_EQ(recv(s, &byte, 1), -WSAECONNRESET);
}

TEST_F(Datagram, UnboundDatagramSocketCannotReceive) {
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  char byte = 0;
  EXPECT_EQ(recv(s, &byte, 1), -WSAEINVAL);
  EXPECT_EQ(send(s, "x"), -WSAENOTCONN);
}

TEST_F(Datagram, TellsWhoSentItOverBothFamilies) {
  for (int family : {AF_INET, AF_INET6}) {
    Name name;
    SOCKET receiver = make_receiver(&name, family);
    Name sender_name;
    SOCKET sender = make_receiver(&sender_name, family);
    EXPECT_EQ(send_to(sender, "hello", name), 5);
    char text[8] = {};
    Name from;
    EXPECT_EQ(recv_from(receiver, text, 8, &from), 5);
    EXPECT_STREQ(text, "hello");
    EXPECT_EQ(from.size, sender_name.size);
    EXPECT_EQ(from.any.sa_family, family);
    EXPECT_EQ(from.port(), sender_name.port());
    EXPECT_EQ(send_to(receiver, "back", from), 4);
    EXPECT_EQ(recv_from(sender, text, 8, &from), 4);
  }
}

TEST_F(Datagram, ATooSmallPlaceForTheAddressKeepsTheDatagram) {
  Name name;
  SOCKET receiver = make_receiver(&name);
  ASSERT_EQ(send_to(make(), "kept", name), 4);
  char text[8] = {};
  WSABUF buffer{8, text};
  Name from;
  for (int size : {1, 15}) {
    DWORD flags = 0;
    int error = 0;
    EXPECT_EQ(
        wsp.lpWSPRecvFrom(receiver, &buffer, 1, &count_, &flags, from.get(), &size, nullptr, nullptr, nullptr, &error),
        SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
  }
  int error = 0;
  DWORD flags = 0;
  EXPECT_EQ(
      wsp.lpWSPRecvFrom(receiver, &buffer, 1, &count_, &flags, from.get(), nullptr, nullptr, nullptr, nullptr, &error),
      SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(recv_from(receiver, text, 8, &from), 4);
  EXPECT_STREQ(text, "kept");
}

TEST_F(Datagram, TheHeadOfALargeDatagramComesWithItsSender) {
  Name name;
  SOCKET receiver = make_receiver(&name);
  SOCKET sender = make();
  ASSERT_EQ(send_to(sender, "longer", name), 6);
  char text[8] = {};
  Name from;
  EXPECT_EQ(recv_from(receiver, text, 4, &from, MSG_PEEK), -WSAEMSGSIZE);
  EXPECT_EQ(recv_from(receiver, text, 4, &from), -WSAEMSGSIZE);
  EXPECT_EQ(count_, 4u);
  EXPECT_EQ(flags_, static_cast<DWORD>(MSG_PARTIAL));
  EXPECT_STREQ(text, "long");
  EXPECT_EQ(from.port(), port_of(sender));
  ASSERT_EQ(set_nonblocking(receiver), 0);
  EXPECT_EQ(recv_from(receiver, text, 4, &from), -WSAEWOULDBLOCK);
}

TEST_F(Datagram, NoRoomAtAllTakesADatagramToo) {
  Name name;
  SOCKET receiver = make_receiver(&name);
  SOCKET sender = make();
  ASSERT_EQ(send_to(sender, "", name), 0);
  ASSERT_EQ(send_to(sender, "x", name), 1);
  Name from;
  EXPECT_EQ(recv_from(receiver, nullptr, 0, &from), 0) << "the empty one fits";
  EXPECT_EQ(recv_from(receiver, nullptr, 0, &from), -WSAEMSGSIZE);
}

TEST_F(Datagram, AFirstSendBindsTheSocket) {
  Name name;
  make_receiver(&name);
  SOCKET s = make();
  Name own;
  EXPECT_EQ(local_name(s, &own), WSAEINVAL);
  EXPECT_EQ(send_to(s, "x", name), 1);
  ASSERT_EQ(local_name(s, &own), 0);
  EXPECT_NE(own.port(), 0);
  EXPECT_EQ(own.v4.sin_addr.s_addr, 0u);
  char byte = 0;
  Name from;
  ASSERT_EQ(set_nonblocking(s), 0);
  EXPECT_EQ(recv_from(s, &byte, 1, &from), -WSAEWOULDBLOCK) << "and may receive now";
}

TEST_F(Datagram, ChecksADestination) {
  Name name;
  SOCKET receiver = make_receiver(&name);
  SOCKET s = make();
  EXPECT_EQ(send_to_raw(s, "x", nullptr, 0), -WSAENOTCONN);
  EXPECT_EQ(send_to_raw(s, "x", name.get(), 15), -WSAEFAULT);
  EXPECT_EQ(send_to(s, "x", loopback(AF_INET6, name.port())), -WSAEAFNOSUPPORT);
  EXPECT_EQ(send_to(s, "x", wildcard(AF_INET, name.port())), -WSAEADDRNOTAVAIL);
  EXPECT_EQ(send_to(make_socket(AF_INET6, SOCK_DGRAM), "x", wildcard(AF_INET6, name.port())), -WSAEADDRNOTAVAIL);
  EXPECT_EQ(send_to(s, "x", name, MSG_OOB), -WSAEOPNOTSUPP);
  EXPECT_EQ(send_to(s, "x", name, MSG_PARTIAL), -WSAEOPNOTSUPP);
  EXPECT_EQ(send_to(s, "x", name, MSG_DONTROUTE), 1);
  WSABUF buffer{1, const_cast<CHAR*>("x")};
  int error = 0;
  EXPECT_EQ(wsp.lpWSPSendTo(s, &buffer, 1, nullptr, 0, name.get(), name.size, nullptr, nullptr, nullptr, &error),
            SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(wsp.lpWSPSendTo(s, &buffer, 0, &count_, 0, name.get(), name.size, nullptr, nullptr, nullptr, &error),
            SOCKET_ERROR);
  EXPECT_EQ(error, WSAEINVAL);
  char text[4] = {};
  EXPECT_EQ(recv(receiver, text, 4), 1);
}

TEST_F(Datagram, PortZeroTakesEverythingThatCouldBeSent) {
  SOCKET s = make();
  EXPECT_EQ(send_to(s, "nobody", loopback(AF_INET, 0)), 6);
  EXPECT_NE(port_of(s), 0);
  EXPECT_EQ(send_to(s, std::string(65508, 'x'), loopback(AF_INET, 0)), -WSAEMSGSIZE);
  Name everybody = loopback(AF_INET, 0);
  everybody.v4.sin_addr.s_addr = INADDR_BROADCAST;
  EXPECT_EQ(send_to(s, "x", everybody), -WSAEACCES);
}

TEST_F(Datagram, BroadcastsHaveToBeAllowed) {
  Name everybody = loopback(AF_INET, htons(9));
  everybody.v4.sin_addr.s_addr = htonl(0x7fffffff);  // of the loopback network
  SOCKET s = make();
  EXPECT_EQ(send_to(s, "x", everybody), -WSAEACCES);
  EXPECT_EQ(connect(s, everybody), WSAEACCES) << "as documented, though observed otherwise";
  ASSERT_EQ(set_option(s, SOL_SOCKET, SO_BROADCAST, BOOL{TRUE}), 0);
  EXPECT_EQ(send_to(s, "x", everybody), 1);
  EXPECT_EQ(connect(s, everybody), 0);
}

TEST_F(Datagram, AnAddressOverridesThePeerForOneCall) {
  Name peer_address;
  SOCKET peer = make_receiver(&peer_address);
  Name other_address;
  SOCKET other = make_receiver(&other_address);
  SOCKET s = make();
  ASSERT_EQ(connect(s, peer_address), 0);
  EXPECT_EQ(send_to(s, "other", other_address), 5);
  EXPECT_EQ(send_to_raw(s, "peer", nullptr, 0), 4);
  char text[8] = {};
  EXPECT_EQ(recv(other, text, 8), 5);
  EXPECT_EQ(recv(peer, text, 8), 4);
}

TEST_F(Datagram, ShutSidesSaySo) {
  Name name;
  SOCKET receiver = make_receiver(&name);
  ASSERT_EQ(send_to(receiver, "x", name), 1);
  ASSERT_EQ(shutdown(receiver, SD_RECEIVE), 0);
  char byte = 0;
  Name from;
  EXPECT_EQ(recv_from(receiver, &byte, 1, &from), -WSAESHUTDOWN);
  EXPECT_EQ(send_to(receiver, "x", name), 1) << "datagrams are still taken in";
  ASSERT_EQ(shutdown(receiver, SD_SEND), 0);
  EXPECT_EQ(send_to(receiver, "x", name), -WSAESHUTDOWN);
}

TEST_F(Datagram, RefusesFlagsOfStreams) {
  Name name;
  SOCKET receiver = make_receiver(&name);
  char byte = 0;
  Name from;
  EXPECT_EQ(recv_from(receiver, &byte, 1, &from, MSG_OOB), -WSAEOPNOTSUPP);
  EXPECT_EQ(recv_from(receiver, &byte, 1, &from, MSG_WAITALL), -WSAEOPNOTSUPP);
}

// Each ICMP answer makes one receive fail, with or without a peer, and never a send.
TEST_F(Datagram, EveryPortUnreachableShowsOnce) {
  for (int family : {AF_INET, AF_INET6}) {
    for (bool connected : {true, false}) {
      const Name gone = make_gone(family);
      SOCKET s = make_socket(family, SOCK_DGRAM);
      ASSERT_EQ(set_nonblocking(s), 0);
      if (connected) {
        ASSERT_EQ(connect(s, gone), 0);
      }
      for (int i = 0; i < 3; ++i) EXPECT_EQ(connected ? send(s, "x") : send_to(s, "x", gone), 1);
      char byte = 0;
      int resets = 0;
      int result = 0;
      EXPECT_TRUE(eventually([&] {
        result = recv(s, &byte, 1);
        if (result == -WSAECONNRESET) ++resets;
        return resets == 3;
      })) << family;
      EXPECT_EQ(recv(s, &byte, 1), -WSAEWOULDBLOCK) << family << connected;
    }
  }
}

TEST_F(Datagram, PortUnreachableReachesASocketOfBothFamilies) {
  Name mapped = loopback(AF_INET6, make_gone().port());
  const UCHAR v4_loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
  std::memcpy(&mapped.v6.sin6_addr, v4_loopback, sizeof(v4_loopback));
  SOCKET s = make_socket(AF_INET6, SOCK_DGRAM);
  ASSERT_EQ(set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, BOOL{FALSE}), 0);
  ASSERT_EQ(send_to(s, "x", mapped), 1);
  char byte = 0;
  Name from;
  EXPECT_EQ(recv_from(s, &byte, 1, &from), -WSAECONNRESET);
}

TEST_F(Datagram, PortUnreachableEndsAWait) {
  const Name gone = make_gone();
  SOCKET s = make();
  ASSERT_EQ(send_to(s, "x", gone), 1);
  ASSERT_EQ(send_to(s, "y", gone), 1) << "this call hears of it first, and keeps it";
  char byte = 0;
  Name from;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(recv_from(s, &byte, 1, &from), -WSAECONNRESET);
  ASSERT_EQ(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{20}), 0);
  EXPECT_EQ(recv_from(s, &byte, 1, &from), -WSAETIMEDOUT);
}

TEST_F(Datagram, DatagramsComeBesidePortUnreachable) {
  const Name gone = make_gone();
  Name name;
  SOCKET s = make_receiver(&name);
  ASSERT_EQ(send_to(s, "lost", gone), 4);
  ASSERT_EQ(send_to(make(), "came", name), 4);
  char text[8] = {};
  Name from;
  EXPECT_EQ(recv_from(s, text, 8, &from), -WSAECONNRESET);
  EXPECT_EQ(recv_from(s, text, 8, &from), 4);
}

TEST_F(Datagram, PortUnreachableCanBeSwitchedOff) {
  for (bool connected : {true, false}) {
    const Name gone = make_gone();
    SOCKET s = make();
    ASSERT_EQ(ioctl(s, SIO_UDP_CONNRESET, FALSE), 0);
    ASSERT_EQ(ioctl(s, SIO_UDP_NETRESET, connected), 0);
    if (connected) {
      ASSERT_EQ(connect(s, gone), 0);
    }
    for (int i = 0; i < 3; ++i) EXPECT_EQ(connected ? send(s, "x") : send_to(s, "x", gone), 1);
    ASSERT_EQ(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{20}), 0);
    char byte = 0;
    EXPECT_EQ(recv(s, &byte, 1), -WSAETIMEDOUT);
  }
  SOCKET stream = make_socket();
  EXPECT_EQ(ioctl(stream, SIO_UDP_CONNRESET, FALSE), WSAEOPNOTSUPP);
}

TEST_F(Datagram, ADatagramThatLivedTooLongIsANetworkReset) {
  Name peer_address;
  SOCKET peer = make_receiver(&peer_address);
  Name name;
  SOCKET s = make_receiver(&name);
  ASSERT_EQ(send_to(s, "x", peer_address), 1);
  if (!inlet::test::send_time_exceeded(name.port(), peer_address.port()))
    GTEST_SKIP() << "needs the right to send ICMP";
  char byte = 0;
  Name from;
  EXPECT_EQ(recv_from(s, &byte, 1, &from), -WSAENETRESET);
  ASSERT_EQ(ioctl(s, SIO_UDP_NETRESET, FALSE), 0);
  ASSERT_TRUE(inlet::test::send_time_exceeded(name.port(), peer_address.port()));
  ASSERT_EQ(set_option(s, SOL_SOCKET, SO_RCVTIMEO, DWORD{20}), 0);
  EXPECT_EQ(recv_from(s, &byte, 1, &from), -WSAETIMEDOUT);
  EXPECT_EQ(send_to(peer, "y", name), 1);
  EXPECT_EQ(recv_from(s, &byte, 1, &from), 1);
}

TEST_F(Datagram, ConnectDropsWhatOthersHadSent) {
  Name name;
  SOCKET s = make_receiver(&name);
  Name peer_address;
  SOCKET peer = make_receiver(&peer_address);
  SOCKET stranger = make();
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(send_to(stranger, "foreign", name), 7);
    ASSERT_EQ(send_to(peer, std::to_string(i), name), 1);
    ASSERT_EQ(send_to(stranger, "", name), 0);
  }
  ASSERT_EQ(connect(s, peer_address), 0);
  ASSERT_EQ(send_to(stranger, "late", name), 4);
  ASSERT_EQ(set_nonblocking(s), 0);
  for (char expected : {'0', '1', '2'}) {
    char text[8] = {};
    EXPECT_EQ(recv(s, text, 8, MSG_PEEK), 1);
    EXPECT_EQ(recv(s, text, 8), 1);
    EXPECT_EQ(text[0], expected);
  }
  char text[8] = {};
  EXPECT_EQ(recv(s, text, 8), -WSAEWOULDBLOCK);
}

// Linux gives the port of a socket back when its association is dissolved; Windows keeps it.
TEST_F(Datagram, DissolvingTheAssociationKeepsTheAddress) {
  Name peer_address;
  SOCKET peer = make_receiver(&peer_address);
  for (bool bound : {true, false}) {
    SOCKET s = bound ? make_bound(AF_INET, SOCK_DGRAM) : make();
    ASSERT_EQ(connect(s, peer_address), 0);
    const u_short port = port_of(s);
    ASSERT_EQ(connect(s, wildcard()), 0);
    EXPECT_EQ(send(s, "x"), -WSAENOTCONN);
    EXPECT_EQ(port_of(s), port);
    ASSERT_EQ(send_to(peer, "y", loopback(AF_INET, port)), 1);
    char byte = 0;
    EXPECT_EQ(recv(s, &byte, 1), 1);
  }
}

TEST_F(Datagram, SendsFromManyBuffersToAnAddress) {
  Name name;
  SOCKET receiver = make_receiver(&name);
  SOCKET s = make();
  for (size_t pieces : {64u, 65u, 2000u}) {
    std::string data(pieces, ' ');
    std::iota(data.begin(), data.end(), 'A');
    std::vector<WSABUF> out;
    for (char& c : data) out.push_back({1, &c});
    int error = 0;
    ASSERT_EQ(wsp.lpWSPSendTo(s, out.data(), static_cast<DWORD>(pieces), &count_, 0, name.get(), name.size, nullptr,
                              nullptr, nullptr, &error),
              0);
    std::string got(pieces, ' ');
    std::vector<WSABUF> in;
    for (char& c : got) in.push_back({1, &c});
    in.pop_back();
    Name from{};
    from.size = sizeof(sockaddr_in6);
    DWORD flags = 0;
    EXPECT_EQ(wsp.lpWSPRecvFrom(receiver, in.data(), static_cast<DWORD>(in.size()), &count_, &flags, from.get(),
                                &from.size, nullptr, nullptr, nullptr, &error),
              SOCKET_ERROR);
    EXPECT_EQ(error, WSAEMSGSIZE);
    EXPECT_EQ(count_, pieces - 1);
    EXPECT_TRUE(got.substr(0, pieces - 1) == data.substr(0, pieces - 1)) << pieces;
  }
}

}  // namespace
}  // namespace inlet::provider::test
