// Names and addresses of hosts, services and interfaces.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_HOST_H
#define INLET_INET_HOST_H

#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

// The address of a host. Text that is an address already is taken as it is.
//
// Shape    nAddressFamily: UNKNOWN takes both and prefers IPv4; IPV4 and IPV6 take only theirs. A name may have letters beyond ASCII.
// Thread   Any; waits for the name service.
// Returns  0, or INET_ERROR and an address of family UNKNOWN.
// Errors   ST_ERROR_NOT_INITIALIZED    InetInitialize has not been called
//          ST_ERROR_INVALID_PARAMETER  a NULL pointer, no name, or an unknown family
//          ST_ERROR_HOST_NOT_FOUND     there is no such name, or it cannot be one
//          ST_ERROR_NO_ADDRESS         the host has no address of that family
//          ST_ERROR_TRY_AGAIN, ST_ERROR_NO_RECOVERY  the name service did not answer, or failed
// Source   sheet 5.6
INLET_API INT WINAPI InetGetHostAddressA(LPCSTR lpszHostName, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress);
INLET_API INT WINAPI InetGetHostAddressW(LPCWSTR lpszHostName, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress);

// The name of the host with an address, as the name service has it.
//
// Shape    cchHostName: room in characters with the terminator; 256 hold every name.
// Thread   Any; waits for the name service.
// Returns  The length of the name, or INET_ERROR.
// Errors   ST_ERROR_NOT_INITIALIZED    InetInitialize has not been called
//          ST_ERROR_INVALID_PARAMETER  a NULL pointer, no room, or an address that is neither IPv4 nor IPv6
//          ST_ERROR_HOST_NOT_FOUND     nobody has given the address a name
//          ST_ERROR_INVALID_SIZE       the buffer is too small; it then holds an empty text
//          ST_ERROR_TRY_AGAIN, ST_ERROR_NO_RECOVERY  the name service did not answer, or failed
// Source   sheet 5.6
INLET_API INT WINAPI InetGetHostNameA(LPINTERNET_ADDRESS lpAddress, LPSTR lpszHostName, INT cchHostName);
INLET_API INT WINAPI InetGetHostNameW(LPINTERNET_ADDRESS lpAddress, LPWSTR lpszHostName, INT cchHostName);

// The name of this machine, fully qualified where the name service knows more than the first part.
//
// Thread   Any; may wait for the name service.
// Returns  The length of the name, or INET_ERROR.
// Errors   ST_ERROR_NOT_INITIALIZED    InetInitialize has not been called
//          ST_ERROR_INVALID_PARAMETER  lpszLocalName is NULL, or there is no room
//          ST_ERROR_INVALID_SIZE       the buffer is too small; it then holds an empty text
// Source   sheet 3.6
INLET_API INT WINAPI InetGetLocalNameA(LPSTR lpszLocalName, INT cchLocalName);
INLET_API INT WINAPI InetGetLocalNameW(LPWSTR lpszLocalName, INT cchLocalName);

// The name of the host at the other end of a session.
//
// Thread   Any; waits for the name service.
// Returns  The length of the name, or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  lpszPeerName is NULL, or there is no room
//          ST_ERROR_HOST_NOT_FOUND     nobody has given the peer's address a name
//          ST_ERROR_INVALID_SIZE       the buffer is too small; it then holds an empty text
//          ST_ERROR_TRY_AGAIN, ST_ERROR_NO_RECOVERY  the name service did not answer, or failed
// Source   sheet 3.6
INLET_API INT WINAPI InetGetPeerNameA(SOCKET hSocket, LPSTR lpszPeerName, INT cchPeerName);
INLET_API INT WINAPI InetGetPeerNameW(SOCKET hSocket, LPWSTR lpszPeerName, INT cchPeerName);

// The other names of a host.
//
// Shape    lpszAliases gets the names one after the other, each with a terminator, and one more terminator behind the last. NULL
//          only counts. cchAliases: room in characters.
// Thread   Any; waits for the name service.
// Returns  How many there are, 0 for none, or INET_ERROR.
// Errors   ST_ERROR_NOT_INITIALIZED    InetInitialize has not been called
//          ST_ERROR_INVALID_PARAMETER  no name, or a buffer without room
//          ST_ERROR_HOST_NOT_FOUND     there is no such host
//          ST_ERROR_INVALID_SIZE       the buffer is too small; it then holds an empty list
//          ST_ERROR_TRY_AGAIN, ST_ERROR_NO_RECOVERY  the name service did not answer, or failed
// Source   sheet 5.6
INLET_API INT WINAPI InetEnumHostAliasesA(LPCSTR lpszHostName, LPSTR lpszAliases, INT cchAliases);
INLET_API INT WINAPI InetEnumHostAliasesW(LPCWSTR lpszHostName, LPWSTR lpszAliases, INT cchAliases);

