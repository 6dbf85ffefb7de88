// What a program does to a running server: suspend, resume, restart, throttle, lock, broadcast.
#include <poll.h>
#include <windows.h>

#include <atomic>
#include <thread>

#include "base/clock.h"
#include "provider/fault.h"
#include "support/environment.h"
#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

class Control : public InetTest {
 protected:
  static void answer(SOCKET handle, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(handle);
  }
  static bool is_served(RawClient& client) { return client.send("ping") && client.receive(4) == "ping"; }
  std::vector<std::unique_ptr<RawClient>> served_clients(int count) {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<RawClient>(port_));
      EXPECT_TRUE(is_served(*clients.back()));
    }
    return clients;
  }
  static bool has_answer(RawClient& client, int timeout_ms) {
    pollfd look{client.descriptor(), POLLIN, 0};
    return poll(&look, 1, timeout_ms) > 0;
  }
};

class ControlOverFaults : public Control {
  Variable layers_{"INLET_LAYERS", "fault"};
};

TEST_F(Control, SuspendKeepsNewcomersWaitingAndResumeServesThem) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  RawClient before(port_);
  EXPECT_TRUE(is_served(before));
  EXPECT_TRUE(InetServerSuspend(server));
  EXPECT_EQ(InetGetServerStatus(server), INET_SERVER_SUSPENDED);
  EXPECT_TRUE(InetServerSuspend(server)) << "harmless twice";
  RawClient first(port_), second(port_);
  ASSERT_TRUE(first.connected() && second.connected());
  ASSERT_TRUE(first.send("ping") && second.send("ping"));
  EXPECT_TRUE(is_served(before)) << "who is in stays in";
  EXPECT_FALSE(has_answer(first, 50));
  EXPECT_EQ(program.count(INET_EVENT_ACCEPT), 1u);
  EXPECT_TRUE(InetServerResume(server));
  EXPECT_EQ(InetGetServerStatus(server), INET_SERVER_STARTED);
  EXPECT_EQ(first.receive(4), "ping");
  EXPECT_EQ(second.receive(4), "ping");
  EXPECT_TRUE(InetServerResume(server)) << "of a server that is not suspended";
}

TEST_F(Control, ASuspendedServerRefusesWhoComesBeyondTheBacklog) {
  Program program(answer);
  const SOCKET server = InetServerStart("127.0.0.1", port_, 3, 0, 0, INET_PRIORITY_NORMAL, 0, &Program::entry,
                                        reinterpret_cast<DWORD_PTR>(&program), nullptr);
  ASSERT_NE(server, INVALID_SOCKET);
  ASSERT_TRUE(InetServerSuspend(server));
  std::vector<std::unique_ptr<RawClient>> clients;
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<RawClient>(port_));
    refused += clients.back()->connected() ? 0 : 1;
  }
  EXPECT_EQ(refused, 7);
  EXPECT_TRUE(InetServerResume(server));
  for (auto& client : clients) EXPECT_TRUE(!client->connected() || is_served(*client));
  EXPECT_TRUE(InetServerStop(server));
}

TEST_F(Control, SuspendCanDisconnectEverybody) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  RawClient client(port_);
  EXPECT_TRUE(is_served(client));
  EXPECT_TRUE(InetServerSuspendEx(server, INET_SUSPEND_DISCONNECT));
  EXPECT_EQ(InetEnumServerClients(server, nullptr, 0), 0) << "told to go is gone for the count";
  EXPECT_EQ(client.end(), 0);
  EXPECT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), 0u);
  EXPECT_TRUE(program.wait_for(INET_EVENT_IDLE));
  EXPECT_FALSE(InetServerSuspendEx(server, 0x8000));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
}

TEST_F(Control, RestartKeepsHandleAndThreadAndDropsTheClients) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  const DWORD thread = InetGetServerThreadId(server);
  for (int i = 0; i < 3; ++i) {
    RawClient client(port_);
    EXPECT_TRUE(is_served(client));
    EXPECT_TRUE(InetServerRestart(server));
    EXPECT_EQ(InetEnumServerClients(server, nullptr, 0), 0);
    EXPECT_EQ(client.end(), 0);
  }
  RawClient after(port_);
  EXPECT_TRUE(is_served(after));
  EXPECT_EQ(InetGetServerThreadId(server), thread);
  EXPECT_EQ(InetGetServerStatus(server), INET_SERVER_STARTED);
}

