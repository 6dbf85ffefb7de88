// Sessions: their end, their state, and who they are.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_SESSION_H
#define INLET_INET_SESSION_H

#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

// Ends a session in an orderly way: what was written is still delivered. On a server handle the same as InetServerStop.
//
// Thread   Any. A blocked call on the session is woken and fails with ST_ERROR_OPERATION_CANCELED. For a client of a server
//          INET_EVENT_DISCONNECT follows, when its running callback has returned.
// Returns  0, or INET_ERROR.
// Source   sheet 1.16, 3.4
INLET_API INT WINAPI InetDisconnect(SOCKET hSocket);

// Ends a session at once: unsent and unread data is lost, the peer sees a reset. INET_EVENT_DISCONNECT follows as above, with
// ST_ERROR_CONNECTION_ABORTED.
//
// Returns  0, or INET_ERROR.
// Errors   ST_ERROR_INVALID_HANDLE  also for a server handle
// Source   sheet 3.4
INLET_API INT WINAPI InetAbort(SOCKET hSocket);

// Shuts one direction of a connection; the handle stays valid and InetDisconnect is still needed.
//
// Shape    INET_SHUTDOWN_READ: receive no more. INET_SHUTDOWN_WRITE: send no more; the peer sees the end of the stream, what it
//          sends can still be read. INET_SHUTDOWN_BOTH.
// Returns  0, or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  another dwOption
//          ST_ERROR_NOT_CONNECTED      the connection is gone already, or not there yet
//          ST_ERROR_CONNECTION_RESET   the peer has broken it
// Source   sheet 3.4
INLET_API INT WINAPI InetShutdown(SOCKET hSocket, DWORD dwOption);

// One pointer of the program's own for each session. Still readable in INET_EVENT_DISCONNECT.
//
// Errors   ST_ERROR_INVALID_PARAMETER  lppvData is NULL
// Source   sheet 3.5
INLET_API BOOL WINAPI InetGetClientData(SOCKET hSocket, LPVOID* lppvData);

// Stores the pointer that InetGetClientData gives.
//
// Source   sheet 3.5
INLET_API BOOL WINAPI InetSetClientData(SOCKET hSocket, LPVOID lpvData);

// Who a client of a server is: a number that is never used twice in the life of its server, its server, the thread that runs its
// callback (or ran the last one), milliseconds since it last exchanged anything. Plain sockets are no clients.
//
// Returns  InetGetClientId, InetGetClientThreadId: 0 on error. InetGetClientServer: INVALID_SOCKET. InetGetClientIdleTime:
//          0xffffffff.
// Source   sheet 3.5
INLET_API UINT WINAPI InetGetClientId(SOCKET hSocket);
INLET_API SOCKET WINAPI InetGetClientServer(SOCKET hSocket);
INLET_API DWORD WINAPI InetGetClientThreadId(SOCKET hSocket);
INLET_API DWORD WINAPI InetGetClientIdleTime(SOCKET hSocket);

// The client with this number.
//
// Returns  Its handle, or INVALID_SOCKET.
// Errors   ST_ERROR_HOST_NOT_FOUND  there is none (any more)
// Source   sheet 3.5
INLET_API SOCKET WINAPI InetGetClientHandle(SOCKET hServer, UINT nClientId);

// The name that the program has given to a client.
//
// Returns  Its length, 0 for none, or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  no buffer, no room
//          ST_ERROR_INVALID_SIZE       the buffer is too small; it then holds an empty string
// Source   sheet 3.5
INLET_API INT WINAPI InetGetClientMonikerA(SOCKET hSocket, LPSTR lpszMoniker, INT cchMoniker);
INLET_API INT WINAPI InetGetClientMonikerW(SOCKET hSocket, LPWSTR lpszMoniker, INT cchMoniker);

// Gives a client a name: at most 127 characters (bytes of UTF-8), unique in its server whatever the case of its ASCII letters. NULL
// or "" takes it away.
//
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_INVALID_SIZE    it is too long
//          ST_ERROR_ADDRESS_IN_USE  another client of the server has it
// Source   sheet 3.5
INLET_API BOOL WINAPI InetSetClientMonikerA(SOCKET hSocket, LPCSTR lpszMoniker);
INLET_API BOOL WINAPI InetSetClientMonikerW(SOCKET hSocket, LPCWSTR lpszMoniker);

// The client with this name.
//
// Returns  Its handle, or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_PARAMETER  no moniker
//          ST_ERROR_HOST_NOT_FOUND     nobody has it
// Source   sheet 3.5
INLET_API SOCKET WINAPI InetFindClientMonikerA(SOCKET hServer, LPCSTR lpszMoniker);
INLET_API SOCKET WINAPI InetFindClientMonikerW(SOCKET hServer, LPCWSTR lpszMoniker);

// How a client's callbacks are preferred to others'.
//
// Returns  INET_PRIORITY_*; INET_PRIORITY_INVALID on error.
// Source   sheet 3.5
INLET_API INT WINAPI InetGetClientPriority(SOCKET hSocket);

// Changes that, from the client's next callback on.
//
// Returns  The old one; INET_PRIORITY_INVALID on error.
// Errors   ST_ERROR_INVALID_PARAMETER  no INET_PRIORITY_*
// Source   sheet 3.5
INLET_API INT WINAPI InetSetClientPriority(SOCKET hSocket, INT nPriority);

// How long blocking calls on a socket wait, in seconds; for a client of a server also its idle period. 0 is for ever.
//
// Returns  Get: the seconds. Set: 0. Or INET_ERROR.
// Source   sheet 3.7
INLET_API INT WINAPI InetGetTimeout(SOCKET hSocket);
INLET_API INT WINAPI InetSetTimeout(SOCKET hSocket, UINT nTimeout);

/* Names that follow UNICODE */
#ifdef UNICODE
#define InetGetClientMoniker InetGetClientMonikerW
#define InetSetClientMoniker InetSetClientMonikerW
#define InetFindClientMoniker InetFindClientMonikerW
#else
#define InetGetClientMoniker InetGetClientMonikerA
#define InetSetClientMoniker InetSetClientMonikerA
#define InetFindClientMoniker InetFindClientMonikerA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_SESSION_H */
