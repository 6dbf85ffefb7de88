// Stopping a server, from everywhere and under everything (DESIGN section 4).
#include <windows.h>

#include <atomic>
#include <thread>

#include "base/clock.h"
#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

class Stop : public InetTest {};

TEST_F(Stop, DeliversOneDisconnectForEachConnectAndLeavesNothing) {
  // The provider's own thread comes with the first listener and stays.
  ASSERT_TRUE(InetServerStop(Program().start(port_)));
  const unsigned descriptors = open_descriptors();
  const unsigned running = threads();
  Program program;
  const SOCKET server = program.start(port_);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(std::make_unique<RawClient>(port_));
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT, 50));
  ASSERT_TRUE(InetServerStop(server));
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 50u);
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), ST_ERROR_OPERATION_CANCELED);
  EXPECT_EQ(threads_settled(running), running);
  for (auto& client : clients) EXPECT_EQ(client->end(), 0);
  clients.clear();
  EXPECT_EQ(open_descriptors(), descriptors);
  EXPECT_EQ(InetGetServerStatus(server), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE);
  EXPECT_FALSE(InetServerStop(server));
}

TEST_F(Stop, WakesCallbacksThatWaitInACall) {
  std::atomic<int> canceled{0};
  Program program([&](SOCKET client, UINT event, DWORD) {
    BYTE byte;
    if (event == INET_EVENT_CONNECT && InetRead(client, &byte, 1) == INET_ERROR) ++canceled;
  });
  const SOCKET server = program.start(port_);
  RawClient first(port_), second(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT, 2));
  ASSERT_TRUE(InetServerStop(server));
  EXPECT_EQ(canceled, 2);
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 2u);
}

TEST_F(Stop, FromACallbackReturnsAtOnceAndCompletes) {
  std::atomic<SOCKET> server{INVALID_SOCKET};
  std::atomic<int> result{-1}, status{-1};
  Program program([&](SOCKET, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    result = InetServerStop(server);
    status = InetGetServerStatus(server);
  });
  server = program.start(port_);
  RawClient client(port_), other(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT, 2));
  ASSERT_TRUE(client.send("stop"));
  ASSERT_TRUE(program.wait_for(INET_EVENT_STOP));
  EXPECT_EQ(result, TRUE);
  EXPECT_NE(status, INET_ERROR) << "the handle lives until the stop is complete";
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 2u);
}

TEST_F(Stop, FromTheAcceptEventCompletes) {
  Program program([](SOCKET handle, UINT event, DWORD) {
    if (event == INET_EVENT_ACCEPT) InetServerStop(handle);
  });
  program.start(port_);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_STOP));
  EXPECT_EQ(program.count(INET_EVENT_CONNECT), 0u);
}

TEST_F(Stop, OfAnotherServerFromACallbackWaitsForIt) {
  Program victim;
  const SOCKET other = victim.start(port_);
  RawClient client_of_victim(port_);
  ASSERT_TRUE(victim.wait_for(INET_EVENT_CONNECT));
  std::atomic<int> result{-1};
  Program program([&](SOCKET, UINT event, DWORD) {
    if (event != INET_EVENT_CONNECT) return;
    result = InetServerStop(other);
    EXPECT_EQ(victim.count(INET_EVENT_STOP), 1u);
  });
  const uint16_t port = free_port();
  const SOCKET server = program.start(port);
  RawClient client(port);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  EXPECT_EQ(result, TRUE);
  ASSERT_TRUE(InetServerStop(server));
}

TEST_F(Stop, TwoThreadsMayStopOneServer) {
  Program program;
  const SOCKET server = program.start(port_);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  std::thread other([&] { InetServerStop(server); });
  InetServerStop(server);
  other.join();
  EXPECT_EQ(program.count(INET_EVENT_STOP), 1u);
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 1u);
}

