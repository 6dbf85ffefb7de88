// Who a client is: number, moniker, server, thread, priority, times.
#include <set>

#include "base/clock.h"
#include "base/thread_registry.h"
#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

class Identity : public InetTest {};

TEST_F(Identity, NumbersAreNeverUsedTwiceAndLeadBack) {
  std::set<UINT> ids;
  std::mutex mutex;
  std::atomic<SOCKET> server{INVALID_SOCKET};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_CONNECT) return;
    const UINT id = InetGetClientId(client);
    EXPECT_EQ(InetGetClientServer(client), server);
    EXPECT_EQ(InetGetClientHandle(server, id), client);
    std::lock_guard lock(mutex);
    EXPECT_TRUE(ids.insert(id).second) << id;
  });
  server = program.start(port_);
  for (int i = 0; i < 100; ++i) RawClient client(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_DISCONNECT, 100));
  EXPECT_EQ(ids.size(), 100u);
  EXPECT_EQ(InetGetClientHandle(server, *ids.begin()), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_HOST_NOT_FOUND);
}

TEST_F(Identity, MonikersAreUniqueWhateverTheirCase) {
  Program program;
  const SOCKET server = program.start(port_);
  RawClient first(port_), second(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT, 2));
  SOCKET clients[2];
  ASSERT_EQ(InetEnumServerClients(server, clients, 2), 2);
  EXPECT_TRUE(InetSetClientMoniker(clients[0], "Abc"));
  EXPECT_FALSE(InetSetClientMoniker(clients[1], "aBC"));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_ADDRESS_IN_USE);
  EXPECT_EQ(InetFindClientMoniker(server, "ABC"), clients[0]);
  char text[8];
  EXPECT_EQ(InetGetClientMoniker(clients[0], text, sizeof text), 3);
  EXPECT_STREQ(text, "Abc");
  EXPECT_EQ(InetGetClientMoniker(clients[0], text, 3), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_SIZE);
  EXPECT_EQ(InetGetClientMoniker(clients[1], text, sizeof text), 0);
  EXPECT_TRUE(InetSetClientMoniker(clients[0], "ABC")) << "its own in another case";
  EXPECT_TRUE(InetSetClientMoniker(clients[0], nullptr));
  EXPECT_TRUE(InetSetClientMoniker(clients[1], "abc"));
  EXPECT_FALSE(InetSetClientMoniker(clients[1], std::string(128, 'm').c_str()));
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_SIZE);
  EXPECT_TRUE(InetSetClientMoniker(clients[1], std::string(127, 'm').c_str()));
  EXPECT_EQ(InetFindClientMoniker(server, "abc"), INVALID_SOCKET);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_HOST_NOT_FOUND);
}

TEST_F(Identity, MonikerAndNumberAreStillThereInDisconnect) {
  std::string seen;
  UINT id = 0;
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_CONNECT) {
      id = InetGetClientId(client);
      EXPECT_TRUE(InetSetClientMoniker(client, "leaver"));
    }
    if (event == INET_EVENT_DISCONNECT) {
      char text[16];
      InetGetClientMoniker(client, text, sizeof text);
      seen = text;
      EXPECT_EQ(InetGetClientId(client), id);
    }
  });
  const SOCKET server = program.start(port_);
  { RawClient client(port_); }
  ASSERT_TRUE(program.wait_for(INET_EVENT_IDLE));
  EXPECT_EQ(seen, "leaver");
  EXPECT_EQ(InetFindClientMoniker(server, "leaver"), INVALID_SOCKET);
}

TEST_F(Identity, ClientsAreListedInTheirOrder) {
  Program program;
  const SOCKET server = program.start(port_);
  std::vector<std::unique_ptr<RawClient>> raw;
  for (int i = 0; i < 5; ++i) {
    raw.push_back(std::make_unique<RawClient>(port_));
    ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT, static_cast<unsigned>(i + 1)));
  }
  EXPECT_EQ(InetEnumServerClients(server, nullptr, 0), 5);
  SOCKET clients[5];
  EXPECT_EQ(InetEnumServerClients(server, clients, 2), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_SIZE);
  ASSERT_EQ(InetEnumServerClients(server, clients, 5), 5);
  for (int i = 1; i < 5; ++i) EXPECT_LT(InetGetClientId(clients[i - 1]), InetGetClientId(clients[i]));
  EXPECT_EQ(InetDisconnect(clients[2]), 0);
  EXPECT_EQ(InetEnumServerClients(server, nullptr, 0), 4);
}

