// getaddrinfo, getnameinfo, gethostname.
#include <set>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

// The list as text: "2/1/6 127.0.0.1:80; ..."; or the name of the error, and whether the pointer is NULL then.
std::string resolve(const char* node, const char* service, const ADDRINFOA* hints) {
  ADDRINFOA* list = reinterpret_cast<ADDRINFOA*>(uintptr_t{16});
  const int code = ::getaddrinfo(node, service, hints, &list);
  if (code != 0) return list == nullptr ? code_name(code) : code_name(code) + " but a list";
  std::string text;
  for (const ADDRINFOA* entry = list; entry != nullptr; entry = entry->ai_next) {
    char host[NI_MAXHOST] = "?";
    char port[NI_MAXSERV] = "?";
    ::getnameinfo(entry->ai_addr, static_cast<int>(entry->ai_addrlen), host, sizeof(host), port, sizeof(port),
                  NI_NUMERICHOST | NI_NUMERICSERV);
    text += (text.empty() ? "" : "; ") + number(entry->ai_family) + "/" + number(entry->ai_socktype) + "/" +
            number(entry->ai_protocol) + " " + host + ":" + port;
  }
  ::freeaddrinfo(list);
  return text;
}

ADDRINFOA hints_of(int family, int type = 0, int protocol = 0, int flags = 0) {
  ADDRINFOA hints{};
  hints.ai_family = family;
  hints.ai_socktype = type;
  hints.ai_protocol = protocol;
  hints.ai_flags = flags;
  return hints;
}

std::string with(const char* node, const char* service, int family, int type = 0, int protocol = 0, int flags = 0) {
  const ADDRINFOA hints = hints_of(family, type, protocol, flags);
  return resolve(node, service, &hints);
}

std::string only_loopback(const char* node) {
  const ADDRINFOA hints = hints_of(AF_INET, SOCK_STREAM);
  const std::string list = resolve(node, "0", &hints);
  return list.find("127.0.0.1:0") != std::string::npos ? "loopback" : list;
}

std::string finds_something(const char* node) {
  ADDRINFOA* list = nullptr;
  const int code = ::getaddrinfo(node, nullptr, nullptr, &list);
  if (code != 0) return code_name(code);
  ::freeaddrinfo(list);
  return list != nullptr ? "found" : "empty";
}

std::string hints_with(void (*spoil)(ADDRINFOA*)) {
  ADDRINFOA hints = hints_of(AF_INET, SOCK_STREAM);
  spoil(&hints);
  return resolve("127.0.0.1", "80", &hints);
}

std::string name_info(const Address& address, int size, bool host_wanted, bool port_wanted, int flags,
                      DWORD host_room = 256, DWORD port_room = 64) {
  char host[256] = "";
  char port[64] = "";
  const int code = ::getnameinfo(address.get(), size, host_wanted ? host : nullptr, host_room,
                                 port_wanted ? port : nullptr, port_room, flags);
  if (code != 0) return code_name(code);
  return std::string(host) + "|" + port;
}

Address named(u_short port = 80) {
  return loopback(AF_INET, htons(port));
}
constexpr int kNumeric = NI_NUMERICHOST | NI_NUMERICSERV;

std::string error_after_success() {
  ::WSASetLastError(0xdead);
  ADDRINFOA* list = nullptr;
  if (::getaddrinfo("127.0.0.1", "80", nullptr, &list) != 0) return last_error();
  ::freeaddrinfo(list);
  return last_error();
}

std::string canonical_name() {
  const ADDRINFOA hints = hints_of(AF_INET, SOCK_STREAM, 0, AI_CANONNAME | AI_NUMERICHOST);
  ADDRINFOA* list = nullptr;
  const int code = ::getaddrinfo("127.0.0.1", nullptr, &hints, &list);
  if (code != 0) return code_name(code);
  const std::string name = list->ai_canonname == nullptr ? "NULL" : list->ai_canonname;
  ::freeaddrinfo(list);
  return name;
}

