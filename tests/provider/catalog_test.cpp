#include "provider/catalog.h"

#include <gtest/gtest.h>

#include <cstring>

namespace inlet::provider::test {
namespace {

TEST(Catalog, PublishesTheFourBaseEntries) {
  struct Row {
    int family, type, protocol, address_bytes;
    DWORD services;
  };
  const Row rows[] = {{AF_INET, SOCK_STREAM, IPPROTO_TCP, 16, 0x20066},
                      {AF_INET, SOCK_DGRAM, IPPROTO_UDP, 16, 0x20609},
                      {AF_INET6, SOCK_STREAM, IPPROTO_TCP, 28, 0x20066},
                      {AF_INET6, SOCK_DGRAM, IPPROTO_UDP, 28, 0x20609}};
  ASSERT_EQ(catalog().size(), 6u);
  for (size_t i = 0; i < 4; ++i) {
    const WSAPROTOCOL_INFOW& entry = catalog()[i];
    EXPECT_EQ(entry.iAddressFamily, rows[i].family);
    EXPECT_EQ(entry.iSocketType, rows[i].type);
    EXPECT_EQ(entry.iProtocol, rows[i].protocol);
    EXPECT_EQ(entry.iMaxSockAddr, rows[i].address_bytes);
    EXPECT_EQ(entry.iMinSockAddr, rows[i].address_bytes);
    EXPECT_EQ(entry.dwServiceFlags1, rows[i].services);
    EXPECT_EQ(entry.dwProviderFlags, static_cast<DWORD>(PFL_MATCHES_PROTOCOL_ZERO));
    EXPECT_EQ(entry.ProtocolChain.ChainLen, BASE_PROTOCOL);
    EXPECT_EQ(entry.iVersion, 2);
    EXPECT_EQ(find_catalog_entry(entry.dwCatalogEntryId), &entry);
    EXPECT_EQ(&catalog_entry(rows[i].family == AF_INET6, rows[i].type == SOCK_DGRAM), &entry);
  }
  EXPECT_EQ(find_catalog_entry(0), nullptr);
}

TEST(Catalog, ProviderIdsTellTheFamiliesApart) {
  EXPECT_EQ(std::memcmp(&catalog()[0].ProviderId, &catalog()[1].ProviderId, sizeof(GUID)), 0);
  EXPECT_NE(std::memcmp(&catalog()[0].ProviderId, &catalog()[2].ProviderId, sizeof(GUID)), 0);
}

TEST(Catalog, ChoosesTheFirstThatFits) {
  EXPECT_EQ(*choose_catalog_entry(0, SOCK_STREAM, IPPROTO_TCP, nullptr), &catalog()[0]);
  EXPECT_EQ(*choose_catalog_entry(0, 0, IPPROTO_UDP, nullptr), &catalog()[1]);
  EXPECT_EQ(*choose_catalog_entry(AF_INET6, 0, 0, nullptr), &catalog()[2]);
  EXPECT_EQ(*choose_catalog_entry(0, 0, 0, &catalog()[3]), &catalog()[3]);
  EXPECT_EQ(choose_catalog_entry(-1, -1, -1, nullptr).error(), Error::invalid);
}

TEST(Catalog, HidesAnEntryThatFitsEveryRawProtocol) {
  for (const bool v6 : {false, true}) {
    const WSAPROTOCOL_INFOW& raw = raw_catalog_entry(v6);
    EXPECT_EQ(raw.dwProviderFlags, static_cast<DWORD>(PFL_MATCHES_PROTOCOL_ZERO | PFL_HIDDEN));
    EXPECT_EQ(raw.dwServiceFlags1, 0x20609u);
    EXPECT_EQ(raw.iProtocol, 0);
    EXPECT_EQ(raw.iProtocolMaxOffset, 255);
    EXPECT_EQ(raw.iMaxSockAddr, v6 ? 28 : 16);
    for (const int protocol : {0, 1, 17, 255})
      EXPECT_EQ(*choose_catalog_entry(raw.iAddressFamily, SOCK_RAW, protocol, nullptr), &raw) << protocol;
  }
  EXPECT_EQ(choose_catalog_entry(AF_INET, SOCK_RAW, 256, nullptr).error(), Error::protocol_not_supported);
  EXPECT_EQ(choose_catalog_entry(AF_INET, SOCK_STREAM, 0xcafe, nullptr).error(), Error::protocol_not_supported);
  EXPECT_EQ(choose_catalog_entry(AF_INET, 0xcafe, IPPROTO_TCP, nullptr).error(), Error::socket_type_not_supported);
}

// --- what was installed

constexpr GUID kSome = {0x11111111, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
constexpr GUID kOther = {0x22222222, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};

WSAPROTOCOL_INFOW entry_of(std::initializer_list<DWORD> chain, int length) {
  WSAPROTOCOL_INFOW info = catalog()[0];
  info.ProtocolChain = WSAPROTOCOLCHAIN{};
  info.ProtocolChain.ChainLen = length;
  std::copy(chain.begin(), chain.end(), info.ProtocolChain.ChainEntries);
  return info;
}
WSAPROTOCOL_INFOW layer_entry() {
  return entry_of({}, LAYERED_PROTOCOL);
}

TEST(Catalog, GivesIdsAndKeepsTheOrderOfInstallation) {
  Catalog all;
  const WSAPROTOCOL_INFOW list[] = {layer_entry(), layer_entry()};
  ASSERT_TRUE(all.install(kSome, u"/lib/a.so", list).ok());
  ASSERT_EQ(all.entries().size(), 8u);
  EXPECT_EQ(all.entries()[6].info.dwCatalogEntryId, kFirstInstalledId);
  EXPECT_EQ(all.entries()[7].info.dwCatalogEntryId, kFirstInstalledId + 1);
  EXPECT_EQ(all.install(kSome, u"/lib/a.so", list).error(), Error::no_recovery) << "installed already";
  ASSERT_TRUE(all.deinstall(kSome).ok());
  EXPECT_EQ(all.entries().size(), 6u);
  EXPECT_EQ(all.deinstall(kSome).error(), Error::invalid);
  EXPECT_EQ(all.deinstall(catalog()[0].ProviderId).error(), Error::no_recovery);
  ASSERT_TRUE(all.install(kSome, u"/lib/a.so", list).ok());
  EXPECT_EQ(all.entries()[6].info.dwCatalogEntryId, kFirstInstalledId + 2) << "an id is never given again";
}

TEST(Catalog, TakesOnlySoundChains) {
  Catalog all;
  const WSAPROTOCOL_INFOW layers[] = {layer_entry(), layer_entry()};
  ASSERT_TRUE(all.install(kSome, u"/lib/a.so", layers).ok());
  const DWORD a = kFirstInstalledId, b = kFirstInstalledId + 1;
  struct Row {
    const char* what;
    WSAPROTOCOL_INFOW info;
    bool sound;
  };
  const Row rows[] = {{"layer over base", entry_of({a, 1001}, 2), true},
                      {"two layers", entry_of({a, b, 1001}, 3), true},
                      {"twice the same", entry_of({a, a, 1001}, 3), false},
                      {"no base", entry_of({a, b}, 2), false},
                      {"base in the middle", entry_of({a, 1001, 1002}, 3), false},
                      {"unknown id", entry_of({4711, 1001}, 2), false},
                      {"too long", entry_of({a, 1001}, 8), false},
                      {"negative", entry_of({}, -1), false}};
  for (const Row& row : rows) {
    Catalog copy = all;
    auto installed = copy.install(kOther, u"/lib/a.so", {&row.info, 1});
    EXPECT_EQ(installed.ok(), row.sound) << row.what;
    EXPECT_EQ(installed.error(), row.sound ? Error::none : Error::invalid) << row.what;
  }
}

TEST(Catalog, PutsALayerOverWhatFitsAndInFront) {
  Catalog all;
  const WSAPROTOCOL_INFOW wanted[] = {catalog()[0], catalog()[2], catalog()[0]};
  auto id = all.install_over(kSome, u"/lib/a.so", u"Counter", XP1_IFS_HANDLES, wanted);
  ASSERT_TRUE(id.ok());
  ASSERT_EQ(all.entries().size(), 9u) << "two chains, a duplicate ignored, and the layer";
  const WSAPROTOCOL_INFOW& chain = (*all.choose(AF_INET, SOCK_STREAM, 0, nullptr))->info;
  EXPECT_EQ(chain.ProtocolChain.ChainLen, 2);
  EXPECT_EQ(chain.ProtocolChain.ChainEntries[0], *id);
  EXPECT_EQ(chain.ProtocolChain.ChainEntries[1], 1001u);
  EXPECT_EQ((*all.choose(AF_INET, SOCK_DGRAM, 0, nullptr))->info.dwCatalogEntryId, 1002u) << "not over UDP";
  WSAPROTOCOL_INFOW own{};
  own.dwCatalogEntryId = *id;
  EXPECT_EQ(all.choose(0, 0, 0, &own).error(), Error::invalid_provider) << "a layer opens no sockets";
  own.dwCatalogEntryId = 4711;
  EXPECT_EQ(all.choose(0, 0, 0, &own).error(), Error::invalid);
  EXPECT_EQ(all.install_over(kSome, u"/lib/b.so", u"Other", 0, wanted).error(), Error::invalid) << "the id is taken";
  EXPECT_EQ(all.install_over(kOther, u"/lib/b.so", u"Counter", 0, wanted).error(), Error::invalid) << "so is the name";

  auto upper = all.install_over(kOther, u"/lib/b.so", u"Upper", 0, {wanted, 1});
  ASSERT_TRUE(upper.ok());
  const WSAPROTOCOLCHAIN& three = (*all.choose(AF_INET, SOCK_STREAM, 0, nullptr))->info.ProtocolChain;
  EXPECT_EQ(three.ChainLen, 3);
  EXPECT_EQ(three.ChainEntries[0], *upper);
  EXPECT_EQ(three.ChainEntries[1], *id);
  EXPECT_EQ(three.ChainEntries[2], 1001u);

  ASSERT_TRUE(all.deinstall(kSome).ok());
  EXPECT_EQ((*all.choose(AF_INET, SOCK_STREAM, 0, nullptr))->info.dwCatalogEntryId, 1001u)
      << "chains on a layer that is gone are gone too";
}

TEST(Catalog, FillsAChainToSevenAndNoFurther) {
  Catalog all;
  const WSAPROTOCOL_INFOW tcp = catalog()[0];
  for (int i = 0; i < 6; ++i) {
    GUID id = kSome;
    id.Data1 = static_cast<uint32_t>(i);
    const std::u16string name(1, static_cast<char16_t>(u'a' + i));
    ASSERT_TRUE(all.install_over(id, u"/lib/a.so", name, 0, {&tcp, 1}).ok()) << i;
  }
  EXPECT_EQ(all.install_over(kOther, u"/lib/a.so", u"seventh", 0, {&tcp, 1}).error(), Error::no_recovery);
}

TEST(Catalog, ReordersOnlyWhenEveryIdIsNamedOnce) {
  Catalog all;
  const DWORD swapped[] = {1003, 1001, 1002, 1004, 1005, 1006};
  ASSERT_TRUE(all.reorder(swapped).ok());
  EXPECT_EQ((*all.choose(0, SOCK_STREAM, IPPROTO_TCP, nullptr))->info.dwCatalogEntryId, 1003u);
  const DWORD twice[] = {1001, 1001, 1002, 1003, 1004, 1005};
  EXPECT_EQ(all.reorder(twice).error(), Error::invalid);
  EXPECT_EQ(all.reorder({swapped, 5}).error(), Error::invalid);
  const DWORD unknown[] = {1003, 1001, 1002, 1004, 1005, 7};
  EXPECT_EQ(all.reorder(unknown).error(), Error::invalid);
}

TEST(Catalog, UpdatesInPlace) {
  Catalog all;
  const WSAPROTOCOL_INFOW two[] = {layer_entry(), layer_entry()};
  ASSERT_TRUE(all.install(kSome, u"/lib/a.so", two).ok());
  ASSERT_TRUE(all.install(kOther, u"/lib/b.so", {two, 1}).ok());
  WSAPROTOCOL_INFOW three[] = {layer_entry(), layer_entry(), layer_entry()};
  three[0].dwMessageSize = 77;
  ASSERT_TRUE(all.update(kSome, u"/lib/new.so", three).ok());
  ASSERT_EQ(all.entries().size(), 10u);
  EXPECT_EQ(all.entries()[6].info.dwCatalogEntryId, kFirstInstalledId);
  EXPECT_EQ(all.entries()[6].info.dwMessageSize, 77u);
  EXPECT_EQ(all.entries()[9].path, u"/lib/new.so");
  ASSERT_TRUE(all.update(kSome, u"/lib/new.so", {three, 1}).ok());
  EXPECT_EQ(all.entries().size(), 8u);
  EXPECT_EQ(all.update({}, u"/lib/new.so", three).error(), Error::invalid);
  EXPECT_EQ(all.update(catalog()[0].ProviderId, u"/lib/new.so", three).error(), Error::no_recovery);
}

TEST(Catalog, PutsTheLayersOfAProcessOnTopOfEverything) {
  Catalog all;
  all.add_layers("trace,,fault");
  const CatalogEntry tcp = *all.find(1001);
  const WSAPROTOCOL_INFOW chain = *all.chain_of(tcp);
  EXPECT_EQ(chain.dwCatalogEntryId, 1001u) << "it is the same entry to programs";
  ASSERT_EQ(chain.ProtocolChain.ChainLen, 3);
  EXPECT_EQ(all.find(chain.ProtocolChain.ChainEntries[0])->path, u"trace");
  EXPECT_EQ(all.find(chain.ProtocolChain.ChainEntries[1])->path, u"fault");
  EXPECT_EQ(chain.ProtocolChain.ChainEntries[2], 1001u);
  all.add_layers("/a/b,/a/c,/a/d,/a/e");
  EXPECT_EQ(all.chain_of(tcp)->ProtocolChain.ChainLen, 7);
  all.add_layers("/a/f");
  EXPECT_EQ(all.chain_of(tcp).error(), Error::invalid_provider);
}

}  // namespace
}  // namespace inlet::provider::test
