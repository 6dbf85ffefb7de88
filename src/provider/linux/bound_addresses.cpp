#include "provider/linux/bound_addresses.h"

#include <algorithm>
#include <new>
#include <utility>

namespace inlet::provider {

BoundAddresses::Key BoundAddresses::key_of(const Place& place) {
  return Key{place.port} << 1 | (place.datagram ? 1u : 0u);
}

BoundAddresses::Entry* BoundAddresses::find_locked(Handle socket) {
  const auto key = by_socket_.find(socket);
  if (key == by_socket_.end()) return nullptr;
  Neighbours& neighbours = by_port_.find(key->second)->second;
  return &*std::ranges::find(neighbours, socket, &Entry::socket);
}

// All or nothing: what throws comes before what counts.
void BoundAddresses::insert_locked(Handle socket, const Place& place) {
  Neighbours& neighbours = by_port_[key_of(place)];
  neighbours.reserve(neighbours.size() + 1);
  by_socket_.emplace(socket, key_of(place));
  neighbours.push_back({socket, place});
}

Result<std::vector<Handle>> BoundAddresses::enter(Handle socket, const Place& place) try {
  std::lock_guard lock(mutex_);
  if (by_socket_.contains(socket)) return Error::invalid;
  std::vector<Handle> sharers;
  if (const auto found = by_port_.find(key_of(place)); found != by_port_.end()) {
    for (const Entry& other : found->second) {
      if (Error error = judge(other.place, place); error != Error::none) return error;
      if (overlap(other.place, place)) sharers.push_back(other.socket);
    }
  }
  insert_locked(socket, place);
  return sharers;
} catch (const std::bad_alloc&) {
  return Error::no_buffers;
}

Result<void> BoundAddresses::enter_unjudged(Handle socket, const Place& place) try {
  std::lock_guard lock(mutex_);
  if (!by_socket_.contains(socket)) insert_locked(socket, place);
  return {};
} catch (const std::bad_alloc&) {
  return Error::no_buffers;
}

Result<bool> BoundAddresses::begin_listening(Handle socket) {
  std::lock_guard lock(mutex_);
  Entry* entry = find_locked(socket);
  if (entry == nullptr) return true;
  const uint64_t turn = entry->turn != 0 ? entry->turn : turns_ + 1;
  bool first = true;
  for (const Entry& other : by_port_.find(key_of(entry->place))->second) {
    if (other.turn == 0 || other.turn >= turn) continue;
    const Kinship kin = kinship(entry->place, other.place);
    if (kin == Kinship::wildcard_twins) return Error::address_in_use;
    if (kin == Kinship::twins) first = false;
  }
  entry->turn = turn;
  turns_ = std::max(turns_, turn);
  return first;
}

// Twins are all of one address, so the one with the smallest number has the turn.
std::optional<Handle> BoundAddresses::heir_locked(const Entry& entry) {
  const Entry* heir = nullptr;
  for (const Entry& other : by_port_.find(key_of(entry.place))->second) {
    if (other.socket == entry.socket || other.turn == 0 || kinship(entry.place, other.place) != Kinship::twins)
      continue;
    if (other.turn < entry.turn) return std::nullopt;
    if (heir == nullptr || other.turn < heir->turn) heir = &other;
  }
  if (entry.turn == 0 || heir == nullptr) return std::nullopt;
  return heir->socket;
}

std::optional<Handle> BoundAddresses::leave(Handle socket) {
  std::lock_guard lock(mutex_);
  Entry* entry = find_locked(socket);
  if (entry == nullptr) return std::nullopt;
  const std::optional<Handle> heir = heir_locked(*entry);
  const auto place = by_port_.find(key_of(entry->place));
  std::swap(*entry, place->second.back());
  place->second.pop_back();
  if (place->second.empty()) by_port_.erase(place);
  by_socket_.erase(socket);
  return heir;
}

std::optional<Handle> BoundAddresses::stop_listening(Handle socket) {
  std::lock_guard lock(mutex_);
  Entry* entry = find_locked(socket);
  if (entry == nullptr) return std::nullopt;
  const std::optional<Handle> heir = heir_locked(*entry);
  entry->turn = 0;
  return heir;
}

Sharing BoundAddresses::sharing_of(Handle socket) {
  std::lock_guard lock(mutex_);
  const Entry* entry = find_locked(socket);
  return entry == nullptr ? Sharing::by_default : entry->place.sharing;
}

size_t BoundAddresses::count() {
  std::lock_guard lock(mutex_);
  return by_socket_.size();
}

// Never destroyed: sockets may be closed while the process ends.
BoundAddresses& bound_addresses() {
  static BoundAddresses* const table = new BoundAddresses;
  return *table;
}

}  // namespace inlet::provider
