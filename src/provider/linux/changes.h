// Sockets that want to know when the system's addresses or routes change (SIO_ADDRESS_LIST_CHANGE,
// SIO_ROUTING_INTERFACE_CHANGE): each asks for the next change and is told about that one.
//
// Differs  Every change of a route counts as one of the interface for every destination.
#pragma once

#include "base/result.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// Asks for the next change: event is FD_ADDRESS_LIST_CHANGE or FD_ROUTING_INTERFACE_CHANGE, and is recorded when it comes.
// A blocking socket waits for it here.
//
// Errors   would_block  the socket does not block; the event will come
//          canceled     the socket was closed, or the call cancelled, while it waited
//          no_buffers, too_many_files   the system cannot watch
Result<void> await_change(SocketRef& socket, int event);

// The reactor's part: something has changed.
void changes_ready(int fd);

}  // namespace inlet::provider
