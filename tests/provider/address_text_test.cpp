// Every row of the sheet's section 2.24 and of the observed facts it names, through the provider's table.
#include "provider/address_text.h"

#include "base/utf16.h"
#include "provider_fixture.h"

namespace inlet::provider::test {
namespace {

class AddressText : public ProviderTest {
 protected:
  // 0 or the error code.
  int to_text(const void* address, DWORD size, std::string* text, WSAPROTOCOL_INFOW* info = nullptr) {
    WCHAR buffer[80] = {};
    DWORD length = 80;
    int error = 0;
    auto* name = static_cast<sockaddr*>(const_cast<void*>(address));
    if (wsp.lpWSPAddressToString(name, size, info, buffer, &length, &error) != 0) return error;
    *text = to_utf8(buffer);
    EXPECT_EQ(length, text->size() + 1);
    return 0;
  }
  int from_text(std::string_view text, int family, void* address, INT* length, WSAPROTOCOL_INFOW* info = nullptr) {
    std::u16string wide = to_utf16(text);
    int error = 0;
    auto* name = static_cast<sockaddr*>(address);
    return wsp.lpWSPStringToAddress(wide.data(), family, info, name, length, &error) == 0 ? 0 : error;
  }
};

// --- address to text ----------------------------------------------------------------------------------------------

TEST_F(AddressText, WritesIpv4) {
  struct Row {
    ULONG address;
    u_short port;
    const char* text;
  };
  const Row rows[] = {{0, 0, "0.0.0.0"},
                      {0xffffffff, 0, "255.255.255.255"},
                      {0, 65535, "0.0.0.0:65535"},
                      {0xffffffff, 65535, "255.255.255.255:65535"},
                      {0x7f000001, 80, "127.0.0.1:80"}};
  for (const Row& row : rows) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(row.address);
    address.sin_port = htons(row.port);
    std::string text;
    EXPECT_EQ(to_text(&address, sizeof(address), &text), 0);
    EXPECT_EQ(text, row.text);
  }
}

TEST_F(AddressText, WritesIpv6) {
  struct Row {
    u_short groups[8];
    ULONG scope;
    u_short port;
    const char* text;
  };
  const Row rows[] = {{{0, 0, 0, 0, 0, 0, 0, 1}, 0, 0, "::1"},
                      {{0x20ab, 0, 0, 0, 0, 0, 0, 1}, 0, 0, "20ab::1"},
                      {{0x20ab, 0, 0, 0, 0, 0, 0, 0x2001}, 0, 33274, "[20ab::2001]:33274"},
                      {{0x20ab, 0, 0, 0, 0, 0, 0, 0x2001}, 0x1234, 33274, "[20ab::2001%4660]:33274"},
                      {{0x20ab, 0, 0, 0, 0, 0, 0, 0x2001}, 0x1234, 0, "20ab::2001%4660"},
                      {{0, 0, 0, 0, 0, 0, 0, 0}, 0, 0, "::"},
                      {{1, 2, 3, 4, 5, 6, 7, 8}, 0, 0, "1:2:3:4:5:6:7:8"},
                      {{1, 0, 3, 4, 5, 6, 7, 8}, 0, 0, "1:0:3:4:5:6:7:8"},
                      {{1, 0, 0, 4, 0, 0, 0, 8}, 0, 0, "1:0:0:4::8"},
                      {{1, 0, 0, 4, 5, 0, 0, 8}, 0, 0, "1::4:5:0:0:8"},
                      {{0x2030, 0xa4b1, 0, 0, 0, 0, 0, 0}, 0, 0, "2030:a4b1::"},
                      {{0, 0, 0, 0, 0, 0xfffe, 0xcc98, 0xbd74}, 0, 0, "::fffe:cc98:bd74"},
                      {{0, 0, 0, 0, 0, 0, 0xcc98, 0xbd74}, 0, 0, "::204.152.189.116"},
                      {{0, 0, 0, 0, 0, 0xffff, 0x7f00, 1}, 0, 0, "::ffff:127.0.0.1"},
                      {{0, 0, 0, 0, 0xffff, 0, 0x7f00, 1}, 0, 0, "::ffff:0:127.0.0.1"},
                      {{0xfe80, 0, 0, 0, 0, 0x5efe, 0x0a00, 1}, 2, 0, "fe80::5efe:10.0.0.1%2"}};
  for (const Row& row : rows) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    for (int i = 0; i < 8; ++i) address.sin6_addr.s6_words[i] = htons(row.groups[i]);
    address.sin6_port = htons(row.port);
    address.sin6_scope_id = row.scope;
    std::string text;
    EXPECT_EQ(to_text(&address, sizeof(address), &text), 0);
    EXPECT_EQ(text, row.text);
  }
}

