#include "provider/linux/kept_options.h"

#include <ws2tcpip.h>

#include "provider/linux/extension.h"

namespace inlet::provider {
namespace {

constexpr uint32_t kDefaultCompartment = 1;

uint32_t default_of(KeptOption option) {
  switch (option) {
    case KeptOption::multicast_loop:
    case KeptOption::receive_broadcast: return 1;
    case KeptOption::protection_level: return PROTECTION_LEVEL_UNRESTRICTED;
    case KeptOption::compartment: return kDefaultCompartment;
    default: return 0;
  }
}

}  // namespace

KeptOptions::KeptOptions() {
  for (size_t i = 0; i < values.size(); ++i)
    values[i].store(default_of(static_cast<KeptOption>(i)), std::memory_order_relaxed);
}

uint32_t kept_value(const SocketRef& socket, KeptOption option) {
  const Extension* parts = socket.extension();
  const KeptOptions* kept = parts != nullptr ? parts->options.load(std::memory_order_acquire) : nullptr;
  if (kept == nullptr) return default_of(option);
  return kept->values[static_cast<size_t>(option)].load(std::memory_order_relaxed);
}

Result<void> keep_value(SocketRef& socket, KeptOption option, uint32_t value) {
  Extension* parts = socket.make_extension();
  KeptOptions* kept = parts != nullptr ? make_part(parts->options) : nullptr;
  if (kept == nullptr) return Error::no_buffers;
  kept->values[static_cast<size_t>(option)].store(value, std::memory_order_relaxed);
  return {};
}

}  // namespace inlet::provider
