// Sheet 5.3, getnameinfo and gethostname with their W forms.
#include <gtest/gtest.h>
#include <ws2tcpip.h>

#include <cstring>
#include <string>

#include "base/utf16.h"
#include "winsock_fixture.h"

namespace inlet::winsock::test {
namespace {

SOCKADDR_INET address_of(const char* text, int family, u_short port) {
  SOCKADDR_INET name{};
  name.si_family = static_cast<ADDRESS_FAMILY>(family);
  name.Ipv4.sin_port = htons(port);
  void* const to = family == AF_INET6 ? static_cast<void*>(&name.Ipv6.sin6_addr) : &name.Ipv4.sin_addr;
  EXPECT_EQ(inet_pton(family, text, to), 1);
  return name;
}

class NameInfo : public WinsockTest {
 protected:
  // Asks both forms, which must agree.
  int ask(const SOCKADDR_INET& name, int flags, int size = sizeof(SOCKADDR_INET)) {
    char node_a[NI_MAXHOST] = "";
    char service_a[NI_MAXSERV] = "";
    WCHAR node_w[NI_MAXHOST] = u"";
    WCHAR service_w[NI_MAXSERV] = u"";
    const auto* given = reinterpret_cast<const sockaddr*>(&name);
    WSASetLastError(kUntouched);
    const int code = getnameinfo(given, size, node_a, NI_MAXHOST, service_a, NI_MAXSERV, flags);
    EXPECT_EQ(WSAGetLastError(), code);
    EXPECT_EQ(GetNameInfoW(given, size, node_w, NI_MAXHOST, service_w, NI_MAXSERV, flags), code);
    EXPECT_EQ(to_utf8(node_w), node_a);
    EXPECT_EQ(to_utf8(service_w), service_a);
    node = node_a;
    service = service_a;
    return code;
  }

