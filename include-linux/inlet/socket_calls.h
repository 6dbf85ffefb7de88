/* The calls of Windows Sockets 2, for Linux. Include <winsock2.h>, which has the types.
 *
 * Shape    Each call finds the provider of its socket and hands over to the entry of the same purpose; what a call does
 *          and which error wins is therefore the provider's (docs/winsock.md). INLET_NAMED gives a function a name for the
 *          linker that is not the C library's.
 * Thread   Any. Calls that move data may be made on one socket from several threads.
 * Returns  0 (or a count) or SOCKET_ERROR, unless it is said otherwise; SOCKETs are INVALID_SOCKET when they fail, BOOLs
 *          FALSE. The reason is WSAGetLastError's, which is 0 after a success.
 * Errors   Every call on a socket can also fail with
 *          WSANOTINITIALISED  no WSAStartup has succeeded
 *          WSAENOTSOCK        s is not a socket, or is closed
 *          WSAENETDOWN        the network has failed
 *          and, from a condition function or a blocking hook, WSAEINPROGRESS.
 * Differs  long is 32 bits on Windows and LONG here.
 * Source   Windows Sockets 2 reference; spec/winsock-spi.md sections 1.2, 2 and 5
 */
#ifndef INLET_SOCKET_CALLS_H
#define INLET_SOCKET_CALLS_H

#include <winsock2.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Starting and ending
 * -------------------------------------------------------------------------------------------------- */

/* Starts the use of Winsock by the process, or counts one more user.
 *
 * Returns  0, or the error code itself; the thread's last error is not touched.
 * Errors   WSAVERNOTSUPPORTED  a version below 1.0 was asked for
 *          WSAEFAULT           lpWSAData is NULL
 */
INLET_API int WSAAPI WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData);

/* Undoes one WSAStartup. The last one closes every socket of the process and wakes the calls that wait on one.
 *
 * Errors   WSANOTINITIALISED  no WSAStartup is left to undo
 */
INLET_API int WSAAPI WSACleanup(void);

/* The calling thread's last error; one slot with GetLastError, as on Windows. */
INLET_API int WSAAPI WSAGetLastError(void);
INLET_API void WSAAPI WSASetLastError(int iError);

/* Sockets from their making to their closing
 * --------------------------------------------------------------------------- */

/* Makes a socket that can do overlapped I/O, in blocking mode, unbound.
 *
 * Shape    The first protocol of the catalog that fits is taken: 0 fits any family and type, and as a protocol the usual
 *          one of the type.
 * Errors   WSAEAFNOSUPPORT     no protocol has the family
 *          WSAESOCKTNOSUPPORT  no protocol has the type; judged before the family
 *          WSAEPROTONOSUPPORT  the protocol is not one of that family and type
 *          WSAEINVAL           af and protocol are both 0
 *          WSAEACCES           a raw socket without privilege
 *          WSAEMFILE           no descriptor is left
 *          WSAENOBUFS          no memory is left
 */
INLET_API SOCKET WSAAPI socket(int af, int type, int protocol) INLET_NAMED(socket);

/* The same with everything a provider can be told.
 *
 * Shape    lpProtocolInfo names the provider, and the protocol where a number is 0 or FROM_PROTOCOL_INFO; with what
 *          WSADuplicateSocket has filled in, it opens the shared socket. Without WSA_FLAG_OVERLAPPED in dwFlags a call
 *          never completes later.
 * Errors   socket's, and
 *          WSAEFAULT                lpProtocolInfo cannot be read
 *          WSAEINVAL                an unknown flag or group
 *          WSAEINVALIDPROVIDER      lpProtocolInfo names no provider of the catalog
 *          WSAEINVALIDPROCTABLE, WSAEPROVIDERFAILEDINIT  that provider could not be started
 */
INLET_API SOCKET WSAAPI WSASocketA(int af, int type, int protocol, LPWSAPROTOCOL_INFOA lpProtocolInfo, GROUP g,
                                   DWORD dwFlags);
INLET_API SOCKET WSAAPI WSASocketW(int af, int type, int protocol, LPWSAPROTOCOL_INFOW lpProtocolInfo, GROUP g,
                                   DWORD dwFlags);

/* Fills in what another process (or this one) passes to WSASocket to share the socket, once.
 *
 * Errors   WSAEINVAL   no such process
 *          WSAEFAULT   lpProtocolInfo is NULL
 *          WSAEMFILE, WSAENOBUFS  no descriptor or no memory is left
 */
