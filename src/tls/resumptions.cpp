#include "tls/resumptions.h"

#include <new>

#include "base/limits.h"

namespace inlet::tls {

Resumptions& Resumptions::instance() {
  static auto* const all = new Resumptions;  // never destroyed: threads may still connect while the process exits
  return *all;
}

std::shared_ptr<const Resumption> Resumptions::take(const std::string& place) {
  std::lock_guard lock(mutex_);
  auto node = by_place_.extract(place);
  return node.empty() ? nullptr : std::move(node.mapped());
}

void Resumptions::keep(const std::string& place, std::shared_ptr<const Resumption> resumption) noexcept {
  if (!resumption) return;
  try {
    std::lock_guard lock(mutex_);
    if (by_place_.size() >= kTlsResumptionsMax) by_place_.erase(by_place_.begin());
    by_place_[place] = std::move(resumption);
  } catch (const std::bad_alloc&) {
    // Then the next handshake is a full one.
  }
}

void Resumptions::clear() {
  std::lock_guard lock(mutex_);
  by_place_.clear();
}

}  // namespace inlet::tls
