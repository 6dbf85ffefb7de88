#include "tls/tickets.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <cstring>

#include "base/clock.h"
#include "base/limits.h"

namespace inlet::tls {
namespace {

int context_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

TicketKeys::~TicketKeys() {
  OPENSSL_cleanse(&current_, sizeof current_);
  OPENSSL_cleanse(&previous_, sizeof previous_);
}

bool TicketKeys::renew(Key& key, int64_t now) {
  key.made_ms = now;
  key.usable = RAND_bytes(key.name, sizeof key.name) == 1 && RAND_priv_bytes(key.cipher, sizeof key.cipher) == 1 &&
               RAND_priv_bytes(key.mac, sizeof key.mac) == 1;
  return key.usable;
}

bool TicketKeys::attach(SSL_CTX* context) {
  {
    std::lock_guard lock(mutex_);
    if (!current_.usable && !renew(current_, now_ms())) return false;
  }
  return SSL_CTX_set_ex_data(context, context_index(), this) == 1 &&
         SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket) == 1;
}

// A key opens tickets for the life of the last ticket it sealed, which the limits keep below another key's life.
void TicketKeys::rotate_locked(int64_t now) {
  if (now - previous_.made_ms >= 2 * kTlsTicketKeyLife_ms) previous_.usable = false;
  if (current_.usable && now - current_.made_ms < kTlsTicketKeyLife_ms) return;
  previous_ = current_;
  if (now - previous_.made_ms >= 2 * kTlsTicketKeyLife_ms) previous_.usable = false;
  renew(current_, now);
}

bool TicketKeys::key_for_sealing(Key& key) {
  std::lock_guard lock(mutex_);
  rotate_locked(now_ms());
  key = current_;
  return key.usable;
}

bool TicketKeys::key_named(const unsigned char* name, Key& key, bool& current) {
  std::lock_guard lock(mutex_);
  rotate_locked(now_ms());
  for (const Key* candidate : {&current_, &previous_}) {
    if (!candidate->usable || CRYPTO_memcmp(name, candidate->name, sizeof candidate->name) != 0) continue;
    key = *candidate;
    current = candidate == &current_;
    return true;
  }
  return false;
}

int TicketKeys::begin(const Key& key, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool sealing) {
  char digest[] = "SHA256";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key.mac), sizeof key.mac),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  if (EVP_MAC_CTX_set_params(mac, parameters) != 1) return -1;
  return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher, iv, sealing ? 1 : 0) == 1 ? 1 : -1;
}

// OpenSSL asks for a key to seal with (sealing is 1), or for the one with this name. The answers: -1 broken, 0 no such key, so the
// handshake becomes a full one, 1 here it is, 2 here it is and the client shall get a new ticket.
int TicketKeys::on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                          int sealing) {
  auto* keys = static_cast<TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_index()));
  Key key;
  int answer = 0;
  if (sealing != 0) {
    if (!keys->key_for_sealing(key) || RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1) return -1;
    std::memcpy(name, key.name, sizeof key.name);
    answer = begin(key, iv, cipher, mac, true);
  } else {
    bool current = false;
    if (!keys->key_named(name, key, current)) return 0;
    answer = begin(key, iv, cipher, mac, false);
    if (answer == 1 && !current) answer = 2;
  }
  OPENSSL_cleanse(&key, sizeof key);
  return answer;
}

}  // namespace inlet::tls
