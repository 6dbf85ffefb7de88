// Sheet 5.4: the tables are those observed on Windows.
#include <gtest/gtest.h>
#include <mstcpip.h>
#include <ws2tcpip.h>

#include <cstring>
#include <string>
#include <thread>

#include "base/utf16.h"
#include "winsock_fixture.h"

namespace inlet::winsock::test {
namespace {

// None of these calls needs a WSAStartup, so there is no fixture.

TEST(InetAddr, ReadsTheClassicForms) {
  struct Row {
    const char* text;
    ULONG address;  // host order
  };
  const Row rows[] = {{"1.2.3.4", 0x01020304},
                      {"0.0.0.0", 0},
                      {"127.127.127.255", 0x7f7f7fff},
                      {"1", 0x00000001},
                      {"1.2", 0x01000002},
                      {"1.2.3", 0x01020003},
                      {"203569230", 0x0c22384e},
                      {"0x00010203", 0x00010203},
                      {"0x2134", 0x00002134},
                      {"017700000001", 0x7f000001},
                      {"0777", 0x000001ff},
                      {"1.2.3.0xaA", 0x010203aa},
                      {"1.2.3.010", 0x01020308},
                      {"1.2.3.00", 0x01020300},
                      // A blank ends the address, whatever follows it.
                      {"3.4.5.6 ", 0x03040506},
                      {"3.4.5.6  7", 0x03040506},
                      {"1 2 3 4", 0x00000001},
                      {"1.2.3 .4", 0x01020003},
                      {"1.2.3 \xfe\xff", 0x01020003},
                      {"3 .4.5.6", 0x00000003},
                      {"0xa1a2b3b4 ", 0xa1a2b3b4},
                      {" ", 0}};
  for (const Row& row : rows) {
    WSASetLastError(kUntouched);
    EXPECT_EQ(ntohl(inet_addr(row.text)), row.address) << row.text;
    EXPECT_EQ(WSAGetLastError(), kUntouched);
  }
}

TEST(InetAddr, AnswersNoneForAnythingElseAndLeavesTheErrorAlone) {
  for (const char* text : {"",
                           "  ",
                           "\t",
                           " 0",
                           " 3.4.5.6",
                           "\t3.4.5.6",
                           "1.2.3. 4",
                           "3. 4.5.6",
                           "3.4.5.6.7",
                           "3.4.5.6. 7",
                           ".1.2.3",
                           ".",
                           "127.127.127.255:123",
                           "127.127.127.256",
                           "a",
                           "1.1.1.0x",
                           "1.2.3.0a",
                           "1.1.1.0o10",
                           "1.1.1.0b10",
                           "1.1.1.-2",
                           "[0.1.2.3]",
                           "1234BEEF",
                           "2607:f0d0:1002:51::4",
                           "::177.32.45.20",
                           "::1/128",
                           "::1",
                           ":1"}) {
    WSASetLastError(kUntouched);
    EXPECT_EQ(inet_addr(text), INADDR_NONE) << text;
    EXPECT_EQ(WSAGetLastError(), kUntouched) << text;
  }
  EXPECT_EQ(inet_addr(nullptr), INADDR_NONE);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
}

TEST(InetAddr, TakesOnlyBlanksForAnEnd) {
  std::string text = "1.2.3?";
  for (int c = 1; c < 256; ++c) {
    if (c >= '0' && c <= '9') continue;
    text.back() = static_cast<char>(c);
    const bool blank = c == ' ' || (c >= 9 && c <= 13);
    EXPECT_EQ(ntohl(inet_addr(text.c_str())), blank ? 0x01020003u : 0xffffffffu) << c;
  }
}

TEST(InetNtoa, HasABufferForEachThread) {
  in_addr address{};
  address.s_addr = htonl(0x01020304);
  const char* mine = inet_ntoa(address);
  EXPECT_STREQ(mine, "1.2.3.4");
  std::thread([] {
    in_addr other{};
    other.s_addr = htonl(0xffffffff);
    EXPECT_STREQ(inet_ntoa(other), "255.255.255.255");
  }).join();
  EXPECT_STREQ(mine, "1.2.3.4");
}

struct Reading {
  const char* text;
  bool valid;
};

const Reading kTextsV4[] = {
    {"1.1.1.1", true},
    {"0.0.0.0", true},
    {"127.127.127.255", true},
    {"127.127.127.255:123", false},
    {"", false},
    {" ", false},
    {"127.127.127.256", false},
    {"a", false},
    {"1.1.1.0xaA", false},
    {"1.1.1.0x", false},
    {"1.1.1.010", false},
    {"1.1.1.00", false},
    {"1.1.1.0a", false},
    {"1.1.1.0o10", false},
    {"1.1.1.-2", false},
    {"1", false},
    {"1.2", false},
    {"1.2.3", false},
    {"203569230", false},
    {"3.4.5.6.7", false},
    {" 3.4.5.6", false},
    {"\t3.4.5.6", false},
    {"3.4.5.6 ", false},
    {"3. 4.5.6", false},
    {"[0.1.2.3]", false},
    {"0x00010203", false},
    {"1234BEEF", false},
    {"017700000001", false},
    {"0777", false},
    {"::1", false},
    {":1", false},
};

// Windows' own texts; those with a "::" at the beginning and seven groups are refused there by mistake.
const Reading kTextsV6[] = {
    {"0000:0000:0000:0000:0000:0000:0000:0001", true},
    {"0:0:0:0:0:0:0:0", true},
    {"0:0:0:0:0:0:0::", true},
    {"0:0:0:0:0:0:13.1.68.3", true},
    {"0:0:0:0:0:0::", true},
    {"0:0:0:0:0:FFFF:129.144.52.38", true},
    {"0::", true},
    {"0:a:b:c:d:e:f::", true},
    {"1111:2222:3333:4444:5555:6666:123.123.123.123", true},
    {"1111:2222:3333:4444:0x5555:6666:7777:8888", false},
    {"1111:2222:3333:4444:x555:6666:7777:8888", false},
    {"1111:2222:3333:4444:5555:6666:7777::", true},
    {"1111:2222:3333:4444:5555:6666::8888", true},
    {"1111:2222:3333:4444:5555:6666::7777:8888", false},
    {"1111:2222:3333:4444:5555:6666:7777::8888", false},
    {"1111:2222:3333:4444:5555::123.123.123.123", true},
    {"1111:2222:3333:4444:5555::0x1.123.123.123", false},
    {"1111:2222:3333:4444:5555::0x88", false},
    {"1111:2222:3333:4444:5555::08888", false},
    {"1111:2222:3333:4444:5555:6666:7777:fffff:", false},
    {"1111:2222:3333:4444:5555::7777:8888", true},
    {"1111::", true},
    {"1111::3333:4444:5555:6666:123.123.123.123", true},
    {"1111::3333:4444:5555:6666:7777:8888", true},
    {"1111::8888", true},
    {"2001:0000:1234:0000:0000:C1C0:ABCD:0876", true},
    {"2001::CE49:7601:2CAD:DFFF:7C94:FFFE", true},
    {"::", true},
    {"::%16", false},
    {"::/16", false},
    {"::01234", false},
    {"::0", true},
    {"::0:0:0:0:0:0", true},
    {"::0:0:0:0:0:0:0", false},
    {"::0:a:b:c:d:e:f", false},
    {"::123.123.123.123", true},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"':10.0.0.1", false},
    {"-1", false},
    {"02001:0000:1234:0000:0000:C1C0:ABCD:0876", false},
    {"2001:0000::01234.0", false},
    {"2001:0::b.0", false},
    {"1.2.3.4", false},
    {"1.2.3.4:1111::5555", false},
    {"11112222:3333:4444:5555:6666:1.2.3.4", false},
    {"1111", false},
    {"1111:2222:", false},
    {"1111:2222:1.2.3.4", false},
    {"1111:2222:3333:4444:5555:6666::1.2.3.4", false},
    {"1111:2222:3333:4444:5555:6666:7777:1.2.3.4", false},
    {"1111:2222:3333:4444:5555:6666:7777:8888:", false},
    {"1111:2222:3333:4444:5555:6666:7777:8888:1.2.3.4", false},
    {"1111:2222:3333:4444:5555:6666:7777:8888:9999", false},
    {"1111:2222:::", false},
    {"1111::5555:", false},
    {"1111::3333:4444:5555:6666:7777::", false},
    {"1111::3333::5555:6666:1.2.3.4", false},
    {"12345::6:7:8", false},
    {"1::001.2.3.4", true},
    {"1::1.002.3.4", true},
    {"1::0001.2.3.4", false},
    {"1::1.2.256.4", false},
    {"1::1.2.18446744073709551616.4", false},
    {"1::1.2.3.300.", false},
    {"1::1.2::1", false},
    {"1::1.2.3.4::1", false},
    {"1::1.", false},
    {"1::1.2.3", false},
    {"1::1.2.3.", false},
    {"1::1.2.3.4", true},
    {"1::1.256:3.4", false},
    {"1::1a.2.3.4", false},
    {"1::2::3", false},
    {"2001:0000:1234: 0000:0000:C1C0:ABCD:0876", false},
    {"2001:0000:1234:0000:0000:C1C0:ABCD:0876  0", false},
    {":", false},
    {":1111::", false},
    {"::-1", false},
    {"::12345678", false},
    {"::0x1234567890abcdef0", false},
    {"::.", false},
    {"XXXX:XXXX:XXXX:XXXX:XXXX:XXXX:1.2.3.4", false},
    {"[::]", false},
};

void expect_reading(int family, const Reading& row) {
  SCOPED_TRACE(testing::Message() << '"' << row.text << '"');
  unsigned char narrow[16] = {};
  unsigned char wide[16] = {};
  WSASetLastError(kUntouched);
  EXPECT_EQ(inet_pton(family, row.text, narrow), row.valid ? 1 : 0);
  EXPECT_EQ(WSAGetLastError(), kUntouched) << "the narrow form says nothing about text";
  EXPECT_EQ(InetPtonW(family, to_utf16(row.text).c_str(), wide), row.valid ? 1 : 0);
  EXPECT_EQ(WSAGetLastError(), row.valid ? kUntouched : WSAEINVAL);
  if (row.valid) {
    EXPECT_EQ(std::memcmp(narrow, wide, sizeof(wide)), 0);
  }
}

TEST(AddressFromText, JudgesIpv4AsWindowsDoes) {
  for (const Reading& row : kTextsV4) expect_reading(AF_INET, row);
}

TEST(AddressFromText, JudgesIpv6AsWindowsDoes) {
  for (const Reading& row : kTextsV6) expect_reading(AF_INET6, row);
}

TEST(AddressFromText, WritesNetworkOrder) {
  unsigned char bytes[16] = {};
  EXPECT_EQ(inet_pton(AF_INET, "1.2.3.4", bytes), 1);
  EXPECT_EQ(std::memcmp(bytes, "\1\2\3\4", 4), 0);
  EXPECT_EQ(inet_pton(AF_INET6, "2001:db8::ff00:42:1.2.3.4", bytes), 1);
  EXPECT_EQ(std::memcmp(bytes, "\x20\x01\x0d\xb8\0\0\0\0\xff\0\0\x42\1\2\3\4", 16), 0);
}

TEST(AddressFromText, JudgesPointersBeforeTheFamily) {
  unsigned char bytes[16];
  auto code = [](int result) { return result == -1 ? WSAGetLastError() : result; };
  for (int family : {AF_UNSPEC, AF_INET, AF_INET6}) {
    EXPECT_EQ(code(inet_pton(family, nullptr, bytes)), WSAEFAULT);
    EXPECT_EQ(code(InetPtonW(family, nullptr, bytes)), WSAEFAULT);
    EXPECT_EQ(code(inet_pton(family, "1.2.3.4", nullptr)), WSAEFAULT);
  }
  for (int family : {AF_UNSPEC, AF_UNIX, 10}) {
    EXPECT_EQ(code(inet_pton(family, "127.0.0.1", bytes)), WSAEAFNOSUPPORT);
    EXPECT_EQ(code(InetPtonW(family, u"::1", bytes)), WSAEAFNOSUPPORT);
  }
}

TEST(AddressToText, WritesBothFormsOfText) {
  struct Row {
    int family;
    unsigned char bytes[16];
    const char* text;
  };
  const Row rows[] = {
      {AF_INET, {0}, "0.0.0.0"},
      {AF_INET, {21, 16, 32, 32}, "21.16.32.32"},
      {AF_INET6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0xcc, 0x98, 0xbd, 0x74}, "::fffe:cc98:bd74"},
      {AF_INET6, {0x20, 0x30, 0xa4, 0xb1}, "2030:a4b1::"},
      {AF_INET6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xcc, 0x98, 0xbd, 0x74}, "::204.152.189.116"},
      {AF_INET6, {0}, "::"}};
  for (const Row& row : rows) {
    char narrow[INET6_ADDRSTRLEN];
    WCHAR wide[INET6_ADDRSTRLEN];
    WSASetLastError(kUntouched);
    EXPECT_EQ(inet_ntop(row.family, row.bytes, narrow, sizeof(narrow)), narrow);
    EXPECT_STREQ(narrow, row.text);
    EXPECT_EQ(InetNtopW(row.family, row.bytes, wide, INET6_ADDRSTRLEN), wide);
    EXPECT_EQ(to_utf8(wide), row.text);
    EXPECT_EQ(WSAGetLastError(), kUntouched);
  }
}

