// A socket on its way to another process: the kernel's socket, and what the record knows beyond it.
//
// Linux shares the kernel socket between the two: the connection, its buffers, its options, a listener's queue. What the provider
// keeps is copied at this moment and goes its own way from then on; docs/winsock.md says what that means.
#pragma once

#include "base/result.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// Sends the socket through a connection of sys::accept_call. Of a listener, those who wait go along.
//
// Thread   The reactor's; never waits.
// Returns  false when the other end is gone; the socket is as it was.
bool pass_socket(SocketRef& socket, int through);

// Receives one through a connection of sys::call, when it is there.
//
// Shape    overlapped is kOverlapped or 0: the handle's own.
// Returns  its handle, not published yet; *state is what it begins with.
// Errors   invalid         the other end does not give it
//          too_many_files  there is no descriptor for it; it is lost
//          no_buffers      no memory; it is lost
Result<Handle> receive_socket(int through, uint32_t overlapped, uint32_t* state);

}  // namespace inlet::provider
