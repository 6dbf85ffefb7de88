// Reading and writing, on clients of a server and on plain sockets.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_TRANSFER_H
#define INLET_INET_TRANSFER_H

#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

// Reads what is there; waits for the first byte, at most for the timeout.
//
// Shape    cbBuffer is at least 1. Message boundaries are not kept.
// Returns  1..cbBuffer bytes; 0 when the peer has closed and everything is read; or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER    lpBuffer is NULL, or cbBuffer is 0 or negative
//          ST_ERROR_OPERATION_TIMEOUT    nothing came in time; the session goes on
//          ST_ERROR_OPERATION_WOULD_BLOCK  nothing is there, and the socket is asynchronous
//          ST_ERROR_NOT_CONNECTED        the socket is still connecting
//          ST_ERROR_OPERATION_CANCELED   the session was ended by another thread while the call waited
//          ST_ERROR_CONNECTION_RESET, ST_ERROR_CONNECTION_ABORTED  the connection broke
// Source   sheet 3.1
INLET_API INT WINAPI InetRead(SOCKET hSocket, LPBYTE lpBuffer, INT cbBuffer);

// Looks at what is there without taking it. Never waits.
//
// Shape    lpBuffer NULL: only counts. Otherwise cbBuffer is at least 1.
// Returns  Bytes copied (or counted); 0 when there is nothing or the peer has closed; or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  a buffer with a length of 0 or less; and the connection errors of InetRead
// Source   sheet 3.1
INLET_API INT WINAPI InetPeek(SOCKET hSocket, LPBYTE lpBuffer, INT cbBuffer);

// Writes; waits for room in the send buffer, at most for the timeout.
//
// Shape    cbBuffer 0 is allowed and sends nothing.
// Returns  Bytes written: all of them, unless time ran out after some; or INET_ERROR when none were.
// Errors   ST_ERROR_INVALID_PARAMETER   lpBuffer is NULL with a length, or cbBuffer is negative
//          ST_ERROR_OPERATION_TIMEOUT   no room in time
//          ST_ERROR_OPERATION_WOULD_BLOCK  no room, and the socket is asynchronous; INET_EVENT_WRITE follows
//          ST_ERROR_CONNECTION_SHUTDOWN  the program has shut the sending side
//          ST_ERROR_OPERATION_CANCELED  the session was ended by another thread while the call waited
//          ST_ERROR_CONNECTION_RESET, ST_ERROR_CONNECTION_ABORTED  the connection broke
// Source   sheet 3.2
INLET_API INT WINAPI InetWrite(SOCKET hSocket, const BYTE* lpBuffer, INT cbBuffer);

// InetRead with what datagrams and urgent data need.
//
// Shape    dwFlags: 0, or INET_FLAG_URGENT, which reads the urgent byte of a stream. lpRemoteAddress and
//          lpnRemotePort (either may be NULL) get the sender's address: of the datagram, or of the stream's peer. One datagram is read;
//          what the buffer does not hold of it is lost.
// Returns  The bytes read. 0 is an empty datagram, or that a stream's peer has closed. Or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER      lpBuffer is NULL, cbBuffer is 0 or negative, unknown flags
//          ST_ERROR_OPERATION_TIMEOUT      nothing came in time
//          ST_ERROR_OPERATION_WOULD_BLOCK  there is no urgent byte (that is never waited for); nothing is there and the socket is
//                                          asynchronous
//          ST_ERROR_INVALID_SIZE           the datagram was larger than the buffer, which holds its beginning
//          ST_ERROR_OPERATION_NOT_SUPPORTED  INET_FLAG_URGENT for datagrams
//          ST_ERROR_CONNECTION_RESET       the connection broke; or nobody listens where an earlier datagram was sent to
// Source   sheet 3.1
INLET_API INT WINAPI InetReadEx(SOCKET hSocket, LPBYTE lpBuffer, INT cbBuffer, DWORD dwFlags,
                                LPINTERNET_ADDRESS lpRemoteAddress, UINT* lpnRemotePort);

