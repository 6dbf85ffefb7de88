#include <array>
#include <thread>
#include <vector>

#include "overlapped_fixture.h"

namespace inlet::provider::test {
namespace {

using Overlapping = OverlappedTest;

// --- one operation

TEST_F(Overlapping, ReceivePendsAndEndsWithItsEvent) {
  auto [client, server] = make_pair();
  Io io;
  io.event.set();
  EXPECT_EQ(recv_overlapped(server, io), WSA_IO_PENDING);
  EXPECT_FALSE(io.event.is_set()) << "reset at the start";
  EXPECT_TRUE(io.pending());
  EXPECT_EQ(result_of(server, io), -WSA_IO_INCOMPLETE);
  ASSERT_EQ(send(client, "hello"), 5);
  ASSERT_TRUE(eventually([&] { return io.event.is_set(); }));
  EXPECT_EQ(result_of(server, io), 5);
  EXPECT_EQ(io.text(), "hello");
}

TEST_F(Overlapping, ImmediateSuccessStillSetsTheEvent) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "hello"), 5);
  Io io;
  ASSERT_TRUE(eventually([&] { return recv(server, io.data.data(), 1, MSG_PEEK) == 1; }));
  EXPECT_EQ(recv_overlapped(server, io), 0);
  EXPECT_TRUE(io.told_once());
  EXPECT_EQ(result_of(server, io), 5);
  EXPECT_EQ(io.text(), "hello");
}

TEST_F(Overlapping, ImmediateFailureTellsNobody) {
  SOCKET s = make_socket();
  Io io;
  EXPECT_EQ(recv_overlapped(s, io), WSAENOTCONN);
  EXPECT_EQ(send_overlapped(s, io), WSAENOTCONN);
  auto [client, server] = make_pair();
  reset(client);
  char byte = 0;
  ASSERT_TRUE(eventually([&, s = server] { return recv(s, &byte, 1) == -WSAECONNRESET; }));
  EXPECT_EQ(recv_overlapped(server, io), WSAECONNRESET);
  EXPECT_EQ(send_overlapped(server, io), WSAECONNRESET);
  EXPECT_EQ(io.event.times(), 0);
}

TEST_F(Overlapping, CapturesTheArrayOfBuffers) {
  auto [client, server] = make_pair();
  char first[2] = {};
  char second[8] = {};
  WSABUF buffers[2] = {{2, first}, {8, second}};
  Io io;
  DWORD flags = 0;
  int error = 0;
  EXPECT_EQ(wsp.lpWSPRecv(server, buffers, 2, nullptr, &flags, &io.overlapped, nullptr, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSA_IO_PENDING);
  buffers[0] = buffers[1] = {0, nullptr};
  ASSERT_EQ(send(client, "scatter"), 7);
  EXPECT_EQ(result_of(server, io, true), 7);
  EXPECT_EQ(std::string(first, 2) + std::string(second, 5), "scatter");
}

TEST_F(Overlapping, EmptyReceiveWaitsForDataAndLeavesThem) {
  auto [client, server] = make_pair();
  Io io(0);
  EXPECT_EQ(recv_overlapped(server, io), WSA_IO_PENDING);
  ASSERT_EQ(send(client, "data"), 4);
  EXPECT_EQ(result_of(server, io, true), 0);
  EXPECT_EQ(recv_text(server, 4), "data");
}

TEST_F(Overlapping, EndOfStreamCompletesWithNoBytes) {
  auto [client, server] = make_pair();
  Io io;
  EXPECT_EQ(recv_overlapped(server, io), WSA_IO_PENDING);
  EXPECT_EQ(close(client), 0);
  EXPECT_EQ(result_of(server, io, true), 0);
  EXPECT_TRUE(io.told_once());
}

TEST_F(Overlapping, ResetOfThePeerIsToldAsReset) {
  auto [client, server] = make_pair();
  Io io;
  EXPECT_EQ(recv_overlapped(server, io), WSA_IO_PENDING);
  reset(client);
  EXPECT_EQ(result_of(server, io, true), -WSAECONNRESET);
  EXPECT_EQ(win32_error_of(io.overlapped.Internal), 64u) << "ERROR_NETNAME_DELETED";
  Io later;
  EXPECT_EQ(recv_overlapped(server, later), WSAECONNRESET);
}

TEST_F(Overlapping, WaitAllFillsTheBuffer) {
  auto [client, server] = make_pair();
  Io io(6);
  EXPECT_EQ(recv_overlapped(server, io, MSG_WAITALL), WSA_IO_PENDING);
  ASSERT_EQ(send(client, "abc"), 3);
  Io empty(0);
  // It stands behind the first one, so it ends only after that one has everything.
  EXPECT_EQ(recv_overlapped(server, empty), WSA_IO_PENDING);
  EXPECT_TRUE(io.pending());
  ASSERT_EQ(send(client, "def"), 3);
  EXPECT_EQ(result_of(server, io, true), 6);
  EXPECT_EQ(io.text(), "abcdef");
}

TEST_F(Overlapping, BigSendPendsUntilEverythingIsTaken) {
  auto [client, server] = make_pair();
  Io io(std::string(16 << 20, 'x'));
  EXPECT_EQ(send_overlapped(client, io), WSA_IO_PENDING);
  EXPECT_TRUE(io.pending());
  Io next(std::string("end"));
  EXPECT_EQ(send_overlapped(client, next), WSA_IO_PENDING) << "stands behind it";
  const std::string all = recv_text(server, io.data.size() + 3);
  EXPECT_EQ(all.size(), io.data.size() + 3);
  EXPECT_EQ(all.substr(all.size() - 3), "end");
  EXPECT_EQ(result_of(client, io, true), 16 << 20);
  EXPECT_EQ(result_of(client, next, true), 3);
}

TEST_F(Overlapping, EndOfStreamStandsBehindSendsThatWait) {
  auto [client, server] = make_pair();
  Io io(std::string(16 << 20, 'x'));
  EXPECT_EQ(send_overlapped(client, io), WSA_IO_PENDING);
  EXPECT_EQ(shutdown(client, SD_SEND), 0);
  EXPECT_EQ(recv_text(server, io.data.size()).size(), io.data.size());
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1), 0);
  EXPECT_EQ(result_of(client, io, true), 16 << 20);
}

