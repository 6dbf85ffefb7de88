// Callbacks that block, seen and unseen, and what the other clients notice of it: nothing (DESIGN section 1).
#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "base/clock.h"
#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

// One shard, so that a blocked callback would hold up everybody if the hand-off failed.
class HandOff : public InetTest {
 protected:
  void SetUp() override {
    setenv("INLET_SHARDS", "1", 1);
    InetTest::SetUp();
  }
  void TearDown() override {
    InetTest::TearDown();
    unsetenv("INLET_SHARDS");
  }
  void expect_echo(RawClient& client, const std::string& text) {
    ASSERT_TRUE(client.send(text));
    EXPECT_EQ(client.receive(text.size()), text);
  }
};

TEST_F(HandOff, WithNothingBlockedThereAreNoExtraThreads) {
  const unsigned before = threads();
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  for (int i = 0; i < 100; ++i) expect_echo(client, "ping");
  EXPECT_EQ(threads() - before, 4u) << "one shard, one server, the watchdog, the provider's";
}

TEST_F(HandOff, ACallbackThatWaitsInAReadHoldsUpNobody) {
  Program program([](SOCKET client, UINT event, DWORD) {
    char line[64];
    INT length = sizeof line;
    if (event == INET_EVENT_READ && InetReadLine(client, line, &length)) InetWriteLine(client, line, nullptr);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient waiting(port_), lively(port_);
  ASSERT_TRUE(waiting.send("unfinished"));
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(lively.send("hello\n"));
    ASSERT_EQ(lively.receive(7), "hello\r\n");
  }
  ASSERT_TRUE(waiting.send(" line\n"));
  EXPECT_EQ(waiting.receive(17), "unfinished line\r\n");
}

// InetPeek took its turn behind a read that was waiting, although it promises not to wait.
TEST_F(HandOff, LookingAtAClientDoesNotWaitForACallThatReads) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_CONNECT) echo(client);  // waits for the first byte, for ever
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_), other(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT, 2));  // the shard has been handed off, so the first one is waiting
  SOCKET session = INVALID_SOCKET;
  for (const Seen& each : program.seen())
    if (each.event == INET_EVENT_CONNECT && session == INVALID_SOCKET) session = each.handle;
  BYTE byte;
  DWORD available = 7;
  EXPECT_EQ(InetPeek(session, &byte, 1), 0);
  EXPECT_EQ(InetPeek(session, nullptr, 0), 0);
  EXPECT_FALSE(InetIsReadable(session, 0, &available));
  EXPECT_EQ(available, 0u);
  EXPECT_EQ(InetGetLastError(), 0u) << "the answer is simply no";
  ASSERT_TRUE(client.send("x") && other.send("y"));
  EXPECT_EQ(client.receive(1), "x");
  EXPECT_EQ(other.receive(1), "y");
}

TEST_F(HandOff, ACallbackThatBlocksUnseenHoldsUpNobody) {
  std::atomic<bool> release{false};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    BYTE byte;
    if (InetRead(client, &byte, 1) == 1 && byte == 'B') release.wait(false);  // a wait that the library cannot see
    InetWrite(client, &byte, 1);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient blocked(port_), lively(port_);
  ASSERT_TRUE(blocked.send("B"));
  for (int i = 0; i < 20; ++i) expect_echo(lively, "a");
  release = true;
  release.notify_all();
  EXPECT_EQ(blocked.receive(1), "B");
  expect_echo(blocked, "c");
}

TEST_F(HandOff, ACallbackThatComputesHoldsUpNobody) {
  std::atomic<bool> enough{false};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    BYTE byte;
    if (InetRead(client, &byte, 1) == 1 && byte == 'C')
      while (!enough.load(std::memory_order_relaxed)) {
      }
    InetWrite(client, &byte, 1);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient busy(port_), lively(port_);
  ASSERT_TRUE(busy.send("C"));
  for (int i = 0; i < 20; ++i) expect_echo(lively, "a");
  enough = true;
  EXPECT_EQ(busy.receive(1), "C");
}

TEST_F(HandOff, AMutexHeldAcrossAReadDoesNotDeadlock) {
  std::mutex mutex;
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    std::lock_guard lock(mutex);
    BYTE bytes[2];
    INT got = 0;
    while (got < 2) {
      const INT more = InetRead(client, bytes + got, 2 - got);
      if (more <= 0) return;
      got += more;
    }
    InetWrite(client, bytes, 2);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient holder(port_), wanting(port_);
  ASSERT_TRUE(holder.send("1"));  // its callback holds the mutex and waits for the second byte
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ));
  ASSERT_TRUE(wanting.send("ab"));
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ, 2));
  ASSERT_TRUE(holder.send("2"));
  EXPECT_EQ(holder.receive(2), "12");
  EXPECT_EQ(wanting.receive(2), "ab");
}

TEST_F(HandOff, ManyBlockedCallbacksEachKeepTheirOwnBytes) {
  std::atomic<int> arrived{0};
  std::atomic<bool> release{false};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    BYTE buffer[64];
    const INT got = InetRead(client, buffer, sizeof buffer);
    ++arrived;
    arrived.notify_all();
    release.wait(false);
    if (got > 0) InetWrite(client, buffer, got);
  });
  const SOCKET server = program.start(port_);
  ASSERT_NE(server, INVALID_SOCKET);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 60; ++i) {
    clients.push_back(std::make_unique<RawClient>(port_));
    ASSERT_TRUE(clients.back()->send("client " + std::to_string(100 + i)));
  }
  for (int seen = 0; seen < 60; seen = arrived) arrived.wait(seen);
  release = true;
  release.notify_all();
  for (int i = 0; i < 60; ++i)
    EXPECT_EQ(clients[static_cast<size_t>(i)]->receive(10), "client " + std::to_string(100 + i));
}

