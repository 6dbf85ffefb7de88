// Sockets that want to know when the system's addresses or routes change (SIO_ADDRESS_LIST_CHANGE,
// SIO_ROUTING_INTERFACE_CHANGE): each asks for the next change and is told about that one.
//
// Differs  Every change of a route counts as one of the interface for every destination.
#pragma once

#include "provider/linux/operation.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// Another kind of change, which never comes: the best amount of unsent data (SIO_IDEAL_SEND_BACKLOG_CHANGE) is always the same.
inline constexpr int kBacklogChange = 0;

// Asks for the next change: event is FD_ADDRESS_LIST_CHANGE, FD_ROUTING_INTERFACE_CHANGE, which are recorded when they come, or
// kBacklogChange. A blocking socket waits for it here.
//
// Errors   would_block  the socket does not block; the event will come
//          canceled     the socket was closed, or the call cancelled, while it waited
//          no_buffers, too_many_files   the system cannot watch
Result<void> await_change(SocketRef& socket, int event);

// The same, as an overlapped operation that is completed by the next change; nothing is recorded.
//
// Returns  true when the change has come already; false when the operation goes on.
// Errors   no_buffers, too_many_files   as above
Result<bool> submit_change(SocketRef& socket, int event, const Completion& told);

// The reactor's part: something has changed.
void changes_ready(int fd);

}  // namespace inlet::provider
