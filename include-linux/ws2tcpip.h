/* Windows Sockets 2 for Linux: IPv6, TCP and name resolution, with Windows' numbers.
 *
 * Differs  addrinfo's fields stand in Windows' order, socklen_t is an int.
 * Source   Windows Sockets 2 reference; spec/winsock-spi.md sections 4.1 to 4.5
 */
#ifndef INLET_WS2TCPIP_H
#define INLET_WS2TCPIP_H

#include <winsock2.h>

/* <unistd.h>, which <winsock2.h> has read, may have the C library's, which is unsigned. */
typedef int inlet_socklen_t;
#define socklen_t inlet_socklen_t

/* Options of level IPPROTO_IP */
#define IP_OPTIONS 1
#define IP_HDRINCL 2
#define IP_TOS 3
#define IP_TTL 4
#define IP_MULTICAST_IF 9
#define IP_MULTICAST_TTL 10
#define IP_MULTICAST_LOOP 11
#define IP_ADD_MEMBERSHIP 12
#define IP_DROP_MEMBERSHIP 13
#define IP_DONTFRAGMENT 14
#define IP_ADD_SOURCE_MEMBERSHIP 15
#define IP_DROP_SOURCE_MEMBERSHIP 16
#define IP_BLOCK_SOURCE 17
#define IP_UNBLOCK_SOURCE 18
#define IP_PKTINFO 19
#define IP_HOPLIMIT 21
#define IP_RECVTTL IP_HOPLIMIT
#define IP_RECEIVE_BROADCAST 22
#define IP_PROTECTION_LEVEL 23
#define IP_UNICAST_IF 31

/* Options of level IPPROTO_IPV6 */
#define IPV6_HDRINCL 2
#define IPV6_UNICAST_HOPS 4
#define IPV6_MULTICAST_IF 9
#define IPV6_MULTICAST_HOPS 10
#define IPV6_MULTICAST_LOOP 11
#define IPV6_ADD_MEMBERSHIP 12
#define IPV6_JOIN_GROUP IPV6_ADD_MEMBERSHIP
#define IPV6_DROP_MEMBERSHIP 13
#define IPV6_LEAVE_GROUP IPV6_DROP_MEMBERSHIP
#define IPV6_DONTFRAG 14
#define IPV6_PKTINFO 19
#define IPV6_HOPLIMIT 21
#define IPV6_PROTECTION_LEVEL 23
#define IPV6_V6ONLY 27
#define IPV6_UNICAST_IF 31

/* Options of either level, by the number of an interface and addresses of the level's family */
#define MCAST_JOIN_GROUP 41
#define MCAST_LEAVE_GROUP 42
#define MCAST_BLOCK_SOURCE 43
#define MCAST_UNBLOCK_SOURCE 44
#define MCAST_JOIN_SOURCE_GROUP 45
#define MCAST_LEAVE_SOURCE_GROUP 46

#define PROTECTION_LEVEL_UNRESTRICTED 10
#define PROTECTION_LEVEL_EDGERESTRICTED 20
#define PROTECTION_LEVEL_RESTRICTED 30
#define PROTECTION_LEVEL_DEFAULT ((UINT)-1)

/* Option of level IPPROTO_UDP */
#define UDP_NOCHECKSUM 1

/* Options of level IPPROTO_TCP */
#define TCP_EXPEDITED_1122 0x0002
#define TCP_BSDURGENT 0x7000
#define TCP_KEEPALIVE 3
#define TCP_KEEPIDLE TCP_KEEPALIVE
#define TCP_MAXSEG 4
#define TCP_MAXRT 5
#define TCP_TIMESTAMPS 10
#define TCP_FASTOPEN 15
#define TCP_KEEPCNT 16
#define TCP_KEEPINTVL 17
#define TCP_FAIL_CONNECT_ON_ICMP_ERROR 18
#define TCP_ICMP_ERROR_INFO 19

