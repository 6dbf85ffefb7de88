#include "tls/session_cache.h"

#include <new>

#include "base/limits.h"

namespace inlet::tls {
namespace {

std::string key_of(std::span<const unsigned char> id) {
  return std::string(reinterpret_cast<const char*>(id.data()), id.size());
}

std::span<const unsigned char> number_of(const SSL_SESSION* session) {
  unsigned size = 0;
  const unsigned char* id = SSL_SESSION_get_id(session, &size);
  return {id, size};
}

}  // namespace

// The session is put in last, so that nothing is kept of it when memory runs out before.
bool SessionCache::put(SSL_SESSION* session, uint32_t group) noexcept {
  try {
    const std::string key = key_of(number_of(session));
    std::lock_guard lock(mutex_);
    order_.push_back(key);
    while (order_.size() > kTlsSessionsKept) {
      entries_.erase(order_.front());
      order_.pop_front();
    }
    Entry& entry = entries_[key];
    entry.session.reset(session);
    entry.group = group;
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

SSL_SESSION* SessionCache::find(std::span<const unsigned char> id, uint32_t group) noexcept {
  try {
    const std::string key = key_of(id);
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.group != group) return nullptr;
    SSL_SESSION* session = found->second.session.get();
    return SSL_SESSION_up_ref(session) == 1 ? session : nullptr;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void SessionCache::drop(std::span<const unsigned char> id) noexcept {
  try {
    const std::string key = key_of(id);
    std::lock_guard lock(mutex_);
    entries_.erase(key);
  } catch (const std::bad_alloc&) {
    // Then it stays until it is the oldest; OpenSSL looks at its age itself.
  }
}

}  // namespace inlet::tls
