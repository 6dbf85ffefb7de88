#include "server/admission.h"

#include <cstring>

namespace inlet::server {

Admission::Key Admission::key_of(const INTERNET_ADDRESS& peer) {
  Key key{0, static_cast<BYTE>(peer.ipFamily)};
  std::memcpy(&key.number, peer.ipNumber, peer.ipFamily == INET_ADDRESS_IPV6 ? 8 : 4);
  return key;
}

void Admission::set(uint32_t clients_max, uint32_t per_address_max, uint32_t spacing_ms) {
  if (clients_max != kKeep) clients_max_.store(clients_max, std::memory_order_relaxed);
  if (per_address_max != kKeep) per_address_max_.store(per_address_max, std::memory_order_relaxed);
  if (spacing_ms != kKeep) spacing_ms_.store(spacing_ms, std::memory_order_relaxed);
}

// Who leaves has changed its mark before it takes the mutex, so it is either not counted here, or finds that it was.
void Admission::recount(const INTERNET_ADDRESS& peer, std::atomic<Counted>& counted) {
  std::lock_guard lock(mutex_);
  const auto entry = by_address_.try_emplace(key_of(peer)).first;
  Counted before = Counted::in_total;
  if (counted.compare_exchange_strong(before, Counted::by_address, std::memory_order_acq_rel)) ++entry->second;
  if (entry->second == 0) by_address_.erase(entry);
}

Counted Admission::enter(const INTERNET_ADDRESS& peer) {
  const uint32_t clients_max = clients_max_.load(std::memory_order_relaxed);
  if (clients_max != 0 && count() >= clients_max) return Counted::no;
  const Counted counted = knows_addresses_ ? enter_by_address(peer) : Counted::in_total;
  if (counted != Counted::no) count_.fetch_add(1, std::memory_order_relaxed);
  return counted;
}

Counted Admission::enter_by_address(const INTERNET_ADDRESS& peer) {
  const uint32_t most = per_address_max_.load(std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  const auto entry = by_address_.try_emplace(key_of(peer)).first;
  if (most != 0 && entry->second >= most) return Counted::no;
  ++entry->second;
  return Counted::by_address;
}

void Admission::leave(const INTERNET_ADDRESS& peer, Counted counted) {
  if (counted == Counted::by_address) {
    std::lock_guard lock(mutex_);
    const auto entry = by_address_.find(key_of(peer));
    if (--entry->second == 0) by_address_.erase(entry);
  }
  count_.fetch_sub(1, std::memory_order_relaxed);
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