// Two threads restarted a server at the same time. The second one was told that its restart was done when the first one's was, and
// the clients that it let come then were dropped by its own.
TEST_F(Control, NoRestartComesAfterItsCallHasReturned) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  for (int i = 0; i < 100; ++i) {
    std::thread other([&] { EXPECT_TRUE(InetServerRestart(server)); });
    EXPECT_TRUE(InetServerRestart(server));
    other.join();
    RawClient client(port_);
    ASSERT_TRUE(is_served(client)) << i;
    ASSERT_TRUE(is_served(client)) << i;
  }
  EXPECT_TRUE(InetServerStop(server));
}

TEST_F(Control, RestartBringsASuspendedServerBack) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  EXPECT_TRUE(InetServerSuspend(server));
  EXPECT_TRUE(InetServerRestart(server));
  EXPECT_EQ(InetGetServerStatus(server), INET_SERVER_STARTED);
  RawClient client(port_);
  EXPECT_TRUE(is_served(client));
}

// After a restart that had failed InetServerResume said that the server accepted again. It had no listener: ten times a second it
// tried to accept on a dead handle.
TEST_F(ControlOverFaults, RestartThatFailsLeavesASuspendedServerThatCanBeRestarted) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  provider::fault::clear();
  ASSERT_TRUE(provider::fault::configure("WSPListen:1=WSAEADDRINUSE").ok());
  EXPECT_FALSE(InetServerRestart(server));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_ADDRESS_IN_USE);
  EXPECT_FALSE(InetServerResume(server));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_STATE);
  EXPECT_EQ(InetGetServerStatus(server), INET_SERVER_SUSPENDED);
  provider::fault::clear();
  EXPECT_FALSE(RawClient(port_).connected());
  EXPECT_TRUE(InetServerRestart(server));
  RawClient client(port_);
  EXPECT_TRUE(is_served(client));
}

TEST_F(Control, RestartFromACallbackOfTheServerHappensAfterIt) {
  std::atomic<int> restarts{0};
  Program program([&](SOCKET handle, UINT event, DWORD) {
    const bool first = event == INET_EVENT_ACCEPT && restarts.fetch_add(1) == 0;
    EXPECT_TRUE(!first || InetServerRestart(handle));
    if (event == INET_EVENT_READ) echo(handle);
  });
  program.start(port_);
  RawClient first(port_);
  EXPECT_EQ(first.end(), 0) << "it was let in and went with the restart";
  RawClient second(port_);
  EXPECT_TRUE(is_served(second));
}

TEST_F(Control, ThrottleRefusesNewcomersAndDropsNobody) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  auto clients = served_clients(4);
  EXPECT_TRUE(InetServerThrottle(server, 2, INET_THROTTLE_KEEP, INET_THROTTLE_KEEP));
  RawClient over(port_);
  EXPECT_EQ(over.end(), ECONNRESET);
  for (auto& client : clients) EXPECT_TRUE(is_served(*client));
  clients.resize(1);
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT, 3));
  RawClient fits(port_);
  EXPECT_TRUE(is_served(fits));
  RawClient again_over(port_);
  EXPECT_EQ(again_over.end(), ECONNRESET);
  EXPECT_EQ(program.count(INET_EVENT_CONNECT), 5u);
}

TEST_F(Control, ThrottleCountsTheClientsOfAnAddress) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  EXPECT_TRUE(InetServerThrottle(server, INET_THROTTLE_KEEP, 1, INET_THROTTLE_KEEP));
  RawClient first(port_);
  EXPECT_TRUE(is_served(first));
  RawClient second(port_);
  EXPECT_EQ(second.end(), ECONNRESET);
  EXPECT_TRUE(InetServerThrottle(server, 0, 0, 0));
  RawClient third(port_);
  EXPECT_TRUE(is_served(third));
}

TEST_F(Control, ThrottleCountsThoseOfAnAddressWhoCameBeforeIt) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  auto clients = served_clients(3);
  EXPECT_TRUE(InetServerThrottle(server, INET_THROTTLE_KEEP, 3, INET_THROTTLE_KEEP));
  RawClient over(port_);
  EXPECT_EQ(over.end(), ECONNRESET);
  clients.pop_back();
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  RawClient fits(port_);
  EXPECT_TRUE(is_served(fits));
  RawClient again_over(port_);
  EXPECT_EQ(again_over.end(), ECONNRESET);
}

TEST_F(Control, ThrottleSpacesAccepts) {
  ManualTime time;
  Program program(answer);
  const SOCKET server = program.start(port_);
  EXPECT_TRUE(InetServerThrottle(server, 0, 0, 1000));
  RawClient first(port_);
  EXPECT_TRUE(is_served(first));
  RawClient second(port_);
  ASSERT_TRUE(second.connected() && second.send("ping"));
  time.advance_ms(999);
  EXPECT_FALSE(has_answer(second, 50));
  time.advance_ms(1);
  EXPECT_EQ(second.receive(4), "ping");
}

