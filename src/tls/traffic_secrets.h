// What a TLS 1.3 handshake leaves behind for the data: a secret for each direction.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tls/openssl.h"

namespace inlet::tls {

constexpr size_t kTlsSecretBytes = 48;  // the longest: that of SHA-384

// Owner    A session, during its handshake.
struct TrafficSecrets {
  struct Direction {
    unsigned char secret[kTlsSecretBytes];
    size_t size = 0;       // 0: not known
    uint64_t records = 0;  // that have passed under it
  };
  Direction of_client, of_server;

  TrafficSecrets() = default;
  ~TrafficSecrets() { OPENSSL_cleanse(this, sizeof *this); }
  TrafficSecrets(const TrafficSecrets&) = delete;
  TrafficSecrets& operator=(const TrafficSecrets&) = delete;
};

}  // namespace inlet::tls
