#include "e2e/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace inlet::bench {

namespace {

struct Deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(FILE* file) const { std::fclose(file); }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter>;
using X509Ptr = std::unique_ptr<X509, Deleter>;

constexpr long kDay_s = 24L * 60 * 60;
constexpr long kVersion3 = 2;  // the field counts from 0

X509Ptr self_signed(EVP_PKEY* key) {
  X509Ptr certificate(X509_new());
  X509_set_version(certificate.get(), kVersion3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay_s);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* host = reinterpret_cast<const unsigned char*>("localhost");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) throw std::runtime_error("X509_sign failed");
  return certificate;
}

}  // namespace

Certificate::Certificate() {
  std::string path = (std::filesystem::temp_directory_path() / "bench-XXXXXX.pem").string();
  const int fd = mkstemps(path.data(), 4);
  if (fd < 0) throw std::runtime_error("cannot write a certificate to " + path);
  file_ = path;
  const std::unique_ptr<FILE, Deleter> out(fdopen(fd, "w"));
  const Key key(EVP_EC_gen("P-256"));
  const X509Ptr certificate = self_signed(key.get());
  if (PEM_write_X509(out.get(), certificate.get()) != 1 ||
      PEM_write_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    throw std::runtime_error("cannot write " + path);
  }
}

Certificate::~Certificate() {
  std::error_code error;
  std::filesystem::remove(file_, error);
}

}  // namespace inlet::bench
