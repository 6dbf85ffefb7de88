#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "provider_fixture.h"
#include "support/silent_port.h"

namespace inlet::provider::test {
namespace {

class Handle : public ProviderTest {};
class Close : public ProviderTest {};

TEST_F(Handle, AStaleOneIsNeverASocketAgain) {
  SOCKET first = make_socket();
  ASSERT_EQ(close(first), 0);
  EXPECT_EQ(close(first), WSAENOTSOCK);
  // The kernel gives out the lowest free descriptor, so the next socket has the same one.
  SOCKET second = make_bound();
  ASSERT_EQ(static_cast<uint32_t>(first), static_cast<uint32_t>(second));
  ASSERT_NE(first, second);
  Name name;
  EXPECT_EQ(local_name(first, &name), WSAENOTSOCK);
  EXPECT_EQ(listen(first), WSAENOTSOCK);
  EXPECT_EQ(close(first), WSAENOTSOCK);
  EXPECT_EQ(listen(second), 0) << "the newer one is not touched";
}

TEST_F(Handle, ADescriptorOrAGuessedGenerationIsNoSocket) {
  SOCKET s = make_bound();
  const SOCKET descriptor = static_cast<uint32_t>(s);
  const SOCKET next = s + (SOCKET{1} << 32);
  const SOCKET marked = s | SOCKET{1} << 63;
  Name name;
  for (SOCKET wrong : {descriptor, next, marked, s ^ 1}) {
    EXPECT_EQ(local_name(wrong, &name), WSAENOTSOCK) << wrong;
    EXPECT_EQ(close(wrong), WSAENOTSOCK) << wrong;
  }
  EXPECT_EQ(local_name(s, &name), 0);
}

TEST_F(Close, WakesABlockedReceive) {
  auto [client, server] = make_pair();
  int received = 0;
  std::atomic<bool> begun = false;
  std::thread receiver([&, s = server] {
    char byte = 0;
    begun = true;
    received = recv(s, &byte, 1);
  });
  while (!begun) std::this_thread::yield();
  EXPECT_EQ(close(server), 0);
  receiver.join();
  EXPECT_TRUE(received == -WSAEINTR || received == -WSAENOTSOCK) << received;
  char byte = 0;
  EXPECT_EQ(recv(client, &byte, 1), 0) << "and the connection is really closed";
}

TEST_F(Close, WakesABlockedSend) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_nonblocking(client), 0);
  const std::string data(1 << 20, 'x');
  while (send(client, data) > 0) {
  }
  ASSERT_EQ(set_nonblocking(client, 0), 0);
  int sent = 0;
  std::thread sender([&, s = client] { sent = send(s, data); });
  EXPECT_EQ(close(client), 0);
  sender.join();
  EXPECT_TRUE(sent == -WSAEINTR || sent == -WSAENOTSOCK) << sent;
}

TEST_F(Close, WakesABlockedConnect) {
  const inlet::test::SilentPort silent;
  ASSERT_NE(silent.port(), 0);
  const Name name = loopback(AF_INET, htons(silent.port()));
  SOCKET s = make_socket();
  int connected = 0;
  std::thread connector([&] { connected = connect(s, name); });
  EXPECT_EQ(close(s), 0);
  connector.join();
  EXPECT_TRUE(connected == WSAEINTR || connected == WSAENOTSOCK) << connected;
}

TEST_F(Close, WakesEveryWaiterOfTheSocketAndNoOther) {
  auto [client, server] = make_pair();
  auto [other_client, other_server] = make_pair();
  std::array<int, 4> results{};
  std::vector<std::thread> waiters;
  for (int& result : results)
    waiters.emplace_back([&, s = server] {
      char byte = 0;
      result = recv(s, &byte, 1);
    });
  int other = 0;
  std::thread stranger([&, s = other_server] {
    char byte = 0;
    other = recv(s, &byte, 1);
  });
  EXPECT_EQ(close(server), 0);
  for (std::thread& waiter : waiters) waiter.join();
  for (int result : results) EXPECT_TRUE(result == -WSAEINTR || result == -WSAENOTSOCK) << result;
  EXPECT_EQ(send(other_client, "x"), 1);
  stranger.join();
  EXPECT_EQ(other, 1);
}

TEST_F(Close, OnlyOneOfManyClosersSucceeds) {
  for (int round = 0; round < 200; ++round) {
    SOCKET s = make_socket();
    std::atomic<int> closed = 0;
    std::array<std::thread, 3> closers;
    for (std::thread& closer : closers)
      closer = std::thread([&] {
        if (close(s) == 0) ++closed;
      });
    for (std::thread& closer : closers) closer.join();
    ASSERT_EQ(closed, 1);
  }
}

