// Network events: what is recorded when, who is told, and what ends it (sheet 2.13-2.15, 5.9: E1 to E21).
#include <array>
#include <atomic>
#include <vector>

#include "events_fixture.h"

namespace inlet::provider::test {
namespace {

// --- arguments

TEST_F(EventsTest, ArgumentsAreJudged) {
  SOCKET s = make_socket();
  int dummy = 0;
  const WSAEVENT bad = reinterpret_cast<WSAEVENT>(&dummy);
  WSANETWORKEVENTS events{};
  EXPECT_EQ(event_select(INVALID_SOCKET, nullptr, -1), WSAENOTSOCK);
  EXPECT_EQ(event_select(s, nullptr, FD_READ), WSAEINVAL);
  EXPECT_EQ(event_select(s, bad, FD_READ), WSAEINVAL);
  EXPECT_EQ(event_select(s, event, 1 << FD_MAX_EVENTS), WSAEINVAL);
  EXPECT_EQ(event_select(s, bad, 0), 0);
  EXPECT_EQ(event_select(s, nullptr, 0), 0);
  EXPECT_EQ(async_select(INVALID_SOCKET, -1), WSAENOTSOCK);
  EXPECT_EQ(async_select(s, FD_READ, nullptr), WSAEINVAL);
  EXPECT_EQ(async_select(s, -1), WSAEINVAL);
  EXPECT_EQ(enumerate(INVALID_SOCKET, nullptr, nullptr), WSAENOTSOCK);
  EXPECT_EQ(enumerate(s, nullptr, nullptr), WSAEFAULT);
  EXPECT_EQ(enumerate(s, bad, &events), WSAEINVAL);
  close(s);
}

TEST_F(EventsTest, SelectingEndsTheBlockingModeUntilItIsCancelled) {
  SOCKET s = make_bound(AF_INET, SOCK_DGRAM);
  char byte = 0;
  ASSERT_EQ(event_select(s, nullptr, 0), 0);
  EXPECT_EQ(recv(s, &byte, 1), -WSAEWOULDBLOCK);
  EXPECT_EQ(set_nonblocking(s, 0), 0);
  ASSERT_EQ(select(s, FD_READ), 0);
  EXPECT_EQ(set_nonblocking(s, 0), WSAEINVAL);
  EXPECT_EQ(set_nonblocking(s, 1), 0);
  EXPECT_EQ(recv(s, &byte, 1), -WSAEWOULDBLOCK);
  ASSERT_EQ(select(s, 0), 0);
  EXPECT_EQ(set_nonblocking(s, 0), 0);
  close(s);
}

TEST_F(EventsTest, AFailedEnumerationChangesNothing) {
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(select(s, FD_WRITE), 0);
  int dummy = 0;
  WSANETWORKEVENTS events{0x55, {7}};
  EXPECT_EQ(enumerate(s, reinterpret_cast<WSAEVENT>(&dummy), &events), WSAEINVAL);
  EXPECT_EQ(events.lNetworkEvents, 0x55);
  EXPECT_EQ(come(s, FD_WRITE), FD_WRITE);
  close(s);
}

// --- listeners

TEST_F(EventsTest, E1_E2_E3_EachArrivalAndEachAcceptThatLeavesOne) {
  SOCKET listener = make_listener();
  ASSERT_EQ(select(listener, FD_ACCEPT), 0);
  EXPECT_EQ(come(listener, 0), 0);
  SOCKET first = client_of(name_of(listener));
  EXPECT_EQ(come(listener, FD_ACCEPT), FD_ACCEPT);
  EXPECT_EQ(errors[FD_ACCEPT_BIT], 0);
  SOCKET second = client_of(name_of(listener));
  EXPECT_EQ(come(listener, FD_ACCEPT), FD_ACCEPT);
  SOCKET a = accept(listener);
  EXPECT_EQ(come(listener, FD_ACCEPT), FD_ACCEPT);
  SOCKET b = accept(listener);
  EXPECT_EQ(come(listener, 0), 0);
  EXPECT_EQ(accept(listener), INVALID_SOCKET);
  EXPECT_EQ(come(listener, 0), 0);
  for (SOCKET s : {first, second, a, b, listener}) close(s);
}

TEST_F(EventsTest, E2_E3_E4_MessagesTellAboutConnectionsOnlyAfterAnAccept) {
  SOCKET listener = make_listener();
  ASSERT_EQ(async_select(listener, FD_ACCEPT), 0);
  SOCKET first = client_of(name_of(listener));
  const Upper::Message told{listener, FD_ACCEPT, 0};
  EXPECT_EQ(messages(1), Messages{told});
  SOCKET second = client_of(name_of(listener));
  EXPECT_EQ(messages(0), Messages{});
  ASSERT_EQ(async_select(listener, FD_ACCEPT), 0);
  EXPECT_EQ(messages(1), Messages{told}) << "E4: posted again";
  SOCKET a = accept(listener);
  EXPECT_EQ(messages(1), Messages{told});
  // The accepted socket inherits, but selects nothing that it has.
  SOCKET b = accept(listener);
  EXPECT_EQ(messages(0), Messages{});
  for (SOCKET s : {first, second, a, b, listener}) close(s);
}

TEST_F(EventsTest, E4_SelectingAgainDoesNotRepeatWhatWasTaken) {
  SOCKET listener = make_listener();
  ASSERT_EQ(select(listener, FD_ACCEPT), 0);
  SOCKET client = client_of(name_of(listener));
  EXPECT_EQ(come(listener, FD_ACCEPT), FD_ACCEPT);
  ASSERT_EQ(select(listener, FD_ACCEPT), 0);
  EXPECT_EQ(come(listener, 0), 0);
  close(client);
  close(listener);
}

TEST_F(EventsTest, E5_WhatWaitsIsToldAtOnceAndWhatIsAcceptedIsNot) {
  SOCKET listener = make_listener();
  SOCKET gone = client_of(name_of(listener));
  SOCKET accepted = accept(listener);
  ASSERT_EQ(select(listener, FD_ACCEPT), 0);
  EXPECT_EQ(come(listener, 0), 0);
  ASSERT_EQ(select(listener, 0), 0);
  close(listener);
  listener = make_listener();
  SOCKET client = client_of(name_of(listener));
  EXPECT_TRUE(eventually([&] {
    EXPECT_EQ(select(listener, FD_ACCEPT), 0);
    return is_set(event);
  }));
  EXPECT_EQ(come(listener, FD_ACCEPT), FD_ACCEPT);
  for (SOCKET s : {gone, accepted, client, listener}) close(s);
}

TEST_F(EventsTest, E6_NarrowingLeavesTheEventSetAndWideningTellsAgain) {
  SOCKET listener = make_listener();
  ASSERT_EQ(select(listener, FD_ACCEPT), 0);
  SOCKET client = client_of(name_of(listener));
  ASSERT_TRUE(eventually([&] { return is_set(event); }));
  ASSERT_EQ(select(listener, FD_CLOSE), 0);
  EXPECT_TRUE(is_set(event));
  WSANETWORKEVENTS events{};
  EXPECT_EQ(enumerate(listener, event, &events), 0);
  EXPECT_EQ(events.lNetworkEvents, 0);
  EXPECT_FALSE(is_set(event));
  ASSERT_EQ(select(listener, FD_ACCEPT | FD_CLOSE), 0);
  EXPECT_EQ(come(listener, FD_ACCEPT), FD_ACCEPT);
  close(client);
  close(listener);
}

TEST_F(EventsTest, E7_AnAcceptedSocketInheritsAndCanBeSentOnAtOnce) {
  SOCKET listener = make_listener();
  ASSERT_EQ(select(listener, kAll), 0);
  SOCKET client = client_of(name_of(listener));
  EXPECT_EQ(come(listener, FD_ACCEPT), FD_ACCEPT);
  SOCKET server = accept(listener);
  ASSERT_NE(server, INVALID_SOCKET);
  EXPECT_EQ(come(server, FD_WRITE), FD_WRITE);
  EXPECT_EQ(set_nonblocking(server, 0), WSAEINVAL);
  ASSERT_EQ(send(client, "x"), 1);
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  for (SOCKET s : {client, server, listener}) close(s);
}

int WSPAPI defer(LPWSABUF, LPWSABUF, LPQOS, LPQOS, LPWSABUF, LPWSABUF, GROUP*, DWORD_PTR) {
  return CF_DEFER;
}

TEST_F(EventsTest, ADeferredConnectionIsNotToldAboutUntilItIsAccepted) {
  SOCKET listener = make_listener();
  ASSERT_EQ(select(listener, FD_ACCEPT), 0);
  SOCKET first = client_of(name_of(listener));
  EXPECT_EQ(come(listener, FD_ACCEPT), FD_ACCEPT);
  int error = 0;
  ASSERT_EQ(wsp.lpWSPAccept(listener, nullptr, nullptr, defer, 0, &error), INVALID_SOCKET);
  ASSERT_EQ(error, WSATRY_AGAIN);
  EXPECT_EQ(come(listener, 0), 0);
  SOCKET second = client_of(name_of(listener));
  EXPECT_EQ(come(listener, 0), 0);
  SOCKET a = accept(listener);
  EXPECT_EQ(come(listener, FD_ACCEPT), FD_ACCEPT);
  for (SOCKET s : {first, second, a, listener}) close(s);
}

// --- connections

TEST_F(EventsTest, E9_AConnectEndsWithConnectAndWriteTogether) {
  SOCKET listener = make_listener();
  SOCKET client = make_socket();
  ASSERT_EQ(select(client, kAll), 0);
  EXPECT_EQ(come(client, 0), 0);
  ASSERT_EQ(connect(client, name_of(listener)), WSAEWOULDBLOCK);
  ASSERT_TRUE(eventually([&] { return is_set(event); }));
  EXPECT_EQ(take(client, event), FD_CONNECT | FD_WRITE);
  EXPECT_EQ(errors[FD_CONNECT_BIT], 0);
  EXPECT_EQ(come(client, 0), 0);
  close(client);
  close(listener);
}

TEST_F(EventsTest, E9_AFailedConnectTellsWhy) {
  SOCKET client = make_socket();
  ASSERT_EQ(select(client, kAll), 0);
  ASSERT_EQ(connect(client, nobody()), WSAEWOULDBLOCK);
  EXPECT_EQ(come(client, FD_CONNECT), FD_CONNECT);
  EXPECT_EQ(errors[FD_CONNECT_BIT], WSAECONNREFUSED);
  // The next one is another connect.
  SOCKET listener = make_listener();
  ASSERT_EQ(connect(client, name_of(listener)), WSAEWOULDBLOCK);
  EXPECT_EQ(come(client, FD_CONNECT | FD_WRITE), FD_CONNECT | FD_WRITE);
  EXPECT_EQ(errors[FD_CONNECT_BIT], 0);
  close(client);
  close(listener);
}

TEST_F(EventsTest, E10_AConnectedSocketTellsOfItsConnectOnce) {
  SOCKET listener = make_listener();
  SOCKET client = client_of(name_of(listener));
  ASSERT_EQ(select(client, kAll), 0);
  EXPECT_EQ(come(client, FD_CONNECT | FD_WRITE), FD_CONNECT | FD_WRITE);
  ASSERT_EQ(select(client, kAll), 0);
  EXPECT_EQ(come(client, 0), 0);
  close(client);
  close(listener);
}

TEST_F(EventsTest, E11_WriteOnceAndThenOnlyAfterARefusedSend) {
  auto [client, server] = make_pair();
  ASSERT_EQ(select(server, kAll), 0);
  EXPECT_EQ(come(server, FD_WRITE), FD_WRITE);
  ASSERT_EQ(send(server, "abc"), 3);
  EXPECT_EQ(come(server, 0), 0);
  const std::string block(1 << 20, 'x');
  int sent = 0;
  for (int i = 0; i < 1000 && sent >= 0; ++i) sent = send(server, block);
  ASSERT_EQ(sent, -WSAEWOULDBLOCK);
  EXPECT_EQ(come(server, 0), 0);
  std::string sink(1 << 20, '\0');
  ASSERT_EQ(set_nonblocking(client), 0);
  EXPECT_TRUE(eventually([&] {
    recv(client, sink.data(), sink.size());
    return is_set(event);
  }));
  EXPECT_EQ(come(server, FD_WRITE), FD_WRITE);
  reset(client);
  close(server);
}

TEST_F(EventsTest, E11_ADatagramSocketCanBeSentOnAtOnce) {
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(select(s, kAll), 0);
  EXPECT_EQ(come(s, FD_WRITE), FD_WRITE);
  ASSERT_EQ(select(s, kAll), 0);
  EXPECT_EQ(come(s, 0), 0);
  close(s);
}

TEST_F(EventsTest, E12_EachArrivalAndEachReceiveThatLeavesData) {
  auto [client, server] = make_pair();
  ASSERT_EQ(select(server, FD_READ), 0);
  ASSERT_EQ(send(client, "abc"), 3);
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  ASSERT_EQ(send(client, "def"), 3);
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  EXPECT_EQ(recv_text(server, 2), "ab");
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  EXPECT_EQ(recv_text(server, 4), "cdef");
  EXPECT_EQ(come(server, 0), 0);
  // Sending does not look like an arrival.
  ASSERT_EQ(send(client, "x"), 1);
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  ASSERT_EQ(send(server, std::string(100'000, 'x')), 100'000);
  EXPECT_EQ(come(server, 0), 0);
  close(client);
  close(server);
}

TEST_F(EventsTest, E12_Messages) {
  auto [client, server] = make_pair();
  const Upper::Message told{server, FD_READ, 0};
  ASSERT_EQ(async_select(server, FD_READ), 0);
  ASSERT_EQ(send(client, "abc"), 3);
  EXPECT_EQ(messages(1), Messages{told});
  EXPECT_EQ(recv_text(server, 2), "ab");
  EXPECT_EQ(messages(1), Messages{told});
  EXPECT_EQ(recv_text(server, 1), "c");
  EXPECT_EQ(messages(0), Messages{});
  close(client);
  close(server);
}

TEST_F(EventsTest, E12_Datagrams) {
  SOCKET to = make_bound(AF_INET, SOCK_DGRAM);
  SOCKET from = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(from, name_of(to)), 0);
  ASSERT_EQ(select(to, FD_READ), 0);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(send(from, "abc"), 3);
    EXPECT_EQ(come(to, FD_READ), FD_READ);
  }
  char text[3];
  EXPECT_EQ(recv(to, text, 1), -WSAEMSGSIZE);
  EXPECT_EQ(come(to, FD_READ), FD_READ);
  EXPECT_EQ(recv(to, text, 3), 3);
  EXPECT_EQ(come(to, 0), 0);
  close(to);
  close(from);
}

TEST_F(EventsTest, AnUndeliverableDatagramIsSomethingToReceive) {
  SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
  ASSERT_EQ(connect(s, nobody()), 0);
  ASSERT_EQ(select(s, FD_READ), 0);
  ASSERT_EQ(send(s, "x"), 1);
  EXPECT_EQ(come(s, FD_READ), FD_READ);
  char byte = 0;
  EXPECT_EQ(recv(s, &byte, 1), -WSAECONNRESET);
  EXPECT_EQ(come(s, 0), 0);
  close(s);
}

TEST_F(EventsTest, E13_AReceiveThatDoesNotBeginTellsNothing) {
  auto [client, server] = make_pair();
  ASSERT_EQ(select(server, FD_READ), 0);
  ASSERT_EQ(send(client, "abc"), 3);
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  char text[4];
  EXPECT_EQ(recv(server, text, static_cast<ULONG>(-1)), -WSAEFAULT);
  EXPECT_EQ(come(server, 0), 0);
  close(client);
  close(server);
}

TEST_F(EventsTest, E15_WhatHappensUnselectedIsRemembered) {
  auto [client, server] = make_pair();
  ASSERT_EQ(select(server, FD_OOB), 0);
  ASSERT_EQ(send(client, "abc"), 3);
  EXPECT_EQ(come(server, 0), 0);
  ASSERT_EQ(select(server, FD_READ), 0);
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  ASSERT_EQ(select(server, FD_WRITE), 0);
  EXPECT_EQ(come(server, FD_WRITE), FD_WRITE) << "remembered from the beginning";
  ASSERT_EQ(select(server, 0), 0);
  ASSERT_EQ(send(client, "def"), 3);
  ASSERT_TRUE(eventually([&] {
    char text[6];
    return recv(server, text, 6, MSG_PEEK) == 6;
  }));
  ASSERT_EQ(select(server, FD_READ), 0);
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  close(client);
  close(server);
}

TEST_F(EventsTest, E16_TheEndIsToldOnceEvenWithDataUnread) {
  auto [client, server] = make_pair();
  ASSERT_EQ(select(server, FD_READ | FD_CLOSE), 0);
  ASSERT_EQ(send(client, "abc"), 3);
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  ASSERT_EQ(shutdown(client, SD_SEND), 0);
  EXPECT_EQ(come(server, FD_CLOSE), FD_CLOSE);
  EXPECT_EQ(errors[FD_CLOSE_BIT], 0);
  EXPECT_EQ(recv_text(server, 1), "a");
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  EXPECT_EQ(recv_text(server, 2), "bc");
  EXPECT_EQ(come(server, 0), 0);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), 0);
  close(client);
  EXPECT_EQ(come(server, 0), 0);
  close(server);
}

