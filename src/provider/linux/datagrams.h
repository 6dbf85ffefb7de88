// Datagram sockets: sending, receiving, and the ICMP answers in between.
#pragma once

#include "provider/linux/transfer.h"

namespace inlet::provider {

// One attempt each; see try_receive and try_send.
Result<Received> try_receive_datagram(SocketRef& socket, Incoming& request);
Result<size_t> try_send_datagram(SocketRef& socket, Outgoing& request);

// Gives a socket that has no address the wildcard and a free port, as its first send does.
//
// Errors   no_buffers   all ports are taken
Result<void> bind_implicitly(SocketRef& socket);

// Connects the socket, or dissolves its association (nullptr); its own address stays in either case. What others had sent before
// the connect is never received.
Result<void> connect_datagram(SocketRef& socket, const sys::Address* address);

}  // namespace inlet::provider