// --- several

TEST_F(Overlapping, ReceivesAreFilledInTheOrderOfTheCalls) {
  auto [client, server] = make_pair();
  Io first(3), second(3), third(3);
  for (Io* io : {&first, &second, &third}) EXPECT_EQ(recv_overlapped(server, *io), WSA_IO_PENDING);
  ASSERT_EQ(send(client, "onetwosix"), 9);
  EXPECT_EQ(result_of(server, third, true), 3);
  EXPECT_EQ(first.text() + second.text() + third.text(), "onetwosix");
}

TEST_F(Overlapping, OtherCallsStandBehindThoseThatWait) {
  auto [client, server] = make_pair();
  Io in(3);
  EXPECT_EQ(recv_overlapped(server, in), WSA_IO_PENDING);
  ASSERT_EQ(send(client, "onetwo"), 6);
  EXPECT_EQ(recv_text(server, 3), "two");
  EXPECT_EQ(result_of(server, in, true), 3);
  EXPECT_EQ(in.text(), "one");
  Io out(std::string(16 << 20, 'x'));
  EXPECT_EQ(send_overlapped(client, out), WSA_IO_PENDING);
  ASSERT_EQ(set_nonblocking(client), 0);
  EXPECT_EQ(send(client, "end"), -WSAEWOULDBLOCK);
  ASSERT_EQ(set_nonblocking(client, 0), 0);
  std::thread sender([&, s = client] { EXPECT_EQ(send(s, "end"), 3); });
  const std::string all = recv_text(server, out.data.size() + 3);
  sender.join();
  ASSERT_EQ(all.size(), out.data.size() + 3);
  EXPECT_EQ(all.substr(all.size() - 3), "end");
}

