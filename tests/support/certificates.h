// Certificates made when a test runs: none lies in the tree, and none can expire there.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace inlet::test {

enum class KeyKind { rsa, ecdsa, short_rsa };

class Certificate;

struct CertificatePlan {
  std::string common_name = "localhost";
  std::vector<std::string> names = {"localhost"};  // SAN; none of both: no SAN
  std::vector<std::string> addresses;
  KeyKind key = KeyKind::ecdsa;
  int from_days = -1;  // from today
  int to_days = 30;
  bool authority = false;
  std::string usage;                    // extended key usage, like "clientAuth"
  const Certificate* issuer = nullptr;  // nullptr: signs itself
};

class Certificate {
 public:
  explicit Certificate(const CertificatePlan& plan);

  X509* x509() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

  std::string pem() const;
  // Encrypted (PKCS#8) with a password. traditional: "RSA PRIVATE KEY" and the like.
  std::string key_pem(const std::string& password = "", bool traditional = false) const;
  std::string der() const;
  std::string pkcs12(const std::string& password, const std::string& friendly_name,
                     const std::vector<const Certificate*>& chain = {}) const;

  // Forms that are met now and then.
  std::string key_der() const;
  std::string trusted_pem() const;  // "TRUSTED CERTIFICATE"
  std::string old_pkcs12(
      const std::string& password) const;  // RC2 with 40 bits; empty without OpenSSL's legacy provider
  std::string bare_pkcs12(const std::string& password) const;               // the key is not encrypted, and nested
  std::string slow_pkcs12(const std::string& password, int rounds) const;   // says that the password is hashed so often
  std::string slow_key_pem(const std::string& password, int rounds) const;  // the same

  // A list of revoked certificates, signed by this one.
  std::string revoke(const std::vector<const Certificate*>& revoked) const;

  // "AA:BB:..." of SHA-256.
  std::string fingerprint() const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
};

// Several certificates with their keys in one PKCS#12, as Windows exports them.
struct Named {
  const Certificate* certificate;
  std::string friendly_name;
};
std::string pkcs12_of(const std::vector<Named>& entries, const std::string& password);

void write_file(const std::string& path, const std::string& content);

}  // namespace inlet::test
