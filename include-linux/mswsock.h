/* Microsoft's extensions to Windows Sockets 2, for Linux: AcceptEx and its kin.
 *
 * Shape    A provider has its extensions behind WSAIoctl(SIO_GET_EXTENSION_FUNCTION_POINTER) with one of the WSAID_*
 *          numbers. The functions of the same names below ask the provider of their socket each time; a server with many
 *          calls keeps the pointer.
 * Errors   As in <winsock2.h>; WSAEINVAL too when the provider does not have the extension.
 * Source   Windows Sockets 2 reference, mswsock.h; spec/winsock-spi.md sections 4.7 and 5.11 to 5.13
 */
#ifndef INLET_MSWSOCK_H
#define INLET_MSWSOCK_H

#include <winsock2.h>

#define WSAID_TRANSMITFILE                           \
  {                                                  \
    0xb5367df0, 0xcbac, 0x11cf, {                    \
      0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92 \
    }                                                \
  }
#define WSAID_ACCEPTEX                               \
  {                                                  \
    0xb5367df1, 0xcbac, 0x11cf, {                    \
      0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92 \
    }                                                \
  }
#define WSAID_GETACCEPTEXSOCKADDRS                   \
  {                                                  \
    0xb5367df2, 0xcbac, 0x11cf, {                    \
      0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92 \
    }                                                \
  }
#define WSAID_CONNECTEX                              \
  {                                                  \
    0x25a207b9, 0xddf3, 0x4660, {                    \
      0x8e, 0xe9, 0x76, 0xe5, 0x8c, 0x74, 0x06, 0x3e \
    }                                                \
  }
#define WSAID_DISCONNECTEX                           \
  {                                                  \
    0x7fda2e11, 0x8630, 0x436f, {                    \
      0xa0, 0x31, 0xf5, 0x36, 0xa6, 0xee, 0xc1, 0x57 \
    }                                                \
  }
#define WSAID_TRANSMITPACKETS                        \
  {                                                  \
    0xd9689da0, 0x1f90, 0x11d3, {                    \
      0x99, 0x71, 0x00, 0xc0, 0x4f, 0x68, 0xc8, 0x76 \
    }                                                \
  }
#define WSAID_WSARECVMSG                             \
  {                                                  \
    0xf689d7c8, 0x6f1f, 0x436b, {                    \
      0x8a, 0x53, 0xe5, 0x4f, 0xe3, 0x51, 0xc3, 0x22 \
    }                                                \
  }
#define WSAID_WSASENDMSG                             \
  {                                                  \
    0xa441e712, 0x754f, 0x43ca, {                    \
      0x84, 0xa7, 0x0d, 0xee, 0x44, 0xcf, 0x60, 0x6d \
    }                                                \
  }
#define WSAID_WSAPOLL                                \
  {                                                  \
    0x18c76f85, 0xdc66, 0x4964, {                    \
      0x97, 0x2e, 0x23, 0xc2, 0x72, 0x38, 0x31, 0x2b \
    }                                                \
  }

#define TF_DISCONNECT 0x01
#define TF_REUSE_SOCKET 0x02
#define TF_WRITE_BEHIND 0x04
#define TF_USE_DEFAULT_WORKER 0x00
#define TF_USE_SYSTEM_THREAD 0x10
#define TF_USE_KERNEL_APC 0x20

#define TP_DISCONNECT TF_DISCONNECT
#define TP_REUSE_SOCKET TF_REUSE_SOCKET
#define TP_USE_DEFAULT_WORKER TF_USE_DEFAULT_WORKER
#define TP_USE_SYSTEM_THREAD TF_USE_SYSTEM_THREAD
#define TP_USE_KERNEL_APC TF_USE_KERNEL_APC
#define TP_ELEMENT_MEMORY 1
#define TP_ELEMENT_FILE 2
#define TP_ELEMENT_EOP 4

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _TRANSMIT_FILE_BUFFERS {
  LPVOID Head;
  DWORD HeadLength;
  LPVOID Tail;
  DWORD TailLength;
} TRANSMIT_FILE_BUFFERS, *PTRANSMIT_FILE_BUFFERS, *LPTRANSMIT_FILE_BUFFERS;

typedef struct _TRANSMIT_PACKETS_ELEMENT {
  ULONG dwElFlags;
  ULONG cLength;
  __extension__ union {
    __extension__ struct {
      LONGLONG nFileOffset; /* a LARGE_INTEGER on Windows */
      HANDLE hFile;
    };
    PVOID pBuffer;
  };
} TRANSMIT_PACKETS_ELEMENT, *PTRANSMIT_PACKETS_ELEMENT, *LPTRANSMIT_PACKETS_ELEMENT;

/* What the WSAID_* numbers give pointers to. All but the last are called by programs and leave the reason of a failure in
   the thread's last error; WSAPoll's is called by Winsock and leaves it in *lpErrno, as the entries of a provider do. */
typedef BOOL(WINAPI* LPFN_TRANSMITFILE)(SOCKET hSocket, HANDLE hFile, DWORD nNumberOfBytesToWrite,
                                        DWORD nNumberOfBytesPerSend, LPOVERLAPPED lpOverlapped,
                                        LPTRANSMIT_FILE_BUFFERS lpTransmitBuffers, DWORD dwFlags);
