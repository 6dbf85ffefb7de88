// SECURITYCREDENTIALS as a program fills them in, in either form of text, and what is made of them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "cswsock10.h"
#include "server/text.h"
#include "tls/credentials.h"

namespace inlet::server {

template <class Character>
struct CredentialsForm;
template <>
struct CredentialsForm<char> {
  using Type = SECURITYCREDENTIALSA;
};
template <>
struct CredentialsForm<WCHAR> {
  using Type = SECURITYCREDENTIALSW;
};
template <class Character>
using CredentialsOf = typename CredentialsForm<Character>::Type;

// What SECURITYCREDENTIALS say, as UTF-8.
struct CredentialsIn {
  DWORD protocols = 0;
  DWORD options = 0;
  std::string host, password, store, name, key_file, trust, application_protocols;
};

inline std::string text_in(const TextIn& text) {
  return text ? text.get() : "";
}

// Errors   fault  the structure is of no size that we know
template <class Credentials>
Result<CredentialsIn> read_credentials(const Credentials& given) {
  constexpr size_t kDocumented = offsetof(Credentials, lpszTrustStore);
  if (given.dwSize != kDocumented && given.dwSize != sizeof(Credentials)) return Error::fault;
  CredentialsIn in;
  in.protocols = given.dwProtocol;
  in.options = given.dwOptions;
  in.host = text_in(TextIn(given.lpszHostName));
  in.password = text_in(TextIn(given.lpszPassword));
  in.store = text_in(TextIn(given.lpszCertStore));
  in.name = text_in(TextIn(given.lpszCertName));
  in.key_file = text_in(TextIn(given.lpszKeyFile));
  if (given.dwSize == kDocumented) return in;
  in.trust = text_in(TextIn(given.lpszTrustStore));
  in.application_protocols = text_in(TextIn(given.lpszProtocols));
  return in;
}

// Loads them, or takes them from those loaded lately. An error leaves its story for InetGetErrorString, file name first.
//
// Errors   fault, protocol_not_supported, certificate_*, access_denied, out_of_memory: see InetEnableSecurity
Result<std::shared_ptr<const tls::Credentials>> load_credentials(const CredentialsIn& in, tls::Role role);

// For a client that names no credentials: no certificate, the system's roots.
Result<std::shared_ptr<const tls::Credentials>> default_client_credentials();

}  // namespace inlet::server