#define AI_PASSIVE 0x00000001
#define AI_CANONNAME 0x00000002
#define AI_NUMERICHOST 0x00000004
#define AI_NUMERICSERV 0x00000008
#define AI_DNS_ONLY 0x00000010
#define AI_FORCE_CLEAR_TEXT 0x00000020
#define AI_BYPASS_DNS_CACHE 0x00000040
#define AI_RETURN_TTL 0x00000080
#define AI_ALL 0x00000100
#define AI_ADDRCONFIG 0x00000400
#define AI_V4MAPPED 0x00000800
#define AI_NON_AUTHORITATIVE 0x00004000
#define AI_SECURE 0x00008000
#define AI_RETURN_PREFERRED_NAMES 0x00010000
#define AI_FQDN 0x00020000
#define AI_FILESERVER 0x00040000
#define AI_DISABLE_IDN_ENCODING 0x00080000

#define NI_NOFQDN 0x01
#define NI_NUMERICHOST 0x02
#define NI_NAMEREQD 0x04
#define NI_NUMERICSERV 0x08
#define NI_DGRAM 0x10
#define NI_MAXHOST 1025
#define NI_MAXSERV 32

#define EAI_AGAIN WSATRY_AGAIN
#define EAI_BADFLAGS WSAEINVAL
#define EAI_FAIL WSANO_RECOVERY
#define EAI_FAMILY WSAEAFNOSUPPORT
#define EAI_MEMORY WSA_NOT_ENOUGH_MEMORY
#define EAI_NONAME WSAHOST_NOT_FOUND
#define EAI_NODATA EAI_NONAME
#define EAI_SERVICE WSATYPE_NOT_FOUND
#define EAI_SOCKTYPE WSAESOCKTNOSUPPORT

#define INET_ADDRSTRLEN 22
#define INET6_ADDRSTRLEN 65

#define SIO_GET_INTERFACE_LIST 0x4004747f
#define SIO_IDEAL_SEND_BACKLOG_QUERY 0x4004747b
#define SIO_IDEAL_SEND_BACKLOG_CHANGE 0x2000747a
#define SIO_RCVALL 0x98000001
#define SIO_KEEPALIVE_VALS 0x98000004
#define SIO_UDP_CONNRESET 0x9800000c
#define SIO_UDP_NETRESET 0x9800000f
#define SIO_LOOPBACK_FAST_PATH 0x98000010
#define SIO_TCP_INITIAL_RTO 0x98000011
#define SIO_CPU_AFFINITY 0x98000015

