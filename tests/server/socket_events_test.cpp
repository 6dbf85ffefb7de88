// The events of plain sockets.
#include <atomic>
#include <map>

#include "base/clock.h"
#include "support/plain_sockets.h"
#include "support/silent_port.h"

namespace inlet::test {
namespace {

// A program for the events of plain sockets. It ends their events before it goes itself.
class Listening : public Program {
 public:
  using Program::Program;
  ~Listening() {
    for (const SOCKET each : sockets_) InetDisableEvents(each);
  }
  void tell(SOCKET socket, UINT event) {
    sockets_.push_back(socket);
    ASSERT_EQ(InetRegisterEvent(socket, event, &Program::entry, reinterpret_cast<DWORD_PTR>(this)), 0) << event;
  }
  // Every event of a connection.
  void tell_all(SOCKET socket) {
    for (const UINT event : {INET_EVENT_CONNECT, INET_EVENT_DISCONNECT, INET_EVENT_READ, INET_EVENT_WRITE,
                             INET_EVENT_TIMEOUT, INET_EVENT_CANCEL})
      tell(socket, event);
  }
  // And makes the socket asynchronous.
  void follow(SOCKET socket) {
    tell_all(socket);
    ASSERT_EQ(InetEnableEvents(socket, nullptr, 0), 0);
  }

 private:
  std::vector<SOCKET> sockets_;
};

class SocketEvents : public PlainSocketTest {
 protected:
  // The peer goes, which is told after everything that was due before it.
  static void settle(Program& program, SOCKET peer) {
    const unsigned before = program.count(INET_EVENT_DISCONNECT);
    InetDisconnect(peer);
    EXPECT_TRUE(program.wait_for(INET_EVENT_DISCONNECT, before + 1));
  }
  void look_at_messages();
};

TEST_F(SocketEvents, ConnectThenWriteThenReadThenDisconnect) {
  const SOCKET listener = listen();
  Listening program;
  const SOCKET ours =
      keep(InetAsyncConnect("127.0.0.1", port_of(listener), INET_PROTOCOL_TCP, 10, 0, nullptr, nullptr, 0));
  ASSERT_NE(ours, INVALID_SOCKET);
  program.tell_all(ours);
  const SOCKET theirs = accept(listener);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  write(theirs, "hello");
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ));
  EXPECT_EQ(read(ours, 5), "hello");
  settle(program, theirs);
  std::vector<UINT> events;
  for (const Seen& each : program.seen()) {
    EXPECT_EQ(each.handle, ours);
    EXPECT_EQ(each.error, 0u);
    events.push_back(each.event);
  }
  EXPECT_EQ(events, (std::vector<UINT>{INET_EVENT_CONNECT, INET_EVENT_WRITE, INET_EVENT_READ, INET_EVENT_DISCONNECT}));
}

TEST_F(SocketEvents, AConnectionThatIsRefusedIsToldWithItsError) {
  Listening program;
  const SOCKET ours = keep(InetAsyncConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 10, 0, nullptr, nullptr, 0));
  program.tell_all(ours);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  EXPECT_EQ(program.error_of(INET_EVENT_CONNECT), ST_ERROR_CONNECTION_REFUSED);
  BYTE byte;
  EXPECT_EQ(InetRead(ours, &byte, 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_NOT_CONNECTED);
  EXPECT_EQ(program.seen().size(), 1u);
}

TEST_F(SocketEvents, ANameThatDoesNotResolveIsToldToo) {
  Listening program;
  const SOCKET ours = keep(InetAsyncConnect("no.such.host.invalid", 9, INET_PROTOCOL_TCP, 10, 0, nullptr, nullptr, 0));
  ASSERT_NE(ours, INVALID_SOCKET);
  program.tell_all(ours);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  EXPECT_NE(program.error_of(INET_EVENT_CONNECT), 0u);
}

