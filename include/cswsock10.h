// Inlet, layer 3: managed Internet servers and blocking-style sockets, source-compatible with the SocketTools Inet* functions.
//
// One call, InetServerStart, starts a TCP server with a thread of its own; the program writes only what happens to each
// client. The same read and write calls serve the clients of a server and the sockets made with InetConnect.
//
// Conventions, valid for every function below
//   Handles   A SOCKET here is opaque. A dead handle is always ST_ERROR_INVALID_HANDLE and never reaches a newer session.
//   Errors    The failure value is FALSE, INVALID_SOCKET, INET_ERROR (-1) or NULL; InetGetLastError then gives the reason,
//             per thread. Success may set the last error to 0 and never to a failure.
//   Every function that takes a handle can fail with
//             ST_ERROR_NOT_INITIALIZED  InetInitialize has not been called
//             ST_ERROR_INVALID_HANDLE   the handle is not one of ours, or is dead
//             and functions that move data on a session that is being closed fail with ST_ERROR_INVALID_HANDLE too.
//   Threads   Every function may be called from any thread. Calls that move data are serialised per socket and direction.
//             Inside an event callback a call that must wait lets the other clients go on meanwhile.
//   Buffers   Belong to the caller and are used only during the call. Lengths are in bytes, text lengths in characters with
//             the terminator. Text is UTF-8.
//   Time      Timeouts are in seconds, with two exceptions that say so: InetIsReadable and InetIsWritable (milliseconds).
//
// Source      spec/inet-server-api.md (the SocketTools v10 and v11 documents in our words); section numbers are given as "sheet n".
#ifndef INLET_CSWSOCK10_H
#define INLET_CSWSOCK10_H

#ifdef _WIN32
#include <winsock2.h>

#include <windows.h>
#else
#include <inlet/wintypes.h>
#endif
#include <inlet/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- constants ------------------------------------------------------------------------------------------------------- */

#define INET_ERROR (-1)
#define INET_BACKLOG 5  /* sheet 6.1 */
#define INET_TIMEOUT 20 /* seconds, sheet 6.1 */

/* Protocols for InetConnect, sheet 5.2 */
#define INET_PROTOCOL_TCP 6
#define INET_PROTOCOL_UDP 17

/* Priorities, sheet 1.2.1 */
#define INET_PRIORITY_BACKGROUND 0
#define INET_PRIORITY_LOW 1
#define INET_PRIORITY_NORMAL 2
#define INET_PRIORITY_HIGH 3
#define INET_PRIORITY_CRITICAL 4
#define INET_PRIORITY_DEFAULT INET_PRIORITY_NORMAL
#define INET_PRIORITY_LOWEST INET_PRIORITY_BACKGROUND
#define INET_PRIORITY_HIGHEST INET_PRIORITY_CRITICAL
#define INET_PRIORITY_INVALID (-1)

/* Options, sheet 1.2.2. Bits that are not listed are ignored. */
#define INET_OPTION_NONE 0x0000
#define INET_OPTION_BROADCAST 0x0001
#define INET_OPTION_DONTROUTE 0x0002
#define INET_OPTION_KEEPALIVE 0x0004
#define INET_OPTION_REUSEADDRESS 0x0008
#define INET_OPTION_REUSEADDR INET_OPTION_REUSEADDRESS
#define INET_OPTION_NODELAY 0x0010
#define INET_OPTION_INLINE 0x0020
#define INET_OPTION_EXCLUSIVE 0x0040 /* number free in the sheet; our choice */
#define INET_OPTION_NOINHERIT 0x0080 /* number free in the sheet; our choice. Always in effect on Linux. */
#define INET_OPTION_TRUSTEDSITE 0x0800
#define INET_OPTION_SECURE 0x1000