INLET_API int WSAAPI WSADuplicateSocketA(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOA lpProtocolInfo);
INLET_API int WSAAPI WSADuplicateSocketW(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOW lpProtocolInfo);

/* Gives an unbound socket a local address; port 0 asks for a free one.
 *
 * Errors   WSAEFAULT         name is NULL or namelen too small
 *          WSAEINVAL         already bound
 *          WSAEAFNOSUPPORT   the address is of another family
 *          WSAEADDRNOTAVAIL  not an address of this machine
 *          WSAEADDRINUSE     taken
 *          WSAEACCES         held exclusively, or a port that needs privilege
 */
INLET_API int WSAAPI bind(SOCKET s, const struct sockaddr* name, int namelen) INLET_NAMED(bind);

/* Makes a bound stream socket wait for connections, or changes how many of them may.
 *
 * Shape    Exactly backlog connections wait, one more is refused. SOMAXCONN asks for as many as is reasonable,
 *          SOMAXCONN_HINT(n) for n between 200 and 65535; other values are taken to the nearest legal one.
 * Errors   WSAEOPNOTSUPP  a datagram socket
 *          WSAEINVAL      not bound
 *          WSAEISCONN     connected
 *          WSAEADDRINUSE  the address has been taken since bind
 *          WSAEMFILE, WSAENOBUFS  no descriptor or no memory is left
 */
INLET_API int WSAAPI listen(SOCKET s, int backlog) INLET_NAMED(listen);

/* Takes the connection that has waited longest.
 *
 * Shape    addr and addrlen are optional. The new socket has the listener's options, event selection and blocking mode.
 * Errors   WSAEFAULT        *addrlen is too small; the connection keeps waiting
 *          WSAEINVAL        not listening
 *          WSAEOPNOTSUPP    a datagram socket
 *          WSAEWOULDBLOCK   nonblocking, and nobody waits
 *          WSAEMFILE        no descriptor is left; the connection keeps waiting
 *          WSAECONNRESET    the peer has given up meanwhile
 *          WSAEINTR         the socket was closed, or the call cancelled
 */
INLET_API SOCKET WSAAPI accept(SOCKET s, struct sockaddr* addr, int* addrlen) INLET_NAMED(accept);

/* The same; lpfnCondition is asked first, on this thread, and must not use s.
 *
 * Errors   accept's, and
 *          WSAECONNREFUSED  the condition function returned CF_REJECT
 *          WSATRY_AGAIN     it returned CF_DEFER; the connection stays the first
 *          WSAEINVAL        it returned something else
 */
INLET_API SOCKET WSAAPI WSAAccept(SOCKET s, struct sockaddr* addr, LPINT addrlen, LPCONDITIONPROC lpfnCondition,
                                  DWORD_PTR dwCallbackData);

/* Connects a stream, or chooses the peer of a datagram socket.
 *
 * Errors   WSAEFAULT        name is NULL or namelen too small
 *          WSAEINVAL        listening
 *          WSAEISCONN       connected, or was
 *          WSAEALREADY      still connecting
 *          WSAEWOULDBLOCK   nonblocking: it goes on; select, FD_CONNECT or SO_ERROR tell the end
 *          WSAEAFNOSUPPORT  the address is of another family
 *          WSAEADDRNOTAVAIL the any-address, or port 0
 *          WSAEADDRINUSE    the local address was taken meanwhile, or no port is left
 *          WSAECONNREFUSED, WSAETIMEDOUT, WSAENETUNREACH, WSAEHOSTUNREACH  as the network says
 *          WSAEACCES        a broadcast address without SO_BROADCAST
 *          WSAEINTR         the socket was closed, or the call cancelled
 */
INLET_API int WSAAPI connect(SOCKET s, const struct sockaddr* name, int namelen) INLET_NAMED(connect);

/* The same with data for the peer, which TCP and UDP do not carry.
 *
 * Errors   connect's, and
 *          WSAEPROTONOSUPPORT  caller data were given
 *          WSAEOPNOTSUPP       a quality of service was given
 */
INLET_API int WSAAPI WSAConnect(SOCKET s, const struct sockaddr* name, int namelen, LPWSABUF lpCallerData,
                                LPWSABUF lpCalleeData, LPQOS lpSQOS, LPQOS lpGQOS);

