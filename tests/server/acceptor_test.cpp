#include <sys/resource.h>

#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

class Acceptor : public InetTest {};

// A loop that asks again at once would spin here, and one that forgot the edge would never accept the rest.
TEST_F(Acceptor, KeepsServingAfterRunningOutOfDescriptors) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  std::vector<std::unique_ptr<RawClient>> clients;
  clients.push_back(std::make_unique<RawClient>(port_));
  ASSERT_TRUE(program.wait_for(INET_EVENT_WRITE));

  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit before = limit;
  std::vector<int> spare;  // two numbers below the limit that come free before all others
  for (int i = 0; i < 2; ++i) spare.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  std::vector<int> pending;
  for (int i = 0; i < 4; ++i) pending.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  testing::internal::CaptureStderr();
  limit.rlim_cur = static_cast<rlim_t>(pending.back()) + 1;  // every number below is taken or about to be
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  std::vector<int> fillers;
  for (int filler; (filler = dup(pending.back())) >= 0;) fillers.push_back(filler);

  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port_);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (const int each : pending) EXPECT_EQ(connect(each, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  // The client that is in goes on being served, and its rounds show that the server had time to try and fail.
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(clients.front()->send("ping"));
    ASSERT_EQ(clients.front()->receive(4), "ping");
  }
  EXPECT_EQ(program.count(INET_EVENT_CONNECT), 1u);
  // One descriptor after another comes free, so that the server runs out of them again with each client.
  for (unsigned connects = 2; connects <= 3; ++connects) {
    close(spare[connects - 2]);
    EXPECT_TRUE(program.wait_for(INET_EVENT_CONNECT, connects));
  }
  for (const int each : fillers) close(each);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(program.wait_for(INET_EVENT_CONNECT, 5)) << "nobody is lost";
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(said.find("out of descriptors"), said.rfind("out of descriptors")) << "said once, not in a circle";
  EXPECT_NE(said.find("out of descriptors"), std::string::npos);
  for (const int each : pending) close(each);
}

// The acceptor counts who waits once, and trusts edges for whoever comes later. Two of these are counted, the first of them has the
// server suspended, and the edges of the other two are used up while nobody may be let in. Going on with the old count would leave
// them waiting for ever.
TEST_F(Acceptor, ServesWhoCameWhileACallbackHadSuspendedTheServer) {
  std::atomic<unsigned> accepts{0}, here{0};
  const auto wait_for_clients = [&](unsigned wanted) {
    for (unsigned now = here; now < wanted; now = here) here.wait(now);
  };
  Program program([&](SOCKET handle, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(handle);
    if (event != INET_EVENT_ACCEPT) return;
    const unsigned count = accepts + 1;
    if (count == 2) {
      EXPECT_TRUE(InetServerSuspend(handle));
    }
    accepts = count;
    accepts.notify_all();
    wait_for_clients(count == 1 ? 3 : count == 2 ? 5 : 0);
  });
  const SOCKET server = program.start(port_);
  std::vector<std::unique_ptr<RawClient>> clients;
  const auto connect = [&](unsigned count) {
    for (unsigned i = 0; i < count; ++i) clients.push_back(std::make_unique<RawClient>(port_));
    here = static_cast<unsigned>(clients.size());
    here.notify_all();
  };
  connect(1);
  accepts.wait(0);
  connect(2);
  accepts.wait(1);
  connect(2);
  ASSERT_TRUE(program.wait_for(INET_EVENT_CONNECT, 2));
  ASSERT_TRUE(clients[1]->send("ping"));
  EXPECT_EQ(clients[1]->receive(4), "ping") << "by now its shard has looked at all edges";
  EXPECT_EQ(accepts, 2u);
  EXPECT_TRUE(InetServerResume(server));
  for (auto& client : clients) {
    ASSERT_TRUE(client->send("ping"));
    EXPECT_EQ(client->receive(4), "ping");
  }
}

TEST_F(Acceptor, ServesABurstOfConnections) {
  Program program([](SOCKET client, UINT event, DWORD) {
    if (event == INET_EVENT_READ) echo(client);
  });
  ASSERT_NE(program.start(port_), INVALID_SOCKET);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<RawClient>(port_));
    ASSERT_TRUE(clients.back()->connected());
    ASSERT_TRUE(clients.back()->send("x"));
  }
  for (auto& client : clients) EXPECT_EQ(client->receive(1), "x");
  EXPECT_EQ(program.count(INET_EVENT_CONNECT), 300u);
  for (auto& client : clients) client->reset();
  EXPECT_TRUE(program.wait_for(INET_EVENT_DISCONNECT, 300));
}

}  // namespace
}  // namespace inlet::test
