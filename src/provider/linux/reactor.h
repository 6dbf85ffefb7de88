// The provider's own thread: it waits for sockets on which something goes on that no thread of the program waits for.
//
// Watched are listeners with a pending queue, sockets with an event selection, with overlapped operations, or with unsent
// bytes; all others never come here. Readiness comes as edges: once when the watch begins and something is ready, then each
// time something new happened. What an edge means is the business of the socket's parts; the reactor tells them one after the
// other (see on_edge in reactor.cpp).
//
// Thread   The thread (inlet-provider) starts with the first watch and ends with the last WSPCleanup. It never runs the
//          program's code: completion routines are queued to the program's threads.
#pragma once

#include "base/result.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// What an edge brought; beside sys::Ready.
enum Edge : unsigned {
  kEdgeReadable = 1,
  kEdgeWritable = 2,
  kEdgePriority = 4,
  kEdgePeerClosed = 16,  // the peer sends no more; data may still be waiting
  kEdgeBroken = 32,      // an error, or both directions closed
  kEdgeTimer = 64,       // reactor_call_after
};

// Starts to watch the socket; harmless when it is watched already.
//
// Thread   Any.
// Errors   no_buffers, too_many_files   the system watches no more, or has no thread to spare
Result<void> reactor_watch(SocketRef& socket);

// Leaves a watched socket alone for a while, or watches it again; then what is ready comes as an edge.
void reactor_mute(SocketRef& socket, bool on);

// Watches a socket whose descriptor now stands for something else, if it was watched before; the watch on the old thing is gone.
Result<void> reactor_watch_again(SocketRef& socket);

// Ends a watch. Called when the descriptor is about to be closed, or to stand for something else.
void reactor_forget(int fd);

// Watches the system's addresses and routes from now on; changes_ready (changes.h) is told.
//
// Errors   as reactor_watch
Result<void> reactor_watch_changes();

// Watches a descriptor of an offer, which is readable when something has happened to it; offers_ready (offers.h) is told.
//
// Errors   as reactor_watch
Result<void> reactor_watch_offer(int fd);

// Tells the socket's parts kEdgeTimer once, so many milliseconds from now, unless the socket is closed before.
//
// Thread   Any.
// Errors   as reactor_watch
Result<void> reactor_call_after(SocketRef& socket, int delay_ms);

// Tells the socket's parts about an edge soon, on the reactor's thread. For a part that has made another one ready.
Result<void> reactor_call(SocketRef& socket);

// Ends the thread; a later watch starts a new one. For the last WSPCleanup.
void reactor_stop();

}  // namespace inlet::provider