TEST_F(Close, NonblockingLingerRefusesWhileDataIsUnsent) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_nonblocking(client), 0);
  ASSERT_EQ(set_option(client, SOL_SOCKET, SO_LINGER, LINGER{1, 5}), 0);
  const std::string data(1 << 20, 'x');
  while (send(client, data) > 0) {
  }
  EXPECT_EQ(close(client), WSAEWOULDBLOCK);
  EXPECT_EQ(option(client, SOL_SOCKET, SO_TYPE), SOCK_STREAM) << "the handle stays valid";
  ASSERT_EQ(set_option(client, SOL_SOCKET, SO_LINGER, LINGER{0, 0}), 0);
  EXPECT_EQ(close(client), 0);
}

TEST_F(Close, BlockingLingerResetsWhenTheTimeIsOver) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_nonblocking(client), 0);
  const std::string data(1 << 20, 'x');
  while (send(client, data) > 0) {
  }
  ASSERT_EQ(set_nonblocking(client, 0), 0);
  ASSERT_EQ(set_option(client, SOL_SOCKET, SO_LINGER, LINGER{1, 1}), 0);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(close(client), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(900));
  std::string rest(1 << 20, ' ');
  int last = 1;
  while (last > 0) last = recv(server, rest.data(), rest.size());
  EXPECT_EQ(last, -WSAECONNRESET);
}

TEST_F(Close, HardLingerResetsAtOnce) {
  auto [client, server] = make_pair();
  reset(client);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAECONNRESET);
}

// Connections come and go while other threads go on using the handles of the ones that are gone. Each connection
// carries one word only, its own client handle, so a byte that reached a foreign socket would be seen at once.
class Churn : public ProviderTest {
 protected:
  static constexpr size_t kSlots = 2;
  static constexpr auto kDuration = std::chrono::milliseconds(1500);

  void churn(size_t slot) {
    SOCKET listener = make_listener();
    Name name;
    ASSERT_EQ(local_name(listener, &name), 0);
    for (bool with_data = false; !over_; with_data = !with_data) {
      SOCKET client = make_socket();
      ASSERT_EQ(connect(client, name), 0);
      SOCKET server = accept(listener);
      ASSERT_EQ(set_nonblocking(client), 0);
      for (int i = 0; with_data && i < 8; ++i) {
        ASSERT_EQ(send(server, &client, sizeof(client)), static_cast<int>(sizeof(client)));
      }
      slots_[slot] = client;
      std::this_thread::yield();
      ASSERT_EQ(close(client), 0);
      check_words(server, client);
      ASSERT_EQ(close(server), 0);
      ++rounds_;
    }
    EXPECT_EQ(close(listener), 0);
  }

  // What arrives at the server's end is whole words of this connection, until the end or a reset.
  void check_words(SOCKET server, SOCKET expected) {
    std::string bytes;
    char part[4096];
    for (int got = 0; (got = recv(server, part, sizeof(part))) > 0;) bytes.append(part, static_cast<size_t>(got));
    for (size_t at = 0; at + sizeof(SOCKET) <= bytes.size(); at += sizeof(SOCKET)) {
      SOCKET word = 0;
      std::memcpy(&word, bytes.data() + at, sizeof(word));
      if (word != expected) ++foreign_;
    }
  }

  void use() {
    while (!over_) {
      for (auto& slot : slots_) {
        const SOCKET s = slot;
        if (send(s, &s, sizeof(s)) == static_cast<int>(sizeof(s))) ++sent_;
        SOCKET word = 0;
        const int got = recv(s, &word, sizeof(word));
        if (got == static_cast<int>(sizeof(word)) && word != s) ++foreign_;
        if (got == static_cast<int>(sizeof(word))) ++received_;
      }
    }
  }

  std::array<std::atomic<SOCKET>, kSlots> slots_{};
  std::atomic<bool> over_ = false;
  std::atomic<int> rounds_ = 0, sent_ = 0, received_ = 0, foreign_ = 0;
};

TEST_F(Churn, NoByteReachesAForeignSocket) {
  std::vector<std::thread> threads;
  for (size_t slot = 0; slot < kSlots; ++slot) threads.emplace_back([this, slot] { churn(slot); });
  for (int i = 0; i < 3; ++i) threads.emplace_back([this] { use(); });
  std::this_thread::sleep_for(kDuration);
  over_ = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(foreign_, 0);
  EXPECT_GT(rounds_, 20);
  EXPECT_GT(sent_, 0) << "the users never met a live socket";
  EXPECT_GT(received_, 0);
  RecordProperty("rounds", rounds_);
  RecordProperty("sent", sent_);
  std::printf("rounds %d, words sent %d, received %d\n", rounds_.load(), sent_.load(), received_.load());
}

}  // namespace
}  // namespace inlet::provider::test
