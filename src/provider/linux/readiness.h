// What is true of a socket now, in Winsock's terms: the one place that knows how these differ from Linux' own.
//
// Linux shows a TCP socket that was never connected as readable and writable, a failed connect as readable, an urgent byte as
// data, and the end of a stream only together with data; and of what Winsock remembers for ever - a reset, a failed connect,
// an own shutdown - it remembers nothing. So the answer comes from the record's state and from one look at the kernel.
//
// Thread   Any. Nothing here waits, and no lock is held.
#pragma once

#include "provider/linux/sockets.h"

namespace inlet::provider {

enum Condition : unsigned {
  kCanReceive = 1,  // a receive (accept, for a listener) would not wait, whatever it answers: select's read set. Not
                    // after the own SD_RECEIVE, which is nothing new
  kCanSend = 2,     // a send would be taken: select's write set
  kHasData = 4,     // bytes or a datagram, or the report about one that was not delivered
  kHasUrgent = 8,   // an urgent byte, to be read out of band
  kHasConnection = 16,  // a connection waits at a listener
  kPeerFinished = 32,   // the peer sends no more; there may be data left
  kBroken = 64,         // the connection was reset, or is dead for another reason
  kFailedToConnect = 128,
  kGone = 256,  // the program has closed the socket meanwhile
};

// What to ask the kernel so that one of the wanted conditions becomes visible; 0: the descriptor would only lead astray.
int16_t kernel_interest(SocketRef& socket, unsigned wanted);

// Which of the wanted conditions hold, when the kernel has shown seen (a set of sys::Look; 0: only what the state says).
// Learns on the way how a connect ended, and takes the kernel's pending error into the record.
unsigned conditions_of(SocketRef& socket, int16_t seen, unsigned wanted);

// The same with a look of its own.
unsigned look_at(SocketRef& socket, unsigned wanted);

// A number that grows when something arrives that FD_READ or FD_ACCEPT tells about, and falls when it is taken.
uint64_t arrivals_waiting(SocketRef& socket);

}  // namespace inlet::provider
