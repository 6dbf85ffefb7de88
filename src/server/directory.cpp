#include "server/directory.h"

#include <algorithm>
#include <new>

#include "base/limits.h"

namespace inlet::server {

// ASCII letters only: what a capital letter is elsewhere depends on the language.
std::string Directory::folded(const std::string& moniker) {
  std::string text = moniker;
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

uint32_t Directory::add(SOCKET client) {
  std::lock_guard lock(mutex_);
  const uint32_t id = last_ + 1;
  // Four thousand million clients have come since, and that one is still here.
  if (!entries_.empty() && entries_.front().id == id) throw std::bad_alloc();
  entries_.emplace_back(id, client);
  return last_ = id;
}

Result<void> Directory::rename(uint32_t id, const std::string& moniker) {
  if (moniker.size() > kMonikerMax) return Error::invalid;
  const std::string key = folded(moniker);
  std::string kept = moniker;
  std::lock_guard lock(mutex_);
  if (client_locked(id) == INVALID_SOCKET) return Error::not_socket;
  const auto known = monikers_.find(id);
  const std::string old = known != monikers_.end() ? folded(known->second) : std::string();
  if (key.empty()) {
    if (!old.empty()) monikers_.erase(known);
  } else {
    const auto holder = by_moniker_.find(key);
    if (holder != by_moniker_.end() && holder->second != id) return Error::address_in_use;
    std::string& mine = monikers_[id];  // may throw, as the next; one that is empty says nothing
    by_moniker_.emplace(key, id);
    mine = std::move(kept);
  }
  if (key != old) by_moniker_.erase(old);
  return {};
}

void Directory::hide(uint32_t id) {
  std::lock_guard lock(mutex_);
  if (Entry* entry = find_locked(id)) entry->set(entry->client() & ~kShown);
  forget_moniker_locked(id);
}

void Directory::remove(uint32_t id) {
  std::lock_guard lock(mutex_);
  Entry* entry = find_locked(id);
  if (!entry) return;
  entry->set(kGone);
  ++gaps_;
  if (id == entries_.front().id || id == entries_.back().id) trim_locked();
  if (gaps_ > entries_.size() / 2) close_up_locked();
  forget_moniker_locked(id);
}

void Directory::forget_moniker_locked(uint32_t id) {
  if (monikers_.empty()) return;
  const auto known = monikers_.find(id);
  if (known == monikers_.end()) return;
  by_moniker_.erase(folded(known->second));
  monikers_.erase(known);
}

void Directory::trim_locked() {
  for (; !entries_.empty() && entries_.front().client() == kGone; --gaps_) entries_.pop_front();
  for (; !entries_.empty() && entries_.back().client() == kGone; --gaps_) entries_.pop_back();
}

void Directory::close_up_locked() {
  std::erase_if(entries_, [](const Entry& each) { return each.client() == kGone; });
  gaps_ = 0;
}

// Without gaps that were closed up it stands where its number says, else before that. Counted from the first one, so that the numbers
// may begin anew in between.
Directory::Entry* Directory::find_locked(uint32_t id) {
  if (entries_.empty()) return nullptr;
  const size_t count = entries_.size();
  const uint32_t first = entries_.front().id;
  const uint32_t place = id - first;
  Entry* at = place < count ? &entries_[place] : nullptr;
  if (at == nullptr || at->id != id) {
    const auto end = entries_.begin() + std::min<ptrdiff_t>(place, std::ssize(entries_));
    const auto found = std::lower_bound(entries_.begin(), end, place,
                                        [&](const Entry& each, uint32_t wanted) { return each.id - first < wanted; });
    if (found == entries_.end() || found->id != id) return nullptr;
    at = &*found;
  }
  return at->client() != kGone ? at : nullptr;
}

SOCKET Directory::client_locked(uint32_t id) const {
  const Entry* entry = const_cast<Directory*>(this)->find_locked(id);
  return entry && (entry->client() & kShown) ? entry->client() : INVALID_SOCKET;
}

SOCKET Directory::find(uint32_t id) const {
  std::lock_guard lock(mutex_);
  return client_locked(id);
}

SOCKET Directory::find(const std::string& moniker) const {
  const std::string key = folded(moniker);
  std::lock_guard lock(mutex_);
  const auto id = by_moniker_.find(key);
  return id != by_moniker_.end() ? client_locked(id->second) : INVALID_SOCKET;
}

std::string Directory::moniker_of(uint32_t id) const {
  std::lock_guard lock(mutex_);
  const auto known = monikers_.find(id);
  return known != monikers_.end() ? known->second : std::string();
}

std::vector<SOCKET> Directory::clients() const {
  std::lock_guard lock(mutex_);
  std::vector<SOCKET> clients;
  clients.reserve(entries_.size());
  for (const Entry& each : entries_)
    if (each.client() & kShown) clients.push_back(each.client());
  return clients;
}

}  // namespace inlet::server
