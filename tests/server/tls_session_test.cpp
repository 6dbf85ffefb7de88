// A session's calls over TLS: what is buffered where, both directions at once, full buffers, and many handshakes.
#include <atomic>

#include "support/server_inside.h"
#include "support/tls_fixture.h"

namespace inlet::test {
namespace {

INT write_text(SOCKET socket, const std::string& text) {
  return InetWrite(socket, reinterpret_cast<const BYTE*>(text.data()), static_cast<INT>(text.size()));
}

class TlsSession : public TlsTest {};

TEST_F(TlsSession, LooksCountWhatIsInsideTls) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_CONNECT) write_text(client, "one\r\ntwo\r\nthree");
  });
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  const SOCKET socket = connect("localhost", world_.client());
  ASSERT_NE(socket, INVALID_SOCKET);
  DWORD available = 0;
  ASSERT_TRUE(InetIsReadable(socket, 20'000, &available));
  EXPECT_EQ(available, 15u);
  BYTE peeked[64];
  EXPECT_EQ(InetPeek(socket, nullptr, 0), 15);
  EXPECT_EQ(InetPeek(socket, peeked, sizeof peeked), 15);
  char line[64];
  INT length = sizeof line;
  ASSERT_TRUE(InetReadLineA(socket, line, &length));
  EXPECT_STREQ(line, "one");
  EXPECT_EQ(InetPeek(socket, nullptr, 0), 10) << "what the line reader holds counts too";
  EXPECT_EQ(InetPeek(socket, peeked, sizeof peeked), 10);
  EXPECT_EQ(InetRead(socket, peeked, sizeof peeked), 10);
  EXPECT_FALSE(InetIsReadable(socket, 0, &available));
  EXPECT_EQ(InetPeek(socket, peeked, sizeof peeked), 0);
  EXPECT_TRUE(InetIsWritable(socket, 1000));
  InetDisconnect(socket);
}

// New keys are no data: they arrive as an edge that READ must not be called for, and are answered by the reader.
TEST_F(TlsSession, NewKeysOfThePeerAreNoEventAndDisturbNobody) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  ForeignClient client(port_);
  ASSERT_TRUE(client.shake());
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    ASSERT_EQ(SSL_do_handshake(client.ssl()), 1);  // sends it by itself
  }
  ASSERT_TRUE(client.send("hello"));
  EXPECT_EQ(client.receive(5), "hello");
  client.good_bye();
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.count(INET_EVENT_READ), 1u);
}

// The system lets a send buffer grow to 4 MiB, and a receive buffer only as fast as it is read.
TEST_F(TlsSession, AWriterWaitsForASlowReaderAndNothingIsLost) {
  const std::string text(12'000'000, 'x');
  std::atomic<INT> written{0};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_CONNECT) written = write_text(client, text);
  });
  ASSERT_NE(start(program, world_.server(), 20), INVALID_SOCKET);
  ForeignClient client(port_);
  ASSERT_TRUE(client.shake());
  EXPECT_EQ(client.receive(100).size(), 100u);
  EXPECT_EQ(written, 0) << "much more than any buffer holds";
  EXPECT_EQ(client.receive(text.size() - 100).size(), text.size() - 100);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE, 1));
  EXPECT_EQ(written, static_cast<INT>(text.size()));
}

TEST_F(TlsSession, AWriteThatRunsOutOfTimeTellsWhatWasTakenAndTheRestFollows) {
  const std::string text(8'000'000, 'x');
  std::atomic<INT> written{0};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_CONNECT) written = write_text(client, text);
  });
  ASSERT_NE(start(program, world_.server(), 1), INVALID_SOCKET);
  ForeignClient client(port_);
  ASSERT_TRUE(client.shake());
  ASSERT_TRUE(program.wait_for(INET_EVENT_TIMEOUT)) << "nobody reads";
  ASSERT_GT(written, 0);
  ASSERT_LT(written, static_cast<INT>(text.size()));
  EXPECT_EQ(client.receive(static_cast<size_t>(written)).size(), static_cast<size_t>(written));
  EXPECT_EQ(SSL_pending(client.ssl()), 0);
  program.stop();
  EXPECT_EQ(client.end(), SSL_ERROR_ZERO_RETURN) << "and not a byte more before the good-bye";
}

