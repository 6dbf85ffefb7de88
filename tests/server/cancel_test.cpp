// What a socket is doing, taking it out of that, and throwing away what it has received.
#include <windows.h>

#include <atomic>

#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

class Status : public InetTest {
 protected:
  void TearDown() override {
    raw_.reset();
    InetTest::TearDown();
  }
  // Reads on a thread of its own, and keeps how that ended.
  struct Reader {
    explicit Reader(SOCKET socket)
        : thread([this, socket] {
            BYTE byte;
            result = InetRead(socket, &byte, 1);
            error = InetGetLastError();
          }) {}
    ~Reader() {
      if (thread.joinable()) thread.join();
    }
    INT result = 0;
    DWORD error = 0;
    std::thread thread;
  };

  SOCKET start(Program& program) {
    server_ = program.start(port_);
    raw_ = std::make_unique<RawClient>(port_);
    EXPECT_TRUE(program.wait_for(INET_EVENT_WRITE));
    SOCKET client = INVALID_SOCKET;
    EXPECT_EQ(InetEnumServerClients(server_, &client, 1), 1);
    return client;
  }
  static void await_blocked(SOCKET socket) {
    while (!InetIsBlocking(socket)) std::this_thread::yield();
  }

  SOCKET server_ = INVALID_SOCKET;
  std::unique_ptr<RawClient> raw_;
};

TEST_F(Status, CancelEndsTheReadThatWaitsAndNothingElse) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
  });
  const SOCKET client = start(program);
  {
    Reader reader(client);
    await_blocked(client);
    EXPECT_EQ(InetGetStatus(client), INET_STATUS_READ);
    EXPECT_EQ(InetCancel(client), 0);
    reader.thread.join();
    EXPECT_EQ(reader.result, INET_ERROR);
    EXPECT_EQ(reader.error, ST_ERROR_OPERATION_CANCELED);
  }
  ASSERT_TRUE(program.wait_for(INET_EVENT_CANCEL));
  EXPECT_EQ(program.error_of(INET_EVENT_CANCEL), ST_ERROR_OPERATION_CANCELED);
  ASSERT_TRUE(raw_->send("on"));
  EXPECT_EQ(raw_->receive(2), "on") << "the session goes on";
  EXPECT_EQ(InetCancel(client), 0) << "nothing waits";
  ASSERT_TRUE(raw_->send("on"));
  EXPECT_EQ(raw_->receive(2), "on");
  EXPECT_EQ(program.count(INET_EVENT_CANCEL), 1u) << "no event without a call that was ended";
}

TEST_F(Status, CancelReachesACallbackThatWaits) {
  std::atomic<DWORD> error{0};
  std::atomic<SOCKET> waiting{INVALID_SOCKET};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_CONNECT) return;
    BYTE byte;
    waiting = client;
    EXPECT_EQ(InetRead(client, &byte, 1), INET_ERROR);
    error = InetGetLastError();
  });
  program.start(port_);
  RawClient raw(port_);
  while (waiting == INVALID_SOCKET || !InetIsBlocking(waiting)) std::this_thread::yield();
  EXPECT_EQ(InetCancel(waiting), 0);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CANCEL));
  EXPECT_EQ(error, ST_ERROR_OPERATION_CANCELED);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE)) << "the other events come all the same";
}

// Two threads read; only one of them waits in the socket, the other one waits for its turn. When only the first was cancelled, the
// second went on waiting for data that never came.
TEST_F(Status, CancelEndsTheCallsThatWaitForTheirTurnToo) {
  Program program;
  start(program);
  const SOCKET ours = InetConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 0, 0, nullptr);
  ASSERT_NE(ours, INVALID_SOCKET);
  Reader first(ours), second(ours);
  await_blocked(ours);
  // Whether the second is in line already cannot be seen; so cancel until both have ended.
  std::atomic<bool> ended{false};
  std::thread canceller([&] {
    while (!ended) {
      InetCancel(ours);
      std::this_thread::yield();
    }
  });
  first.thread.join();
  second.thread.join();
  ended = true;
  canceller.join();
  EXPECT_EQ(first.error, ST_ERROR_OPERATION_CANCELED);
  EXPECT_EQ(second.error, ST_ERROR_OPERATION_CANCELED);
  EXPECT_EQ(InetDisconnect(ours), 0);
}

