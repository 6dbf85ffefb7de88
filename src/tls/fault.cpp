#include "tls/fault.h"

#include <openssl/x509_vfy.h>

namespace inlet::tls {
namespace {

const char* words_of(Fault fault) {
  switch (fault) {
    case Fault::none: return "no error";
    case Fault::truncated: return "the connection ended before the TLS session was closed";
    case Fault::not_tls: return "the peer does not speak TLS";
    case Fault::no_common_version: return "no TLS version in common with the peer";
    case Fault::no_common_cipher: return "no cipher suite, group or signature algorithm in common with the peer";
    case Fault::no_common_protocol: return "no application protocol (ALPN) in common with the peer";
    case Fault::bad_certificate: return "the peer's certificate was refused";
    case Fault::no_certificate: return "the peer shows no certificate";
    case Fault::handshake_too_long: return "the peer's handshake is too long";
    case Fault::flood: return "the peer sends too many TLS records without data";
    case Fault::alert: return "the peer gave up";
    case Fault::bad_record: return "a TLS record was damaged or forged";
    case Fault::protocol: return "the peer breaks the TLS protocol";
    case Fault::no_memory: return "there is not enough memory";
  }
  return "unknown error";
}

Fault fault_of_reason(int reason) {
  switch (reason) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING: return Fault::truncated;
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNKNOWN_PROTOCOL: return Fault::not_tls;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_INAPPROPRIATE_FALLBACK: return Fault::no_common_version;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS: return Fault::no_common_cipher;
    case SSL_R_NO_APPLICATION_PROTOCOL: return Fault::no_common_protocol;
    case SSL_R_CERTIFICATE_VERIFY_FAILED: return Fault::bad_certificate;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return Fault::no_certificate;
    case SSL_R_EXCESSIVE_MESSAGE_SIZE: return Fault::handshake_too_long;
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC: return Fault::bad_record;
    case ERR_R_MALLOC_FAILURE: return Fault::no_memory;
    default: return Fault::protocol;
  }
}

// What the TLS part of OpenSSL says counts. Deeper parts complain before it, of a cipher for example that does not fit its tag.
unsigned long telling_error() {
  const unsigned long oldest = ERR_peek_error();
  for (unsigned long error; (error = ERR_get_error()) != 0;)
    if (ERR_GET_LIB(error) == ERR_LIB_SSL) return error;
  return oldest;
}

}  // namespace

Failure failure_of(Fault fault) {
  return {fault, words_of(fault), CertificateStatus::none};
}

Failure failure_of_alert(int alert) {
  const std::string name = SSL_alert_desc_string_long(alert);
  Fault fault = Fault::alert;
  if (alert == SSL_AD_PROTOCOL_VERSION) fault = Fault::no_common_version;
  if (alert == SSL_AD_NO_APPLICATION_PROTOCOL) fault = Fault::no_common_protocol;
  return {fault, std::string(words_of(Fault::alert)) + ": " + name, CertificateStatus::none};
}

Failure failure_of(const SSL* ssl, bool ended) {
  const unsigned long error = telling_error();
  if (error == 0) return failure_of(ended ? Fault::truncated : Fault::protocol);
  const int reason = ERR_GET_REASON(error);
  const bool from_ssl = ERR_GET_LIB(error) == ERR_LIB_SSL;
  if (from_ssl && reason >= SSL_AD_REASON_OFFSET) return failure_of_alert(reason - SSL_AD_REASON_OFFSET);
  const Fault fault = from_ssl || reason == ERR_R_MALLOC_FAILURE ? fault_of_reason(reason) : Fault::protocol;
  Failure failure = failure_of(fault);
  if (fault == Fault::bad_certificate) {
    failure.status = status_of(SSL_get_verify_result(ssl));
    failure.text += std::string(": ") + X509_verify_cert_error_string(SSL_get_verify_result(ssl));
  }
  if (fault == Fault::protocol) failure.text += ": " + reason_text(error);
  return failure;
}

}  // namespace inlet::tls
