/* Helpers for addresses of either family, for Linux. The SIO_ codes and tcp_keepalive are in <ws2tcpip.h>.
 *
 * Shape    The address must have room for its family: SOCKADDR_INET or SOCKADDR_STORAGE.
 * Source   mstcpip.h reference
 */
#ifndef INLET_MSTCPIP_H
#define INLET_MSTCPIP_H

#include <ws2tcpip.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How long an address of the family is; 0 for other families. */
static inline ULONG INET_SOCKADDR_LENGTH(ADDRESS_FAMILY family) {
  if (family == AF_INET) return sizeof(SOCKADDR_IN);
  return family == AF_INET6 ? sizeof(SOCKADDR_IN6) : 0;
}

/* The wildcard and the loopback address of the family that the address has already; the port becomes 0. */
static inline void INETADDR_SETANY(PSOCKADDR address) {
  const ADDRESS_FAMILY family = address->sa_family;
  memset(address, 0, INET_SOCKADDR_LENGTH(family));
  address->sa_family = family;
}
static inline void INETADDR_SETLOOPBACK(PSOCKADDR address) {
  INETADDR_SETANY(address);
  if (address->sa_family == AF_INET6)
    ((PSOCKADDR_IN6)(void*)address)->sin6_addr = in6addr_loopback;
  else if (address->sa_family == AF_INET)
    ((PSOCKADDR_IN)(void*)address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static inline int INETADDR_ISANY(const SOCKADDR* address) {
  if (address->sa_family == AF_INET6)
    return IN6_IS_ADDR_UNSPECIFIED(&((const SOCKADDR_IN6*)(const void*)address)->sin6_addr);
  return address->sa_family == AF_INET && ((const SOCKADDR_IN*)(const void*)address)->sin_addr.s_addr == 0;
}
static inline int INETADDR_ISLOOPBACK(const SOCKADDR* address) {
  if (address->sa_family == AF_INET6)
    return IN6_IS_ADDR_LOOPBACK(&((const SOCKADDR_IN6*)(const void*)address)->sin6_addr);
  return address->sa_family == AF_INET &&
         ((const SOCKADDR_IN*)(const void*)address)->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
}

#ifdef __cplusplus
}
#endif

#endif /* INLET_MSTCPIP_H */
