// The keys that seal session tickets. They live in memory only, change with time, and end with the credentials, so a ticket never
// outlives the rules it was given under.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <mutex>

namespace inlet::tls {

class TicketKeys {
 public:
  // Has the tickets of this context sealed by these keys, which outlive it.
  // Returns  false when OpenSSL has no memory, or no random bytes.
  bool attach(SSL_CTX* context);

  TicketKeys() = default;
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

 private:
  struct Key {
    unsigned char name[16];
    unsigned char cipher[32];
    unsigned char mac[32];
    int64_t made_ms = 0;
    bool usable = false;
  };

  static int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                       int sealing);
  static int begin(const Key& key, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool sealing);
  static bool renew(Key& key, int64_t now);

  bool key_for_sealing(Key& key);
  bool key_named(const unsigned char* name, Key& key, bool& current);
  void rotate_locked(int64_t now);

  std::mutex mutex_;
  Key current_;   // GUARDED_BY(mutex_)
  Key previous_;  // GUARDED_BY(mutex_): opens what it sealed, and seals nothing
};

}  // namespace inlet::tls
