/* The calls of Windows Sockets 2 that turn names and addresses into each other. Include <winsock2.h>, which has the types;
 * getaddrinfo and what came with it are in <ws2tcpip.h>.
 *
 * Shape    Text is UTF-8 in the A calls and UTF-16 in the W ones. What a call returns a pointer to belongs to Winsock and
 *          to the calling thread: the next call of the same kind on that thread writes over it, the end of the thread
 *          frees it.
 * Thread   Any. Calls that ask the system's resolver wait for its answer.
 * Errors   WSANOTINITIALISED  no WSAStartup has succeeded; only inet_addr and inet_ntoa need none
 * Source   Windows Sockets 2 reference; spec/winsock-spi.md sections 2.24, 5.3 and 5.4
 */
#ifndef INLET_NAME_CALLS_H
#define INLET_NAME_CALLS_H

#include <winsock2.h>

/* The C library has a gethostname too, in a header that others include. Read here first, it is hidden behind a second
   name. When it was read before, this one takes over the name: see gethostname. */
#ifndef _UNISTD_H
#define gethostname inlet_posix_gethostname
#include <unistd.h>
#undef gethostname
#elif defined(__USE_FORTIFY_LEVEL) && !defined(__clang__)
#if __USE_FORTIFY_LEVEL > 0
#define INLET_GETHOSTNAME_IS_INLINE
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Results
 * ------------------------------------------------------------------------------------------------------------- */
struct hostent {
  char* h_name;
  char** h_aliases;
  short h_addrtype;
  short h_length;
  char** h_addr_list;
#define h_addr h_addr_list[0]
};
typedef struct hostent HOSTENT, *PHOSTENT, *LPHOSTENT;

struct netent {
  char* n_name;
  char** n_aliases;
  short n_addrtype;
  u_long n_net;
};
typedef struct netent NETENT, *PNETENT, *LPNETENT;

struct servent {
  char* s_name;
  char** s_aliases;
#ifdef __LP64__
  char* s_proto;
  short s_port; /* in network order */
#else
  short s_port;
  char* s_proto;
#endif
};
typedef struct servent SERVENT, *PSERVENT, *LPSERVENT;

struct protoent {
  char* p_name;
  char** p_aliases;
  short p_proto;
};
typedef struct protoent PROTOENT, *PPROTOENT, *LPPROTOENT;

#define MAXGETHOSTSTRUCT 1024

#undef h_errno
#undef HOST_NOT_FOUND
#undef TRY_AGAIN
#undef NO_RECOVERY
#undef NO_DATA
#undef NO_ADDRESS
#define h_errno WSAGetLastError()
#define HOST_NOT_FOUND WSAHOST_NOT_FOUND
#define TRY_AGAIN WSATRY_AGAIN
#define NO_RECOVERY WSANO_RECOVERY
#define NO_DATA WSANO_DATA
#define WSANO_ADDRESS WSANO_DATA
#define NO_ADDRESS WSANO_ADDRESS

/* Names
 * --------------------------------------------------------------------------------------------------------------- */

/* Writes the name of this machine, with its NUL.
 *
 * Returns  0 or SOCKET_ERROR; then name is as it was.
 * Errors   WSAEFAULT  name is NULL, or namelen too small
 * Differs  namelen is an int on Windows; here it has the type that <unistd.h> has declared. Code for clang that is built
 *          with _FORTIFY_SOURCE and includes <unistd.h> before this gets the C library's function.
 */
#ifdef __cplusplus
#ifdef __THROW
#define INLET_NOTHROW __THROW
#else
#define INLET_NOTHROW
#endif
#else
#define INLET_NOTHROW
#endif
#ifdef INLET_GETHOSTNAME_IS_INLINE
/* The C library's is an inline function by now, which only a definition can replace. */
INLET_API int WSAAPI inlet_call_gethostname(char* name, size_t namelen) INLET_NOTHROW INLET_NAMED(gethostname);
__attribute__((weak, visibility("hidden"))) int WSAAPI gethostname(char* name, size_t namelen) INLET_NOTHROW
    INLET_NAMED(inline_gethostname);
__attribute__((weak, visibility("hidden"))) int WSAAPI gethostname(char* name, size_t namelen) INLET_NOTHROW {
  return inlet_call_gethostname(name, namelen);
}
#else
#ifdef __clang__ /* for the case that is named above */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wignored-attributes"
#endif
INLET_API int WSAAPI gethostname(char* name, size_t namelen) INLET_NOTHROW INLET_NAMED(gethostname);
#ifdef __clang__
#pragma clang diagnostic pop
#endif
#endif
INLET_API int WSAAPI GetHostNameW(PWSTR name, int namelen);

/* The IPv4 addresses of a name; NULL and "" stand for this machine, an address in text for itself.
 *
 * Returns  the host, or NULL.
 * Errors   WSAHOST_NOT_FOUND  no such name
 *          WSANO_DATA         the name has no IPv4 address
 *          WSATRY_AGAIN       the name service did not answer
 *          WSANO_RECOVERY     the name service failed
 *          WSAENOBUFS         no memory is left
 */
INLET_API struct hostent* WSAAPI gethostbyname(const char* name) INLET_NAMED(gethostbyname);