TEST_F(SocketEvents, AConnectWithoutAnAnswerRunsOutOfTime) {
  const SilentPort silent;
  Listening program;
  const SOCKET ours = keep(InetAsyncConnect("127.0.0.1", silent.port(), INET_PROTOCOL_TCP, 1, 0, nullptr, nullptr, 0));
  program.tell_all(ours);
  BYTE byte;
  EXPECT_EQ(InetRead(ours, &byte, 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_NOT_CONNECTED);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  EXPECT_EQ(program.error_of(INET_EVENT_CONNECT), ST_ERROR_OPERATION_TIMEOUT);
}

TEST_F(SocketEvents, ADisconnectEndsAConnectThatHasNoAnswer) {
  const SilentPort silent;
  Listening program;
  const SOCKET ours = InetAsyncConnect("127.0.0.1", silent.port(), INET_PROTOCOL_TCP, 0, 0, nullptr, nullptr, 0);
  program.tell_all(ours);
  EXPECT_EQ(InetDisconnect(ours), 0);  // TearDown waits for the rest, with no time-out to help it
}

TEST_F(SocketEvents, AnAsynchronousSocketDoesNotWait) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener, 0);
  accept(listener);
  ASSERT_EQ(InetEnableEvents(ours, nullptr, 0), 0);
  BYTE byte;
  EXPECT_EQ(InetRead(ours, &byte, 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_WOULD_BLOCK);
  const std::string much(64 << 20, 'x');
  const INT sent = InetWrite(ours, reinterpret_cast<const BYTE*>(much.data()), static_cast<INT>(much.size()));
  EXPECT_GT(sent, 0);
  EXPECT_LT(sent, static_cast<INT>(much.size()));
  EXPECT_EQ(InetWrite(ours, &byte, 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_WOULD_BLOCK);
}

TEST_F(SocketEvents, WriteComesAgainWhenAFullBufferHasRoom) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  Listening program;
  program.follow(ours);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  const std::string much(1 << 20, 'x');
  size_t total = 0;
  for (INT sent = 1; sent > 0; total += static_cast<size_t>(std::max(sent, 0)))
    sent = InetWrite(ours, reinterpret_cast<const BYTE*>(much.data()), static_cast<INT>(much.size()));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_WOULD_BLOCK);
  EXPECT_EQ(read(theirs, total).size(), total);
  EXPECT_TRUE(program.wait_for(INET_EVENT_WRITE, 2));
  settle(program, theirs);
  EXPECT_EQ(program.count(INET_EVENT_WRITE), 2u);
}

TEST_F(SocketEvents, ReadIsNotRepeatedBeforeSomethingIsRead) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  Listening program;
  program.follow(ours);
  write(theirs, "one");
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ));
  write(theirs, "two");
  settle(program, theirs);  // the end is told although there is data left
  EXPECT_EQ(program.count(INET_EVENT_READ), 1u);
  EXPECT_EQ(read(ours, 1), "o");
  EXPECT_TRUE(program.wait_for(INET_EVENT_READ, 2));
  EXPECT_EQ(read(ours, 5), "netwo");
}

TEST_F(SocketEvents, OneByteForEachReadMakesAsManyEvents) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  Listening program([](SOCKET socket, UINT event, DWORD) {
    BYTE byte;
    if (event == INET_EVENT_READ) InetRead(socket, &byte, 1);
  });
  program.follow(ours);
  write(theirs, "0123456789");
  EXPECT_TRUE(program.wait_for(INET_EVENT_READ, 10));
  settle(program, theirs);
  EXPECT_EQ(program.count(INET_EVENT_READ), 10u);
}

// A reader on another thread took what READ stood for before the callback came; then the callback found nothing, and no byte was ever
// "read since". New data has to be told all the same.
TEST_F(SocketEvents, AReadThatFindsNothingMakesReadDueAgain) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  Listening program;
  program.follow(ours);
  write(theirs, "x");
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ));
  EXPECT_EQ(read(ours, 1), "x");
  BYTE byte;
  EXPECT_EQ(InetRead(ours, &byte, 1), INET_ERROR);
  write(theirs, "y");
  EXPECT_TRUE(program.wait_for(INET_EVENT_READ, 2));
}