TEST_F(Overlapping, IoctlEndsAtOnceOrLate) {
  SOCKET s = make_socket();
  Io io;
  int error = 0;
  u_long on = 1;
  EXPECT_EQ(wsp.lpWSPIoctl(s, FIONBIO, &on, sizeof(on), nullptr, 0, nullptr, &io.overlapped, nullptr, nullptr, &error),
            0);
  EXPECT_EQ(result_of(s, io), 0);
  EXPECT_TRUE(io.told_once());
  Io unknown;
  DWORD returned = 0;
  EXPECT_EQ(wsp.lpWSPIoctl(s, 0x12345678, nullptr, 0, nullptr, 0, &returned, nullptr, nullptr, nullptr, &error),
            SOCKET_ERROR);
  EXPECT_EQ(error, WSAEOPNOTSUPP);
  EXPECT_EQ(
      wsp.lpWSPIoctl(s, 0x12345678, nullptr, 0, nullptr, 0, &returned, &unknown.overlapped, nullptr, nullptr, &error),
      SOCKET_ERROR);
  EXPECT_EQ(error, WSA_IO_PENDING) << "a code that nobody knows is found out late";
  EXPECT_EQ(result_of(s, unknown, true), -WSAEOPNOTSUPP);
  EXPECT_TRUE(unknown.told_once());
  Io bad;
  EXPECT_EQ(wsp.lpWSPIoctl(s, FIONREAD, nullptr, 0, nullptr, 0, &returned, &bad.overlapped, nullptr, nullptr, &error),
            SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(bad.event.times(), 0);
}

TEST_F(Overlapping, DatagramsComeWithTheirSender) {
  SOCKET receiver = make_bound(AF_INET, SOCK_DGRAM);
  SOCKET sender = make_bound(AF_INET, SOCK_DGRAM);
  Name to, expected, from;
  ASSERT_EQ(local_name(receiver, &to), 0);
  ASSERT_EQ(local_name(sender, &expected), 0);
  from.size = sizeof(from.v6);
  Io io, small(4), out(std::string("datagram"));
  WSABUF buffer = io.buffer();
  DWORD flags = 0;
  int error = 0;
  EXPECT_EQ(wsp.lpWSPRecvFrom(receiver, &buffer, 1, nullptr, &flags, from.get(), &from.size, &io.overlapped, nullptr,
                              nullptr, &error),
            SOCKET_ERROR);
  EXPECT_EQ(io.started(receiver, false, error), WSA_IO_PENDING);
  EXPECT_EQ(recv_overlapped(receiver, small), WSA_IO_PENDING);
  buffer = out.buffer();
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(
        wsp.lpWSPSendTo(sender, &buffer, 1, nullptr, 0, to.get(), to.size, &out.overlapped, nullptr, nullptr, &error),
        0);
  EXPECT_EQ(result_of(sender, out), 8);
  EXPECT_EQ(result_of(receiver, io, true), 8);
  EXPECT_EQ(io.text(), "datagram");
  EXPECT_EQ(from.port(), expected.port());
  EXPECT_EQ(result_of(receiver, small, true), -WSAEMSGSIZE);
  EXPECT_EQ(small.overlapped.InternalHigh, 4u) << "its head was delivered";
  EXPECT_EQ(small.data, "data");
}

TEST_F(Overlapping, ReceiveAndSendDoNotWaitForEachOther) {
  auto [client, server] = make_pair();
  Io in;
  EXPECT_EQ(recv_overlapped(server, in), WSA_IO_PENDING);
  Io out(std::string("answer"));
  EXPECT_EQ(send_overlapped(server, out), 0);
  EXPECT_EQ(recv_text(client, 6), "answer");
  EXPECT_TRUE(in.pending());
}

// --- modes

TEST_F(Overlapping, NonblockingSocketPendsAllTheSame) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_nonblocking(server), 0);
  Io io;
  EXPECT_EQ(recv_overlapped(server, io), WSA_IO_PENDING);
  ASSERT_EQ(send(client, "data"), 4);
  EXPECT_EQ(result_of(server, io, true), 4);
}

TEST_F(Overlapping, SocketWithoutTheFlagBlocks) {
  SOCKET listener = make_listener();
  Name name;
  ASSERT_EQ(local_name(listener, &name), 0);
  int error = 0;
  SOCKET client = wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0, &error);
  ASSERT_EQ(connect(client, name), 0);
  SOCKET server = accept(listener);
  ASSERT_EQ(set_nonblocking(client), 0);
  Io io;
  std::atomic<bool> about_to_block{false};
  std::thread reader([&] {
    about_to_block.store(true);
    EXPECT_EQ(recv_overlapped(client, io), 0);
  });
  ASSERT_TRUE(eventually([&] { return about_to_block.load(); }));
  ASSERT_EQ(send(server, "late"), 4);
  reader.join();
  EXPECT_EQ(io.data.substr(0, 4), "late");
  EXPECT_EQ(io.event.times(), 0) << "the structure is not looked at";
}

