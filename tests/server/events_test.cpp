// The events of a server and of its clients: which, in what order, how often (fact sheet sections 2 and 8).
#include <atomic>

#include "base/clock.h"
#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

class Events : public InetTest {};

std::vector<UINT> events_of(const std::vector<Seen>& seen) {
  std::vector<UINT> events;
  for (const Seen& each : seen) events.push_back(each.event);
  return events;
}

TEST_F(Events, ComeInTheDocumentedOrder) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
  });
  const SOCKET server = program.start(port_);
  ASSERT_NE(server, INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  ASSERT_TRUE(client.send("ping"));
  EXPECT_EQ(client.receive(4), "ping");
  client.close();
  ASSERT_TRUE(program.wait_for(INET_EVENT_IDLE));
  ASSERT_TRUE(InetServerStop(server));
  EXPECT_EQ(events_of(program.seen()),
            (std::vector<UINT>{INET_EVENT_START, INET_EVENT_ACCEPT, INET_EVENT_CONNECT, INET_EVENT_WRITE,
                               INET_EVENT_READ, INET_EVENT_DISCONNECT, INET_EVENT_IDLE, INET_EVENT_STOP}));
  for (const Seen& each : program.seen()) {
    const bool of_server = each.event == INET_EVENT_START || each.event == INET_EVENT_ACCEPT ||
                           each.event == INET_EVENT_IDLE || each.event == INET_EVENT_STOP;
    EXPECT_EQ(each.handle == server, of_server) << each.event;
    EXPECT_EQ(each.error, 0u) << each.event;
  }
}

TEST_F(Events, StopIsNotIdle) {
  Program program;
  const SOCKET server = program.start(port_);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  ASSERT_TRUE(InetServerStop(server));
  EXPECT_EQ(program.count(INET_EVENT_IDLE), 0u);
  EXPECT_EQ(program.count(INET_EVENT_STOP), 1u);
  EXPECT_EQ(program.seen().back().event, static_cast<UINT>(INET_EVENT_STOP));
}

TEST_F(Events, ReadComesAgainWhileDataIsLeft) {
  std::atomic<int> bytes{0};
  Program program([&](SOCKET client, UINT event, DWORD) {
    BYTE byte;
    if (event == INET_EVENT_READ && InetRead(client, &byte, 1) == 1 && ++bytes == 10) InetWrite(client, &byte, 1);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(client.send("0123456789"));
  EXPECT_EQ(client.receive(1), "9");
  client.close();
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.count(INET_EVENT_READ), 10u);
}

TEST_F(Events, BytesInTheLineReaderCountAsReadable) {
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    char line[64];
    INT length = sizeof line;
    if (InetReadLine(client, line, &length)) InetWriteLine(client, line, nullptr);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(client.send("one\ntwo\r\nthree\n"));
  EXPECT_EQ(client.receive(17), "one\r\ntwo\r\nthree\r\n");
  client.close();
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.count(INET_EVENT_READ), 3u);
}

