// Addresses as text: inet_pton, inet_ntop, inet_addr, WSAAddressToString, WSAStringToAddress.
#include <vector>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

// --- text to address

struct Parse {
  const char* text;
  const char* expected;
};

// Result of WSAStringToAddress: address and port, or the name of the error.
constexpr Parse kV4Texts[] = {
    {"0.0.0.0", "0:0"},
    {"127.0.0.1", "2130706433:0"},
    {"127.127.127.127", "2139062143:0"},
    {"255.255.255.255", "4294967295:0"},
    {"127.127.127.127:65535", "2139062143:65535"},
    {"127.0.0.1:1", "2130706433:1"},
    {"127.0.0.1:80", "2130706433:80"},
    {"127.0.0.1:0x50", "2130706433:80"},
    {"127.0.0.1:0120", "2130706433:80"},
    {"1.2", "16777218:0"},
    {"1.2.3", "16908291:0"},
    {"1.223756", "17000972:0"},
    {"16909060", "16909060:0"},
    {"0x01020304", "16909060:0"},
    {"0x00010203", "66051:0"},
    {"010.0.0.1", "134217729:0"},
    {"0x7f.0.0.1", "2130706433:0"},
    {"127.0.0.1:", "WSAEINVAL"},
    {"127.0.0.1:0", "WSAEINVAL"},
    {"127.0.0.1:65536", "WSAEINVAL"},
    {"127.0.0.1:-80", "WSAEINVAL"},
    {"127.0.0.1:+80", "WSAEINVAL"},
    {"127.0.0.1:80abc", "WSAEINVAL"},
    {"127.0.0.1:abc80", "WSAEINVAL"},
    {"127.0.0.1 ", "WSAEINVAL"},
    {" 127.0.0.1", "WSAEINVAL"},
    {"+127.0.0.1", "WSAEINVAL"},
    {"-127.0.0.1", "WSAEINVAL"},
    {"127..0.1", "WSAEINVAL"},
    {"127.0.0.1.", "WSAEINVAL"},
    {".127.0.0.1", "WSAEINVAL"},
    {"256.0.0.1", "WSAEINVAL"},
    {"127.0.0.256", "WSAEINVAL"},
    {"1.2.3.4.5", "WSAEINVAL"},
    {"127.0.0.1a", "WSAEINVAL"},
    {"localhost", "WSAEINVAL"},
    {"", "WSAEINVAL"},
};

