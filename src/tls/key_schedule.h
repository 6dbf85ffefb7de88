// How the keys of a TLS 1.3 handshake are derived (RFC 8446, 7.1): an algorithm that OpenSSL asks for by name, with every handshake about
// twenty times. Ours stands in a library context of our own, so that nobody else in the process gets it. It is quicker, because
// it looks for nothing by name, and it tells us the secrets for the data, which OpenSSL otherwise gives only as text for log files.
#pragma once

#include "tls/traffic_secrets.h"

namespace inlet::tls {

// For the contexts of servers, with these properties.
//
// Returns  nullptr when the process is bound to certified algorithms, when INLET_TLS_RECORDS is "openssl" in its environment, or there
//          is no memory: then OpenSSL's own is used, nothing is told, and OpenSSL keeps the records too.
// Owner    The process.
OSSL_LIB_CTX* handshake_library();
constexpr const char* kHandshakeProperties = "?provider=inlet";

// While it lives, secrets that are derived on this thread go into that structure.
class SecretCollector {
 public:
  explicit SecretCollector(TrafficSecrets* into);
  ~SecretCollector();
  SecretCollector(const SecretCollector&) = delete;
  SecretCollector& operator=(const SecretCollector&) = delete;
};

}  // namespace inlet::tls
