// Text that a program takes from somewhere for an address, a host name or a mask.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/address.h"
#include "server/host_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inlet::server;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (auto address = inlet::server::parse_address(text.c_str(), INET_ADDRESS_UNKNOWN)) {
    // What was printed is the same address again.
    auto again = inlet::server::parse_address(format_address(*address).c_str(), address->ipFamily);
    if (!again || !is_same_address(*address, *again)) std::abort();
    is_public_address(*address);
  }
  if (const auto normal = normalized_host(text)) {
    if (normalized_host(*normal) != normal) std::abort();
    if (!matches_mask(*normal, *normal) || !matches_mask(*normal, "*")) std::abort();
  }
  const size_t half = size / 2;
  matches_mask(text.substr(0, half), text.substr(half));
  for (const std::string& mask : masks_of(text))
    if (mask.empty()) std::abort();
  return 0;
}
