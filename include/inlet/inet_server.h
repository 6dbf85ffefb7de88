// Servers: their life, limits, lock, and what they know of their clients.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_SERVER_H
#define INLET_INET_SERVER_H

#include <inlet/inet_security.h>
#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

// Starts a TCP server with a thread of its own and returns once it listens.
//
// Shape    lpszLocalHost  NULL or "": all IPv4 interfaces; "0.0.0.0" the same; "::0": one socket for IPv6 and IPv4;
//                         otherwise a local address, or a name that resolves to one.
//          nLocalPort     1..65535.
//          nBacklog       connections that may wait for accept; 0 is a sensible maximum; too large is reduced.
//          nMaxClients    sessions at one time; 0 is no limit. One more is closed without any client event.
//          nTimeout       seconds: a client that exchanges nothing for so long gets INET_EVENT_TIMEOUT, again after each such
//                         period; it is also how long a blocking call on a client waits. 0 is for ever.
//          nPriority      INET_PRIORITY_*. CRITICAL buys quicker answers with processor time while clients are busy.
//          dwOptions      INET_OPTION_KEEPALIVE, NODELAY, REUSEADDRESS, EXCLUSIVE, DONTROUTE, NOINHERIT; SECURE: TLS from the first
//                         byte on; unknown bits are ignored. INLET_OPTION_SHAREPORT: servers of several processes of one user
//                         listen at one address if all give it, and the system deals the connections out between them; implies
//                         REUSEADDRESS. Each has limits and a backlog of its own: a client that waits in the backlog of one
//                         that stops is reset, and one that suspends keeps its share waiting (restart or stop it instead).
//          lpEventProc    the program's callback, dwEventParam is handed to it.
//          lpCredentials  who the server is in TLS: needed with INET_OPTION_SECURE, otherwise for InetEnableSecurity, or NULL.
//                         A client gets INET_EVENT_CONNECT when its handshake is done; one that fails, or takes longer than 10
//                         seconds (or nTimeout, if that is shorter), is closed and never heard of.
// Thread   Any, callbacks included.
// Returns  The server's handle, or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_PARAMETER     no callback, port 0 or above 65535, or an unknown priority
//                                         or INET_OPTION_SECURE without credentials, or without a store in them
//          ST_ERROR_INVALID_OPTION        INET_OPTION_BROADCAST, which is for datagrams; EXCLUSIVE with INLET_OPTION_SHAREPORT
//          ST_ERROR_CERTIFICATE_NOT_FOUND  there is no such file or folder, no certificate in it, or none that answers to the name
//          ST_ERROR_CERTIFICATE_EXPIRED   or not valid yet
//          ST_ERROR_CERTIFICATE_INVALID   damaged, too weak, or in a form that cannot be used
//          ST_ERROR_CERTIFICATE_NO_KEY    the private key is missing, or what is there is another certificate's
//          ST_ERROR_CERTIFICATE_PASSWORD  the private key is encrypted, and the password missing or wrong
//          ST_ERROR_PROTOCOL_NOT_SUPPORTED  the credentials allow neither TLS 1.2 nor 1.3
//          ST_ERROR_HOST_NOT_FOUND        lpszLocalHost is neither an address nor a name that resolves
//          ST_ERROR_ADDRESS_UNAVAILABLE   the address is not this machine's
//          ST_ERROR_ADDRESS_IN_USE        the port is taken, or lingers from an earlier server and REUSEADDRESS is not given
//          ST_ERROR_ACCESS_DENIED         the port needs a privilege, or a server without REUSEADDRESS has it on all interfaces
//          ST_ERROR_TOO_MANY_FILES, ST_ERROR_OUT_OF_BUFFERS  the system has no more
// Differs  SHAREPORT is ours. Windows has nothing like it: SO_REUSEADDR lets a second server in and does not say which of them gets
//          a connection, and SO_EXCLUSIVEADDRUSE only keeps it out.
// Source   sheet 1.2, DESIGN section 8
INLET_API SOCKET WINAPI InetServerStartA(LPCSTR lpszLocalHost, UINT nLocalPort, UINT nBacklog, UINT nMaxClients,
                                         UINT nTimeout, UINT nPriority, DWORD dwOptions, INETEVENTPROC lpEventProc,
                                         DWORD_PTR dwEventParam, LPSECURITYCREDENTIALSA lpCredentials);
INLET_API SOCKET WINAPI InetServerStartW(LPCWSTR lpszLocalHost, UINT nLocalPort, UINT nBacklog, UINT nMaxClients,
                                         UINT nTimeout, UINT nPriority, DWORD dwOptions, INETEVENTPROC lpEventProc,
                                         DWORD_PTR dwEventParam, LPSECURITYCREDENTIALSW lpCredentials);

