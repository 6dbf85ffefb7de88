// SIO_ADDRESS_LIST_CHANGE and SIO_ROUTING_INTERFACE_CHANGE (sheet 4.6, 5.9).
#include <atomic>

#include "events_fixture.h"
#include "support/own_network.h"

namespace inlet::provider::test {
namespace {

struct ChangesTest : EventsTest {
  int ask(SOCKET s, DWORD code, const Name* destination = nullptr) {
    Name copy = destination == nullptr ? loopback() : *destination;
    DWORD returned = 0;
    int error = 0;
    const DWORD bytes = destination == nullptr ? 0 : static_cast<DWORD>(copy.size);
    void* in = destination == nullptr ? nullptr : copy.get();
    return wsp.lpWSPIoctl(s, code, in, bytes, nullptr, 0, &returned, nullptr, nullptr, nullptr, &error) == 0 ? 0
                                                                                                             : error;
  }
};

TEST_F(ChangesTest, AskingOnANonblockingSocketArmsTheEventOnce) {
  inlet::test::in_own_network([&] {
    SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
    ASSERT_EQ(select(s, FD_ADDRESS_LIST_CHANGE | FD_ROUTING_INTERFACE_CHANGE), 0);
    EXPECT_EQ(ask(s, SIO_ADDRESS_LIST_CHANGE), WSAEWOULDBLOCK);
    EXPECT_EQ(ask(s, SIO_ADDRESS_LIST_CHANGE), WSAEWOULDBLOCK);
    EXPECT_EQ(come(s, 0), 0);
    ASSERT_TRUE(inlet::test::raise_loopback());
    EXPECT_EQ(come(s, FD_ADDRESS_LIST_CHANGE), FD_ADDRESS_LIST_CHANGE) << "routes were not asked for";
    EXPECT_EQ(errors[FD_ADDRESS_LIST_CHANGE_BIT], 0);
    close(s);
  });
}

TEST_F(ChangesTest, RoutesAreTheirOwnEvent) {
  inlet::test::in_own_network([&] {
    SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
    const Name destination = loopback();
    EXPECT_EQ(set_nonblocking(s), 0);
    EXPECT_EQ(ask(s, SIO_ROUTING_INTERFACE_CHANGE), WSAEFAULT);
    EXPECT_EQ(ask(s, SIO_ROUTING_INTERFACE_CHANGE, &destination), WSAEWOULDBLOCK);
    // What is selected later is remembered.
    ASSERT_TRUE(inlet::test::raise_loopback());
    ASSERT_EQ(select(s, FD_ADDRESS_LIST_CHANGE | FD_ROUTING_INTERFACE_CHANGE), 0);
    EXPECT_EQ(come(s, FD_ROUTING_INTERFACE_CHANGE), FD_ROUTING_INTERFACE_CHANGE);
    close(s);
  });
}

TEST_F(ChangesTest, ABlockingSocketWaitsForTheChange) {
  inlet::test::in_own_network([&] {
    SOCKET s = make_socket(AF_INET, SOCK_DGRAM);
    std::atomic<int> result{-1};
    SOCKET closed = make_socket(AF_INET, SOCK_DGRAM);
    std::atomic<int> closed_result{-1};
    // A thread inherits the network of the one that starts it.
    std::thread waiter([&] { result = ask(s, SIO_ADDRESS_LIST_CHANGE); });
    std::thread closed_waiter([&] { closed_result = ask(closed, SIO_ADDRESS_LIST_CHANGE); });
    std::this_thread::sleep_for(kQuiet);
    EXPECT_EQ(result, -1);
    EXPECT_EQ(close(closed), 0);
    closed_waiter.join();
    EXPECT_TRUE(closed_result == WSAEINTR || closed_result == WSAENOTSOCK) << closed_result;
    ASSERT_TRUE(inlet::test::raise_loopback());
    waiter.join();
    EXPECT_EQ(result, 0);
    close(s);
  });
}

}  // namespace
}  // namespace inlet::provider::test
