// The server's side of TLS as every peer that uses OpenSSL sets it up: TLS 1.3, the given certificate, OpenSSL's own choices
// for the rest (two tickets for each handshake among them).
#ifndef INLET_BENCH_TLS_CONTEXT_H
#define INLET_BENCH_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include <stdexcept>
#include <string>

namespace inlet::bench {

inline void set_up_tls_server(SSL_CTX* context, const std::string& pem_file) {
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_file(context, pem_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, pem_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("no certificate or no key in " + pem_file);
  }
}

}  // namespace inlet::bench

#endif
