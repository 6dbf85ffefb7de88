// Connections that begin in clear text: InetEnableSecurity and InetDisableSecurity, on both sides.
#include <atomic>

#include "base/clock.h"
#include "support/tls_fixture.h"

namespace inlet::test {
namespace {

std::string line_of(SOCKET socket) {
  char line[256];
  INT length = sizeof line;
  return InetReadLineA(socket, line, &length) ? std::string(line, static_cast<size_t>(length)) : "<none>";
}

INT write_text(SOCKET socket, const std::string& text) {
  return InetWrite(socket, reinterpret_cast<const BYTE*>(text.data()), static_cast<INT>(text.size()));
}

std::string read_some(SOCKET socket) {
  char text[256];
  const INT got = InetRead(socket, reinterpret_cast<BYTE*>(text), sizeof text);
  return got >= 0 ? std::string(text, static_cast<size_t>(got)) : "<failed>";
}

// A mail-like service: lines in clear text, STARTTLS, lines in TLS. Everything it takes for a line is kept.
class Greeter {
 public:
  void on_event(SOCKET client, UINT event) {
    if (event != INET_EVENT_READ) return;
    const std::string line = line_of(client);
    {
      std::lock_guard lock(mutex_);
      lines_.push_back(line);
    }
    if (line == "CLEAR") {
      InetWriteLineA(client, "bye", nullptr);
      cleared_ = InetDisableSecurity(client);
    } else if (line == "STARTTLS") {
      InetWriteLineA(client, "go", nullptr);
      secured_ = InetEnableSecurityA(client, nullptr);
      error_ = InetGetLastError();
    } else {
      InetWriteLineA(client, line.c_str(), nullptr);
    }
  }
  std::vector<std::string> lines() {
    std::lock_guard lock(mutex_);
    return lines_;
  }
  INT secured() const { return secured_; }
  INT cleared() const { return cleared_; }
  DWORD error() const { return error_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::atomic<INT> secured_{-2}, cleared_{-2};
  std::atomic<DWORD> error_{0};
};

class StartTls : public TlsTest {
 protected:
  void SetUp() override {
    TlsTest::SetUp();
    ASSERT_NE(start(program_, world_.server(), 20, 0), INVALID_SOCKET) << last_error_text();
  }
  void TearDown() override {
    program_.stop();
    TlsTest::TearDown();
  }