// Tells whether a host is meant by a mask: "*.example.com", "192.168.*", or several, separated by blanks, commas or semicolons.
//
// Shape    * stands for any number of characters, ? for one. The case of ASCII letters does not count, nor does a dot at the end.
//          bResolve: where the texts do not match, masks without * and ? are looked up, and match when they have an address of the
//          host's; masks with them are compared with the host's addresses too.
// Thread   Any; with bResolve it waits for the name service.
// Returns  TRUE; FALSE with last error 0 when nothing matches; or FALSE on failure.
// Errors   ST_ERROR_INVALID_PARAMETER  no name, or no mask
// Source   sheet 5.6
INLET_API BOOL WINAPI InetMatchHostNameA(LPCSTR lpszHostName, LPCSTR lpszHostMask, BOOL bResolve);
INLET_API BOOL WINAPI InetMatchHostNameW(LPCWSTR lpszHostName, LPCWSTR lpszHostMask, BOOL bResolve);

// Writes a host name or an address in the one form in which it can be compared: small letters, no blanks around it, no dot at the
// end, no brackets around an IPv6 address, letters beyond ASCII as the name service has them (xn--...).
//
// Returns  The length of the result, or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  a NULL pointer, or no room
//          ST_ERROR_HOST_NOT_FOUND     it cannot be the name of a host: empty, a label of more than 63 characters, more than 253 in
//                                      all, or characters that names do not have
//          ST_ERROR_INVALID_SIZE       the buffer is too small; it then holds an empty text
// Source   sheet 5.6
INLET_API INT WINAPI InetNormalizeHostNameA(LPCSTR lpszHostName, LPSTR lpszNormalized, INT cchNormalized);
INLET_API INT WINAPI InetNormalizeHostNameW(LPCWSTR lpszHostName, LPWSTR lpszNormalized, INT cchNormalized);

// The port of a service: "http", or a number in text.
//
// Returns  1..65535, or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  no name
//          ST_ERROR_NO_ADDRESS         no such service
// Source   sheet 5.6
INLET_API INT WINAPI InetGetServicePortA(LPCSTR lpszServiceName);
INLET_API INT WINAPI InetGetServicePortW(LPCWSTR lpszServiceName);

// The name of the service at a port.
//
// Returns  The length of the name, or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  a port outside 1..65535, a NULL pointer, or no room
//          ST_ERROR_NO_ADDRESS         no service is known there
//          ST_ERROR_INVALID_SIZE       the buffer is too small; it then holds an empty text
// Source   sheet 5.6
INLET_API INT WINAPI InetGetServiceNameA(UINT nServicePort, LPSTR lpszServiceName, INT cchServiceName);
INLET_API INT WINAPI InetGetServiceNameW(UINT nServicePort, LPWSTR lpszServiceName, INT cchServiceName);

// The addresses of this machine's interfaces that are up, the loopback's last.
//
// Shape    nAddressFamily: UNKNOWN lists both, IPv4 first. lpAddressList NULL: only counts.
// Returns  How many; or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  an unknown family, or a negative nMaxAddresses
//          ST_ERROR_INVALID_SIZE       there are more than nMaxAddresses; that many were stored
// Source   sheet 5.6
INLET_API INT WINAPI InetEnumNetworkAddresses(INT nAddressFamily, LPINTERNET_ADDRESS lpAddressList, INT nMaxAddresses);

// The address of one interface.
//
// Shape    nAdapter counts the interfaces that are up, without the loopback, from 0 on in the system's order. nAddressFamily: UNKNOWN
//          prefers IPv4.
// Returns  0, or INET_ERROR and an address of family UNKNOWN.
// Errors   ST_ERROR_INVALID_PARAMETER    lpAddress is NULL, or an unknown family
//          ST_ERROR_ADDRESS_UNAVAILABLE  there is no such interface, or it has no address of that family
// Source   sheet 5.6
INLET_API INT WINAPI InetGetAdapterAddress(UINT nAdapter, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress);

