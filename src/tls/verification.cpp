#include "tls/verification.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/limits.h"
#include "tls/certificate_file.h"
#include "tls/names.h"

namespace fs = std::filesystem;

namespace inlet::tls {
namespace {

int trusted_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int gravest_index() {
  static const int index = X509_STORE_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// How bad a status is when there are several; the first wins.
int gravity(CertificateStatus status) {
  switch (status) {
    case CertificateStatus::invalid: return 5;
    case CertificateStatus::revoked: return 4;
    case CertificateStatus::untrusted: return 3;
    case CertificateStatus::expired: return 2;
    case CertificateStatus::nomatch: return 1;
    default: return 0;
  }
}

// Lets OpenSSL go on looking after each reason, and keeps the gravest. The error code lies on the stack of verify.
int note_reason(int good, X509_STORE_CTX* checked) {
  if (good == 1) return 1;
  int& gravest = *static_cast<int*>(X509_STORE_CTX_get_ex_data(checked, gravest_index()));
  const int reason = X509_STORE_CTX_get_error(checked);
  if (gravity(status_of(reason)) > gravity(status_of(gravest))) gravest = reason;
  return 1;
}

int verify(X509_STORE_CTX* checked, void*) {
  int gravest = X509_V_OK;
  const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(checked, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (X509_STORE_CTX_set_ex_data(checked, gravest_index(), &gravest) != 1) return 0;
  X509_STORE_CTX_set_verify_cb(checked, note_reason);
  if (X509_verify_cert(checked) <= 0 && gravest == X509_V_OK) gravest = X509_V_ERR_UNSPECIFIED;
  X509_STORE_CTX_set_ex_data(checked, gravest_index(), nullptr);
  X509_STORE_CTX_set_error(checked, gravest);
  return gravest == X509_V_OK || SSL_get_ex_data(ssl, trusted_index()) != nullptr;
}

LoadError read_trust(const std::string& trust, Findings& found) {
  std::error_code code;
  if (!fs::is_directory(trust, code)) {
    LoadError error = read_certificate_file(trust, "", found);
    if (error.ok() && found.certificates.empty()) return load_error(LoadFault::no_certificate, trust);
    return error;
  }
  std::vector<std::string> files;
  for (fs::directory_iterator at(trust, code); !code && at != fs::directory_iterator(); at.increment(code)) {
    const std::string extension = folded(at->path().extension().string());
    if (extension == ".pem" || extension == ".crt" || extension == ".cer") files.push_back(at->path().string());
    if (files.size() > kTlsFolderFilesMax)
      return load_error(LoadFault::too_large, trust, "the folder holds too many files");
  }
  if (code) return load_error(LoadFault::unreadable, trust, "the folder cannot be read: " + code.message());
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    LoadError error = read_certificate_file(file, "", found);
    if (!error.ok()) return error;
  }
  return found.certificates.empty() ? load_error(LoadFault::no_certificate, trust) : LoadError{};
}

bool fill_store(SSL_CTX* context, const Findings& found, bool name_authorities) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const FoundCertificate& root : found.certificates) {
    // What verifying finds out about a certificate OpenSSL keeps in it; now, while no other thread has it.
    X509_check_purpose(root.certificate.get(), -1, 0);
    if (X509_STORE_add_cert(store, root.certificate.get()) != 1) return false;
    if (name_authorities && SSL_CTX_add_client_CA(context, root.certificate.get()) != 1) return false;
  }
  for (const RevocationsPtr& revocations : found.revocations)
    if (X509_STORE_add_crl(store, revocations.get()) != 1) return false;
  // What the user names himself he trusts as it stands, be it a root or not.
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
  if (!found.revocations.empty()) flags |= X509_V_FLAG_CRL_CHECK;
  return X509_STORE_set_flags(store, flags) == 1;
}

}  // namespace

CertificateStatus status_of(long verify_result) {
  switch (verify_result) {
    case X509_V_OK: return CertificateStatus::valid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return CertificateStatus::nomatch;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return CertificateStatus::expired;
    case X509_V_ERR_CERT_REVOKED: return CertificateStatus::revoked;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID: return CertificateStatus::untrusted;
    default: return CertificateStatus::invalid;
  }
}

LoadError set_trust(SSL_CTX* context, const std::string& trust, bool name_authorities) {
  SSL_CTX_set_cert_verify_callback(context, verify, nullptr);
  SSL_CTX_set_verify_depth(context, kTlsChainDepthMax);
  SSL_CTX_set_max_cert_list(context, kTlsChainBytesMax);
  if (trust.empty()) {
    const bool good = SSL_CTX_set_default_verify_paths(context) == 1;
    return good ? LoadError{}
                : load_error(LoadFault::no_certificate, "", "the system's trusted certificates cannot be read");
  }
  Findings found;
  LoadError error = read_trust(trust, found);
  if (!error.ok()) return error;
  return fill_store(context, found, name_authorities) ? LoadError{} : load_error(LoadFault::no_memory, trust);
}

void trust_anyway(SSL* ssl) {
  static int yes;
  SSL_set_ex_data(ssl, trusted_index(), &yes);
}

bool expect_host(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size()) == 1;
}

}  // namespace inlet::tls
