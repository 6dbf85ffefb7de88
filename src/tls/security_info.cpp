#include "tls/security_info.h"

#include <ctime>

namespace inlet::tls {
namespace {

Cipher cipher_kind(const SSL_CIPHER* suite) {
  switch (SSL_CIPHER_get_cipher_nid(suite)) {
    case NID_aes_128_gcm:
    case NID_aes_256_gcm: return Cipher::aes;
    case NID_chacha20_poly1305: return Cipher::chacha20;
    default: return Cipher::none;
  }
}

void describe_suite(const SSL_CIPHER* suite, SecurityInfo& info) {
  info.cipher = cipher_kind(suite);
  info.cipher_bits = static_cast<unsigned>(SSL_CIPHER_get_bits(suite, nullptr));
  if (const char* name = SSL_CIPHER_standard_name(suite)) info.suite = name;
  const EVP_MD* digest = SSL_CIPHER_get_handshake_digest(suite);
  if (digest == nullptr) return;
  info.hash_bits = static_cast<unsigned>(EVP_MD_get_size(digest)) * 8;
  info.hash = info.hash_bits == 384 ? Hash::sha384 : Hash::sha256;
}

std::string text_of(const X509_NAME* name) {
  constexpr unsigned long kForm =
      (XN_FLAG_RFC2253 & ~(XN_FLAG_SEP_MASK | ASN1_STRFLGS_ESC_MSB)) | XN_FLAG_SEP_CPLUS_SPC;
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, kForm) < 0) return "";
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

int64_t seconds_of(const ASN1_TIME* time) {
  tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<int64_t>(timegm(&parts)) : 0;
}

std::string fingerprint_of(const X509* certificate) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return "";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    if (i != 0) text += ':';
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

void describe_certificate(const SecurityFacts& facts, SecurityInfo& info) {
  const X509* certificate = facts.peer.get();
  if (certificate == nullptr) return;
  info.status = status_of(facts.verified);
  info.issued_s = seconds_of(X509_get0_notBefore(certificate));
  info.expires_s = seconds_of(X509_get0_notAfter(certificate));
  info.issuer = text_of(X509_get_issuer_name(certificate));
  info.subject = text_of(X509_get_subject_name(certificate));
  info.fingerprint = fingerprint_of(certificate);
}

void note_group(SSL* ssl, SecurityFacts& facts) {
  EVP_PKEY* peers = nullptr;
  if (SSL_get_peer_tmp_key(ssl, &peers) == 1) {
    const KeyPtr owner(peers);
    facts.group_bits = static_cast<unsigned>(EVP_PKEY_get_bits(peers));
  }
  if (const long group = SSL_get_negotiated_group(ssl); group != 0)
    facts.group = SSL_group_to_name(ssl, static_cast<int>(group));
}

}  // namespace

SecurityFacts security_facts_of(SSL* ssl) {
  SecurityFacts facts;
  if (!SSL_is_init_finished(ssl)) return facts;
  facts.suite = SSL_get_current_cipher(ssl);
  facts.tls13 = SSL_version(ssl) == TLS1_3_VERSION;
  facts.resumed = SSL_session_reused(ssl) == 1;
  note_group(ssl, facts);
  facts.verified = SSL_get_verify_result(ssl);
  facts.peer.reset(SSL_get1_peer_certificate(ssl));
  return facts;
}

SecurityInfo security_info_of(const SecurityFacts& facts) {
  SecurityInfo info;
  if (facts.suite == nullptr) return info;
  info.protocol = facts.tls13 ? Protocol::tls13 : Protocol::tls12;
  info.resumed = facts.resumed;
  describe_suite(facts.suite, info);
  info.key_exchange = KeyExchange::ecdh;  // every suite we allow exchanges keys over an elliptic curve
  info.key_exchange_bits = facts.group_bits;
  if (facts.group != nullptr) info.group = facts.group;
  describe_certificate(facts, info);
  return info;
}

}  // namespace inlet::tls