TEST_F(Identity, IdleTimeIsInMilliseconds) {
  ManualTime time;
  Program program;
  const SOCKET server = program.start(port_);
  RawClient raw(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  SOCKET client;
  ASSERT_EQ(InetEnumServerClients(server, &client, 1), 1);
  time.advance_ms(1500);
  EXPECT_EQ(InetGetClientIdleTime(client), 1500u);
  EXPECT_EQ(InetGetClientIdleTime(server), 0xffffffffu);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_HANDLE);
}

TEST_F(Identity, PrioritiesAreOfTheServerAndOfEachClient) {
  Program program;
  const SOCKET server = program.start(port_);
  EXPECT_EQ(InetGetServerPriority(server), INET_PRIORITY_NORMAL);
  EXPECT_EQ(InetSetServerPriority(server, INET_PRIORITY_HIGH), INET_PRIORITY_NORMAL);
  EXPECT_EQ(InetSetServerPriority(server, 5), INET_PRIORITY_INVALID);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_PARAMETER);
  RawClient raw(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  SOCKET client;
  ASSERT_EQ(InetEnumServerClients(server, &client, 1), 1);
  EXPECT_EQ(InetGetClientPriority(client), INET_PRIORITY_HIGH);
  EXPECT_EQ(InetSetClientPriority(client, INET_PRIORITY_LOW), INET_PRIORITY_HIGH);
  EXPECT_EQ(InetGetClientPriority(client), INET_PRIORITY_LOW);
  EXPECT_EQ(InetSetClientPriority(client, -2), INET_PRIORITY_INVALID);
  EXPECT_EQ(InetGetServerPriority(server), INET_PRIORITY_HIGH);
}

TEST_F(Identity, TimeoutsAreOfTheServerAndOfEachSocket) {
  Program program;
  const SOCKET server = program.start(port_, 30);
  EXPECT_EQ(InetGetServerTimeout(server), 30);
  EXPECT_EQ(InetSetServerTimeout(server, 40), 0);
  RawClient raw(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT));
  SOCKET client;
  ASSERT_EQ(InetEnumServerClients(server, &client, 1), 1);
  EXPECT_EQ(InetGetTimeout(client), 40);
  EXPECT_EQ(InetSetTimeout(client, 50), 0);
  EXPECT_EQ(InetGetTimeout(client), 50);
  EXPECT_EQ(InetGetServerTimeout(server), 40);
}

TEST_F(Identity, TheThreadIsTheOneThatRunsTheCallback) {
  std::atomic<DWORD> thread{0};
  Program program([&](SOCKET client, UINT event, DWORD) {
    if (event != INET_EVENT_CONNECT) return;
    EXPECT_EQ(InetGetClientThreadId(client), current_thread_id());
    thread = current_thread_id();
  });
  const SOCKET server = program.start(port_);
  RawClient raw(port_);
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));
  EXPECT_NE(thread, 0u);
  EXPECT_EQ(InetGetClientThreadId(server), 0u);
}

TEST_F(Identity, AServersAddressAndStackAreKnown) {
  Program program;
  const SOCKET server = program.start(port_);
  INTERNET_ADDRESS address;
  UINT port = 0;
  EXPECT_EQ(InetGetServerAddress(server, &address, &port), 0);
  EXPECT_EQ(port, port_);
  char text[INET_ADDRESS_STRLEN];
  EXPECT_GT(InetFormatAddress(&address, text, sizeof text), 0);
  EXPECT_STREQ(text, "127.0.0.1");
  EXPECT_TRUE(InetSetServerStackSize(server, 1 << 20));
  EXPECT_EQ(InetGetServerStackSize(server), 1u << 20);
}

// A client could be found in the list of clients a moment before it was given to a shard; ending it then went through a null pointer.
TEST_F(Identity, AClientThatIsFoundWhileItComesInCanBeEnded) {
  Program program;
  const SOCKET server = program.start(port_);
  std::atomic<bool> coming{true};
  std::thread meddler([&] {
    while (coming) {
      SOCKET clients[16];
      const INT count = InetEnumServerClients(server, clients, 16);
      for (INT i = 0; i < count; ++i) InetDisconnect(clients[i]);
    }
  });
  for (int i = 0; i < 300; ++i) {
    RawClient client(port_);
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(client.end(), 0) << i;
  }
  coming = false;
  meddler.join();
  EXPECT_TRUE(InetServerStop(server));
  EXPECT_EQ(program.count(INET_EVENT_DISCONNECT), program.count(INET_EVENT_CONNECT));
}

}  // namespace
}  // namespace inlet::test