/* The name of an address of type AF_INET (len 4) or AF_INET6 (len 16).
 *
 * Errors   gethostbyname's, and
 *          WSAEFAULT        addr is NULL, or len too small
 *          WSAEAFNOSUPPORT  another type
 */
INLET_API struct hostent* WSAAPI gethostbyaddr(const char* addr, int len, int type) INLET_NAMED(gethostbyaddr);

/* The port of a service, the service of a port (in network order). A proto of NULL fits any.
 *
 * Errors   WSAEFAULT   name is NULL
 *          WSANO_DATA  no such service
 *          WSAENOBUFS  no memory is left
 */
INLET_API struct servent* WSAAPI getservbyname(const char* name, const char* proto) INLET_NAMED(getservbyname);
INLET_API struct servent* WSAAPI getservbyport(int port, const char* proto) INLET_NAMED(getservbyport);

/* The protocols that Windows knows, whatever the system's own list says; names in any case.
 *
 * Errors   WSAEFAULT   name is NULL
 *          WSANO_DATA  no such protocol
 *          WSAENOBUFS  no memory is left
 */
INLET_API struct protoent* WSAAPI getprotobyname(const char* name) INLET_NAMED(getprotobyname);
INLET_API struct protoent* WSAAPI getprotobynumber(int number) INLET_NAMED(getprotobynumber);

/* Addresses in text
 * --------------------------------------------------------------------------------------------------- */

/* Reads an IPv4 address of one to four parts in decimal, octal or hexadecimal; a blank ends it.
 *
 * Shape    " " alone is 0.0.0.0, as on Windows.
 * Returns  the address in network order, or INADDR_NONE; 255.255.255.255 looks the same.
 * Errors   WSAEFAULT  cp is NULL; for text that is no address the last error is left alone
 */
INLET_API u_long WSAAPI inet_addr(const char* cp) INLET_NAMED(inet_addr);

/* Writes an IPv4 address as four decimal parts. Never fails. */
INLET_API char* WSAAPI inet_ntoa(struct in_addr in) INLET_NAMED(inet_ntoa);

/* Writes an address: `1.2.3.4`, `1.2.3.4:80`, `fe80::1%2`, `[fe80::1%2]:80`.
 *
 * Shape    *lpdwAddressStringLength counts characters with the NUL, before and after. lpProtocolInfo may be NULL.
 * Returns  0 or SOCKET_ERROR.
 * Errors   WSAEFAULT  a pointer is NULL, the address too short for its family, or the text too small; then the length
 *                     says what is needed
 *          WSAEINVAL  another family
 *          WSAENOBUFS no memory is left
 */
INLET_API INT WSAAPI WSAAddressToStringA(LPSOCKADDR lpsaAddress, DWORD dwAddressLength,
                                         LPWSAPROTOCOL_INFOA lpProtocolInfo, LPSTR lpszAddressString,
                                         LPDWORD lpdwAddressStringLength);
INLET_API INT WSAAPI WSAAddressToStringW(LPSOCKADDR lpsaAddress, DWORD dwAddressLength,
                                         LPWSAPROTOCOL_INFOW lpProtocolInfo, LPWSTR lpszAddressString,
                                         LPDWORD lpdwAddressStringLength);

/* Reads such an address. IPv4 also in the forms of inet_addr; ports in decimal, octal or hexadecimal.
 *
 * Returns  0 or SOCKET_ERROR; after WSAEINVAL the address has family 0.
 * Errors   WSAEFAULT  lpAddress or lpAddressLength is NULL, or *lpAddressLength too small; then it says what is needed
 *          WSAEINVAL  the text is NULL or no address of that family, down to a blank at its end; another family
 *          WSAENOBUFS no memory is left
 */
INLET_API INT WSAAPI WSAStringToAddressA(LPSTR AddressString, INT AddressFamily, LPWSAPROTOCOL_INFOA lpProtocolInfo,
                                         LPSOCKADDR lpAddress, LPINT lpAddressLength);
INLET_API INT WSAAPI WSAStringToAddressW(LPWSTR AddressString, INT AddressFamily, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                                         LPSOCKADDR lpAddress, LPINT lpAddressLength);

/* Byte order as the socket's protocol has it, which is the network's for all of Inlet's own.
 *
 * Returns  0 or SOCKET_ERROR.
 * Errors   WSAENOTSOCK  s is not a socket
 *          WSAEFAULT    the result pointer is NULL
 */
INLET_API int WSAAPI WSAHtonl(SOCKET s, u_long hostlong, u_long* lpnetlong);
INLET_API int WSAAPI WSAHtons(SOCKET s, u_short hostshort, u_short* lpnetshort);
INLET_API int WSAAPI WSANtohl(SOCKET s, u_long netlong, u_long* lphostlong);
INLET_API int WSAAPI WSANtohs(SOCKET s, u_short netshort, u_short* lphostshort);

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define WSAAddressToString WSAAddressToStringW
#define WSAStringToAddress WSAStringToAddressW
#else
#define WSAAddressToString WSAAddressToStringA
#define WSAStringToAddress WSAStringToAddressA
#endif

#endif /* INLET_NAME_CALLS_H */
