// The example of a third party's layer, loaded from its shared object in both ways there are.
#include <gtest/gtest.h>
#include <ws2spi.h>

#include <fstream>
#include <sstream>

#include "base/utf16.h"
#include "provider/chain.h"
#include "provider/provider_fixture.h"
#include "support/environment.h"

namespace inlet::provider::test {
namespace {

using inlet::test::Variable;

GUID kTrace = {0x11111111, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
GUID kLayer = {0x22222222, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};

class ProviderLayer : public testing::Test {
 protected:
  // Sends so many bytes from a client to a server, both of one provider.
  static void send_through(Provider& provider, const std::string& bytes) {
    auto listener = provider.socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    auto client = provider.socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    ASSERT_TRUE(listener.ok() && client.ok());
    Name name = loopback();
    ASSERT_TRUE(provider.bind(*listener, name.get(), name.size).ok());
    ASSERT_TRUE(provider.listen(*listener, 1).ok());
    ASSERT_TRUE(provider.local_name(*listener, name.get(), &name.size).ok());
    ASSERT_TRUE(provider.connect(*client, name.get(), name.size).ok());
    auto server = provider.accept(*listener, nullptr, nullptr);
    ASSERT_TRUE(server.ok());
    ASSERT_EQ(*provider.send(*client, bytes.data(), bytes.size(), 0), bytes.size());
    std::string got(bytes.size(), '\0');
    ASSERT_EQ(*provider.recv(*server, got.data(), got.size(), MSG_WAITALL), bytes.size());
    EXPECT_EQ(got, bytes);
    for (const SOCKET s : {*listener, *client, *server}) EXPECT_TRUE(provider.close(s).ok());
  }
  std::string text_of(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }
  static int install(GUID& id, std::u16string path, std::u16string name) {
    WSAPROTOCOL_INFOW tcp = catalog()[0];
    int error = 0;
    const int result =
        WSCInstallProviderAndChains(&id, path.data(), name.data(), XP1_IFS_HANDLES, &tcp, 1, nullptr, &error);
    return result == 0 ? 0 : error;
  }

  inlet::test::Folder folder_;
  Variable catalog_{"INLET_CATALOG", folder_ / "catalog"};
  Variable layers_{"INLET_LAYERS", ""};
  Variable count_{"COUNT_FILE", folder_ / "count"};
  Variable trace_{"INLET_TRACE_FILE", folder_ / "trace"};
};

TEST_F(ProviderLayer, CountsInAChainOfThreeFromTheEnvironment) {
  Variable layers("INLET_LAYERS", PROVIDER_LAYER ",trace");
  {
    auto chain = start_provider_chain(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSPUPCALLTABLE{});
    ASSERT_TRUE(chain.ok()) << wsa_code(chain.error());
    EXPECT_EQ((*chain)->info().ProtocolChain.ChainLen, 3);
    send_through(**chain, "seven b");
  }
  EXPECT_EQ(text_of("count"), "counted 1 connections, 7 bytes in, 7 bytes out\n");
  const std::string trace = text_of("trace");
  EXPECT_NE(trace.find("WSPAccept("), std::string::npos) << "the layer below it saw the calls too";
  EXPECT_NE(trace.find("WSPBind("), std::string::npos) << "as well as those that the layer does not touch";
}

TEST_F(ProviderLayer, CountsInAChainOfThreeFromTheCatalog) {
  ASSERT_EQ(install(kTrace, u"trace", u"Trace"), 0);
  ASSERT_EQ(install(kLayer, to_utf16(PROVIDER_LAYER), u"Counter"), 0);
  {
    ProviderSet set{WSPUPCALLTABLE{}};
    auto tcp = set.find(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    ASSERT_TRUE(tcp.ok()) << wsa_code(tcp.error());
    EXPECT_EQ((*tcp)->info().ProtocolChain.ChainLen, 3);
    EXPECT_EQ(std::u16string((*tcp)->info().szProtocol), u"Counter over [Trace over [Inlet TCP over IPv4]]");
    send_through(**tcp, std::string(1000, 'x'));
    auto v6 = set.find(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    ASSERT_TRUE(v6.ok());
    EXPECT_EQ((*v6)->info().ProtocolChain.ChainLen, BASE_PROTOCOL) << "it was installed over IPv4 only";
  }
  EXPECT_EQ(text_of("count"), "counted 1 connections, 1000 bytes in, 1000 bytes out\n");
  EXPECT_NE(text_of("trace").find("WSPAccept("), std::string::npos);
}

TEST_F(ProviderLayer, ServesLayerTwo) {
  Variable layers("INLET_LAYERS", PROVIDER_LAYER);
  WSADATA data;
  ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  EXPECT_EQ(WSACleanup(), 0);
  EXPECT_EQ(text_of("count"), "counted 0 connections, 0 bytes in, 0 bytes out\n");
}

TEST_F(ProviderLayer, IsNotForEverybodyOnceItIsGone) {
  ASSERT_EQ(install(kLayer, to_utf16(PROVIDER_LAYER), u"Counter"), 0);
  int error = 0;
  ASSERT_EQ(WSCDeinstallProvider(&kLayer, &error), 0);
  auto chain = start_provider_chain(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSPUPCALLTABLE{});
  ASSERT_TRUE(chain.ok());
  EXPECT_TRUE((*chain)->short_read_means_drained());
}

}  // namespace
}  // namespace inlet::provider::test
