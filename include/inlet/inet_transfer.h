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
//          ST_ERROR_OPERATION_CANCELED  the session was ended by another thread while the call waited
//          ST_ERROR_CONNECTION_RESET, ST_ERROR_CONNECTION_ABORTED  the connection broke
// Source   sheet 3.2
INLET_API INT WINAPI InetWrite(SOCKET hSocket, const BYTE* lpBuffer, INT cbBuffer);

// Reads one line of text, without its CR and LF; waits until it is complete.
//
// Shape    *lpnLength in: size of the buffer in characters with the terminator, at least 2; out: characters stored without it.
//          The buffer is always terminated. NUL, CR and LF are dropped. A line longer than the buffer comes in parts, each TRUE.
// Returns  TRUE for a line (an empty one has length 0); FALSE when the time ran out or the peer closed: *lpnLength characters of
//          an unfinished line may be in the buffer all the same.
// Errors   ST_ERROR_INVALID_PARAMETER  a NULL pointer or a length below 2
//          ST_ERROR_CONNECTION_SHUTDOWN  the peer has closed; otherwise those of InetRead
// Source   sheet 3.1
INLET_API BOOL WINAPI InetReadLineA(SOCKET hSocket, LPSTR lpszBuffer, LPINT lpnLength);

// Writes a text and exactly one CR LF after it; waits until all of it is taken.
//
// Shape    Line ends at the end of the text are not doubled; NULL is an empty line. *lpnLength out (may be NULL): bytes sent.
// Returns  TRUE, or FALSE when not everything was sent.
// Errors   Those of InetWrite
// Source   sheet 3.2
INLET_API BOOL WINAPI InetWriteLineA(SOCKET hSocket, LPCSTR lpszBuffer, LPINT lpnLength);

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
#define InetReadLine InetReadLineA
#define InetWriteLine InetWriteLineA

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_TRANSFER_H */
