#include "support/certificates.h"

#include <openssl/asn1t.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace inlet::test {
namespace {

void need(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "making a test certificate failed: %s\n", what);
  std::abort();
}

// RSA keys are dear, so a program makes four and deals them out in turn.
std::shared_ptr<EVP_PKEY> make_key(KeyKind kind) {
  static std::vector<std::shared_ptr<EVP_PKEY>> rsa;
  static size_t next = 0;
  if (kind == KeyKind::ecdsa) return {EVP_EC_gen("P-256"), EVP_PKEY_free};
  if (kind == KeyKind::short_rsa) return {EVP_RSA_gen(1024), EVP_PKEY_free};
  if (rsa.size() < 4) {
    rsa.emplace_back(EVP_RSA_gen(2048), EVP_PKEY_free);
    return rsa.back();
  }
  return rsa[next++ % rsa.size()];
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  need(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, value.c_str());
  X509_EXTENSION_free(extension);
}

std::string alternative_names(const CertificatePlan& plan) {
  std::string text;
  for (const std::string& name : plan.names) text += (text.empty() ? "DNS:" : ",DNS:") + name;
  for (const std::string& address : plan.addresses) text += (text.empty() ? "IP:" : ",IP:") + address;
  return text;
}

void name_subject(X509* certificate, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto add = [&](const char* field, const std::string& value) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(value.c_str());
    need(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes, -1, -1, 0) == 1, field);
  };
  add("O", "Inlet tests");
  if (!common_name.empty()) add("CN", common_name);
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

std::string der_of(PKCS12* store) {
  BIO* bio = BIO_new(BIO_s_mem());
  need(store != nullptr && i2d_PKCS12_bio(bio, store) == 1, "PKCS12");
  PKCS12_free(store);
  return text_of(bio);
}

}  // namespace

Certificate::Certificate(const CertificatePlan& plan) : key_(make_key(plan.key)), certificate_(X509_new(), X509_free) {
  static std::atomic<long> serial{1000};
  X509* x509 = certificate_.get();
  X509* issuer = plan.issuer ? plan.issuer->x509() : x509;
  need(key_ != nullptr, "key");
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), serial.fetch_add(1));
  X509_time_adj_ex(X509_getm_notBefore(x509), plan.from_days, 0, nullptr);
  X509_time_adj_ex(X509_getm_notAfter(x509), plan.to_days, 0, nullptr);
  name_subject(x509, plan.common_name);
  X509_set_issuer_name(x509, X509_get_subject_name(issuer));
  X509_set_pubkey(x509, key_.get());
  add_extension(x509, issuer, NID_basic_constraints, plan.authority ? "critical,CA:TRUE" : "CA:FALSE");
  add_extension(x509, issuer, NID_subject_key_identifier, "hash");
  if (plan.issuer) add_extension(x509, issuer, NID_authority_key_identifier, "keyid");
  if (plan.authority) add_extension(x509, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  if (!plan.usage.empty()) add_extension(x509, issuer, NID_ext_key_usage, plan.usage);
  if (const std::string names = alternative_names(plan); !names.empty())
    add_extension(x509, issuer, NID_subject_alt_name, names);
  need(X509_sign(x509, plan.issuer ? plan.issuer->key() : key_.get(), EVP_sha256()) != 0, "sign");
}

std::string Certificate::pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  need(PEM_write_bio_X509(bio, certificate_.get()) == 1, "PEM");
  return text_of(bio);
}

std::string Certificate::key_pem(const std::string& password, bool traditional) const {
  BIO* bio = BIO_new(BIO_s_mem());
  const EVP_CIPHER* cipher = password.empty() ? nullptr : EVP_aes_256_cbc();
  const auto* bytes = reinterpret_cast<const unsigned char*>(password.c_str());
  const int size = static_cast<int>(password.size());
  const bool good =
      traditional
          ? PEM_write_bio_PrivateKey_traditional(bio, key_.get(), cipher, bytes, size, nullptr, nullptr) == 1
          : PEM_write_bio_PKCS8PrivateKey(bio, key_.get(), cipher, password.c_str(), size, nullptr, nullptr) == 1;
  need(good, "key in PEM");
  return text_of(bio);
}

std::string Certificate::der() const {
  BIO* bio = BIO_new(BIO_s_mem());
  need(i2d_X509_bio(bio, certificate_.get()) == 1, "DER");
  return text_of(bio);
}

std::string Certificate::pkcs12(const std::string& password, const std::string& friendly_name,
                                const std::vector<const Certificate*>& chain) const {
  STACK_OF(X509)* others = sk_X509_new_null();
  for (const Certificate* other : chain) sk_X509_push(others, other->x509());
  PKCS12* store = PKCS12_create(password.c_str(), friendly_name.empty() ? nullptr : friendly_name.c_str(), key_.get(),
                                certificate_.get(), others, 0, 0, 1000, 1000, 0);
  sk_X509_free(others);
  return der_of(store);
}

