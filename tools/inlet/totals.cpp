#include "totals.h"

namespace inlet::tool {

uint64_t Totals::connected() {
  const uint64_t active = active_.fetch_add(1, std::memory_order_relaxed) + 1;
  uint64_t peak = peak_.load(std::memory_order_relaxed);
  while (active > peak && !peak_.compare_exchange_weak(peak, active, std::memory_order_relaxed)) {
  }
  return served_.fetch_add(1, std::memory_order_relaxed) + 1;
}

void Totals::disconnected(const Client& client) {
  bytes_in_.fetch_add(client.bytes_in(), std::memory_order_relaxed);
  bytes_out_.fetch_add(client.bytes_out(), std::memory_order_relaxed);
  active_.fetch_sub(1, std::memory_order_relaxed);
}

uint64_t Totals::turned_away() const {
  const uint64_t asked = asked_.load(std::memory_order_relaxed);
  const uint64_t served = this->served();
  return asked > served ? asked - served : 0;
}

}  // namespace inlet::tool