// InetWrite with what datagrams and urgent data need.
//
// Shape    dwFlags: 0; INET_FLAG_URGENT sends the last byte as urgent data of a stream. lpRemoteAddress and nRemotePort: where a
//          datagram goes, NULL and 0 for the address of InetConnect; only one of them changes only that. Must be NULL and 0 for streams.
// Returns  Bytes written, as InetWrite; or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER        lpBuffer is NULL with a length, cbBuffer is negative, the port is above 65535, unknown flags
//          ST_ERROR_ALREADY_CONNECTED        an address for a stream
//          ST_ERROR_INVALID_ADDRESS          lpRemoteAddress has no family, or a family that the socket does not send to
//          ST_ERROR_INVALID_SIZE             more than a datagram holds
//          ST_ERROR_ACCESS_DENIED            a broadcast address without INET_OPTION_BROADCAST
//          ST_ERROR_OPERATION_NOT_SUPPORTED  INET_FLAG_URGENT for datagrams
//          ST_ERROR_OPERATION_TIMEOUT        no room in time
//          ST_ERROR_OPERATION_WOULD_BLOCK    no room, and the socket is asynchronous
// Source   sheet 3.2
INLET_API INT WINAPI InetWriteEx(SOCKET hSocket, const BYTE* lpBuffer, INT cbBuffer, DWORD dwFlags,
                                 LPINTERNET_ADDRESS lpRemoteAddress, UINT nRemotePort);

// Reads one line of text, without its CR and LF; waits until it is complete.
//
// Shape    *lpnLength in: size of the buffer in characters with the terminator, at least 2, in UTF-16 at least 3; out: characters
//          stored without it. The buffer is always terminated. NUL, CR and LF are dropped. A line longer than the buffer comes in
//          parts, each TRUE; the end of one that just fills it is no line of its own. In UTF-16 a character that does not fit whole begins the next part. Bytes that are no UTF-8 become U+FFFD.
// Returns  TRUE for a line (an empty one has length 0); FALSE when the time ran out or the peer closed: *lpnLength characters of
//          an unfinished line may be in the buffer all the same.
// Errors   ST_ERROR_INVALID_PARAMETER  a NULL pointer or a length below 2 (3)
//          ST_ERROR_OPERATION_NOT_SUPPORTED  a socket for datagrams
//          ST_ERROR_CONNECTION_SHUTDOWN  the peer has closed; otherwise those of InetRead
// Source   sheet 3.1
INLET_API BOOL WINAPI InetReadLineA(SOCKET hSocket, LPSTR lpszBuffer, LPINT lpnLength);
INLET_API BOOL WINAPI InetReadLineW(SOCKET hSocket, LPWSTR lpszBuffer, LPINT lpnLength);

// Writes a text and exactly one CR LF after it; waits until all of it is taken.
//
// Shape    Line ends at the end of the text are not doubled; NULL is an empty line. *lpnLength out (may be NULL): bytes sent.
// Returns  TRUE, or FALSE when not everything was sent.
// Errors   Those of InetWrite
// Source   sheet 3.2
INLET_API BOOL WINAPI InetWriteLineA(SOCKET hSocket, LPCSTR lpszBuffer, LPINT lpnLength);
INLET_API BOOL WINAPI InetWriteLineW(SOCKET hSocket, LPCWSTR lpszBuffer, LPINT lpnLength);

// Tells whether a read would not block: data, end of stream or an error is there.
//
// Units    dwTimeout in milliseconds to wait for that; 0 only looks.
// Shape    *lpdwAvail (may be NULL) gets the bytes that can be read at once.
// Returns  TRUE, or FALSE (with last error 0 when the answer is simply no).
// Source   sheet 3.3
INLET_API BOOL WINAPI InetIsReadable(SOCKET hSocket, DWORD dwTimeout, LPDWORD lpdwAvail);

// Tells whether some bytes can be written without blocking.
//
// Units    dwTimeout in milliseconds; 0 only looks.
// Source   sheet 3.3
INLET_API BOOL WINAPI InetIsWritable(SOCKET hSocket, DWORD dwTimeout);

/* Names that follow UNICODE */
#ifdef UNICODE
#define InetReadLine InetReadLineW
#define InetWriteLine InetWriteLineW
#else
#define InetReadLine InetReadLineA
#define InetWriteLine InetWriteLineA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_TRANSFER_H */
