// Sheet 5.3, getaddrinfo and GetAddrInfoW. The machine may have no network: only localhost, numbers and its own name are used.
#include <gtest/gtest.h>
#include <ws2tcpip.h>

#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "base/utf16.h"
#include "winsock/linux/resolver.h"
#include "winsock_fixture.h"

namespace inlet::winsock::test {
namespace {

struct Entry {
  int family;
  int type;
  int protocol;
  std::string address;  // with the port
  std::string name;

  bool operator==(const Entry&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Entry& entry) {
  return out << entry.family << '/' << entry.type << '/' << entry.protocol << ' ' << entry.address << ' ' << entry.name;
}

std::string text_of(const sockaddr* name, size_t size) {
  char text[80];
  DWORD length = sizeof(text);
  EXPECT_EQ(WSAAddressToStringA(const_cast<sockaddr*>(name), static_cast<DWORD>(size), nullptr, text, &length), 0);
  return text;
}

std::string utf8(const char* text) {
  return text == nullptr ? "" : text;
}
std::string utf8(const WCHAR* text) {
  return text == nullptr ? "" : to_utf8(text);
}

// Asks both forms, which must agree, and returns the code.
class AddrInfo : public WinsockTest {
 protected:
  int ask(const char* node, const char* service, const ADDRINFOA* hints = nullptr) {
    entries.clear();
    std::vector<Entry> wide_entries;
    const std::u16string wide_node = node != nullptr ? to_utf16(node) : u"";
    const std::u16string wide_service = service != nullptr ? to_utf16(service) : u"";
    ADDRINFOW wide_hints{};
    if (hints != nullptr) {
      wide_hints.ai_flags = hints->ai_flags;
      wide_hints.ai_family = hints->ai_family;
      wide_hints.ai_socktype = hints->ai_socktype;
      wide_hints.ai_protocol = hints->ai_protocol;
    }
    const int code = ask_form(node, service, hints, getaddrinfo, freeaddrinfo, &entries);
    const int wide_code =
        ask_form(node != nullptr ? wide_node.c_str() : nullptr, service != nullptr ? wide_service.c_str() : nullptr,
                 hints != nullptr ? &wide_hints : nullptr, GetAddrInfoW, FreeAddrInfoW, &wide_entries);
    EXPECT_EQ(code, wide_code);
    EXPECT_EQ(entries, wide_entries);
    return code;
  }
  int ask_with(const char* node, const char* service, int flags, int family = AF_UNSPEC, int type = 0,
               int protocol = 0) {
    const ADDRINFOA hints{flags, family, type, protocol, 0, nullptr, nullptr, nullptr};
    return ask(node, service, &hints);
  }
  std::vector<std::string> addresses() const {
    std::vector<std::string> result;
    for (const Entry& entry : entries) result.push_back(entry.address);
    return result;
  }

  std::vector<Entry> entries;