TEST_F(SocketEvents, DisconnectIsOnlyForTheRemoteSide) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  Listening program, other;
  program.follow(ours);
  other.follow(theirs);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  EXPECT_EQ(InetDisconnect(ours), 0);
  EXPECT_TRUE(other.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 0u);
}

TEST_F(SocketEvents, AResetIsToldWithItsError) {
  const SOCKET listener = listen();
  RawClient raw(port_of(listener));
  const SOCKET ours = accept(listener);
  Listening program;
  program.follow(ours);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  raw.reset();
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), ST_ERROR_CONNECTION_RESET);
}

TEST_F(SocketEvents, NoneComesAfterDisable) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  Listening program;
  program.follow(ours);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  EXPECT_EQ(InetDisableEvents(ours), 0);
  write(theirs, "x");
  EXPECT_EQ(read(ours, 1), "x");  // and it waits again
  EXPECT_EQ(program.seen().size(), 1u);
  ASSERT_EQ(InetEnableEvents(ours, nullptr, 0), 0);  // the callbacks are still named
  write(theirs, "y");
  EXPECT_TRUE(program.wait_for(INET_EVENT_READ));
}

TEST_F(SocketEvents, DisableWaitsForARunningCallback) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  accept(listener);
  std::atomic<bool> inside{false}, go{false}, done{false};
  Listening program([&](SOCKET, UINT, DWORD) {
    inside = true;
    while (!go) std::this_thread::yield();
    done = true;
  });
  program.follow(ours);
  while (!inside) std::this_thread::yield();
  std::thread releaser([&] { go = true; });
  EXPECT_EQ(InetDisableEvents(ours), 0);
  EXPECT_TRUE(done);
  releaser.join();
}

TEST_F(SocketEvents, DisableGivesUpOnACallbackThatStays) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  accept(listener);
  std::atomic<bool> release{false};
  Listening program([&](SOCKET, UINT, DWORD) { release.wait(false); });
  program.follow(ours);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  ManualTime time;
  std::atomic<bool> returned{false};
  DWORD error = 0;
  std::thread disabler([&] {
    if (InetDisableEvents(ours) == INET_ERROR) error = InetGetLastError();
    returned = true;
  });
  while (!returned) {
    time.advance_ms(1000);
    std::this_thread::yield();
  }
  disabler.join();
  EXPECT_EQ(error, ST_ERROR_OPERATION_TIMEOUT);
  release = true;
  release.notify_all();
}

TEST_F(SocketEvents, ACallbackMayDisableAndDisconnectItsOwnSocket) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  Listening program([](SOCKET socket, UINT, DWORD) {
    EXPECT_EQ(InetDisableEvents(socket), 0);
    EXPECT_EQ(InetDisconnect(socket), 0);
  });
  program.follow(ours);
  EXPECT_EQ(read(theirs, 1), "");  // the end
  EXPECT_EQ(program.seen().size(), 1u);
}