std::string pkcs12_of(const std::vector<Named>& entries, const std::string& password) {
  STACK_OF(PKCS12_SAFEBAG)* certificates = nullptr;
  STACK_OF(PKCS12_SAFEBAG)* keys = nullptr;
  const auto named = [](PKCS12_SAFEBAG* bag, const std::string& name) {
    need(bag != nullptr && PKCS12_add_friendlyname_utf8(bag, name.c_str(), -1) == 1, "bag");
  };
  for (const Named& entry : entries) {
    named(PKCS12_add_cert(&certificates, entry.certificate->x509()), entry.friendly_name);
    named(PKCS12_add_key(&keys, entry.certificate->key(), 0, 1000, NID_aes_256_cbc, password.c_str()),
          entry.friendly_name);
  }
  STACK_OF(PKCS7)* safes = nullptr;
  need(PKCS12_add_safe(&safes, certificates, NID_aes_256_cbc, 1000, password.c_str()) == 1, "safe of certificates");
  need(PKCS12_add_safe(&safes, keys, -1, 0, nullptr) == 1, "safe of keys");
  PKCS12* store = PKCS12_add_safes(safes, 0);
  need(PKCS12_set_mac(store, password.c_str(), -1, nullptr, 0, 1000, EVP_sha256()) == 1, "MAC");
  sk_PKCS12_SAFEBAG_pop_free(certificates, PKCS12_SAFEBAG_free);
  sk_PKCS12_SAFEBAG_pop_free(keys, PKCS12_SAFEBAG_free);
  sk_PKCS7_pop_free(safes, PKCS7_free);
  return der_of(store);
}

std::string Certificate::key_der() const {
  BIO* bio = BIO_new(BIO_s_mem());
  need(i2d_PrivateKey_bio(bio, key_.get()) == 1, "key in DER");
  return text_of(bio);
}

std::string Certificate::trusted_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  need(PEM_write_bio_X509_AUX(bio, certificate_.get()) == 1, "trusted PEM");
  return text_of(bio);
}

// The old cipher lives in a provider that programs do not load, so it is loaded beside them.
std::string Certificate::old_pkcs12(const std::string& password) const {
  OSSL_LIB_CTX* library = OSSL_LIB_CTX_new();
  OSSL_PROVIDER* legacy = OSSL_PROVIDER_load(library, "legacy");
  OSSL_PROVIDER* ordinary = OSSL_PROVIDER_load(library, "default");
  PKCS12* store = legacy == nullptr || ordinary == nullptr
                      ? nullptr
                      : PKCS12_create_ex(password.c_str(), "old", key_.get(), certificate_.get(), nullptr,
                                         NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And40BitRC2_CBC, 1000,
                                         1000, 0, library, nullptr);
  std::string der = store ? der_of(store) : "";
  if (legacy) OSSL_PROVIDER_unload(legacy);
  if (ordinary) OSSL_PROVIDER_unload(ordinary);
  OSSL_LIB_CTX_free(library);
  return der;
}

