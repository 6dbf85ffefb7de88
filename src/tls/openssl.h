// What this layer shares of OpenSSL: owning pointers, its start, and care for its queue of errors.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace inlet::tls {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, FreeWith<Free>>;

inline void free_certificates(STACK_OF(X509) * stack) {
  sk_X509_pop_free(stack, X509_free);
}

using BioPtr = Owned<BIO, BIO_free>;
using CertificatePtr = Owned<X509, X509_free>;
using CertificateStackPtr = Owned<STACK_OF(X509), free_certificates>;
using RevocationsPtr = Owned<X509_CRL, X509_CRL_free>;
using KeyPtr = Owned<EVP_PKEY, EVP_PKEY_free>;
using ContextPtr = Owned<SSL_CTX, SSL_CTX_free>;
using SslPtr = Owned<SSL, SSL_free>;
using SslSessionPtr = Owned<SSL_SESSION, SSL_SESSION_free>;

// Starts OpenSSL without its clean-up at exit: a program may call exit() while our threads still serve.
// Thread   Any; harmless twice.
void start_openssl();

// OpenSSL keeps a thread's errors in a queue and takes old ones for new. Every call of this layer begins with an empty queue and
// leaves an empty one.
class QuietErrors {
 public:
  QuietErrors() { clear(); }
  ~QuietErrors() { clear(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;

 private:
  static void clear() {
    if (ERR_peek_error() != 0) ERR_clear_error();
  }
};

// Bytes that are wiped when they are no longer needed: what was in a file of keys.
class SecretBytes {
 public:
  explicit SecretBytes(size_t size) : bytes_(size) {}
  ~SecretBytes() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  unsigned char* data() { return bytes_.data(); }
  size_t size() const { return bytes_.size(); }

 private:
  std::vector<unsigned char> bytes_;
};

// OpenSSL's own words for an error of its queue, or "unknown error".
std::string reason_text(unsigned long error);

}  // namespace inlet::tls