/* Events, sheet 2.2. The handle that comes with them is the client's unless the table says server. */
#define INET_EVENT_CONNECT 0x0001    /* session established; first event of a client */
#define INET_EVENT_DISCONNECT 0x0002 /* session over; last event of a client, exactly one per CONNECT */
#define INET_EVENT_READ 0x0004       /* one InetRead will not block (it may return 0: the peer has closed) */
#define INET_EVENT_WRITE 0x0008      /* once after CONNECT; then each time a full send buffer has room again */
#define INET_EVENT_TIMEOUT 0x0010  /* nothing exchanged for the server's timeout (error 0), or a call ran out of time */
#define INET_EVENT_CANCEL 0x0020   /* reserved: a blocking call was cancelled */
#define INET_EVENT_ACCEPT 0x0040   /* server handle: a client wants in; InetReject refuses it */
#define INET_EVENT_ERROR 0x0080    /* the session failed, e.g. its callback threw; DISCONNECT follows */
#define INET_EVENT_IDLE 0x0100     /* server handle: the last client has gone and the server goes on */
#define INET_EVENT_START 0x0200    /* server handle: the server listens */
#define INET_EVENT_STOP 0x0400     /* server handle: stopped, all clients are gone; last event of a server */
#define INET_EVENT_PROGRESS 0x0800 /* reserved: progress of a stream transfer */

/* InetShutdown, sheet 3.4 */
#define INET_SHUTDOWN_READ 0
#define INET_SHUTDOWN_WRITE 1
#define INET_SHUTDOWN_BOTH 2

/* InetServerStopEx and InetServerSuspendEx, sheet 1.4 and 1.6. The numbers are free in the sheet; our choice. */
#define INET_STOP_ASYNC 0x0001
#define INET_SUSPEND_DISCONNECT 0x0001

/* InetServerThrottle, sheet 1.9: leave this limit as it is */
#define INET_THROTTLE_KEEP ((UINT)-1)

/* InetGetServerStatus, sheet 1.13 */
#define INET_SERVER_INACTIVE 0
#define INET_SERVER_STARTING 1
#define INET_SERVER_STARTED 2
#define INET_SERVER_RESTARTING 3
#define INET_SERVER_STOPPING 4
#define INET_SERVER_STOPPED 5
#define INET_SERVER_SUSPENDED 6
#define INET_SERVER_LOCKED 7

/* Address families, sheet 5.6 */
#define INET_ADDRESS_UNKNOWN 0
#define INET_ADDRESS_IPV4 1
#define INET_ADDRESS_IPV6 2
#define INET_ADDRESS_DEFAULT INET_ADDRESS_IPV4
#define INET_ADDRESS_STRLEN 46 /* characters that hold every formatted address */

