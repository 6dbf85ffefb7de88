// The constants and types of the Internet server interface.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_TYPES_H
#define INLET_INET_TYPES_H

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
/* Ours, for listeners: several processes share the port. A high bit, far from those of SocketTools, which ignores it. */
#define INLET_OPTION_SHAREPORT 0x01000000

/* Events, sheet 2.2. The handle that comes with them is the client's unless the table says server. */
#define INET_EVENT_CONNECT 0x0001    /* session established; first event of a client */
#define INET_EVENT_DISCONNECT 0x0002 /* session over; last event of a client, exactly one per CONNECT */
#define INET_EVENT_READ 0x0004       /* one InetRead will not block (it may return 0: the peer has closed) */
#define INET_EVENT_WRITE 0x0008      /* once after CONNECT; then each time a full send buffer has room again */
#define INET_EVENT_TIMEOUT 0x0010  /* nothing exchanged for the server's timeout (error 0), or a call ran out of time */
#define INET_EVENT_CANCEL 0x0020   /* InetCancel has ended a call that waited */
#define INET_EVENT_ACCEPT 0x0040   /* server handle: a client wants in; InetReject refuses it */
#define INET_EVENT_ERROR 0x0080    /* the session failed, e.g. its callback threw; DISCONNECT follows */
#define INET_EVENT_IDLE 0x0100     /* server handle: the last client has gone and the server goes on */
#define INET_EVENT_START 0x0200    /* server handle: the server listens */
#define INET_EVENT_STOP 0x0400     /* server handle: stopped, all clients are gone; last event of a server */
#define INET_EVENT_PROGRESS 0x0800 /* a stream is on its way: InetGetStreamInfo tells how far */

/* InetReadEx and InetWriteEx. The number is ours. */
#define INET_FLAG_URGENT 0x0001

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

// The last parameter of a program's callback. It was a DWORD until version 7: programs for those versions include cswsock6.h or
// cswsock7.h, which is all that those headers change.
//
// Source   sheet 0.3, 10, 13.4
#ifndef INLET_CSWSOCK_VERSION
#define INLET_CSWSOCK_VERSION 10
#endif
#if INLET_CSWSOCK_VERSION < 8
typedef DWORD INETEVENTPARAM;
#else
typedef DWORD_PTR INETEVENTPARAM;
#endif

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
//            CANCEL      ST_ERROR_OPERATION_CANCELED  InetCancel has ended a call on the client
// Thread   Events of one client never overlap and come in order, on any of Inlet's threads: thread-local data lasts for one
//          call. One comes from inside a call of the callback itself: PROGRESS, while that moves a stream. Events of different
//          clients run at the same time. Server events never overlap each other; START and STOP run on the server's own
//          thread, ACCEPT and IDLE on any of Inlet's.
// Owner    In DISCONNECT the connection is gone: client data, addresses and identity can still be read, nothing can be sent.
//          hSocket is dead when that callback returns.
// Blocking Allowed. A callback may wait for its client, for a mutex, a database or a clock without holding up the others.
// Returns  Nothing. A C++ exception that leaves it ends that client's session (ERROR, then DISCONNECT) and nothing else.
// Source   sheet 2
typedef VOID(CALLBACK* INETEVENTPROC)(SOCKET hSocket, UINT nEventId, DWORD dwError, INETEVENTPARAM dwParam);

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_TYPES_H */
