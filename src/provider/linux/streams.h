// Stream sockets: sending, receiving, and how a connection is found to be dead.
#pragma once

#include "provider/linux/transfer.h"

namespace inlet::provider {

// One attempt each; see try_receive and try_send.
Result<Received> try_receive_stream(SocketRef& socket, Incoming& request);
Result<size_t> try_send_stream(SocketRef& socket, Outgoing& request);

// What the kernel's refusal of a transfer means; a connection that is dead is marked so, and stays dead with the first code.
Error receive_failure(SocketRef& socket, int number);
Error send_failure(SocketRef& socket, int number);

// What the kernel's end of a stream means: none when it is one, else why the connection is dead.
Error end_of_stream(SocketRef& socket);

// Why a dead connection is dead.
Error failure_of(const SocketRef& socket);

}  // namespace inlet::provider