constexpr Parse kV6Texts[] = {
    {"::", "::|0 0"},
    {"::1", "::1|0 0"},
    {"[::1]", "::1|0 0"},
    {"[::1]:80", "::1|80 0"},
    {"[::1]:65535", "::1|65535 0"},
    {"2001::1", "2001::1|0 0"},
    {"fe80::1%4", "fe80::1|0 4"},
    {"[fe80::1%4]:80", "fe80::1|80 4"},
    {"::ffff:1.2.3.4", "::ffff:1.2.3.4|0 0"},
    {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8|0 0"},
    {"[::1", "WSAEINVAL"},
    {"[::1]:0", "WSAEINVAL"},
    {"[::1]:65536", "WSAEINVAL"},
    {"::1:", "WSAEINVAL"},
    {":::", "WSAEINVAL"},
    {"1:2:3:4:5:6:7:8:9", "WSAEINVAL"},
    {"::1 ", "WSAEINVAL"},
    {"12345::", "WSAEINVAL"},
    {"127.0.0.1", "WSAEINVAL"},
    {"", "WSAEINVAL"},
};

std::string v6_text(const in6_addr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  return ::inet_ntop(AF_INET6, &address, text, sizeof(text)) == nullptr ? last_error() : text;
}

std::string parse(int family, const char* text) {
  std::vector<char> copy(text, text + std::strlen(text) + 1);
  Address address;
  const int code = ::WSAStringToAddressA(copy.data(), family, nullptr, address.get(), &address.size);
  if (code != 0) return last_error();
  if (family == AF_INET) return number(ntohl(address.v4.sin_addr.s_addr)) + ":" + number(ntohs(address.v4.sin_port));
  return v6_text(address.v6.sin6_addr) + "|" + number(ntohs(address.v6.sin6_port)) + " " +
         number(address.v6.sin6_scope_id);
}

std::string parse_room(int family, const char* text, int room) {
  std::vector<char> copy(text, text + std::strlen(text) + 1);
  Address address;
  int size = room;
  const int code = ::WSAStringToAddressA(copy.data(), family, nullptr, address.get(), &size);
  return say({outcome(code), number(size)});
}

std::string parse_wide(const char* text) {
  std::vector<WCHAR> copy;
  for (const char* at = text; *at != 0; ++at) copy.push_back(static_cast<WCHAR>(*at));
  copy.push_back(0);
  Address address;
  if (::WSAStringToAddressW(copy.data(), AF_INET, nullptr, address.get(), &address.size) != 0) return last_error();
  return number(ntohl(address.v4.sin_addr.s_addr)) + ":" + number(ntohs(address.v4.sin_port));
}

// --- address to text

struct Print {
  const char* name;
  int family;
  const char* address;
  u_short port;
  u_long scope;
  const char* expected;
};

constexpr Print kPrints[] = {
    {"v4", AF_INET, "0.0.0.0", 0, 0, "0.0.0.0, 8"},
    {"v4-max", AF_INET, "255.255.255.255", 0, 0, "255.255.255.255, 16"},
    {"v4-port", AF_INET, "255.255.255.255", 65535, 0, "255.255.255.255:65535, 22"},
    {"v4-loopback-port", AF_INET, "127.0.0.1", 80, 0, "127.0.0.1:80, 13"},
    {"v6", AF_INET6, "::1", 0, 0, "::1, 4"},
    {"v6-any", AF_INET6, "::", 0, 0, "::, 3"},
    {"v6-port", AF_INET6, "::1", 80, 0, "[::1]:80, 9"},
    {"v6-scope", AF_INET6, "fe80::1", 0, 4660, "fe80::1%4660, 13"},
    {"v6-scope-port", AF_INET6, "fe80::1", 80, 4660, "[fe80::1%4660]:80, 18"},
    {"v6-mapped", AF_INET6, "::ffff:1.2.3.4", 0, 0, "::ffff:1.2.3.4, 15"},
    {"v6-long", AF_INET6, "1:2:3:4:5:6:7:8", 0, 0, "1:2:3:4:5:6:7:8, 16"},
};

Address address_of(const Print& row) {
  Address address = wildcard(row.family, htons(row.port));
  if (row.family == AF_INET6) {
    must(::inet_pton(AF_INET6, row.address, &address.v6.sin6_addr) == 1 ? 0 : SOCKET_ERROR, "inet_pton");
    address.v6.sin6_scope_id = row.scope;
  } else {
    must(::inet_pton(AF_INET, row.address, &address.v4.sin_addr) == 1 ? 0 : SOCKET_ERROR, "inet_pton");
  }
  return address;
}

std::string print(const Address& address, DWORD room) {
  char text[128] = "";
  DWORD length = room;
  Address copy = address;
  const int code = ::WSAAddressToStringA(copy.get(), static_cast<DWORD>(copy.size), nullptr, text, &length);
  return say({code == 0 ? text : last_error(), number(length)});
}

std::string print_wide() {
  WCHAR text[64];
  DWORD length = 64;
  Address address = loopback(AF_INET, htons(80));
  if (::WSAAddressToStringW(address.get(), static_cast<DWORD>(address.size), nullptr, text, &length) != 0)
    return last_error();
  std::string narrow;
  for (const WCHAR* at = text; *at != 0; ++at) narrow += static_cast<char>(*at);
  return say({narrow, number(length)});
}

// --- inet_pton, inet_ntop, inet_addr

constexpr Parse kPton4[] = {
    {"127.0.0.1", "1"}, {"0.0.0.0", "1"},   {"255.255.255.255", "1"}, {"127.0.0", "0"},    {"127.1", "0"},
    {"1", "0"},         {"256.0.0.1", "0"}, {"127.0.0.1.", "0"},      {"127.0.0.1 ", "0"}, {" 127.0.0.1", "0"},
    {"", "0"},          {"a.b.c.d", "0"},   {"127.0.0.1:80", "0"},    {"1.2.3.4.5", "0"},  {"0x7f.0.0.1", "0"},
};

constexpr Parse kPton6[] = {
    {"::1", "1"},
    {"::", "1"},
    {"::ffff:1.2.3.4", "1"},
    {"2001:db8::1", "1"},
    {"1:2:3:4:5:6:7:8", "1"},
    {"[::1]", "0"},
    {"::1::", "0"},
    {":::", "0"},
    {"1:2:3:4:5:6:7", "0"},
    {"1:2:3:4:5:6:7:8:9", "0"},
    {"12345::", "0"},
    {"", "0"},
    {"127.0.0.1", "0"},
};

std::string pton(int family, const char* text) {
  unsigned char room[16];
  const int result = ::inet_pton(family, text, room);
  return result < 0 ? last_error() : number(result);
}

std::string ntop(int family, const char* text, size_t room) {
  unsigned char address[16];
  if (::inet_pton(family, text, address) != 1) throw SetupFailed("inet_pton");
  char out[128] = "";
  const char* result = ::inet_ntop(family, address, out, room);
  return result == nullptr ? last_error() : result;
}

struct Classic {
  const char* text;
  unsigned long expected;
};

constexpr Classic kClassics[] = {
    {"127.0.0.1", 0x7f000001}, {"1.2", 0x01000002},       {"1.2.3", 0x01020003},      {"0x7f.1", 0x7f000001},
    {"010.1", 0x08000001},     {"16909060", 0x01020304},  {"0x01020304", 0x01020304}, {"256.0.0.1", 0xffffffff},
    {"abc", 0xffffffff},       {"1.2.3.4.5", 0xffffffff},
};

std::string quoted(const char* text) {
  return std::string("\"") + text + "\"";
}

void add_generated(Suite& suite) {
  for (const Parse& row : kV4Texts)
    suite.add({"WSAStringToAddress.v4." + quoted(row.text), "WSAStringToAddress", "IPv4 text " + quoted(row.text),
               row.expected, "sheet 2.24 obsP:test_WSAStringToAddress", [&row] { return parse(AF_INET, row.text); }});
  for (const Parse& row : kV6Texts)
    suite.add({"WSAStringToAddress.v6." + quoted(row.text), "WSAStringToAddress", "IPv6 text " + quoted(row.text),
               row.expected, "sheet 2.24 obsP:test_WSAStringToAddress", [&row] { return parse(AF_INET6, row.text); }});
  for (const Print& row : kPrints)
    suite.add({std::string("WSAAddressToString.") + row.name, "WSAAddressToString", "text and length with the NUL",
               row.expected, "sheet 2.24 obsP:test_WSAAddressToString",
               [&row] { return print(address_of(row), 128); }});
  for (const Parse& row : kPton4)
    suite.add({"inet_pton.v4." + quoted(row.text), "inet_pton", "IPv4 text " + quoted(row.text), row.expected,
               "sheet 5.4 obsP:test_inet_pton", [&row] { return pton(AF_INET, row.text); }});
  for (const Parse& row : kPton6)
    suite.add({"inet_pton.v6." + quoted(row.text), "inet_pton", "IPv6 text " + quoted(row.text), row.expected,
               "sheet 5.4 obsP:test_inet_pton", [&row] { return pton(AF_INET6, row.text); }});
  for (const Classic& row : kClassics)
    suite.add({"inet_addr." + quoted(row.text), "inet_addr", "text " + quoted(row.text),
               number(static_cast<long long>(row.expected)), "sheet 5.4",
               [&row] { return number(static_cast<long long>(ntohl(::inet_addr(row.text)))); }});
}

}  // namespace

