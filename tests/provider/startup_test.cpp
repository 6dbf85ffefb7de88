#include <atomic>
#include <thread>
#include <vector>

#include "provider/table.h"
#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

class Startup : public ProviderTest {};

TEST(StartupVersion, FollowsTheNegotiationTable) {
  struct Row {
    WORD requested;
    int result;
  };
  const Row rows[] = {{0x0000, WSAVERNOTSUPPORTED},
                      {0x0001, WSAVERNOTSUPPORTED},
                      {0x0101, WSAVERNOTSUPPORTED},
                      {0xff01, WSAVERNOTSUPPORTED},
                      {0x0002, WSAVERNOTSUPPORTED},
                      {0x0102, WSAVERNOTSUPPORTED},
                      {0x0202, 0},
                      {0x0302, 0},
                      {0x0003, 0},
                      {0xffff, 0}};
  for (const Row& row : rows) {
    WSPDATA data{};
    WSPPROC_TABLE table{};
    EXPECT_EQ(WSPStartup(row.requested, &data, nullptr, WSPUPCALLTABLE{}, &table), row.result) << row.requested;
    EXPECT_EQ(data.wVersion, 0x0202) << row.requested;
    EXPECT_EQ(data.wHighVersion, 0x0202) << row.requested;
    EXPECT_NE(data.szDescription[0], 0);
    int error = 0;
    if (row.result == 0) {
      EXPECT_EQ(table.lpWSPCleanup(&error), 0);
    }
  }
}

TEST(StartupVersion, RefusesNullPointers) {
  WSPDATA data{};
  WSPPROC_TABLE table{};
  EXPECT_EQ(WSPStartup(0x0202, nullptr, nullptr, WSPUPCALLTABLE{}, &table), WSAEFAULT);
  EXPECT_EQ(WSPStartup(0x0202, &data, nullptr, WSPUPCALLTABLE{}, nullptr), WSAEFAULT);
}

TEST(StartupVersion, RefusesAnEntryThatIsNotItsOwn) {
  WSPDATA data{};
  WSPPROC_TABLE table{};
  WSAPROTOCOL_INFOW info{};
  info.dwCatalogEntryId = 0xdead;
  EXPECT_EQ(WSPStartup(0x0202, &data, &info, WSPUPCALLTABLE{}, &table), WSAEINVALIDPROVIDER);
}

TEST_F(Startup, FillsEveryEntry) {
  uintptr_t entries[30];
  static_assert(sizeof(entries) == sizeof(wsp));
  std::memcpy(entries, &wsp, sizeof(entries));
  for (int i = 0; i < 30; ++i) EXPECT_NE(entries[i], 0u) << i;
}

TEST_F(Startup, ANullErrorPointerIsTolerated) {
  SOCKET s = make_socket();
  EXPECT_EQ(wsp.lpWSPDuplicateSocket(s, 0, nullptr, nullptr), SOCKET_ERROR);
  EXPECT_EQ(wsp.lpWSPListen(s, 1, nullptr), SOCKET_ERROR);
}

TEST_F(Startup, IsCounted) {
  WSPDATA data{};
  WSPPROC_TABLE second{};
  ASSERT_EQ(WSPStartup(0x0202, &data, nullptr, WSPUPCALLTABLE{}, &second), 0);
  SOCKET s = make_socket();
  int error = 0;
  EXPECT_EQ(second.lpWSPCleanup(&error), 0);
  Name name;
  EXPECT_EQ(local_name(s, &name), WSAEINVAL) << "the first user still has the provider";
}

TEST_F(Startup, CleanupOnceTooOftenFails) {
  cleanup();
  int error = 0;
  EXPECT_EQ(wsp.lpWSPCleanup(&error), SOCKET_ERROR);
  EXPECT_EQ(error, WSANOTINITIALISED);
  EXPECT_EQ(make_socket(), INVALID_SOCKET);
}

TEST_F(Startup, LastCleanupClosesEverySocketAndAllowsANewStart) {
  auto [client, server] = make_pair();
  SOCKET listener = make_listener();
  cleanup();
  char byte = 0;
  EXPECT_EQ(recv(client, &byte, 1), -WSAENOTSOCK);
  start();
  EXPECT_EQ(recv(server, &byte, 1), -WSAENOTSOCK);
  EXPECT_EQ(listen(listener), WSAENOTSOCK);
  auto [again, other] = make_pair();
  EXPECT_EQ(send(again, "x"), 1);
  EXPECT_EQ(recv_text(other, 1), "x");
}

TEST_F(Startup, LastCleanupWakesBlockedCalls) {
  auto [client, server] = make_pair();
  SOCKET listener = make_listener();
  int received = 0;
  int accepted = 0;
  std::thread receiver([&, s = server] {
    char byte = 0;
    received = recv(s, &byte, 1);
  });
  std::thread acceptor([&] { accept(listener, &accepted); });
  // Whether the two are asleep yet cannot be seen from outside, but either way they must come back: awake ones find the
  // socket gone.
  cleanup();
  receiver.join();
  acceptor.join();
  EXPECT_TRUE(received == -WSAEINTR || received == -WSAENOTSOCK) << received;
  EXPECT_TRUE(accepted == WSAEINTR || accepted == WSAENOTSOCK) << accepted;
}

std::vector<std::pair<DWORD, SOCKET>> modified;
SOCKET WSPAPI record_handle(DWORD id, SOCKET proposed, LPINT) {
  modified.emplace_back(id, proposed);
  return proposed;
}
SOCKET WSPAPI refuse_handle(DWORD, SOCKET, LPINT lpErrno) {
  *lpErrno = WSAENOBUFS;
  return INVALID_SOCKET;
}

