// The entries of the base provider's table, and what they share. Their contracts are those of the SPI
// (spec/winsock-spi.md section 2); the files say where Linux made a detour necessary.
#pragma once

#include <ws2spi.h>
#include <ws2tcpip.h>

#include "base/error.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// startup.cpp
int WSPAPI WSPCleanup(LPINT lpErrno);
// Lets Winsock have a say in a new handle. On failure the socket is closed.
Result<SOCKET> publish_handle(Result<Handle> handle, uint32_t state);

// The catalog's entry for sockets of such a state.
const WSAPROTOCOL_INFOW& entry_of(uint32_t state);

// connect.cpp
SOCKET WSPAPI WSPSocket(int af, int type, int protocol, LPWSAPROTOCOL_INFOW lpProtocolInfo, GROUP g, DWORD dwFlags,
                        LPINT lpErrno);
int WSPAPI WSPBind(SOCKET s, const sockaddr* name, int namelen, LPINT lpErrno);
int WSPAPI WSPConnect(SOCKET s, const sockaddr* name, int namelen, LPWSABUF lpCallerData, LPWSABUF lpCalleeData,
                      LPQOS lpSQOS, LPQOS lpGQOS, LPINT lpErrno);
int WSPAPI WSPCloseSocket(SOCKET s, LPINT lpErrno);
int WSPAPI WSPGetSockName(SOCKET s, sockaddr* name, LPINT namelen, LPINT lpErrno);
int WSPAPI WSPGetPeerName(SOCKET s, sockaddr* name, LPINT namelen, LPINT lpErrno);
// Moves the kernel's pending error, which can be read only once, into the record.
void take_error(SocketRef& socket);
// Learns how a connect ended that was still running when it was last looked at.
void finish_connect(SocketRef& socket);

// Starts to connect a stream. A socket that may not be connected is left alone.
//
// Errors   would_block   it goes on; finish_connect learns how it ends
//          any other     it will not
Result<void> begin_connect(SocketRef& socket, const sys::Address& address);

// duplicate.cpp
int WSPAPI WSPDuplicateSocket(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOW lpProtocolInfo, LPINT lpErrno);

// listen.cpp
int WSPAPI WSPListen(SOCKET s, int backlog, LPINT lpErrno);
SOCKET WSPAPI WSPAccept(SOCKET s, sockaddr* addr, LPINT addrlen, LPCONDITIONPROC lpfnCondition,
                        DWORD_PTR dwCallbackData, LPINT lpErrno);

// The socket of a connection that was taken from a listener's queue. flags: the listener's
struct Pending;
Result<SOCKET> adopt_connection(const Record& listener, uint32_t flags, const Pending& pending);

// Whether the calling thread runs a condition function right now.
bool in_condition_function();

// join_leaf.cpp
SOCKET WSPAPI WSPJoinLeaf(SOCKET s, const sockaddr* name, int namelen, LPWSABUF lpCallerData, LPWSABUF lpCalleeData,
                          LPQOS lpSQOS, LPQOS lpGQOS, DWORD dwFlags, LPINT lpErrno);

// cancel_call.cpp
int WSPAPI WSPCancelBlockingCall(LPINT lpErrno);

// shutdown.cpp
int WSPAPI WSPShutdown(SOCKET s, int how, LPINT lpErrno);
int WSPAPI WSPSendDisconnect(SOCKET s, LPWSABUF lpOutboundDisconnectData, LPINT lpErrno);
int WSPAPI WSPRecvDisconnect(SOCKET s, LPWSABUF lpInboundDisconnectData, LPINT lpErrno);
// Ends the stream behind what was sent.
void finish_sending(SocketRef& socket);

// transfer.cpp
int WSPAPI WSPRecv(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd, LPDWORD lpFlags,
                   LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine,
                   LPWSATHREADID lpThreadId, LPINT lpErrno);
int WSPAPI WSPSend(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent, DWORD dwFlags,
                   LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine,
                   LPWSATHREADID lpThreadId, LPINT lpErrno);