void add_text_cases(Suite& suite) {
  add_generated(suite);
  suite.table(
      "WSAStringToAddress", "WSAStringToAddress",
      {
          {"bad-family", "the family is unknown", "WSAEINVAL", "spi:stringtoaddress",
           [] { return parse(250, "127.0.0.1"); }},
          {"short", "no room: the length says what is needed", "WSAEFAULT, 16", "sheet 2.24",
           [] { return parse_room(AF_INET, "127.0.0.1", 15); }},
          {"short-v6", "no room, IPv6", "WSAEFAULT, 28", "sheet 2.24", [] { return parse_room(AF_INET6, "::1", 27); }},
          {"length", "on success the length is that of the structure", "0, 16", "sheet 2.24",
           [] { return parse_room(AF_INET, "127.0.0.1", 28); }},
          {"length-v6", "the same, IPv6", "0, 28", "sheet 2.24", [] { return parse_room(AF_INET6, "::1", 28); }},
          {"null-text", "the text is NULL", "WSAEINVAL", "obsP:test_WSAStringToAddress",
           [] {
             Address address;
             return outcome(::WSAStringToAddressA(nullptr, AF_INET, nullptr, address.get(), &address.size));
           }},
          {"null-address", "the address is NULL", "WSAEFAULT", "spi:stringtoaddress",
           [] {
             char text[] = "127.0.0.1";
             int size = 16;
             return outcome(::WSAStringToAddressA(text, AF_INET, nullptr, nullptr, &size));
           }},
          {"wide", "WSAStringToAddressW", "2130706433:80", "sheet 2.24", [] { return parse_wide("127.0.0.1:80"); }},
      });
  suite.table(
      "WSAAddressToString", "WSAAddressToString",
      {
          {"room-0", "no room: the length says what is needed", "WSAEFAULT, 8", "obsP:test_WSAAddressToString",
           [] { return print(wildcard(), 0); }},
          {"room-7", "one character short", "WSAEFAULT, 8", "obsP:test_WSAAddressToString",
           [] { return print(wildcard(), 7); }},
          {"room-8", "exact", "0.0.0.0, 8", "obsP:test_WSAAddressToString", [] { return print(wildcard(), 8); }},
          {"bad-family", "the family is unknown", "WSAEINVAL", "spi:addresstostring",
           [] {
             Address address = loopback();
             address.any.sa_family = static_cast<ADDRESS_FAMILY>(0xdead);
             const std::string result = print(address, 64);
             return result.substr(0, result.find(','));
           }},
          {"null-address", "the address is NULL", "WSAEFAULT", "spi:addresstostring",
           [] {
             char text[64];
             DWORD length = sizeof(text);
             return outcome(::WSAAddressToStringA(nullptr, 16, nullptr, text, &length));
           }},
          {"null-length", "the length pointer is NULL", "WSAEFAULT", "spi:addresstostring",
           [] {
             char text[64];
             Address address = loopback();
             return outcome(::WSAAddressToStringA(address.get(), 16, nullptr, text, nullptr));
           }},
          {"wide", "WSAAddressToStringW", "127.0.0.1:80, 13", "sheet 2.24", print_wide},
      });
  suite.table("inet_pton", "inet_pton",
              {
                  {"bad-family", "the family is unknown", "WSAEAFNOSUPPORT", "sheet 5.4",
                   [] { return pton(250, "127.0.0.1"); }},
                  {"null", "the text is NULL", "WSAEFAULT", "sheet 5.4", [] { return pton(AF_INET, nullptr); }},
                  {"null-bad-family", "the text is NULL and the family unknown", "WSAEFAULT", "sheet 5.4",
                   [] { return pton(250, nullptr); }},
                  {"keeps-error", "0 leaves the last error alone", "0, 1234", "sheet 5.4",
                   [] {
                     ::WSASetLastError(1234);
                     const std::string result = pton(AF_INET, "nonsense");
                     return say({result, last_error()});
                   }},
              });
  suite.table("inet_ntop", "inet_ntop",
              {
                  {"v4", "IPv4", "127.0.0.1", "sheet 5.4", [] { return ntop(AF_INET, "127.0.0.1", 64); }},
                  {"v6", "IPv6, zeros compressed", "2001:db8::1", "sheet 5.4",
                   [] { return ntop(AF_INET6, "2001:db8:0:0:0:0:0:1", 64); }},
                  {"v6-mapped", "IPv4 within IPv6", "::ffff:1.2.3.4", "sheet 5.4",
                   [] { return ntop(AF_INET6, "::ffff:1.2.3.4", 64); }},
                  {"short", "no room", "WSAEINVAL", "sheet 5.4", [] { return ntop(AF_INET, "127.0.0.1", 9); }},
                  {"exact", "exact room", "127.0.0.1", "sheet 5.4", [] { return ntop(AF_INET, "127.0.0.1", 10); }},
                  {"room-0", "room 0", "WSAEINVAL", "sheet 5.4", [] { return ntop(AF_INET, "127.0.0.1", 0); }},
                  {"short-v6", "no room, IPv6", "WSAEINVAL", "sheet 5.4", [] { return ntop(AF_INET6, "::1", 3); }},
                  {"bad-family", "the family is unknown", "WSAEAFNOSUPPORT", "sheet 5.4",
                   [] {
                     char out[64];
                     unsigned char address[16] = {};
                     return std::string(::inet_ntop(250, address, out, sizeof(out)) == nullptr ? last_error() : out);
                   }},
              });
  suite.table("inet_ntoa", "inet_ntoa",
              {
                  {"text", "an address", "1.2.3.4", "sheet 5.4",
                   [] {
                     in_addr address{};
                     address.s_addr = htonl(0x01020304);
                     return std::string(::inet_ntoa(address));
                   }},
              });
}

}  // namespace conformance
