// Overlapped operations of a socket, in the order in which they were issued, and how each of them is completed.
#pragma once

#include "provider/linux/sockets.h"

namespace inlet::provider {

class Overlapped {};

// The reactor saw an edge: goes on with what waits.
inline void overlapped_ready(SocketRef&, unsigned) {}

// The socket is being closed: everything that waits completes with WSA_OPERATION_ABORTED.
inline void overlapped_closing(SocketRef&) {}

}  // namespace inlet::provider
