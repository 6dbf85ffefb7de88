// What is known of a secured connection: the contents of SECURITYINFO in words of our own.
#pragma once

#include <cstdint>
#include <string>

#include "tls/openssl.h"
#include "tls/verification.h"

namespace inlet::tls {

enum class Protocol : uint8_t { none, tls12, tls13 };
enum class Cipher : uint8_t { none, aes, chacha20 };
enum class Hash : uint8_t { none, sha256, sha384 };
enum class KeyExchange : uint8_t { none, ecdh };  // ephemeral always

struct SecurityInfo {
  Protocol protocol = Protocol::none;
  Cipher cipher = Cipher::none;
  unsigned cipher_bits = 0;
  Hash hash = Hash::none;
  unsigned hash_bits = 0;
  KeyExchange key_exchange = KeyExchange::none;
  unsigned key_exchange_bits = 0;  // of the group; 0 when OpenSSL does not tell
  std::string suite;               // its standard name, like "TLS_AES_128_GCM_SHA256"
  std::string group;               // like "x25519"
  bool resumed = false;

  // About the peer's certificate. Dates are seconds since 1970; the strings are empty without a certificate.
  CertificateStatus status = CertificateStatus::none;
  int64_t issued_s = 0;
  int64_t expires_s = 0;
  std::string issuer;       // "CN=..., O=..., C=...", UTF-8
  std::string subject;      // the same
  std::string fingerprint;  // SHA-256, upper-case hexadecimal pairs with colons
};

// What has to be kept of a connection to tell all this later, without OpenSSL's own record of it.
//
// Shape    Names belong to the context of the connection's credentials.
struct SecurityFacts {
  const SSL_CIPHER* suite = nullptr;  // none before the handshake is done
  const char* group = nullptr;
  unsigned group_bits = 0;
  bool tls13 = false;
  bool resumed = false;
  long verified = X509_V_OK;
  CertificatePtr peer;
};

SecurityFacts security_facts_of(SSL* ssl);

// Shape    An empty structure until the handshake is done.
// Thread   The one that uses the session. May throw bad_alloc.
SecurityInfo security_info_of(const SecurityFacts& facts);

}  // namespace inlet::tls