 private:
  template <class Text, class Info, class Get, class Free>
  int ask_form(Text node, Text service, const Info* hints, Get get, Free free, std::vector<Entry>* into) {
    Info unset{};
    Info* list = &unset;
    WSASetLastError(kUntouched);
    const int code = get(node, service, hints, &list);
    EXPECT_EQ(WSAGetLastError(), code) << "the code is the last error too";
    EXPECT_EQ(list == nullptr, code != 0);
    if (code != 0) return code;
    for (const Info* each = list; each != nullptr; each = each->ai_next) {
      EXPECT_EQ(each->ai_flags, 0);
      EXPECT_EQ(each->ai_addr->sa_family, each->ai_family);
      EXPECT_EQ(each->ai_addrlen, each->ai_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
      into->push_back({each->ai_family, each->ai_socktype, each->ai_protocol, text_of(each->ai_addr, each->ai_addrlen),
                       utf8(each->ai_canonname)});
    }
    free(list);
    return code;
  }
};

using Texts = std::vector<std::string>;

// --- what is asked for ---------------------------------------------------------------------------------------------

TEST_F(AddrInfo, NeedsAName) {
  EXPECT_EQ(ask(nullptr, nullptr), WSAHOST_NOT_FOUND);
}

TEST_F(AddrInfo, NeedsAPlaceForTheResult) {
  EXPECT_EQ(getaddrinfo("localhost", nullptr, nullptr, nullptr), WSAEFAULT);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
}

TEST_F(AddrInfo, RefusesHintsWithMoreThanHints) {
  sockaddr name{};
  char text[] = "x";
  ADDRINFOA next{};
  const ADDRINFOA bad[] = {{0, 0, 0, 0, 1, nullptr, nullptr, nullptr},
                           {0, 0, 0, 0, 0, text, nullptr, nullptr},
                           {0, 0, 0, 0, 0, nullptr, &name, nullptr},
                           {0, 0, 0, 0, 0, nullptr, nullptr, &next}};
  for (const ADDRINFOA& hints : bad) {
    ADDRINFOA* list = &next;
    EXPECT_EQ(getaddrinfo("127.0.0.1", nullptr, &hints, &list), WSANO_RECOVERY);
    EXPECT_EQ(list, nullptr);
    EXPECT_EQ(WSAGetLastError(), WSANO_RECOVERY);
  }
}

TEST_F(AddrInfo, JudgesFlagsFamilyAndType) {
  EXPECT_EQ(ask_with("127.0.0.1", nullptr, 0x02000000), WSAEINVAL);
  EXPECT_EQ(ask_with("127.0.0.1", nullptr, AI_CANONNAME | AI_FQDN), WSAEINVAL);
  EXPECT_EQ(ask_with(nullptr, "80", AI_CANONNAME), WSAEINVAL);
  EXPECT_EQ(ask_with(nullptr, "80", AI_FQDN), WSAEINVAL);
  for (int family : {AF_UNIX, AF_NETBIOS, 10, 99, -1})
    EXPECT_EQ(ask_with("127.0.0.1", nullptr, 0, family), WSAEAFNOSUPPORT) << family;
  for (int type : {999, 6, -1})
    for (int protocol : {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_IPV6})
      for (int family : {AF_UNSPEC, AF_INET})
        EXPECT_EQ(ask_with("localhost", nullptr, 0, family, type, protocol), WSAESOCKTNOSUPPORT);
  // Of several mistakes the first of this order is told.
  EXPECT_EQ(ask_with("127.0.0.1", "nonexistentservice", 0x02000000, 99, 999), WSAEINVAL);
  EXPECT_EQ(ask_with("127.0.0.1", "nonexistentservice", 0, 99, 999), WSAEAFNOSUPPORT);
  EXPECT_EQ(ask_with("127.0.0.1", "nonexistentservice", 0, 0, 999), WSAESOCKTNOSUPPORT);
}

TEST_F(AddrInfo, EchoesTypeAndProtocolWithoutComparingThem) {
  for (int type : {0, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW}) {
    for (int protocol : {0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_IPV6, 999}) {
      for (int family : {AF_UNSPEC, AF_INET}) {
        ASSERT_EQ(ask_with("localhost", nullptr, 0, family, type, protocol), 0) << type << ' ' << protocol;
        for (const Entry& entry : entries) {
          EXPECT_EQ(entry.type, type);
          EXPECT_EQ(entry.protocol, protocol);
          EXPECT_TRUE(entry.family == AF_INET || (family == AF_UNSPEC && entry.family == AF_INET6));
        }
      }
    }
  }
}

TEST_F(AddrInfo, GivesOneEntryForEachAddress) {
  ASSERT_EQ(ask("127.0.0.1", "80"), 0);
  EXPECT_EQ(entries, (std::vector<Entry>{{AF_INET, 0, 0, "127.0.0.1:80", ""}}));
}

// --- services ------------------------------------------------------------------------------------------------------

TEST_F(AddrInfo, TakesNoServiceAnEmptyOneAndZeroForPortZero) {
  for (const char* service : {static_cast<const char*>(nullptr), "", "0"}) {
    ASSERT_EQ(ask("127.0.0.1", service), 0);
    EXPECT_EQ(addresses(), Texts{"127.0.0.1"});
  }
  ASSERT_EQ(ask(nullptr, ""), 0);
  const auto with_empty = entries;
  ASSERT_EQ(ask(nullptr, "0"), 0);
  EXPECT_EQ(entries, with_empty);
}

TEST_F(AddrInfo, FindsThePortOfAServiceForTheType) {
  struct Row {
    const char* service;
    int type;
    int port;  // 0: there is none
  };
  const Row rows[] = {{"http", SOCK_STREAM, 80},
                      {"http", 0, 80},
                      {"echo", SOCK_DGRAM, 7},
                      {"tftp", SOCK_DGRAM, 69},
                      {"tftp", 0, 69},
                      {"65535", 0, 65535},
                      {"007", 0, 7},
                      {"tftp", SOCK_STREAM, 0},
                      {"http", SOCK_RAW, 0},
                      {"65536", 0, 0},
                      {"99999999999", 0, 0},
                      {"-1", 0, 0},
                      {"80x", 0, 0},
                      {" 80", 0, 0},
                      {"nonexistentservice", 0, 0}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.service);
    EXPECT_EQ(ask_with("127.0.0.1", row.service, 0, 0, row.type), row.port != 0 ? 0 : WSATYPE_NOT_FOUND);
    EXPECT_EQ(addresses(), row.port != 0 ? Texts{"127.0.0.1:" + std::to_string(row.port)} : Texts());
  }
  EXPECT_EQ(ask_with(nullptr, "nonexistentservice", 0), WSATYPE_NOT_FOUND);
}

TEST_F(AddrInfo, TakesOnlyNumbersForServicesWhenToldSo) {
  EXPECT_EQ(ask_with("127.0.0.1", "http", AI_NUMERICSERV), WSAHOST_NOT_FOUND);
  EXPECT_EQ(ask_with("127.0.0.1", "80", AI_NUMERICSERV), 0);
}

// --- addresses -----------------------------------------------------------------------------------------------------

TEST_F(AddrInfo, WithoutANameMeansTheLoopbackOrTheWildcard) {
  const bool v6 = resolver::has_loopback(true);
  ASSERT_EQ(ask(nullptr, "80"), 0);
  EXPECT_EQ(addresses(), v6 ? (Texts{"[::1]:80", "127.0.0.1:80"}) : Texts{"127.0.0.1:80"});
  ASSERT_EQ(ask_with(nullptr, "80", AI_PASSIVE), 0);
  EXPECT_EQ(addresses(), v6 ? (Texts{"[::]:80", "0.0.0.0:80"}) : Texts{"0.0.0.0:80"});
  ASSERT_EQ(ask_with(nullptr, "80", AI_PASSIVE, AF_INET), 0);
  EXPECT_EQ(addresses(), Texts{"0.0.0.0:80"});
  ASSERT_EQ(ask_with("127.0.0.1", "80", AI_PASSIVE), 0);
  EXPECT_EQ(addresses(), Texts{"127.0.0.1:80"}) << "AI_PASSIVE says nothing about a name";
}

TEST_F(AddrInfo, KnowsLocalhostByItself) {
  const bool v6 = resolver::has_loopback(true);
  for (const char* name : {"localhost", "LocalHost", "localhost."}) {
    ASSERT_EQ(ask(name, "80"), 0) << name;
    EXPECT_EQ(addresses(), v6 ? (Texts{"[::1]:80", "127.0.0.1:80"}) : Texts{"127.0.0.1:80"});
  }
  ASSERT_EQ(ask_with("localhost", "80", 0, AF_INET), 0);
  EXPECT_EQ(addresses(), Texts{"127.0.0.1:80"});
}

TEST_F(AddrInfo, GivesAllOwnAddressesForTheEmptyNameAndTheMachines) {
  char own[256];
  ASSERT_EQ(gethostname(own, sizeof(own)), 0);
  ASSERT_EQ(ask("", nullptr), 0);
  const auto all = entries;
  EXPECT_FALSE(all.empty());
  for (const char* service : {"", "0"}) {
    ASSERT_EQ(ask("", service), 0);
    EXPECT_EQ(entries, all);
  }
  ASSERT_EQ(ask("..localmachine", nullptr), 0);
  EXPECT_EQ(entries, all);
  if (std::string(own) == "localhost") GTEST_SKIP() << "the machine is called localhost";
  ASSERT_EQ(ask(own, nullptr), 0);
  EXPECT_EQ(entries, all);
}

TEST_F(AddrInfo, ReadsAddressesInText) {
  struct Row {
    const char* node;
    const char* address;  // nullptr: WSAHOST_NOT_FOUND
  };
  const Row rows[] = {{"192.168.1.253", "192.168.1.253"},
                      {"127.1", "127.0.0.1"},
                      {"0x7f000001", "127.0.0.1"},
                      {"2a00:2039:dead:beef:cafe::6666", "2a00:2039:dead:beef:cafe::6666"},
                      {"[beef::cafe]", "beef::cafe"},
                      {"[beef::cafe]:10239", "beef::cafe"},
                      {"fe80::1%7", "fe80::1%7"},
                      {"[fe80::1%7]", "fe80::1%7"},
                      {"192.168.1.253:1024", nullptr},
                      {"[beef::cafe", nullptr},
                      {"beef::cafe]", nullptr},
                      {"[beef::cafe]x", nullptr},
                      {"[beef::cafe]:", nullptr},
                      {"[127.0.0.1]", nullptr},
                      {"fe80::1%no-such-interface", nullptr},
                      {"fe80::1%", nullptr},
                      {"127.0.0.1 ", nullptr},
                      {" 127.0.0.1", nullptr},
                      {"::1::", nullptr},
                      {":", nullptr}};
  for (const Row& row : rows) {
    for (int flags : {0, AI_NUMERICHOST}) {
      SCOPED_TRACE(row.node);
      EXPECT_EQ(ask_with(row.node, nullptr, flags), row.address != nullptr ? 0 : WSAHOST_NOT_FOUND);
      EXPECT_EQ(addresses(), row.address != nullptr ? Texts{row.address} : Texts());
    }
  }
}

TEST_F(AddrInfo, ReadsTheNameOfAnInterfaceAsAScope) {
  const uint32_t index = resolver::interface_index("lo");
  if (index == 0) GTEST_SKIP() << "no interface called lo";
  ASSERT_EQ(ask("fe80::1%lo", nullptr), 0);
  EXPECT_EQ(addresses(), Texts{"fe80::1%" + std::to_string(index)});
}

TEST_F(AddrInfo, TakesOnlyAddressesWhenToldSo) {
  for (const char* node : {"localhost", "", "..localmachine", "no-such-name.invalid"})
    EXPECT_EQ(ask_with(node, "80", AI_NUMERICHOST), WSAHOST_NOT_FOUND) << node;
}

TEST_F(AddrInfo, RefusesAnAddressOfAnotherFamily) {
  EXPECT_EQ(ask_with("[beef::cafe]", nullptr, AI_NUMERICHOST, AF_INET), WSAHOST_NOT_FOUND);
  EXPECT_EQ(ask_with("beef::cafe", nullptr, 0, AF_INET), WSAHOST_NOT_FOUND);
  EXPECT_EQ(ask_with("127.0.0.1", nullptr, 0, AF_INET6), WSAHOST_NOT_FOUND);
}

TEST_F(AddrInfo, MapsIpv4IntoIpv6WhenToldSo) {
  ASSERT_EQ(ask_with("127.0.0.1", "80", AI_V4MAPPED, AF_INET6), 0);
  EXPECT_EQ(addresses(), Texts{"[::ffff:127.0.0.1]:80"});
  ASSERT_EQ(ask_with("127.0.0.1", "80", AI_V4MAPPED), 0);
  EXPECT_EQ(addresses(), Texts{"127.0.0.1:80"}) << "only where IPv6 alone is asked for";
  if (!resolver::has_loopback(true)) GTEST_SKIP() << "no IPv6";
  ASSERT_EQ(ask_with("localhost", "80", AI_V4MAPPED, AF_INET6), 0);
  EXPECT_EQ(addresses(), Texts{"[::1]:80"}) << "there is a real one";
  ASSERT_EQ(ask_with("localhost", "80", AI_V4MAPPED | AI_ALL, AF_INET6), 0);
  EXPECT_EQ(addresses(), (Texts{"[::1]:80", "[::ffff:127.0.0.1]:80"}));
  ASSERT_EQ(ask_with("localhost", "80", AI_ALL, AF_INET6), 0);
  EXPECT_EQ(addresses(), Texts{"[::1]:80"});
}

TEST_F(AddrInfo, NamesTheFirstEntryWhenToldSo) {
  ASSERT_EQ(ask_with("127.0.0.1", nullptr, AI_CANONNAME), 0);
  EXPECT_EQ(entries[0].name, "127.0.0.1");
  ASSERT_EQ(ask_with("localhost", nullptr, AI_CANONNAME), 0);
  EXPECT_EQ(entries[0].name, "localhost");
  for (size_t i = 1; i < entries.size(); ++i) EXPECT_EQ(entries[i].name, "");
  char own[256];
  ASSERT_EQ(gethostname(own, sizeof(own)), 0);
  ASSERT_EQ(ask_with("", nullptr, AI_CANONNAME), 0);
  EXPECT_EQ(entries[0].name, own);
  ASSERT_EQ(ask_with("", nullptr, AI_FQDN), 0);
  EXPECT_NE(entries[0].name, "");
  ASSERT_EQ(ask("localhost", nullptr), 0);
  EXPECT_EQ(entries[0].name, "");
}

TEST_F(AddrInfo, KeepsLocalhostWhateverTheConfigurationSays) {
  EXPECT_EQ(ask_with("localhost", nullptr, AI_ADDRCONFIG), 0);
  EXPECT_EQ(ask_with("127.0.0.1", nullptr, AI_ADDRCONFIG), 0);
  EXPECT_EQ(ask_with("::1", nullptr, AI_ADDRCONFIG), 0);
}

TEST_F(AddrInfo, GivesPartsOfAListBack) {
  ADDRINFOA* list = nullptr;
  ADDRINFOA hints{};
  hints.ai_flags = AI_V4MAPPED | AI_ALL | AI_CANONNAME;
  hints.ai_family = AF_INET6;
  ASSERT_EQ(getaddrinfo("localhost", "80", &hints, &list), 0);
  ADDRINFOA* rest = list->ai_next;
  list->ai_next = nullptr;
  freeaddrinfo(list);
  freeaddrinfo(rest);
  freeaddrinfo(nullptr);
  FreeAddrInfoW(nullptr);
}

TEST_F(AddrInfo, RefusesNamesThatAreNoText) {
  const WCHAR lone[] = {0xd800, 0};
  ADDRINFOW* list = nullptr;
  EXPECT_EQ(GetAddrInfoW(lone, nullptr, nullptr, &list), WSAHOST_NOT_FOUND);
  EXPECT_EQ(GetAddrInfoW(u"127.0.0.1", lone, nullptr, &list), WSAHOST_NOT_FOUND);
  EXPECT_EQ(list, nullptr);
}

TEST_F(AddrInfo, DoesNotLookUpNamesBeyondAsciiWhenToldSo) {
  EXPECT_EQ(ask_with("t\xc3\xa9st.invalid", nullptr, AI_DISABLE_IDN_ENCODING), WSAHOST_NOT_FOUND);
}

TEST(AddrInfoBeforeStartup, SaysSo) {
  ADDRINFOA any{};
  ADDRINFOA* list = &any;
  EXPECT_EQ(getaddrinfo("127.0.0.1", nullptr, nullptr, &list), WSANOTINITIALISED);
  EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
  EXPECT_EQ(list, nullptr);
  char text[64];
  sockaddr_in name{};
  name.sin_family = AF_INET;
  EXPECT_EQ(getnameinfo(reinterpret_cast<sockaddr*>(&name), sizeof(name), text, sizeof(text), nullptr, 0, 0),
            WSANOTINITIALISED);
  EXPECT_EQ(gethostname(text, sizeof(text)), SOCKET_ERROR);
  EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
  freeaddrinfo(nullptr);
}

TEST(GaiStrerror, ExplainsEveryCode) {
  for (int code : {EAI_AGAIN, EAI_BADFLAGS, EAI_FAIL, EAI_FAMILY, EAI_MEMORY, EAI_NONAME, EAI_SERVICE, EAI_SOCKTYPE}) {
    const std::string text = gai_strerrorA(code);
    EXPECT_NE(text, "Unknown error") << code;
    EXPECT_EQ(to_utf8(gai_strerrorW(code)), text);
  }
  EXPECT_STREQ(gai_strerrorA(4711), "Unknown error");
}

}  // namespace
}  // namespace inlet::winsock::test
