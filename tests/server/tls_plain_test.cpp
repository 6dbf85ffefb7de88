// TLS on plain sockets of both sides: whoever was accepted is met as by a server, whoever connected is the client.
#include <atomic>

#include "support/tls_fixture.h"

namespace inlet::test {
namespace {

class TlsPlain : public TlsTest {
 protected:
  void SetUp() override {
    TlsTest::SetUp();
    listener_ = InetListen("127.0.0.1", port_);
    ASSERT_NE(listener_, INVALID_SOCKET);
  }
  void TearDown() override {
    InetDisconnect(listener_);
    TlsTest::TearDown();
  }

  static void exchange(SOCKET from, SOCKET to) {
    BYTE byte = 0;
    EXPECT_EQ(InetWrite(from, reinterpret_cast<const BYTE*>("x"), 1), 1);
    EXPECT_EQ(InetRead(to, &byte, 1), 1);
    EXPECT_EQ(byte, 'x');
  }
  static DWORD protocol_of(SOCKET socket) {
    SECURITYINFOA info{};
    info.dwSize = sizeof info;
    EXPECT_TRUE(InetGetSecurityInformationA(socket, &info));
    return info.dwProtocol;
  }

  TlsWorld world_;
  SOCKET listener_ = INVALID_SOCKET;
};

TEST_F(TlsPlain, AcceptExDoesTheHandshakeOfAServer) {
  SECURITYCREDENTIALSA theirs = world_.server(), ours = world_.client();
  SOCKET server = INVALID_SOCKET;
  std::thread acceptor(
      [&] { server = InetAcceptExA(listener_, 20, INET_OPTION_SECURE | INET_OPTION_NODELAY, &theirs); });
  const SOCKET client = InetConnectA("localhost", port_, INET_PROTOCOL_TCP, 20, INET_OPTION_SECURE, &ours);
  acceptor.join();
  ASSERT_NE(client, INVALID_SOCKET) << last_error_text();
  ASSERT_NE(server, INVALID_SOCKET);
  exchange(client, server);
  exchange(server, client);
  EXPECT_EQ(protocol_of(server), static_cast<DWORD>(SECURITY_PROTOCOL_TLS13));
  InetDisconnect(client);
  InetDisconnect(server);
}

// Enabling was always the client's part on plain sockets, so two of them waited for each other's answer.
TEST_F(TlsPlain, AnAcceptedSocketIsTheServerWhenSecurityIsEnabled) {
  SECURITYCREDENTIALSA theirs = world_.server(), ours = world_.client();
  const SOCKET client = InetConnectA("localhost", port_, INET_PROTOCOL_TCP, 20, 0, nullptr);
  const SOCKET server = InetAccept(listener_, 20);
  ASSERT_NE(server, INVALID_SOCKET);
  exchange(client, server);
  EXPECT_EQ(InetEnableSecurityA(server, nullptr), INET_ERROR) << "a server has to say who it is";
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
  INT enabled = INET_ERROR;
  std::thread other([&] { enabled = InetEnableSecurityA(server, &theirs); });
  EXPECT_EQ(InetEnableSecurityA(client, &ours), 0) << last_error_text();
  other.join();
  EXPECT_EQ(enabled, 0);
  exchange(client, server);
  exchange(server, client);
  InetDisconnect(client);
  InetDisconnect(server);
}

TEST_F(TlsPlain, AnAsynchronousConnectIsSecuredBeforeItsEvent) {
  SECURITYCREDENTIALSA theirs = world_.server(), ours = world_.client();
  std::atomic<int> connected{-1};
  std::atomic<DWORD> error{0};
  struct Told {
    std::atomic<int>& connected;
    std::atomic<DWORD>& error;
  } told{connected, error};
  SOCKET server = INVALID_SOCKET;
  std::thread acceptor([&] { server = InetAcceptExA(listener_, 20, INET_OPTION_SECURE, &theirs); });
  const SOCKET client =
      InetAsyncConnectA("localhost", port_, INET_PROTOCOL_TCP, 20, INET_OPTION_SECURE, &ours, nullptr, 0);
  ASSERT_NE(client, INVALID_SOCKET) << last_error_text();
  const auto note = [](SOCKET socket, UINT, DWORD code, DWORD_PTR parameter) {
    auto& to = *reinterpret_cast<Told*>(parameter);
    to.error = code;
    to.connected = protocol_of(socket) == SECURITY_PROTOCOL_TLS13 ? 1 : 0;
  };
  ASSERT_EQ(InetRegisterEvent(client, INET_EVENT_CONNECT, note, reinterpret_cast<DWORD_PTR>(&told)), 0);
  acceptor.join();
  ASSERT_NE(server, INVALID_SOCKET);
  while (connected < 0) std::this_thread::yield();
  EXPECT_EQ(error, 0u);
  EXPECT_EQ(connected, 1);
  exchange(client, server);
  InetDisconnect(client);
  InetDisconnect(server);
}

}  // namespace
}  // namespace inlet::test