// A handler that reads nothing must not be called in a circle. Another session shows that time has passed.
TEST_F(Events, AHandlerThatReadsNothingIsNotCalledInACircle) {
  std::atomic<SOCKET> lazy{INVALID_SOCKET};
  Program program([&](SOCKET client, UINT event, DWORD) {
    SOCKET nobody = INVALID_SOCKET;
    if (event == INET_EVENT_CONNECT) lazy.compare_exchange_strong(nobody, client);
    if (event == INET_EVENT_READ && client != lazy) echo(client);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient silent(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  ASSERT_TRUE(silent.send("ignored"));
  const auto reads_of_lazy = [&](const std::vector<Seen>& seen) {
    unsigned reads = 0;
    for (const Seen& each : seen) reads += each.event == INET_EVENT_READ && each.handle == lazy;
    return reads;
  };
  ASSERT_TRUE(program.wait([&](const auto& seen) { return reads_of_lazy(seen) == 1; }));
  RawClient lively(port_);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(lively.send("ping"));
    ASSERT_EQ(lively.receive(4), "ping");
  }
  EXPECT_EQ(reads_of_lazy(program.seen()), 1u);
  ASSERT_TRUE(silent.send("again"));
  EXPECT_TRUE(program.wait([&](const auto& seen) { return reads_of_lazy(seen) == 2; })) << "new data is told";
  // Nothing a peer holds is for ever: with its data still unread, its close ends the session.
  silent.close();
  EXPECT_TRUE(program.wait([&](const auto& seen) {
    for (const Seen& each : seen)
      if (each.event == INET_EVENT_DISCONNECT && each.handle == lazy) return true;
    return false;
  }));
}

TEST_F(Events, DisconnectComesAfterAllDataHasBeenRead) {
  std::string received;
  Program program([&](SOCKET client, UINT event, DWORD) {
    BYTE buffer[7];
    if (event != INET_EVENT_READ) return;
    const INT got = InetRead(client, buffer, sizeof buffer);
    if (got > 0) received.append(reinterpret_cast<char*>(buffer), static_cast<size_t>(got));
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  const std::string sent(1000, 'x');
  ASSERT_TRUE(client.send(sent));
  client.close();
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(received, sent);
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), 0u);
}

TEST_F(Events, AHalfClosedPeerStillGetsItsAnswer) {
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(client.send("question"));
  client.shut_write();
  EXPECT_EQ(client.receive(8), "question");
  EXPECT_EQ(client.end(), 0);
}

TEST_F(Events, AResetIsToldWithDisconnect) {
  Program program;
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  client.reset();
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), ST_ERROR_CONNECTION_RESET);
}

TEST_F(Events, WriteComesAgainAfterTheSendBufferWasFull) {
  ManualTime time;
  const std::vector<BYTE> block(1 << 20, 'w');
  std::atomic<bool> full{false};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_WRITE || full) return;
    // Nobody reads, so sooner or later a write finds no room and runs out of time.
    while (InetWrite(client, block.data(), static_cast<INT>(block.size())) == static_cast<INT>(block.size())) {
    }
    full = true;
  });
  ASSERT_NE(program.start(port_, 60), INVALID_SOCKET);
  RawClient client(port_);
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!full && std::chrono::steady_clock::now() < give_up) time.advance_ms(1'000);
  ASSERT_TRUE(full);
  EXPECT_EQ(program.count(INET_EVENT_WRITE), 1u);
  std::vector<BYTE> taken(65536);
  while (program.count(INET_EVENT_WRITE) < 2 && std::chrono::steady_clock::now() < give_up)
    ::recv(client.descriptor(), taken.data(), taken.size(), MSG_DONTWAIT);
  EXPECT_EQ(program.count(INET_EVENT_WRITE), 2u);
}

// With its socket closed at once, what the client sends next would be answered with a reset, and it might never see the answer.
TEST_F(Events, AnOrderlyEndReachesAClientThatIsStillSending) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_CONNECT) return;
    InetWrite(client, reinterpret_cast<const BYTE*>("answer"), 6);
    InetDisconnect(client);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_IDLE)) << "the session is over for the program";
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client.send("still talking"));
  EXPECT_EQ(client.receive(6), "answer");
  EXPECT_EQ(client.end(), 0) << "the end of the stream, not a reset";
}

TEST_F(Events, AClientThatNeverClosesIsCutAfterAWhile) {
  ManualTime time;
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_CONNECT) InetDisconnect(client);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  const unsigned descriptors = open_descriptors();
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_IDLE));
  EXPECT_EQ(open_descriptors(), descriptors + 2) << "both ends are open";
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (open_descriptors() != descriptors + 1 && std::chrono::steady_clock::now() < give_up) time.advance_ms(500);
  EXPECT_EQ(open_descriptors(), descriptors + 1);
}

TEST_F(Events, WriteComesOnceToASessionThatIsNeverFull) {
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(client.send("ping"));
    ASSERT_EQ(client.receive(4), "ping");
  }
  EXPECT_EQ(program.count(INET_EVENT_WRITE), 1u);
}

