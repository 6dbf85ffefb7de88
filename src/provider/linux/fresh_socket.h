// Putting another kernel socket behind a handle: the connection that AcceptEx took, or a new socket for one that DisconnectEx
// returns to the program.
//
// The descriptor's number stays, so calls in other threads never reach a stranger: they finish with what they began with.
#pragma once

#include "base/result.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// The socket becomes the connection fd, with the options that the program gave to the socket before.
//
// Owner    fd is taken in any case.
Result<void> become_connection(SocketRef& socket, int fd, const sys::Address& peer);

// The connection goes on to its end without the socket, which is as it was before: bound, if the program had bound it, and not
// connected.
//
// Errors   address_in_use and others of bind   the kernel does not give the address again; the socket stays connected
Result<void> become_fresh(SocketRef& socket);

// A raw socket without a peer; groups that it has joined are left.
Result<void> become_unconnected(SocketRef& raw);

// SO_UPDATE_ACCEPT_CONTEXT and SO_UPDATE_CONNECT_CONTEXT: the connection gets its names, and after AcceptEx the options of the
// listener that it would have from the start if WSPAccept had made it.
//
// Errors   fault           too little room for the handle of a listener
//          not_socket      optval names no socket
//          invalid         ... or one that does not listen
//          not_connected   the socket has no connection
Result<void> update_accept_context(SocketRef& socket, const char* optval, int optlen);
Result<void> update_connect_context(SocketRef& socket);

}  // namespace inlet::provider