  Greeter greeter_;
  Program program_{[this](SOCKET client, UINT event, DWORD) { greeter_.on_event(client, event); }};
};

TEST_F(StartTls, AConversationGoesOnInTls) {
  ForeignClient client(port_);
  ASSERT_TRUE(client.raw().send("hello\r\n"));
  EXPECT_EQ(client.raw().receive(7), "hello\r\n");
  ASSERT_TRUE(client.raw().send("STARTTLS\r\n"));
  EXPECT_EQ(client.raw().receive(4), "go\r\n");
  ASSERT_TRUE(client.shake());
  ASSERT_TRUE(client.send("secret\r\n"));
  EXPECT_EQ(client.receive(8), "secret\r\n");
  client.good_bye();
  ASSERT_TRUE(program_.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program_.error_of(INET_EVENT_DISCONNECT), 0u);
  EXPECT_EQ(greeter_.secured(), 0);
  EXPECT_EQ(greeter_.lines(), (std::vector<std::string>{"hello", "STARTTLS", "secret"}));
}

// CVE-2011-0411 and its many successors: what an attacker in the middle puts behind the command in clear text was taken for the
// first lines of the secured session.
TEST_F(StartTls, WhatWasInjectedBeforeTlsNeverReachesTheHandler) {
  ForeignClient client(port_);
  ASSERT_TRUE(
      client.raw().send("STARTTLS\r\nEVIL one\r\nEVIL two\r\n"));  // in one segment: the line reader has all of it
  EXPECT_EQ(client.raw().receive(4), "go\r\n");
  ASSERT_TRUE(client.shake());
  ASSERT_TRUE(client.send("good\r\n"));
  EXPECT_EQ(client.receive(6), "good\r\n");
  client.good_bye();
  ASSERT_TRUE(program_.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(greeter_.lines(), (std::vector<std::string>{"STARTTLS", "good"}));
}

TEST_F(StartTls, MoreThanTheLineReaderHoldsIsNoDataEither) {
  ForeignClient client(port_);
  std::string evil = "STARTTLS\r\n";
  while (evil.size() < 20'000) evil += "EVIL line\r\n";
  ASSERT_TRUE(client.raw().send(evil));
  ASSERT_TRUE(program_.wait_for(INET_EVENT_DISCONNECT)) << "the rest was no handshake";
  EXPECT_EQ(program_.error_of(INET_EVENT_DISCONNECT), ST_ERROR_HANDSHAKE_FAILED);
  EXPECT_EQ(greeter_.secured(), INET_ERROR);
  EXPECT_EQ(greeter_.error(), ST_ERROR_HANDSHAKE_FAILED);
  EXPECT_EQ(greeter_.lines(), std::vector<std::string>{"STARTTLS"});
}

TEST_F(StartTls, WhatIsInjectedLateBreaksTheHandshake) {
  ForeignClient client(port_);
  ASSERT_TRUE(client.raw().send("STARTTLS\r\n"));
  EXPECT_EQ(client.raw().receive(4), "go\r\n");
  ASSERT_TRUE(client.raw().send("EVIL\r\n"));
  ASSERT_TRUE(program_.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(greeter_.lines(), std::vector<std::string>{"STARTTLS"});
}

TEST_F(StartTls, AHandshakeThatIsNotFinishedRunsOutOfTime) {
  ManualTime time;
  RawClient client(port_);
  ASSERT_TRUE(client.send("STARTTLS\r\n"));
  EXPECT_EQ(client.receive(4), "go\r\n");
  for (pollfd end{client.descriptor(), POLLIN, 0}; poll(&end, 1, 2) == 0;) time.advance_ms(64);
  EXPECT_EQ(client.end(), 0);
  ASSERT_TRUE(program_.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(greeter_.error(), ST_ERROR_OPERATION_TIMEOUT);
}

TEST_F(StartTls, OursUpgradesAndGoesBack) {
  const SOCKET socket = InetConnectA("localhost", port_, INET_PROTOCOL_TCP, 20, 0, nullptr);
  ASSERT_NE(socket, INVALID_SOCKET);
  EXPECT_EQ(InetDisableSecurity(socket), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_STATE);

  write_text(socket, "STARTTLS\r\n");
  EXPECT_EQ(line_of(socket), "go");
  SECURITYCREDENTIALSA credentials = world_.client();
  ASSERT_EQ(InetEnableSecurityA(socket, &credentials), 0) << last_error_text();
  EXPECT_EQ(InetEnableSecurityA(socket, &credentials), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_STATE);
  write_text(socket, "secret\r\n");
  EXPECT_EQ(line_of(socket), "secret");

  write_text(socket, "CLEAR\r\n");
  EXPECT_EQ(line_of(socket), "bye");
  ASSERT_EQ(InetDisableSecurity(socket), 0) << last_error_text();
  SECURITYINFOA info{};
  info.dwSize = sizeof info;
  ASSERT_TRUE(InetGetSecurityInformationA(socket, &info));
  EXPECT_EQ(info.dwProtocol, static_cast<DWORD>(SECURITY_PROTOCOL_NONE));
  write_text(socket, "open\r\n");
  EXPECT_EQ(line_of(socket), "open");

  write_text(socket, "STARTTLS\r\n");
  EXPECT_EQ(line_of(socket), "go");
  ASSERT_EQ(InetEnableSecurityA(socket, &credentials), 0) << last_error_text();
  write_text(socket, "again\r\n");
  EXPECT_EQ(line_of(socket), "again");
  EXPECT_EQ(InetDisconnect(socket), 0);
  ASSERT_TRUE(program_.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(greeter_.cleared(), 0);
  EXPECT_EQ(greeter_.lines(), (std::vector<std::string>{"STARTTLS", "secret", "CLEAR", "open", "STARTTLS", "again"}));
}

// The peer's clear text may arrive together with its good-bye.
TEST_F(StartTls, ClearTextRightBehindTheGoodByeIsKept) {
  ForeignClient client(port_);
  ASSERT_TRUE(client.raw().send("STARTTLS\r\n"));
  EXPECT_EQ(client.raw().receive(4), "go\r\n");
  ASSERT_TRUE(client.shake());
  ASSERT_TRUE(client.send("CLEAR\r\n"));
  EXPECT_EQ(client.receive(5), "bye\r\n");
  BIO* memory = BIO_new(BIO_s_mem());
  SSL_set0_wbio(client.ssl(), memory);  // so that both travel in one segment
  client.good_bye();
  char* record = nullptr;
  const long size = BIO_get_mem_data(memory, &record);
  ASSERT_GT(size, 0);
  ASSERT_TRUE(client.raw().send(std::string(record, static_cast<size_t>(size)) + "one\r\ntwo\r\n"));
  ASSERT_TRUE(program_.wait([this](const auto&) { return greeter_.lines().size() == 4; }));
  EXPECT_EQ(greeter_.lines(), (std::vector<std::string>{"STARTTLS", "CLEAR", "one", "two"}));
}

TEST_F(StartTls, ServerWithoutCredentialsHasToBeGivenSome) {
  std::atomic<INT> first{0}, second{-2};
  std::atomic<DWORD> error{0};
  SECURITYCREDENTIALSA credentials = world_.server();
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_CONNECT) return;
    first = InetEnableSecurityA(client, nullptr);
    error = InetGetLastError();
    second = InetEnableSecurityA(client, &credentials);
    InetWriteLineA(client, "welcome", nullptr);
  });
  const uint16_t port = free_port();
  ASSERT_NE(program.start(port, 20), INVALID_SOCKET);
  ForeignClient client(port);
  ASSERT_TRUE(client.shake());
  EXPECT_EQ(client.receive(9), "welcome\r\n");
  EXPECT_EQ(first, INET_ERROR);
  EXPECT_EQ(error, ST_ERROR_INVALID_PARAMETER);
  EXPECT_EQ(second, 0);
}

// From outside a callback nobody looks at what the session has meanwhile read. What comes before TLS is left where it is: it may be
// the beginning of the handshake.
TEST_F(StartTls, AThreadOfTheProgramMaySecureASession) {
  std::atomic<SOCKET> session{INVALID_SOCKET};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_CONNECT) session = client;
    SECURITYINFOA info{};
    info.dwSize = sizeof info;
    if (event == INET_EVENT_READ && InetGetSecurityInformationA(client, &info) &&
        info.dwProtocol != SECURITY_PROTOCOL_NONE)
      echo(client);
  });
  const uint16_t port = free_port();
  ASSERT_NE(program.start(port, 20), INVALID_SOCKET);
  ForeignClient client(port);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  SECURITYCREDENTIALSA credentials = world_.server();
  std::thread other([&] { EXPECT_EQ(InetEnableSecurityA(session, &credentials), 0) << last_error_text(); });
  EXPECT_TRUE(client.shake());
  EXPECT_TRUE(client.send("early"));
  other.join();
  EXPECT_EQ(client.receive(5), "early");
}

TEST_F(StartTls, ShuttingTheWritingSideSaysGoodByeAndGoesOnReading) {
  const SOCKET socket = InetConnectA("localhost", port_, INET_PROTOCOL_TCP, 20, 0, nullptr);
  ASSERT_NE(socket, INVALID_SOCKET);
  write_text(socket, "STARTTLS\r\n");
  EXPECT_EQ(line_of(socket), "go");
  SECURITYCREDENTIALSA credentials = world_.client();
  ASSERT_EQ(InetEnableSecurityA(socket, &credentials), 0);
  write_text(socket, "last\r\n");
  EXPECT_EQ(InetShutdown(socket, INET_SHUTDOWN_WRITE), 0);
  EXPECT_EQ(write_text(socket, "more"), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_CONNECTION_SHUTDOWN);
  EXPECT_EQ(line_of(socket), "last");
  EXPECT_EQ(read_some(socket), "") << "the server has answered the good-bye";
  InetDisconnect(socket);
}

}  // namespace
}  // namespace inlet::test