std::string result_flags() {
  const ADDRINFOA hints = hints_of(AF_INET, SOCK_STREAM, 0, AI_ALL);
  ADDRINFOA* list = nullptr;
  const int code = ::getaddrinfo("127.0.0.1", "80", &hints, &list);
  if (code != 0) return code_name(code);
  const int flags = list->ai_flags;
  ::freeaddrinfo(list);
  return number(flags);
}

std::string wide() {
  ADDRINFOW hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  const WCHAR node[] = {'1', '2', '7', '.', '0', '.', '0', '.', '1', 0};
  const WCHAR service[] = {'8', '0', 0};
  ADDRINFOW* list = nullptr;
  const int code = ::GetAddrInfoW(node, service, &hints, &list);
  if (code != 0) return code_name(code);
  const auto* address = reinterpret_cast<const sockaddr_in*>(list->ai_addr);
  const std::string text = number(ntohl(address->sin_addr.s_addr)) + ":" + number(ntohs(address->sin_port));
  ::FreeAddrInfoW(list);
  return text;
}

std::string host_name(bool null, int room) {
  char name[256] = "";
  return outcome(::gethostname(null ? nullptr : name, room));
}

}  // namespace

void add_resolver_cases(Suite& suite) {
  constexpr const char* kSource = "sheet 5.3 obsP:test_getaddrinfo";
  suite.table(
      "getaddrinfo", "getaddrinfo",
      {
          {"nothing", "neither node nor service", "WSAHOST_NOT_FOUND", kSource,
           [] { return resolve(nullptr, nullptr, nullptr); }},
          {"numeric", "a numeric address and port", "2/1/0 127.0.0.1:80", kSource,
           [] { return with("127.0.0.1", "80", AF_INET, SOCK_STREAM); }},
          {"numeric-tcp", "type and protocol come back as asked", "2/1/6 127.0.0.1:80", kSource,
           [] { return with("127.0.0.1", "80", AF_INET, SOCK_STREAM, IPPROTO_TCP); }},
          {"no-hints", "no hints: one entry, not three", "2/0/0 127.0.0.1:80", kSource,
           [] { return resolve("127.0.0.1", "80", nullptr); }},
          {"no-service", "no service: port 0", "2/1/0 127.0.0.1:0", kSource,
           [] { return with("127.0.0.1", nullptr, AF_INET, SOCK_STREAM); }},
          {"empty-service", "an empty service: port 0", "2/1/0 127.0.0.1:0", kSource,
           [] { return with("127.0.0.1", "", AF_INET, SOCK_STREAM); }},
          {"passive", "AI_PASSIVE without a node: the wildcard", "2/1/0 0.0.0.0:80", kSource,
           [] { return with(nullptr, "80", AF_INET, SOCK_STREAM, 0, AI_PASSIVE); }},
          {"passive-v6", "the same, IPv6", "23/1/0 :::80", kSource,
           [] { return with(nullptr, "80", AF_INET6, SOCK_STREAM, 0, AI_PASSIVE); }},
          {"not-passive", "no node: the loopback", "2/1/0 127.0.0.1:80", kSource,
           [] { return with(nullptr, "80", AF_INET, SOCK_STREAM); }},
          {"not-passive-v6", "the same, IPv6", "23/1/0 ::1:80", kSource,
           [] { return with(nullptr, "80", AF_INET6, SOCK_STREAM); }},
          {"v6", "an IPv6 address", "23/1/0 ::1:80", kSource, [] { return with("::1", "80", AF_INET6, SOCK_STREAM); }},
          {"v6-brackets", "an IPv6 address in brackets", "23/1/0 ::1:80", kSource,
           [] { return with("[::1]", "80", AF_INET6, SOCK_STREAM); }},
          {"v6-brackets-port", "in brackets with a port: the port is not taken", "23/0/0 beef::cafe:0", kSource,
           [] { return with("[beef::cafe]:10239", nullptr, AF_INET6); }},
          {"v6-unmatched", "an unmatched bracket", "WSAHOST_NOT_FOUND", kSource,
           [] { return with("[beef::cafe", nullptr, AF_INET6, 0, 0, AI_NUMERICHOST); }},
          {"v4-port", "an IPv4 address with a port", "WSAHOST_NOT_FOUND", kSource,
           [] { return with("127.0.0.1:80", nullptr, AF_INET, 0, 0, AI_NUMERICHOST); }},
          {"numerichost-name", "AI_NUMERICHOST and a name", "WSAHOST_NOT_FOUND", kSource,
           [] { return with("localhost", "80", AF_INET, SOCK_STREAM, 0, AI_NUMERICHOST); }},
          {"localhost", "localhost", "loopback", kSource, [] { return only_loopback("localhost"); }},
          {"empty-node", "an empty node: the computer's addresses", "found", kSource,
           [] { return finds_something(""); }},
          {"service-name", "a service by name", "2/1/0 127.0.0.1:80", kSource,
           [] { return with("127.0.0.1", "http", AF_INET, SOCK_STREAM); }},
          {"unknown-service", "an unknown service", "WSATYPE_NOT_FOUND", kSource,
           [] { return with("127.0.0.1", "no-such-service", AF_INET, SOCK_STREAM); }},
          {"numericserv-name", "AI_NUMERICSERV and a name", "WSAHOST_NOT_FOUND", kSource,
           [] { return with("127.0.0.1", "http", AF_INET, SOCK_STREAM, 0, AI_NUMERICSERV); }},
          {"unknown-family", "an unknown family", "WSAEAFNOSUPPORT", kSource,
           [] { return with("127.0.0.1", "80", 250, SOCK_STREAM); }},
          {"unknown-type", "an unknown type", "WSAESOCKTNOSUPPORT", kSource,
           [] { return with("127.0.0.1", "80", AF_INET, 999); }},
          {"stream-udp", "type and protocol are not compared", "2/1/17 127.0.0.1:80", kSource,
           [] { return with("127.0.0.1", "80", AF_INET, SOCK_STREAM, IPPROTO_UDP); }},
          {"dgram-tcp", "type and protocol are not compared", "2/2/6 127.0.0.1:80", kSource,
           [] { return with("127.0.0.1", "80", AF_INET, SOCK_DGRAM, IPPROTO_TCP); }},
          {"stream-999", "any protocol", "2/1/999 127.0.0.1:80", kSource,
           [] { return with("127.0.0.1", "80", AF_INET, SOCK_STREAM, 999); }},
          {"protocol-only", "protocol without type", "2/0/6 127.0.0.1:80", kSource,
           [] { return with("127.0.0.1", "80", AF_INET, 0, IPPROTO_TCP); }},
          {"dgram", "datagram", "2/2/17 127.0.0.1:53", kSource,
           [] { return with("127.0.0.1", "53", AF_INET, SOCK_DGRAM, IPPROTO_UDP); }},
          {"v4-as-v6", "an IPv4 address while IPv6 is asked for", "WSAHOST_NOT_FOUND", kSource,
           [] { return with("127.0.0.1", "80", AF_INET6, SOCK_STREAM, 0, AI_NUMERICHOST); }},
          {"hints-addrlen", "ai_addrlen is not 0", "WSANO_RECOVERY", kSource,
           [] { return hints_with([](ADDRINFOA* hints) { hints->ai_addrlen = 1; }); }},
          {"hints-canonname", "ai_canonname is not NULL", "WSANO_RECOVERY", kSource,
           [] { return hints_with([](ADDRINFOA* hints) { hints->ai_canonname = const_cast<char*>("x"); }); }},
          {"hints-addr", "ai_addr is not NULL", "WSANO_RECOVERY", kSource,
           [] {
             return hints_with([](ADDRINFOA* hints) {
               static sockaddr address;
               hints->ai_addr = &address;
             });
           }},
          {"hints-next", "ai_next is not NULL", "WSANO_RECOVERY", kSource,
           [] {
             return hints_with([](ADDRINFOA* hints) {
               static ADDRINFOA next;
               hints->ai_next = &next;
             });
           }},
          {"canonname-without-node", "AI_CANONNAME without a node", "WSAEINVAL", "api:getaddrinfo",
           [] { return with(nullptr, "80", AF_INET, SOCK_STREAM, 0, AI_CANONNAME); }},
          {"canonname", "AI_CANONNAME of an address", "127.0.0.1", "api:getaddrinfo", canonical_name},
          {"result-flags", "ai_flags of the results", "0", kSource, result_flags},
          {"error-0", "success leaves the last error at 0", "0", kSource, error_after_success},
          {"free-null", "freeaddrinfo(NULL)", "ok", "sheet 5.3",
           [] {
             ::freeaddrinfo(nullptr);
             return std::string("ok");
           }},
          {"wide", "GetAddrInfoW", "2130706433:80", "obsP:test_GetAddrInfoW", wide},
      });
  suite.table("getnameinfo", "getnameinfo",
              {
                  {"numeric", "address and port in numbers", "127.0.0.1|80", "api:getnameinfo",
                   [] { return name_info(named(), 16, true, true, kNumeric); }},
                  {"numeric-v6", "the same, IPv6", "::1|80", "api:getnameinfo",
                   [] { return name_info(loopback(AF_INET6, htons(80)), 28, true, true, kNumeric); }},
                  {"host-only", "only the host", "127.0.0.1|", "api:getnameinfo",
                   [] { return name_info(named(), 16, true, false, kNumeric); }},
                  {"port-only", "only the port", "|80", "api:getnameinfo",
                   [] { return name_info(named(), 16, false, true, kNumeric); }},
                  {"neither", "neither is wanted", "WSAHOST_NOT_FOUND", "sheet 5.3",
                   [] { return name_info(named(), 16, false, false, kNumeric, 0, 0); }},
                  {"short-address", "the address is one byte short", "WSAEFAULT", "sheet 5.3",
                   [] { return name_info(named(), 15, true, true, kNumeric); }},
                  {"short-v6", "an IPv6 address of 16 bytes", "WSAEFAULT", "sheet 5.3",
                   [] { return name_info(loopback(AF_INET6), 16, true, true, kNumeric); }},
                  {"null-address", "the address is NULL", "WSAEFAULT", "sheet 5.3",
                   [] {
                     char host[64];
                     return code_name(::getnameinfo(nullptr, 16, host, sizeof(host), nullptr, 0, kNumeric));
                   }},
                  {"bad-family", "an unknown family", "WSAEAFNOSUPPORT", "sheet 5.3",
                   [] {
                     Address address = named();
                     address.any.sa_family = static_cast<ADDRESS_FAMILY>(0xdead);
                     return name_info(address, 16, true, true, kNumeric);
                   }},
                  {"short-host", "no room for the host", "WSAEFAULT", "sheet 5.3",
                   [] { return name_info(named(), 16, true, false, kNumeric, 4); }},
                  {"service", "a service by name", "127.0.0.1|http", "api:getnameinfo",
                   [] { return name_info(named(80), 16, true, true, NI_NUMERICHOST); }},
                  {"unknown-port", "a port without a name gives the number", "127.0.0.1|49999", "sheet 5.3",
                   [] { return name_info(named(49999), 16, true, true, NI_NUMERICHOST); }},
                  {"name-required", "NI_NAMEREQD and no name", "WSAHOST_NOT_FOUND", "sheet 5.3",
                   [] { return name_info(v4_address(0xc0000201), 16, true, false, NI_NAMEREQD | NI_NUMERICHOST); }},
              });
  suite.table("gethostname", "gethostname",
              {
                  {"null", "the buffer is NULL", "WSAEFAULT", "sheet 5.3", [] { return host_name(true, 256); }},
                  {"short", "the buffer is too small", "WSAEFAULT", "sheet 5.3", [] { return host_name(false, 1); }},
                  {"fits", "the buffer is large", "0", "sheet 5.3", [] { return host_name(false, 256); }},
              });
}

}  // namespace conformance