/* Ends one or both directions; the socket stays open.
 *
 * Errors   WSAEINVAL    how is not one of SD_*
 *          WSAENOTCONN  a stream that is not connected, a listener too
 */
INLET_API int WSAAPI shutdown(SOCKET s, int how) INLET_NAMED(shutdown);

/* shutdown(s, SD_SEND) and shutdown(s, SD_RECEIVE) with data for the peer, which TCP and UDP do not carry.
 *
 * Errors   shutdown's, and WSAENOPROTOOPT  data were given
 */
INLET_API int WSAAPI WSASendDisconnect(SOCKET s, LPWSABUF lpOutboundDisconnectData);
INLET_API int WSAAPI WSARecvDisconnect(SOCKET s, LPWSABUF lpInboundDisconnectData);

/* Closes a socket; calls that wait on it return, and overlapped operations end with WSA_OPERATION_ABORTED.
 *
 * Shape    What was sent is still delivered, unless SO_LINGER says otherwise.
 * Errors   WSAEWOULDBLOCK  nonblocking with a linger time and unsent data; the socket stays open
 *          WSAEINTR        cancelled while lingering
 */
INLET_API int WSAAPI closesocket(SOCKET s);

/* Joins a multicast group as a leaf.
 *
 * Returns  s itself for IP, or INVALID_SOCKET.
 * Errors   WSAEINVAL  the socket was not made with the multipoint flags, or not a multicast address; else connect's
 */
INLET_API SOCKET WSAAPI WSAJoinLeaf(SOCKET s, const struct sockaddr* name, int namelen, LPWSABUF lpCallerData,
                                    LPWSABUF lpCalleeData, LPQOS lpSQOS, LPQOS lpGQOS, DWORD dwFlags);

/* Names and options
 * ---------------------------------------------------------------------------------------------------- */

/* The local and the remote address.
 *
 * Errors   WSAEFAULT    a pointer is NULL or *namelen too small, which is then left as it was
 *          WSAEINVAL    getsockname: not bound
 *          WSAENOTCONN  getpeername: not connected
 */
INLET_API int WSAAPI getsockname(SOCKET s, struct sockaddr* name, int* namelen) INLET_NAMED(getsockname);
INLET_API int WSAAPI getpeername(SOCKET s, struct sockaddr* name, int* namelen) INLET_NAMED(getpeername);

/* Options, with Windows' sizes and values: times in milliseconds, buffer sizes as they were set.
 *
 * Errors   WSAEFAULT       a pointer is NULL or the length too small
 *          WSAEINVAL       an unknown level, or a value that cannot be
 *          WSAENOPROTOOPT  an unknown option, or not one of this kind of socket
 */
INLET_API int WSAAPI getsockopt(SOCKET s, int level, int optname, char* optval, int* optlen) INLET_NAMED(getsockopt);
INLET_API int WSAAPI setsockopt(SOCKET s, int level, int optname, const char* optval, int optlen)
    INLET_NAMED(setsockopt);

/* FIONBIO, FIONREAD, SIOCATMARK.
 *
 * Errors   WSAEFAULT      argp is NULL
 *          WSAEINVAL      FIONBIO 0 while network events are selected
 *          WSAEOPNOTSUPP  an unknown command
 */
INLET_API int WSAAPI ioctlsocket(SOCKET s, LONG cmd, u_long* argp);

/* All of the SIO_* codes, overlapped where lpOverlapped is given.
 *
 * Errors   WSAEFAULT      a buffer is missing or too small
 *          WSAEINVAL      an input that cannot be; an extension that the provider does not have
 *          WSAEOPNOTSUPP  an unknown code
 *          WSA_IO_PENDING, WSAEWOULDBLOCK, WSAENOPROTOOPT, WSAENOTCONN  as the code says
 */
INLET_API int WSAAPI WSAIoctl(SOCKET s, DWORD dwIoControlCode, LPVOID lpvInBuffer, DWORD cbInBuffer,
                              LPVOID lpvOutBuffer, DWORD cbOutBuffer, LPDWORD lpcbBytesReturned,
                              LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);

/* Always fails: TCP and UDP have no templates of quality of service. Errors: WSAEINVAL, WSAEOPNOTSUPP. */
INLET_API BOOL WSAAPI WSAGetQOSByName(SOCKET s, LPWSABUF lpQOSName, LPQOS lpQOS);

