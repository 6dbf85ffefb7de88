// Names and addresses of hosts, services and interfaces.
#include <netdb.h>

#include "server/host_lookup.h"
#include "server/host_text.h"
#include "server/text_list.h"
#include "support/inet_fixture.h"

namespace inlet::test {
namespace {

using namespace inlet::server;

TEST(HostText, IsNormalised) {
  const std::pair<const char*, const char*> rows[] = {
      {" WWW.Example.COM. ", "www.example.com"},
      {"[::1]", "::1"},
      {"2001:DB8:0:0::1", "2001:db8::1"},
      {"127.0.0.1", "127.0.0.1"},
      {"B\xc3\xbc\x63her.example", "xn--bcher-kva.example"},
      {"a_b-c", "a_b-c"},
  };
  for (const auto& [text, normal] : rows) EXPECT_EQ(normalized_host(text), normal) << text;
  for (const char* text : {"", "  ", ".", "a..b", ".a", "a b", "http://a", "a/b", "a:80", "\xff"})
    EXPECT_EQ(normalized_host(text), std::nullopt) << text;
  EXPECT_NE(normalized_host(std::string(63, 'a')), std::nullopt);
  EXPECT_EQ(normalized_host(std::string(64, 'a')), std::nullopt);
  std::string longest = std::string(63, 'a') + '.' + std::string(63, 'a') + '.' + std::string(63, 'a') + '.';
  EXPECT_NE(normalized_host(longest + std::string(61, 'a')), std::nullopt);
  EXPECT_EQ(normalized_host(longest + std::string(62, 'a')), std::nullopt);
}

TEST(HostText, MatchesMasks) {
  const auto matches = [](const char* text, const char* mask) { return matches_mask(text, mask); };
  EXPECT_TRUE(matches("www.example.com", "*.EXAMPLE.com"));
  EXPECT_FALSE(matches("example.com", "*.example.com"));
  EXPECT_TRUE(matches("192.168.1.20", "192.168.*"));
  EXPECT_TRUE(matches("a1.b", "a?.b"));
  EXPECT_FALSE(matches("a.b", "a?.b"));
  EXPECT_TRUE(matches("abcbcd", "*bcd"));
  EXPECT_TRUE(matches("x", "***"));
  EXPECT_TRUE(matches("", "*"));
  EXPECT_FALSE(matches("x", ""));
  EXPECT_FALSE(matches(std::string(5000, 'a').c_str(), "*a*a*a*a*a*a*a*b")) << "and quickly";
  EXPECT_EQ(masks_of(" a, b;;c\t"), (std::vector<std::string>{"a", "b", "c"}));
}

INTERNET_ADDRESS address(const char* text) {
  INTERNET_ADDRESS parsed{};
  EXPECT_EQ(InetGetAddress(text, INET_ADDRESS_UNKNOWN, &parsed), 0) << text;
  return parsed;
}

TEST(HostText, KnowsWhichAddressesTravel) {
  for (const char* text : {"8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.1", "223.255.255.255",
                           "2606:4700::1", "2001:4860::8888", "::ffff:8.8.8.8"})
    EXPECT_TRUE(is_public_address(address(text))) << text;
  for (const char* text : {"0.0.0.0",    "10.1.2.3",       "100.64.0.1",      "127.0.0.1",   "169.254.1.1",
                           "172.16.0.1", "172.31.255.255", "192.0.2.1",       "192.168.0.1", "198.18.0.1",
                           "198.19.0.1", "224.0.0.1",      "255.255.255.255", "203.0.113.5", "::",
                           "::1",        "fe80::1",        "fc00::1",         "ff02::1",     "2001:db8::1",
                           "2001::1",    "::ffff:10.0.0.1"})
    EXPECT_FALSE(is_public_address(address(text))) << text;
}

TEST(HostLookup, TellsHowTheNameServiceFailed) {
  EXPECT_EQ(error_of_getnameinfo(EAI_NONAME), Error::host_not_found);
  EXPECT_EQ(error_of_getnameinfo(EAI_AGAIN), Error::try_again);
  EXPECT_EQ(error_of_getnameinfo(EAI_FAIL), Error::no_recovery);
  EXPECT_EQ(error_of_getnameinfo(EAI_MEMORY), Error::not_enough_memory);
  EXPECT_EQ(error_of_gethostbyname(HOST_NOT_FOUND), Error::host_not_found);
  EXPECT_EQ(error_of_gethostbyname(NO_DATA), Error::host_not_found) << "it has no addresses, and no aliases either";
  EXPECT_EQ(error_of_gethostbyname(TRY_AGAIN), Error::try_again);
  EXPECT_EQ(error_of_gethostbyname(NO_RECOVERY), Error::no_recovery);
}

TEST(TextList, IsWrittenWholeOrNotAtAll) {
  char text[9];
  auto stored = put_list<char>({"one", "two"}, text, sizeof text);
  ASSERT_TRUE(stored);
  EXPECT_EQ(*stored, 2);
  EXPECT_EQ(std::string(text, 9), std::string("one\0two\0\0", 9));
  EXPECT_EQ(put_list<char>({"one", "two"}, text, 8).error(), Error::message_size);
  EXPECT_EQ(text[0], '\0');
  char16_t wide[3];
  EXPECT_TRUE(put_list<char16_t>({"\u20ac"}, wide, 3));
  EXPECT_EQ(std::u16string(wide, 3), std::u16string(u"\u20ac\0\0", 3));
  EXPECT_TRUE(put_list<char>({}, text, 1));
}

class Host : public InetTest {};

TEST_F(Host, AddressesAreFoundByFamily) {
  INTERNET_ADDRESS found{};
  char text[INET_ADDRESS_STRLEN];
  ASSERT_EQ(InetGetHostAddress("localhost", INET_ADDRESS_IPV4, &found), 0);
  InetFormatAddress(&found, text, sizeof text);
  EXPECT_STREQ(text, "127.0.0.1");
  EXPECT_EQ(InetGetHostAddress("[::1]", INET_ADDRESS_UNKNOWN, &found), 0);
  EXPECT_EQ(found.ipFamily, INET_ADDRESS_IPV6);
  EXPECT_EQ(InetGetHostAddress("::1", INET_ADDRESS_IPV4, &found), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_NO_ADDRESS);
  EXPECT_EQ(found.ipFamily, INET_ADDRESS_UNKNOWN);
  EXPECT_EQ(InetGetHostAddress("no-such-host.invalid", INET_ADDRESS_UNKNOWN, &found), INET_ERROR);
}

TEST_F(Host, NamesOfTheLoopbackAndOfThePeer) {
  INTERNET_ADDRESS loopback = address("127.0.0.1");
  char name[256], peer[256];
  ASSERT_GT(InetGetHostName(&loopback, name, sizeof name), 0) << InetGetLastError();
  EXPECT_EQ(InetGetHostName(&loopback, name, 2), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_SIZE);
  ASSERT_GT(InetGetHostName(&loopback, name, sizeof name), 0);
  Program program;
  program.start(port_);
  const SOCKET ours = InetConnect("127.0.0.1", port_, INET_PROTOCOL_TCP, 5, 0, nullptr);
  EXPECT_GT(InetGetPeerName(ours, peer, sizeof peer), 0);
  EXPECT_STREQ(peer, name);
  char16_t wide[256];
  EXPECT_EQ(InetGetPeerNameW(ours, wide, 256), static_cast<INT>(std::strlen(name)));
  EXPECT_GT(InetGetLocalName(name, sizeof name), 0);
}

TEST_F(Host, IsMatchedByNameAndByAddress) {
  EXPECT_TRUE(InetMatchHostName("www.example.com", "*.org, *.example.com", FALSE));
  EXPECT_FALSE(InetMatchHostName("localhost", "127.0.0.1", FALSE));
  EXPECT_EQ(InetGetLastError(), 0u);
  EXPECT_TRUE(InetMatchHostName("localhost", "127.0.0.1", TRUE));
  EXPECT_TRUE(InetMatchHostName("127.0.0.1", "192.168.*;localhost", TRUE));
  EXPECT_TRUE(InetMatchHostName("localhost", "127.*", TRUE));
  EXPECT_FALSE(InetMatchHostName("localhost", "10.*", TRUE));
  EXPECT_TRUE(InetMatchHostName("Example.COM.", "example.com", FALSE));
}

TEST_F(Host, TheExternalAddressIsPublicOrNotKnown) {
  INTERNET_ADDRESS found{};
  if (InetGetExternalAddress(INET_ADDRESS_UNKNOWN, &found) == 0)
    EXPECT_TRUE(InetIsAddressRoutable(&found));
  else
    EXPECT_EQ(InetGetLastError(), ST_ERROR_OPERATION_NOT_SUPPORTED);
}

TEST_F(Host, HardwareAddressesFitOrAreRefused) {
  char text[64];
  const INT length = InetGetPhysicalAddress(0, text, sizeof text);
  if (length == INET_ERROR) {
    EXPECT_EQ(InetGetLastError(), ST_ERROR_ADDRESS_UNAVAILABLE);
    return;
  }
  EXPECT_EQ(static_cast<size_t>(length), std::strlen(text));
  EXPECT_EQ(length % 3, 2) << text;
  EXPECT_EQ(InetGetPhysicalAddress(0, text, length), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_SIZE);
  EXPECT_STREQ(text, "");
}

TEST_F(Host, InterfacesHaveAddresses) {
  const INT count = InetEnumNetworkAddresses(INET_ADDRESS_UNKNOWN, nullptr, 0);
  ASSERT_GT(count, 0);
  std::vector<INTERNET_ADDRESS> list(static_cast<size_t>(count));
  EXPECT_EQ(InetEnumNetworkAddresses(INET_ADDRESS_UNKNOWN, list.data(), count), count);
  INTERNET_ADDRESS loopback = address("127.0.0.1");
  bool found = false;
  for (INTERNET_ADDRESS& each : list) found |= InetCompareAddress(&each, &loopback) != FALSE;
  EXPECT_TRUE(found);
  EXPECT_EQ(InetEnumNetworkAddresses(INET_ADDRESS_UNKNOWN, list.data(), count - 1), INET_ERROR);
  EXPECT_EQ(InetGetLastError(), ST_ERROR_INVALID_SIZE);
  INTERNET_ADDRESS own{};
  if (InetGetAdapterAddress(0, INET_ADDRESS_UNKNOWN, &own) == 0) {
    found = false;
    for (INTERNET_ADDRESS& each : list) found |= InetCompareAddress(&each, &own) != FALSE;
    EXPECT_TRUE(found);
  } else {
    EXPECT_EQ(InetGetLastError(), ST_ERROR_ADDRESS_UNAVAILABLE);
  }
}

}  // namespace
}  // namespace inlet::test