TEST_F(Events, TimeoutComesOnceAPeriodWhileNothingIsExchanged) {
  ManualTime time;
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
  });
  ASSERT_NE(program.start(port_, 10), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  time.advance_ms(9'000);
  ASSERT_TRUE(client.send("ping"));  // activity at 9 s moves the deadline to 19 s
  ASSERT_EQ(client.receive(4), "ping");
  time.advance_ms(9'000);
  ASSERT_TRUE(client.send("p"));
  ASSERT_EQ(client.receive(1), "p");
  EXPECT_EQ(program.count(INET_EVENT_TIMEOUT), 0u);
  time.advance_ms(11'000);
  ASSERT_TRUE(program.wait_for(INET_EVENT_TIMEOUT, 1));
  EXPECT_EQ(program.error_of(INET_EVENT_TIMEOUT), 0u);
  time.advance_ms(11'000);
  ASSERT_TRUE(program.wait_for(INET_EVENT_TIMEOUT, 2));
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 0u) << "a timeout alone ends nothing";
}

TEST_F(Events, ABlockedReadThatRunsOutOfTimeFailsAndTellsTimeout) {
  ManualTime time;
  std::atomic<DWORD> error{0};
  std::atomic<bool> failed{false};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_CONNECT) return;
    BYTE byte;
    if (InetRead(client, &byte, 1) == INET_ERROR) error = InetGetLastError();
    failed = true;
  });
  ASSERT_NE(program.start(port_, 5), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!failed && std::chrono::steady_clock::now() < give_up) time.advance_ms(500);
  EXPECT_EQ(error, ST_ERROR_OPERATION_TIMEOUT);
  ASSERT_TRUE(program.wait([](const auto& seen) {
    for (const Seen& each : seen)
      if (each.event == INET_EVENT_TIMEOUT && each.error == ST_ERROR_OPERATION_TIMEOUT) return true;
    return false;
  }));
  EXPECT_TRUE(client.send("x")) << "the connection stays usable";
  ASSERT_TRUE(program.wait_for(INET_EVENT_READ));
}

TEST_F(Events, RejectInAcceptRefusesTheClient) {
  std::atomic<int> reject_result{-2};
  INTERNET_ADDRESS peer{};
  UINT peer_port = 0;
  Program program([&](SOCKET handle, UINT event, DWORD) {
    if (event != INET_EVENT_ACCEPT) return;
    InetGetPeerAddress(handle, &peer, &peer_port);
    reject_result = InetReject(handle);
  });
  const SOCKET server = program.start(port_);
  ASSERT_NE(server, INVALID_SOCKET);
  RawClient client(port_);
  EXPECT_EQ(client.end(), ECONNRESET);
  ASSERT_TRUE(program.wait_for(INET_EVENT_ACCEPT));
  EXPECT_EQ(InetReject(server), INET_ERROR) << "outside ACCEPT nobody waits";
  EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_WOULD_BLOCK);
  ASSERT_TRUE(InetServerStop(server));
  EXPECT_EQ(reject_result, 0);
  EXPECT_EQ(peer.ipFamily, INET_ADDRESS_IPV4);
  EXPECT_EQ(peer.ipNumber[0], 127);
  EXPECT_NE(peer_port, 0u);
  EXPECT_EQ(program.count(INET_EVENT_CONNECT), 0u);
}

TEST_F(Events, ClientsBeyondTheLimitAreClosedWithoutEvents) {
  Program program;
  const SOCKET server = program.start(port_, 0, 2);
  ASSERT_NE(server, INVALID_SOCKET);
  RawClient first(port_), second(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE, 2));
  RawClient third(port_);
  EXPECT_EQ(third.end(), ECONNRESET);
  EXPECT_EQ(program.count(INET_EVENT_CONNECT), 2u);
  EXPECT_EQ(program.count(INET_EVENT_ACCEPT), 3u) << "ACCEPT comes before the limit is looked at";
  first.close();
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  for (unsigned tries = 0; program.count(INET_EVENT_CONNECT) < 3 && tries < 1000; ++tries) {
    RawClient next(port_);  // admitted as soon as the first has gone for good
    next.send("x");
    program.wait([&](const auto& seen) { return Program::count_in(seen, INET_EVENT_ACCEPT) >= 4 + tries; });
  }
  EXPECT_GE(program.count(INET_EVENT_CONNECT), 3u);
}

