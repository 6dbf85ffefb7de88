/* Windows Sockets 2 for Linux: types and constants, with Windows' numbers; the calls are in <inlet/socket_calls.h>.
 *
 * Shape    AF_INET6 is 23, SOL_SOCKET 0xffff, SOCKET a 64-bit handle that is never a descriptor; u_long has 32 bits and
 *          fd_set is an array of sockets. `struct timeval` alone is the C library's, with 64-bit members.
 * Names    socket, bind, select and the rest are functions, not macros, whose names for the linker begin with inlet_, so
 *          that other files of the same program can call the C library's.
 * Differs  <sys/socket.h> and what includes it (<netinet/in.h>, <arpa/inet.h>, <netdb.h>) gives other numbers to the same
 *          names, so one file can use either that or this. The C and C++ standard headers may stand before or after.
 * Source   Windows Sockets 2 reference; spec/winsock-spi.md section 4
 */
#ifndef INLET_WINSOCK2_H
#define INLET_WINSOCK2_H

#ifdef _SYS_SOCKET_H
#error "<winsock2.h> and <sys/socket.h> give different numbers to the same names: use only one of them in a file"
#endif

/* The C library's u_long, fd_set and FD_* come in through many standard headers. They are read here first and then
   hidden behind Inlet's, so that it does not matter who includes what later. */
#include <sys/select.h>
#include <sys/types.h>

#include <windows.h>

#include <inlet/export.h>
#include <inlet/wsa_errors.h>

#ifndef WSAAPI
#define WSAAPI
#endif

typedef uint8_t inlet_u_char;
typedef uint16_t inlet_u_short;
typedef uint32_t inlet_u_int;
typedef uint32_t inlet_u_long;
#define u_char inlet_u_char
#define u_short inlet_u_short
#define u_int inlet_u_int
#define u_long inlet_u_long

/* In C the name of the C library's function; see <sys/select.h> of this folder. */
#undef select

#undef FD_SET
#undef FD_CLR
#undef FD_ISSET
#undef FD_ZERO
/* A program that wants other sets defines FD_SETSIZE before this header, as on Windows. Where it did so before a header of the
   system's, <sys/select.h> of this folder has kept the number. */
#ifdef INLET_FD_SETSIZE_KEPT
#undef FD_SETSIZE
#pragma pop_macro("FD_SETSIZE")
#elif FD_SETSIZE == __FD_SETSIZE
#undef FD_SETSIZE
#define FD_SETSIZE 64
#endif

/* Families, types, protocols
 * ------------------------------------------------------------------------------------------- */
#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_NETBIOS 17
#define AF_INET6 23
#define AF_IRDA 26
#define AF_BTH 32
#define PF_UNSPEC AF_UNSPEC
#define PF_UNIX AF_UNIX
#define PF_INET AF_INET
#define PF_INET6 AF_INET6

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_RDM 4
#define SOCK_SEQPACKET 5

#define IPPROTO_IP 0
#define IPPROTO_ICMP 1
#define IPPROTO_IGMP 2
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_IPV6 41
#define IPPROTO_ICMPV6 58
#define IPPROTO_RAW 255

#define FROM_PROTOCOL_INFO (-1)

#define INADDR_ANY ((u_long)0x00000000)
#define INADDR_LOOPBACK 0x7f000001
#define INADDR_BROADCAST ((u_long)0xffffffff)
#define INADDR_NONE 0xffffffff

/* Options
 * -------------------------------------------------------------------------------------------------------------- */
#define SOL_SOCKET 0xffff

