#include "server/directory.h"

#include <algorithm>

#include "base/limits.h"

namespace inlet::server {

// ASCII letters only: what a capital letter is elsewhere depends on the language.
std::string Directory::folded(const std::string& moniker) {
  std::string text = moniker;
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

uint32_t Directory::reserve() {
  std::lock_guard lock(mutex_);
  entries_.emplace(last_ + 1, Entry{INVALID_SOCKET, {}});
  return ++last_;
}

void Directory::settle(uint32_t id, SOCKET client) {
  std::lock_guard lock(mutex_);
  entries_.at(id).client = client;
}

Result<void> Directory::rename(uint32_t id, const std::string& moniker) {
  if (moniker.size() > kMonikerMax) return Error::invalid;
  const std::string key = folded(moniker);
  std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return Error::not_socket;
  const std::string old = folded(entry->second.moniker);
  std::string kept = moniker;
  if (!key.empty() && key != old && !by_moniker_.emplace(key, id).second) return Error::address_in_use;
  if (key != old) by_moniker_.erase(old);
  entry->second.moniker = std::move(kept);
  return {};
}

void Directory::remove(uint32_t id) {
  std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return;
  if (!entry->second.moniker.empty()) by_moniker_.erase(folded(entry->second.moniker));
  entries_.erase(entry);
}

SOCKET Directory::find(uint32_t id) const {
  std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  return entry != entries_.end() ? entry->second.client : INVALID_SOCKET;
}

SOCKET Directory::find(const std::string& moniker) const {
  const std::string key = folded(moniker);
  std::lock_guard lock(mutex_);
  const auto id = by_moniker_.find(key);
  return id != by_moniker_.end() ? entries_.at(id->second).client : INVALID_SOCKET;
}

std::string Directory::moniker_of(uint32_t id) const {
  std::lock_guard lock(mutex_);
  const auto entry = entries_.find(id);
  return entry != entries_.end() ? entry->second.moniker : std::string();
}

std::vector<SOCKET> Directory::clients() const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<uint32_t, SOCKET>> sorted;
  sorted.reserve(entries_.size());
  for (const auto& [id, entry] : entries_)
    if (entry.client != INVALID_SOCKET) sorted.emplace_back(id, entry.client);
  std::ranges::sort(sorted);
  std::vector<SOCKET> clients;
  clients.reserve(sorted.size());
  for (const auto& each : sorted) clients.push_back(each.second);
  return clients;
}

}  // namespace inlet::server
