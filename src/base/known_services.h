// The services that everybody knows, for systems whose list of services is not installed.
#pragma once

#include <cstdint>
#include <string_view>

namespace inlet {

struct KnownService {
  std::string_view name;
  uint16_t port;
  bool tcp;
  bool udp;
  std::string_view alias = {};
};

inline constexpr KnownService kKnownServices[] = {
    {"echo", 7, true, true},
    {"discard", 9, true, true, "sink"},
    {"systat", 11, true, false, "users"},
    {"daytime", 13, true, true},
    {"qotd", 17, true, true, "quote"},
    {"chargen", 19, true, true, "ttytst"},
    {"ftp-data", 20, true, false},
    {"ftp", 21, true, false},
    {"ssh", 22, true, false},
    {"telnet", 23, true, false},
    {"smtp", 25, true, false, "mail"},
    {"time", 37, true, true, "timserver"},
    {"domain", 53, true, true},
    {"bootps", 67, false, true},
    {"bootpc", 68, false, true},
    {"tftp", 69, false, true},
    {"http", 80, true, false, "www"},
    {"pop3", 110, true, false},
    {"ntp", 123, false, true},
    {"imap", 143, true, false, "imap4"},
    {"snmp", 161, false, true},
    {"ldap", 389, true, false},
    {"https", 443, true, true},
};

}  // namespace inlet
