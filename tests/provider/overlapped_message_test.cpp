// WSARecvMsg and WSASendMsg with an OVERLAPPED.
#include "overlapped_fixture.h"

namespace inlet::provider::test {
namespace {

int routine_runs = 0;
DWORD routine_bytes = 0;
void CALLBACK on_message(DWORD, DWORD bytes, LPWSAOVERLAPPED, DWORD) {
  ++routine_runs;
  routine_bytes = bytes;
}

class OverlappedMessage : public OverlappedTest {
 protected:
  void SetUp() override {
    OverlappedTest::SetUp();
    receiver = make_bound(AF_INET, SOCK_DGRAM);
    sender = make_bound(AF_INET, SOCK_DGRAM);
    ASSERT_EQ(local_name(receiver, &receiver_name), 0);
    ASSERT_EQ(local_name(sender, &sender_name), 0);
    receive_message = extension<LPFN_WSARECVMSG>(receiver, WSAID_WSARECVMSG);
    send_message = extension<LPFN_WSASENDMSG>(receiver, WSAID_WSASENDMSG);
    ASSERT_TRUE(receive_message != nullptr && send_message != nullptr);
  }

  // 0 when it has ended at once, WSA_IO_PENDING, or why it did not start.
  int receive(Io& io, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine = nullptr) {
    buffer = io.buffer();
    message = {from.get(), static_cast<INT>(sizeof(sockaddr_in6)), &buffer, 1, {}, 0};
    const int result = receive_message(receiver, &message, nullptr, &io.overlapped, routine);
    return io.started(receiver, result == 0, WSAGetLastError());
  }
  int send(Io& io) {
    buffer = io.buffer();
    WSAMSG out{receiver_name.get(), receiver_name.size, &buffer, 1, {}, 0};
    const int result = send_message(sender, &out, 0, nullptr, &io.overlapped, nullptr);
    return io.started(sender, result == 0, WSAGetLastError());
  }

  SOCKET receiver = INVALID_SOCKET;
  SOCKET sender = INVALID_SOCKET;
  Name receiver_name, sender_name, from;
  WSABUF buffer{};
  WSAMSG message{};
  LPFN_WSARECVMSG receive_message = nullptr;
  LPFN_WSASENDMSG send_message = nullptr;
};

TEST_F(OverlappedMessage, WaitsForADatagramAndTellsWhereItCameFrom) {
  Io io;
  EXPECT_EQ(receive(io), WSA_IO_PENDING);
  Io data(std::string("hello"));
  EXPECT_EQ(send(data), 0);
  EXPECT_TRUE(data.told_once());
  EXPECT_EQ(result_of(receiver, io, true), 5);
  EXPECT_TRUE(io.told_once());
  EXPECT_EQ(io.text(), "hello");
  EXPECT_EQ(from.v4.sin_port, sender_name.v4.sin_port);
  EXPECT_EQ(message.dwFlags, 0u);
}

TEST_F(OverlappedMessage, TellsOfACutDatagramInTheMessage) {
  Io small(3);
  EXPECT_EQ(receive(small), WSA_IO_PENDING);
  Io data(std::string("hello"));
  EXPECT_EQ(send(data), 0);
  EXPECT_TRUE(small.told_once());
  EXPECT_EQ(result_of(receiver, small), -WSAEMSGSIZE);
  EXPECT_EQ(message.dwFlags, DWORD{MSG_TRUNC});
}

TEST_F(OverlappedMessage, RunsARoutineOnTheCallingThread) {
  routine_runs = 0;
  Io io;
  EXPECT_EQ(receive(io, on_message), WSA_IO_PENDING);
  EXPECT_EQ(open_threads, 1) << "reachable until the routine has been queued";
  Io data(std::string("hello"));
  EXPECT_EQ(send(data), 0);
  EXPECT_TRUE(eventually([] { return ThreadAlert::current()->has_apcs(); }));
  EXPECT_EQ(routine_runs, 0);
  EXPECT_TRUE(ThreadAlert::current()->run_apcs());
  EXPECT_EQ(routine_runs, 1);
  EXPECT_EQ(routine_bytes, 5u);
  EXPECT_TRUE(eventually([] { return open_threads == 0; }));
}

TEST_F(OverlappedMessage, RefusesStreamsAndPeeks) {
  auto [client, server] = make_pair();
  Io io;
  buffer = io.buffer();
  message = {nullptr, 0, &buffer, 1, {}, 0};
  EXPECT_EQ(receive_message(server, &message, nullptr, &io.overlapped, nullptr), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEOPNOTSUPP);
  message.dwFlags = MSG_PEEK;
  EXPECT_EQ(receive_message(receiver, &message, nullptr, &io.overlapped, nullptr), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEOPNOTSUPP);
  EXPECT_EQ(receive_message(receiver, nullptr, nullptr, &io.overlapped, nullptr), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
}

}  // namespace
}  // namespace inlet::provider::test