/* Sending and receiving
 * ------------------------------------------------------------------------------------------------ */

/* Sends. A blocking stream takes everything before it returns.
 *
 * Returns  the number of bytes taken, or SOCKET_ERROR.
 * Errors   WSAENOTCONN     no connection, or no peer chosen
 *          WSAESHUTDOWN    after shutdown(SD_SEND)
 *          WSAEWOULDBLOCK  nonblocking, and there is no room
 *          WSAEMSGSIZE     the datagram is too long; nothing is sent
 *          WSAEFAULT       buf is not readable, or len is negative
 *          WSAEOPNOTSUPP   an unknown flag, or MSG_OOB on datagrams
 *          WSAECONNRESET, WSAECONNABORTED, WSAETIMEDOUT  the connection is dead
 *          WSAETIMEDOUT    SO_SNDTIMEO is over
 *          WSAEINTR        the socket was closed
 */
INLET_API int WSAAPI send(SOCKET s, const char* buf, int len, int flags) INLET_NAMED(send);

/* Receives what is there, waiting for the first byte on a blocking socket.
 *
 * Returns  the number of bytes, 0 when the peer has ended a stream, or SOCKET_ERROR.
 * Errors   WSAENOTCONN     no connection
 *          WSAEINVAL       a datagram socket that is not bound
 *          WSAESHUTDOWN    after shutdown(SD_RECEIVE)
 *          WSAEWOULDBLOCK  nonblocking, and nothing is there
 *          WSAEMSGSIZE     the datagram is longer; buf holds its head, the rest is lost
 *          WSAEFAULT       buf is not writable, or len is negative
 *          WSAEOPNOTSUPP   an unknown flag, or MSG_OOB on datagrams
 *          WSAECONNRESET   the peer has reset the connection, or refused an earlier datagram
 *          WSAETIMEDOUT    SO_RCVTIMEO is over, or the connection is dead
 *          WSAEINTR        the socket was closed
 */
INLET_API int WSAAPI recv(SOCKET s, char* buf, int len, int flags) INLET_NAMED(recv);

/* Sends to and receives from an address; on streams the addresses are ignored.
 *
 * Errors   send's and recv's, and
 *          WSAEFAULT        the address is too short; when receiving, the datagram keeps waiting
 *          WSAEAFNOSUPPORT  the address is of another family
 *          WSAEADDRNOTAVAIL the any-address
 *          WSAEACCES        a broadcast address without SO_BROADCAST
 *          WSAENETUNREACH, WSAEHOSTUNREACH  no way there
 */
INLET_API int WSAAPI sendto(SOCKET s, const char* buf, int len, int flags, const struct sockaddr* to, int tolen)
    INLET_NAMED(sendto);
INLET_API int WSAAPI recvfrom(SOCKET s, char* buf, int len, int flags, struct sockaddr* from, int* fromlen)
    INLET_NAMED(recvfrom);

/* The same from and into several buffers, overlapped when lpOverlapped is given and the socket can.
 *
 * Shape    Without a completion routine the event in lpOverlapped is set at the end; with one it runs on this thread in an
 *          alertable wait. The completion is told also when the call succeeds at once.
 * Owner    The buffers and lpOverlapped are the provider's until the operation has ended; the WSABUF array only during the
 *          call.
 * Errors   send's and recv's, and
 *          WSA_IO_PENDING  begun; what follows is told as above
 *          WSAEFAULT       a needed pointer is NULL: the count may be only with lpOverlapped
 *          WSAEINVAL       dwBufferCount is 0
 *          WSAEWOULDBLOCK  too many operations are outstanding
 */