TEST_F(Startup, ShowsNewHandlesToTheMostRecentUpcallTable) {
  modified.clear();
  WSPUPCALLTABLE upcalls{};
  upcalls.lpWPUModifyIFSHandle = record_handle;
  WSPDATA data{};
  WSPPROC_TABLE second{};
  ASSERT_EQ(WSPStartup(0x0202, &data, nullptr, upcalls, &second), 0);
  auto [client, server] = make_pair(AF_INET6);
  ASSERT_EQ(modified.size(), 3u);
  EXPECT_EQ(modified[2].second, server);
  EXPECT_EQ(modified[0].first, 1003u);
  EXPECT_EQ(modified[2].first, 1003u);
  EXPECT_EQ(modified[1].second, client);

  upcalls.lpWPUModifyIFSHandle = refuse_handle;
  ASSERT_EQ(WSPStartup(0x0202, &data, nullptr, upcalls, &second), 0);
  int error = 0;
  EXPECT_EQ(wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0, &error), INVALID_SOCKET);
  EXPECT_EQ(error, WSAENOBUFS);
  EXPECT_EQ(second.lpWSPCleanup(&error), 0);
  EXPECT_EQ(second.lpWSPCleanup(&error), 0);
}

// --- the typed view
// -----------------------------------------------------------------------------------------------------

int cleanups = 0;
int WSPAPI counting_cleanup(LPINT) {
  ++cleanups;
  return 0;
}
int WSPAPI incomplete_startup(WORD, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE upcalls,
                              LPWSPPROC_TABLE table) {
  const int result = WSPStartup(0x0202, data, info, upcalls, table);
  int error = 0;
  table->lpWSPCleanup(&error);
  table->lpWSPSelect = nullptr;
  table->lpWSPCleanup = counting_cleanup;
  return result;
}
int WSPAPI old_startup(WORD, LPWSPDATA data, LPWSAPROTOCOL_INFOW, WSPUPCALLTABLE, LPWSPPROC_TABLE table) {
  data->wVersion = data->wHighVersion = 0x0101;
  table->lpWSPCleanup = counting_cleanup;
  return 0;
}
int WSPAPI failing_startup(WORD, LPWSPDATA, LPWSAPROTOCOL_INFOW, WSPUPCALLTABLE, LPWSPPROC_TABLE) {
  return WSASYSNOTREADY;
}

TEST(Provider, RefusesProvidersThatItCannotUse) {
  cleanups = 0;
  EXPECT_EQ(Provider::start(incomplete_startup, {}).error(), Error::invalid_proc_table);
  EXPECT_EQ(cleanups, 1);
  EXPECT_EQ(Provider::start(old_startup, {}).error(), Error::invalid_provider);
  EXPECT_EQ(cleanups, 2);
  EXPECT_EQ(Provider::start(failing_startup, {}).error(), Error::not_ready);
  EXPECT_EQ(Provider::start(nullptr, {}).error(), Error::provider_failed_init);
  EXPECT_EQ(cleanups, 2);
}

TEST(Provider, IsATypedViewOfTheTable) {
  auto started = Provider::start(WSPStartup, {});
  ASSERT_TRUE(started.ok());
  Provider& provider = **started;
  auto listener = provider.socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_TRUE(listener.ok());
  Name name = loopback();
  ASSERT_TRUE(provider.bind(*listener, name.get(), name.size).ok());
  ASSERT_TRUE(provider.listen(*listener, 5).ok());
  ASSERT_TRUE(provider.local_name(*listener, name.get(), &name.size).ok());
  auto client = provider.socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_TRUE(client.ok());
  ASSERT_TRUE(provider.connect(*client, name.get(), name.size).ok());
  Name peer = loopback();
  auto server = provider.accept(*listener, peer.get(), &peer.size);
  ASSERT_TRUE(server.ok());
  EXPECT_EQ(*provider.send(*client, "hello", 5, 0), 5u);
  ASSERT_TRUE(provider.shutdown(*client, SD_SEND).ok());
  // Not on the stack, behind which the kernel sees no room for the length.
  static char text[16];
  auto peeked = provider.recv(*server, text, size_t{1} << 40, MSG_PEEK);
  ASSERT_TRUE(peeked.ok()) << "lengths are clamped";
  EXPECT_EQ(*peeked, 5u);
  EXPECT_EQ(*provider.ioctl(*server, FIONREAD, 0), 5u);
  EXPECT_EQ(*provider.recv(*server, text, sizeof(text), 0), 5u);
  EXPECT_EQ(*provider.recv(*server, text, sizeof(text), 0), 0u);
  int value = 0;
  int size = sizeof(value);
  ASSERT_TRUE(provider.get_option(*client, SOL_SOCKET, SO_TYPE, &value, &size).ok());
  EXPECT_EQ(value, SOCK_STREAM);
  ASSERT_TRUE(provider.ioctl(*server, FIONBIO, 1).ok());
  ASSERT_TRUE(provider.peer_name(*server, peer.get(), &peer.size).ok());
  ASSERT_TRUE(provider.close(*client).ok());
  EXPECT_EQ(provider.close(*client).error(), Error::not_socket);
  EXPECT_EQ(provider.send(*client, "x", 1, 0).error(), Error::not_socket);
}

}  // namespace
}  // namespace inlet::provider::test