/* Error codes, sheet 6.4: 0x80040000 plus the Winsock number; private codes fill the gaps. */
#define ST_ERROR_NOT_HANDLE_OWNER 0x80042711U
#define ST_ERROR_FILE_NOT_FOUND 0x80042712U
#define ST_ERROR_FILE_NOT_CREATED 0x80042713U
#define ST_ERROR_OPERATION_CANCELED 0x80042714U
#define ST_ERROR_INVALID_FILE_NAME 0x80042718U
#define ST_ERROR_INVALID_FILE_HANDLE 0x80042719U
#define ST_ERROR_FILE_READ_FAILED 0x8004271AU
#define ST_ERROR_FILE_WRITE_FAILED 0x8004271BU
#define ST_ERROR_OUT_OF_MEMORY 0x8004271CU
#define ST_ERROR_ACCESS_DENIED 0x8004271DU
#define ST_ERROR_INVALID_PARAMETER 0x8004271EU
#define ST_ERROR_INVALID_STATE 0x80042726U  /* 10022: the object is not in a state that allows the call */
#define ST_ERROR_TOO_MANY_FILES 0x80042728U /* 10024: no descriptors left */
#define ST_ERROR_OPERATION_WOULD_BLOCK 0x80042733U
#define ST_ERROR_OPERATION_IN_PROGRESS 0x80042734U
#define ST_ERROR_ALREADY_IN_PROGRESS 0x80042735U
#define ST_ERROR_INVALID_HANDLE 0x80042736U
#define ST_ERROR_INVALID_ADDRESS 0x80042737U
#define ST_ERROR_INVALID_SIZE 0x80042738U
#define ST_ERROR_INVALID_PROTOCOL 0x80042739U
#define ST_ERROR_INVALID_OPTION 0x8004273AU
#define ST_ERROR_PROTOCOL_NOT_SUPPORTED 0x8004273BU
#define ST_ERROR_SOCKET_NOT_SUPPORTED 0x8004273CU
#define ST_ERROR_OPERATION_NOT_SUPPORTED 0x8004273DU
#define ST_ERROR_PROTOCOL_FAMILY 0x8004273EU
#define ST_ERROR_PROTOCOL_ADDRESS 0x8004273FU
#define ST_ERROR_ADDRESS_IN_USE 0x80042740U
#define ST_ERROR_ADDRESS_UNAVAILABLE 0x80042741U
#define ST_ERROR_NETWORK_UNAVAILABLE 0x80042742U
#define ST_ERROR_NETWORK_UNREACHABLE 0x80042743U
#define ST_ERROR_NETWORK_RESET 0x80042744U
#define ST_ERROR_CONNECTION_ABORTED 0x80042745U
#define ST_ERROR_CONNECTION_RESET 0x80042746U
#define ST_ERROR_OUT_OF_BUFFERS 0x80042747U
#define ST_ERROR_ALREADY_CONNECTED 0x80042748U
#define ST_ERROR_NOT_CONNECTED 0x80042749U
#define ST_ERROR_CONNECTION_SHUTDOWN 0x8004274AU
#define ST_ERROR_OPERATION_TIMEOUT 0x8004274CU
#define ST_ERROR_CONNECTION_REFUSED 0x8004274DU
#define ST_ERROR_HOST_UNAVAILABLE 0x80042750U
#define ST_ERROR_HOST_UNREACHABLE 0x80042751U
#define ST_ERROR_NOT_READY 0x8004276BU       /* 10091 */
#define ST_ERROR_NOT_INITIALIZED 0x8004276DU /* 10093 */
#define ST_ERROR_SYSTEM_FAILURE 0x8004277BU  /* 10107: the system failed in a way it should not */
#define ST_ERROR_HOST_NOT_FOUND 0x80042AF9U
#define ST_ERROR_TRY_AGAIN 0x80042AFAU   /* 11002: the name service did not answer */
#define ST_ERROR_NO_RECOVERY 0x80042AFBU /* 11003: the name service failed for good */
#define ST_ERROR_NO_ADDRESS 0x80042AFCU  /* 11004: the name exists and has no address of that family */

/* ---- types ----------------------------------------------------------------------------------------------------------- */

typedef struct _INTERNET_ADDRESS {
  INT ipFamily;      /* INET_ADDRESS_* */
  BYTE ipNumber[16]; /* network byte order; IPv4 uses the first four */
} INTERNET_ADDRESS, *LPINTERNET_ADDRESS;

typedef struct _INITDATA {
  DWORD dwSize;
  DWORD dwVersionMajor;
  DWORD dwVersionMinor;
  DWORD dwVersionBuild;
  DWORD dwOptions;
  DWORD_PTR dwReserved1;
  DWORD_PTR dwReserved2;
} INITDATA, *LPINITDATA;

typedef struct _SECURITYCREDENTIALS {
  DWORD dwSize; /* sizeof(SECURITYCREDENTIALS) */
  DWORD dwProtocol;
  DWORD dwOptions;
  DWORD dwReserved;
  LPCTSTR lpszHostName;
  LPCTSTR lpszUserName;
  LPCTSTR lpszPassword;
  LPCTSTR lpszCertStore;
  LPCTSTR lpszCertName;
  LPCTSTR lpszKeyFile;
} SECURITYCREDENTIALS, *LPSECURITYCREDENTIALS;