TEST_F(Overlapping, TimeoutsDoNotApply) {
  auto [client, server] = make_pair();
  ASSERT_EQ(set_option(server, SOL_SOCKET, SO_RCVTIMEO, DWORD{1}), 0);
  Io io;
  EXPECT_EQ(recv_overlapped(server, io), WSA_IO_PENDING);
  char byte = 0;
  auto [other, unused] = make_pair();
  ASSERT_EQ(set_option(other, SOL_SOCKET, SO_RCVTIMEO, DWORD{30}), 0);
  EXPECT_EQ(recv(other, &byte, 1), -WSAETIMEDOUT) << "much longer than the other timeout";
  EXPECT_TRUE(io.pending());
  ASSERT_EQ(send(client, "data"), 4);
  EXPECT_EQ(result_of(server, io, true), 4);
}

TEST_F(Overlapping, ReceiveThatWaitsSurvivesTheEndOfReceiving) {
  auto [client, server] = make_pair();
  Io io;
  EXPECT_EQ(recv_overlapped(server, io), WSA_IO_PENDING);
  EXPECT_EQ(shutdown(server, SD_RECEIVE), 0);
  Io late;
  EXPECT_EQ(recv_overlapped(server, late), WSAESHUTDOWN);
  ASSERT_EQ(send(client, "data"), 4);
  EXPECT_EQ(result_of(server, io, true), 4);
  EXPECT_EQ(io.text(), "data");
}

// --- arguments