TEST(AddressToText, NeedsRoomForTheNul) {
  const unsigned char bytes[16] = {21, 16, 32, 32};
  char text[16] = "x";
  for (size_t size : {0, 1, 6, 11}) {
    WSASetLastError(0);
    EXPECT_EQ(inet_ntop(AF_INET, bytes, text, size), nullptr) << size;
    EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
    EXPECT_STREQ(text, "x");
  }
  EXPECT_EQ(inet_ntop(AF_INET, bytes, text, 12), text);
}

TEST(AddressToText, JudgesTheFamilyFirst) {
  const unsigned char bytes[16] = {};
  char text[64];
  auto code = [](const void* result) { return result == nullptr ? WSAGetLastError() : 0; };
  EXPECT_EQ(code(inet_ntop(AF_UNIX, bytes, text, sizeof(text))), WSAEAFNOSUPPORT);
  EXPECT_EQ(code(inet_ntop(10, nullptr, nullptr, 0)), WSAEAFNOSUPPORT);
  EXPECT_EQ(code(inet_ntop(AF_INET, bytes, nullptr, sizeof(text))), WSAEINVAL);
  EXPECT_EQ(code(inet_ntop(AF_INET6, nullptr, text, sizeof(text))), WSAEFAULT);
  EXPECT_EQ(code(InetNtopW(AF_INET6, bytes, nullptr, 64)), WSAEINVAL);
}