TEST_F(Status, CancelEndsAWriteWithoutRoom) {
  Program program([](SOCKET, UINT, DWORD) {});
  const SOCKET client = start(program);
  std::atomic<DWORD> error{0};
  std::thread writer([&] {
    std::string block(1 << 20, 'x');
    while (InetWrite(client, reinterpret_cast<BYTE*>(block.data()), 1 << 20) == 1 << 20) {
    }
    error = InetGetLastError();
    EXPECT_EQ(InetWrite(client, reinterpret_cast<BYTE*>(block.data()), 1 << 20), INET_ERROR);
    error = InetGetLastError();
  });
  while (error != ST_ERROR_OPERATION_CANCELED) {
    await_blocked(client);
    EXPECT_EQ(InetGetStatus(client), INET_STATUS_WRITE);
    InetCancel(client);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // only spares the processor
    if (error == ST_ERROR_OPERATION_CANCELED) break;
  }
  writer.join();
}

TEST_F(Status, TellsWhoIsConnectedAndListens) {
  Program program;
  const SOCKET client = start(program);
  EXPECT_TRUE(InetIsConnected(client));
  EXPECT_FALSE(InetIsClosed(client));
  EXPECT_FALSE(InetIsListening(client));
  EXPECT_EQ(InetGetLastError(), 0u);
  EXPECT_EQ(InetGetStatus(client), INET_STATUS_IDLE);
  EXPECT_FALSE(InetIsConnected(server_));
  EXPECT_EQ(InetGetLastError(), 0u);
  EXPECT_TRUE(InetIsListening(server_));
  EXPECT_EQ(InetGetStatus(server_), INET_STATUS_LISTEN);
  ASSERT_TRUE(InetServerSuspend(server_));
  EXPECT_FALSE(InetIsListening(server_));
  EXPECT_EQ(InetGetStatus(server_), INET_STATUS_IDLE);
  ASSERT_TRUE(InetServerResume(server_));
  EXPECT_TRUE(InetIsListening(server_));
}

TEST_F(Status, IsClosedOnceEverythingIsRead) {
  std::atomic<bool> ready{false}, seen{false};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_CONNECT) return;
    while (!ready) std::this_thread::yield();
    BYTE byte;
    EXPECT_TRUE(InetIsReadable(client, 10'000, nullptr));
    EXPECT_TRUE(InetIsConnected(client)) << "something is left to read";
    EXPECT_FALSE(InetIsClosed(client));
    EXPECT_EQ(InetRead(client, &byte, 1), 1);
    EXPECT_TRUE(InetIsReadable(client, 10'000, nullptr)) << "the end";
    EXPECT_FALSE(InetIsConnected(client));
    EXPECT_TRUE(InetIsClosed(client));
    seen = true;
  });
  program.start(port_);
  RawClient raw(port_);
  ASSERT_TRUE(raw.send("x"));
  raw.close();
  ready = true;
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_TRUE(seen);
}

TEST_F(Status, SeesUrgentData) {
  Program program;
  const SOCKET client = start(program);
  EXPECT_FALSE(InetIsUrgent(client));
  ASSERT_EQ(::send(raw_->descriptor(), "!", 1, MSG_OOB), 1);
  while (!InetIsUrgent(client)) std::this_thread::yield();
  EXPECT_TRUE(InetIsUrgent(client)) << "looking does not take it";
}

TEST_F(Status, FlushThrowsAwayWhatWasReceived) {
  std::atomic<bool> go{false};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_CONNECT) return;
    char line[16];
    INT length = sizeof line;
    EXPECT_TRUE(InetReadLineA(client, line, &length));
    EXPECT_STREQ(line, "first");
    while (!go) std::this_thread::yield();
    DWORD available = 0;
    EXPECT_TRUE(InetIsReadable(client, 10'000, &available));
    EXPECT_GT(available, 0u) << "kept by the line reader";
    EXPECT_EQ(InetFlush(client), 0);
    EXPECT_EQ(InetPeek(client, nullptr, 0), 0);
    EXPECT_EQ(InetFlush(client), 0) << "nothing left is no failure";
    EXPECT_EQ(InetWrite(client, reinterpret_cast<const BYTE*>("ok"), 2), 2);
  });
  program.start(port_);
  RawClient raw(port_);
  ASSERT_TRUE(raw.send("first\r\nsecond\r\nthird"));
  go = true;
  EXPECT_EQ(raw.receive(2), "ok");
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  EXPECT_EQ(program.count(INET_EVENT_READ), 0u);
}

TEST_F(Status, FlushLeavesAReadOfAnotherThreadAlone) {
  Program program;
  start(program);
  const SOCKET ours = InetConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 0, 0, nullptr);
  Reader reader(ours);
  await_blocked(ours);
  EXPECT_EQ(InetFlush(ours), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_IN_PROGRESS);
  EXPECT_EQ(InetCancel(ours), 0);
}

}  // namespace
}  // namespace inlet::test