TEST_F(EventsTest, E17_OwnShutdownIsNoEnd) {
  auto [client, server] = make_pair();
  ASSERT_EQ(select(server, FD_READ | FD_CLOSE), 0);
  ASSERT_EQ(shutdown(server, SD_BOTH), 0);
  EXPECT_EQ(come(server, 0), 0);
  close(client);
  EXPECT_EQ(come(server, FD_CLOSE), FD_CLOSE);
  close(server);
}

TEST_F(EventsTest, E18_AResetIsAnEndWithConnectionAborted) {
  auto [client, server] = make_pair();
  ASSERT_EQ(select(server, FD_READ | FD_CLOSE), 0);
  reset(client);
  EXPECT_EQ(come(server, FD_CLOSE), FD_CLOSE);
  EXPECT_EQ(errors[FD_CLOSE_BIT], WSAECONNABORTED);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), -WSAECONNRESET);
  EXPECT_EQ(come(server, 0), 0);
  close(server);
}

TEST_F(EventsTest, E18_Messages) {
  auto [client, server] = make_pair();
  ASSERT_EQ(async_select(server, FD_READ | FD_CLOSE), 0);
  reset(client);
  EXPECT_EQ(messages(1), (Messages{{server, FD_CLOSE, WSAECONNABORTED}}));
  close(server);
}