typedef BOOL(WINAPI* LPFN_ACCEPTEX)(SOCKET sListenSocket, SOCKET sAcceptSocket, PVOID lpOutputBuffer,
                                    DWORD dwReceiveDataLength, DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength,
                                    LPDWORD lpdwBytesReceived, LPOVERLAPPED lpOverlapped);
typedef VOID(WINAPI* LPFN_GETACCEPTEXSOCKADDRS)(PVOID lpOutputBuffer, DWORD dwReceiveDataLength,
                                                DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength,
                                                struct sockaddr** LocalSockaddr, LPINT LocalSockaddrLength,
                                                struct sockaddr** RemoteSockaddr, LPINT RemoteSockaddrLength);
typedef BOOL(WINAPI* LPFN_CONNECTEX)(SOCKET s, const struct sockaddr* name, int namelen, PVOID lpSendBuffer,
                                     DWORD dwSendDataLength, LPDWORD lpdwBytesSent, LPOVERLAPPED lpOverlapped);
typedef BOOL(WINAPI* LPFN_DISCONNECTEX)(SOCKET s, LPOVERLAPPED lpOverlapped, DWORD dwFlags, DWORD dwReserved);
typedef BOOL(WINAPI* LPFN_TRANSMITPACKETS)(SOCKET hSocket, LPTRANSMIT_PACKETS_ELEMENT lpPacketArray,
                                           DWORD nElementCount, DWORD nSendSize, LPOVERLAPPED lpOverlapped,
                                           DWORD dwFlags);
typedef INT(WINAPI* LPFN_WSARECVMSG)(SOCKET s, LPWSAMSG lpMsg, LPDWORD lpdwNumberOfBytesRecvd,
                                     LPWSAOVERLAPPED lpOverlapped,
                                     LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
typedef INT(WINAPI* LPFN_WSASENDMSG)(SOCKET s, LPWSAMSG lpMsg, DWORD dwFlags, LPDWORD lpNumberOfBytesSent,
                                     LPWSAOVERLAPPED lpOverlapped,
                                     LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
typedef INT(WSAAPI* LPFN_WSAPOLL)(LPWSAPOLLFD fdarray, ULONG nfds, INT timeout, LPINT lpErrno);

/* Accepts into sAcceptSocket, and waits for the first data when dwReceiveDataLength is not 0.
 *
 * Shape    lpOutputBuffer gets the data, then the local and then the remote address; each address needs 16 bytes more than
 *          its structure. sAcceptSocket has default properties until SO_UPDATE_ACCEPT_CONTEXT is set.
 * Owner    lpOutputBuffer and lpOverlapped are the provider's until the operation has ended.
 * Returns  TRUE when it has ended at once.
 * Errors   WSA_IO_PENDING         begun
 *          WSA_INVALID_PARAMETER  lpOverlapped is NULL
 *          WSAEINVAL              sListenSocket does not listen; sAcceptSocket is bound, connected or in use
 *          WSAEFAULT              lpOutputBuffer is NULL, or dwRemoteAddressLength 0
 */
INLET_API BOOL WINAPI AcceptEx(SOCKET sListenSocket, SOCKET sAcceptSocket, PVOID lpOutputBuffer,
                               DWORD dwReceiveDataLength, DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength,
                               LPDWORD lpdwBytesReceived, LPOVERLAPPED lpOverlapped);

/* Finds the addresses in what AcceptEx has filled in; the lengths are those that AcceptEx was given.
 *
 * Owner    The pointers point into lpOutputBuffer.
 */
INLET_API VOID WINAPI GetAcceptExSockaddrs(PVOID lpOutputBuffer, DWORD dwReceiveDataLength, DWORD dwLocalAddressLength,
                                           DWORD dwRemoteAddressLength, struct sockaddr** LocalSockaddr,
                                           LPINT LocalSockaddrLength, struct sockaddr** RemoteSockaddr,
                                           LPINT RemoteSockaddrLength);

/* Sends a file, with data before and behind it; the whole file when nNumberOfBytesToWrite is 0, no file when hFile is NULL.
 *
 * Errors   WSA_IO_PENDING  begun
 *          WSAENOTCONN     not connected
 *          WSAEFAULT       lpTransmitBuffers names memory that is not there
 *          WSAEINVAL       unknown flags; hFile is no open file
 */
INLET_API BOOL WINAPI TransmitFile(SOCKET hSocket, HANDLE hFile, DWORD nNumberOfBytesToWrite,
                                   DWORD nNumberOfBytesPerSend, LPOVERLAPPED lpOverlapped,
                                   LPTRANSMIT_FILE_BUFFERS lpTransmitBuffers, DWORD dwReserved);

/* recv with flags that come back: MSG_PARTIAL when a datagram was longer than buf, which is then no error.
 *
 * Errors   those of recv, and WSAEFAULT  flags is NULL
 */
INLET_API int WSAAPI WSARecvEx(SOCKET s, char* buf, int len, int* flags);

#ifdef __cplusplus
}
#endif

#endif /* INLET_MSWSOCK_H */
