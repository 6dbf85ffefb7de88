#include "server/admission.h"

#include <cstring>

namespace inlet::server {

Admission::Key Admission::key_of(const INTERNET_ADDRESS& peer) {
  Key key{0, static_cast<BYTE>(peer.ipFamily)};
  std::memcpy(&key.number, peer.ipNumber, peer.ipFamily == INET_ADDRESS_IPV6 ? 8 : 4);
  return key;
}

void Admission::set(uint32_t clients_max, uint32_t per_address_max, uint32_t spacing_ms) {
  std::lock_guard lock(mutex_);
  if (clients_max != kKeep) clients_max_ = clients_max;
  if (per_address_max != kKeep) per_address_max_ = per_address_max;
  if (spacing_ms != kKeep) spacing_ms_.store(spacing_ms, std::memory_order_relaxed);
}

bool Admission::enter(const INTERNET_ADDRESS& peer) {
  std::lock_guard lock(mutex_);
  if (clients_max_ != 0 && count_ >= clients_max_) return false;
  const auto entry = by_address_.try_emplace(key_of(peer)).first;
  if (per_address_max_ != 0 && entry->second >= per_address_max_) return false;
  ++entry->second;
  ++count_;
  return true;
}

bool Admission::leave(const INTERNET_ADDRESS& peer) {
  std::lock_guard lock(mutex_);
  const auto entry = by_address_.find(key_of(peer));
  if (--entry->second == 0) by_address_.erase(entry);
  return --count_ == 0;
}

uint32_t Admission::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

void Admission::note_accept(int64_t turn_ms) {
  const bool spaced = spacing_ms_.load(std::memory_order_relaxed) != 0;
  last_accept_ms_.store(spaced ? now_ms() : turn_ms, std::memory_order_relaxed);
}

Deadline Admission::next_accept() const {
  const uint32_t spacing_ms = spacing_ms_.load(std::memory_order_relaxed);
  const int64_t last_ms = last_accept_ms_.load(std::memory_order_relaxed);
  if (spacing_ms == 0 || last_ms == 0) return Deadline::never();
  const Deadline next = Deadline::at_ms(last_ms + spacing_ms);
  return next.expired() ? Deadline::never() : next;
}

}  // namespace inlet::server
