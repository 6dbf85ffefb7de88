// Binding: which address a socket gets, and what has to be told to the kernel so that it allows what Winsock allows.
//
// The kernel's own rules are narrower in one place and wider in another. So the table of this process decides first
// (bound_addresses.h), and then the kernel's options only make it agree:
//
//   SO_REUSEADDR  is set while a socket goes over what an earlier one has left (TIME_WAIT, connections of a closed listener), which
//                 on Windows needs no option; and while it listens or connects, so that what it leaves can be gone over. In
//                 between it is off, so that no other process gets in beside a socket that is merely bound, or pauses. A
//                 socket that was bound with Winsock's option of that name has it on all the time.
//   SO_REUSEPORT  is set on sockets of this process whose places overlap, and stays: both may listen then, and the more
//                 specific one gets what is meant for it. Never do two of one address listen at the same time
//                 (PendingQueue::await_turn), which would deal connections out between them. Between processes that is just
//                 what INLET_SO_SHARE_PORT asks for: a socket with it has the kernel's option from before it is bound.
#pragma once

#include "base/result.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// Binds a socket of any kind that is not bound yet, and enters it into the table.
//
// Errors   address_in_use   another socket of this process or of another one is there; listening at the port by another
//          access_denied    another socket of this process forbids it, or the port needs a privilege
//          address_not_available   the address is not of this machine
//          no_buffers       no port is free (for port 0), or no memory
Result<void> bind_socket(SocketRef& socket, const sys::Address& address);

// A bound socket that put off the choice of its port until it connects (SO_REUSE_UNICASTPORT) needs one now.
Result<void> choose_port(SocketRef& socket);

// The kernel has bound the socket to a port of its choice.
void note_bound(SocketRef& socket);
// The last step of every bind that is in the table: bits has kBound.
void mark_bound(SocketRef& socket, uint32_t bits);

// A bound stream socket begins to connect, so what it leaves may be gone over; or it did not become connected.
void allow_remains(SocketRef& socket, bool on);

// The socket is being closed: its address is free, and the next listener in turn takes it over.
void release_address(SocketRef& socket);

// A listener could not begin to listen after all, although it had its turn.
void give_up_turn(SocketRef& listener);

}  // namespace inlet::provider
