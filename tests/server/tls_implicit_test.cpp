// Servers that speak TLS from the first byte on, and InetConnect to them.
#include "base/clock.h"
#include "support/server_inside.h"
#include "support/tls_fixture.h"

namespace inlet::test {
namespace {

std::vector<UINT> client_events(const std::vector<Seen>& seen) {
  std::vector<UINT> events;
  for (const Seen& each : seen)
    if (each.event < INET_EVENT_ACCEPT) events.push_back(each.event);
  return events;
}

std::string pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

// Reads until so many bytes have come, or none come any more.
std::string read_exactly(SOCKET socket, size_t size) {
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

INT write_text(SOCKET socket, const std::string& text) {
  return InetWrite(socket, reinterpret_cast<const BYTE*>(text.data()), static_cast<INT>(text.size()));
}

class TlsImplicit : public TlsTest, public testing::WithParamInterface<int> {};

TEST_P(TlsImplicit, AClientThatIsNotOursIsServed) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET) << last_error_text();
  ForeignClient client(port_, GetParam());
  ASSERT_TRUE(client.shake());
  EXPECT_TRUE(client.send("hello"));
  EXPECT_EQ(client.receive(5), "hello");
  client.good_bye();
  EXPECT_EQ(client.end(), SSL_ERROR_ZERO_RETURN) << "the server says good-bye too";
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(client_events(program.seen()),
            (std::vector<UINT>{INET_EVENT_CONNECT, INET_EVENT_WRITE, INET_EVENT_READ, INET_EVENT_DISCONNECT}));
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), 0u);
}

TEST_P(TlsImplicit, ACutConnectionIsNoOrderlyEnd) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  ForeignClient client(port_, GetParam());
  ASSERT_TRUE(client.shake());
  ASSERT_TRUE(client.send("hello"));
  EXPECT_EQ(client.receive(5), "hello");
  client.raw().shut_write();
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), ST_ERROR_CONNECTION_RESET);
}

TEST_P(TlsImplicit, MuchDataGoesBothWays) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  ForeignClient client(port_, GetParam());
  ASSERT_TRUE(client.shake());
  const std::string text = pattern(3'000'000);
  std::string got;
  for (size_t at = 0; at < text.size(); at += 100'000) {
    const std::string part = text.substr(at, 100'000);
    ASSERT_TRUE(client.send(part));
    got += client.receive(part.size());
  }
  EXPECT_TRUE(got == text);
}

TEST_P(TlsImplicit, WhatIsLeftInTlsMakesReadComeAgain) {
  Program program([](SOCKET client, UINT event, DWORD) {
    BYTE byte;
    if (event == INET_EVENT_READ && InetRead(client, &byte, 1) == 1) InetWrite(client, &byte, 1);
  });
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  ForeignClient client(port_, GetParam());
  ASSERT_TRUE(client.shake());
  ASSERT_TRUE(client.send("0123456789"));
  EXPECT_EQ(client.receive(10), "0123456789");
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ, 10));
  client.good_bye();
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.count(INET_EVENT_READ), 10u);
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsImplicit, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& info) { return info.param == TLS1_2_VERSION ? "Tls12" : "Tls13"; });

class Tls : public TlsTest {};

TEST_F(Tls, OursTalkToEachOther) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  const SOCKET socket = connect("localhost", world_.client());
  ASSERT_NE(socket, INVALID_SOCKET) << last_error_text();
  const std::string text = pattern(1'000'000);
  std::thread sender([&] { EXPECT_EQ(write_text(socket, text), static_cast<INT>(text.size())); });
  EXPECT_TRUE(read_exactly(socket, text.size()) == text);
  sender.join();
  EXPECT_EQ(InetDisconnect(socket), 0);
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), 0u);
}

TEST_F(Tls, TheNameIsChecked) {
  Program program;
  const Certificate other(world_.plan_of_leaf("other.example"));
  SECURITYCREDENTIALSA credentials = world_.server();
  const std::string file = world_.put("other.pem", other);
  credentials.lpszCertStore = file.c_str();
  credentials.lpszCertName = "other.example";
  ASSERT_NE(start(program, credentials), INVALID_SOCKET);

  EXPECT_EQ(connect("localhost", world_.client()), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_CERTIFICATE_MISMATCH) << last_error_text();

  SECURITYCREDENTIALSA named = world_.client();
  named.lpszHostName = "other.example";
  const SOCKET good = connect("localhost", named);
  EXPECT_NE(good, INVALID_SOCKET) << last_error_text();
  InetDisconnect(good);

  const SOCKET trusting = connect("localhost", world_.client(), INET_OPTION_TRUSTEDSITE);
  ASSERT_NE(trusting, INVALID_SOCKET);
  SECURITYINFOA info{};
  info.dwSize = sizeof info;
  ASSERT_TRUE(InetGetSecurityInformationA(trusting, &info));
  EXPECT_EQ(info.dwCertStatus, static_cast<DWORD>(SECURITY_CERTIFICATE_NOMATCH));
  EXPECT_EQ(info.dwProtocol, static_cast<DWORD>(SECURITY_PROTOCOL_TLS13));
  EXPECT_EQ(std::string(info.lpszCertSubject), "CN=other.example, O=Inlet tests");
  EXPECT_EQ(info.lpszFingerprint, other.fingerprint());
  InetDisconnect(trusting);
}

