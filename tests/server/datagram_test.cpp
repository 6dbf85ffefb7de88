// Datagrams: sockets of InetConnect with INET_PROTOCOL_UDP.
#include "support/plain_sockets.h"

namespace inlet::test {
namespace {

class Datagram : public PlainSocketTest {
 protected:
  // Bound to a port of the loopback; sends to the given one.
  SOCKET open(UINT to, UINT local_port = 0, DWORD flags = 0, UINT timeout_s = 10) {
    const SOCKET socket =
        keep(InetConnectEx("127.0.0.1", to, INET_PROTOCOL_UDP, timeout_s, flags, "127.0.0.1", local_port, nullptr));
    EXPECT_NE(socket, INVALID_SOCKET) << std::hex << InetGetLastError();
    return socket;
  }
  static INT send(SOCKET socket, const std::string& bytes) {
    return InetWrite(socket, reinterpret_cast<const BYTE*>(bytes.data()), static_cast<INT>(bytes.size()));
  }
};

TEST_F(Datagram, EachReadTakesOneAndSaysFromWhom) {
  const SOCKET receiver = open(1);
  const SOCKET one = open(port_of(receiver)), two = open(port_of(receiver));
  EXPECT_EQ(send(one, "first"), 5);
  EXPECT_EQ(send(two, "second"), 6);
  BYTE buffer[64];
  INTERNET_ADDRESS from;
  UINT port = 0;
  EXPECT_EQ(InetReadEx(receiver, buffer, sizeof buffer, 0, &from, &port), 5);
  EXPECT_EQ(port, port_of(one));
  EXPECT_EQ(from.ipNumber[0], 127);
  EXPECT_EQ(InetRead(receiver, buffer, sizeof buffer), 6);
  ASSERT_EQ(InetGetPeerAddress(receiver, nullptr, &port), 0);
  EXPECT_EQ(port, port_of(two));
}

TEST_F(Datagram, ThePeerIsTheAddressOfTheCallUntilOneIsRead) {
  const SOCKET socket = open(4711);
  UINT port = 0;
  ASSERT_EQ(InetGetPeerAddress(socket, nullptr, &port), 0);
  EXPECT_EQ(port, 4711u);
}

TEST_F(Datagram, WriteExSendsWhereTheProgramSays) {
  const SOCKET receiver = open(1), sender = open(2);
  INTERNET_ADDRESS address;
  ASSERT_EQ(InetGetAddress("127.0.0.1", INET_ADDRESS_IPV4, &address), 0);
  const BYTE byte = 'x';
  EXPECT_EQ(InetWriteEx(sender, &byte, 1, 0, &address, port_of(receiver)), 1);
  EXPECT_EQ(InetWriteEx(sender, &byte, 1, 0, nullptr, port_of(receiver)), 1);
  BYTE buffer[8];
  EXPECT_EQ(InetRead(receiver, buffer, sizeof buffer), 1);
  EXPECT_EQ(InetRead(receiver, buffer, sizeof buffer), 1);
}

TEST_F(Datagram, AnEmptyOneIsNotTheEnd) {
  const SOCKET receiver = open(1);
  const SOCKET sender = open(port_of(receiver));
  EXPECT_EQ(send(sender, ""), 0);
  EXPECT_EQ(send(sender, "x"), 1);
  BYTE buffer[8];
  EXPECT_EQ(InetRead(receiver, buffer, sizeof buffer), 0);
  EXPECT_EQ(InetRead(receiver, buffer, sizeof buffer), 1);
}

TEST_F(Datagram, ALargerOneThanTheBufferIsCut) {
  const SOCKET receiver = open(1);
  const SOCKET sender = open(port_of(receiver));
  send(sender, "large");
  send(sender, "x");
  DWORD available = 0;
  EXPECT_TRUE(InetIsReadable(receiver, 10'000, &available));
  EXPECT_GE(available, 5u);
  BYTE buffer[3];
  EXPECT_EQ(InetPeek(receiver, buffer, 3), 3);
  EXPECT_EQ(InetRead(receiver, buffer, 3), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_SIZE);
  EXPECT_EQ(std::string(buffer, buffer + 3), "lar");
  EXPECT_EQ(InetRead(receiver, buffer, 3), 1);
}

TEST_F(Datagram, ReadsRunOutOfTime) {
  const SOCKET receiver = open(1, 0, 0, 1);
  BYTE buffer[3];
  EXPECT_EQ(InetRead(receiver, buffer, 3), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_TIMEOUT);
  EXPECT_FALSE(InetIsReadable(receiver, 0, nullptr));
}

TEST_F(Datagram, BroadcastNeedsItsOption) {
  const SOCKET without = keep(InetConnect("255.255.255.255", 9, INET_PROTOCOL_UDP, 1, 0, nullptr));
  EXPECT_EQ(send(without, "x"), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_ACCESS_DENIED);
  const SOCKET with = open(9, 0, INET_OPTION_BROADCAST);
  BOOL on = FALSE;
  EXPECT_TRUE(InetGetOption(with, INET_OPTION_BROADCAST, &on));
  EXPECT_TRUE(on);
}

TEST_F(Datagram, ADisconnectEndsAReadThatWaits) {
  const SOCKET receiver = open(1, 0, 0, 0);
  std::atomic<bool> reads{false};
  DWORD error = 0;
  std::thread reader([&] {
    BYTE buffer[3];
    reads = true;
    if (InetRead(receiver, buffer, 3) == INET_ERROR) error = InetGetLastError();
  });
  while (!reads) std::this_thread::yield();
  EXPECT_EQ(InetDisconnect(receiver), 0);
  reader.join();
  EXPECT_TRUE(error == ST_ERROR_OPERATION_CANCELED || error == ST_ERROR_INVALID_HANDLE) << std::hex << error;
}

TEST_F(Datagram, LinesAreWrittenAndNotRead) {
  const SOCKET receiver = open(1);
  const SOCKET sender = open(port_of(receiver));
  EXPECT_TRUE(InetWriteLine(sender, "hello", nullptr));
  char text[16];
  INT length = sizeof text;
  EXPECT_FALSE(InetReadLine(receiver, text, &length));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_NOT_SUPPORTED);
  BYTE buffer[16];
  EXPECT_EQ(InetRead(receiver, buffer, sizeof buffer), 7);
}

}  // namespace
}  // namespace inlet::test