  std::string node;
  std::string service;
};

constexpr int kNumeric = NI_NUMERICHOST | NI_NUMERICSERV;

TEST_F(NameInfo, WritesNumbers) {
  EXPECT_EQ(ask(address_of("127.0.0.1", AF_INET, 80), kNumeric, sizeof(sockaddr_in)), 0);
  EXPECT_EQ(node, "127.0.0.1");
  EXPECT_EQ(service, "80");
  auto name = address_of("fe80::1", AF_INET6, 0);
  name.Ipv6.sin6_scope_id = 3;
  EXPECT_EQ(ask(name, kNumeric), 0);
  EXPECT_EQ(node, "fe80::1%3");
  EXPECT_EQ(service, "0");
}

TEST_F(NameInfo, NamesServicesOfTheProtocol) {
  EXPECT_EQ(ask(address_of("127.0.0.1", AF_INET, 80), NI_NUMERICHOST), 0);
  EXPECT_EQ(service, "http");
  EXPECT_EQ(ask(address_of("127.0.0.1", AF_INET, 69), NI_NUMERICHOST | NI_DGRAM), 0);
  EXPECT_EQ(service, "tftp");
  // 64999 is in no list: its number is its name.
  EXPECT_EQ(ask(address_of("127.0.0.1", AF_INET, 64999), NI_NUMERICHOST), 0);
  EXPECT_EQ(service, "64999");
}

TEST_F(NameInfo, NamesTheLoopback) {
  EXPECT_EQ(ask(address_of("127.0.0.1", AF_INET, 80), 0), 0);
  EXPECT_NE(node, "127.0.0.1") << "every machine has a name for it";
  EXPECT_EQ(ask(address_of("127.0.0.1", AF_INET, 80), NI_NOFQDN), 0);
  EXPECT_EQ(node.find('.'), std::string::npos);
}

TEST_F(NameInfo, RefusesANumberWhereANameIsNeeded) {
  EXPECT_EQ(ask(address_of("127.0.0.1", AF_INET, 80), NI_NUMERICHOST | NI_NAMEREQD), WSAHOST_NOT_FOUND);
}

TEST_F(NameInfo, JudgesTheAddressFirst) {
  auto name = address_of("127.0.0.1", AF_INET, 80);
  const auto* given = reinterpret_cast<const sockaddr*>(&name);
  char text[64];
  auto code = [&](const sockaddr* sa, int size, char* host, DWORD hostlen, char* serv, DWORD servlen, int flags) {
    const int result = getnameinfo(sa, size, host, hostlen, serv, servlen, flags);
    EXPECT_EQ(WSAGetLastError(), result);
    return result;
  };
  EXPECT_EQ(code(nullptr, sizeof(sockaddr_in), text, 64, nullptr, 0, kNumeric), WSAEFAULT);
  EXPECT_EQ(code(given, sizeof(sockaddr_in) - 1, text, 64, nullptr, 0, kNumeric), WSAEFAULT);
  EXPECT_EQ(code(given, 1, text, 64, nullptr, 0, kNumeric), WSAEFAULT);
  EXPECT_EQ(code(given, -1, text, 64, nullptr, 0, kNumeric), WSAEFAULT);
  EXPECT_EQ(code(given, sizeof(sockaddr_in), nullptr, 0, nullptr, 0, kNumeric), WSAHOST_NOT_FOUND);
  EXPECT_EQ(code(given, sizeof(sockaddr_in), nullptr, 64, nullptr, 64, kNumeric), WSAHOST_NOT_FOUND);
  EXPECT_EQ(code(given, sizeof(sockaddr_in), text, 0, nullptr, 0, kNumeric), WSAEINVAL);
  EXPECT_EQ(code(given, sizeof(sockaddr_in), nullptr, 0, text, 0, kNumeric), WSAEINVAL);
  EXPECT_EQ(code(given, sizeof(sockaddr_in), text, 0, text, 64, kNumeric), WSAEINVAL);
  EXPECT_EQ(code(given, sizeof(sockaddr_in), text, 64, nullptr, 0, 0x100), WSAEINVAL);
  for (ADDRESS_FAMILY family : {AF_UNSPEC, AF_UNIX, 10}) {
    name.si_family = family;
    EXPECT_EQ(code(given, sizeof(sockaddr_in6), text, 64, nullptr, 0, kNumeric), WSAEAFNOSUPPORT);
  }
  name.si_family = AF_INET6;
  EXPECT_EQ(code(given, sizeof(sockaddr_in), text, 64, nullptr, 0, kNumeric), WSAEFAULT);
}

TEST_F(NameInfo, NeedsRoomForTheNul) {
  const auto name = address_of("127.0.0.1", AF_INET, 8080);
  const auto* given = reinterpret_cast<const sockaddr*>(&name);
  char host[10] = "x";
  char serv[5] = "x";
  EXPECT_EQ(getnameinfo(given, sizeof(sockaddr_in), host, 9, nullptr, 0, kNumeric), WSAEFAULT);
  EXPECT_STREQ(host, "x");
  EXPECT_EQ(getnameinfo(given, sizeof(sockaddr_in), nullptr, 0, serv, 4, kNumeric), WSAEFAULT);
  EXPECT_EQ(getnameinfo(given, sizeof(sockaddr_in), host, 10, serv, 5, kNumeric), 0);
  EXPECT_STREQ(host, "127.0.0.1");
  EXPECT_STREQ(serv, "8080");
}

class HostName : public WinsockTest {};

TEST_F(HostName, NeedsABufferThatIsLargeEnough) {
  char name[256];
  ASSERT_EQ(gethostname(name, sizeof(name)), 0);
  EXPECT_EQ(WSAGetLastError(), 0);
  const std::string own = name;
  ASSERT_FALSE(own.empty());
  auto code = [](int result) { return result == SOCKET_ERROR ? WSAGetLastError() : 0; };
  EXPECT_EQ(code(gethostname(name, 0)), WSAEFAULT);
  // Through a pointer, because the declaration in <unistd.h> makes the compiler warn of the mistakes that follow.
  int(WSAAPI* volatile call)(char*, size_t) = gethostname;
  EXPECT_EQ(code(call(nullptr, 256)), WSAEFAULT);
  EXPECT_EQ(code(call(name, static_cast<size_t>(-1))), WSAEFAULT);
  std::strcpy(name, "before");
  EXPECT_EQ(code(gethostname(name, own.size())), WSAEFAULT);
  EXPECT_STREQ(name, "before");
  EXPECT_EQ(code(gethostname(name, own.size() + 1)), 0);
  EXPECT_EQ(name, own);
}

TEST_F(HostName, IsTheSameInWideCharacters) {
  char narrow[256];
  WCHAR wide[256];
  ASSERT_EQ(gethostname(narrow, sizeof(narrow)), 0);
  ASSERT_EQ(GetHostNameW(wide, 256), 0);
  EXPECT_EQ(to_utf8(wide), narrow);
  auto code = [](int result) { return result == SOCKET_ERROR ? WSAGetLastError() : 0; };
  EXPECT_EQ(code(GetHostNameW(nullptr, 256)), WSAEFAULT);
  EXPECT_EQ(code(GetHostNameW(wide, -1)), WSAEFAULT);
  wide[0] = u'!';
  EXPECT_EQ(code(GetHostNameW(wide, static_cast<int>(std::strlen(narrow)))), WSAEFAULT);
  EXPECT_EQ(wide[0], u'!');
  EXPECT_EQ(code(GetHostNameW(wide, static_cast<int>(std::strlen(narrow)) + 1)), 0);
}

}  // namespace
}  // namespace inlet::winsock::test