// What a program writes: called for every event of a server and of its clients.
//
// Shape    hSocket is the client, or the server for ACCEPT, START, STOP and IDLE. nEventId is one INET_EVENT_*. dwParam is
//          dwEventParam of InetServerStart. dwError is 0, except
//            TIMEOUT     ST_ERROR_OPERATION_TIMEOUT   a call on the client ran out of time (0: the client was idle)
//            DISCONNECT  ST_ERROR_CONNECTION_RESET    the peer broke the connection (0: either side closed in order)
//                        ST_ERROR_CONNECTION_ABORTED  InetAbort, or an exception left the callback
//                        ST_ERROR_OPERATION_CANCELED  the server is being stopped
//                        another connection error     as the system reported it
//            ERROR       ST_ERROR_SYSTEM_FAILURE      an exception left the callback
// Thread   Events of one client never overlap and come in order, on any of Inlet's threads: thread-local data lasts for one
//          call. Events of different clients run at the same time. Server events run on the server's own thread.
// Owner    In DISCONNECT the connection is gone: client data, addresses and identity can still be read, nothing can be sent.
//          hSocket is dead when that callback returns.
// Blocking Allowed. A callback may wait for its client, for a mutex, a database or a clock without holding up the others.
// Returns  Nothing. A C++ exception that leaves it ends that client's session (ERROR, then DISCONNECT) and nothing else.
// Source   sheet 2
typedef VOID(CALLBACK* INETEVENTPROC)(SOCKET hSocket, UINT nEventId, DWORD dwError, DWORD_PTR dwParam);

/* ---- library --------------------------------------------------------------------------------------------------------- */

// Prepares the library for this process. Must be the first call. Counted: each success needs one InetUninitialize.
//
// Shape    lpszLicenseKey is ignored, NULL is fine. lpData is NULL or has dwSize set; then the version is filled in.
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_INVALID_PARAMETER  lpData is given and dwSize is not sizeof(INITDATA)
//          ST_ERROR_NOT_READY          the socket provider could not be started
// Source   sheet 5.1
INLET_API BOOL WINAPI InetInitializeA(LPCSTR lpszLicenseKey, LPINITDATA lpData);

// Undoes one InetInitialize. The last one stops every server as InetServerStop would and closes every socket.
//
// Thread   Any. From inside a callback the clean-up goes on after the call has returned.
// Source   sheet 1.17, 5.1
INLET_API VOID WINAPI InetUninitialize(VOID);

/* ---- server ---------------------------------------------------------------------------------------------------------- */

// Starts a TCP server with a thread of its own and returns once it listens.
//
// Shape    lpszLocalHost  NULL or "": all IPv4 interfaces; "0.0.0.0" the same; "::0": one socket for IPv6 and IPv4;
//                         otherwise a local address, or a name that resolves to one.
//          nLocalPort     1..65535.
//          nBacklog       connections that may wait for accept; 0 is a sensible maximum; too large is reduced.
//          nMaxClients    sessions at one time; 0 is no limit. One more is closed without any client event.
//          nTimeout       seconds: a client that exchanges nothing for so long gets INET_EVENT_TIMEOUT, again after each such
//                         period; it is also how long a blocking call on a client waits. 0 is for ever.
//          nPriority      INET_PRIORITY_*.
//          dwOptions      INET_OPTION_KEEPALIVE, NODELAY, REUSEADDRESS; unknown bits are ignored.
//          lpEventProc    the program's callback, dwEventParam is handed to it.
//          lpCredentials  NULL.
// Thread   Any, callbacks included.
// Returns  The server's handle, or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_PARAMETER     no callback, port 0 or above 65535, or an unknown priority
//          ST_ERROR_OPERATION_NOT_SUPPORTED  INET_OPTION_SECURE: TLS is not built yet
//          ST_ERROR_HOST_NOT_FOUND        lpszLocalHost is neither an address nor a name that resolves
//          ST_ERROR_ADDRESS_UNAVAILABLE   the address is not this machine's
//          ST_ERROR_ADDRESS_IN_USE        the port is taken, or lingers from an earlier server and REUSEADDRESS is not given
//          ST_ERROR_ACCESS_DENIED         the port needs a privilege, or a server without REUSEADDRESS has it on all interfaces
//          ST_ERROR_TOO_MANY_FILES, ST_ERROR_OUT_OF_MEMORY, ST_ERROR_OUT_OF_BUFFERS  the system has no more
// Source   sheet 1.2
INLET_API SOCKET WINAPI InetServerStartA(LPCSTR lpszLocalHost, UINT nLocalPort, UINT nBacklog, UINT nMaxClients,
                                         UINT nTimeout, UINT nPriority, DWORD dwOptions, INETEVENTPROC lpEventProc,
                                         DWORD_PTR dwEventParam, LPSECURITYCREDENTIALS lpCredentials);

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

