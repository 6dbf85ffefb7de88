// Reads one file of certificates and keys: PEM in any order, PKCS#12 with several entries, or a single DER object.
#pragma once

#include <string>
#include <vector>

#include "tls/load_error.h"
#include "tls/openssl.h"

namespace inlet::tls {

struct FoundCertificate {
  CertificatePtr certificate;
  std::string friendly_name;  // PKCS#12 only
};

struct FoundKey {
  KeyPtr key;
  std::string friendly_name;  // PKCS#12 only
};

// What a file holds, in its order. Blocks of other kinds (parameters, requests) are passed over.
struct Findings {
  std::vector<FoundCertificate> certificates;
  std::vector<FoundKey> keys;
  std::vector<RevocationsPtr> revocations;  // PEM only
};

// Adds to found. A file that holds nothing of use is no error here.
//
// Errors   missing_file, unreadable, too_large, no_password, wrong_password, damaged, unsupported
LoadError read_certificate_file(const std::string& file, const std::string& password, Findings& found);

}  // namespace inlet::tls
