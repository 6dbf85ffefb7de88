// HKDF as TLS 1.3 uses it (RFC 5869; RFC 8446, 7.1).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "tls/openssl.h"

namespace inlet::tls {

class Hkdf {
 public:
  using Bytes = std::span<const unsigned char>;

  // Shape    The digest by its length: 32 for SHA-256, 48 for SHA-384.
  explicit Hkdf(size_t digest_bytes);

  // Each   Returns false without memory, and for a digest that there is not.

  // HKDF-Expand-Label.
  // Shape    into: at most as long as the digest
  bool expand(Bytes secret, std::string_view prefix, std::string_view label, Bytes context,
              std::span<unsigned char> into);
  // HKDF-Extract.
  // Shape    into: as long as the digest
  bool extract(Bytes salt, Bytes key, std::span<unsigned char> into);

 private:
  bool hmac(Bytes key, Bytes text, std::span<unsigned char> into);

  Owned<EVP_MAC_CTX, EVP_MAC_CTX_free> mac_;
};

}  // namespace inlet::tls
