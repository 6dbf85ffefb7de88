// Change notifications as overlapped operations: SIO_ADDRESS_LIST_CHANGE, SIO_ROUTING_INTERFACE_CHANGE and
// SIO_IDEAL_SEND_BACKLOG_CHANGE (sheet 4.6).
#include <thread>

#include "overlapped_fixture.h"
#include "support/own_network.h"

namespace inlet::provider::test {
namespace {

class ChangeOperations : public OverlappedTest {
 protected:
  // 0 when it has ended at once, WSA_IO_PENDING, or why it did not start.
  int begin(SOCKET s, DWORD code, Io& io, const Name* destination = nullptr, DWORD size = 16) {
    DWORD returned = 0;
    int error = 0;
    void* in = destination != nullptr ? const_cast<sockaddr*>(destination->get()) : nullptr;
    const int result = wsp.lpWSPIoctl(s, code, in, in != nullptr ? size : 0, nullptr, 0, &returned, &io.overlapped,
                                      nullptr, nullptr, &error);
    return io.started(s, result == 0, error);
  }
};

TEST_F(ChangeOperations, EndWithTheNextChange) {
  inlet::test::in_own_network([&] {
    SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
    const Name destination = loopback();
    Io address;
    Io again;
    Io route;
    // Also on a nonblocking socket: there is somebody to be told later.
    ASSERT_EQ(set_nonblocking(s), 0);
    ASSERT_EQ(begin(s, SIO_ADDRESS_LIST_CHANGE, address), WSA_IO_PENDING);
    ASSERT_EQ(begin(s, SIO_ADDRESS_LIST_CHANGE, again), WSA_IO_PENDING);
    ASSERT_EQ(begin(s, SIO_ROUTING_INTERFACE_CHANGE, route, &destination), WSA_IO_PENDING);
    EXPECT_EQ(result_of(s, address), -WSA_IO_INCOMPLETE);
    ASSERT_TRUE(inlet::test::raise_loopback());
    for (Io* io : {&address, &again, &route}) {
      EXPECT_TRUE(io->told_once());
      EXPECT_EQ(result_of(s, *io), 0);
    }
    Io next;
    ASSERT_EQ(begin(s, SIO_ADDRESS_LIST_CHANGE, next), WSA_IO_PENDING) << "that change is over";
    EXPECT_EQ(close(s), 0);
    EXPECT_TRUE(next.told_once());
    EXPECT_EQ(next.overlapped.Internal, kStatusCancelled);
  });
}

// The first of them never ends, and the others must not stand behind it.
TEST_F(ChangeOperations, WaitBesideEachOther) {
  inlet::test::in_own_network([&] {
    ASSERT_TRUE(inlet::test::raise_loopback());
    auto [client, server] = make_pair();
    Io backlog;
    Io route;
    const Name destination = loopback();
    ASSERT_EQ(begin(client, SIO_IDEAL_SEND_BACKLOG_CHANGE, backlog), WSA_IO_PENDING);
    ASSERT_EQ(begin(client, SIO_ROUTING_INTERFACE_CHANGE, route, &destination), WSA_IO_PENDING);
    EXPECT_EQ(*cancel_io(client, &route.overlapped, false), 1u);
    EXPECT_TRUE(route.told_once());
    EXPECT_EQ(result_of(client, route), -WSA_OPERATION_ABORTED);
    EXPECT_TRUE(backlog.pending());
    EXPECT_EQ(close(client), 0);
    EXPECT_TRUE(backlog.told_once());
    EXPECT_EQ(backlog.overlapped.Internal, kStatusCancelled);
  });
}

TEST_F(ChangeOperations, AreRefusedAtOnce) {
  SOCKET s = make_socket();
  const Name destination = loopback();
  const Name foreign = loopback(AF_INET6);
  Io io;
  EXPECT_EQ(begin(s, SIO_ROUTING_INTERFACE_CHANGE, io), WSAEFAULT);
  EXPECT_EQ(begin(s, SIO_ROUTING_INTERFACE_CHANGE, io, &destination, 15), WSAEFAULT);
  EXPECT_EQ(begin(s, SIO_ROUTING_INTERFACE_CHANGE, io, &foreign, 28), WSAEAFNOSUPPORT);
  EXPECT_EQ(begin(s, SIO_IDEAL_SEND_BACKLOG_CHANGE, io), WSAENOTCONN);
  EXPECT_EQ(begin(make_socket(AF_INET, SOCK_DGRAM), SIO_IDEAL_SEND_BACKLOG_CHANGE, io), WSAEOPNOTSUPP);
  EXPECT_EQ(io.event.times(), 0);
}

}  // namespace
}  // namespace inlet::provider::test
