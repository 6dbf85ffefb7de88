// Names of certificates and hosts, compared as RFC 6125 says: without regard to case, "*" stands for one whole first label.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tls/openssl.h"

namespace inlet::tls {

// The longest name a client can send that is still a host name.
constexpr size_t kHostNameMax = 255;

// ASCII letters in lower case and without the dot of the root at the end.
std::string folded(std::string_view name);

// "*.example.com" covers "a.example.com", not "example.com" and not "a.b.example.com". Both are folded.
bool covers(std::string_view pattern, std::string_view host);

// The host names a certificate is for: its SAN, or the common name when it has no SAN. Folded.
std::vector<std::string> host_names_of(const X509* certificate);

// The subject's last common name in UTF-8; "" when there is none or it holds a NUL.
std::string common_name_of(const X509* certificate);

// Whether the text is an IPv4 or IPv6 address.
bool is_address(const std::string& text);

// Whether the certificate carries this IP address in its SAN.
bool has_address(const X509* certificate, const std::string& address);

// From host name to a number, with wildcards; the first number for a name wins, and an exact name before a wildcard. A look-up
// allocates nothing.
class NameIndex {
 public:
  void add(const std::string& folded_pattern, uint32_t number);
  std::optional<uint32_t> find(std::string_view host) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Map = std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>>;

  static std::optional<uint32_t> look_up(const Map& map, std::string_view name);

  Map exact_;
  Map wildcards_;  // by what follows "*."
};

}  // namespace inlet::tls
