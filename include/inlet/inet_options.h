// Options of sockets while they live.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_OPTIONS_H
#define INLET_INET_OPTIONS_H

#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

// One option of a client of a server, a plain socket or a listener.
//
// Shape    dwOption is one INET_OPTION_*:
//            KEEPALIVE, NODELAY, INLINE  streams only; on a listener KEEPALIVE and NODELAY are for those it will accept
//            BROADCAST                   datagrams only
//            DONTROUTE                   all
//            REUSEADDRESS, EXCLUSIVE     decided when the address was taken: can be asked for, and not be changed
//            INLET_OPTION_SHAREPORT      the same, of listeners
//            NOINHERIT                   always on: no program that this one starts gets the socket
//            SECURE, TRUSTEDSITE         chosen when the connection is made; see InetEnableSecurity
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_INVALID_PARAMETER        lpbEnabled is NULL
//          ST_ERROR_INVALID_OPTION           none of those, more than one of them, or not for this type of socket
//          ST_ERROR_NOT_CONNECTED            it is still connecting
// Source   sheet 3.7, 1.2.2
INLET_API BOOL WINAPI InetGetOption(SOCKET hSocket, DWORD dwOption, LPBOOL lpbEnabled);

// Switches an option; see InetGetOption.
//
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_INVALID_OPTION           none of those, more than one of them, or not for this type of socket
//          ST_ERROR_INVALID_STATE            REUSEADDRESS, EXCLUSIVE or SHAREPORT, and it is not so already
//          ST_ERROR_OPERATION_NOT_SUPPORTED  SECURE, TRUSTEDSITE; switching NOINHERIT off
//          ST_ERROR_NOT_CONNECTED            it is still connecting
// Source   sheet 3.7, 1.2.2
INLET_API BOOL WINAPI InetSetOption(SOCKET hSocket, DWORD dwOption, BOOL bEnabled);

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_OPTIONS_H */