TEST_F(AddressText, SaysHowMuchRoomTheTextNeeds) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  int error = 0;
  WCHAR buffer[8] = {u'x', 0};
  for (DWORD room : {0u, 1u, 7u}) {
    DWORD length = room;
    EXPECT_EQ(wsp.lpWSPAddressToString(reinterpret_cast<sockaddr*>(&address), sizeof(address), nullptr, buffer, &length,
                                       &error),
              SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
    EXPECT_EQ(length, 8u);
    EXPECT_EQ(buffer[0], u'x');
  }
  DWORD length = 8;
  EXPECT_EQ(wsp.lpWSPAddressToString(reinterpret_cast<sockaddr*>(&address), sizeof(address), nullptr, buffer, &length,
                                     &error),
            0);
  EXPECT_EQ(std::u16string(buffer), u"0.0.0.0");
}

TEST_F(AddressText, JudgesPointersBeforeValuesWhenItWrites) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  std::string text;
  DWORD length = 80;
  int error = 0;
  WCHAR buffer[80];
  auto code = [&](sockaddr* from, DWORD size, WSAPROTOCOL_INFOW* info, WCHAR* out, DWORD* room) {
    error = 0;
    EXPECT_EQ(wsp.lpWSPAddressToString(from, size, info, out, room, &error), SOCKET_ERROR);
    return error;
  };
  EXPECT_EQ(code(nullptr, sizeof(address), nullptr, buffer, &length), WSAEFAULT);
  EXPECT_EQ(code(name, sizeof(address), nullptr, buffer, nullptr), WSAEFAULT);
  EXPECT_EQ(code(name, sizeof(address) - 1, nullptr, buffer, &length), WSAEFAULT);
  EXPECT_EQ(code(name, 1, nullptr, buffer, &length), WSAEFAULT);
  EXPECT_EQ(code(name, sizeof(address), nullptr, nullptr, &length), WSAEFAULT);
  length = 80;
  WSAPROTOCOL_INFOW info{};
  info.iAddressFamily = AF_INET6;
  EXPECT_EQ(code(name, sizeof(address), &info, buffer, &length), WSAEINVAL);
  for (ADDRESS_FAMILY family : {AF_UNSPEC, AF_UNIX, 10, AF_IRDA}) {
    address.sin_family = family;
    EXPECT_EQ(code(name, sizeof(address), nullptr, buffer, &length), WSAEINVAL) << family;
  }
  address.sin_family = AF_INET6;
  EXPECT_EQ(code(name, sizeof(address), nullptr, buffer, &length), WSAEFAULT) << "28 bytes are needed";
}

// --- text to address ----------------------------------------------------------------------------------------------

struct RowV4 {
  const char* text;
  ULONG address;
  u_short port;
  int code;
};