// Stops a server: closes the listener, ends every session with INET_EVENT_DISCONNECT, waits until the server thread has ended.
//
// Thread   Any. Called from a callback of that server it starts the stop and returns at once. A callback that waits in an Inlet
//          call is woken (its call fails with ST_ERROR_OPERATION_CANCELED); one that is busy elsewhere is waited for.
// Returns  TRUE, or FALSE. The handle is dead afterwards (from a callback: once the stop is complete).
// Errors   ST_ERROR_OPERATION_TIMEOUT  callbacks have not returned within 30 seconds; the stop goes on in the background
// Source   sheet 1.3, DESIGN section 4
INLET_API BOOL WINAPI InetServerStop(SOCKET hServer);

// Returns  INET_SERVER_*, or INET_ERROR when the handle is not a live server.
// Source   sheet 1.13
INLET_API INT WINAPI InetGetServerStatus(SOCKET hServer);

// Returns  The id of the server's thread, for OpenThread; 0 on error.
// Source   sheet 1.14
INLET_API DWORD WINAPI InetGetServerThreadId(SOCKET hServer);

// As InetServerStop; with INET_STOP_ASYNC it returns at once, and the handle stays valid until INET_EVENT_STOP has been handled.
//
// Errors   ST_ERROR_INVALID_PARAMETER  an unknown option; and those of InetServerStop
// Source   sheet 1.4
INLET_API BOOL WINAPI InetServerStopEx(SOCKET hServer, DWORD dwOptions);

// Accepts nobody from now on. Connections wait, up to the backlog; who comes then is refused. Clients are not touched. Harmless
// twice.
//
// Thread   Any. A client whose INET_EVENT_ACCEPT is being handled just now may still get in.
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_INVALID_STATE  the server is being stopped
// Source   sheet 1.5; docs/compatibility.md
INLET_API BOOL WINAPI InetServerSuspend(SOCKET hServer);

// As InetServerSuspend; with INET_SUSPEND_DISCONNECT each client is disconnected in order, with INET_EVENT_DISCONNECT.
//
// Errors   ST_ERROR_INVALID_STATE      the server is being stopped
//          ST_ERROR_INVALID_PARAMETER  an unknown option
// Source   sheet 1.6
INLET_API BOOL WINAPI InetServerSuspendEx(SOCKET hServer, DWORD dwOptions);

// Accepts those who wait, in order, and whoever comes. Harmless twice.
//
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_INVALID_STATE  the server is being stopped, or a restart has left it without a listener
// Source   sheet 1.7
INLET_API BOOL WINAPI InetServerResume(SOCKET hServer);

// Disconnects every client in order, closes the listener, and listens again as at the start. Handle, thread, limits and data stay.
// A suspended server accepts again.
//
// Thread   Any; waits for the listener, not for the clients' last callbacks. From a server event it is done when that callback
//          has returned.
// Returns  TRUE, or FALSE. When the address cannot be listened on again the server is suspended, without a listener, until another
//          restart succeeds or it is stopped.
// Errors   ST_ERROR_INVALID_STATE  the server is being stopped; those of InetServerStart about addresses and the system
// Source   sheet 1.8
INLET_API BOOL WINAPI InetServerRestart(SOCKET hServer);

// Limits who may become a client. Nobody who is one is put out: a lower limit refuses newcomers until the number is below it.
//
// Shape    nMaxClients and nMaxClientsPerAddress: clients at one time; 0 is no limit. Clients of one IPv6 /64 share an address.
//          INET_THROTTLE_KEEP leaves a value as it is. The default is no limit.
// Units    dwConnectionRate: least milliseconds between two accepts; 0 is none. Those who come faster wait in the backlog.
// Source   sheet 1.9
INLET_API BOOL WINAPI InetServerThrottle(SOCKET hServer, UINT nMaxClients, UINT nMaxClientsPerAddress,
                                         DWORD dwConnectionRate);

// Locks a server: until it is unlocked, other threads that want to move data on it or its clients, or to restart it, wait, and
// nobody is accepted.
// For short changes of data that callbacks share. Counted; one server of the process can be locked at a time.
//
// Thread   The thread that locked must unlock. A lock that a callback leaves behind is released when it returns. Stopping a
//          server releases its lock.
// Returns  TRUE, or FALSE: then nothing was locked, always look.
// Errors   ST_ERROR_OPERATION_WOULD_BLOCK  another server is locked, by this thread or another one; or this is a server event, and
//                                          who has locked the server waits for it. Waiting might be for ever
// Source   sheet 1.10
INLET_API BOOL WINAPI InetServerLock(SOCKET hServer);

// Takes one InetServerLock back.
//
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_NOT_HANDLE_OWNER  this thread has not locked it
// Source   sheet 1.10
INLET_API BOOL WINAPI InetServerUnlock(SOCKET hServer);

// Which server is locked.
//
// Returns  Its handle, or INVALID_SOCKET when there is none.
// Source   sheet 1.10
INLET_API SOCKET WINAPI InetGetLockedServer(VOID);

