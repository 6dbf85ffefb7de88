// WSAAddressToString, WSAStringToAddress and the byte order of a socket, over the provider. The grammar has its table in
// tests/provider/address_text_test.cpp.
#include <gtest/gtest.h>
#include <ws2tcpip.h>

#include <cstring>
#include <string>

#include "base/utf16.h"
#include "winsock/startup.h"
#include "winsock_fixture.h"

namespace inlet::winsock::test {
namespace {

class AddressStrings : public WinsockTest {};

TEST_F(AddressStrings, GoBothWaysInBothForms) {
  for (const char* text : {"0.0.0.0", "255.255.255.255:65535", "127.0.0.1:80"}) {
    sockaddr_in address{};
    INT size = sizeof(address) + 4;
    std::string in = text;
    ASSERT_EQ(WSAStringToAddressA(in.data(), AF_INET, nullptr, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(size, 16);
    EXPECT_EQ(WSAGetLastError(), 0);
    char out[64];
    DWORD length = sizeof(out);
    ASSERT_EQ(WSAAddressToStringA(reinterpret_cast<sockaddr*>(&address), sizeof(address), nullptr, out, &length), 0);
    EXPECT_STREQ(out, text);
    EXPECT_EQ(length, std::strlen(text) + 1);
  }
  for (const char* text : {"::", "fe80::1%2", "[fe80::1%2]:80"}) {
    sockaddr_in6 address{};
    INT size = sizeof(address);
    std::u16string in = to_utf16(text);
    ASSERT_EQ(WSAStringToAddressW(in.data(), AF_INET6, nullptr, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(size, 28);
    WCHAR out[64];
    DWORD length = 64;
    ASSERT_EQ(WSAAddressToStringW(reinterpret_cast<sockaddr*>(&address), sizeof(address), nullptr, out, &length), 0);
    EXPECT_EQ(to_utf8(out), text);
    EXPECT_EQ(length, std::strlen(text) + 1);
  }
}

TEST_F(AddressStrings, SayHowMuchRoomIsNeeded) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  char narrow[8] = "x";
  WCHAR wide[8] = u"x";
  auto code = [](int result) { return result == SOCKET_ERROR ? WSAGetLastError() : 0; };
  for (DWORD room : {0u, 7u}) {
    DWORD length = room;
    EXPECT_EQ(code(WSAAddressToStringA(name, sizeof(address), nullptr, narrow, &length)), WSAEFAULT);
    EXPECT_EQ(length, 8u);
    length = room;
    EXPECT_EQ(code(WSAAddressToStringW(name, sizeof(address), nullptr, wide, &length)), WSAEFAULT);
    EXPECT_EQ(length, 8u);
  }
  EXPECT_STREQ(narrow, "x");
  DWORD length = 0;
  EXPECT_EQ(code(WSAAddressToStringW(name, sizeof(address), nullptr, nullptr, &length)), WSAEFAULT);
  EXPECT_EQ(length, 8u);
  length = 100;
  EXPECT_EQ(code(WSAAddressToStringA(name, sizeof(address), nullptr, nullptr, &length)), WSAEFAULT);
  EXPECT_EQ(length, 8u);
  EXPECT_EQ(code(WSAAddressToStringA(name, sizeof(address), nullptr, narrow, &length)), 0);
  EXPECT_EQ(code(WSAAddressToStringA(name, sizeof(address), nullptr, narrow, nullptr)), WSAEFAULT);
  EXPECT_EQ(code(WSAAddressToStringA(nullptr, sizeof(address), nullptr, narrow, &length)), WSAEFAULT);
  INT size = 0;
  char text[] = "";
  EXPECT_EQ(code(WSAStringToAddressA(text, AF_INET, nullptr, name, &size)), WSAEFAULT);
  EXPECT_EQ(size, 16);
  EXPECT_EQ(code(WSAStringToAddressA(nullptr, AF_INET, nullptr, name, &size)), WSAEINVAL);
}

TEST_F(AddressStrings, RefuseWhatIsNoAddress) {
  auto code = [](int result) { return result == SOCKET_ERROR ? WSAGetLastError() : 0; };
  sockaddr_in address{};
  INT size = sizeof(address);
  for (std::string text : {"1.2.3.4 ", "localhost", "\xff", "1.2.3.4:0"}) {
    EXPECT_EQ(code(WSAStringToAddressA(text.data(), AF_INET, nullptr, reinterpret_cast<sockaddr*>(&address), &size)),
              WSAEINVAL);
    EXPECT_EQ(address.sin_family, 0);
  }
  char out[64];
  DWORD length = sizeof(out);
  EXPECT_EQ(code(WSAAddressToStringA(reinterpret_cast<sockaddr*>(&address), sizeof(address), nullptr, out, &length)),
            WSAEINVAL);
  std::string text = "1.2.3.4";
  EXPECT_EQ(code(WSAStringToAddressA(text.data(), 10, nullptr, reinterpret_cast<sockaddr*>(&address), &size)),
            WSAEINVAL);
}

TEST_F(AddressStrings, HandTheCatalogEntryOn) {
  WSAPROTOCOL_INFOA info{};
  std::memset(info.szProtocol, 'n', sizeof(info.szProtocol));  // without a NUL
  info.iAddressFamily = AF_INET6;
  sockaddr_in address{};
  INT size = sizeof(address);
  std::string text = "1.2.3.4";
  EXPECT_EQ(WSAStringToAddressA(text.data(), AF_INET, &info, reinterpret_cast<sockaddr*>(&address), &size),
            SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL) << "an IPv6 protocol cannot convert an IPv4 address";
  info.iAddressFamily = AF_INET;
  EXPECT_EQ(WSAStringToAddressA(text.data(), AF_INET, &info, reinterpret_cast<sockaddr*>(&address), &size), 0);
}

TEST_F(AddressStrings, ByteOrderIsTheNetworks) {
  const SOCKET s = socket(AF_INET6, SOCK_DGRAM, 0);
  ASSERT_NE(s, INVALID_SOCKET);
  u_long number = 0;
  u_short half = 0;
  EXPECT_EQ(WSAHtonl(s, 0x01020304, &number), 0);
  EXPECT_EQ(number, htonl(0x01020304));
  EXPECT_EQ(WSANtohl(s, htonl(0x01020304), &number), 0);
  EXPECT_EQ(number, 0x01020304u);
  EXPECT_EQ(WSAHtons(s, 0x0102, &half), 0);
  EXPECT_EQ(half, htons(0x0102));
  EXPECT_EQ(WSANtohs(s, htons(0x0102), &half), 0);
  EXPECT_EQ(half, 0x0102);
  EXPECT_EQ(WSAHtonl(s, 1, nullptr), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
  EXPECT_EQ(closesocket(s), 0);
  EXPECT_EQ(WSAHtons(s, 1, nullptr), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK) << "the handle is judged before the pointer";
}

TEST(AddressStringsBeforeStartup, SaySo) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  DWORD length = 0;
  INT size = 0;
  u_long number = 0;
  EXPECT_EQ(WSAAddressToStringA(reinterpret_cast<sockaddr*>(&address), 16, nullptr, nullptr, &length), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
  EXPECT_EQ(WSAStringToAddressW(nullptr, AF_INET, nullptr, nullptr, &size), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
  EXPECT_EQ(WSAHtonl(1, 1, &number), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
}

}  // namespace
}  // namespace inlet::winsock::test