thread_local int calls_on_this_thread = 0;

TEST_F(HandOff, ThreadLocalDataAndExceptionsWorkInsideACallback) {
  std::atomic<int> wrong{0};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    calls_on_this_thread = 7;
    BYTE byte;
    InetRead(client, &byte, 1);
    InetIsReadable(client, 1, nullptr);  // waits, so the shard is handed off in the middle
    try {
      throw std::runtime_error("caught below");
    } catch (const std::runtime_error&) {
      if (calls_on_this_thread != 7) ++wrong;
    }
    InetWrite(client, &byte, 1);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  for (int i = 0; i < 20; ++i) expect_echo(client, "t");
  EXPECT_EQ(wrong, 0);
}

TEST_F(HandOff, AnExceptionThatLeavesACallbackEndsThatSessionOnly) {
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    BYTE byte;
    if (InetRead(client, &byte, 1) == 1 && byte == '!') throw std::runtime_error("left the callback");
    InetWrite(client, &byte, 1);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient thrower(port_), other(port_);
  expect_echo(other, "a");
  expect_echo(thrower, "b");
  testing::internal::CaptureStderr();
  ASSERT_TRUE(thrower.send("!"));
  EXPECT_EQ(thrower.end(), 0);
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_NE(testing::internal::GetCapturedStderr().find("exception"), std::string::npos) << "it is logged";
  expect_echo(other, "c");
  EXPECT_EQ(program.count(INET_EVENT_ERROR), 1u);
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 1u);
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), ST_ERROR_CONNECTION_ABORTED);
}

// A session whose callbacks block is served off its shard, and comes back when they are quick again.
TEST_F(HandOff, ASlowSessionStaysCorrectWhileItMovesOffItsShardAndBack) {
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    BYTE byte;
    if (InetRead(client, &byte, 1) != 1) return;
    if (byte == 'S') std::this_thread::sleep_for(std::chrono::milliseconds(3));  // the blocking callback under test
    InetWrite(client, &byte, 1);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) expect_echo(client, "S");
    for (int i = 0; i < 30; ++i) expect_echo(client, "q");
  }
}

// A client whose callbacks block for as long as the test wants, and which reads all there is: when such a callback returns there
// is nothing to decide, and its shard sleeps on. Unless something has happened meanwhile.
class SlowSession : public HandOff {
 protected:
  SlowSession()
      : program_([this](SOCKET client, UINT event, DWORD) {
          if (event != INET_EVENT_READ) return;
          BYTE text[64];
          const INT size = InetRead(client, text, sizeof text);
          if (size <= 0) return;
          inside_ = true;
          inside_.notify_all();
          if (text[0] == 'B') may_return_.wait(false);  // a wait that the library cannot see
          InetWrite(client, text, size);
        }) {}

  // From now on its callbacks run off the shard.
  void make_slow(RawClient& client) {
    enter(client);
    let_return();
    ASSERT_EQ(client.receive(1), "B");
    may_return_ = inside_ = false;
  }
  void enter(RawClient& client) {
    ASSERT_TRUE(client.send("B"));
    inside_.wait(false);
  }
  void let_return() {
    may_return_ = true;
    may_return_.notify_all();
  }
  // Whatever had happened before has been noted when another client has been answered.
  void pass_time() {
    RawClient other(port_);
    expect_echo(other, "q");
  }

  std::atomic<bool> inside_{false}, may_return_{false};
  Program program_;
};

TEST_F(SlowSession, WhatCameDuringItsCallbackIsAnswered) {
  ASSERT_NE(program_.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  make_slow(client);
  enter(client);
  ASSERT_TRUE(client.send("c"));
  pass_time();
  let_return();
  EXPECT_EQ(client.receive(2), "Bc");
}

TEST_F(SlowSession, AnEndDuringItsCallbackIsTold) {
  ASSERT_NE(program_.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  make_slow(client);
  enter(client);
  client.close();
  pass_time();
  const unsigned others = program_.count(INET_EVENT_DISCONNECT);
  let_return();
  EXPECT_TRUE(program_.wait_for(INET_EVENT_DISCONNECT, others + 1));
}

TEST_F(SlowSession, WhatComesAfterItsCallbackIsAnswered) {
  ASSERT_NE(program_.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  make_slow(client);
  may_return_ = true;
  for (int i = 0; i < 20; ++i) expect_echo(client, "B");
}

TEST_F(SlowSession, IsToldThatItsClientIsQuiet) {
  ManualTime time;
  ASSERT_NE(program_.start(port_, 5), INVALID_SOCKET);
  RawClient client(port_);
  make_slow(client);
  may_return_ = true;
  expect_echo(client, "B");
  for (int i = 0; i < 6 && program_.count(INET_EVENT_TIMEOUT) == 0; ++i) {
    time.advance_ms(2000);
    pass_time();
  }
  EXPECT_TRUE(program_.wait_for(INET_EVENT_TIMEOUT));
}

}  // namespace
}  // namespace inlet::test