// Accepts nobody from now on. Connections wait, up to the backlog; who comes then is refused. Clients are not touched, except
// with INET_SUSPEND_DISCONNECT: then each is disconnected in order, with INET_EVENT_DISCONNECT. InetServerResume accepts those
// who wait, in order. Both are harmless twice.
//
// Thread   Any. A client whose INET_EVENT_ACCEPT is being handled just now may still get in.
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_INVALID_STATE      the server is being stopped
//          ST_ERROR_INVALID_PARAMETER  an unknown option
// Source   sheet 1.5 to 1.7; docs/compatibility.md
INLET_API BOOL WINAPI InetServerSuspend(SOCKET hServer);
INLET_API BOOL WINAPI InetServerSuspendEx(SOCKET hServer, DWORD dwOptions);
INLET_API BOOL WINAPI InetServerResume(SOCKET hServer);

// Disconnects every client in order, closes the listener, and listens again as at the start. Handle, thread, limits and data stay.
// A suspended server accepts again.
//
// Thread   Any; waits for the listener, not for the clients' last callbacks. From a callback on the server's own thread it
//          is done when that callback has returned.
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

// Locks a server: until it is unlocked, other threads that want to move data on it or its clients wait, and nobody is accepted.
// For short changes of data that callbacks share. Counted; one server of the process can be locked at a time.
//
// Thread   The thread that locked must unlock. A lock that a callback leaves behind is released when it returns. Stopping a
//          server releases its lock.
// Returns  TRUE, or FALSE: then nothing was locked, always look.
// Errors   ST_ERROR_OPERATION_WOULD_BLOCK  another server is locked, by this thread or another one: waiting might be for ever
//          ST_ERROR_NOT_HANDLE_OWNER       unlock: this thread has not locked it
// Source   sheet 1.10
INLET_API BOOL WINAPI InetServerLock(SOCKET hServer);
INLET_API BOOL WINAPI InetServerUnlock(SOCKET hServer);
// Returns  The locked server, or INVALID_SOCKET when there is none.
INLET_API SOCKET WINAPI InetGetLockedServer(VOID);

// Writes the same bytes to every client; from a client's callback to all the others.
//
// Thread   Any; waits for clients whose buffers are full, for all together not longer than the server's timeout.
// Returns  How many clients got all of it; or INET_ERROR. Those who did not have got a part, or nothing.
// Errors   ST_ERROR_INVALID_PARAMETER  lpBuffer is NULL with a length
// Source   sheet 1.11
INLET_API INT WINAPI InetServerBroadcast(SOCKET hServer, const BYTE* lpBuffer, DWORD cbBuffer);

// Posts every event to a window as well: wParam is the handle that came with it, the low word of lParam the event, the high word
// a Winsock error or 0. On Linux a window is a message queue (InletCreateMessageQueue in winuser.h).
//
// Errors   ST_ERROR_INVALID_PARAMETER  hWnd is NULL
// Source   sheet 1.12
INLET_API BOOL WINAPI InetServerAsyncNotify(SOCKET hServer, HWND hWnd, UINT uMsg);
INLET_API BOOL WINAPI InetServerDisableAsyncNotify(SOCKET hServer);