TEST_F(SocketEvents, FrozenEventsComeWhenTheyMayGoOn) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  Listening program;
  program.tell(ours, INET_EVENT_READ);
  ASSERT_EQ(InetFreezeEvents(ours, TRUE), 0);
  ASSERT_EQ(InetEnableEvents(ours, nullptr, 0), 0);
  write(theirs, "x");
  EXPECT_TRUE(InetIsReadable(ours, 10'000, nullptr));
  EXPECT_TRUE(program.seen().empty());
  ASSERT_EQ(InetFreezeEvents(ours, FALSE), 0);
  EXPECT_TRUE(program.wait_for(INET_EVENT_READ));
}

TEST_F(SocketEvents, ReadAndWriteComeToAsynchronousSocketsOnly) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  Listening program;
  program.tell_all(ours);
  write(theirs, "x");
  EXPECT_TRUE(InetIsReadable(ours, 10'000, nullptr));
  settle(program, theirs);  // which comes to both
  EXPECT_EQ(program.seen().size(), 1u);
}

TEST_F(SocketEvents, ACallThatRunsOutOfTimeIsATimeout) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener, 1);
  accept(listener);
  Listening program;
  program.tell_all(ours);
  BYTE byte;
  EXPECT_EQ(InetRead(ours, &byte, 1), INET_ERROR);
  ASSERT_TRUE(program.wait_for(INET_EVENT_TIMEOUT));
  EXPECT_EQ(program.error_of(INET_EVENT_TIMEOUT), ST_ERROR_OPERATION_TIMEOUT);
}

TEST_F(SocketEvents, LinesAreWaitedForOnAsynchronousSocketsToo) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  ASSERT_EQ(InetEnableEvents(ours, nullptr, 0), 0);
  std::thread writer([&] { InetWriteLine(theirs, "a line", nullptr); });
  char text[16];
  INT length = sizeof text;
  EXPECT_TRUE(InetReadLine(ours, text, &length));
  writer.join();
  EXPECT_EQ(std::string(text), "a line");
}

TEST_F(SocketEvents, AListenerTellsOfClientsUntilTheyAreAccepted) {
  Listening program;
  const SOCKET listener = keep(InetAsyncListenEx("127.0.0.1", 0, 0, INET_OPTION_REUSEADDRESS, nullptr, 0));
  ASSERT_NE(listener, INVALID_SOCKET);
  program.tell(listener, INET_EVENT_ACCEPT);
  EXPECT_EQ(InetAccept(listener, 0), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_WOULD_BLOCK);
  RawClient first(port_of(listener));
  ASSERT_TRUE(program.wait_for(INET_EVENT_ACCEPT));
  RawClient second(port_of(listener));
  keep(InetAccept(listener, 0));
  ASSERT_TRUE(program.wait_for(INET_EVENT_ACCEPT, 2));
  EXPECT_EQ(program.count(INET_EVENT_ACCEPT), 2u);
  keep(InetAccept(listener, 0));
  RawClient third(port_of(listener));
  EXPECT_TRUE(program.wait_for(INET_EVENT_ACCEPT, 3));
}

void SocketEvents::look_at_messages() {
  const HWND window = InletCreateMessageQueue();
  ASSERT_NE(window, nullptr);
  const SOCKET listener = keep(InetAsyncListenEx("127.0.0.1", 0, 0, INET_OPTION_REUSEADDRESS, window, WM_USER + 1));
  const SOCKET ours =
      keep(InetAsyncConnect("127.0.0.1", port_of(listener), INET_PROTOCOL_TCP, 10, 0, nullptr, window, WM_USER + 2));
  std::map<std::pair<SOCKET, UINT>, UINT> seen;
  MSG message;
  while (seen.size() < 3 && GetMessageW(&message, window, 0, 0) > 0) {
    EXPECT_EQ(message.lParam >> 16, 0);
    EXPECT_EQ(message.message, message.wParam == listener ? WM_USER + 1u : WM_USER + 2u);
    ++seen[{message.wParam, static_cast<UINT>(message.lParam & 0xffff)}];
  }
  EXPECT_EQ((seen[{listener, INET_EVENT_ACCEPT}]), 1u);
  EXPECT_EQ((seen[{ours, INET_EVENT_CONNECT}]), 1u);
  EXPECT_EQ((seen[{ours, INET_EVENT_WRITE}]), 1u);
  const SOCKET refused =
      keep(InetAsyncConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 10, 0, nullptr, window, WM_USER + 3));
  ASSERT_GT(GetMessageW(&message, window, WM_USER + 3, WM_USER + 3), 0);
  EXPECT_EQ(message.wParam, refused);
  EXPECT_EQ(message.lParam >> 16, 10061);  // WSAECONNREFUSED
  DestroyWindow(window);
}