TEST_F(Control, LockIsCountedAndOwnedByItsThread) {
  Program program;
  const SOCKET server = program.start(port_);
  const SOCKET other = program.start(free_port());
  EXPECT_EQ(InetGetLockedServer(), INVALID_SOCKET);
  EXPECT_TRUE(InetServerLock(server));
  EXPECT_TRUE(InetServerLock(server));
  EXPECT_EQ(InetGetLockedServer(), server);
  EXPECT_EQ(InetGetServerStatus(server), INET_SERVER_LOCKED);
  EXPECT_FALSE(InetServerLock(other)) << "one in the process";
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_WOULD_BLOCK);
  std::thread([&] {
    EXPECT_FALSE(InetServerUnlock(server));
    EXPECT_EQ(InetGetLastError(), ST_ERROR_NOT_HANDLE_OWNER);
    EXPECT_FALSE(InetServerLock(other));
  }).join();
  EXPECT_TRUE(InetServerUnlock(server));
  EXPECT_EQ(InetGetLockedServer(), server);
  EXPECT_TRUE(InetServerUnlock(server));
  EXPECT_EQ(InetGetLockedServer(), INVALID_SOCKET);
  EXPECT_FALSE(InetServerUnlock(server));
}

TEST_F(Control, OthersWaitWhileAServerIsLocked) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  RawClient client(port_);
  EXPECT_TRUE(is_served(client));
  ASSERT_TRUE(InetServerLock(server));
  ASSERT_TRUE(client.send("ping"));
  EXPECT_FALSE(has_answer(client, 50));
  ASSERT_TRUE(InetServerUnlock(server));
  EXPECT_EQ(client.receive(4), "ping");
}

// A thread locked a server and restarted it. The restart waited for the acceptor, which had a client to accept and waited for the
// lock: for ever.
TEST_F(Control, WhoHasLockedAServerCanRestartIt) {
  Program program;
  const SOCKET server = program.start(port_);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(InetServerLock(server));
    RawClient waiting(port_);  // to be accepted, for which the lock is waited for
    ASSERT_TRUE(waiting.connected());
    EXPECT_TRUE(InetServerRestart(server));
    EXPECT_EQ(InetGetLockedServer(), server) << "and it is still locked";
    EXPECT_TRUE(InetServerUnlock(server));
  }
  RawClient next(port_);
  EXPECT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  EXPECT_TRUE(InetServerStop(server));
}

// While its holder restarts a server the lock does not keep the server's events; but they cannot get the lock, because the holder
// waits for them.
TEST_F(Control, NoServerEventCanLockWhileTheHolderWaitsForIt) {
  std::atomic<int> refused{0};
  Program program([&](SOCKET handle, UINT event, DWORD) {
    if (event != INET_EVENT_ACCEPT) return;
    if (InetServerLock(handle))
      InetServerUnlock(handle);
    else if (InetGetLastError() == ST_ERROR_OPERATION_WOULD_BLOCK)
      ++refused;
  });
  const SOCKET server = program.start(port_);
  ASSERT_TRUE(InetServerLock(server));
  RawClient waiting(port_);
  EXPECT_TRUE(InetServerRestart(server));  // lets ACCEPT run, if the restart is not first
  EXPECT_TRUE(InetServerUnlock(server));
  EXPECT_LE(refused, 1);
  EXPECT_TRUE(InetServerStop(server));
}

TEST_F(Control, ALockThatACallbackLeavesBehindIsReleased) {
  std::atomic<SOCKET> server{INVALID_SOCKET};
  Program program([&](SOCKET handle, UINT event, DWORD) {
    EXPECT_TRUE(event != INET_EVENT_CONNECT || InetServerLock(server));
    if (event == INET_EVENT_READ) echo(handle);
  });
  server = program.start(port_);
  RawClient first(port_), second(port_);
  EXPECT_TRUE(is_served(first));
  EXPECT_TRUE(is_served(second));
  EXPECT_EQ(InetGetLockedServer(), INVALID_SOCKET);
}

TEST_F(Control, StoppingALockedServerReleasesEverybody) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  RawClient client(port_);
  EXPECT_TRUE(is_served(client));
  ASSERT_TRUE(InetServerLock(server));
  ASSERT_TRUE(client.send("ping"));  // its callback waits for the lock now, or soon
  EXPECT_TRUE(InetServerStop(server));
  EXPECT_EQ(InetGetLockedServer(), INVALID_SOCKET);
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 1u);
}