TEST_F(Stop, GivesUpWaitingForACallbackThatNeverReturns) {
  ManualTime time;
  std::atomic<bool> release{false};
  Program program([&](SOCKET, UINT event, DWORD) {
    if (event == INET_EVENT_CONNECT) release.wait(false);
  });
  const SOCKET server = program.start(port_);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  std::atomic<bool> returned{false};
  std::atomic<int> result{-1};
  std::atomic<DWORD> error{0};
  std::thread stopper([&] {
    result = InetServerStop(server);
    error = InetGetLastError();
    returned = true;
  });
  while (!returned) {
    time.advance_ms(1000);
    std::this_thread::yield();
  }
  stopper.join();
  EXPECT_EQ(result, FALSE);
  EXPECT_EQ(error, ST_ERROR_OPERATION_TIMEOUT);
  EXPECT_EQ(program.count(INET_EVENT_STOP), 0u);
  release = true;
  release.notify_all();
  ASSERT_TRUE(program.wait_for(INET_EVENT_STOP)) << "the stop goes on by itself";
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 1u);
}

TEST_F(Stop, LeavesThePortFreeForTheNext) {
  for (int i = 0; i < 20; ++i) {
    Program program([](SOCKET client, UINT event, DWORD) {
      if (event == INET_EVENT_READ) echo(client);
    });
    const SOCKET server = program.start(port_);
    ASSERT_NE(server, INVALID_SOCKET) << i << ": " << std::hex << InetGetLastError();
    RawClient client(port_);
    ASSERT_TRUE(client.send("x"));
    ASSERT_EQ(client.receive(1), "x");
    ASSERT_TRUE(InetServerStop(server));  // closes first, so the address lingers in TIME_WAIT
  }
  Program strict;
  EXPECT_EQ(InetServerStart("127.0.0.1", port_, 0, 0, 0, INET_PRIORITY_NORMAL, INET_OPTION_NONE, &Program::entry,
                            reinterpret_cast<DWORD_PTR>(&strict), nullptr),
            INVALID_SOCKET)
      << "without REUSEADDRESS the lingering address is in use";
  EXPECT_EQ(InetGetLastError(), ST_ERROR_ADDRESS_IN_USE);
}

TEST_F(Stop, DisconnectOnAServerHandleIsAStop) {
  Program program;
  const SOCKET server = program.start(port_);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  EXPECT_EQ(InetDisconnect(server), 0);
  EXPECT_EQ(program.count(INET_EVENT_STOP), 1u);
}

// What the document shows for programs that must know when a stop is complete.
TEST_F(Stop, TheServerThreadCanBeOpenedAndWaitedFor) {
  std::atomic<SOCKET> server{INVALID_SOCKET};
  Program program([&](SOCKET, UINT event, DWORD) {
    if (event == INET_EVENT_READ) InetServerStop(server);
  });
  server = program.start(port_);
  const DWORD id = InetGetServerThreadId(server);
  ASSERT_NE(id, 0u);
  const HANDLE thread = OpenThread(SYNCHRONIZE, FALSE, id);
  ASSERT_NE(thread, nullptr);
  EXPECT_EQ(WaitForSingleObject(thread, 0), static_cast<DWORD>(WAIT_TIMEOUT));
  RawClient client(port_);
  ASSERT_TRUE(client.send("stop"));
  EXPECT_EQ(WaitForSingleObject(thread, INFINITE), static_cast<DWORD>(WAIT_OBJECT_0));
  EXPECT_TRUE(CloseHandle(thread));
  EXPECT_EQ(program.count(INET_EVENT_STOP), 1u);
  EXPECT_EQ(OpenThread(SYNCHRONIZE, FALSE, id), nullptr) << "it has ended";
}

TEST_F(Stop, UninitializeStopsEverything) {
  Program program;
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  const SOCKET plain = InetConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 5, 0, nullptr);
  ASSERT_NE(plain, INVALID_SOCKET);
  InetUninitialize();
  EXPECT_EQ(program.count(INET_EVENT_STOP), 1u);
  BYTE byte;
  EXPECT_EQ(InetRead(plain, &byte, 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_NOT_INITIALIZED);
  ASSERT_TRUE(InetInitialize(nullptr, nullptr));  // for TearDown
}

}  // namespace
}  // namespace inlet::test
