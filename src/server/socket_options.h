// What the options of the interface, INET_OPTION_*, are to a socket.
#pragma once

#include "cswsock10.h"
#include "provider/table.h"

namespace inlet::server {

enum class SocketType : uint8_t { stream, datagram, listener };

// Whether flags hold an option that this type of socket cannot have. Bits that nobody knows are ignored.
// Errors   no_such_option  they do
Result<void> check_options(SocketType type, DWORD flags);

// Sets those of the flags that act on a socket which is there.
Result<void> apply_options(provider::Provider& provider, SOCKET socket, SocketType type, DWORD flags);

// One option of a living socket.
// Errors   no_such_option  not exactly one option, or none for this type
//          invalid         decided when the socket was bound
//          not_supported   cannot be changed in this way
Result<bool> get_option(provider::Provider& provider, SOCKET socket, SocketType type, DWORD option);
Result<void> set_option(provider::Provider& provider, SOCKET socket, SocketType type, DWORD option, bool on);

}  // namespace inlet::server
