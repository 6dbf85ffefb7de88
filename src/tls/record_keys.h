// The keys of one direction of a TLS 1.3 connection after its handshake, and the number of the next record under them (RFC 8446,
// 5.2, 5.3, 7.2 and 7.3). The arithmetic is OpenSSL's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/limits.h"
#include "tls/openssl.h"
#include "tls/traffic_secrets.h"

namespace inlet::tls {

constexpr size_t kTlsHeaderBytes = 5;  // before a record: its type, a version, its length
constexpr size_t kTlsTagBytes = 16;    // behind it, in every suite that we allow
constexpr size_t kTlsNonceBytes = 12;

// What the suites of TLS 1.3 differ in.
//
// Owner    The process.
struct RecordSuite {
  const EVP_CIPHER* cipher;
  size_t key_bytes;
  size_t secret_bytes;  // as long as the suite's digest

  // Returns  nullptr for a suite that is not one of TLS 1.3's, and without memory.
  static const RecordSuite* of(const SSL_CIPHER* suite);
};

class RecordKeys {
 public:
  enum class Use : bool { opening, sealing };

  RecordKeys() = default;
  ~RecordKeys() { OPENSSL_cleanse(secret_, sizeof secret_); }
  RecordKeys(const RecordKeys&) = delete;
  RecordKeys& operator=(const RecordKeys&) = delete;

  // Starts with the traffic secret that a handshake has agreed on, where so many records have passed under it already.
  // Returns  false without memory
  bool begin(const RecordSuite& suite, Use use, std::span<const unsigned char> secret, uint64_t records);

  // Goes on with the next generation of keys.
  // Returns  false without memory
  bool renew();

  // Records under the present keys.
  uint64_t records() const { return records_; }

  // Encrypts a record in place: header, the plaintext with its type behind it, and room for the tag.
  bool seal(std::span<std::byte> record);

  // Decrypts a whole record into room for all of it but header and tag; in place where it lies behind the header.
  // Returns  false when it is forged, damaged, or not the next one
  bool open(std::span<const std::byte> record, std::byte* into);

 private:
  using CipherPtr = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

  bool derive(Use use);
  bool start_record(const unsigned char* header, const OSSL_PARAM* parameters);

  const RecordSuite* suite_ = nullptr;
  CipherPtr cipher_;
  uint64_t records_ = 0;
  unsigned char iv_[kTlsNonceBytes];
  unsigned char secret_[kTlsSecretBytes];
};

}  // namespace inlet::tls