TEST_F(Tls, WhoIsNotTrustedIsRefused) {
  Program program;
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  const TlsWorld stranger;
  EXPECT_EQ(connect("localhost", stranger.client()), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_CERTIFICATE_UNTRUSTED) << last_error_text();
  EXPECT_EQ(program.count(INET_EVENT_CONNECT), 0u) << "the handshake was not finished";
}

TEST_F(Tls, ASecondConnectIsResumed) {
  Program program(echo_on_read);
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  bool resumed[2] = {};
  for (bool& each : resumed) {
    const SOCKET socket = connect("localhost", world_.client());
    ASSERT_NE(socket, INVALID_SOCKET);
    ASSERT_EQ(write_text(socket, "x"), 1);
    ASSERT_EQ(read_exactly(socket, 1), "x");
    each = was_resumed(socket);
    InetDisconnect(socket);
  }
  EXPECT_FALSE(resumed[0]);
  EXPECT_TRUE(resumed[1]);
}

// ---- clients that are not welcome

// Moves the clock, as slowly as the server can follow, until the server has closed the connection. Returns how far.
int64_t time_until_end(ManualTime& time, RawClient& client) {
  int64_t passed_ms = 0;
  for (pollfd end{client.descriptor(), POLLIN, 0}; poll(&end, 1, 2) == 0 && passed_ms < 60'000; passed_ms += 64)
    time.advance_ms(64);
  EXPECT_EQ(client.end(), 0);
  return passed_ms;
}

TEST_F(Tls, PlainTextIsNoSession) {
  Program program;
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(client.end(), 0);
  EXPECT_EQ(client_events(program.seen()), std::vector<UINT>{});
}

TEST_F(Tls, WhoBreaksTheRulesIsToldBeforeTheEnd) {
  Program program;
  ASSERT_NE(start(program, world_.server()), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(
      client.send(std::string("\x16\x03\x01\x00\x04\x63\x00\x00\x00", 9)));  // a message that no client begins with
  const std::string alert = client.receive(7);
  ASSERT_EQ(alert.size(), 7u);
  EXPECT_EQ(alert[0], 21) << "a record with an alert";
  EXPECT_EQ(client.end(), 0);
  EXPECT_EQ(client_events(program.seen()), std::vector<UINT>{});
}

TEST_F(Tls, ASilentClientIsClosedAtItsDeadlineAndCountsUntilThen) {
  ManualTime time;
  Program program;
  ASSERT_NE(start(program, world_.server(), 0, INET_OPTION_SECURE, 1), INVALID_SOCKET);
  RawClient silent(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_ACCEPT));
  RawClient second(port_);
  EXPECT_EQ(second.end(), ECONNRESET) << "the limit is reached";
  const int64_t lasted_ms = time_until_end(time, silent);
  EXPECT_GE(lasted_ms, 10'000);
  EXPECT_LT(lasted_ms, 20'000);
  EXPECT_EQ(client_events(program.seen()), std::vector<UINT>{});
  EXPECT_EQ(program.count(INET_EVENT_IDLE), 0u);
}

TEST_F(Tls, TheTimeoutOfTheServerShortensTheDeadline) {
  ManualTime time;
  Program program;
  ASSERT_NE(start(program, world_.server(), 2), INVALID_SOCKET);
  RawClient slow(port_);
  ASSERT_TRUE(slow.send(std::string("\x16\x03\x01\x01\x00\x01", 6)));  // the beginning of a hello
  ASSERT_TRUE(program.wait_for(INET_EVENT_ACCEPT));
  const int64_t lasted_ms = time_until_end(time, slow);
  EXPECT_GE(lasted_ms, 2'000);
  EXPECT_LT(lasted_ms, 9'000);
  EXPECT_EQ(client_events(program.seen()), std::vector<UINT>{});
}

TEST_F(Tls, AClientWithAnotherProtocolIsRefused) {
  Program program;
  SECURITYCREDENTIALSA credentials = world_.server();
  credentials.dwProtocol = SECURITY_PROTOCOL_TLS13;
  ASSERT_NE(start(program, credentials), INVALID_SOCKET);
  ForeignClient client(port_, TLS1_2_VERSION);
  EXPECT_FALSE(client.shake());
  EXPECT_EQ(client.alert(), SSL_AD_PROTOCOL_VERSION);
  EXPECT_EQ(program.count(INET_EVENT_CONNECT), 0u);
}

}  // namespace
}  // namespace inlet::test
