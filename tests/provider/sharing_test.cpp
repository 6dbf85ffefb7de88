// The rules alone: who may be bound where somebody else is.
#include "provider/linux/sharing.h"

#include <gtest/gtest.h>
#include <ws2tcpip.h>

#include <cstring>
#include <string>

namespace inlet::provider::test {
namespace {

sys::Address v4(uint32_t host_order, uint16_t port = 80) {
  sys::Address address;
  address.size = sys::kSizeV4;
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(host_order);
  std::memcpy(address.bytes, &name, sizeof(name));
  return address;
}

// Of an address only the first four bytes and the last six are given, the rest is 0.
sys::Address v6(std::initializer_list<unsigned char> first, std::initializer_list<unsigned char> last,
                uint32_t scope = 0, uint16_t port = 80) {
  sys::Address address;
  address.size = sys::kSizeV6;
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(port);
  std::copy(first.begin(), first.end(), name.sin6_addr.s6_addr);
  std::copy(last.begin(), last.end(), name.sin6_addr.s6_addr + 16 - last.size());
  name.sin6_scope_id = scope;
  std::memcpy(address.bytes, &name, sizeof(name));
  return address;
}

const sys::Address kAny4 = v4(0);
const sys::Address kOne4 = v4(0x7f000001);
const sys::Address kTwo4 = v4(0x7f000002);
const sys::Address kAny6 = v6({}, {});
const sys::Address kOne6 = v6({}, {1});
const sys::Address kMapped = v6({}, {0xff, 0xff, 127, 0, 0, 1});
const sys::Address kMappedAny = v6({}, {0xff, 0xff, 0, 0, 0, 0});

Place place(const sys::Address& address, Sharing sharing = Sharing::by_default, bool dual = false, uint32_t user = 1) {
  return Place::of(address, false, dual, sharing, user);
}

std::string cell_of(Error error) {
  switch (error) {
    case Error::none: return "ok";
    case Error::address_in_use: return "INUSE";
    case Error::access_denied: return "ACCESS";
    default: return "?";
  }
}

// Rows: first; columns: second. Default, reuse, exclusive; of each wildcard, then specific (sheet 4.4).
using Table = const char* const[6][6];
constexpr Table kSameUser = {
    {"INUSE", "ok", "ACCESS", "ok", "INUSE", "ok"},
    {"ok", "INUSE", "ok", "ACCESS", "INUSE", "INUSE"},
    {"INUSE", "ok", "ok", "ok", "INUSE", "ok"},
    {"ok", "INUSE", "ok", "ok", "INUSE", "INUSE"},
    {"INUSE", "ACCESS", "ACCESS", "ACCESS", "INUSE", "ACCESS"},
    {"ok", "INUSE", "ok", "ACCESS", "INUSE", "INUSE"},
};
// Only the rows of wildcards differ.
constexpr Table kOtherUser = {
    {"INUSE", "ACCESS", "ACCESS", "ACCESS", "INUSE", "ACCESS"}, {"ok", "INUSE", "ok", "ACCESS", "INUSE", "INUSE"},
    {"INUSE", "ACCESS", "ok", "ok", "INUSE", "ACCESS"},         {"ok", "INUSE", "ok", "ok", "INUSE", "INUSE"},
    {"INUSE", "ACCESS", "ACCESS", "ACCESS", "INUSE", "ACCESS"}, {"ok", "INUSE", "ok", "ACCESS", "INUSE", "INUSE"},
};

void expect_table(const Table& table, uint32_t second_user) {
  for (bool is_v6 : {false, true})
    for (int first = 0; first < 6; ++first)
      for (int second = 0; second < 6; ++second) {
        auto made = [&](int index, uint32_t user) {
          const bool specific = index % 2 == 1;
          return place(is_v6 ? (specific ? kOne6 : kAny6) : (specific ? kOne4 : kAny4), static_cast<Sharing>(index / 2),
                       false, user);
        };
        EXPECT_EQ(cell_of(judge(made(first, 1), made(second, second_user))), table[first][second])
            << "IPv6 " << is_v6 << ", row " << first << ", column " << second;
      }
}

TEST(SharingRules, AreTheMatrixForOneUser) {
  expect_table(kSameUser, 1);
}

TEST(SharingRules, AreTheStricterMatrixBetweenUsers) {
  expect_table(kOtherUser, 2);
}

TEST(SharingRules, ConcernTheSamePortOfTheSameProtocolOnly) {
  const Place first = place(kOne4, Sharing::exclusive);
  EXPECT_EQ(judge(first, place(v4(0x7f000001, 81))), Error::none);
  EXPECT_EQ(judge(first, Place::of(kOne4, true, false, Sharing::by_default, 1)), Error::none);
  EXPECT_EQ(judge(first, place(kTwo4)), Error::none);
  EXPECT_FALSE(overlap(first, place(kTwo4)));
  EXPECT_EQ(judge(place(kAny6), place(kAny4)), Error::none) << "IPv6 alone";
  EXPECT_FALSE(overlap(place(kAny6), place(kAny4)));
}

TEST(SharingRules, TakeADualStackWildcardForTheLessSpecificOne) {
  const Place dual = place(kAny6, Sharing::by_default, true);
  EXPECT_EQ(judge(dual, place(kAny4)), Error::none);
  EXPECT_TRUE(overlap(dual, place(kAny4)));
  EXPECT_EQ(judge(place(kAny4), dual), Error::none);
  EXPECT_EQ(judge(place(kAny6, Sharing::exclusive, true), place(kAny4)), Error::access_denied);
  EXPECT_EQ(judge(place(kAny6, Sharing::exclusive, true), place(kOne4)), Error::access_denied);
  EXPECT_EQ(judge(dual, place(kAny6)), Error::address_in_use) << "they meet in IPv6";
  EXPECT_EQ(judge(dual, dual), Error::address_in_use);
  EXPECT_EQ(judge(dual, place(kOne6)), Error::none);
}

TEST(SharingRules, SeeTheAddressOfIPv4BehindAMappedOne) {
  const Place mapped = place(kMapped, Sharing::by_default, true);
  EXPECT_EQ(judge(mapped, place(kOne4)), Error::address_in_use);
  EXPECT_EQ(judge(mapped, place(kTwo4)), Error::none);
  EXPECT_EQ(judge(mapped, place(kAny4)), Error::none);
  EXPECT_FALSE(overlap(mapped, place(kAny6)));
  EXPECT_EQ(judge(place(kMappedAny, Sharing::by_default, true), place(kAny4)), Error::address_in_use);
}

TEST(SharingRules, TellLinksApart) {
  const sys::Address here = v6({0xfe, 0x80}, {1}, 1);
  const sys::Address there = v6({0xfe, 0x80}, {1}, 2);
  EXPECT_EQ(judge(place(here), place(there)), Error::none);
  EXPECT_EQ(judge(place(here), place(here)), Error::address_in_use);
  EXPECT_EQ(judge(place(v6({0x20, 1}, {1}, 1)), place(v6({0x20, 1}, {1}, 2))), Error::address_in_use)
      << "a global address has no scope";
}

TEST(SharingRules, KnowTwins) {
  EXPECT_EQ(kinship(place(kOne4), place(kOne4)), Kinship::twins);
  EXPECT_EQ(kinship(place(kMapped, Sharing::reuse, true), place(kOne4)), Kinship::twins);
  EXPECT_EQ(kinship(place(kAny4), place(kAny4)), Kinship::wildcard_twins);
  EXPECT_EQ(kinship(place(kAny6, Sharing::reuse, true), place(kAny6)), Kinship::wildcard_twins);
  EXPECT_EQ(kinship(place(kAny4), place(kOne4)), Kinship::strangers);
  EXPECT_EQ(kinship(place(kAny6, Sharing::reuse, true), place(kAny4)), Kinship::strangers);
}

}  // namespace
}  // namespace inlet::provider::test
