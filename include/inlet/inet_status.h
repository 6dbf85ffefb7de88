// What a socket is doing, and how to take it out of that.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_STATUS_H
#define INLET_INET_STATUS_H

#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* InetGetStatus, sheet 3.3 */
#define INET_STATUS_UNUSED 0     /* never given: a dead handle is an error */
#define INET_STATUS_IDLE 1       /* nobody waits for it */
#define INET_STATUS_LISTEN 2     /* a server, or a listener */
#define INET_STATUS_CONNECT 3    /* being connected */
#define INET_STATUS_ACCEPT 4     /* a client is being accepted */
#define INET_STATUS_READ 5       /* a call waits for data */
#define INET_STATUS_WRITE 6      /* a call waits for room */
#define INET_STATUS_FLUSH 7      /* never given: InetFlush does not wait */
#define INET_STATUS_DISCONNECT 8 /* being closed */

// What a socket is doing at this moment.
//
// Returns  INET_STATUS_*, or INET_ERROR.
// Source   sheet 3.3
INLET_API INT WINAPI InetGetStatus(SOCKET hSocket);

// Tells whether a connection exists: neither side has ended it, or the peer has and not everything it sent has been read yet.
//
// Returns  TRUE; FALSE with last error 0 when it does not, or for a server or a listener; or FALSE on failure.
// Source   sheet 3.3
INLET_API BOOL WINAPI InetIsConnected(SOCKET hSocket);

// Tells whether clients can come: a listener, or a server that is neither suspended nor stopped.
//
// Returns  TRUE; FALSE with last error 0 when they cannot, or for a connection; or FALSE on failure.
// Source   sheet 3.3
INLET_API BOOL WINAPI InetIsListening(SOCKET hSocket);

// Tells whether the peer has closed its side and nothing it sent is left to read, or the connection broke.
//
// Returns  TRUE; FALSE with last error 0 when not; or FALSE on failure.
// Source   sheet 3.3
INLET_API BOOL WINAPI InetIsClosed(SOCKET hSocket);

// Tells whether a call on the socket is waiting at this moment, on whatever thread.
//
// Returns  TRUE; FALSE with last error 0 when none is; or FALSE on failure.
// Source   sheet 3.3
INLET_API BOOL WINAPI InetIsBlocking(SOCKET hSocket);

// Tells whether urgent data (out of band) has come and was not read.
//
// Returns  TRUE; FALSE with last error 0 when not; or FALSE on failure.
// Source   sheet 3.3
INLET_API BOOL WINAPI InetIsUrgent(SOCKET hSocket);

// Throws away what the peer has sent and nobody has read, and returns without waiting. What was written is in the system's hands
// already and goes on to the peer.
//
// Thread   Any. A read that waits on another thread goes on waiting.
// Returns  0, or INET_ERROR.
// Errors   ST_ERROR_CONNECTION_RESET       the connection broke; or another error of the connection
//          ST_ERROR_OPERATION_IN_PROGRESS  another thread is reading
// Source   sheet 3.2; docs/compatibility.md
INLET_API INT WINAPI InetFlush(SOCKET hSocket);

// Ends the calls that wait on a socket, on whatever thread: each fails with ST_ERROR_OPERATION_CANCELED, and the connection goes on.
// A client of a server gets INET_EVENT_CANCEL, when its running callback has returned. So do the accepts that wait at a listener; a socket
// of InetAsyncConnect that is still connecting gives up, and gets INET_EVENT_CONNECT with that error.
//
// Thread   Any; never waits. A call that has not begun to wait is not touched; one that moves a whole stream is ended at any time.
// Returns  0, also when nothing waited (then there is no event); or INET_ERROR.
// Source   sheet 3.4
INLET_API INT WINAPI InetCancel(SOCKET hSocket);

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_STATUS_H */