namespace {

std::string tagged(unsigned char tag, const std::string& content) {
  const size_t size = content.size();
  const char head[] = {static_cast<char>(tag), '\x82', static_cast<char>(size >> 8), static_cast<char>(size)};
  return std::string(head, sizeof head) + content;
}

// A safe within a safe, which OpenSSL reads and has no function to make.
PKCS12_SAFEBAG* nest(STACK_OF(PKCS12_SAFEBAG) * inner) {
  constexpr char kSafeContentsBag[] = "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x06";
  unsigned char* der = nullptr;
  const int size = ASN1_item_i2d(reinterpret_cast<ASN1_VALUE*>(inner), &der, ASN1_ITEM_rptr(PKCS12_SAFEBAGS));
  need(size > 0, "inner safe");
  const std::string content(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  sk_PKCS12_SAFEBAG_pop_free(inner, PKCS12_SAFEBAG_free);
  const std::string bag =
      tagged(0x30, std::string(kSafeContentsBag, sizeof kSafeContentsBag - 1) + tagged(0xa0, content));
  const auto* at = reinterpret_cast<const unsigned char*>(bag.data());
  return d2i_PKCS12_SAFEBAG(nullptr, &at, static_cast<long>(bag.size()));
}

}  // namespace

std::string Certificate::bare_pkcs12(const std::string& password) const {
  STACK_OF(PKCS12_SAFEBAG)* inner = nullptr;
  need(PKCS12_add_cert(&inner, certificate_.get()) != nullptr, "certificate");
  need(PKCS12_add_key(&inner, key_.get(), 0, 0, -1, nullptr) != nullptr, "bare key");
  STACK_OF(PKCS12_SAFEBAG)* outer = sk_PKCS12_SAFEBAG_new_null();
  PKCS12_SAFEBAG* nested = nest(inner);
  need(nested != nullptr && sk_PKCS12_SAFEBAG_push(outer, nested) == 1, "nested safe");
  STACK_OF(PKCS7)* safes = nullptr;
  need(PKCS12_add_safe(&safes, outer, -1, 0, nullptr) == 1, "safe");
  PKCS12* store = PKCS12_add_safes(safes, 0);
  need(PKCS12_set_mac(store, password.c_str(), -1, nullptr, 0, 1000, EVP_sha256()) == 1, "MAC");
  sk_PKCS12_SAFEBAG_pop_free(outer, PKCS12_SAFEBAG_free);
  sk_PKCS7_pop_free(safes, PKCS7_free);
  return der_of(store);
}

// The number is written over afterwards: nobody waits for it to be true.
std::string Certificate::slow_pkcs12(const std::string& password, int rounds) const {
  BIO* bio = BIO_new(BIO_s_mem());
  const std::string quick = pkcs12(password, "slow");
  const auto* bytes = reinterpret_cast<const unsigned char*>(quick.data());
  PKCS12* store = d2i_PKCS12(nullptr, &bytes, static_cast<long>(quick.size()));
  const ASN1_INTEGER* said = nullptr;
  PKCS12_get0_mac(nullptr, nullptr, nullptr, &said, store);
  need(said != nullptr && ASN1_INTEGER_set(const_cast<ASN1_INTEGER*>(said), rounds) == 1, "rounds");
  need(i2d_PKCS12_bio(bio, store) == 1, "PKCS12");
  PKCS12_free(store);
  return text_of(bio);
}

std::string Certificate::slow_key_pem(const std::string& password, int rounds) const {
  PKCS8_PRIV_KEY_INFO* info = EVP_PKEY2PKCS8(key_.get());
  X509_SIG* sealed =
      PKCS8_encrypt(-1, EVP_aes_256_cbc(), password.c_str(), static_cast<int>(password.size()), nullptr, 0, 1000, info);
  need(info != nullptr && sealed != nullptr, "sealed key");
  X509_ALGOR* sealing = nullptr;
  X509_SIG_getm(sealed, &sealing, nullptr);
  auto* form = static_cast<PBE2PARAM*>(ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), sealing->parameter));
  auto* hashing =
      static_cast<PBKDF2PARAM*>(ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), form->keyfunc->parameter));
  ASN1_INTEGER_set(hashing->iter, rounds);
  ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), hashing, &form->keyfunc->parameter);
  ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(PBE2PARAM), form, &sealing->parameter);
  BIO* bio = BIO_new(BIO_s_mem());
  need(PEM_write_bio_PKCS8(bio, sealed) == 1, "slow key");
  PBKDF2PARAM_free(hashing);
  PBE2PARAM_free(form);
  X509_SIG_free(sealed);
  PKCS8_PRIV_KEY_INFO_free(info);
  return text_of(bio);
}

std::string Certificate::revoke(const std::vector<const Certificate*>& revoked) const {
  X509_CRL* list = X509_CRL_new();
  ASN1_TIME* time = X509_gmtime_adj(nullptr, -60);
  X509_CRL_set_version(list, X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate_.get()));
  X509_CRL_set1_lastUpdate(list, time);
  for (const Certificate* one : revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one->x509()));
    X509_REVOKED_set_revocationDate(entry, time);
    X509_CRL_add0_revoked(list, entry);
  }
  X509_gmtime_adj(time, 86400);
  X509_CRL_set1_nextUpdate(list, time);
  ASN1_TIME_free(time);
  need(X509_CRL_sign(list, key_.get(), EVP_sha256()) != 0, "CRL");
  BIO* bio = BIO_new(BIO_s_mem());
  need(PEM_write_bio_X509_CRL(bio, list) == 1, "CRL in PEM");
  X509_CRL_free(list);
  return text_of(bio);
}

std::string Certificate::fingerprint() const {
  unsigned char digest[32];
  unsigned size = 0;
  need(X509_digest(certificate_.get(), EVP_sha256(), digest, &size) == 1, "digest");
  std::string text;
  char pair[4];
  for (unsigned i = 0; i < size; ++i) {
    std::snprintf(pair, sizeof pair, "%02X", digest[i]);
    text += (text.empty() ? "" : ":") + std::string(pair);
  }
  return text;
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace inlet::test
