// gethostbyname and the calls of its kind: what they find, and how Windows packs it.
#include <gtest/gtest.h>
#include <ws2tcpip.h>

#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "winsock/result_block.h"
#include "winsock_fixture.h"

namespace inlet::winsock::test {
namespace {

static_assert(sizeof(hostent) == 32 && offsetof(hostent, h_addrtype) == 16 && offsetof(hostent, h_length) == 18 &&
              offsetof(hostent, h_addr_list) == 24);
static_assert(sizeof(servent) == 32 && offsetof(servent, s_proto) == 16 && offsetof(servent, s_port) == 24);
static_assert(sizeof(protoent) == 24 && offsetof(protoent, p_proto) == 16);
static_assert(sizeof(ADDRINFOW) == 48 && offsetof(ADDRINFOW, ai_canonname) == 24 && offsetof(ADDRINFOW, ai_addr) == 32);
static_assert(sizeof(SOCKADDR_INET) == 28);

class Databases : public WinsockTest {};

int code_of(const void* result) {
  return result == nullptr ? WSAGetLastError() : 0;
}

TEST_F(Databases, FindHostsByName) {
  const hostent* host = gethostbyname("localhost");
  ASSERT_NE(host, nullptr);
  EXPECT_STREQ(host->h_name, "localhost");
  EXPECT_EQ(host->h_addrtype, AF_INET);
  EXPECT_EQ(host->h_length, 4);
  EXPECT_EQ(std::memcmp(host->h_addr, "\x7f\0\0\1", 4), 0);
  EXPECT_EQ(host->h_addr_list[1], nullptr);
  host = gethostbyname("127.1");
  ASSERT_NE(host, nullptr);
  EXPECT_EQ(std::memcmp(host->h_addr, "\x7f\0\0\1", 4), 0);
  EXPECT_EQ(code_of(gethostbyname("::1")), WSAHOST_NOT_FOUND) << "only IPv4";
  EXPECT_EQ(code_of(gethostbyname("1.2.3.4:5")), WSAHOST_NOT_FOUND);
}

TEST_F(Databases, TakeNoNameForThisMachine) {
  auto addresses = [](const char* name) {
    std::vector<u_long> result;
    const hostent* host = gethostbyname(name);
    EXPECT_NE(host, nullptr) << WSAGetLastError();
    for (char** each = host->h_addr_list; *each != nullptr; ++each) {
      u_long address = 0;
      std::memcpy(&address, *each, sizeof(address));
      result.push_back(address);
    }
    return result;
  };
  char own[256];
  ASSERT_EQ(gethostname(own, sizeof(own)), 0);
  const auto all = addresses("");
  EXPECT_FALSE(all.empty());
  EXPECT_EQ(addresses(nullptr), all);
  EXPECT_EQ(addresses(own), all);
}

// Programs copy the whole block, which works only in this order.
TEST_F(Databases, PackAHostAsWindowsDoes) {
  hostent* host = gethostbyname("");
  ASSERT_NE(host, nullptr);
  EXPECT_EQ(host->h_aliases, reinterpret_cast<char**>(host + 1));
  char** end = host->h_aliases;
  while (*end != nullptr) ++end;
  EXPECT_EQ(host->h_addr_list, end + 1);
  end = host->h_addr_list;
  while (*end != nullptr) ++end;
  EXPECT_EQ(host->h_addr_list[0], reinterpret_cast<char*>(end + 1));
}

TEST_F(Databases, FindHostsByAddress) {
  const char v4[] = "\x7f\0\0\1";
  const hostent* host = gethostbyaddr(v4, 4, AF_INET);
  ASSERT_NE(host, nullptr);
  EXPECT_EQ(std::memcmp(host->h_addr, v4, 4), 0);
  EXPECT_EQ(host->h_length, 4);
  EXPECT_STRNE(host->h_name, "");
  EXPECT_EQ(code_of(gethostbyaddr(nullptr, 4, AF_INET)), WSAEFAULT);
  EXPECT_EQ(code_of(gethostbyaddr(v4, 3, AF_INET)), WSAEFAULT);
  EXPECT_EQ(code_of(gethostbyaddr(v4, 4, AF_INET6)), WSAEFAULT);
  EXPECT_EQ(code_of(gethostbyaddr(v4, 4, AF_UNIX)), WSAEAFNOSUPPORT);
}

TEST_F(Databases, FindServices) {
  const servent* first = getservbyname("domain", "udp");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->s_port, static_cast<short>(htons(53)));
  EXPECT_STREQ(first->s_proto, "udp");
  EXPECT_STREQ(first->s_name, "domain");
  const servent* second = getservbyname("telnet", "tcp");
  EXPECT_EQ(second, first) << "the place does not move when it need not";
  EXPECT_STREQ(second->s_name, "telnet");
  const servent* any = getservbyname("http", nullptr);
  ASSERT_NE(any, nullptr);
  EXPECT_STREQ(any->s_proto, "tcp");
  const servent* by_port = getservbyport(htons(443), "tcp");
  ASSERT_NE(by_port, nullptr);
  EXPECT_STREQ(by_port->s_name, "https");
  EXPECT_EQ(code_of(getservbyname("nonexistentservice", nullptr)), WSANO_DATA);
  EXPECT_EQ(code_of(getservbyname("http", "sctp-or-so")), WSANO_DATA);
  EXPECT_EQ(code_of(getservbyname(nullptr, "tcp")), WSAEFAULT);
  EXPECT_EQ(code_of(getservbyport(htons(64999), nullptr)), WSANO_DATA);
}

TEST_F(Databases, FindExactlyTheProtocolsOfWindows) {
  const std::set<int> known = {0, 1, 3, 6, 8, 12, 17, 20, 22, 27, 41, 43, 44, 50, 51, 58, 59, 60, 66};
  for (int number = -1; number <= 256; ++number) {
    const protoent* protocol = getprotobynumber(number);
    EXPECT_EQ(protocol != nullptr, known.count(number) == 1) << number;
    if (protocol == nullptr) {
      EXPECT_EQ(WSAGetLastError(), WSANO_DATA);
      continue;
    }
    const std::string name = protocol->p_name;
    const std::string alias = protocol->p_aliases[0];
    EXPECT_EQ(protocol->p_proto, number);
    EXPECT_EQ(protocol->p_aliases[1], nullptr);
    for (const std::string& each : {name, alias}) {
      protocol = getprotobyname(each.c_str());
      ASSERT_NE(protocol, nullptr) << each;
      EXPECT_EQ(protocol->p_proto, number);
    }
  }
  EXPECT_EQ(getprotobyname("IPV6-FRAG")->p_proto, 44);
  EXPECT_EQ(code_of(getprotobyname("no-such-protocol")), WSANO_DATA);
  EXPECT_EQ(code_of(getprotobyname(nullptr)), WSAEFAULT);
}

TEST_F(Databases, HaveAPlaceForEachThread) {
  const servent* mine = getservbyname("telnet", "tcp");
  ASSERT_NE(mine, nullptr);
  std::thread([mine] {
    const servent* other = getservbyname("domain", "udp");
    EXPECT_NE(other, mine);
    EXPECT_STREQ(other->s_name, "domain");
  }).join();
  EXPECT_STREQ(mine->s_name, "telnet");
}

TEST_F(Databases, KeepHostsServicesAndProtocolsApart) {
  const servent* service = getservbyname("telnet", "tcp");
  const protoent* protocol = getprotobyname("tcp");
  const hostent* host = gethostbyname("localhost");
  ASSERT_TRUE(service != nullptr && protocol != nullptr && host != nullptr);
  EXPECT_STREQ(service->s_name, "telnet");
  EXPECT_STREQ(protocol->p_name, "tcp");
  EXPECT_STREQ(host->h_name, "localhost");
}

TEST(DatabasesBeforeStartup, SaySo) {
  EXPECT_EQ(code_of(gethostbyname("127.0.0.1")), WSANOTINITIALISED);
  EXPECT_EQ(code_of(gethostbyaddr("\x7f\0\0\1", 4, AF_INET)), WSANOTINITIALISED);
  EXPECT_EQ(code_of(getservbyname("http", nullptr)), WSANOTINITIALISED);
  EXPECT_EQ(code_of(getservbyport(htons(80), nullptr)), WSANOTINITIALISED);
  EXPECT_EQ(code_of(getprotobyname("tcp")), WSANOTINITIALISED);
  EXPECT_EQ(code_of(getprotobynumber(6)), WSANOTINITIALISED);
}

TEST(ResultBlock, GrowsAndStays) {
  ResultBlock block;
  block.begin(10);
  const char* place = block.put("first");
  block.begin(MAXGETHOSTSTRUCT);
  EXPECT_EQ(block.put("second"), place);
  block.begin(100'000);
  char* large = block.take<char>(100'000);
  large[99'999] = 1;
  EXPECT_EQ(large[0], 0);
}

}  // namespace
}  // namespace inlet::winsock::test
