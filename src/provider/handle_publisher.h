// How a socket that this library made for itself becomes one that Winsock knows: Winsock keeps a map of the handles that it may be
// given, and whoever hands one to the program has it entered there.
//
// Thread   Any.
#pragma once

#include <ws2spi.h>

#include "base/result.h"

namespace inlet::provider {

using HandlePublisher = Result<void> (*)(SOCKET socket, const WSAPROTOCOL_INFOW& info);

// Winsock says who enters handles, once.
void set_handle_publisher(HandlePublisher publisher);

// Errors   not_ready  Winsock is not in use: no WSAStartup
//          no_buffers
Result<void> publish_handle(SOCKET socket, const WSAPROTOCOL_INFOW& info);

}  // namespace inlet::provider