#ifdef __cplusplus
extern "C" {
#endif

struct in6_addr {
  union {
    UCHAR Byte[16];
    USHORT Word[8];
  } u;
#define s6_addr u.Byte
#define s6_bytes u.Byte
#define s6_words u.Word
};
typedef struct in6_addr IN6_ADDR, *PIN6_ADDR, *LPIN6_ADDR;

struct sockaddr_in6 {
  ADDRESS_FAMILY sin6_family;
  USHORT sin6_port;
  ULONG sin6_flowinfo;
  IN6_ADDR sin6_addr;
  ULONG sin6_scope_id;
};
typedef struct sockaddr_in6 SOCKADDR_IN6, *PSOCKADDR_IN6, *LPSOCKADDR_IN6;

struct ip_mreq {
  IN_ADDR imr_multiaddr;
  IN_ADDR imr_interface;
};
typedef struct ip_mreq IP_MREQ, *PIP_MREQ;

/* Not in Linux' order. */
struct ip_mreq_source {
  IN_ADDR imr_multiaddr;
  IN_ADDR imr_sourceaddr;
  IN_ADDR imr_interface;
};
typedef struct ip_mreq_source IP_MREQ_SOURCE, *PIP_MREQ_SOURCE;

struct ipv6_mreq {
  IN6_ADDR ipv6mr_multiaddr;
  ULONG ipv6mr_interface;
};
typedef struct ipv6_mreq IPV6_MREQ, *PIPV6_MREQ;

struct group_req {
  ULONG gr_interface;
  SOCKADDR_STORAGE gr_group;
};
typedef struct group_req GROUP_REQ, *PGROUP_REQ;

struct group_source_req {
  ULONG gsr_interface;
  SOCKADDR_STORAGE gsr_group;
  SOCKADDR_STORAGE gsr_source;
};
typedef struct group_source_req GROUP_SOURCE_REQ, *PGROUP_SOURCE_REQ;

/* Interfaces of IPv4, as SIO_GET_INTERFACE_LIST tells about them. The C library's <net/if.h> has the flags by other numbers. */
#undef IFF_UP
#undef IFF_BROADCAST
#undef IFF_LOOPBACK
#undef IFF_POINTTOPOINT
#undef IFF_MULTICAST
#define IFF_UP 0x00000001
#define IFF_BROADCAST 0x00000002
#define IFF_LOOPBACK 0x00000004
#define IFF_POINTTOPOINT 0x00000008
#define IFF_MULTICAST 0x00000010

struct sockaddr_in6_old {
  SHORT sin6_family;
  USHORT sin6_port;
  ULONG sin6_flowinfo;
  IN6_ADDR sin6_addr;
};

typedef union sockaddr_gen {
  struct sockaddr Address;
  struct sockaddr_in AddressIn;
  struct sockaddr_in6_old AddressIn6;
} sockaddr_gen;

typedef struct _INTERFACE_INFO {
  ULONG iiFlags;
  sockaddr_gen iiAddress;
  sockaddr_gen iiBroadcastAddress;
  sockaddr_gen iiNetmask;
} INTERFACE_INFO, *LPINTERFACE_INFO;

typedef union _SOCKADDR_INET {
  SOCKADDR_IN Ipv4;
  SOCKADDR_IN6 Ipv6;
  ADDRESS_FAMILY si_family;
} SOCKADDR_INET, *PSOCKADDR_INET;

typedef struct addrinfo {
  int ai_flags;
  int ai_family;
  int ai_socktype;
  int ai_protocol;
  size_t ai_addrlen;
  char* ai_canonname;
  struct sockaddr* ai_addr;
  struct addrinfo* ai_next;
} ADDRINFOA, *PADDRINFOA, ADDRINFO, *LPADDRINFO;

typedef struct addrinfoW {
  int ai_flags;
  int ai_family;
  int ai_socktype;
  int ai_protocol;
  size_t ai_addrlen;
  PWSTR ai_canonname;
  struct sockaddr* ai_addr;
  struct addrinfoW* ai_next;
} ADDRINFOW, *PADDRINFOW;

/* SIO_TCP_INITIAL_RTO: of a socket that is still to connect. */
#define TCP_INITIAL_RTO_UNSPECIFIED_RTT ((USHORT)-1)
#define TCP_INITIAL_RTO_UNSPECIFIED_MAX_SYN_RETRANSMISSIONS ((UCHAR)-1)
#define TCP_INITIAL_RTO_DEFAULT_RTT 0
#define TCP_INITIAL_RTO_DEFAULT_MAX_SYN_RETRANSMISSIONS 0
#define TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS ((UCHAR)-2)
typedef struct _TCP_INITIAL_RTO_PARAMETERS {
  USHORT Rtt; /* milliseconds */
  UCHAR MaxSynRetransmissions;
} TCP_INITIAL_RTO_PARAMETERS, *PTCP_INITIAL_RTO_PARAMETERS;

struct tcp_keepalive {
  ULONG onoff;
  ULONG keepalivetime;     /* milliseconds */
  ULONG keepaliveinterval; /* milliseconds */
};

/* Ancillary data of WSARecvMsg and WSASendMsg: each piece begins with this header, and is aligned like a pointer. */
typedef struct _WSACMSGHDR {
  SIZE_T cmsg_len; /* header and data, without the room behind them */
  INT cmsg_level;
  INT cmsg_type;
} WSACMSGHDR, *PWSACMSGHDR, *LPWSACMSGHDR;

#define WSA_CMSGHDR_ALIGN(length) (((SIZE_T)(length) + (sizeof(void*) - 1)) & ~(SIZE_T)(sizeof(void*) - 1))
#define WSA_CMSGDATA_ALIGN(length) WSA_CMSGHDR_ALIGN(length)
#define WSA_CMSG_LEN(length) (WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)) + (SIZE_T)(length))
#define WSA_CMSG_SPACE(length) WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR) + WSA_CMSGHDR_ALIGN(length))
#define WSA_CMSG_DATA(header) ((UCHAR*)(header) + WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)))
#define WSA_CMSG_FIRSTHDR(message) \
  ((message)->Control.len >= sizeof(WSACMSGHDR) ? (LPWSACMSGHDR)(void*)(message)->Control.buf : (LPWSACMSGHDR)NULL)
#define WSA_CMSG_NXTHDR(message, header) inlet_next_cmsg((message), (header))

static inline LPWSACMSGHDR inlet_next_cmsg(const WSAMSG* message, LPWSACMSGHDR header) {
  UCHAR* end = (UCHAR*)message->Control.buf + message->Control.len;
  UCHAR* next = NULL;
  if (header == NULL) return WSA_CMSG_FIRSTHDR(message);
  next = (UCHAR*)header + WSA_CMSGHDR_ALIGN(header->cmsg_len);
  return next + sizeof(WSACMSGHDR) > end ? (LPWSACMSGHDR)NULL : (LPWSACMSGHDR)(void*)next;
}

/* Where a datagram was sent to and came in (IP_PKTINFO, IPV6_PKTINFO); in WSASendMsg, where it is to leave from. */
typedef struct in_pktinfo {
  IN_ADDR ipi_addr;
  ULONG ipi_ifindex;
} IN_PKTINFO, *PIN_PKTINFO;
typedef struct in6_pktinfo {
  IN6_ADDR ipi6_addr;
  ULONG ipi6_ifindex;
} IN6_PKTINFO, *PIN6_PKTINFO;

#define IN6ADDR_ANY_INIT                                 \
  {                                                      \
    {                                                    \
      { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } \
    }                                                    \
  }
#define IN6ADDR_LOOPBACK_INIT                            \
  {                                                      \
    {                                                    \
      { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } \
    }                                                    \
  }
static const struct in6_addr in6addr_any __attribute__((unused)) = IN6ADDR_ANY_INIT;
static const struct in6_addr in6addr_loopback __attribute__((unused)) = IN6ADDR_LOOPBACK_INIT;

/* Kinds of addresses
 * -------------------------------------------------------------------------------------------------- */
static inline int IN6_ADDR_EQUAL(const IN6_ADDR* a, const IN6_ADDR* b) {
  return memcmp(a, b, sizeof(IN6_ADDR)) == 0;
}
static inline int IN6_IS_ADDR_UNSPECIFIED(const IN6_ADDR* a) {
  return IN6_ADDR_EQUAL(a, &in6addr_any);
}
static inline int IN6_IS_ADDR_LOOPBACK(const IN6_ADDR* a) {
  return IN6_ADDR_EQUAL(a, &in6addr_loopback);
}
static inline int IN6_IS_ADDR_MULTICAST(const IN6_ADDR* a) {
  return a->s6_bytes[0] == 0xff;
}
static inline int IN6_IS_ADDR_LINKLOCAL(const IN6_ADDR* a) {
  return a->s6_bytes[0] == 0xfe && (a->s6_bytes[1] & 0xc0) == 0x80;
}
static inline int IN6_IS_ADDR_SITELOCAL(const IN6_ADDR* a) {
  return a->s6_bytes[0] == 0xfe && (a->s6_bytes[1] & 0xc0) == 0xc0;
}
static inline int IN6_IS_ADDR_GLOBAL(const IN6_ADDR* a) {
  const int high = a->s6_bytes[0] & 0xe0;
  return high != 0 && high != 0xe0;
}
static inline int IN6_IS_ADDR_V4MAPPED(const IN6_ADDR* a) {
  static const UCHAR prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return memcmp(a, prefix, sizeof(prefix)) == 0;
}
static inline int IN6_IS_ADDR_V4COMPAT(const IN6_ADDR* a) {
  return memcmp(a, &in6addr_any, 12) == 0 && !IN6_IS_ADDR_UNSPECIFIED(a) && !IN6_IS_ADDR_LOOPBACK(a);
}
static inline int IN6_IS_ADDR_MC_NODELOCAL(const IN6_ADDR* a) {
  return IN6_IS_ADDR_MULTICAST(a) && (a->s6_bytes[1] & 0xf) == 1;
}
static inline int IN6_IS_ADDR_MC_LINKLOCAL(const IN6_ADDR* a) {
  return IN6_IS_ADDR_MULTICAST(a) && (a->s6_bytes[1] & 0xf) == 2;
}
static inline int IN6_IS_ADDR_MC_SITELOCAL(const IN6_ADDR* a) {
  return IN6_IS_ADDR_MULTICAST(a) && (a->s6_bytes[1] & 0xf) == 5;
}
static inline int IN6_IS_ADDR_MC_ORGLOCAL(const IN6_ADDR* a) {
  return IN6_IS_ADDR_MULTICAST(a) && (a->s6_bytes[1] & 0xf) == 8;
}
static inline int IN6_IS_ADDR_MC_GLOBAL(const IN6_ADDR* a) {
  return IN6_IS_ADDR_MULTICAST(a) && (a->s6_bytes[1] & 0xf) == 0xe;
}
static inline void IN6_SET_ADDR_UNSPECIFIED(IN6_ADDR* a) {
  *a = in6addr_any;
}
static inline void IN6_SET_ADDR_LOOPBACK(IN6_ADDR* a) {
  *a = in6addr_loopback;
}
static inline void IN6ADDR_SETANY(struct sockaddr_in6* a) {
  memset(a, 0, sizeof(*a));
  a->sin6_family = AF_INET6;
}
static inline void IN6ADDR_SETLOOPBACK(struct sockaddr_in6* a) {
  IN6ADDR_SETANY(a);
  a->sin6_addr = in6addr_loopback;
}
static inline int IN6ADDR_ISANY(const struct sockaddr_in6* a) {
  return IN6_IS_ADDR_UNSPECIFIED(&a->sin6_addr);
}
static inline int IN6ADDR_ISLOOPBACK(const struct sockaddr_in6* a) {
  return IN6_IS_ADDR_LOOPBACK(&a->sin6_addr);
}

/* Names
 * --------------------------------------------------------------------------------------------------------------- */

/* Finds the addresses of a name, and the port of a service.
 *
 * Shape    One entry for each address, with the type and protocol of the hints as they are; these are not checked against
 *          each other. Without hints every number is 0. A nodename of NULL means the wildcard with AI_PASSIVE and the
 *          loopback without, "" and the name of this machine all of its addresses. An IPv6 address may stand in brackets,
 *          with a port that is not looked at. An empty service is port 0.
 * Owner    The caller gives the list back with freeaddrinfo (FreeAddrInfoW for the W form), or as parts of it.
 * Returns  0, or the code, which is the last error too. *ppResult is NULL after a failure.
 * Errors   WSAEFAULT           ppResult is NULL
 *          WSAHOST_NOT_FOUND   no such name; both names NULL; a name with AI_NUMERICHOST; a service in letters with
 *                              AI_NUMERICSERV
 *          WSANO_RECOVERY      the name service failed; a field of the hints that must be 0 is not
 *          WSAEINVAL           unknown flags; AI_CANONNAME without a name or with AI_FQDN
 *          WSAEAFNOSUPPORT     the family of the hints
 *          WSAESOCKTNOSUPPORT  the type of the hints
 *          WSATYPE_NOT_FOUND   no such service for the type, or a number above 65535
 *          WSANO_DATA          the name has no address of the family
 *          WSATRY_AGAIN        the name service did not answer
 *          WSA_NOT_ENOUGH_MEMORY
 * Differs  The flags of other name spaces than DNS are accepted and mean nothing. A name beyond ASCII must be in small
 *          letters already; it is looked up in Punycode, or not found with AI_DISABLE_IDN_ENCODING.
 */
INLET_API INT WSAAPI getaddrinfo(PCSTR pNodeName, PCSTR pServiceName, const ADDRINFOA* pHints, PADDRINFOA* ppResult)
    INLET_NAMED(getaddrinfo);
INLET_API INT WSAAPI GetAddrInfoW(PCWSTR pNodeName, PCWSTR pServiceName, const ADDRINFOW* pHints, PADDRINFOW* ppResult);
#define GetAddrInfoA getaddrinfo

/* Gives a list back; NULL is allowed. */
INLET_API void WSAAPI freeaddrinfo(PADDRINFOA pAddrInfo) INLET_NAMED(freeaddrinfo);
INLET_API void WSAAPI FreeAddrInfoW(PADDRINFOW pAddrInfo);
#define FreeAddrInfoA freeaddrinfo

/* Finds the name of an address and of its port. A buffer of NULL is not wanted.
 *
 * Shape    Without a name, and without NI_NAMEREQD, the address itself is the name; an unknown port is a number.
 *          NI_NOFQDN cuts the name of this machine at its first dot.
 * Returns  0, or the code, which is the last error too.
 * Errors   WSAEFAULT          pSockaddr is NULL or SockaddrLength too small; a buffer is too small
 *          WSAEAFNOSUPPORT    another family
 *          WSAHOST_NOT_FOUND  both buffers are NULL; no name, and NI_NAMEREQD
 *          WSAEINVAL          a buffer of length 0; unknown flags
 *          WSATRY_AGAIN, WSANO_RECOVERY  the name service did not answer, or failed, and NI_NAMEREQD
 *          WSA_NOT_ENOUGH_MEMORY
 */
INLET_API INT WSAAPI getnameinfo(const SOCKADDR* pSockaddr, socklen_t SockaddrLength, PCHAR pNodeBuffer,
                                 DWORD NodeBufferSize, PCHAR pServiceBuffer, DWORD ServiceBufferSize, INT Flags)
    INLET_NAMED(getnameinfo);
INLET_API INT WSAAPI GetNameInfoW(const SOCKADDR* pSockaddr, socklen_t SockaddrLength, PWCHAR pNodeBuffer,
                                  DWORD NodeBufferSize, PWCHAR pServiceBuffer, DWORD ServiceBufferSize, INT Flags);
#define GetNameInfoA getnameinfo

/* What a code of the calls above means, in English, in a buffer of the calling thread. */
#define GAI_STRERROR_BUFFER_SIZE 1024
INLET_API char* WSAAPI gai_strerrorA(int ecode);
INLET_API WCHAR* WSAAPI gai_strerrorW(int ecode);

/* Addresses in text
 * --------------------------------------------------------------------------------------------------- */

/* Reads an address: four decimal parts, or IPv6 without brackets and scope.
 *
 * Thread   Any; needs no WSAStartup.
 * Returns  1; 0 when it is no address, with the last error left alone (inet_pton) or WSAEINVAL (InetPtonW); or -1.
 * Errors   WSAEFAULT        a pointer is NULL
 *          WSAEAFNOSUPPORT  another family
 */
INLET_API INT WSAAPI inet_pton(INT Family, PCSTR pszAddrString, PVOID pAddrBuf) INLET_NAMED(inet_pton);
INLET_API INT WSAAPI InetPtonW(INT Family, PCWSTR pszAddrString, PVOID pAddrBuf);
#define InetPtonA inet_pton

/* Writes an address.
 *
 * Thread   Any; needs no WSAStartup.
 * Returns  pStringBuf or NULL.
 * Errors   WSAEAFNOSUPPORT  another family
 *          WSAEINVAL        pStringBuf is NULL or too small
 *          WSAEFAULT        pAddr is NULL
 */
INLET_API PCSTR WSAAPI inet_ntop(INT Family, const VOID* pAddr, PSTR pStringBuf, size_t StringBufSize)
    INLET_NAMED(inet_ntop);
INLET_API PCWSTR WSAAPI InetNtopW(INT Family, const VOID* pAddr, PWSTR pStringBuf, size_t StringBufSize);
#define InetNtopA inet_ntop

#ifdef UNICODE
typedef ADDRINFOW ADDRINFOT, *PADDRINFOT;
#define GetAddrInfo GetAddrInfoW
#define FreeAddrInfo FreeAddrInfoW
#define GetNameInfo GetNameInfoW
#define gai_strerror gai_strerrorW
#define InetPton InetPtonW
#define InetNtop InetNtopW
#else
typedef ADDRINFOA ADDRINFOT, *PADDRINFOT;
#define GetAddrInfo GetAddrInfoA
#define FreeAddrInfo FreeAddrInfoA
#define GetNameInfo GetNameInfoA
#define gai_strerror gai_strerrorA
#define InetPton InetPtonA
#define InetNtop InetNtopA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_WS2TCPIP_H */