TEST(KindsOfAddresses, HaveAWildcardAndALoopback) {
  for (ADDRESS_FAMILY family : {AF_INET, AF_INET6}) {
    SOCKADDR_INET address;
    std::memset(&address, 0xab, sizeof(address));
    address.si_family = family;
    auto* name = reinterpret_cast<SOCKADDR*>(&address);
    EXPECT_FALSE(INETADDR_ISANY(name) || INETADDR_ISLOOPBACK(name));
    INETADDR_SETANY(name);
    EXPECT_TRUE(INETADDR_ISANY(name) && !INETADDR_ISLOOPBACK(name));
    INETADDR_SETLOOPBACK(name);
    EXPECT_TRUE(INETADDR_ISLOOPBACK(name) && !INETADDR_ISANY(name));
    EXPECT_EQ(address.si_family, family);
    EXPECT_EQ(address.Ipv4.sin_port, 0);
  }
  EXPECT_EQ(INET_SOCKADDR_LENGTH(AF_UNIX), 0u);
}

TEST(KindsOfAddresses, AreToldApart) {
  auto address = [](const char* text) {
    IN6_ADDR result{};
    EXPECT_EQ(inet_pton(AF_INET6, text, &result), 1) << text;
    return result;
  };
  struct Row {
    const char* text;
    int (*is)(const IN6_ADDR*);
  };
  const Row rows[] = {{"::", IN6_IS_ADDR_UNSPECIFIED},     {"::1", IN6_IS_ADDR_LOOPBACK},
                      {"ff02::1", IN6_IS_ADDR_MULTICAST},  {"fe80::1", IN6_IS_ADDR_LINKLOCAL},
                      {"fec0::1", IN6_IS_ADDR_SITELOCAL},  {"::ffff:1.2.3.4", IN6_IS_ADDR_V4MAPPED},
                      {"::1.2.3.4", IN6_IS_ADDR_V4COMPAT}, {"2001:db8::1", IN6_IS_ADDR_GLOBAL}};
  for (const Row& row : rows) {
    for (const Row& other : rows) {
      const IN6_ADDR value = address(other.text);
      const bool same = &row == &other;
      EXPECT_EQ(row.is(&value) != 0, same) << row.text << ' ' << other.text;
    }
  }
  const IN6_ADDR scoped = address("ff05::1");
  EXPECT_TRUE(IN6_IS_ADDR_MC_SITELOCAL(&scoped));
  EXPECT_FALSE(IN6_IS_ADDR_MC_LINKLOCAL(&scoped));
}

}  // namespace
}  // namespace inlet::winsock::test
