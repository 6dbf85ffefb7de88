// Sockets and completion ports; the port itself has completion_port_test.cpp.
#include <span>
#include <thread>

#include "overlapped_fixture.h"

namespace inlet::provider::test {
namespace {

class Port : public OverlappedTest {
 protected:
  using Packet = CompletionPort::Packet;

  // The next packet, or one without an OVERLAPPED when there is none.
  Packet take(DWORD timeout_ms = 20'000) {
    Packet packet;
    size_t taken = 0;
    port->get(std::span(&packet, 1), &taken, timeout_ms, false);
    return packet;
  }
  bool empty() { return take(0).overlapped == nullptr; }

  std::shared_ptr<CompletionPort> port = std::make_shared<CompletionPort>();
};

TEST_F(Port, ImmediateSuccessLeavesAPacketToo) {
  auto [client, server] = make_pair();
  ASSERT_TRUE(associate_port(client, port, 7));
  Io io(std::string("data"));
  EXPECT_EQ(send_overlapped(client, io), 0);
  const Packet packet = take();
  EXPECT_EQ(packet.overlapped, &io.overlapped);
  EXPECT_EQ(packet.key, 7u);
  EXPECT_EQ(packet.bytes, 4u);
  EXPECT_EQ(win32_error_of(packet.status), 0u);
  EXPECT_TRUE(io.told_once()) << "the event as well";
  EXPECT_TRUE(empty());
}

TEST_F(Port, ImmediateFailureLeavesNone) {
  SOCKET fresh = make_socket();
  ASSERT_TRUE(associate_port(fresh, port, 1));
  Io io;
  EXPECT_EQ(recv_overlapped(fresh, io), WSAENOTCONN);
  EXPECT_TRUE(empty());
}

TEST_F(Port, ResetAndEndOfThePeer) {
  auto [client, server] = make_pair();
  auto [client2, server2] = make_pair();
  ASSERT_TRUE(associate_port(server, port, 1));
  ASSERT_TRUE(associate_port(server2, port, 2));
  Io io, io2;
  EXPECT_EQ(recv_overlapped(server, io), WSA_IO_PENDING);
  reset(client);
  Packet packet = take();
  EXPECT_EQ(packet.overlapped, &io.overlapped);
  EXPECT_EQ(packet.key, 1u);
  EXPECT_EQ(packet.bytes, 0u);
  EXPECT_EQ(win32_error_of(packet.status), 64u);
  EXPECT_EQ(recv_overlapped(server2, io2), WSA_IO_PENDING);
  EXPECT_EQ(close(client2), 0);
  packet = take();
  EXPECT_EQ(packet.key, 2u);
  EXPECT_EQ(win32_error_of(packet.status), 0u);
  EXPECT_EQ(packet.bytes, 0u);
  EXPECT_TRUE(empty());
}

TEST_F(Port, ClosingLeavesAnAbortedConnectionForAReceive) {
  auto [client, server] = make_pair();
  ASSERT_TRUE(associate_port(server, port, 3));
  EXPECT_EQ(close(client), 0);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), 0);
  EXPECT_TRUE(empty()) << "nothing was overlapped yet";
  auto [other, mine] = make_pair();
  ASSERT_TRUE(associate_port(mine, port, 4));
  Io io;
  EXPECT_EQ(recv_overlapped(mine, io), WSA_IO_PENDING);
  EXPECT_EQ(close(mine), 0);
  const Packet packet = take();
  EXPECT_EQ(packet.key, 4u);
  EXPECT_EQ(win32_error_of(packet.status), 1236u);
  EXPECT_EQ(close(server), 0);
  EXPECT_TRUE(empty()) << "closing without anything that waits leaves nothing";
}

TEST_F(Port, KeyOfAnAcceptIsTheListenersAlsoWhenItCameLater) {
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  auto accept_ex = extension<LPFN_ACCEPTEX>(listener, WSAID_ACCEPTEX);
  constexpr DWORD kRoom = sizeof(sockaddr_in) + 16;
  SOCKET acceptor = make_socket();
  ASSERT_TRUE(associate_port(acceptor, port, 100));
  Io io(128), never(128);
  EXPECT_FALSE(accept_ex(listener, acceptor, io.data.data(), 0, kRoom, kRoom, nullptr, &io.overlapped));
  ASSERT_TRUE(associate_port(listener, port, 200));
  SOCKET client = make_socket();
  ASSERT_EQ(connect(client, name), 0);
  Packet packet = take();
  EXPECT_EQ(packet.overlapped, &io.overlapped);
  EXPECT_EQ(packet.key, 200u);
  SOCKET second = make_socket();
  EXPECT_FALSE(accept_ex(listener, second, never.data.data(), 0, kRoom, kRoom, nullptr, &never.overlapped));
  EXPECT_EQ(close(listener), 0);
  packet = take();
  EXPECT_EQ(packet.overlapped, &never.overlapped);
  EXPECT_EQ(packet.key, 200u);
  EXPECT_EQ(win32_error_of(packet.status), 995u);
  EXPECT_TRUE(empty());
}

TEST_F(Port, RefusesRoutinesAndASecondPort) {
  auto [client, server] = make_pair();
  ASSERT_TRUE(associate_port(server, port, 1));
  EXPECT_EQ(associate_port(server, port, 2).error(), Error::invalid);
  EXPECT_EQ(associate_port(0, port, 2).error(), Error::not_socket);
  Io io;
  EXPECT_EQ(recv_overlapped(server, io, 0, [](DWORD, DWORD, LPWSAOVERLAPPED, DWORD) {}), WSAEINVAL);
}

TEST_F(Port, LowestBitOfTheEventAsksForNoPacket) {
  auto [client, server] = make_pair();
  ASSERT_TRUE(associate_port(client, port, 1));
  Io io(std::string("data"));
  io.overlapped.hEvent = reinterpret_cast<WSAEVENT>(reinterpret_cast<ULONG_PTR>(io.event.handle()) | 1);
  EXPECT_EQ(send_overlapped(client, io), 0);
  EXPECT_TRUE(io.told_once());
  EXPECT_TRUE(empty());
}

TEST_F(Port, EndOfAThreadCancelsNothing) {
  auto [client, server] = make_pair();
  ASSERT_TRUE(associate_port(server, port, 1));
  Io io;
  std::thread([&, s = server] { EXPECT_EQ(recv_overlapped(s, io), WSA_IO_PENDING); }).join();
  EXPECT_TRUE(io.pending());
  ASSERT_EQ(send(client, "data"), 4);
  EXPECT_EQ(take().bytes, 4u);
}

}  // namespace
}  // namespace inlet::provider::test