int WSPAPI WSPRecvFrom(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd, LPDWORD lpFlags,
                       sockaddr* lpFrom, LPINT lpFromlen, LPWSAOVERLAPPED lpOverlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId, LPINT lpErrno);
int WSPAPI WSPSendTo(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent, DWORD dwFlags,
                     const sockaddr* lpTo, int iTolen, LPWSAOVERLAPPED lpOverlapped,
                     LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId, LPINT lpErrno);

// qos.cpp
BOOL WSPAPI WSPGetQOSByName(SOCKET s, LPWSABUF lpQOSName, LPQOS lpQOS, LPINT lpErrno);

// select.cpp
int WSPAPI WSPSelect(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds, const timeval* timeout,
                     LPINT lpErrno);

// poll.cpp
// WSAPoll, as an extension function (its GUID is known to SIO_GET_EXTENSION_FUNCTION_POINTER).
//
// Shape    Only POLLRDNORM, POLLRDBAND and POLLWRNORM may be asked for. timeout_ms < 0 waits for ever. revents of every entry
//          is written, except when the arguments are refused.
// Returns  how many entries have something in revents; those that are no sockets have POLLNVAL and are not counted, those
//          that another thread closes meanwhile have it and are.
// Errors   WSAEINVAL    count is 0, or something else is asked for
//          WSAEFAULT    fds is NULL
//          WSAENOTSOCK  no entry is a socket
//          WSAEINTR     the call was cancelled
//          WSAENOBUFS   no memory
int WSPAPI WSPPoll(LPWSAPOLLFD fds, ULONG count, INT timeout_ms, LPINT lpErrno);

// event_select.cpp
int WSPAPI WSPEventSelect(SOCKET s, WSAEVENT hEventObject, LONG lNetworkEvents, LPINT lpErrno);
int WSPAPI WSPAsyncSelect(SOCKET s, HWND hWnd, unsigned int wMsg, LONG lEvent, LPINT lpErrno);
int WSPAPI WSPEnumNetworkEvents(SOCKET s, WSAEVENT hEventObject, LPWSANETWORKEVENTS lpNetworkEvents, LPINT lpErrno);

// overlapped_result.cpp
BOOL WSPAPI WSPGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED lpOverlapped, LPDWORD lpcbTransfer, BOOL fWait,
                                   LPDWORD lpdwFlags, LPINT lpErrno);

// options.cpp
int WSPAPI WSPGetSockOpt(SOCKET s, int level, int optname, char* optval, LPINT optlen, LPINT lpErrno);
int WSPAPI WSPSetSockOpt(SOCKET s, int level, int optname, const char* optval, int optlen, LPINT lpErrno);

// ioctl.cpp
int WSPAPI WSPIoctl(SOCKET s, DWORD dwIoControlCode, LPVOID lpvInBuffer, DWORD cbInBuffer, LPVOID lpvOutBuffer,
                    DWORD cbOutBuffer, LPDWORD lpcbBytesReturned, LPWSAOVERLAPPED lpOverlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId, LPINT lpErrno);

// address.cpp
INT WSPAPI WSPAddressToString(LPSOCKADDR lpsaAddress, DWORD dwAddressLength, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                              LPWSTR lpszAddressString, LPDWORD lpdwAddressStringLength, LPINT lpErrno);
INT WSPAPI WSPStringToAddress(LPWSTR AddressString, INT AddressFamily, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                              LPSOCKADDR lpAddress, LPINT lpAddressLength, LPINT lpErrno);

// Every entry fails through this one. lpErrno may be NULL, as Windows tolerates it.
inline int failed(LPINT lpErrno, Error error) {
  if (lpErrno != nullptr) *lpErrno = wsa_code(error);
  return SOCKET_ERROR;
}
inline int finished(LPINT lpErrno, Result<void> result) {
  return result ? 0 : failed(lpErrno, result.error());
}

// How long an address of the socket's family is.
inline int address_bytes(uint32_t flags) {
  return (flags & kV6) != 0 ? sys::kSizeV6 : sys::kSizeV4;
}

// Writes an address out; the room has been checked.
void write_address(const sys::Address& address, sockaddr* name, LPINT length);

}  // namespace inlet::provider
