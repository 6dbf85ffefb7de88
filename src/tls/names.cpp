#include "tls/names.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace inlet::tls {
namespace {

using NamesPtr = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view without_root_dot(std::string_view name) {
  if (name.size() > 1 && name.back() == '.') name.remove_suffix(1);
  return name;
}

// Nothing for a string with a NUL in it: what is compared must be what a reader sees.
std::string text_of(const ASN1_STRING* string) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, string);
  if (size <= 0) return "";
  std::string text(reinterpret_cast<char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  return text.find('\0') == std::string::npos ? text : "";
}

}  // namespace

std::string folded(std::string_view name) {
  name = without_root_dot(name);
  std::string result(name);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool covers(std::string_view pattern, std::string_view host) {
  if (pattern.substr(0, 2) != "*.") return pattern == host;
  const size_t dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && pattern.substr(2) == host.substr(dot + 1);
}

std::string common_name_of(const X509* certificate) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  int last = -1;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) last = at;
  return last < 0 ? "" : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
}

std::vector<std::string> host_names_of(const X509* certificate) {
  std::vector<std::string> names;
  NamesPtr alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type != GEN_DNS) continue;
    if (std::string text = folded(text_of(name->d.dNSName)); !text.empty()) names.push_back(std::move(text));
  }
  if (alternatives) return names;
  if (std::string text = folded(common_name_of(certificate)); !text.empty()) names.push_back(std::move(text));
  return names;
}

bool is_address(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

bool has_address(const X509* certificate, const std::string& address) {
  return is_address(address) && X509_check_ip_asc(const_cast<X509*>(certificate), address.c_str(), 0) == 1;
}

void NameIndex::add(const std::string& folded_pattern, uint32_t number) {
  if (folded_pattern.compare(0, 2, "*.") == 0)
    wildcards_.try_emplace(folded_pattern.substr(2), number);
  else
    exact_.try_emplace(folded_pattern, number);
}

std::optional<uint32_t> NameIndex::look_up(const Map& map, std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? std::nullopt : std::optional<uint32_t>(found->second);
}

std::optional<uint32_t> NameIndex::find(std::string_view host) const {
  host = without_root_dot(host);
  if (host.empty() || host.size() > kHostNameMax) return std::nullopt;
  char small[kHostNameMax];
  std::transform(host.begin(), host.end(), small, lower);
  const std::string_view name(small, host.size());
  if (std::optional<uint32_t> number = look_up(exact_, name)) return number;
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  return look_up(wildcards_, name.substr(dot + 1));
}

}  // namespace inlet::tls
