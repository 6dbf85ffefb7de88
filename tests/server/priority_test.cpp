// What a server's priority changes beside the order of callbacks: what it keeps for each client.
#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

class PriorityTest : public InetTest {
 protected:
  SOCKET start(UINT priority) {
    return InetServerStart("127.0.0.1", port_, 0, 0, 0, priority, INET_OPTION_REUSEADDRESS, &Program::entry,
                           reinterpret_cast<DWORD_PTR>(&program_), nullptr);
  }
  Program program_;
};

// How much a client can send to a server that never reads.
size_t unread_bytes_taken(uint16_t port) {
  RawClient client(port);
  const int small = 4096;
  setsockopt(client.descriptor(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  const std::string bytes(4096, 'x');
  size_t sent = 0;
  pollfd room{client.descriptor(), POLLOUT, 0};
  while (poll(&room, 1, 300) == 1) {
    const ssize_t more = ::send(client.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (more <= 0) break;
    sent += static_cast<size_t>(more);
  }
  return sent;
}

TEST_F(PriorityTest, AServerOfLowPriorityKeepsLessForAClient) {
  SOCKET server = start(INET_PRIORITY_NORMAL);
  ASSERT_NE(server, INVALID_SOCKET);
  const size_t normal = unread_bytes_taken(port_);
  EXPECT_TRUE(InetServerStop(server));
  server = start(INET_PRIORITY_BACKGROUND);
  ASSERT_NE(server, INVALID_SOCKET);
  const size_t background = unread_bytes_taken(port_);
  EXPECT_TRUE(InetServerStop(server));
  EXPECT_GE(background, 4096u);
  EXPECT_LT(background, normal / 2);
}

}  // namespace
}  // namespace inlet::test
