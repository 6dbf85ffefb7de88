#include "tls/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <cstring>

namespace inlet::tls {
namespace {

// To be copied. Made once, because finding an algorithm by its name costs more than using it. Never freed: threads may still serve
// while the process exits.
EVP_MAC_CTX* make_hmac(const char* digest) {
  EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  Owned<EVP_MAC_CTX, EVP_MAC_CTX_free> made(hmac != nullptr ? EVP_MAC_CTX_new(hmac) : nullptr);
  EVP_MAC_free(hmac);
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0),
      OSSL_PARAM_construct_end()};
  return made && EVP_MAC_CTX_set_params(made.get(), parameters) == 1 ? made.release() : nullptr;
}

const EVP_MAC_CTX* hmac_of(size_t digest_bytes) {
  static const EVP_MAC_CTX* const sha256 = make_hmac("SHA2-256");
  static const EVP_MAC_CTX* const sha384 = make_hmac("SHA2-384");
  return digest_bytes == 32 ? sha256 : digest_bytes == 48 ? sha384 : nullptr;
}

}  // namespace

Hkdf::Hkdf(size_t digest_bytes) {
  if (const EVP_MAC_CTX* known = hmac_of(digest_bytes)) mac_.reset(EVP_MAC_CTX_dup(known));
}

bool Hkdf::hmac(Bytes key, Bytes text, std::span<unsigned char> into) {
  unsigned char block[EVP_MAX_MD_SIZE];
  size_t size = 0;
  const bool good = mac_ && EVP_MAC_init(mac_.get(), key.data(), key.size(), nullptr) == 1 &&
                    EVP_MAC_update(mac_.get(), text.data(), text.size()) == 1 &&
                    EVP_MAC_final(mac_.get(), block, &size, sizeof block) == 1 && size >= into.size();
  if (good) std::memcpy(into.data(), block, into.size());
  OPENSSL_cleanse(block, sizeof block);
  return good;
}

bool Hkdf::expand(Bytes secret, std::string_view prefix, std::string_view label, Bytes context,
                  std::span<unsigned char> into) {
  unsigned char info[2 + 1 + 255 + 1 + EVP_MAX_MD_SIZE + 1];
  if (prefix.size() + label.size() > 255 || context.size() > EVP_MAX_MD_SIZE) return false;
  unsigned char* at = info;
  const auto put = [&at](const void* bytes, size_t size) {
    if (size != 0) std::memcpy(at, bytes, size);
    at += size;
  };
  *at++ = static_cast<unsigned char>(into.size() >> 8);
  *at++ = static_cast<unsigned char>(into.size());
  *at++ = static_cast<unsigned char>(prefix.size() + label.size());
  put(prefix.data(), prefix.size());
  put(label.data(), label.size());
  *at++ = static_cast<unsigned char>(context.size());
  put(context.data(), context.size());
  *at++ = 1;  // the number of the block; more than one is never needed
  return hmac(secret, {info, at}, into);
}

bool Hkdf::extract(Bytes salt, Bytes key, std::span<unsigned char> into) {
  return hmac(salt, key, into);
}

}  // namespace inlet::tls