// What clients that come from now on start with: their priority, and their timeout in seconds. Set returns the old priority, and 0.
//
// Errors   ST_ERROR_INVALID_PARAMETER  no INET_PRIORITY_*
// Source   sheet 1.14
INLET_API INT WINAPI InetGetServerPriority(SOCKET hServer);
INLET_API INT WINAPI InetSetServerPriority(SOCKET hServer, INT nPriority);
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
INLET_API BOOL WINAPI InetSetServerData(SOCKET hServer, LPVOID lpvData);

// Refuses the client whose INET_EVENT_ACCEPT is being handled; it sees its connection reset.
//
// Thread   Only inside INET_EVENT_ACCEPT of that server.
// Returns  0, or INET_ERROR.
// Errors   ST_ERROR_OPERATION_WOULD_BLOCK  no client is waiting for a decision on this thread
// Source   sheet 3.4
INLET_API INT WINAPI InetReject(SOCKET hServer);

/* ---- client sessions ------------------------------------------------------------------------------------------------- */

// Connects to a TCP server.
//
// Shape    lpszHostName is a name or an address. nRemotePort 1..65535. nProtocol INET_PROTOCOL_TCP. nTimeout: seconds for the
//          connection and for later blocking calls on it, 0 is for ever. dwOptions: KEEPALIVE, NODELAY. lpCredentials: NULL.
// Thread   Any; waits.
// Returns  A handle for InetRead, InetWrite ..., closed with InetDisconnect; or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_PARAMETER   no host name, or the port is not in 1..65535
//          ST_ERROR_INVALID_PROTOCOL    nProtocol is neither TCP nor UDP; UDP is ST_ERROR_PROTOCOL_NOT_SUPPORTED for now
//          ST_ERROR_OPERATION_NOT_SUPPORTED  INET_OPTION_SECURE: TLS is not built yet
//          ST_ERROR_HOST_NOT_FOUND, ST_ERROR_TRY_AGAIN  the name does not resolve
//          ST_ERROR_CONNECTION_REFUSED, ST_ERROR_OPERATION_TIMEOUT, ST_ERROR_NETWORK_UNREACHABLE, ST_ERROR_HOST_UNREACHABLE
// Source   sheet 5.2
INLET_API SOCKET WINAPI InetConnectA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                     DWORD dwOptions, LPSECURITYCREDENTIALS lpCredentials);

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
//          ST_ERROR_NOT_CONNECTED      the connection is gone already
// Source   sheet 3.4
INLET_API INT WINAPI InetShutdown(SOCKET hSocket, DWORD dwOption);

// One pointer of the program's own for each session. Still readable in INET_EVENT_DISCONNECT.
//
// Errors   ST_ERROR_INVALID_PARAMETER  lppvData is NULL
// Source   sheet 3.5
INLET_API BOOL WINAPI InetGetClientData(SOCKET hSocket, LPVOID* lppvData);
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

// A name that the program gives to a client: at most 127 characters (bytes of UTF-8), unique in its server whatever the case of its
// ASCII letters. NULL or "" takes it away.
//
// Returns  Get: its length, 0 for none, or INET_ERROR. Set: TRUE or FALSE. Find: the client's handle, or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_PARAMETER  no buffer, no room; Find: no moniker
//          ST_ERROR_INVALID_SIZE       the buffer is too small (it then holds an empty string); the moniker is too long
//          ST_ERROR_ADDRESS_IN_USE     another client of the server has it
//          ST_ERROR_HOST_NOT_FOUND     Find: nobody has it
// Source   sheet 3.5
INLET_API INT WINAPI InetGetClientMonikerA(SOCKET hSocket, LPSTR lpszMoniker, INT cchMoniker);
INLET_API BOOL WINAPI InetSetClientMonikerA(SOCKET hSocket, LPCSTR lpszMoniker);
INLET_API SOCKET WINAPI InetFindClientMonikerA(SOCKET hServer, LPCSTR lpszMoniker);

