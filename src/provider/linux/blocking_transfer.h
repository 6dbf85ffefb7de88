// Whole transfers: attempts repeated until what the program asked for is done, or, on a nonblocking socket, until the first one
// that would block.
#pragma once

#include "provider/linux/transfer.h"

namespace inlet::provider {

// The request has been checked.
//
// Errors   would_block    the socket is nonblocking and there is nothing; nothing was taken
//          not_supported  MSG_WAITALL on a nonblocking socket
//          timed_out      SO_RCVTIMEO is over, and nothing was received; what was received is not lost but answered
//          canceled       the socket was closed, or the call cancelled
//          any other      see try_receive
Result<Received> receive_waiting(SocketRef& socket, Incoming& request);

// done is how much of the send is out already; the answer includes it. A blocking stream takes everything, a nonblocking one
// everything or nothing (see spill.h) unless it has INLET_SO_PARTIAL_SEND.
//
// Errors   would_block    the socket is nonblocking and nothing was taken
//          no_buffers     it is nonblocking, and this is more than can be kept for it
//          timed_out      SO_SNDTIMEO is over, and nothing was taken; otherwise the part is answered
//          canceled       the socket was closed, or the call cancelled
//          any other      see try_send
Result<size_t> send_waiting(SocketRef& socket, Outgoing& request, size_t done);

}  // namespace inlet::provider
