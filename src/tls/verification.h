// Whether a peer's certificate is good: every reason against it is collected, and the gravest one is the answer.
#pragma once

#include <cstdint>
#include <string>

#include "tls/load_error.h"
#include "tls/openssl.h"

namespace inlet::tls {

// In the order of SECURITY_CERTIFICATE_*, whose numbers these are.
enum class CertificateStatus : uint8_t {
  none = 0,       // the peer showed no certificate
  valid = 1,      // good
  nomatch = 2,    // good, but for another host
  expired = 3,    // out of date, or not valid yet
  revoked = 4,    // on the list of revoked certificates
  untrusted = 5,  // nobody we trust has signed it
  invalid = 6,    // damaged, too weak, or not meant for this use
};

// Of an X509_V_* code.
CertificateStatus status_of(long verify_result);

// Has this context check its peers' certificates against the roots in trust (a file or a folder of PEM files; empty for those of
// the system). Revoked ones are refused when trust holds a list of them (CRL) for their issuer.
//
// Errors   Those of read_certificate_file; no_certificate
LoadError set_trust(SSL_CTX* context, const std::string& trust, bool name_authorities);

// Makes the connection go on whatever the certificate is. What was wrong stays known.
void trust_anyway(SSL* ssl);

// Has the peer's certificate compared with a host name or an IP address.
// Returns  false when OpenSSL has no memory or takes the text for no name.
bool expect_host(SSL* ssl, const std::string& host);

}  // namespace inlet::tls
