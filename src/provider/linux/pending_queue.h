// The connections that wait at a listener until WSPAccept takes them.
#pragma once

#include "provider/linux/sockets.h"

namespace inlet::provider {

class PendingQueue {};

inline void pending_ready(SocketRef&, unsigned) {}
inline void pending_closing(SocketRef&) {}

}  // namespace inlet::provider