TEST_F(TlsSession, BothDirectionsAtOnceOnTwoThreads) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  const SOCKET socket = connect("localhost", world_.client());
  ASSERT_NE(socket, INVALID_SOCKET);
  constexpr size_t kSize = 6'000'000;
  std::thread writer([&] {
    const std::string part(70'001, 'y');
    for (size_t sent = 0; sent < kSize; sent += part.size()) ASSERT_EQ(write_text(socket, part), 70'001);
    EXPECT_EQ(InetShutdown(socket, INET_SHUTDOWN_WRITE), 0);
  });
  size_t got = 0;
  std::vector<BYTE> buffer(33'333);
  for (INT more; (more = InetRead(socket, buffer.data(), 33'333)) > 0;) got += static_cast<size_t>(more);
  writer.join();
  EXPECT_EQ(got, (kSize / 70'001 + 1) * 70'001);
  InetDisconnect(socket);
}

// A thread that waits in poll was never told that another one had taken the data out of the socket into TLS.
TEST_F(TlsSession, ALookOfOneThreadDoesNotHideDataFromAnotherThatWaits) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  const SOCKET socket = connect("localhost", world_.client());
  ASSERT_NE(socket, INVALID_SOCKET);
  std::atomic<bool> done{false};
  std::thread looker([&] {
    while (!done) InetPeek(socket, nullptr, 0);
  });
  for (int i = 0; i < 200; ++i) {
    BYTE byte = static_cast<BYTE>(i);
    std::thread writer([&] { ASSERT_EQ(InetWrite(socket, &byte, 1), 1); });
    BYTE got = 0;
    EXPECT_EQ(InetRead(socket, &got, 1), 1);
    writer.join();
    EXPECT_EQ(got, byte);
  }
  done = true;
  looker.join();
  InetDisconnect(socket);
}

TEST_F(TlsSession, ABroadcastReachesSecuredClientsAndNobodyInAHandshake) {
  Program program;
  const SOCKET server = start(program, world_.server());
  ASSERT_NE(server, INVALID_SOCKET);
  RawClient silent(port_);
  ForeignClient one(port_), two(port_, TLS1_2_VERSION);
  ASSERT_TRUE(one.shake());
  ASSERT_TRUE(two.shake());
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE, 2));
  EXPECT_EQ(InetEnumServerClients(server, nullptr, 0), 2);
  EXPECT_EQ(InetServerBroadcast(server, reinterpret_cast<const BYTE*>("news"), 4), 2);
  EXPECT_EQ(one.receive(4), "news");
  EXPECT_EQ(two.receive(4), "news");
}

// ---- many handshakes

class TlsGate : public TlsTest {
 protected:
  void SetUp() override {
    TlsTest::SetUp();
    set_handshake_limit(1);
  }
  void TearDown() override {
    set_handshake_limit(0);
    TlsTest::TearDown();
  }
};

TEST_F(TlsGate, OneAfterTheOtherEverybodyGetsIn) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] {
      ForeignClient client(port_);
      ASSERT_TRUE(client.shake());
      ASSERT_TRUE(client.send("hello"));
      EXPECT_EQ(client.receive(5), "hello");
    });
  for (std::thread& each : clients) each.join();
  EXPECT_TRUE(program.wait_for(INET_EVENT_DISCONNECT, 8));
}

TEST_F(TlsGate, WhoSaysNothingTakesNoPlace) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  RawClient silent(port_), begun(port_);
  ASSERT_TRUE(begun.send(std::string("\x16\x03\x01\x01\x00\x01", 6)));
  ASSERT_TRUE(program.wait_for(INET_EVENT_ACCEPT, 2));
  ForeignClient client(port_);
  ASSERT_TRUE(client.shake());
  ASSERT_TRUE(client.send("hello"));
  EXPECT_EQ(client.receive(5), "hello");
}

TEST_F(TlsGate, APlaceIsFreeAgainWhenItsClientGoes) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  ForeignClient half(port_), waiting(port_);
  SSL_set_connect_state(half.ssl());
  BIO* memory = BIO_new(BIO_s_mem());
  SSL_set0_rbio(half.ssl(), BIO_new(BIO_s_mem()));
  SSL_set0_wbio(half.ssl(), memory);
  SSL_do_handshake(half.ssl());
  char* hello = nullptr;
  const long size = BIO_get_mem_data(memory, &hello);
  ASSERT_TRUE(half.raw().send(std::string(hello, static_cast<size_t>(size))));
  EXPECT_EQ(half.raw().receive(1).size(), 1u) << "the server has answered, so the place is taken";
  std::thread other([&] { EXPECT_TRUE(waiting.shake()); });
  half.raw().close();
  other.join();
}

TEST_F(TlsGate, StoppingEndsThoseInAHandshake) {
  Program program;
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  RawClient silent(port_), begun(port_);
  ASSERT_TRUE(begun.send(std::string("\x16\x03\x01\x01\x00\x01", 6)));
  ASSERT_TRUE(program.wait_for(INET_EVENT_ACCEPT, 2));
  program.stop();
  EXPECT_EQ(silent.end(), 0);
  EXPECT_EQ(program.count(INET_EVENT_CONNECT) + program.count(INET_EVENT_DISCONNECT), 0u);
}

}  // namespace
}  // namespace inlet::test
