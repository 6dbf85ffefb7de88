#include "provider/chain.h"

#include <fstream>

#include "provider/fault.h"
#include "provider_fixture.h"
#include "support/environment.h"

namespace inlet::provider::test {
namespace {

using inlet::test::Variable;

class Chain : public testing::Test {
 protected:
  static Error start_error() {
    auto started = start_provider_chain(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSPUPCALLTABLE{});
    return started ? Error::none : started.error();
  }
  void TearDown() override { fault::clear(); }

  inlet::test::Folder folder_;
  Variable catalog_{"INLET_CATALOG", folder_ / "catalog"};
  Variable layers_{"INLET_LAYERS", ""};
};

// Sends a word through a provider's sockets.
void expect_works(Provider& provider, int family) {
  auto listener = provider.socket(family, SOCK_STREAM, IPPROTO_TCP);
  ASSERT_TRUE(listener.ok());
  Name name = loopback(family);
  ASSERT_TRUE(provider.bind(*listener, name.get(), name.size).ok());
  ASSERT_TRUE(provider.listen(*listener, 1).ok());
  ASSERT_TRUE(provider.local_name(*listener, name.get(), &name.size).ok());
  auto client = provider.socket(family, SOCK_STREAM, IPPROTO_TCP);
  ASSERT_TRUE(client.ok());
  ASSERT_TRUE(provider.connect(*client, name.get(), name.size).ok());
  auto server = provider.accept(*listener, nullptr, nullptr);
  ASSERT_TRUE(server.ok());
  EXPECT_EQ(*provider.send(*client, "word", 4, 0), 4u);
  char text[8] = {};
  EXPECT_EQ(*provider.recv(*server, text, sizeof text, 0), 4u);
  EXPECT_STREQ(text, "word");
  for (const SOCKET s : {*listener, *client, *server}) EXPECT_TRUE(provider.close(s).ok());
}

TEST_F(Chain, IsTheBaseAloneByDefault) {
  auto started = start_provider_chain(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSPUPCALLTABLE{});
  ASSERT_TRUE(started.ok());
  EXPECT_EQ((*started)->info().dwCatalogEntryId, 1001u);
  EXPECT_TRUE((*started)->short_read_means_drained());
  expect_works(**started, AF_INET);
}

TEST_F(Chain, PutsTheLayersOfTheEnvironmentOverTheBase) {
  Variable layers("INLET_LAYERS", "fault");
  ProviderSet set{WSPUPCALLTABLE{}};
  auto v4 = set.find(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  auto v6 = set.find(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
  ASSERT_TRUE(v4.ok() && v6.ok());
  EXPECT_NE(*v4, *v6);
  EXPECT_EQ(*v4, *set.find(AF_INET, SOCK_STREAM, IPPROTO_TCP)) << "one provider serves many sockets";
  EXPECT_EQ((*v4)->info().ProtocolChain.ChainLen, 2);
  EXPECT_FALSE((*v4)->short_read_means_drained());
  fault::clear();
  expect_works(**v4, AF_INET);
  expect_works(**v6, AF_INET6);
  EXPECT_EQ(fault::calls(Function::Accept), 2u) << "calls go through the layer";
  EXPECT_EQ(fault::calls(Function::CloseSocket), 6u);
}

TEST_F(Chain, NamesWhatIsWrongWithAProvider) {
  struct Row {
    const char* layers;
    Error error;
  };
  const Row rows[] = {{"nothing", Error::provider_failed_init},          // no such layer of ours
                      {"/there/is/no.so", Error::provider_failed_init},  // no such file
                      {"fault,fault", Error::provider_failed_init},      // a layer twice
                      {"trace,nothing", Error::provider_failed_init},    // below the top
                      {"a,b,c,d,e,f,g", Error::invalid_provider}};       // longer than a chain may be
  for (const Row& row : rows) {
    Variable layers("INLET_LAYERS", row.layers);
    EXPECT_EQ(start_error(), row.error) << row.layers;
  }
  EXPECT_EQ(start_error(), Error::none) << "nothing is left behind";
}

TEST_F(Chain, StartsNothingOverADamagedCatalog) {
  std::ofstream(folder_ / "catalog") << "this may have named a firewall";
  EXPECT_EQ(start_error(), Error::provider_failed_init);
}

TEST_F(Chain, ShowsTheErrorsOfTheChoice) {
  auto error = [](int family, int type, int protocol) {
    return start_provider_chain(family, type, protocol, WSPUPCALLTABLE{}).error();
  };
  EXPECT_EQ(error(0xcafe, SOCK_STREAM, IPPROTO_TCP), Error::address_family_not_supported);
  EXPECT_EQ(error(AF_INET, 0xcafe, IPPROTO_TCP), Error::socket_type_not_supported);
  EXPECT_EQ(error(AF_INET, SOCK_STREAM, IPPROTO_UDP), Error::protocol_not_supported);
  EXPECT_EQ(error(0, SOCK_STREAM, 0), Error::invalid);
}

TEST_F(Chain, KeepsItsCatalogUntilTheLastUserHasGone) {
  ProviderSet set{WSPUPCALLTABLE{}};
  ASSERT_TRUE(set.find(AF_INET, SOCK_STREAM, 0).ok());
  std::ofstream(folder_ / "catalog") << "inlet-catalog 1\n[1003]\n";
  EXPECT_EQ((*current_catalog())->entries()[0].info.dwCatalogEntryId, 1001u) << "running processes keep what they have";
  ProviderSet later{WSPUPCALLTABLE{}};
  EXPECT_EQ((*later.find(0, SOCK_STREAM, IPPROTO_TCP))->info().dwCatalogEntryId, 1001u);
}

TEST_F(Chain, IsReadAnewByTheNextUser) {
  {
    ProviderSet set{WSPUPCALLTABLE{}};
    ASSERT_TRUE(set.find(AF_INET, SOCK_STREAM, 0).ok());
  }
  std::ofstream(folder_ / "catalog") << "inlet-catalog 1\n[1003]\n";
  ProviderSet set{WSPUPCALLTABLE{}};
  EXPECT_EQ((*set.find(0, SOCK_STREAM, IPPROTO_TCP))->info().dwCatalogEntryId, 1003u);
}

// A layer that WSASocket opens through a catalog entry, with the entry's path instead of the environment.
TEST_F(Chain, FollowsAnInstalledChain) {
  std::ofstream(folder_ / "catalog") << "inlet-catalog 1\nnext 1103\n"
                                        "[1102]\nname = Faults over TCP\npath = %INLET_TEST_LAYER%\nchain = 1101 1001\n"
                                        "family = 2\ntype = 1\nprotocol = 6 0\nflags = 8\n"
                                        "[1101]\nname = Faults\npath = fault\nchain =\n";
  Variable name("INLET_TEST_LAYER", "fault");
  ProviderSet set{WSPUPCALLTABLE{}};
  auto tcp = set.find(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  ASSERT_TRUE(tcp.ok());
  EXPECT_EQ((*tcp)->info().dwCatalogEntryId, 1102u);
  fault::clear();
  expect_works(**tcp, AF_INET);
  EXPECT_EQ(fault::calls(Function::Accept), 1u);
  auto udp = set.find(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  ASSERT_TRUE(udp.ok());
  EXPECT_EQ((*udp)->info().dwCatalogEntryId, 1002u);
  WSAPROTOCOL_INFOW base = catalog()[0];
  EXPECT_TRUE((*set.find(0, 0, 0, &base))->short_read_means_drained()) << "a base can be opened without its layers";
}

// --- what a layer of somebody else's finds

WSPUPCALLTABLE seen_upcalls;
WSAPROTOCOL_INFOW seen_info;
int WSPAPI note_startup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE upcalls,
                        LPWSPPROC_TABLE table) {
  seen_upcalls = upcalls;
  seen_info = *info;
  return WSPStartup(version, data, nullptr, upcalls, table);
}

TEST_F(Chain, TellsPathsOfProviders) {
  Variable layers("INLET_LAYERS", "/lib/layer.so");
  auto catalog = current_catalog();
  ASSERT_TRUE(catalog.ok());
  const CatalogEntry& tcp = *(*catalog)->find(1001);
  const WSAPROTOCOL_INFOW chain = *(*catalog)->chain_of(tcp);
  const CatalogEntry& layer = *(*catalog)->find(chain.ProtocolChain.ChainEntries[0]);
  WCHAR path[32];
  int length = 32;
  ASSERT_TRUE(get_provider_path(**catalog, &layer.info.ProviderId, path, &length).ok());
  EXPECT_EQ(std::u16string(path), u"/lib/layer.so");
  EXPECT_EQ(length, 14);
  length = 13;
  EXPECT_EQ(get_provider_path(**catalog, &layer.info.ProviderId, path, &length).error(), Error::fault);
  EXPECT_EQ(length, 14);
  length = 0;
  EXPECT_EQ(get_provider_path(**catalog, &layer.info.ProviderId, path, &length).error(), Error::invalid);
  const GUID unknown{};
  length = 32;
  EXPECT_EQ(get_provider_path(**catalog, &unknown, path, &length).error(), Error::invalid);
  EXPECT_EQ(length, 32);
  EXPECT_EQ(get_provider_path(**catalog, nullptr, path, &length).error(), Error::fault);
  EXPECT_EQ(get_provider_path(**catalog, &unknown, path, nullptr).error(), Error::fault);
}

TEST_F(Chain, GivesABaseItsOwnEntryAndALayerTheChain) {
  Variable layers("INLET_LAYERS", "trace,fault");
  auto catalog = current_catalog();
  const WSAPROTOCOL_INFOW chain = *(*catalog)->chain_of(*(*catalog)->find(1003));
  auto second = find_below(chain, u"trace");
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->path, u"fault");
  EXPECT_EQ(std::memcmp(
                &chain,
                [&] {
                  static auto same = info_for(second->info, chain);
                  return &same;
                }(),
                sizeof chain),
            0);
  auto base = find_below(chain, u"fault");
  ASSERT_TRUE(base.ok());
  EXPECT_EQ(base->info.dwCatalogEntryId, 1003u);
  const WSAPROTOCOL_INFOW own = info_for(base->info, chain);
  EXPECT_EQ(own.ProtocolChain.ChainLen, BASE_PROTOCOL);
  EXPECT_EQ(own.dwCatalogEntryId, 1003u);
  EXPECT_EQ(find_below(chain, u"inlet").error(), Error::provider_failed_init) << "nothing is below the base";
  EXPECT_EQ(find_below(chain, u"elsewhere").error(), Error::provider_failed_init);
  auto started = Provider::start(note_startup, WSPUPCALLTABLE{}, chain);
  ASSERT_TRUE(started.ok());
  EXPECT_EQ(seen_info.ProtocolChain.ChainLen, 3);
}

}  // namespace
}  // namespace inlet::provider::test
