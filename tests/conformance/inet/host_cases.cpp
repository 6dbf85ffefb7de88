// Names and addresses of hosts, services and interfaces.
#include "cases.h"
#include "inet_world.h"

namespace conformance {
namespace {

INTERNET_ADDRESS address(const char* text) {
  INTERNET_ADDRESS parsed{};
  if (InetGetAddressA(text, INET_ADDRESS_UNKNOWN, &parsed) != 0) throw SetupFailed(text);
  return parsed;
}

std::string text_of(INTERNET_ADDRESS found) {
  char text[INET_ADDRESS_STRLEN] = "";
  InetFormatAddressA(&found, text, sizeof text);
  return text;
}

std::string host_address(const char* name, INT family) {
  INTERNET_ADDRESS found{};
  return InetGetHostAddressA(name, family, &found) == 0 ? text_of(found) : said(false);
}

std::string normalized(const char* name, INT room = 300) {
  char text[300] = "?";
  const INT length = InetNormalizeHostNameA(name, text, room);
  return length == INET_ERROR ? say({said(false), text}) : text;
}

std::string answered(BOOL yes) {
  if (yes) return "yes";
  return InetGetLastError() == 0 ? "no" : said(false);
}

std::string matches(const char* name, const char* mask, BOOL resolve = FALSE) {
  InetSetLastError(0);
  return answered(InetMatchHostNameA(name, mask, resolve));
}

std::string peer_name(INT room) {
  InetPair pair;
  char text[300];
  return InetGetPeerNameA(pair.ours, text, room) > 0 ? "ok" : said(false);
}

// Runs a case while the library is not initialised.
template <class Call>
std::string uninitialized(Call call) {
  InetUninitialize();
  const std::string result = call();
  InetInitializeA(nullptr, nullptr);
  return result;
}

void add_names(Suite& suite) {
  suite.table(
      "host-address", "InetGetHostAddress",
      {{"text", "an address", "127.0.0.1", "sheet 5.6", [] { return host_address("127.0.0.1", INET_ADDRESS_IPV4); }},
       {"name", "a name", "127.0.0.1", "sheet 5.6", [] { return host_address("localhost", INET_ADDRESS_IPV4); }},
       {"wide", "the W form", "ok", "sheet 5.6",
        [] {
          INTERNET_ADDRESS found{};
          return said_zero(InetGetHostAddressW(u"localhost", INET_ADDRESS_IPV4, &found));
        }},
       {"null", "lpAddress is NULL", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
        [] { return said_zero(InetGetHostAddressA("127.0.0.1", INET_ADDRESS_IPV4, nullptr)); }},
       {"empty", "no name", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
        [] { return host_address("", INET_ADDRESS_UNKNOWN); }},
       {"family", "an unknown family", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
        [] { return host_address("127.0.0.1", 7); }},
       {"unknown", "no host can have that name", "ST_ERROR_HOST_NOT_FOUND", "sheet 5.6",
        [] { return host_address("no such host", INET_ADDRESS_UNKNOWN); }},
       {"other-family", "an IPv6 address where IPv4 is wanted", "ST_ERROR_NO_ADDRESS", "sheet 5.6",
        [] { return host_address("::1", INET_ADDRESS_IPV4); }},
       {"early", "before InetInitialize", "ST_ERROR_NOT_INITIALIZED", "sheet 5.1",
        [] { return uninitialized([] { return host_address("127.0.0.1", INET_ADDRESS_IPV4); }); }}});
  suite.table(
      "host-name", "InetGetHostName",
      {{"loopback", "of 127.0.0.1", "ok", "sheet 5.6",
        [] {
          INTERNET_ADDRESS loopback = address("127.0.0.1");
          char text[300];
          return said(InetGetHostNameA(&loopback, text, sizeof text) > 0);
        }},
       {"small", "no room", "ST_ERROR_INVALID_SIZE", "sheet 5.6",
        [] {
          INTERNET_ADDRESS loopback = address("127.0.0.1");
          char text[2];
          return counted(InetGetHostNameA(&loopback, text, sizeof text));
        }},
       {"family", "an address of no family", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
        [] {
          INTERNET_ADDRESS nothing{};
          char text[300];
          return counted(InetGetHostNameA(&nothing, text, sizeof text));
        }},
       {"nameless", "nobody has named 192.0.2.1", "no", "sheet 5.6",
        [] {
          INTERNET_ADDRESS nobody = address("192.0.2.1");
          char text[300];
          const bool found = InetGetHostNameA(&nobody, text, sizeof text) > 0;
          const DWORD error = InetGetLastError();
          // Where no name service answers at all, it is that what is said.
          return found ? "yes" : error == ST_ERROR_HOST_NOT_FOUND || error == ST_ERROR_TRY_AGAIN ? "no" : said(false);
        }},
       {"early", "before InetInitialize", "ST_ERROR_NOT_INITIALIZED", "sheet 5.1", [] {
          INTERNET_ADDRESS loopback = address("127.0.0.1");
          return uninitialized([&] {
            char text[300];
            return counted(InetGetHostNameA(&loopback, text, sizeof text));
          });
        }}});
  suite.table("local-name", "InetGetLocalName",
              {{"ok", "of this machine", "ok", "sheet 3.6",
                [] {
                  char text[300];
                  return said(InetGetLocalNameA(text, sizeof text) > 0);
                }},
               {"null", "no buffer", "ST_ERROR_INVALID_PARAMETER", "sheet 3.6",
                [] { return counted(InetGetLocalNameA(nullptr, 300)); }},
               {"small", "no room", "ST_ERROR_INVALID_SIZE", "sheet 3.6",
                [] {
                  char text[1];
                  return counted(InetGetLocalNameA(text, sizeof text));
                }},
               {"early", "before InetInitialize", "ST_ERROR_NOT_INITIALIZED", "sheet 5.1", [] {
                  return uninitialized([] {
                    char text[300];
                    return counted(InetGetLocalNameA(text, sizeof text));
                  });
                }}});
  suite.table("peer-name", "InetGetPeerName",
              {{"loopback", "of a peer at the loopback", "ok", "sheet 3.6", [] { return peer_name(300); }},
               {"null", "no room", "ST_ERROR_INVALID_PARAMETER", "sheet 3.6", [] { return peer_name(0); }},
               {"small", "too little room", "ST_ERROR_INVALID_SIZE", "sheet 3.6", [] { return peer_name(2); }},
               {"dead", "no session", "ST_ERROR_INVALID_HANDLE", "sheet 3.6", [] {
                  char text[300];
                  return counted(InetGetPeerNameA(INVALID_SOCKET, text, sizeof text));
                }}});
  suite.table("aliases", "InetEnumHostAliases",
              {{"address", "an address has none", "0", "sheet 5.6",
                [] { return counted(InetEnumHostAliasesA("127.0.0.1", nullptr, 0)); }},
               {"empty", "no name", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
                [] { return counted(InetEnumHostAliasesA("", nullptr, 0)); }},
               {"buffer", "a buffer without room", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
                [] {
                  char text[8];
                  return counted(InetEnumHostAliasesA("localhost", text, 0));
                }},
               {"unknown", "no host can have that name", "ST_ERROR_HOST_NOT_FOUND", "sheet 5.6",
                [] { return counted(InetEnumHostAliasesA("no such host", nullptr, 0)); }},
               {"early", "before InetInitialize", "ST_ERROR_NOT_INITIALIZED", "sheet 5.1",
                [] { return uninitialized([] { return counted(InetEnumHostAliasesA("localhost", nullptr, 0)); }); }}});
  suite.table(
      "match", "InetMatchHostName",
      {{"star", "*.example.com", "yes", "sheet 5.6", [] { return matches("www.Example.com", "*.example.COM"); }},
       {"several", "one of several", "yes", "sheet 5.6", [] { return matches("10.1.2.3", "a.b, 10.*"); }},
       {"no", "none fits", "no", "sheet 5.6", [] { return matches("localhost", "127.0.0.1"); }},
       {"resolve", "the addresses are the same", "yes", "sheet 5.6",
        [] { return matches("localhost", "127.0.0.1", TRUE); }},
       {"no-mask", "no mask", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6", [] { return matches("localhost", " ,"); }},
       {"no-name", "no name", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6", [] { return matches(nullptr, "*"); }}});
  suite.table(
      "normalize", "InetNormalizeHostName",
      {{"name", "capitals, blanks, a dot", "www.example.com", "sheet 5.6",
        [] { return normalized(" WWW.example.Com. "); }},
       {"idn", "letters beyond ASCII", "xn--bcher-kva.example", "sheet 5.6",
        [] { return normalized("b\xc3\xbc\x63her.example"); }},
       {"address", "an address in brackets", "::1", "sheet 5.6", [] { return normalized("[0:0::1]"); }},
       {"null", "no name", "ST_ERROR_INVALID_PARAMETER, ", "sheet 5.6", [] { return normalized(nullptr); }},
       {"not-a-name", "it cannot be one", "ST_ERROR_HOST_NOT_FOUND, ", "sheet 5.6", [] { return normalized("a..b"); }},
       {"small", "too little room", "ST_ERROR_INVALID_SIZE, ", "sheet 5.6", [] { return normalized("abc", 3); }}});
}

void add_services(Suite& suite) {
  suite.table("service-port", "InetGetServicePort",
              {{"name", "ftp", "21", "sheet 5.6", [] { return counted(InetGetServicePortA("ftp")); }},
               {"number", "a number", "8080", "sheet 5.6", [] { return counted(InetGetServicePortA("8080")); }},
               {"none", "no name", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
                [] { return counted(InetGetServicePortA(nullptr)); }},
               {"unknown", "no such service", "ST_ERROR_NO_ADDRESS", "sheet 5.6",
                [] { return counted(InetGetServicePortA("no-such-service")); }},
               {"too-large", "65536", "ST_ERROR_NO_ADDRESS", "sheet 5.6",
                [] { return counted(InetGetServicePortA("65536")); }}});
  static char text[64];
  suite.table("service-name", "InetGetServiceName",
              {{"port", "21", "3", "sheet 5.6", [] { return counted(InetGetServiceNameA(21, text, sizeof text)); }},
               {"zero", "port 0", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
                [] { return counted(InetGetServiceNameA(0, text, sizeof text)); }},
               {"unknown", "nobody is there", "ST_ERROR_NO_ADDRESS", "sheet 5.6",
                [] { return counted(InetGetServiceNameA(65533, text, sizeof text)); }},
               {"small", "too little room", "ST_ERROR_INVALID_SIZE", "sheet 5.6",
                [] { return counted(InetGetServiceNameA(21, text, 3)); }}});
}

void add_interfaces(Suite& suite) {
  static INTERNET_ADDRESS found;
  suite.table("network-addresses", "InetEnumNetworkAddresses",
              {{"count", "there are some", "yes", "sheet 5.6",
                [] { return yes_no(InetEnumNetworkAddresses(INET_ADDRESS_UNKNOWN, nullptr, 0) > 0); }},
               {"family", "an unknown family", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
                [] { return counted(InetEnumNetworkAddresses(-1, nullptr, 0)); }},
               {"small", "no room", "ST_ERROR_INVALID_SIZE", "sheet 5.6",
                [] { return counted(InetEnumNetworkAddresses(INET_ADDRESS_UNKNOWN, &found, 0)); }}});
  suite.table("adapter", "InetGetAdapterAddress",
              {{"null", "lpAddress is NULL", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
                [] { return said_zero(InetGetAdapterAddress(0, INET_ADDRESS_IPV4, nullptr)); }},
               {"none", "no such interface", "ST_ERROR_ADDRESS_UNAVAILABLE", "sheet 5.6",
                [] { return said_zero(InetGetAdapterAddress(100'000, INET_ADDRESS_IPV4, &found)); }}});
  static char text[64];
  suite.table(
      "physical", "InetGetPhysicalAddress",
      {{"null", "no buffer", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
        [] { return counted(InetGetPhysicalAddressA(0, nullptr, 10)); }},
       {"none", "no such interface", "ST_ERROR_ADDRESS_UNAVAILABLE", "sheet 5.6",
        [] { return counted(InetGetPhysicalAddressA(100'000, text, sizeof text)); }},
       {"small", "too little room, or no interface at all", "no", "sheet 5.6", [] {
          const INT length = InetGetPhysicalAddressA(0, text, 2);
          const DWORD error = InetGetLastError();
          return yes_no(length > 0 || (error != ST_ERROR_INVALID_SIZE && error != ST_ERROR_ADDRESS_UNAVAILABLE));
        }}});
  suite.table("external", "InetGetExternalAddress",
              {{"null", "lpAddress is NULL", "ST_ERROR_INVALID_PARAMETER", "sheet 3.6",
                [] { return said_zero(InetGetExternalAddress(INET_ADDRESS_IPV4, nullptr)); }},
               {"answer", "public, or not known", "yes", "sheet 3.6", [] {
                  const bool ok = InetGetExternalAddress(INET_ADDRESS_UNKNOWN, &found) == 0;
                  if (ok) return yes_no(InetIsAddressRoutable(&found));
                  return yes_no(InetGetLastError() == ST_ERROR_OPERATION_NOT_SUPPORTED);
                }}});
}

void add_numbers(Suite& suite) {
  suite.table(
      "protocol", "InetIsProtocolAvailable",
      {{"tcp", "TCP over IPv4", "yes", "sheet 5.6",
        [] { return answered(InetIsProtocolAvailable(INET_ADDRESS_IPV4, INET_PROTOCOL_TCP)); }},
       {"either", "any", "yes", "sheet 5.6", [] { return answered(InetIsProtocolAvailable(INET_ADDRESS_UNKNOWN, 0)); }},
       {"family", "an unknown family", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
        [] { return answered(InetIsProtocolAvailable(3, 0)); }},
       {"protocol", "ICMP", "ST_ERROR_INVALID_PROTOCOL", "sheet 5.6",
        [] { return answered(InetIsProtocolAvailable(INET_ADDRESS_IPV4, 1)); }}});
  suite.table("null-address", "InetIsAddressNull",
              {{"null", "NULL", "yes", "sheet 5.6", [] { return answered(InetIsAddressNull(nullptr)); }},
               {"any", "0.0.0.0", "yes", "sheet 5.6",
                [] {
                  INTERNET_ADDRESS any = address("0.0.0.0");
                  return answered(InetIsAddressNull(&any));
                }},
               {"loopback", "::1", "no", "sheet 5.6", [] {
                  INTERNET_ADDRESS loopback = address("::1");
                  return answered(InetIsAddressNull(&loopback));
                }}});
  suite.table("routable", "InetIsAddressRoutable",
              {{"public", "8.8.8.8", "yes", "RFC 6890",
                [] {
                  INTERNET_ADDRESS known = address("8.8.8.8");
                  return answered(InetIsAddressRoutable(&known));
                }},
               {"private", "10.1.1.1", "no", "RFC 6890",
                [] {
                  INTERNET_ADDRESS known = address("10.1.1.1");
                  return answered(InetIsAddressRoutable(&known));
                }},
               {"null", "NULL", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6",
                [] { return answered(InetIsAddressRoutable(nullptr)); }}});
  suite.table("compare", "InetCompareAddress",
              {{"same", "::ffff:1.2.3.4 and 1.2.3.4", "yes", "sheet 5.6",
                [] {
                  INTERNET_ADDRESS one = address("::ffff:1.2.3.4"), other = address("1.2.3.4");
                  return answered(InetCompareAddress(&one, &other));
                }},
               {"other", "they differ", "no", "sheet 5.6",
                [] {
                  INTERNET_ADDRESS one = address("::1"), other = address("1.2.3.4");
                  return answered(InetCompareAddress(&one, &other));
                }},
               {"null", "NULL", "ST_ERROR_INVALID_PARAMETER", "sheet 5.6", [] {
                  INTERNET_ADDRESS one = address("::1");
                  return answered(InetCompareAddress(&one, nullptr));
                }}});
}

}  // namespace

void add_host_cases(Suite& suite) {
  add_names(suite);
  add_services(suite);
  add_interfaces(suite);
  add_numbers(suite);
}

}  // namespace conformance