#define SO_DEBUG 0x0001
#define SO_ACCEPTCONN 0x0002
#define SO_REUSEADDR 0x0004
#define SO_KEEPALIVE 0x0008
#define SO_DONTROUTE 0x0010
#define SO_BROADCAST 0x0020
#define SO_USELOOPBACK 0x0040
#define SO_LINGER 0x0080
#define SO_OOBINLINE 0x0100
#define SO_DONTLINGER ((int)(~SO_LINGER))
#define SO_EXCLUSIVEADDRUSE ((int)(~SO_REUSEADDR))
#define SO_SNDBUF 0x1001
#define SO_RCVBUF 0x1002
#define SO_SNDLOWAT 0x1003
#define SO_RCVLOWAT 0x1004
#define SO_SNDTIMEO 0x1005
#define SO_RCVTIMEO 0x1006
#define SO_ERROR 0x1007
#define SO_TYPE 0x1008
#define SO_BSP_STATE 0x1009
#define SO_GROUP_ID 0x2001
#define SO_GROUP_PRIORITY 0x2002
#define SO_MAX_MSG_SIZE 0x2003
#define SO_PROTOCOL_INFOA 0x2004
#define SO_PROTOCOL_INFOW 0x2005
#define SO_CONDITIONAL_ACCEPT 0x3002
#define SO_PAUSE_ACCEPT 0x3003
#define SO_COMPARTMENT_ID 0x3004
#define SO_RANDOMIZE_PORT 0x3005
#define SO_PORT_SCALABILITY 0x3006
#define SO_REUSE_UNICASTPORT 0x3007
#define SO_REUSE_MULTICASTPORT 0x3008
#define SO_OPENTYPE 0x7008
#define SO_SYNCHRONOUS_ALERT 0x10
#define SO_SYNCHRONOUS_NONALERT 0x20
#define SO_UPDATE_ACCEPT_CONTEXT 0x700b
#define SO_CONNECT_TIME 0x700c
#define SO_UPDATE_CONNECT_CONTEXT 0x7010
#ifdef UNICODE
#define SO_PROTOCOL_INFO SO_PROTOCOL_INFOW
#else
#define SO_PROTOCOL_INFO SO_PROTOCOL_INFOA
#endif

#define TCP_NODELAY 0x0001

#define SOMAXCONN 0x7fffffff
#define SOMAXCONN_HINT(backlog) (-(backlog))

/* Flags
 * ---------------------------------------------------------------------------------------------------------------- */
#define MSG_OOB 0x1
#define MSG_PEEK 0x2
#define MSG_DONTROUTE 0x4
#define MSG_WAITALL 0x8
#define MSG_INTERRUPT 0x10
#define MSG_PUSH_IMMEDIATE 0x20
#define MSG_TRUNC 0x0100
#define MSG_CTRUNC 0x0200
#define MSG_BCAST 0x0400
#define MSG_MCAST 0x0800
#define MSG_PARTIAL 0x8000

#define SD_RECEIVE 0x00
#define SD_SEND 0x01
#define SD_BOTH 0x02

#define CF_ACCEPT 0x0000
#define CF_REJECT 0x0001
#define CF_DEFER 0x0002

#define JL_SENDER_ONLY 0x01
#define JL_RECEIVER_ONLY 0x02
#define JL_BOTH 0x04

#define FD_READ_BIT 0
#define FD_READ (1 << FD_READ_BIT)
#define FD_WRITE_BIT 1
#define FD_WRITE (1 << FD_WRITE_BIT)
#define FD_OOB_BIT 2
#define FD_OOB (1 << FD_OOB_BIT)
#define FD_ACCEPT_BIT 3
#define FD_ACCEPT (1 << FD_ACCEPT_BIT)
#define FD_CONNECT_BIT 4
#define FD_CONNECT (1 << FD_CONNECT_BIT)
#define FD_CLOSE_BIT 5
#define FD_CLOSE (1 << FD_CLOSE_BIT)
#define FD_QOS_BIT 6
#define FD_QOS (1 << FD_QOS_BIT)
#define FD_GROUP_QOS_BIT 7
#define FD_GROUP_QOS (1 << FD_GROUP_QOS_BIT)
#define FD_ROUTING_INTERFACE_CHANGE_BIT 8
#define FD_ROUTING_INTERFACE_CHANGE (1 << FD_ROUTING_INTERFACE_CHANGE_BIT)
#define FD_ADDRESS_LIST_CHANGE_BIT 9
#define FD_ADDRESS_LIST_CHANGE (1 << FD_ADDRESS_LIST_CHANGE_BIT)
#define FD_MAX_EVENTS 10
#define FD_ALL_EVENTS ((1 << FD_MAX_EVENTS) - 1)

