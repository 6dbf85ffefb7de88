// Addresses: of sessions, as text, and of hosts.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_ADDRESS_H
#define INLET_INET_ADDRESS_H

#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

// The other end of a session; on a server handle inside INET_EVENT_ACCEPT: the client that wants in, elsewhere 0.0.0.0.
//
// Shape    Either pointer may be NULL. An IPv4 client of a dual-stack server is reported as IPv4.
// Returns  0, or INET_ERROR.
// Source   sheet 3.6
INLET_API INT WINAPI InetGetPeerAddress(SOCKET hSocket, LPINTERNET_ADDRESS lpAddress, UINT* lpnRemotePort);

// This end of a session, or where a server listens; for INVALID_SOCKET this machine: the first address of an interface that is up,
// IPv4 before IPv6, the loopback's when there is no other, with port 0.
//
// Shape    Either pointer may be NULL.
// Returns  0, or INET_ERROR.
// Errors   ST_ERROR_ADDRESS_UNAVAILABLE  this machine has no address
// Source   sheet 3.6
INLET_API INT WINAPI InetGetLocalAddress(SOCKET hSocket, LPINTERNET_ADDRESS lpAddress, UINT* lpnLocalPort);

// Parses an address (never a name).
//
// Shape    nAddressFamily: UNKNOWN takes both, IPV4 and IPV6 only theirs.
// Returns  0, or INET_ERROR and an address of family UNKNOWN.
// Errors   ST_ERROR_INVALID_PARAMETER  a NULL pointer or an unknown family
//          ST_ERROR_INVALID_ADDRESS    not an address of that family
// Source   sheet 5.6
INLET_API INT WINAPI InetGetAddressA(LPCSTR lpszAddress, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress);
INLET_API INT WINAPI InetGetAddressW(LPCWSTR lpszAddress, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress);

// Prints an address; INET_ADDRESS_STRLEN characters are always enough.
//
// Returns  The length without terminator, or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  a NULL pointer, or a family that is neither IPV4 nor IPV6
//          ST_ERROR_INVALID_SIZE       the buffer is too small; it then holds an empty string
// Source   sheet 5.6
INLET_API INT WINAPI InetFormatAddressA(LPINTERNET_ADDRESS lpAddress, LPSTR lpszAddress, INT cchAddress);
INLET_API INT WINAPI InetFormatAddressW(LPINTERNET_ADDRESS lpAddress, LPWSTR lpszAddress, INT cchAddress);

/* Names that follow UNICODE */
#ifdef UNICODE
#define InetGetAddress InetGetAddressW
#define InetFormatAddress InetFormatAddressW
#else
#define InetGetAddress InetGetAddressA
#define InetFormatAddress InetFormatAddressA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_ADDRESS_H */