TEST_F(Overlapping, ChecksItsArguments) {
  auto [client, server] = make_pair();
  Io io;
  WSABUF buffer = io.buffer();
  DWORD flags = 0;
  int error = 0;
  EXPECT_EQ(wsp.lpWSPRecv(server, nullptr, 1, nullptr, &flags, &io.overlapped, nullptr, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(wsp.lpWSPRecv(server, &buffer, 1, nullptr, nullptr, &io.overlapped, nullptr, nullptr, &error),
            SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT);
  EXPECT_EQ(wsp.lpWSPRecv(server, &buffer, 0, nullptr, &flags, &io.overlapped, nullptr, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEINVAL);
  EXPECT_EQ(recv_overlapped(server, io, MSG_PEEK), WSAEOPNOTSUPP) << "not for overlapped receives";
  auto routine = [](DWORD, DWORD, LPWSAOVERLAPPED, DWORD) {};
  EXPECT_EQ(wsp.lpWSPRecv(server, &buffer, 1, nullptr, &flags, &io.overlapped, routine, nullptr, &error), SOCKET_ERROR);
  EXPECT_EQ(error, WSAEFAULT) << "a routine needs a thread";
  io.overlapped.hEvent = reinterpret_cast<WSAEVENT>(0xdead0);
  EXPECT_EQ(recv_overlapped(server, io), WSA_INVALID_HANDLE);
  EXPECT_EQ(recv_overlapped(0, io), WSAENOTSOCK);
}

TEST_F(Overlapping, ResultChecksItsArguments) {
  auto [client, server] = make_pair();
  Io io;
  DWORD bytes = 0;
  DWORD flags = 0;
  int error = 0;
  auto ask = [&](SOCKET s, LPWSAOVERLAPPED overlapped, LPDWORD count, BOOL wait, LPDWORD out) {
    error = 0;
    return wsp.lpWSPGetOverlappedResult(s, overlapped, count, wait, out, &error) ? 0 : error;
  };
  EXPECT_EQ(ask(0, &io.overlapped, &bytes, FALSE, &flags), WSAENOTSOCK);
  EXPECT_EQ(ask(server, nullptr, &bytes, FALSE, &flags), WSAEFAULT);
  EXPECT_EQ(ask(server, &io.overlapped, nullptr, FALSE, &flags), WSAEFAULT);
  EXPECT_EQ(ask(server, &io.overlapped, &bytes, FALSE, nullptr), WSAEFAULT);
  io.overlapped.hEvent = nullptr;
  EXPECT_EQ(recv_overlapped(server, io), WSA_IO_PENDING);
  bytes = 77;
  EXPECT_EQ(ask(server, &io.overlapped, &bytes, FALSE, &flags), WSA_IO_INCOMPLETE);
  EXPECT_EQ(ask(server, &io.overlapped, &bytes, TRUE, &flags), WSA_INVALID_HANDLE) << "waiting needs an event";
  EXPECT_EQ(bytes, 77u);
}

TEST_F(Overlapping, StatusIsReadAsOnWindows) {
  struct Row {
    uint32_t status;
    int code;
  };
  constexpr std::array kObserved = {
      Row{0xc000020d, WSAECONNRESET},
      Row{0xc000013c, WSAECONNRESET},
      Row{0xc000023f, WSAECONNRESET},
      Row{0xc000013b, WSAECONNABORTED},
      Row{0xc0000241, WSAECONNABORTED},
      Row{0xc000020f, WSAECONNABORTED},
      Row{0x80000005, WSAEMSGSIZE},
      Row{0xc00000b5, WSAETIMEDOUT},
      Row{0xc00000b0, WSAESHUTDOWN},
      Row{0xc0000140, WSAENOTCONN},
      Row{0xc0000043, WSAEADDRINUSE},
      Row{0xc000020a, WSAEADDRINUSE},
      Row{0xc0000120, 995},
      Row{0x103, WSA_IO_INCOMPLETE},
      Row{0xc0000236, WSAECONNREFUSED},
  };
  SOCKET s = make_socket();
  for (const Row& row : kObserved) {
    Io io;
    io.overlapped.Internal = row.status;
    EXPECT_EQ(result_of(s, io), -row.code) << std::hex << row.status;
  }
  // Every error comes back as itself.
  for (int code = 10000; code < 11010; ++code) EXPECT_EQ(wsa_error_of(status_of(static_cast<Error>(code))), code);
  EXPECT_EQ(win32_error_of(status_of(Error::conn_refused)), 1225u);
  EXPECT_EQ(win32_error_of(status_of(Error::operation_aborted)), 995u);
  EXPECT_EQ(win32_error_of(0), 0u);
}

// --- completion routines

struct Call {
  DWORD error;
  DWORD bytes;
  LPWSAOVERLAPPED overlapped;
  std::thread::id thread;
};
std::vector<Call> calls;

void CALLBACK note_call(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD) {
  calls.push_back({error, bytes, overlapped, std::this_thread::get_id()});
}

TEST_F(Overlapping, RoutineRunsOnTheIssuingThreadWhenItWaits) {
  calls.clear();
  auto [client, server] = make_pair();
  Io io;
  EXPECT_EQ(recv_overlapped(server, io, 0, note_call), WSA_IO_PENDING);
  ASSERT_EQ(send(client, "data"), 4);
  auto alert = ThreadAlert::current();
  ASSERT_TRUE(eventually([&] { return alert->has_apcs(); }));
  EXPECT_TRUE(calls.empty()) << "not before the thread waits";
  EXPECT_TRUE(alert->run_apcs());
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].error, 0u);
  EXPECT_EQ(calls[0].bytes, 4u);
  EXPECT_EQ(calls[0].overlapped, &io.overlapped);
  EXPECT_EQ(calls[0].thread, std::this_thread::get_id());
  EXPECT_EQ(io.event.times(), 0) << "hEvent is the program's own";
}

TEST_F(Overlapping, RoutineRunsForImmediateSuccessAndForCancellation) {
  calls.clear();
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "data"), 4);
  char byte = 0;
  ASSERT_TRUE(eventually([&, s = server] { return recv(s, &byte, 1, MSG_PEEK) == 1; }));
  Io now, never;
  EXPECT_EQ(recv_overlapped(server, now, 0, note_call), 0);
  EXPECT_EQ(recv_overlapped(server, never, 0, note_call), WSA_IO_PENDING);
  EXPECT_EQ(close(server), 0);
  ThreadAlert::current()->run_apcs();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].bytes, 4u);
  EXPECT_EQ(calls[1].error, DWORD{WSA_OPERATION_ABORTED});
}

