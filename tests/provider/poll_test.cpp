// WSAPoll as the provider answers it (sheet 5.7).
#include <atomic>
#include <vector>

#include "provider/linux/calls.h"
#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

using namespace std::chrono_literals;

constexpr SHORT kAll = POLLRDNORM | POLLRDBAND | POLLWRNORM;

struct PollTest : ProviderTest {
  // The number, or the error code as a negative number.
  int poll(WSAPOLLFD* entries, ULONG count, INT timeout_ms = 0) {
    int error = 0;
    const int ready = WSPPoll(entries, count, timeout_ms, &error);
    return ready == SOCKET_ERROR ? -error : ready;
  }
  int revents_of(SOCKET s, SHORT events = kAll) {
    WSAPOLLFD entry{s, events, 0x7777};
    const int count = poll(&entry, 1);
    EXPECT_EQ(count, entry.revents == 0 ? 0 : 1);
    return entry.revents;
  }
  bool comes_to(SOCKET s, int revents, SHORT events = kAll) {
    return eventually([&] { return revents_of(s, events) == revents; });
  }
  Name name_of(SOCKET s) {
    Name name;
    EXPECT_EQ(local_name(s, &name), 0);
    return name;
  }
};

TEST_F(PollTest, ArgumentsAreJudgedBeforeSockets) {
  EXPECT_EQ(poll(nullptr, 0), -WSAEINVAL);
  EXPECT_EQ(poll(nullptr, 1), -WSAEFAULT);
  SOCKET s = make_socket();
  for (SHORT bad : {POLLERR, POLLHUP, POLLNVAL, POLLPRI, POLLWRBAND}) {
    WSAPOLLFD entry{s, static_cast<SHORT>(bad | POLLRDNORM), 0x7777};
    EXPECT_EQ(poll(&entry, 1), -WSAEINVAL) << bad;
    EXPECT_EQ(entry.revents, 0x7777);
  }
  close(s);
}

TEST_F(PollTest, ABadHandleIsMarkedAndNotCounted) {
  SOCKET good = make_socket(AF_INET, SOCK_DGRAM);
  WSAPOLLFD entries[] = {{INVALID_SOCKET, kAll, 0}, {good, kAll, 0}, {SOCKET{0}, kAll, 0}};
  EXPECT_EQ(poll(entries, 3), 1);
  EXPECT_EQ(entries[0].revents, POLLNVAL);
  EXPECT_EQ(entries[1].revents, POLLWRNORM);
  EXPECT_EQ(entries[2].revents, POLLNVAL);
  close(good);
}

TEST_F(PollTest, OnlyBadHandlesAreAnError) {
  SOCKET closed = make_socket();
  close(closed);
  WSAPOLLFD entries[] = {{INVALID_SOCKET, kAll, 0}, {closed, kAll, 0}};
  EXPECT_EQ(poll(entries, 2), -WSAENOTSOCK);
  EXPECT_EQ(entries[0].revents, POLLNVAL);
  EXPECT_EQ(entries[1].revents, POLLNVAL);
}

TEST_F(PollTest, UnconnectedStreamsAndListenersAreNeverWritable) {
  SOCKET fresh = make_socket();
  EXPECT_EQ(revents_of(fresh), 0);
  SOCKET listener = make_listener();
  EXPECT_EQ(revents_of(listener), 0);
  ASSERT_EQ(connect(fresh, name_of(listener)), 0);
  EXPECT_TRUE(comes_to(listener, POLLRDNORM));
  EXPECT_EQ(revents_of(listener, POLLWRNORM), 0);
  EXPECT_EQ(revents_of(fresh), POLLWRNORM);
  close(fresh);
  close(listener);
}

TEST_F(PollTest, DataAndUrgentDataAreToldApart) {
  auto [client, server] = make_pair();
  EXPECT_EQ(revents_of(server), POLLWRNORM);
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  EXPECT_TRUE(comes_to(server, POLLWRNORM | POLLRDBAND));
  ASSERT_EQ(send(client, "a"), 1);
  EXPECT_TRUE(comes_to(server, POLLWRNORM | POLLRDBAND | POLLRDNORM));
  EXPECT_EQ(revents_of(server, POLLRDNORM), POLLRDNORM);
  EXPECT_EQ(revents_of(server, POLLRDBAND), POLLRDBAND);
  EXPECT_EQ(revents_of(server, 0), 0);
  close(client);
  close(server);
}