// How its callbacks are preferred to others': INET_PRIORITY_*. Set returns the old one; it acts from the client's next callback on.
//
// Returns  INET_PRIORITY_INVALID on error.
// Errors   ST_ERROR_INVALID_PARAMETER  no INET_PRIORITY_*
// Source   sheet 3.5
INLET_API INT WINAPI InetGetClientPriority(SOCKET hSocket);
INLET_API INT WINAPI InetSetClientPriority(SOCKET hSocket, INT nPriority);

// How long blocking calls on a socket wait, in seconds; for a client of a server also its idle period. 0 is for ever.
//
// Returns  Get: the seconds. Set: 0. Or INET_ERROR.
// Source   sheet 3.7
INLET_API INT WINAPI InetGetTimeout(SOCKET hSocket);
INLET_API INT WINAPI InetSetTimeout(SOCKET hSocket, UINT nTimeout);

/* ---- addresses ------------------------------------------------------------------------------------------------------- */

// The other end of a session; on a server handle inside INET_EVENT_ACCEPT: the client that wants in, elsewhere 0.0.0.0.
//
// Shape    Either pointer may be NULL. An IPv4 client of a dual-stack server is reported as IPv4.
// Returns  0, or INET_ERROR.
// Source   sheet 3.6
INLET_API INT WINAPI InetGetPeerAddress(SOCKET hSocket, LPINTERNET_ADDRESS lpAddress, UINT* lpnRemotePort);

// This end of a session, or where a server listens.
INLET_API INT WINAPI InetGetLocalAddress(SOCKET hSocket, LPINTERNET_ADDRESS lpAddress, UINT* lpnLocalPort);

// Parses an address (never a name).
//
// Shape    nAddressFamily: UNKNOWN takes both, IPV4 and IPV6 only theirs.
// Returns  0, or INET_ERROR and an address of family UNKNOWN.
// Errors   ST_ERROR_INVALID_PARAMETER  a NULL pointer or an unknown family
//          ST_ERROR_INVALID_ADDRESS    not an address of that family
// Source   sheet 5.6
INLET_API INT WINAPI InetGetAddressA(LPCSTR lpszAddress, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress);

// Prints an address; INET_ADDRESS_STRLEN characters are always enough.
//
// Returns  The length without terminator, or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  a NULL pointer, or a family that is neither IPV4 nor IPV6
//          ST_ERROR_INVALID_SIZE       the buffer is too small; it then holds an empty string
// Source   sheet 5.6
INLET_API INT WINAPI InetFormatAddressA(LPINTERNET_ADDRESS lpAddress, LPSTR lpszAddress, INT cchAddress);

/* ---- errors ---------------------------------------------------------------------------------------------------------- */

// The calling thread's last error, and its text.
//
// Shape    InetGetErrorString stores at most cchBuffer - 1 characters and a terminator, in English.
// Returns  InetGetErrorString: characters stored, 0 when the buffer is NULL or has no room.
// Source   sheet 6.3
INLET_API DWORD WINAPI InetGetLastError(VOID);
INLET_API VOID WINAPI InetSetLastError(DWORD dwErrorCode);
INLET_API INT WINAPI InetGetErrorStringA(DWORD dwErrorCode, LPSTR lpszBuffer, INT cchBuffer);

/* ---- names that follow UNICODE ---------------------------------------------------------------------------------------- */

#ifdef UNICODE
#error "Inlet has no wide-character (W) forms yet: build without UNICODE"
#endif
#define InetInitialize InetInitializeA
#define InetServerStart InetServerStartA
#define InetConnect InetConnectA
#define InetReadLine InetReadLineA
#define InetWriteLine InetWriteLineA
#define InetGetAddress InetGetAddressA
#define InetGetClientMoniker InetGetClientMonikerA
#define InetSetClientMoniker InetSetClientMonikerA
#define InetFindClientMoniker InetFindClientMonikerA
#define InetFormatAddress InetFormatAddressA
#define InetGetErrorString InetGetErrorStringA

#ifdef __cplusplus
}
#endif

#endif /* INLET_CSWSOCK10_H */
