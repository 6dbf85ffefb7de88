// Broadcasts to clients that do not keep up: what waits for them, in which order it comes with other writing, and how it ends.
//
// The servers here have the lowest priority, because their clients' send buffers are small: a client that does not read takes at most
// a few hundred kilobytes, and the rest has to wait with us.
#include <atomic>
#include <future>

#include "base/clock.h"
#include "base/limits.h"
#include "support/tls_fixture.h"

namespace inlet::test {
namespace {

constexpr size_t kMessage_bytes = 100 << 10;
constexpr int kMessages = 9;
static_assert(kMessages * kMessage_bytes <= kBroadcastWaitingMax, "they may wait all together");

std::string message(int number) {
  std::string text(kMessage_bytes, '\0');
  for (size_t i = 0; i < text.size(); ++i)
    text[i] = static_cast<char>('a' + (i / 7 + static_cast<size_t>(number)) % 26);
  return text;
}

INT tell(SOCKET server, const std::string& text) {
  return InetServerBroadcast(server, reinterpret_cast<const BYTE*>(text.data()), static_cast<DWORD>(text.size()));
}

std::string tell_all(SOCKET server, INT clients) {
  std::string told;
  for (int i = 0; i < kMessages; ++i) {
    told += message(i);
    EXPECT_EQ(tell(server, message(i)), clients) << i;
  }
  return told;
}

class BroadcastTest : public TlsTest {
 protected:
  // Without a timeout: a broadcast that waited for a client that does not read would never return.
  SOCKET start(Program& program, UINT timeout_s = 0, SECURITYCREDENTIALSA* secure = nullptr) {
    return program.adopt(InetServerStartA("127.0.0.1", port_, 0, 0, timeout_s, INET_PRIORITY_BACKGROUND,
                                          INET_OPTION_REUSEADDRESS | (secure ? INET_OPTION_SECURE : 0), &Program::entry,
                                          reinterpret_cast<DWORD_PTR>(&program), secure));
  }
  static SOCKET first_client(Program& program) {
    for (const Seen& each : program.seen())
      if (each.event == INET_EVENT_CONNECT) return each.handle;
    return INVALID_SOCKET;
  }
};

TEST_F(BroadcastTest, DoesNotWaitForAClientThatDoesNotRead) {
  Program program;
  const SOCKET server = start(program);
  RawClient slow(port_), quick(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE, 2));
  auto read = std::async(std::launch::async, [&] { return quick.receive(kMessages * kMessage_bytes); });
  const std::string told = tell_all(server, 2);
  EXPECT_TRUE(read.get() == told) << "the quick one has all while the slow one has read nothing";
  EXPECT_TRUE(slow.receive(told.size()) == told);
  EXPECT_EQ(tell(server, "end"), 2) << "and nothing is left over";
  EXPECT_EQ(slow.receive(3), "end");
}

TEST_F(BroadcastTest, OverTlsAsWell) {
  Program program;
  auto credentials = world_.server();
  const SOCKET server = start(program, 0, &credentials);
  ForeignClient slow(port_);
  ASSERT_TRUE(slow.shake());
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  const std::string told = tell_all(server, 1);
  EXPECT_TRUE(slow.receive(told.size()) == told);
}

TEST_F(BroadcastTest, WhatIsWrittenNextComesBehind) {
  Program program;
  const SOCKET server = start(program);
  RawClient slow(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  const SOCKET client = first_client(program);
  const std::string told = tell_all(server, 1);
  const std::string own(kMessage_bytes, '!');
  auto written = std::async(std::launch::async, [&] {
    return InetWrite(client, reinterpret_cast<const BYTE*>(own.data()), static_cast<INT>(own.size()));
  });
  EXPECT_TRUE(slow.receive(told.size() + own.size()) == told + own);
  EXPECT_EQ(written.get(), static_cast<INT>(own.size()));
  EXPECT_EQ(tell(server, "end"), 1);
  EXPECT_EQ(slow.receive(3), "end");
}

// The same from the client's own callback, which hands its shard off: else nobody could send what it waits for.
TEST_F(BroadcastTest, ACallbackWaitsForItsTurn) {
  std::atomic<INT> written{0};
  std::atomic<SOCKET> server{INVALID_SOCKET};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    BYTE byte;
    InetRead(client, &byte, 1);
    written = InetWrite(client, reinterpret_cast<const BYTE*>("own"), 3);
  });
  server = start(program);
  RawClient slow(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  const std::string told = tell_all(server, 1);
  ASSERT_TRUE(slow.send("x"));
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ));
  EXPECT_TRUE(slow.receive(told.size() + 3) == told + "own");
}

