// Why a TLS session failed.
#pragma once

#include <cstdint>
#include <string>

#include "tls/openssl.h"
#include "tls/verification.h"

namespace inlet::tls {

enum class Fault : uint8_t {
  none,
  truncated,           // the connection ended without close_notify: the peer died, or somebody cut it
  not_tls,             // what came is no TLS, plain text for example
  no_common_version,   // one of the two wants a protocol that the other does not speak
  no_common_cipher,    // or no cipher suite, group or signature in common
  no_common_protocol,  // ALPN: the client offers only what the server does not speak
  bad_certificate,     // the peer's certificate was refused; the text says why
  no_certificate,      // the client showed none and has to
  handshake_too_long,  // more bytes than any honest handshake has
  flood,               // records without data, again and again
  alert,               // the peer gave up and said why
  bad_record,          // a record that was damaged on its way, or forged
  protocol,            // any other breach of the protocol
  no_memory,
};

struct Failure {
  Fault fault = Fault::none;
  std::string text;                                    // English, without a full stop
  CertificateStatus status = CertificateStatus::none;  // with bad_certificate: what is wrong with it
};

// The cause that OpenSSL's queue of errors tells, which is empty afterwards. ended: the wire has no more input.
Failure failure_of(const SSL* ssl, bool ended);

// A cause of our own.
Failure failure_of(Fault fault);

// What the peer has said before it left: an alert by its number.
Failure failure_of_alert(int alert);

}  // namespace inlet::tls
