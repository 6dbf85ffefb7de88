// Plain sockets: listeners that a program empties itself, connections with an address of their own, sockets that come and go.
#include <processthreadsapi.h>

#include "support/plain_sockets.h"
#include "support/winsock_socket.h"

namespace inlet::test {
namespace {

class PlainSocket : public PlainSocketTest {};

TEST_F(PlainSocket, AcceptTakesClientsInTheirOrder) {
  const SOCKET listener = listen();
  const SOCKET first = connect(listener);
  const SOCKET second = connect(listener);
  const SOCKET of_first = accept(listener);
  const SOCKET of_second = accept(listener);
  exchange(first, of_first, "one");
  exchange(second, of_second, "two");
}

TEST_F(PlainSocket, AcceptWaitsForAClient) {
  const SOCKET listener = listen();
  std::atomic<bool> accepted{false};
  std::thread waiter([&] {
    const SOCKET client = InetAccept(listener, 10);
    accepted = client != INVALID_SOCKET;
    InetDisconnect(client);
  });
  RawClient client(port_of(listener));
  waiter.join();
  EXPECT_TRUE(accepted);
}

TEST_F(PlainSocket, AcceptGivesUpAfterItsTimeout) {
  const SOCKET listener = listen();
  EXPECT_EQ(InetAccept(listener, 1), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_TIMEOUT);
}

TEST_F(PlainSocket, ClosingAListenerEndsAllCallsThatWait) {
  const SOCKET listener = listen();
  std::atomic<unsigned> ready{0}, canceled{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 3; ++i)
    waiters.emplace_back([&] {
      ++ready;
      const bool none = InetAccept(listener, 0) == INVALID_SOCKET;
      const DWORD error = InetGetLastError();
      // One that comes late finds no listener at all.
      if (none && (error == ST_ERROR_OPERATION_CANCELED || error == ST_ERROR_INVALID_HANDLE)) ++canceled;
    });
  while (ready < 3) std::this_thread::yield();
  EXPECT_EQ(InetDisconnect(listener), 0);
  for (auto& waiter : waiters) waiter.join();
  EXPECT_EQ(canceled, 3u);
  EXPECT_EQ(InetAccept(listener, 1), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE);
}

TEST_F(PlainSocket, CancelEndsAcceptsThatWaitAndNothingElse) {
  const SOCKET listener = listen();
  EXPECT_EQ(InetGetStatus(listener), INET_STATUS_LISTEN);
  EXPECT_TRUE(InetIsListening(listener));
  EXPECT_FALSE(InetIsConnected(listener));
  EXPECT_EQ(InetCancel(listener), 0) << "nobody waits";
  std::atomic<unsigned> canceled{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 3; ++i)
    waiters.emplace_back([&] {
      const bool none = InetAccept(listener, 0) == INVALID_SOCKET;
      if (none && InetGetLastError() == ST_ERROR_OPERATION_CANCELED) ++canceled;
    });
  while (canceled < 3) {  // one that has not begun to wait is not touched
    EXPECT_EQ(InetCancel(listener), 0);
    std::this_thread::yield();
  }
  for (std::thread& waiter : waiters) waiter.join();
  const SOCKET client = connect(listener);
  exchange(client, accept(listener), "it goes on");
}

TEST_F(PlainSocket, AFullBacklogIsServedInOrderToo) {
  // With its backlog full a listener's clients wait in a queue of the provider, which its own descriptor does not show.
  const SOCKET listener = InetListenEx("127.0.0.1", 0, 2, INET_OPTION_REUSEADDRESS);
  ASSERT_NE(listener, INVALID_SOCKET);
  RawClient first(port_of(listener)), second(port_of(listener));
  const SOCKET one = InetAccept(listener, 10);
  const SOCKET two = InetAccept(listener, 10);
  ASSERT_NE(one, INVALID_SOCKET);
  ASSERT_NE(two, INVALID_SOCKET);
  second.send("2");
  BYTE byte = 0;
  EXPECT_EQ(InetRead(two, &byte, 1), 1);
  EXPECT_EQ(byte, '2');
  InetDisconnect(one);
  InetDisconnect(two);
  InetDisconnect(listener);
}

TEST_F(PlainSocket, RejectResetsTheClientThatHasWaitedLongest) {
  const SOCKET listener = listen();
  EXPECT_EQ(InetReject(listener), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_WOULD_BLOCK);
  RawClient first(port_of(listener));
  EXPECT_EQ(InetReject(listener), 0);
  EXPECT_EQ(first.end(), ECONNRESET);
}

TEST_F(PlainSocket, ServersAndListenersAreNotMixedUp) {
  Program program;
  const SOCKET server = program.start(port_);
  EXPECT_EQ(InetAccept(server, 1), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE);
  const SOCKET listener = listen();
  EXPECT_FALSE(InetServerStop(listener));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE);
  EXPECT_EQ(InetGetServerStatus(listener), INET_ERROR);
  BYTE byte;
  EXPECT_EQ(InetRead(listener, &byte, 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE);
}

TEST_F(PlainSocket, AcceptedClientsHaveTheirAddressesAndOptions) {
  const SOCKET listener = listen();
  RawClient raw(port_of(listener));
  const SOCKET client = keep(InetAcceptEx(listener, 5, INET_OPTION_NODELAY | INET_OPTION_KEEPALIVE, nullptr));
  ASSERT_NE(client, INVALID_SOCKET);
  UINT local = 0, remote = 0;
  INTERNET_ADDRESS address;
  EXPECT_EQ(InetGetLocalAddress(client, nullptr, &local), 0);
  EXPECT_EQ(local, port_of(listener));
  EXPECT_EQ(InetGetPeerAddress(client, &address, &remote), 0);
  EXPECT_EQ(remote, local_port_of(raw.descriptor()));
  for (const DWORD option : {INET_OPTION_NODELAY, INET_OPTION_KEEPALIVE}) {
    BOOL on = FALSE;
    EXPECT_TRUE(InetGetOption(client, option, &on));
    EXPECT_TRUE(on) << option;
  }
  EXPECT_EQ(InetGetTimeout(client), 5);
}

TEST_F(PlainSocket, ConnectExUsesTheLocalAddress) {
  const SOCKET listener = listen();
  const UINT local_port = free_port();
  const SOCKET client =
      keep(InetConnectEx("127.0.0.1", port_of(listener), INET_PROTOCOL_TCP, 5, 0, "127.0.0.2", local_port, nullptr));
  ASSERT_NE(client, INVALID_SOCKET);
  const SOCKET theirs = accept(listener);
  INTERNET_ADDRESS address;
  UINT port = 0;
  ASSERT_EQ(InetGetPeerAddress(theirs, &address, &port), 0);
  EXPECT_EQ(address.ipNumber[3], 2);
  EXPECT_EQ(port, local_port);
}

TEST_F(PlainSocket, ExclusiveIsStrongerThanReuseAddress) {
  const SOCKET listener = keep(InetListenEx("127.0.0.1", 0, 0, INET_OPTION_EXCLUSIVE | INET_OPTION_REUSEADDRESS));
  ASSERT_NE(listener, INVALID_SOCKET);
  BOOL on = FALSE;
  EXPECT_TRUE(InetGetOption(listener, INET_OPTION_EXCLUSIVE, &on));
  EXPECT_TRUE(on);
  EXPECT_EQ(InetListenEx("127.0.0.1", port_of(listener), 0, INET_OPTION_REUSEADDRESS), INVALID_SOCKET);
}

TEST_F(PlainSocket, InlineDeliversUrgentDataInTheStream) {
  const SOCKET listener = listen();
  RawClient raw(port_of(listener));
  const SOCKET client = keep(InetAcceptEx(listener, 10, INET_OPTION_INLINE, nullptr));
  ASSERT_EQ(::send(raw.descriptor(), "u", 1, MSG_OOB), 1);
  BYTE byte = 0;
  EXPECT_EQ(InetRead(client, &byte, 1), 1);
  EXPECT_EQ(byte, 'u');
}

TEST_F(PlainSocket, UrgentDataIsReadAndWrittenWithItsFlag) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  BYTE byte = 0;
  EXPECT_EQ(InetReadEx(theirs, &byte, 1, INET_FLAG_URGENT, nullptr, nullptr), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_WOULD_BLOCK);
  const BYTE urgent[] = {'x', 'u'};
  ASSERT_EQ(InetWriteEx(ours, urgent, 2, INET_FLAG_URGENT, nullptr, 0), 2);
  ASSERT_EQ(InetRead(theirs, &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
  ASSERT_EQ(InetReadEx(theirs, &byte, 1, INET_FLAG_URGENT, nullptr, nullptr), 1);
  EXPECT_EQ(byte, 'u');
}

TEST_F(PlainSocket, ASocketOfWinsockIsAttachedAndGivenBack) {
  const WinsockUse winsock;
  const SOCKET listener = listen();
  const SOCKET native = native_socket(NativeType::stream);
  EXPECT_EQ(InetAttachSocket(native, 0), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_NOT_CONNECTED);
  ASSERT_TRUE(native_connect(native, port_of(listener)));
  const SOCKET theirs = accept(listener);
  const SOCKET ours = InetAttachSocket(native, INET_OPTION_NODELAY);
  ASSERT_NE(ours, INVALID_SOCKET) << std::hex << InetGetLastError();
  EXPECT_EQ(InetGetTimeout(ours), INET_TIMEOUT);
  exchange(ours, theirs, "attached");
  EXPECT_EQ(InetDetachSocket(ours), native);
  BYTE byte;
  EXPECT_EQ(InetRead(ours, &byte, 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE);
  EXPECT_TRUE(native_send(native, "n"));  // it lives
  EXPECT_EQ(InetRead(theirs, &byte, 1), 1);
  native_close(native);
}

TEST_F(PlainSocket, AListenerOfWinsockIsAttachedToo) {
  const WinsockUse winsock;
  const SOCKET native = native_socket(NativeType::stream);
  ASSERT_TRUE(native_bind(native));
  ASSERT_TRUE(native_listen(native));
  const SOCKET listener = InetAttachSocket(native, 0);
  ASSERT_NE(listener, INVALID_SOCKET) << std::hex << InetGetLastError();
  const SOCKET ours = connect(listener);
  exchange(ours, accept(listener), "through it");
  EXPECT_EQ(InetDetachSocket(listener), native);
  native_close(native);
}

// Winsock did not know a socket that it had not made; it was found only where one of its own had had the same number before.
// A reader that had not begun to wait yet found a socket that blocked, because it was the program's already, and never came back.
TEST_F(PlainSocket, DetachEndsCallsThatWait) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  std::atomic<DWORD> error{0};
  std::atomic<bool> reads{false};
  std::thread reader([&] {
    BYTE byte;
    reads = true;
    if (InetRead(ours, &byte, 1) == INET_ERROR) error = InetGetLastError();
  });
  while (!reads) std::this_thread::yield();
  const WinsockUse winsock;
  const SOCKET native = InetDetachSocket(ours);
  reader.join();
  // A call that begins after the handle has died finds none.
  EXPECT_TRUE(error == ST_ERROR_OPERATION_CANCELED || error == ST_ERROR_INVALID_HANDLE) << std::hex << error;
  ASSERT_NE(native, INVALID_SOCKET);
  EXPECT_TRUE(native_send(native, "n"));
  BYTE byte;
  EXPECT_EQ(InetRead(theirs, &byte, 1), 1);
  native_close(native);
}

TEST_F(PlainSocket, DetachDoesNotLoseWhatTheLineReaderHasFetched) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  write(accept(listener), "line\nrest");
  char text[16];
  INT length = sizeof text;
  ASSERT_TRUE(InetReadLine(ours, text, &length));
  EXPECT_EQ(InetDetachSocket(ours), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_STATE);
  EXPECT_EQ(read(ours, 4), "rest");
}

// Whether the end of a line that fills its buffer was a line of its own depended on whether it came in the same packet.
TEST_F(PlainSocket, ALineThatFillsItsBufferIsOneLineHoweverItComes) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  const SOCKET theirs = accept(listener);
  const auto line = [&] {
    char text[3];
    INT length = sizeof text;
    EXPECT_TRUE(InetReadLine(ours, text, &length));
    return std::string(text);
  };
  write(theirs, "ab\r\ncd\n");
  EXPECT_EQ(line(), "ab");
  EXPECT_EQ(line(), "cd");
  write(theirs, "ef");
  EXPECT_EQ(line(), "ef");
  write(theirs, "\r\n\r\ngh");
  EXPECT_EQ(line(), "") << "the second end is a line";
  EXPECT_EQ(line(), "gh");
  write(theirs, "\nij\n");
  BYTE byte = 0;
  EXPECT_EQ(InetRead(ours, &byte, 1), 1);
  EXPECT_EQ(byte, '\n') << "who reads bytes gets them all";
  EXPECT_EQ(line(), "ij");
}

TEST_F(PlainSocket, AttachThreadNotesTheOwner) {
  const SOCKET listener = listen();
  const SOCKET ours = connect(listener);
  DWORD before = 0;
  std::thread([&] { before = InetAttachThread(ours, 0); }).join();
  EXPECT_EQ(before, GetCurrentThreadId());
  EXPECT_NE(InetAttachThread(ours, 77), GetCurrentThreadId());
  EXPECT_EQ(InetAttachThread(ours, 0), 77u);
}

}  // namespace
}  // namespace inlet::test