#define WSA_FLAG_OVERLAPPED 0x01
#define WSA_FLAG_MULTIPOINT_C_ROOT 0x02
#define WSA_FLAG_MULTIPOINT_C_LEAF 0x04
#define WSA_FLAG_MULTIPOINT_D_ROOT 0x08
#define WSA_FLAG_MULTIPOINT_D_LEAF 0x10
#define WSA_FLAG_ACCESS_SYSTEM_SECURITY 0x40
#define WSA_FLAG_NO_HANDLE_INHERIT 0x80

#define SG_UNCONSTRAINED_GROUP 0x01
#define SG_CONSTRAINED_GROUP 0x02

/* The C library's <poll.h> and <sys/ioctl.h> have some of these names with Linux' numbers. */
#undef POLLERR
#undef POLLHUP
#undef POLLNVAL
#undef POLLWRNORM
#undef POLLOUT
#undef POLLWRBAND
#undef POLLRDNORM
#undef POLLRDBAND
#undef POLLIN
#undef POLLPRI
#define POLLERR 0x0001
#define POLLHUP 0x0002
#define POLLNVAL 0x0004
#define POLLWRNORM 0x0010
#define POLLOUT POLLWRNORM
#define POLLWRBAND 0x0020
#define POLLRDNORM 0x0100
#define POLLRDBAND 0x0200
#define POLLIN (POLLRDNORM | POLLRDBAND)
#define POLLPRI 0x0400

/* Ioctl codes
 * ---------------------------------------------------------------------------------------------------------- */
#undef FIONREAD
#undef FIONBIO
#undef FIOASYNC
#undef SIOCATMARK
#define FIONREAD 0x4004667f
#define FIONBIO 0x8004667e
#define FIOASYNC 0x8004667d
#define SIOCATMARK 0x40047307

#define IOC_VOID 0x20000000
#define IOC_OUT 0x40000000
#define IOC_IN 0x80000000
#define IOC_INOUT (IOC_IN | IOC_OUT)
#define IOC_UNIX 0x00000000
#define IOC_WS2 0x08000000
#define IOC_PROTOCOL 0x10000000
#define IOC_VENDOR 0x18000000

#define SIO_ASSOCIATE_HANDLE 0x88000001
#define SIO_ENABLE_CIRCULAR_QUEUEING 0x28000002
#define SIO_FIND_ROUTE 0x48000003
#define SIO_FLUSH 0x28000004
#define SIO_GET_BROADCAST_ADDRESS 0x48000005
#define SIO_GET_EXTENSION_FUNCTION_POINTER 0xc8000006
#define SIO_GET_QOS 0xc8000007
#define SIO_GET_GROUP_QOS 0xc8000008
#define SIO_SET_QOS 0x8800000b
#define SIO_SET_GROUP_QOS 0x8800000c
#define SIO_MULTIPOINT_LOOPBACK 0x88000009
#define SIO_MULTICAST_SCOPE 0x8800000a
#define SIO_TRANSLATE_HANDLE 0xc800000d
#define SIO_ROUTING_INTERFACE_QUERY 0xc8000014
#define SIO_ROUTING_INTERFACE_CHANGE 0x88000015
#define SIO_ADDRESS_LIST_QUERY 0x48000016
#define SIO_ADDRESS_LIST_CHANGE 0x28000017
#define SIO_QUERY_TARGET_PNP_HANDLE 0x48000018
#define SIO_ADDRESS_LIST_SORT 0xc8000019
#define SIO_NSP_NOTIFY_CHANGE 0x88000019
#define SIO_BSP_HANDLE 0x4800001b
#define SIO_BSP_HANDLE_SELECT 0x4800001c
#define SIO_BSP_HANDLE_POLL 0x4800001d
#define SIO_BASE_HANDLE 0x48000022

/* Events and waits
 * ----------------------------------------------------------------------------------------------------- */
