// Errors that only a failing system reports: the fault provider stands in for it.
#include "provider/fault.h"
#include "support/environment.h"
#include "support/plain_sockets.h"

namespace inlet::test {
namespace {

namespace faults = provider::fault;

class SocketFaults : public PlainSocketTest {
 protected:
  void SetUp() override {
    faults::clear();
    PlainSocketTest::SetUp();
  }
  void TearDown() override {
    faults::clear();
    PlainSocketTest::TearDown();
  }
  // From now on every call of the function fails so.
  static void fail(const std::string& function, int code) {
    faults::clear();
    ASSERT_TRUE(faults::configure(function + ":1+=" + std::to_string(code)));
  }

  const Variable layers_{"INLET_LAYERS", "fault"};
};

TEST_F(SocketFaults, ConnectSaysWhatTheSystemSays) {
  const SOCKET listener = listen();
  const UINT port = port_of(listener);
  for (const int code : {10065, 10051, 10060, 10061}) {
    fail("WSPConnect", code);
    EXPECT_EQ(InetConnect("127.0.0.1", port, INET_PROTOCOL_TCP, 5, 0, nullptr), INVALID_SOCKET);
    EXPECT_EQ(InetGetLastError(), 0x80040000u + static_cast<DWORD>(code));
  }
}

TEST_F(SocketFaults, ReadAndWriteSayHowTheConnectionBroke) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  BYTE byte = 0;
  fail("WSPRecv", 10053);
  EXPECT_EQ(InetRead(ours, &byte, 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_CONNECTION_ABORTED);
  fail("WSPSend", 10053);
  EXPECT_EQ(InetWrite(ours, &byte, 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_CONNECTION_ABORTED);
}

TEST_F(SocketFaults, StartAndListenSayThatBuffersAreOut) {
  Program program;
  fail("WSPSocket", 10055);
  EXPECT_EQ(program.start(port_), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OUT_OF_BUFFERS);
  EXPECT_EQ(InetListen("127.0.0.1", 0), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OUT_OF_BUFFERS);
}

// Each call that plain sockets make fails once. What is made is undone, and the next attempt works.
TEST_F(SocketFaults, NothingIsLeftOfWhatFailedHalfWay) {
  for (const char* function : {"WSPSocket", "WSPBind", "WSPListen", "WSPIoctl", "WSPSetSockOpt", "WSPGetSockName",
                               "WSPAccept", "WSPConnect", "WSPGetSockOpt"})
    for (int n = 1; n <= 6; ++n) {
      faults::clear();
      ASSERT_TRUE(faults::configure(std::string(function) + ":" + std::to_string(n) + "=10055"));
      const SOCKET listener = InetListenEx("127.0.0.1", 0, 0, INET_OPTION_REUSEADDRESS);
      UINT port = 0;
      if (listener != INVALID_SOCKET) InetGetLocalAddress(listener, nullptr, &port);
      const SOCKET ours =
          port ? InetConnectEx("127.0.0.1", port, INET_PROTOCOL_TCP, 1, INET_OPTION_NODELAY, "127.0.0.1", 0, nullptr)
               : INVALID_SOCKET;
      const SOCKET theirs = ours != INVALID_SOCKET ? InetAccept(listener, 1) : INVALID_SOCKET;
      const SOCKET datagrams = InetConnect("127.0.0.1", 9, INET_PROTOCOL_UDP, 1, INET_OPTION_BROADCAST, nullptr);
      for (const SOCKET each : {theirs, ours, listener, datagrams})
        if (each != INVALID_SOCKET) InetDisconnect(each);
    }
  faults::clear();
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  exchange(ours, accept(listener), "works");
}

TEST_F(SocketFaults, ASocketThatCannotBeWatchedIsToldOfAsBroken) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  accept(listener);
  fail("WSPRecv", 10054);
  Program program;
  ASSERT_EQ(InetRegisterEvent(ours, INET_EVENT_DISCONNECT, &Program::entry, reinterpret_cast<DWORD_PTR>(&program)), 0);
  ASSERT_EQ(InetEnableEvents(ours, nullptr, 0), 0);
  EXPECT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), ST_ERROR_CONNECTION_RESET);
  EXPECT_EQ(InetDisableEvents(ours), 0);
}

TEST(SocketFaultsAtStart, InitializeFailsWithoutAProvider) {
  const Variable broken("INLET_LAYERS", "/no/such/layer.so");
  EXPECT_FALSE(InetInitialize(nullptr, nullptr));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_NOT_READY);
}

}  // namespace
}  // namespace inlet::test
