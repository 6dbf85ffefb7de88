// The sessions of clients that cannot keep theirs: some speak TLS 1.2 and refuse tickets. All others get a ticket, so this stays small.
//
// Thread   Any.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>

#include "tls/openssl.h"

namespace inlet::tls {

class SessionCache {
 public:
  // Keeps a session, for clients that ask for the certificates of this group; the oldest goes when there are too many.
  //
  // Owner    Takes the reference, when true.
  // Returns  false without memory
  bool put(SSL_SESSION* session, uint32_t group) noexcept;

  // Owner    The caller gets a reference.
  // Returns  nullptr when there is none of this number, or it was made for another group
  SSL_SESSION* find(std::span<const unsigned char> id, uint32_t group) noexcept;

  // OpenSSL says that a session is not to be resumed any more.
  void drop(std::span<const unsigned char> id) noexcept;

 private:
  struct Entry {
    SslSessionPtr session;
    uint32_t group;
  };

  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  // GUARDED_BY(mutex_): by their numbers
  std::deque<std::string> order_;                   // GUARDED_BY(mutex_): the numbers, oldest first; some may be gone
};

}  // namespace inlet::tls