TEST_F(BroadcastTest, AClientOverItsBoundIsWaitedForAndNotCounted) {
  Program program;
  const SOCKET server = start(program, 1);
  RawClient stuck(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  tell_all(server, 1);
  INT reached = 1;
  size_t told = kMessages * kMessage_bytes;
  for (int i = 0; i < 20 && reached == 1; ++i, told += kMessage_bytes) reached = tell(server, message(kMessages));
  EXPECT_EQ(reached, 0);
  EXPECT_LE(told, kBroadcastWaitingMax + (1 << 20)) << "the bound, and what the system's buffers take";
}

TEST_F(BroadcastTest, ShortMessagesAreBoundedInNumber) {
  Program program;
  const SOCKET server = start(program, 1);
  RawClient stuck(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  tell_all(server, 1);
  const size_t most = (kBroadcastWaitingMax - (kMessages - 4) * kMessage_bytes) / kBroadcastPartMin;
  size_t told = 0;
  while (told <= most && tell(server, "short") == 1) ++told;
  EXPECT_LE(told, most);
}

TEST_F(BroadcastTest, DisconnectSendsWhatWaitsFirst) {
  Program program;
  const SOCKET server = start(program);
  RawClient slow(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  const std::string told = tell_all(server, 1);
  auto read = std::async(std::launch::async, [&] { return slow.receive(told.size()); });
  EXPECT_EQ(InetDisconnect(first_client(program)), 0);
  EXPECT_TRUE(read.get() == told);
  EXPECT_EQ(slow.end(), 0);
}

TEST_F(BroadcastTest, AnAbortEndsWhatWaitsAndWhoWaitsForIt) {
  Program program;
  const SOCKET server = start(program);
  RawClient stuck(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  const SOCKET client = first_client(program);
  tell_all(server, 1);
  auto written =
      std::async(std::launch::async, [&] { return InetWrite(client, reinterpret_cast<const BYTE*>("own"), 3); });
  EXPECT_EQ(InetAbort(client), 0);
  EXPECT_EQ(written.get(), INET_ERROR);
  EXPECT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
}

TEST_F(BroadcastTest, AStopDoesNotWaitForWhatWaits) {
  Program program;
  const SOCKET server = start(program);
  RawClient stuck(port_), gone(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE, 2));
  tell_all(server, 2);
  gone.reset();
  EXPECT_TRUE(InetServerStop(server));
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 2u);
}

// What is too much to be kept is sent while the call waits, and nothing comes between its parts.
TEST_F(BroadcastTest, ALargeMessageIsNotInterrupted) {
  Program program;
  const SOCKET server = start(program);
  RawClient slow(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  const SOCKET client = first_client(program);
  const std::string large(4 * kBroadcastWaitingMax, 'l');
  auto told = std::async(std::launch::async, [&] { return tell(server, large); });
  ASSERT_EQ(slow.receive(1), "l");
  auto written =
      std::async(std::launch::async, [&] { return InetWrite(client, reinterpret_cast<const BYTE*>("own"), 3); });
  EXPECT_TRUE(slow.receive(large.size() + 2) == large.substr(1) + "own");
  EXPECT_EQ(told.get(), 1);
  EXPECT_EQ(written.get(), 3);
}

// Several threads tell at the same time, others write: every message arrives whole, and each thread's in its order.
TEST_F(BroadcastTest, MessagesOfManyThreadsArriveWhole) {
  constexpr size_t kLine = 4096;
  constexpr int kThreads = 3, kLines = 60;
  Program program;
  const SOCKET server = start(program);
  RawClient first(port_), second(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE, 2));
  std::vector<std::thread> tellers;
  for (int thread = 0; thread < kThreads; ++thread)
    tellers.emplace_back([&, thread] {
      for (int i = 0; i < kLines; ++i) {
        std::string line(kLine, static_cast<char>('A' + thread));
        line[0] = static_cast<char>('0' + i);
        EXPECT_EQ(tell(server, line), 2);
      }
    });
  for (RawClient* client : {&first, &second}) {
    int next[kThreads] = {};
    for (int i = 0; i < kThreads * kLines; ++i) {
      const std::string line = client->receive(kLine);
      ASSERT_EQ(line.size(), kLine);
      const int thread = line[1] - 'A';
      ASSERT_TRUE(thread >= 0 && thread < kThreads);
      ASSERT_EQ(line.find_first_not_of(line[1], 1), std::string::npos);
      ASSERT_EQ(line[0], static_cast<char>('0' + next[thread]++));
    }
  }
  for (std::thread& each : tellers) each.join();
}

}  // namespace
}  // namespace inlet::test