TEST_F(EventsTest, E19_AnUrgentByte) {
  auto [client, server] = make_pair();
  ASSERT_EQ(select(server, FD_READ | FD_OOB), 0);
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  EXPECT_EQ(come(server, FD_OOB), FD_OOB);
  ASSERT_EQ(send(client, "abc"), 3);
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1, MSG_OOB), 1);
  EXPECT_EQ(recv_text(server, 3), "abc");
  take(server, event);
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  EXPECT_EQ(come(server, FD_OOB), FD_OOB);
  close(client);
  close(server);
}

TEST_F(EventsTest, E19_AnUrgentByteInlineIsData) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_option(server, SOL_SOCKET, SO_OOBINLINE, BOOL{TRUE}), 0);
  ASSERT_EQ(select(server, FD_READ | FD_OOB), 0);
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  EXPECT_EQ(come(server, FD_READ), FD_READ);
  close(client);
  close(server);
}

TEST_F(EventsTest, E20_NothingHasHappenedAndUnsetErrorsAreLeftAlone) {
  SOCKET s = make_bound();
  WSANETWORKEVENTS events{0x55, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
  EXPECT_EQ(enumerate(s, nullptr, &events), 0);
  EXPECT_EQ(events.lNetworkEvents, 0);
  for (int i = 0; i < FD_MAX_EVENTS; ++i) EXPECT_EQ(events.iErrorCode[i], i + 1);
  ASSERT_EQ(select(s, kAll), 0);
  EXPECT_EQ(come(s, 0), 0);
  close(s);
}

TEST_F(EventsTest, E21_NothingIsToldAfterTheClose) {
  auto [client, server] = make_pair();
  ASSERT_EQ(select(server, kAll), 0);
  EXPECT_EQ(come(server, FD_WRITE), FD_WRITE);
  ASSERT_EQ(close(server), 0);
  send(client, "abc");
  close(client);
  std::this_thread::sleep_for(kQuiet);
  EXPECT_FALSE(is_set(event));
}

TEST_F(EventsTest, AnotherObjectReplacesTheFirst) {
  auto [client, server] = make_pair();
  const WSAEVENT other = Upper::get().make();
  ASSERT_EQ(select(server, FD_READ), 0);
  ASSERT_EQ(event_select(server, other, FD_READ), 0);
  ASSERT_EQ(send(client, "abc"), 3);
  EXPECT_EQ(come(server, other, FD_READ), FD_READ);
  EXPECT_FALSE(is_set(event));
  ASSERT_EQ(async_select(server, FD_READ), 0);
  EXPECT_EQ(messages(1).size(), 1u) << "what is there is told to a window";
  ASSERT_EQ(send(client, "def"), 3);
  EXPECT_EQ(messages(1).size(), 1u);
  EXPECT_FALSE(is_set(other));
  close(client);
  close(server);
}

TEST_F(EventsTest, OneObjectServesManySocketsAndSelectingDoesNotResetIt) {
  auto [client, server] = make_pair();
  ASSERT_EQ(select(server, FD_READ), 0);
  ASSERT_EQ(send(client, "abc"), 3);
  ASSERT_TRUE(eventually([&] { return is_set(event); }));
  SOCKET other = make_listener();
  ASSERT_EQ(select(other, FD_ACCEPT), 0);
  EXPECT_TRUE(is_set(event));
  EXPECT_EQ(take(server, event), FD_READ);
  for (SOCKET s : {client, server, other}) close(s);
}

// Eight threads on changing sockets: whatever happens to whom, nothing is told about a socket after its close, and the
// sanitizers find nothing.
TEST_F(EventsTest, SelectionsTransfersAndClosesMayMeet) {
  constexpr int kSlots = 4;
  constexpr auto kTime = 400ms;
  std::array<std::atomic<SOCKET>, kSlots> slots{};
  const WSAEVENT objects[] = {event, Upper::get().make()};
  std::atomic<bool> over{false};
  std::atomic<uint64_t> calls{0};
  auto run = [&](unsigned seed) {
    char text[64] = {};
    int error = 0;
    while (!over) {
      seed = seed * 1664525 + 1013904223;
      const SOCKET s = slots[(seed >> 8) % kSlots];
      WSANETWORKEVENTS events{};
      fd_set read;
      FD_ZERO(&read);
      FD_SET(s, &read);
      const timeval soon{0, 500};
      switch ((seed >> 16) % 8) {
        case 0: recv(s, text, sizeof(text)); break;
        case 1: send(s, text, sizeof(text)); break;
        case 2: event_select(s, objects[(seed >> 20) % 2], kAll); break;
        case 3: async_select(s, (seed >> 20) % 2 ? FD_READ : 0); break;
        case 4: enumerate(s, objects[0], &events); break;
        case 5: wsp.lpWSPSelect(0, &read, nullptr, nullptr, &soon, &error); break;
        case 6: shutdown(s, (seed >> 20) % 3); break;
        default: (seed >> 20) % 8 == 0 ? close(s) : 0; break;
      }
      calls.fetch_add(1, std::memory_order_relaxed);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 8; ++i) threads.emplace_back(run, i * 7919 + 1);
  const auto end = std::chrono::steady_clock::now() + kTime;
  SOCKET listener = make_listener();
  const Name name = name_of(listener);
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < kSlots; i += 2) {
      SOCKET client = make_socket();
      EXPECT_EQ(connect(client, name), 0);
      const SOCKET old[] = {slots[i].exchange(client), slots[i + 1].exchange(accept(listener))};
      for (SOCKET s : old) close(s);
    }
    std::this_thread::sleep_for(1ms);
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  for (auto& slot : slots) close(slot);
  close(listener);
  const int sets[] = {Upper::get().state(objects[0]).sets, Upper::get().state(objects[1]).sets};
  Upper::get().take_messages();
  std::this_thread::sleep_for(kQuiet);
  EXPECT_EQ(Upper::get().state(objects[0]).sets, sets[0]);
  EXPECT_EQ(Upper::get().state(objects[1]).sets, sets[1]);
  EXPECT_EQ(Upper::get().take_messages(), Messages{});
  EXPECT_GT(calls.load(), 0u);
}

}  // namespace
}  // namespace inlet::provider::test
