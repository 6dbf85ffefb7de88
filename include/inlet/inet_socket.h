// The library itself, and plain sockets.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_SOCKET_H
#define INLET_INET_SOCKET_H

#include <inlet/inet_security.h>
#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

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

// Connects to a TCP server.
//
// Shape    lpszHostName is a name or an address. nRemotePort 1..65535. nProtocol INET_PROTOCOL_TCP. nTimeout: seconds for the
//          connection and for later blocking calls on it, 0 is for ever. dwOptions: KEEPALIVE, NODELAY; SECURE: TLS, and the call
//          returns when the handshake is done; TRUSTEDSITE: whatever the server's certificate is, InetGetSecurityInformation tells.
//          lpCredentials: whom to believe and what to show in TLS, see inet_security.h; NULL: the system's roots, and nothing.
// Thread   Any; waits.
// Returns  A handle for InetRead, InetWrite ..., closed with InetDisconnect; or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_PARAMETER   no host name, or the port is not in 1..65535
//          ST_ERROR_INVALID_PROTOCOL    nProtocol is neither TCP nor UDP; UDP is ST_ERROR_PROTOCOL_NOT_SUPPORTED for now
//          with INET_OPTION_SECURE those of InetEnableSecurity
//          ST_ERROR_HOST_NOT_FOUND, ST_ERROR_TRY_AGAIN  the name does not resolve
//          ST_ERROR_CONNECTION_REFUSED, ST_ERROR_OPERATION_TIMEOUT, ST_ERROR_NETWORK_UNREACHABLE, ST_ERROR_HOST_UNREACHABLE
// Source   sheet 5.2
INLET_API SOCKET WINAPI InetConnectA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                     DWORD dwOptions, LPSECURITYCREDENTIALSA lpCredentials);
INLET_API SOCKET WINAPI InetConnectW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                     DWORD dwOptions, LPSECURITYCREDENTIALSW lpCredentials);

/* Names that follow UNICODE */
#define InetInitialize InetInitializeA
#ifdef UNICODE
#define InetConnect InetConnectW
#else
#define InetConnect InetConnectA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_SOCKET_H */
