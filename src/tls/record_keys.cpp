#include "tls/record_keys.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace inlet::tls {
namespace {

using MacPtr = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;

// Looked up once, because finding an algorithm by its name costs more than a record. Never freed: threads may still serve while
// the process exits.
RecordSuite make_suite(const char* cipher, const char* digest, size_t secret_bytes) {
  RecordSuite suite{EVP_CIPHER_fetch(nullptr, cipher, nullptr), nullptr, 0, secret_bytes};
  EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  MacPtr expander(hmac != nullptr ? EVP_MAC_CTX_new(hmac) : nullptr);
  EVP_MAC_free(hmac);
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0),
      OSSL_PARAM_construct_end()};
  if (suite.cipher == nullptr || !expander || EVP_MAC_CTX_set_params(expander.get(), parameters) != 1) return suite;
  suite.key_bytes = static_cast<size_t>(EVP_CIPHER_get_key_length(suite.cipher));
  suite.expander = expander.release();
  return suite;
}

// HKDF-Expand-Label without a context. Nothing here needs more than one block of the digest.
bool expand(EVP_MAC_CTX* mac, std::span<const unsigned char> secret, std::string_view label,
            std::span<unsigned char> into) {
  constexpr std::string_view kPrefix = "tls13 ";
  unsigned char info[64];
  unsigned char* at = info;
  *at++ = 0;
  *at++ = static_cast<unsigned char>(into.size());
  *at++ = static_cast<unsigned char>(kPrefix.size() + label.size());
  at = std::copy(kPrefix.begin(), kPrefix.end(), at);
  at = std::copy(label.begin(), label.end(), at);
  *at++ = 0;  // the length of the context
  *at++ = 1;  // the number of the block
  unsigned char block[EVP_MAX_MD_SIZE];
  size_t size = 0;
  const bool good = EVP_MAC_init(mac, secret.data(), secret.size(), nullptr) == 1 &&
                    EVP_MAC_update(mac, info, static_cast<size_t>(at - info)) == 1 &&
                    EVP_MAC_final(mac, block, &size, sizeof block) == 1 && size >= into.size();
  if (good) std::memcpy(into.data(), block, into.size());
  OPENSSL_cleanse(block, sizeof block);
  return good;
}

}  // namespace

const RecordSuite* RecordSuite::of(const SSL_CIPHER* suite) {
  static const RecordSuite aes_128 = make_suite("AES-128-GCM", "SHA2-256", 32);
  static const RecordSuite aes_256 = make_suite("AES-256-GCM", "SHA2-384", 48);
  static const RecordSuite chacha = make_suite("ChaCha20-Poly1305", "SHA2-256", 32);
  const RecordSuite* found = nullptr;
  switch (suite != nullptr ? SSL_CIPHER_get_protocol_id(suite) : 0) {
    case 0x1301: found = &aes_128; break;
    case 0x1302: found = &aes_256; break;
    case 0x1303: found = &chacha; break;
    default: break;
  }
  return found != nullptr && found->expander != nullptr ? found : nullptr;
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
  const MacPtr mac(EVP_MAC_CTX_dup(suite_->expander));
  unsigned char next[kTlsSecretBytes];
  const std::span<unsigned char> into(next, suite_->secret_bytes);
  bool good = mac && expand(mac.get(), {secret_, suite_->secret_bytes}, "traffic upd", into);
  if (good) std::memcpy(secret_, next, into.size());
  OPENSSL_cleanse(next, sizeof next);
  good = good && derive(EVP_CIPHER_CTX_is_encrypting(cipher_.get()) == 1 ? Use::sealing : Use::opening);
  return good;
}

// Key and nonce of the secret.
bool RecordKeys::derive(Use use) {
  const MacPtr mac(EVP_MAC_CTX_dup(suite_->expander));
  if (!cipher_) cipher_.reset(EVP_CIPHER_CTX_new());
  unsigned char key[EVP_MAX_KEY_LENGTH];
  const std::span<const unsigned char> secret(secret_, suite_->secret_bytes);
  const bool good =
      mac && cipher_ && expand(mac.get(), secret, "key", {key, suite_->key_bytes}) &&
      expand(mac.get(), secret, "iv", iv_) &&
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