#define WSAEVENT HANDLE
#define LPWSAEVENT LPHANDLE
#define WSA_INVALID_EVENT ((WSAEVENT)NULL)
#define WSA_MAXIMUM_WAIT_EVENTS 64
#define WSA_WAIT_EVENT_0 0
#define WSA_WAIT_IO_COMPLETION 0xC0
#define WSA_WAIT_TIMEOUT 0x102
#define WSA_WAIT_FAILED 0xffffffffU
#define WSA_INFINITE 0xffffffffU

/* Catalog
 * -------------------------------------------------------------------------------------------------------------- */
#define WSADESCRIPTION_LEN 256
#define WSASYS_STATUS_LEN 128
#define MAX_PROTOCOL_CHAIN 7
#define BASE_PROTOCOL 1
#define LAYERED_PROTOCOL 0
#define WSAPROTOCOL_LEN 255
#define BIGENDIAN 0x0000
#define LITTLEENDIAN 0x0001
#define SECURITY_PROTOCOL_NONE 0x0000

#define PFL_MULTIPLE_PROTO_ENTRIES 0x00000001
#define PFL_RECOMMENDED_PROTO_ENTRY 0x00000002
#define PFL_HIDDEN 0x00000004
#define PFL_MATCHES_PROTOCOL_ZERO 0x00000008
#define PFL_NETWORKDIRECT_PROVIDER 0x00000010

#define XP1_CONNECTIONLESS 0x00000001
#define XP1_GUARANTEED_DELIVERY 0x00000002
#define XP1_GUARANTEED_ORDER 0x00000004
#define XP1_MESSAGE_ORIENTED 0x00000008
#define XP1_PSEUDO_STREAM 0x00000010
#define XP1_GRACEFUL_CLOSE 0x00000020
#define XP1_EXPEDITED_DATA 0x00000040
#define XP1_CONNECT_DATA 0x00000080
#define XP1_DISCONNECT_DATA 0x00000100
#define XP1_SUPPORT_BROADCAST 0x00000200
#define XP1_SUPPORT_MULTIPOINT 0x00000400
#define XP1_MULTIPOINT_CONTROL_PLANE 0x00000800
#define XP1_MULTIPOINT_DATA_PLANE 0x00001000
#define XP1_QOS_SUPPORTED 0x00002000
#define XP1_INTERRUPT 0x00004000
#define XP1_UNI_SEND 0x00008000
#define XP1_UNI_RECV 0x00010000
#define XP1_IFS_HANDLES 0x00020000
#define XP1_PARTIAL_MESSAGE 0x00040000
#define XP1_SAN_SUPPORT_SDP 0x00080000

