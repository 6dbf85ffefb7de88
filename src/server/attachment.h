// Sockets of Winsock that become the library's, and back.
#pragma once

#include "inlet/wintypes.h"

#include "base/result.h"

namespace inlet::server {

// Returns  the handle of a client or a listener, which owns the socket from here on.
// Errors   those of InetAttachSocket; the socket is as it was
Result<SOCKET> attach_socket(SOCKET socket, DWORD flags);

// Returns  the socket, which is the caller's.
// Errors   those of InetDetachSocket
Result<SOCKET> detach_socket(SOCKET handle);

}  // namespace inlet::server