// Writes the same bytes to every client; from a client's callback to all the others.
//
// Shape    Everybody gets at once what his socket has room for. The rest waits for him with the library, which keeps one copy for all
//          and sends it as he reads; what the program writes to him later comes behind it.
// Units    Of one client at most 1 MiB waits, short messages counting 1 KiB each. A client for whom that is not enough, or to whom
//          somebody is writing just now, is waited for, all together not longer than the server's timeout.
// Thread   Any; waits only for such clients, and they delay no other one.
// Owner    The bytes are the caller's again when the call returns.
// Returns  How many clients got all of it, or have the rest waiting for them; or INET_ERROR. The others have got a part, or nothing.
//          What waits for a client is sent before InetDisconnect ends him, for which that waits up to 2 seconds; it is lost when he
//          is aborted, or the server stops.
// Errors   ST_ERROR_INVALID_PARAMETER  lpBuffer is NULL and cbBuffer is not 0
// Source   sheet 1.11
INLET_API INT WINAPI InetServerBroadcast(SOCKET hServer, const BYTE* lpBuffer, DWORD cbBuffer);

// Posts every event to a window as well: wParam is the handle that came with it, the low word of lParam the event, the high word
// a Winsock error or 0. On Linux a window is a message queue (InletCreateMessageQueue in winuser.h).
//
// Errors   ST_ERROR_INVALID_PARAMETER  hWnd is NULL
// Source   sheet 1.12
INLET_API BOOL WINAPI InetServerAsyncNotify(SOCKET hServer, HWND hWnd, UINT uMsg);

// Ends what InetServerAsyncNotify began. Harmless without it.
//
// Source   sheet 1.12
INLET_API BOOL WINAPI InetServerDisableAsyncNotify(SOCKET hServer);

// The priority that clients start with.
//
// Returns  INET_PRIORITY_*; INET_PRIORITY_INVALID on error.
// Source   sheet 1.14
INLET_API INT WINAPI InetGetServerPriority(SOCKET hServer);

// Changes the priority of clients that come from now on, and that of accepting at once.
//
// Returns  The old one; INET_PRIORITY_INVALID on error.
// Errors   ST_ERROR_INVALID_PARAMETER  no INET_PRIORITY_*
// Source   sheet 1.14
INLET_API INT WINAPI InetSetServerPriority(SOCKET hServer, INT nPriority);

// The timeout in seconds that clients which come from now on start with.
//
// Returns  Get: the seconds. Set: 0. Or INET_ERROR.
// Source   sheet 1.14
INLET_API INT WINAPI InetGetServerTimeout(SOCKET hServer);
INLET_API INT WINAPI InetSetServerTimeout(SOCKET hServer, UINT nTimeout);

// Kept for programs that ask for it. Inlet's threads are shared by all servers and have the system's stacks.
//
// Source   sheet 1.14
INLET_API DWORD WINAPI InetGetServerStackSize(SOCKET hServer);
INLET_API BOOL WINAPI InetSetServerStackSize(SOCKET hServer, DWORD dwStackSize);

// Where a server listens; either pointer may be NULL. Returns 0, or INET_ERROR.
INLET_API INT WINAPI InetGetServerAddress(SOCKET hServer, LPINTERNET_ADDRESS lpAddress, UINT* lpnLocalPort);

// The clients of a server, in the order in which they came, without those that are being ended.
//
// Shape    lphClients NULL: only counts. Each handle may die at once.
// Returns  How many; or INET_ERROR.
// Errors   ST_ERROR_INVALID_SIZE       there are more than nMaxClients; that many were stored
//          ST_ERROR_INVALID_PARAMETER  nMaxClients is negative
// Source   sheet 1.15
INLET_API INT WINAPI InetEnumServerClients(SOCKET hServer, SOCKET* lphClients, INT nMaxClients);

// One pointer of the program's own for each server. The library stores it and never looks behind it.
//
// Errors   ST_ERROR_INVALID_PARAMETER  lppvData is NULL
// Source   sheet 1.14
INLET_API BOOL WINAPI InetGetServerData(SOCKET hServer, LPVOID* lppvData);

// Stores the pointer that InetGetServerData gives.
//
// Source   sheet 1.14
INLET_API BOOL WINAPI InetSetServerData(SOCKET hServer, LPVOID lpvData);

// Refuses the client whose INET_EVENT_ACCEPT is being handled; at a listener of InetListen the one that has waited longest. It sees
// its connection reset.
//
// Thread   For a server only inside its INET_EVENT_ACCEPT. Never waits.
// Returns  0, or INET_ERROR.
// Errors   ST_ERROR_OPERATION_WOULD_BLOCK  no client waits, at a server: for a decision on this thread
// Source   sheet 3.4
INLET_API INT WINAPI InetReject(SOCKET hServer);

/* Names that follow UNICODE */
#ifdef UNICODE
#define InetServerStart InetServerStartW
#else
#define InetServerStart InetServerStartA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_SERVER_H */