INLET_API int WSAAPI WSASend(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent,
                             DWORD dwFlags, LPWSAOVERLAPPED lpOverlapped,
                             LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
INLET_API int WSAAPI WSARecv(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd,
                             LPDWORD lpFlags, LPWSAOVERLAPPED lpOverlapped,
                             LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
INLET_API int WSAAPI WSASendTo(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent,
                               DWORD dwFlags, const struct sockaddr* lpTo, int iTolen, LPWSAOVERLAPPED lpOverlapped,
                               LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
INLET_API int WSAAPI WSARecvFrom(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd,
                                 LPDWORD lpFlags, struct sockaddr* lpFrom, LPINT lpFromlen,
                                 LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);

/* Messages with control data, through the extension of the socket's provider.
 *
 * Errors   sendto's and recvfrom's, and WSAEINVAL  the provider does not have the extension
 */
INLET_API int WSAAPI WSASendMsg(SOCKET s, LPWSAMSG lpMsg, DWORD dwFlags, LPDWORD lpNumberOfBytesSent,
                                LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);

/* How an overlapped operation has ended, or still runs.
 *
 * Returns  TRUE when it has succeeded. FALSE with the operation's code, or:
 * Errors   WSA_IO_INCOMPLETE      it still runs and fWait is FALSE
 *          WSA_INVALID_HANDLE     fWait is TRUE and the operation has no event
 *          WSA_INVALID_PARAMETER  lpOverlapped is NULL
 *          WSAEFAULT              another pointer is NULL
 */
INLET_API BOOL WSAAPI WSAGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED lpOverlapped, LPDWORD lpcbTransfer, BOOL fWait,
                                             LPDWORD lpdwFlags);

/* Waiting for many sockets
 * ------------------------------------------------------------------------------------------------ */

/* Waits until one of the sockets is ready; the sets then hold those that are. nfds is ignored.
 *
 * Returns  the sum of the sizes of the sets, 0 when the time is over, or SOCKET_ERROR with the sets as they were.
 * Errors   WSAEINVAL    no set has a socket in it, or a negative time
 *          WSAENOTSOCK  a member is not a socket
 *          WSAEINTR     cancelled
 * Differs  The sockets must belong to one provider, that of the first one.
 */
#ifdef __cplusplus
/* An overload of the C library's, which takes its own fd_set and may have been declared before. */
extern "C++" {
INLET_API int WSAAPI select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                            const struct timeval* timeout) INLET_NAMED(select);
}
#else
INLET_API int WSAAPI select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                            const struct timeval* timeout) INLET_NAMED(select);
#endif

/* Whether s is in the set; FD_ISSET. */
INLET_API int WSAAPI __WSAFDIsSet(SOCKET s, fd_set* set);

/* Waits for the states that are asked for in events; sheet 5.7 has the table.
 *
 * Shape    timeout in milliseconds, negative for ever. What is no socket gets POLLNVAL and is not counted.
 * Returns  how many elements have something to say, 0 when the time is over, or SOCKET_ERROR.
 * Errors   WSAEINVAL    nfds is 0, or something else than POLLRDNORM, POLLRDBAND and POLLWRNORM is asked for
 *          WSAEFAULT    fdArray is NULL
 *          WSAENOTSOCK  no element is a socket
 */
INLET_API int WSAAPI WSAPoll(LPWSAPOLLFD fdArray, ULONG nfds, INT timeout);

/* Has an event set when something happens to the socket, which becomes nonblocking. Mask 0 ends it.
 *
 * Errors   WSAEINVAL  an unknown bit in the mask, or not an event
 */
INLET_API int WSAAPI WSAEventSelect(SOCKET s, WSAEVENT hEventObject, LONG lNetworkEvents);

/* Tells what has happened since the last time, and resets the event if it is given.
 *
 * Errors   WSAEFAULT  lpNetworkEvents is NULL
 *          WSAEINVAL  not an event
 */
INLET_API int WSAAPI WSAEnumNetworkEvents(SOCKET s, WSAEVENT hEventObject, LPWSANETWORKEVENTS lpNetworkEvents);

/* As WSAEventSelect; each happening is posted as a message to a queue of messages.
 *
 * Errors   WSAEINVAL  not a message queue, or an unknown bit in the mask
 */
INLET_API int WSAAPI WSAAsyncSelect(SOCKET s, HWND hWnd, u_int wMsg, LONG lEvent);

/* Event objects. They need no WSAStartup.
 *
 * Shape    A new one is not set, and stays set until it is reset. At most WSA_MAXIMUM_WAIT_EVENTS can be waited for.
 * Errors   WSA_INVALID_HANDLE     not an event
 *          WSA_NOT_ENOUGH_MEMORY  no memory is left
 *          WSA_INVALID_PARAMETER  cEvents is 0 or too large; the same event twice when all are waited for
 */
INLET_API WSAEVENT WSAAPI WSACreateEvent(void);
INLET_API BOOL WSAAPI WSACloseEvent(WSAEVENT hEvent);
INLET_API BOOL WSAAPI WSASetEvent(WSAEVENT hEvent);
INLET_API BOOL WSAAPI WSAResetEvent(WSAEVENT hEvent);
INLET_API DWORD WSAAPI WSAWaitForMultipleEvents(DWORD cEvents, const WSAEVENT* lphEvents, BOOL fWaitAll,
                                                DWORD dwTimeout, BOOL fAlertable);

