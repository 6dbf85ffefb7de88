// For tests of plain sockets: listeners and connections that are closed at the end, and messages of a window.
#pragma once

#include <winuser.h>

#include "support/inet_fixture.h"

namespace inlet::test {

inline UINT local_port_of(int descriptor) {
  sockaddr_in name{};
  socklen_t length = sizeof name;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &length);
  return ntohs(name.sin_port);
}

inline UINT port_of(SOCKET socket) {
  UINT port = 0;
  EXPECT_EQ(InetGetLocalAddress(socket, nullptr, &port), 0);
  return port;
}

class PlainSocketTest : public InetTest {
 protected:
  void TearDown() override {
    for (const SOCKET each : kept_) InetDisconnect(each);
    InetTest::TearDown();
  }
  SOCKET keep(SOCKET socket) {
    kept_.push_back(socket);
    return socket;
  }
  SOCKET listen() {
    const SOCKET listener = keep(InetListenEx("127.0.0.1", 0, 0, INET_OPTION_REUSEADDRESS));
    EXPECT_NE(listener, INVALID_SOCKET) << std::hex << InetGetLastError();
    return listener;
  }
  SOCKET connect(SOCKET listener, UINT timeout_s = 10) {
    const SOCKET client = keep(InetConnect("127.0.0.1", port_of(listener), INET_PROTOCOL_TCP, timeout_s, 0, nullptr));
    EXPECT_NE(client, INVALID_SOCKET) << std::hex << InetGetLastError();
    return client;
  }
  SOCKET accept(SOCKET listener) {
    const SOCKET client = keep(InetAccept(listener, 10));
    EXPECT_NE(client, INVALID_SOCKET) << std::hex << InetGetLastError();
    return client;
  }
  static void write(SOCKET socket, const std::string& bytes) {
    EXPECT_EQ(InetWrite(socket, reinterpret_cast<const BYTE*>(bytes.data()), static_cast<INT>(bytes.size())),
              static_cast<INT>(bytes.size()));
  }
  static std::string read(SOCKET socket, size_t size) {
    std::string got(size, '\0');
    size_t used = 0;
    while (used < size) {
      const INT more = InetRead(socket, reinterpret_cast<BYTE*>(got.data()) + used, static_cast<INT>(size - used));
      if (more <= 0) break;
      used += static_cast<size_t>(more);
    }
    got.resize(used);
    return got;
  }
  static void exchange(SOCKET from, SOCKET to, const std::string& bytes) {
    write(from, bytes);
    EXPECT_EQ(read(to, bytes.size()), bytes);
  }

 private:
  std::vector<SOCKET> kept_;
};

}  // namespace inlet::test
