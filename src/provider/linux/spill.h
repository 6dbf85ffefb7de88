// What a nonblocking send has promised and the kernel has not taken yet.
#pragma once

#include "provider/linux/sockets.h"

namespace inlet::provider {

class Spill {};

// The reactor saw an edge: sends what the kernel takes now.
inline void spill_ready(SocketRef&, unsigned) {}

// The handle is closed. What is left goes out in the background: keep a reference (SocketRef::internal) until it has.
inline void spill_closing(SocketRef&) {}

}  // namespace inlet::provider