// The hardware address of one interface, as "02-00-5e-10-00-01".
//
// Shape    nAdapter counts as for InetGetAdapterAddress.
// Returns  The length of the text, or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER    lpszAddress is NULL, or there is no room
//          ST_ERROR_ADDRESS_UNAVAILABLE  there is no such interface, or it has no hardware address
//          ST_ERROR_INVALID_SIZE         the buffer is too small; it then holds an empty text
// Source   sheet 5.6
INLET_API INT WINAPI InetGetPhysicalAddressA(UINT nAdapter, LPSTR lpszAddress, INT cchAddress);
INLET_API INT WINAPI InetGetPhysicalAddressW(UINT nAdapter, LPWSTR lpszAddress, INT cchAddress);

// The address under which the Internet sees this machine, as far as the machine itself knows it.
//
// Shape    nAddressFamily: UNKNOWN prefers IPv4.
// Returns  0, or INET_ERROR and an address of family UNKNOWN.
// Errors   ST_ERROR_INVALID_PARAMETER        lpAddress is NULL, or an unknown family
//          ST_ERROR_OPERATION_NOT_SUPPORTED  no interface has a public address: somebody else translates, and who that is can
//                                            only be learned from a service outside
// Differs  The original asks a web service of its maker's.
// Source   sheet 3.6
INLET_API INT WINAPI InetGetExternalAddress(INT nAddressFamily, LPINTERNET_ADDRESS lpAddress);

// Tells whether this machine can use a protocol.
//
// Shape    nAddressFamily: UNKNOWN asks for either. nProtocol: INET_PROTOCOL_TCP, INET_PROTOCOL_UDP, or 0 for either.
// Returns  TRUE; FALSE with last error 0 when not; or FALSE on failure.
// Errors   ST_ERROR_INVALID_PARAMETER  an unknown family
//          ST_ERROR_INVALID_PROTOCOL   another protocol
// Source   sheet 5.6
INLET_API BOOL WINAPI InetIsProtocolAvailable(INT nAddressFamily, INT nProtocol);

// Tells whether an address says nothing: all zeros, whatever its family.
//
// Returns  TRUE or FALSE; NULL is such an address.
// Source   sheet 5.6
INLET_API BOOL WINAPI InetIsAddressNull(LPINTERNET_ADDRESS lpAddress);

// Tells whether packets for an address travel through the Internet: it is not private, of one link, of this machine, a group, for
// documentation or otherwise reserved.
//
// Returns  TRUE; or FALSE.
// Errors   ST_ERROR_INVALID_PARAMETER  NULL, or a family that is neither IPV4 nor IPV6
// Source   sheet 5.6; the registries of special addresses, RFC 6890
INLET_API BOOL WINAPI InetIsAddressRoutable(LPINTERNET_ADDRESS lpAddress);

// Tells whether two addresses are the same. An IPv6 address that holds an IPv4 one is that IPv4 address.
//
// Returns  TRUE; FALSE with last error 0 when they differ; or FALSE on failure.
// Errors   ST_ERROR_INVALID_PARAMETER  a NULL pointer, or a family that is neither IPV4 nor IPV6
// Source   sheet 5.6
INLET_API BOOL WINAPI InetCompareAddress(LPINTERNET_ADDRESS lpAddress1, LPINTERNET_ADDRESS lpAddress2);

/* Names that follow UNICODE */
#ifdef UNICODE
#define InetGetHostAddress InetGetHostAddressW
#define InetGetHostName InetGetHostNameW
#define InetGetLocalName InetGetLocalNameW
#define InetGetPeerName InetGetPeerNameW
#define InetEnumHostAliases InetEnumHostAliasesW
#define InetMatchHostName InetMatchHostNameW
#define InetNormalizeHostName InetNormalizeHostNameW
#define InetGetServicePort InetGetServicePortW
#define InetGetServiceName InetGetServiceNameW
#define InetGetPhysicalAddress InetGetPhysicalAddressW
#else
#define InetGetHostAddress InetGetHostAddressA
#define InetGetHostName InetGetHostNameA
#define InetGetLocalName InetGetLocalNameA
#define InetGetPeerName InetGetPeerNameA
#define InetEnumHostAliases InetEnumHostAliasesA
#define InetMatchHostName InetMatchHostNameA
#define InetNormalizeHostName InetNormalizeHostNameA
#define InetGetServicePort InetGetServicePortA
#define InetGetServiceName InetGetServiceNameA
#define InetGetPhysicalAddress InetGetPhysicalAddressA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_HOST_H */