/* The catalog
 * ---------------------------------------------------------------------------------------------------------- */

/* Lists the protocols that a program can use: base protocols and chains that are not hidden.
 *
 * Shape    lpiProtocols ends with 0, or is NULL for all. *lpdwBufferLength is in bytes.
 * Returns  how many, or SOCKET_ERROR.
 * Errors   WSAEFAULT   lpdwBufferLength is NULL
 *          WSAENOBUFS  the buffer is too small; *lpdwBufferLength says what is needed
 */
INLET_API int WSAAPI WSAEnumProtocolsA(LPINT lpiProtocols, LPWSAPROTOCOL_INFOA lpProtocolBuffer,
                                       LPDWORD lpdwBufferLength);
INLET_API int WSAAPI WSAEnumProtocolsW(LPINT lpiProtocols, LPWSAPROTOCOL_INFOW lpProtocolBuffer,
                                       LPDWORD lpdwBufferLength);

/* Would tell of changes to the catalog.
 *
 * Errors   WSAEFAULT      lpNotificationHandle is NULL
 *          WSAEOPNOTSUPP  always: a process sees the catalog as it was when it started Winsock
 */
INLET_API int WSAAPI WSAProviderConfigChange(LPHANDLE lpNotificationHandle, LPWSAOVERLAPPED lpOverlapped,
                                             LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);

/* Windows Sockets 1.1 only
 * --------------------------------------------------------------------------------------------- */
/* Whether the thread is inside a blocking call, which a blocking hook can ask. */
INLET_API BOOL WSAAPI WSAIsBlocking(void);

/* The function that this thread's blocking calls call while they wait, until it returns FALSE.
 *
 * Returns  the hook before, NULL for the built-in one; 0 from WSAUnhookBlockingHook.
 * Errors   WSAEOPNOTSUPP  the program has asked WSAStartup for version 2.0 or later
 */
INLET_API FARPROC WSAAPI WSASetBlockingHook(FARPROC lpBlockFunc);
INLET_API int WSAAPI WSAUnhookBlockingHook(void);

/* Has the thread's blocking call return WSAEINTR; to be called from its hook.
 *
 * Errors   WSAEINVAL      no blocking call is outstanding
 *          WSAEOPNOTSUPP  the program has asked WSAStartup for version 2.0 or later
 */
INLET_API int WSAAPI WSACancelBlockingCall(void);

#ifdef __cplusplus
}
#endif

#ifdef __cplusplus
/* select(0, NULL, NULL, NULL, time) fits the C library's function as well as this one: it is meant for this one. */
extern "C++" {
template <class Type>
struct inlet_is_null {
  static constexpr bool value = false;
};
template <>
struct inlet_is_null<int> {
  static constexpr bool value = true;
};
template <>
struct inlet_is_null<long> {
  static constexpr bool value = true;
};
template <>
struct inlet_is_null<decltype(nullptr)> {
  static constexpr bool value = true;
};
template <bool>
struct inlet_int_if {};
template <>
struct inlet_int_if<true> {
  typedef int type;
};
inline const struct timeval* inlet_timeout(const struct timeval* timeout) {
  return timeout;
}
inline const struct timeval* inlet_timeout(long) {
  return nullptr;
}
inline const struct timeval* inlet_timeout(decltype(nullptr)) {
  return nullptr;
}
template <class Read, class Write, class Except, class Time>
inline typename inlet_int_if<inlet_is_null<Read>::value && inlet_is_null<Write>::value &&
                             inlet_is_null<Except>::value>::type
select(int nfds, Read, Write, Except, Time timeout) {
  fd_set* const none = nullptr;
  return select(nfds, none, none, none, inlet_timeout(timeout));
}
}
#endif

#ifdef UNICODE
#define WSASocket WSASocketW
#define WSADuplicateSocket WSADuplicateSocketW
#define WSAEnumProtocols WSAEnumProtocolsW
#else
#define WSASocket WSASocketA
#define WSADuplicateSocket WSADuplicateSocketA
#define WSAEnumProtocols WSAEnumProtocolsA
#endif

#endif /* INLET_SOCKET_CALLS_H */