TEST_F(PollTest, TheEndOfAStreamHangsUpAndIsReadableOnlyWhileDataIsLeft) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "a"), 1);
  ASSERT_EQ(shutdown(client, SD_SEND), 0);
  EXPECT_TRUE(comes_to(server, POLLWRNORM | POLLRDNORM | POLLHUP));
  EXPECT_EQ(recv_text(server, 1), "a");
  EXPECT_EQ(revents_of(server), POLLWRNORM | POLLHUP);
  EXPECT_EQ(revents_of(server, 0), POLLHUP);
  close(client);
  close(server);
}

// After an urgent byte the kernel's count of what can be read stops at the mark, so the rest of the stream was not seen.
TEST_F(PollTest, DataBehindAnUrgentByteIsSeenAtTheEndToo) {
  auto [client, server] = make_pair();
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  ASSERT_EQ(send(client, "abc"), 3);
  ASSERT_EQ(shutdown(client, SD_SEND), 0);
  EXPECT_TRUE(comes_to(server, POLLWRNORM | POLLRDBAND | POLLRDNORM | POLLHUP));
  char byte = 0;
  EXPECT_EQ(recv(server, &byte, 1, MSG_OOB), 1);
  EXPECT_EQ(recv_text(server, 3), "abc");
  EXPECT_EQ(revents_of(server), POLLWRNORM | POLLHUP);
  close(client);
  close(server);
}

TEST_F(PollTest, OwnShutdownOfReceivingShowsNothingNew) {
  auto [client, server] = make_pair();
  ASSERT_EQ(shutdown(server, SD_RECEIVE), 0);
  EXPECT_EQ(revents_of(server), POLLWRNORM);
  close(client);
  close(server);
}

TEST_F(PollTest, AResetShowsErrorHangUpAndWritable) {
  auto [client, server] = make_pair();
  reset(client);
  EXPECT_TRUE(comes_to(server, POLLERR | POLLHUP | POLLWRNORM));
  EXPECT_EQ(revents_of(server, POLLRDNORM), POLLERR | POLLHUP);
  close(server);
}

TEST_F(PollTest, AFailedConnectShowsErrorHangUpAndWritable) {
  SOCKET bound = make_bound();
  const Name nobody = name_of(bound);
  close(bound);
  SOCKET client = make_socket();
  ASSERT_EQ(set_nonblocking(client), 0);
  ASSERT_EQ(connect(client, nobody), WSAEWOULDBLOCK);
  WSAPOLLFD entry{client, kAll, 0};
  EXPECT_EQ(poll(&entry, 1, 5000), 1);
  EXPECT_EQ(entry.revents, POLLERR | POLLHUP | POLLWRNORM);
  EXPECT_EQ(revents_of(client), POLLERR | POLLHUP | POLLWRNORM);
  close(client);
}

TEST_F(PollTest, ASocketThatIsClosedMeanwhileIsCounted) {
  SOCKET listener = make_listener();
  WSAPOLLFD entry{listener, POLLRDNORM, 0};
  std::atomic<bool> begins{false};
  int result = 0;
  std::thread waiter([&] {
    begins = true;
    result = poll(&entry, 1, -1);
  });
  ASSERT_TRUE(eventually([&] { return begins.load(); }));
  std::this_thread::sleep_for(5ms);
  const int closed = close(listener);
  waiter.join();
  EXPECT_EQ(closed, 0);
  // When the close came first, it was no socket from the start.
  EXPECT_TRUE(result == 1 || result == -WSAENOTSOCK) << result;
  EXPECT_EQ(entry.revents, POLLNVAL);
}

TEST_F(PollTest, TheTimeIsWaitedFor) {
  SOCKET listener = make_listener();
  WSAPOLLFD entry{listener, kAll, 0};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(poll(&entry, 1, 20), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
  close(listener);
}

TEST_F(PollTest, TheSameSocketMayStandTwiceAndManyFitIn) {
  std::vector<WSAPOLLFD> entries;
  for (int i = 0; i < 200; ++i) entries.push_back({make_socket(AF_INET, SOCK_DGRAM), POLLWRNORM, 0});
  entries.push_back(entries.front());
  EXPECT_EQ(poll(entries.data(), static_cast<ULONG>(entries.size())), 201);
  entries.pop_back();
  for (const WSAPOLLFD& entry : entries) close(entry.fd);
}

}  // namespace
}  // namespace inlet::provider::test
