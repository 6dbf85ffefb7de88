#include "tls/key_schedule.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>

#include "tls/hkdf.h"

namespace inlet::tls {
namespace {

using Bytes = Hkdf::Bytes;

constinit thread_local TrafficSecrets* collecting = nullptr;

// What libssl passes with each derivation.
struct Request {
  int mode = -1;
  size_t digest_bytes = 0;
  Bytes key, salt, context;
  std::string_view prefix, label;
};

std::string_view text_in(const OSSL_PARAM& parameter) {
  return {static_cast<const char*>(parameter.data), parameter.data_size};
}

Bytes bytes_in(const OSSL_PARAM& parameter) {
  return {static_cast<const unsigned char*>(parameter.data), parameter.data_size};
}

size_t digest_named(const char* name) {
  for (const char* known : {"SHA2-256", "SHA256", "SHA-256"})
    if (OPENSSL_strcasecmp(name, known) == 0) return 32;
  for (const char* known : {"SHA2-384", "SHA384", "SHA-384"})
    if (OPENSSL_strcasecmp(name, known) == 0) return 48;
  return 0;
}

Request request_of(const OSSL_PARAM parameters[]) {
  Request request;
  for (const OSSL_PARAM* each = parameters; each != nullptr && each->key != nullptr; ++each) {
    const std::string_view name = each->key;
    if (name == OSSL_KDF_PARAM_MODE) OSSL_PARAM_get_int(each, &request.mode);
    if (name == OSSL_KDF_PARAM_DIGEST) request.digest_bytes = digest_named(static_cast<const char*>(each->data));
    if (name == OSSL_KDF_PARAM_KEY) request.key = bytes_in(*each);
    if (name == OSSL_KDF_PARAM_SALT) request.salt = bytes_in(*each);
    if (name == OSSL_KDF_PARAM_DATA) request.context = bytes_in(*each);
    if (name == OSSL_KDF_PARAM_PREFIX) request.prefix = text_in(*each);
    if (name == OSSL_KDF_PARAM_LABEL) request.label = text_in(*each);
  }
  return request;
}

// From the moment it is derived a secret is used for the records of its direction.
void tell(std::string_view label, Bytes secret) {
  TrafficSecrets::Direction* direction = nullptr;
  if (label == "c ap traffic") direction = &collecting->of_client;
  if (label == "s ap traffic") direction = &collecting->of_server;
  if (direction == nullptr || secret.size() > sizeof direction->secret) return;
  std::memcpy(direction->secret, secret.data(), secret.size());
  direction->size = secret.size();
  direction->records = 0;
}

// The digest of no bytes at all, which stands for the messages in the step from one secret to the next.
Bytes digest_of_nothing(size_t digest_bytes) {
  struct Digest {
    explicit Digest(const EVP_MD* kind) { EVP_Digest("", 0, bytes, nullptr, kind, nullptr); }
    unsigned char bytes[EVP_MAX_MD_SIZE];
  };
  static const Digest sha256(EVP_sha256()), sha384(EVP_sha384());
  return {digest_bytes == 32 ? sha256.bytes : sha384.bytes, digest_bytes};
}

bool expand(const Request& request, std::span<unsigned char> into) {
  if (request.key.size() != request.digest_bytes || into.size() > request.digest_bytes) return false;
  if (!Hkdf(request.digest_bytes).expand(request.key, request.prefix, request.label, request.context, into))
    return false;
  if (collecting != nullptr) tell(request.label, into);
  return true;
}

bool extract(const Request& request, std::span<unsigned char> into) {
  constexpr unsigned char kZeros[EVP_MAX_MD_SIZE] = {};
  if (into.size() != request.digest_bytes) return false;
  const Bytes zeros(kZeros, request.digest_bytes);
  const Bytes key = request.key.empty() ? zeros : request.key;
  Hkdf hkdf(request.digest_bytes);
  if (request.salt.empty()) return hkdf.extract(zeros, key, into);
  unsigned char derived[EVP_MAX_MD_SIZE];
  const std::span<unsigned char> salt(derived, request.digest_bytes);
  const bool good =
      hkdf.expand(request.salt, request.prefix, request.label, digest_of_nothing(request.digest_bytes), salt) &&
      hkdf.extract(salt, key, into);
  OPENSSL_cleanse(derived, sizeof derived);
  return good;
}

// ---- what OpenSSL calls

int derive(void*, unsigned char* out, size_t size, const OSSL_PARAM parameters[]) {
  const Request request = request_of(parameters);
  if (request.digest_bytes == 0) return 0;
  switch (request.mode) {
    case EVP_KDF_HKDF_MODE_EXPAND_ONLY: return expand(request, {out, size}) ? 1 : 0;
    case EVP_KDF_HKDF_MODE_EXTRACT_ONLY: return extract(request, {out, size}) ? 1 : 0;
    default: return 0;
  }
}

// Everything is passed with the derivation, so there is nothing to be kept.
void* begin(void* provider) {
  return provider;
}
void end(void*) {}

template <class Function>
OSSL_DISPATCH entry(int number, Function* function) {
  return {number, reinterpret_cast<void (*)()>(function)};
}

const OSSL_ALGORITHM* algorithms(void*, int operation, int* no_cache) {
  static const OSSL_DISPATCH functions[] = {entry(OSSL_FUNC_KDF_NEWCTX, begin),
                                            entry(OSSL_FUNC_KDF_FREECTX, end),
                                            entry(OSSL_FUNC_KDF_DERIVE, derive),
                                            {0, nullptr}};
  static const OSSL_ALGORITHM known[] = {{"TLS13-KDF", "provider=inlet", functions, "keys of TLS 1.3"},
                                         {nullptr, nullptr, nullptr, nullptr}};
  *no_cache = 0;
  return operation == OSSL_OP_KDF ? known : nullptr;
}

int start_provider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions,
                   void** context) {
  static const OSSL_DISPATCH known[] = {entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, algorithms), {0, nullptr}};
  *functions = known;
  *context = const_cast<OSSL_CORE_HANDLE*>(handle);
  return 1;
}

// The operator's way out, should ours ever be in the way.
bool openssl_is_to_do_all() {
  const char* who = secure_getenv("INLET_TLS_RECORDS");
  return who != nullptr && std::string_view(who) == "openssl";
}

OSSL_LIB_CTX* make_library() {
  if (EVP_default_properties_is_fips_enabled(nullptr) == 1 || openssl_is_to_do_all()) return nullptr;
  OSSL_LIB_CTX* library = OSSL_LIB_CTX_new();
  if (library != nullptr && OSSL_PROVIDER_add_builtin(library, "inlet", start_provider) == 1 &&
      OSSL_PROVIDER_load(library, "default") != nullptr && OSSL_PROVIDER_load(library, "inlet") != nullptr)
    return library;
  OSSL_LIB_CTX_free(library);
  return nullptr;
}

}  // namespace

OSSL_LIB_CTX* handshake_library() {
  static OSSL_LIB_CTX* const library = make_library();  // never freed: threads may still serve while the process exits
  return library;
}

SecretCollector::SecretCollector(TrafficSecrets* into) {
  collecting = into;
}

SecretCollector::~SecretCollector() {
  collecting = nullptr;
}

}  // namespace inlet::tls