TEST_F(Overlapping, RoutineOfAThreadThatHasEndedNeverRuns) {
  calls.clear();
  auto [client, server] = make_pair();
  Io io;
  std::thread([&, s = server] { EXPECT_EQ(recv_overlapped(s, io, 0, note_call), WSA_IO_PENDING); }).join();
  EXPECT_FALSE(io.pending()) << "the thread took it along";
  EXPECT_EQ(result_of(server, io), -WSA_OPERATION_ABORTED);
  EXPECT_TRUE(calls.empty());
}

// --- the end of sockets and threads

TEST_F(Overlapping, CloseAbortsWhatWaitsAndTellsIt) {
  auto [client, server] = make_pair();
  Io in, empty(0), out(std::string(16 << 20, 'x'));
  EXPECT_EQ(recv_overlapped(server, in), WSA_IO_PENDING);
  EXPECT_EQ(recv_overlapped(server, empty), WSA_IO_PENDING);
  EXPECT_EQ(send_overlapped(server, out), WSA_IO_PENDING);
  EXPECT_EQ(close(server), 0);
  for (Io* io : {&in, &empty, &out}) {
    ASSERT_TRUE(eventually([&] { return io->event.is_set(); }));
    EXPECT_EQ(result_of(client, *io), -WSA_OPERATION_ABORTED);
    EXPECT_TRUE(io->told_once());
  }
}

TEST_F(Overlapping, CloseWakesWhoWaitsForTheResult) {
  auto [client, server] = make_pair();
  Io io;
  EXPECT_EQ(recv_overlapped(server, io), WSA_IO_PENDING);
  std::thread waiter([&, s = server] {
    const int result = result_of(s, io, true);
    EXPECT_TRUE(result == -WSA_OPERATION_ABORTED || result == -WSAENOTSOCK) << result;
  });
  EXPECT_EQ(close(server), 0);
  waiter.join();
}

TEST_F(Overlapping, CancelsOneOrAllOrThoseOfAThread) {
  auto [client, server] = make_pair();
  Io first, second, third;
  for (Io* io : {&first, &second, &third}) EXPECT_EQ(recv_overlapped(server, *io), WSA_IO_PENDING);
  EXPECT_EQ(*cancel_io(server, &second.overlapped, false), 1u);
  EXPECT_EQ(result_of(server, second), -WSA_OPERATION_ABORTED);
  EXPECT_TRUE(first.pending() && third.pending());
  std::thread([s = server] { EXPECT_EQ(*cancel_io(s, nullptr, true), 0u); }).join();
  EXPECT_TRUE(first.pending()) << "another thread's";
  EXPECT_EQ(*cancel_io(server, nullptr, true), 2u);
  EXPECT_EQ(result_of(server, first), -WSA_OPERATION_ABORTED);
  EXPECT_EQ(result_of(server, third), -WSA_OPERATION_ABORTED);
  EXPECT_TRUE(first.told_once());
  EXPECT_EQ(*cancel_io(server, nullptr, false), 0u);
  EXPECT_EQ(cancel_io(0, nullptr, false).error(), Error::not_socket);
  ASSERT_EQ(send(client, "data"), 4);
  EXPECT_EQ(recv_text(server, 4), "data") << "the socket goes on";
}

TEST_F(Overlapping, EndOfAThreadCancelsWhatItStarted) {
  auto [client, server] = make_pair();
  Io mine, its;
  EXPECT_EQ(recv_overlapped(server, mine), WSA_IO_PENDING);
  std::thread([&, s = server] { EXPECT_EQ(recv_overlapped(s, its), WSA_IO_PENDING); }).join();
  EXPECT_EQ(result_of(server, its), -WSA_OPERATION_ABORTED);
  EXPECT_TRUE(its.told_once());
  EXPECT_TRUE(mine.pending());
}

TEST_F(Overlapping, LastCleanupAbortsWithoutTellingAnybody) {
  calls.clear();
  auto [client, server] = make_pair();
  Io with_event, with_routine;
  EXPECT_EQ(recv_overlapped(server, with_event), WSA_IO_PENDING);
  EXPECT_EQ(recv_overlapped(client, with_routine, 0, note_call), WSA_IO_PENDING);
  cleanup_for_good();
  EXPECT_FALSE(with_event.pending());
  EXPECT_EQ(with_event.event.times(), 0);
  ThreadAlert::current()->run_apcs();
  EXPECT_TRUE(calls.empty());
}

}  // namespace
}  // namespace inlet::provider::test