TEST_F(SocketEvents, AWindowGetsThemAsMessages) {
  std::thread([this] { look_at_messages(); }).join();  // whose end closes what its queue has opened
}

TEST_F(SocketEvents, ThoseOfDatagramsNeverDisconnect) {
  const SOCKET receiver = keep(InetConnectEx("127.0.0.1", 1, INET_PROTOCOL_UDP, 10, 0, "127.0.0.1", 0, nullptr));
  const SOCKET sender = keep(InetConnect("127.0.0.1", port_of(receiver), INET_PROTOCOL_UDP, 10, 0, nullptr));
  Listening program([](SOCKET socket, UINT event, DWORD) {
    BYTE buffer[4];
    if (event == INET_EVENT_READ) InetRead(socket, buffer, sizeof buffer);
  });
  program.follow(receiver);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  write(sender, "");
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ));
  write(sender, "longer than the buffer");
  EXPECT_TRUE(program.wait_for(INET_EVENT_READ, 2));
  write(sender, "x");
  EXPECT_TRUE(program.wait_for(INET_EVENT_READ, 3));
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 0u);
}

TEST_F(SocketEvents, CallbacksOfOneSocketNeverOverlap) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  std::atomic<int> inside{0};
  std::atomic<unsigned> overlaps{0}, bytes{0};
  Listening program([&](SOCKET socket, UINT event, DWORD) {
    if (++inside != 1) ++overlaps;
    BYTE buffer[7];
    if (event == INET_EVENT_READ)
      if (const INT got = InetRead(socket, buffer, sizeof buffer); got > 0) bytes += static_cast<unsigned>(got);
    std::this_thread::yield();
    --inside;
  });
  program.follow(ours);
  for (int i = 0; i < 200; ++i) write(theirs, "0123456789");
  settle(program, theirs);
  EXPECT_EQ(bytes, 2000u);
  EXPECT_EQ(overlaps, 0u);
}

TEST_F(SocketEvents, AnExceptionInACallbackGoesNoFurther) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  Listening program([](SOCKET, UINT, DWORD) { throw 1; });
  program.follow(ours);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  write(theirs, "x");
  EXPECT_TRUE(program.wait_for(INET_EVENT_READ));
}

TEST_F(SocketEvents, ABlockedCallbackDoesNotHoldUpOtherSockets) {
  const SOCKET listener = listen();
  const SOCKET blocked = connect(listener), theirs = accept(listener);
  const SOCKET free = connect(listener), others = accept(listener);
  Listening waits([](SOCKET socket, UINT event, DWORD) {
    char text[16];
    INT length = sizeof text;
    if (event == INET_EVENT_WRITE) InetReadLine(socket, text, &length);
  });
  Listening goes;
  waits.follow(blocked);
  ASSERT_TRUE(waits.wait_for(INET_EVENT_WRITE));
  goes.follow(free);
  for (unsigned i = 1; i <= 20; ++i) {
    write(others, "x");
    ASSERT_TRUE(goes.wait_for(INET_EVENT_READ, i));
    EXPECT_EQ(read(free, 1), "x");
  }
  InetWriteLine(theirs, "done", nullptr);
}

TEST_F(SocketEvents, TheLibraryMayBeEndedFromACallback) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  accept(listener);
  ASSERT_TRUE(InetInitialize(nullptr, nullptr));
  Listening program([](SOCKET, UINT, DWORD) {
    InetUninitialize();
    InetUninitialize();
  });
  program.follow(ours);
  ASSERT_TRUE(program.wait([](const auto& seen) { return !seen.empty(); }));
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (threads() > threads_ && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  ASSERT_TRUE(InetInitialize(nullptr, nullptr));
}

}  // namespace
}  // namespace inlet::test
