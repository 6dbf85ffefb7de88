// Options that the kernel does not have, or reads back in another form: what the program has set.
//
// Owner    The socket's extension; made by the first one that is set.
// Thread   Any; each value stands alone.
#pragma once

#include <array>
#include <atomic>

#include "base/result.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

enum class KeptOption {
  multicast_interface,  // IP_MULTICAST_IF, as the program named it
  multicast_loop,       // IP_MULTICAST_LOOP and IPV6_MULTICAST_LOOP
  receive_broadcast,
  protection_level,
  fast_open,
  fail_on_icmp,
  compartment,
  share_multicast_port,
  count,
};

class KeptOptions {
 public:
  KeptOptions();
  std::array<std::atomic<uint32_t>, static_cast<size_t>(KeptOption::count)> values;
};

// What was set, or the default.
uint32_t kept_value(const SocketRef& socket, KeptOption option);

// Errors   no_buffers   no memory
Result<void> keep_value(SocketRef& socket, KeptOption option, uint32_t value);

}  // namespace inlet::provider