TEST_F(Events, DisconnectInACallbackEndsTheSessionOnce) {
  std::atomic<int> first{-2}, second{-2}, write{-2};
  std::atomic<DWORD> write_error{0};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_READ) return;
    echo(client);
    first = InetDisconnect(client);
    second = InetDisconnect(client);
    write = InetWrite(client, reinterpret_cast<const BYTE*>("late"), 4);
    write_error = InetGetLastError();
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(client.send("last words"));
  EXPECT_EQ(client.receive(20), "last words") << "what was written is delivered, and then the stream ends";
  EXPECT_EQ(client.end(), 0);
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, INET_ERROR);
  EXPECT_EQ(write, INET_ERROR);
  EXPECT_EQ(write_error, ST_ERROR_INVALID_HANDLE);
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), 0u);
  ASSERT_TRUE(program.wait_for(INET_EVENT_IDLE));
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), 1u);
}

TEST_F(Events, AnotherThreadsDisconnectWakesABlockedRead) {
  std::atomic<DWORD> error{0};
  Program program([&](SOCKET client, UINT event, DWORD) {
    BYTE byte;
    if (event == INET_EVENT_CONNECT && InetRead(client, &byte, 1) == INET_ERROR) error = InetGetLastError();
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  const SOCKET session = program.seen().back().handle;
  EXPECT_EQ(InetDisconnect(session), 0);
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  // The call had either begun to wait or came just too late; both are documented.
  EXPECT_TRUE(error == ST_ERROR_OPERATION_CANCELED || error == ST_ERROR_INVALID_HANDLE) << std::hex << error;
  EXPECT_EQ(client.end(), 0);
}

TEST_F(Events, AbortResetsThePeer) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) InetAbort(client);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  RawClient client(port_);
  ASSERT_TRUE(client.send("x"));
  EXPECT_EQ(client.end(), ECONNRESET);
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT));
  EXPECT_EQ(program.error_of(INET_EVENT_DISCONNECT), ST_ERROR_CONNECTION_ABORTED);
}

TEST_F(Events, ClientDataLivesUntilDisconnectHasReturned) {
  std::atomic<int> deleted{0};
  Program program([&](SOCKET client, UINT event, DWORD) {
    void* data = nullptr;
    if (event == INET_EVENT_CONNECT) InetSetClientData(client, new int(42));
    if (event != INET_EVENT_DISCONNECT) return;
    INTERNET_ADDRESS peer{};
    if (InetGetClientData(client, &data) && *static_cast<int*>(data) == 42 &&
        InetGetPeerAddress(client, &peer, nullptr) == 0 && peer.ipNumber[0] == 127)
      ++deleted;
    delete static_cast<int*>(data);
    BYTE byte;
    EXPECT_EQ(InetRead(client, &byte, 1), INET_ERROR) << "nothing can be read in DISCONNECT";
  });
  const SOCKET server = program.start(port_);
  {
    RawClient client(port_);
    ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  }
  ASSERT_TRUE(program.wait_for(INET_EVENT_IDLE));
  EXPECT_EQ(deleted, 1);
  void* data;
  for (const Seen& each : program.seen()) {
    if (each.event != INET_EVENT_CONNECT) continue;
    EXPECT_FALSE(InetGetClientData(each.handle, &data)) << "dead after DISCONNECT";
    EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE);
  }
  ASSERT_TRUE(InetServerStop(server));
}

TEST_F(Events, DualStackServerSeesIPv4ClientsAsIPv4) {
  INTERNET_ADDRESS peer{};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_CONNECT) InetGetPeerAddress(client, &peer, nullptr);
  });
  ASSERT_NE(program.start(port_, 0, 0, "::0"), INVALID_SOCKET);
  RawClient four(port_);
  ASSERT_TRUE(four.connected());
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  EXPECT_EQ(peer.ipFamily, INET_ADDRESS_IPV4);
  const SOCKET six = InetConnect("::1", port_, INET_PROTOCOL_TCP, 10, 0, nullptr);
  ASSERT_NE(six, INVALID_SOCKET);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE, 2));
  EXPECT_EQ(peer.ipFamily, INET_ADDRESS_IPV6);
  EXPECT_EQ(InetDisconnect(six), 0);
}

}  // namespace
}  // namespace inlet::test
