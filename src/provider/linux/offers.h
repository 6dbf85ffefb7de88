// Duplicates that WSPDuplicateSocket has promised and nobody has opened yet.
//
// An offer counts as a handle of its socket: the program may close its own, and whoever opens the offer finds the socket all the
// same. It is for one process and is opened once. One for this process is taken from here; one for another listens under a
// random name, and the kernel says who calls. It ends when it is opened, when the process it is for ends, or with the last
// WSPCleanup.
//
// Thread   Any; one mutex, held across nothing that waits. Callers of other processes are served by the reactor.
#pragma once

#include <optional>

#include "base/result.h"
#include "provider/linux/sockets.h"
#include "provider/linux/sys_pass.h"

namespace inlet::provider {

// Returns  the name by which the offer is opened.
// Errors   invalid         there is no such process
//          too_many_files  no descriptors, or kOffersMax wait to be opened
//          no_buffers      no memory
//          not_socket      the socket is being closed
Result<sys::PassName> make_offer(SocketRef& socket, uint32_t process);

// The socket that was offered under this name to this process, which is no offer any more; its count as a handle goes to the
// caller. Without one, another process may have made the offer.
std::optional<SocketRef> take_offer(const sys::PassName& name);

// The reactor's part: something has happened to a descriptor of an offer; a socket has sent what it had still to send.
void offers_ready(int fd);
void offers_drained(SocketRef& socket);

// For the last WSPCleanup, after the reactor has ended.
void withdraw_offers();

}  // namespace inlet::provider
