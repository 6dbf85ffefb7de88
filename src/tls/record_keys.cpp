#include "tls/record_keys.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "tls/hkdf.h"

namespace inlet::tls {
namespace {

// Looked up once, because finding an algorithm by its name costs more than a record. Never freed: threads may still serve while
// the process exits.
RecordSuite make_suite(const char* name, size_t secret_bytes) {
  const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  return {cipher, cipher != nullptr ? static_cast<size_t>(EVP_CIPHER_get_key_length(cipher)) : 0, secret_bytes};
}

// HKDF-Expand-Label without a context.
bool expand(Hkdf& hkdf, Hkdf::Bytes secret, std::string_view label, std::span<unsigned char> into) {
  return hkdf.expand(secret, "tls13 ", label, {}, into);
}

}  // namespace

const RecordSuite* RecordSuite::of(const SSL_CIPHER* suite) {
  static const RecordSuite aes_128 = make_suite("AES-128-GCM", 32);
  static const RecordSuite aes_256 = make_suite("AES-256-GCM", 48);
  static const RecordSuite chacha = make_suite("ChaCha20-Poly1305", 32);
  const RecordSuite* found = nullptr;
  switch (suite != nullptr ? SSL_CIPHER_get_protocol_id(suite) : 0) {
    case 0x1301: found = &aes_128; break;
    case 0x1302: found = &aes_256; break;
    case 0x1303: found = &chacha; break;
    default: break;
  }
  return found != nullptr && found->cipher != nullptr ? found : nullptr;
}

bool RecordKeys::begin(const RecordSuite& suite, Use use, std::span<const unsigned char> secret, uint64_t records) {
  suite_ = &suite;
  if (secret.size() != suite.secret_bytes) return false;
  std::memcpy(secret_, secret.data(), secret.size());
  if (!derive(use)) return false;
  records_ = records;
  return true;
}

bool RecordKeys::renew() {
  Hkdf hkdf(suite_->secret_bytes);
  unsigned char next[kTlsSecretBytes];
  const std::span<unsigned char> into(next, suite_->secret_bytes);
  bool good = expand(hkdf, {secret_, suite_->secret_bytes}, "traffic upd", into);
  if (good) std::memcpy(secret_, next, into.size());
  OPENSSL_cleanse(next, sizeof next);
  good = good && derive(EVP_CIPHER_CTX_is_encrypting(cipher_.get()) == 1 ? Use::sealing : Use::opening);
  return good;
}

// Key and nonce of the secret.
bool RecordKeys::derive(Use use) {
  Hkdf hkdf(suite_->secret_bytes);
  if (!cipher_) cipher_.reset(EVP_CIPHER_CTX_new());
  unsigned char key[EVP_MAX_KEY_LENGTH];
  const std::span<const unsigned char> secret(secret_, suite_->secret_bytes);
  const bool good =
      cipher_ && expand(hkdf, secret, "key", {key, suite_->key_bytes}) && expand(hkdf, secret, "iv", iv_) &&
      EVP_CipherInit_ex(cipher_.get(), suite_->cipher, nullptr, key, nullptr, use == Use::sealing ? 1 : 0) == 1;
  OPENSSL_cleanse(key, sizeof key);
  records_ = 0;
  return good;
}

// The nonce is the number of the record mixed into the iv, so none is used twice.
bool RecordKeys::start_record(const unsigned char* header, const OSSL_PARAM* parameters) {
  unsigned char nonce[kTlsNonceBytes];
  std::memcpy(nonce, iv_, sizeof nonce);
  for (unsigned i = 0; i < 8; ++i) nonce[kTlsNonceBytes - 1 - i] ^= static_cast<unsigned char>(records_ >> (8 * i));
  ++records_;
  int size = 0;
  return EVP_CipherInit_ex2(cipher_.get(), nullptr, nullptr, nonce, -1, parameters) == 1 &&
         EVP_CipherUpdate(cipher_.get(), nullptr, &size, header, kTlsHeaderBytes) == 1;
}

bool RecordKeys::seal(std::span<std::byte> record) {
  auto* const header = reinterpret_cast<unsigned char*>(record.data());
  unsigned char* const body = header + kTlsHeaderBytes;
  const auto size = static_cast<int>(record.size() - kTlsHeaderBytes - kTlsTagBytes);
  int done = 0;
  int rest = 0;
  return start_record(header, nullptr) && EVP_CipherUpdate(cipher_.get(), body, &done, body, size) == 1 &&
         done == size && EVP_CipherFinal_ex(cipher_.get(), body + size, &rest) == 1 &&
         EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_GET_TAG, kTlsTagBytes, body + size) == 1;
}

bool RecordKeys::open(std::span<const std::byte> record, std::byte* into) {
  const auto* const header = reinterpret_cast<const unsigned char*>(record.data());
  const unsigned char* const body = header + kTlsHeaderBytes;
  const auto size = static_cast<int>(record.size() - kTlsHeaderBytes - kTlsTagBytes);
  auto* const out = reinterpret_cast<unsigned char*>(into);
  unsigned char tag[kTlsTagBytes];
  std::memcpy(tag, body + size, sizeof tag);
  int done = 0;
  int rest = 0;
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, sizeof tag),
                                   OSSL_PARAM_construct_end()};
  return start_record(header, parameters) && EVP_CipherUpdate(cipher_.get(), out, &done, body, size) == 1 &&
         done == size && EVP_CipherFinal_ex(cipher_.get(), out + size, &rest) == 1;
}

}  // namespace inlet::tls