#ifdef __cplusplus
extern "C" {
#endif

/* Addresses
 * ------------------------------------------------------------------------------------------------------------ */
typedef USHORT ADDRESS_FAMILY;
typedef unsigned int GROUP;

struct in_addr {
  union {
    struct {
      UCHAR s_b1, s_b2, s_b3, s_b4;
    } S_un_b;
    struct {
      USHORT s_w1, s_w2;
    } S_un_w;
    ULONG S_addr;
  } S_un;
#define s_addr S_un.S_addr
};
typedef struct in_addr IN_ADDR, *PIN_ADDR, *LPIN_ADDR;

struct sockaddr {
  ADDRESS_FAMILY sa_family;
  CHAR sa_data[14];
};
typedef struct sockaddr SOCKADDR, *PSOCKADDR, *LPSOCKADDR;

struct sockaddr_in {
  ADDRESS_FAMILY sin_family;
  USHORT sin_port;
  IN_ADDR sin_addr;
  CHAR sin_zero[8];
};
typedef struct sockaddr_in SOCKADDR_IN, *PSOCKADDR_IN, *LPSOCKADDR_IN;

struct sockaddr_storage {
  ADDRESS_FAMILY ss_family;
  CHAR inlet_pad1[6];
  LONGLONG inlet_align;
  CHAR inlet_pad2[112];
};
typedef struct sockaddr_storage SOCKADDR_STORAGE, *PSOCKADDR_STORAGE, *LPSOCKADDR_STORAGE;

typedef struct _SOCKET_ADDRESS {
  LPSOCKADDR lpSockaddr;
  INT iSockaddrLength;
} SOCKET_ADDRESS, *PSOCKET_ADDRESS, *LPSOCKET_ADDRESS;
typedef struct _SOCKET_ADDRESS_LIST {
  INT iAddressCount;
  SOCKET_ADDRESS Address[1];
} SOCKET_ADDRESS_LIST, *PSOCKET_ADDRESS_LIST, *LPSOCKET_ADDRESS_LIST;

typedef struct _CSADDR_INFO {
  SOCKET_ADDRESS LocalAddr;
  SOCKET_ADDRESS RemoteAddr;
  INT iSocketType;
  INT iProtocol;
} CSADDR_INFO, *PCSADDR_INFO, *LPCSADDR_INFO;

/* Other structures
 * ----------------------------------------------------------------------------------------------------- */
struct linger {
  u_short l_onoff;
  u_short l_linger; /* seconds */
};
typedef struct linger LINGER, *PLINGER, *LPLINGER;

typedef struct timeval TIMEVAL, *PTIMEVAL, *LPTIMEVAL;

typedef struct inlet_fd_set {
  u_int fd_count;
  SOCKET fd_array[FD_SETSIZE];
} inlet_fd_set;
#define fd_set inlet_fd_set
typedef fd_set *PFD_SET, *LPFD_SET;

typedef struct inlet_pollfd {
  SOCKET fd;
  SHORT events;
  SHORT revents;
} WSAPOLLFD, *PWSAPOLLFD, *LPWSAPOLLFD;

typedef struct _WSABUF {
  ULONG len;
  CHAR* buf;
} WSABUF, *LPWSABUF;

typedef OVERLAPPED WSAOVERLAPPED, *LPWSAOVERLAPPED;

typedef struct _WSANETWORKEVENTS {
  LONG lNetworkEvents;
  int iErrorCode[FD_MAX_EVENTS];
} WSANETWORKEVENTS, *LPWSANETWORKEVENTS;

typedef struct WSAData {
  WORD wVersion;
  WORD wHighVersion;
  u_short iMaxSockets;
  u_short iMaxUdpDg;
  char* lpVendorInfo;
  char szDescription[WSADESCRIPTION_LEN + 1];
  char szSystemStatus[WSASYS_STATUS_LEN + 1];
} WSADATA, *LPWSADATA;

typedef struct _WSAPROTOCOLCHAIN {
  int ChainLen; /* 0: a layer, 1: a base protocol, more: a chain */
  DWORD ChainEntries[MAX_PROTOCOL_CHAIN];
} WSAPROTOCOLCHAIN, *LPWSAPROTOCOLCHAIN;

typedef struct _WSAPROTOCOL_INFOA {
  DWORD dwServiceFlags1;
  DWORD dwServiceFlags2;
  DWORD dwServiceFlags3;
  DWORD dwServiceFlags4;
  DWORD dwProviderFlags;
  GUID ProviderId;
  DWORD dwCatalogEntryId;
  WSAPROTOCOLCHAIN ProtocolChain;
  int iVersion;
  int iAddressFamily;
  int iMaxSockAddr;
  int iMinSockAddr;
  int iSocketType;
  int iProtocol;
  int iProtocolMaxOffset;
  int iNetworkByteOrder;
  int iSecurityScheme;
  DWORD dwMessageSize;
  DWORD dwProviderReserved;
  CHAR szProtocol[WSAPROTOCOL_LEN + 1];
} WSAPROTOCOL_INFOA, *LPWSAPROTOCOL_INFOA;

typedef struct _WSAPROTOCOL_INFOW {
  DWORD dwServiceFlags1;
  DWORD dwServiceFlags2;
  DWORD dwServiceFlags3;
  DWORD dwServiceFlags4;
  DWORD dwProviderFlags;
  GUID ProviderId;
  DWORD dwCatalogEntryId;
  WSAPROTOCOLCHAIN ProtocolChain;
  int iVersion;
  int iAddressFamily;
  int iMaxSockAddr;
  int iMinSockAddr;
  int iSocketType;
  int iProtocol;
  int iProtocolMaxOffset;
  int iNetworkByteOrder;
  int iSecurityScheme;
  DWORD dwMessageSize;
  DWORD dwProviderReserved;
  WCHAR szProtocol[WSAPROTOCOL_LEN + 1];
} WSAPROTOCOL_INFOW, *LPWSAPROTOCOL_INFOW;

#ifdef UNICODE
typedef WSAPROTOCOL_INFOW WSAPROTOCOL_INFO;
typedef LPWSAPROTOCOL_INFOW LPWSAPROTOCOL_INFO;
#else
typedef WSAPROTOCOL_INFOA WSAPROTOCOL_INFO;
typedef LPWSAPROTOCOL_INFOA LPWSAPROTOCOL_INFO;
#endif

typedef ULONG SERVICETYPE;
typedef struct _flowspec {
  ULONG TokenRate;
  ULONG TokenBucketSize;
  ULONG PeakBandwidth;
  ULONG Latency;
  ULONG DelayVariation;
  SERVICETYPE ServiceType;
  ULONG MaxSduSize;
  ULONG MinimumPolicedSize;
} FLOWSPEC, *PFLOWSPEC, *LPFLOWSPEC;

typedef struct _QualityOfService {
  FLOWSPEC SendingFlowspec;
  FLOWSPEC ReceivingFlowspec;
  WSABUF ProviderSpecific;
} QOS, *LPQOS;

typedef struct _WSAMSG {
  LPSOCKADDR name;
  INT namelen;
  LPWSABUF lpBuffers;
  ULONG dwBufferCount;
  WSABUF Control;
  ULONG dwFlags;
} WSAMSG, *PWSAMSG, *LPWSAMSG;

/* Function types
 * ------------------------------------------------------------------------------------------------------- */
typedef int(CALLBACK* LPCONDITIONPROC)(LPWSABUF lpCallerId, LPWSABUF lpCallerData, LPQOS lpSQOS, LPQOS lpGQOS,
                                       LPWSABUF lpCalleeId, LPWSABUF lpCalleeData, GROUP* g, DWORD_PTR dwCallbackData);
typedef void(CALLBACK* LPWSAOVERLAPPED_COMPLETION_ROUTINE)(DWORD dwError, DWORD cbTransferred,
                                                           LPWSAOVERLAPPED lpOverlapped, DWORD dwFlags);

/* Sets of sockets
 * ------------------------------------------------------------------------------------------------------ */
static inline int inlet_fd_isset(SOCKET s, const fd_set* set) {
  for (u_int i = 0; i < set->fd_count; ++i)
    if (set->fd_array[i] == s) return 1;
  return 0;
}

static inline void inlet_fd_set_add(SOCKET s, fd_set* set) {
  if (set->fd_count < FD_SETSIZE && !inlet_fd_isset(s, set)) set->fd_array[set->fd_count++] = s;
}

static inline void inlet_fd_clr(SOCKET s, fd_set* set) {
  u_int kept = 0;
  for (u_int i = 0; i < set->fd_count; ++i)
    if (set->fd_array[i] != s) set->fd_array[kept++] = set->fd_array[i];
  set->fd_count = kept;
}

#define FD_SET(s, set) inlet_fd_set_add((SOCKET)(s), (set))
#define FD_CLR(s, set) inlet_fd_clr((SOCKET)(s), (set))
#define FD_ISSET(s, set) inlet_fd_isset((SOCKET)(s), (set))
#define FD_ZERO(set) ((void)((set)->fd_count = 0))

/* Byte order: network order is big-endian
 * ------------------------------------------------------------------------------ */
#undef htons
#undef htonl
#undef ntohs
#undef ntohl
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static inline u_short htons(u_short value) {
  return __builtin_bswap16(value);
}
static inline u_long htonl(u_long value) {
  return __builtin_bswap32(value);
}
#else
static inline u_short htons(u_short value) {
  return value;
}
static inline u_long htonl(u_long value) {
  return value;
}
#endif
static inline u_short ntohs(u_short value) {
  return htons(value);
}
static inline u_long ntohl(u_long value) {
  return htonl(value);
}

#ifdef __cplusplus
}
#endif

#include <inlet/name_calls.h>
#include <inlet/socket_calls.h>

#endif /* INLET_WINSOCK2_H */
