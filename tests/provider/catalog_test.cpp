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
  ASSERT_EQ(catalog().size(), 4u);
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

}  // namespace
}  // namespace inlet::provider::test