TEST_F(Control, BroadcastReachesEverybodyButTheOneWhoseCallbackCalls) {
  std::atomic<SOCKET> server{INVALID_SOCKET};
  std::atomic<INT> reached{-2};
  Program program([&](SOCKET handle, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    BYTE byte;
    InetRead(handle, &byte, 1);
    reached = InetServerBroadcast(server, reinterpret_cast<const BYTE*>("news"), 4);
  });
  server = program.start(port_);
  EXPECT_EQ(InetServerBroadcast(server, reinterpret_cast<const BYTE*>("none"), 4), 0);
  RawClient first(port_), second(port_), third(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE, 3));
  EXPECT_EQ(InetServerBroadcast(server, reinterpret_cast<const BYTE*>("all."), 4), 3);
  for (RawClient* each : {&first, &second, &third}) EXPECT_EQ(each->receive(4), "all.");
  ASSERT_TRUE(first.send("x"));
  EXPECT_EQ(second.receive(4), "news");
  EXPECT_EQ(third.receive(4), "news");
  EXPECT_FALSE(has_answer(first, 20));
  ASSERT_TRUE(program.wait([&](const auto&) { return reached == 2; }));
  EXPECT_EQ(InetServerBroadcast(server, nullptr, 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
}

TEST_F(Control, BroadcastWaitsForTheSlowNotLongerThanTheTimeout) {
  Program program;
  const SOCKET server = program.start(port_, 3);
  RawClient stuck(port_), good(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE, 2));
  const std::string much(32 << 20, 'm');
  std::thread reader([&] { EXPECT_TRUE(good.receive(much.size()) == much); });
  EXPECT_EQ(InetServerBroadcast(server, reinterpret_cast<const BYTE*>(much.data()), static_cast<DWORD>(much.size())),
            1);
  reader.join();
}

void watch_events(SOCKET server, uint16_t port) {
  const HWND window = InletCreateMessageQueue();
  ASSERT_NE(window, nullptr);
  EXPECT_FALSE(InetServerAsyncNotify(server, nullptr, WM_USER));
  ASSERT_TRUE(InetServerAsyncNotify(server, window, WM_USER));
  RawClient client(port);
  MSG message{};
  ASSERT_TRUE(GetMessageW(&message, window, 0, 0));
  EXPECT_EQ(message.message, UINT{WM_USER});
  EXPECT_EQ(message.wParam, server);
  EXPECT_EQ(LOWORD(message.lParam), INET_EVENT_ACCEPT);
  ASSERT_TRUE(GetMessageW(&message, window, 0, 0));
  EXPECT_EQ(LOWORD(message.lParam), INET_EVENT_CONNECT);
  EXPECT_TRUE(InetServerDisableAsyncNotify(server));
  EXPECT_TRUE(DestroyWindow(window));
}

TEST_F(Control, EventsArePostedToAWindow) {
  Program program;
  const SOCKET server = program.start(port_);
  ASSERT_TRUE(
      program.wait_for(INET_EVENT_START));  // InetServerStart may return before it: then the window would get it first
  // A thread keeps its message queue until it ends.
  std::thread([&] { watch_events(server, port_); }).join();
}

TEST_F(Control, StopExReturnsAtOnce) {
  Program program(answer);
  const SOCKET server = program.start(port_);
  RawClient client(port_);
  EXPECT_TRUE(is_served(client));
  EXPECT_FALSE(InetServerStopEx(server, 0x8000));
  EXPECT_TRUE(InetServerStopEx(server, INET_STOP_ASYNC));
  EXPECT_TRUE(program.wait_for(INET_EVENT_STOP));
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 1u);
}

TEST_F(Control, DeadHandlesAreRefused) {
  Program program;
  const SOCKET server = program.start(port_);
  ASSERT_TRUE(InetServerStop(server));
  using Call = BOOL(WINAPI*)(SOCKET);
  for (Call call : {&InetServerSuspend, &InetServerResume, &InetServerRestart, &InetServerLock, &InetServerUnlock,
                    &InetServerDisableAsyncNotify}) {
    EXPECT_FALSE(call(server));
    EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE);
  }
  EXPECT_EQ(InetServerBroadcast(server, nullptr, 0), INET_ERROR);
  EXPECT_EQ(InetEnumServerClients(server, nullptr, 0), INET_ERROR);
  EXPECT_EQ(InetGetServerPriority(server), INET_PRIORITY_INVALID);
}

}  // namespace
}  // namespace inlet::test
