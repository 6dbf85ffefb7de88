// The network events of a socket: what WSPEventSelect and WSPAsyncSelect have asked for, and what has happened.
#pragma once

#include "provider/linux/sockets.h"

namespace inlet::provider {

class Selection {};

// The reactor saw an edge, or another part changed what is ready (a pending queue took a connection, ...).
//
// Thread   The reactor's, or any.
inline void selection_ready(SocketRef&, unsigned) {}

// The socket is being closed: nothing is signalled from now on.
inline void selection_closing(SocketRef&) {}

}  // namespace inlet::provider