const RowV4 kRowsV4[] = {
    {"", 0, 0, WSAEINVAL},
    {" ", 0, 0, WSAEINVAL},
    {"1.1.1.1", 0x01010101, 0, 0},
    {"0.0.0.0", 0, 0, 0},
    {"127.127.127.127:", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:0", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:123", 0x7f7f7f7f, 123, 0},
    {"127.127.127.127:65535", 0x7f7f7f7f, 65535, 0},
    {"127.127.127.127:65536", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:65537", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:4294967297", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127::1", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:+1", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:0xAbCd", 0x7f7f7f7f, 43981, 0},
    {"127.127.127.127:0XaBcD", 0x7f7f7f7f, 43981, 0},
    {"127.127.127.127:0x", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:0x10000", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:010", 0x7f7f7f7f, 8, 0},
    {"127.127.127.127:007", 0x7f7f7f7f, 7, 0},
    {"127.127.127.127:08", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:008", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:0a", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:0o10", 0x7f7f7f7f, 0, WSAEINVAL},
    {"127.127.127.127:0b10", 0x7f7f7f7f, 0, WSAEINVAL},
    {"255.255.255.255", 0xffffffff, 0, 0},
    {"255.255.255.255:123", 0xffffffff, 123, 0},
    {"255.255.255.256", 0, 0, WSAEINVAL},
    {"a", 0, 0, WSAEINVAL},
    {"1.1.1.0xaA", 0x010101aa, 0, 0},
    {"1.1.1.0XaA", 0x010101aa, 0, 0},
    {"1.1.1.0x", 0, 0, WSAEINVAL},
    {"1.1.1.0xff", 0x010101ff, 0, 0},
    {"1.1.1.0x100", 0, 0, WSAEINVAL},
    {"1.1.1.010", 0x01010108, 0, 0},
    {"1.1.1.00", 0x01010100, 0, 0},
    {"1.1.1.007", 0x01010107, 0, 0},
    {"1.1.1.08", 0, 0, WSAEINVAL},
    {"1.1.1.008", 0x01010100, 0, WSAEINVAL},
    {"1.1.1.0a", 0x01010100, 0, WSAEINVAL},
    {"1.1.1.0o10", 0x01010100, 0, WSAEINVAL},
    {"1.1.1.0b10", 0x01010100, 0, WSAEINVAL},
    {"1.1.1.-2", 0, 0, WSAEINVAL},
    {"1", 0x00000001, 0, 0},
    {"-1", 0, 0, WSAEINVAL},
    {"1:1", 0x00000001, 1, 0},
    {"1.2", 0x01000002, 0, 0},
    {"1.2:1", 0x01000002, 1, 0},
    {"1000.2000", 0, 0, WSAEINVAL},
    {"1.2.", 0, 0, WSAEINVAL},
    {"1..2", 0, 0, WSAEINVAL},
    {"1...2", 0, 0, WSAEINVAL},
    {"1.2.3", 0x01020003, 0, 0},
    {"1.2.3.", 0, 0, WSAEINVAL},
    {"1.2.3:1", 0x01020003, 1, 0},
    {"203569230", 0x0c22384e, 0, 0},
    {"203569230:123", 0x0c22384e, 123, 0},
    {"2001::1", 0x000007d1, 0, WSAEINVAL},
    {"1.223756", 0x01036a0c, 0, 0},
    {"3.4.756", 0x030402f4, 0, 0},
    {"756.3.4", 0, 0, WSAEINVAL},
    {"3.756.4", 0, 0, WSAEINVAL},
    {"3.4.756.1", 0, 0, WSAEINVAL},
    {"3.4.65536", 0, 0, WSAEINVAL},
    {"3.16777216", 0, 0, WSAEINVAL},
    {"3.16777215", 0x03ffffff, 0, 0},
    {"3.4.5.6.7", 0, 0, WSAEINVAL},
    {"3.4.5.+6", 0, 0, WSAEINVAL},
    {" 3.4.5.6", 0, 0, WSAEINVAL},
    {"\t3.4.5.6", 0, 0, WSAEINVAL},
    {"3.4.5.6 ", 0x03040506, 0, WSAEINVAL},
    {"3.4.5.6:7 ", 0x03040506, 0, WSAEINVAL},
    {"3.4.5.6: 7", 0x03040506, 0, WSAEINVAL},
    {"3. 4.5.6", 0, 0, WSAEINVAL},
    {".", 0, 0, WSAEINVAL},
    {"[0.1.2.3]", 0, 0, WSAEINVAL},
    {"0x00010203", 0x00010203, 0, 0},
    {"0X00010203", 0x00010203, 0, 0},
    {"0x00010203:10", 0x00010203, 10, 0},
    {"0x1234", 0x00001234, 0, 0},
    {"0x123456789", 0x23456789, 0, 0},
    {"0x00010Q03", 0x00000010, 0, WSAEINVAL},
    {"x00010203", 0, 0, WSAEINVAL},
    {"1234BEEF", 0x000004d2, 0, WSAEINVAL},
    {"017700000001", 0x7f000001, 0, 0},
    {"0777", 0x000001ff, 0, 0},
    {"0777:10", 0x000001ff, 10, 0},
    {"::1", 0, 0, WSAEINVAL},
    {":1", 0, 0, WSAEINVAL},
    {"1.2.3.\xc3\xbc", 0, 0, WSAEINVAL},
    {"1.2.3.4\xef\xbc\x95", 0x01020304, 0, WSAEINVAL},  // a wide digit is no digit
};

TEST_F(AddressText, ReadsIpv4) {
  for (const RowV4& row : kRowsV4) {
    SCOPED_TRACE(testing::Message() << '"' << row.text << '"');
    sockaddr_in address;
    std::memset(&address, 0xab, sizeof(address));
    INT length = sizeof(address) + 10;
    EXPECT_EQ(from_text(row.text, AF_INET, &address, &length), row.code);
    EXPECT_EQ(address.sin_family, row.code == 0 ? AF_INET : 0);
    EXPECT_EQ(ntohl(address.sin_addr.s_addr), row.address);
    EXPECT_EQ(ntohs(address.sin_port), row.port);
    EXPECT_EQ(length, static_cast<INT>(sizeof(address)) + (row.code == 0 ? 0 : 10));
  }
}

struct RowV6 {
  const char* text;
  const char* canonical;  // nullptr: refused
};

const RowV6 kRowsV6[] = {
    {"::1", "::1"},
    {"[::1]", "::1"},
    {"[::1]:65535", "[::1]:65535"},
    {"[::1]:0x10", "[::1]:16"},
    {"[::1]:010", "[::1]:8"},
    {"2001::1", "2001::1"},
    {"001::1", "1::1"},
    {"::", "::"},
    {"1::", "1::"},
    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
    {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
    {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
    {"::1.2.3.4", "::1.2.3.4"},
    {"1::001.2.3.4", "1::102:304"},
    {"FE80::ABCD%7", "fe80::abcd%7"},
    {"[fe80::1%4294967295]:80", "[fe80::1%4294967295]:80"},
    {"::0:0:0:0:0:0", "::"},
    {"", nullptr},
    {":", nullptr},
    {":::", nullptr},
    {":1", nullptr},
    {"1:", nullptr},
    {"1:2:3:", nullptr},
    {"1:2:3:4:5:6:7", nullptr},
    {"1:2:3:4:5:6:7:8:", nullptr},
    {"1:2:3:4:5:6:7:8:9", nullptr},
    {"1:2:3:4:5:6::7:8", nullptr},
    {"1::2::3", nullptr},
    {"12345::", nullptr},
    {"::01234", nullptr},
    {"::0x1", nullptr},
    {"::g", nullptr},
    {" ::1", nullptr},
    {"::1 ", nullptr},
    {"1.2.3.4", nullptr},
    {"1::1.2.3", nullptr},
    {"1::1.2.3.256", nullptr},
    {"1::0001.2.3.4", nullptr},
    {"1::1.2.3.4:5", nullptr},
    {"::1:2:3:4:5:6:7", nullptr},  // Windows takes "::" at the beginning for two groups
    {"::1]:65535", nullptr},
    {"::1]", nullptr},
    {"[::1", nullptr},
    {"[::1]:", nullptr},
    {"[::1]:0", nullptr},
    {"[::1]:65536", nullptr},
    {"[::1]80", nullptr},
    {"::1%", nullptr},
    {"::1%eth0", nullptr},
    {"::1%-1", nullptr},
    {"::1%4294967296", nullptr},
    {"[::1]%1", nullptr},
};

TEST_F(AddressText, ReadsIpv6) {
  for (const RowV6& row : kRowsV6) {
    SCOPED_TRACE(testing::Message() << '"' << row.text << '"');
    sockaddr_in6 address;
    std::memset(&address, 0xab, sizeof(address));
    INT length = sizeof(address) + 10;
    const int code = from_text(row.text, AF_INET6, &address, &length);
    EXPECT_EQ(code, row.canonical == nullptr ? WSAEINVAL : 0);
    EXPECT_EQ(address.sin6_family, row.canonical == nullptr ? 0 : AF_INET6);
    EXPECT_EQ(address.sin6_flowinfo, 0u);
    EXPECT_EQ(length, static_cast<INT>(sizeof(address)) + (row.canonical == nullptr ? 10 : 0));
    if (code != 0 || row.canonical == nullptr) continue;
    std::string text;
    EXPECT_EQ(to_text(&address, sizeof(address), &text), 0);
    EXPECT_EQ(text, row.canonical);
  }
}

TEST_F(AddressText, LeavesWhatItCouldReadOfAnIpv6Address) {
  struct Row {
    const char* text;
    u_short groups[8];
  };
  const Row rows[] = {{"::1]:65535", {0, 0, 0, 0, 0, 0, 0, 1}},
                      {"::1:2:3:4:5:6:7", {0, 0, 1, 2, 3, 4, 5, 6}},
                      {"1:2:3:", {1, 2, 3, 0, 0, 0, 0, 0}},
                      {"", {0, 0, 0, 0, 0, 0, 0, 0}}};
  for (const Row& row : rows) {
    sockaddr_in6 address;
    std::memset(&address, 0xab, sizeof(address));
    INT length = sizeof(address);
    EXPECT_EQ(from_text(row.text, AF_INET6, &address, &length), WSAEINVAL);
    for (int i = 0; i < 8; ++i) EXPECT_EQ(ntohs(address.sin6_addr.s6_words[i]), row.groups[i]) << row.text << i;
  }
}

TEST_F(AddressText, SaysHowMuchRoomTheAddressNeeds) {
  sockaddr_in6 address{};
  for (const auto& [family, size] : {std::pair{AF_INET, 16}, std::pair{AF_INET6, 28}}) {
    for (INT room : {-1, 0, size - 1}) {
      INT length = room;
      // The length is judged before the text.
      EXPECT_EQ(from_text("", family, &address, &length), WSAEFAULT) << family;
      EXPECT_EQ(length, size);
    }
    INT length = size;
    EXPECT_EQ(from_text("1", family, nullptr, &length), WSAEFAULT);
    EXPECT_EQ(from_text("1", family, &address, nullptr), WSAEFAULT);
    int error = 0;
    EXPECT_EQ(
        wsp.lpWSPStringToAddress(nullptr, family, nullptr, reinterpret_cast<sockaddr*>(&address), &length, &error),
        SOCKET_ERROR);
    EXPECT_EQ(error, WSAEFAULT);
  }
}

TEST_F(AddressText, RefusesOtherFamiliesWhenItReads) {
  sockaddr_in6 address{};
  INT length = sizeof(address);
  for (int family : {AF_UNSPEC, AF_UNIX, 10, AF_IRDA, -1})
    EXPECT_EQ(from_text("1.2.3.4", family, &address, &length), WSAEINVAL) << family;
  WSAPROTOCOL_INFOW info{};
  info.iAddressFamily = AF_INET;
  EXPECT_EQ(from_text("1.2.3.4", AF_INET, &address, &length, &info), 0);
  length = sizeof(address);
  EXPECT_EQ(from_text("::1", AF_INET6, &address, &length, &info), WSAEINVAL);
}

TEST(StrictIpv4, HasFourDecimalParts) {
  EXPECT_EQ(parse_strict_v4("1.2.3.4"), 0x01020304u);
  EXPECT_EQ(parse_strict_v4("0.0.0.0"), 0u);
  EXPECT_EQ(parse_strict_v4("255.255.255.255"), 0xffffffffu);
  for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1.2.3.04", "1.2.3.00", "1.2.3.256",
                           "1.2.3.0x4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4", "1.2.3.1000", "1.2.3.4:5"})
    EXPECT_EQ(parse_strict_v4(text), std::nullopt) << text;
}

}  // namespace
}  // namespace inlet::provider::test
