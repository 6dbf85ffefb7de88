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
INLET_API BOOL WINAPI InetInitializeW(LPCWSTR lpszLicenseKey, LPINITDATA lpData);

// Undoes one InetInitialize. The last one stops every server as InetServerStop would and closes every socket.
//
// Thread   Any. From inside a callback the clean-up goes on after the call has returned.
// Source   sheet 1.17, 5.1
INLET_API VOID WINAPI InetUninitialize(VOID);

// Connects to a server, or makes a socket for datagrams.
//
// Shape    lpszHostName   a name or an address. A name is tried with each of its addresses in turn.
//          nRemotePort    1..65535.
//          nProtocol      INET_PROTOCOL_TCP, or INET_PROTOCOL_UDP: then nothing is exchanged yet, the address is where InetWrite
//                         sends to, and datagrams from everybody are received (InetReadEx tells from whom).
//          nTimeout       seconds for the connection and for later blocking calls on it, 0 is for ever.
//          dwOptions      INET_OPTION_KEEPALIVE, NODELAY, INLINE for TCP; BROADCAST for UDP; DONTROUTE; NOINHERIT. SECURE: TLS, and the
//                         call returns when the handshake is done; TRUSTEDSITE: whatever the server's certificate is,
//                         InetGetSecurityInformation tells.
//          lpCredentials  whom to believe and what to show in TLS, see inet_security.h; NULL: the system's roots, and nothing.
// Thread   Any; waits.
// Returns  A handle for InetRead, InetWrite ..., closed with InetDisconnect; or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_PARAMETER     no host name, or the port is not in 1..65535
//          ST_ERROR_INVALID_PROTOCOL      nProtocol is neither TCP nor UDP
//          ST_ERROR_INVALID_OPTION        BROADCAST with TCP; KEEPALIVE, NODELAY, INLINE or SECURE with UDP
//          with INET_OPTION_SECURE those of InetEnableSecurity
//          ST_ERROR_HOST_NOT_FOUND        the name does not resolve
//          ST_ERROR_TRY_AGAIN             the name service does not answer
//          ST_ERROR_CONNECTION_REFUSED    nobody listens there
//          ST_ERROR_OPERATION_TIMEOUT     there was no answer in time
//          ST_ERROR_NETWORK_UNREACHABLE, ST_ERROR_HOST_UNREACHABLE  there is no way there
// Source   sheet 5.2
INLET_API SOCKET WINAPI InetConnectA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                     DWORD dwOptions, LPSECURITYCREDENTIALSA lpCredentials);
INLET_API SOCKET WINAPI InetConnectW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                     DWORD dwOptions, LPSECURITYCREDENTIALSW lpCredentials);

// As InetConnect, from a certain address of this machine.
//
// Shape    lpszLocalAddress  an address or a name of this machine; NULL or "" for any. nLocalPort: 0 for any, up to 65535.
// Errors   those of InetConnect, and
//          ST_ERROR_INVALID_PARAMETER    nLocalPort is above 65535
//          ST_ERROR_HOST_NOT_FOUND       lpszLocalAddress is neither an address nor a name that resolves
//          ST_ERROR_ADDRESS_UNAVAILABLE  it is not this machine's, or of another family than the host's addresses
//          ST_ERROR_ADDRESS_IN_USE       the local port is taken
// Source   sheet 5.2
INLET_API SOCKET WINAPI InetConnectExA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                       DWORD dwOptions, LPCSTR lpszLocalAddress, UINT nLocalPort,
                                       LPSECURITYCREDENTIALSA lpCredentials);
INLET_API SOCKET WINAPI InetConnectExW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                       DWORD dwOptions, LPCWSTR lpszLocalAddress, UINT nLocalPort,
                                       LPSECURITYCREDENTIALSW lpCredentials);

// As InetConnect, and returns at once: INET_EVENT_CONNECT comes when the connection is there (error 0) or has failed (the error,
// one of those of InetConnect). Until then calls that move data fail with ST_ERROR_NOT_CONNECTED. The socket is asynchronous, as
// after InetEnableEvents(hEventWnd, uEventMsg).
//
// Shape    hEventWnd may be NULL: then events go to the callbacks of InetRegisterEvent only. Those that nobody has asked for yet
//          wait until somebody does.
// Thread   Any; does not wait, not for the name service either.
// Returns  A handle, or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_PARAMETER     no host name, the port is not in 1..65535, or hEventWnd is no window
//          ST_ERROR_INVALID_PROTOCOL      nProtocol is neither TCP nor UDP
//          ST_ERROR_INVALID_OPTION        BROADCAST with TCP; KEEPALIVE, NODELAY, INLINE or SECURE with UDP
//          ST_ERROR_TOO_MANY_FILES  the system has no more descriptors
// Source   sheet 5.2
INLET_API SOCKET WINAPI InetAsyncConnectA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                          DWORD dwOptions, LPSECURITYCREDENTIALSA lpCredentials, HWND hEventWnd,
                                          UINT uEventMsg);
INLET_API SOCKET WINAPI InetAsyncConnectW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                          DWORD dwOptions, LPSECURITYCREDENTIALSW lpCredentials, HWND hEventWnd,
                                          UINT uEventMsg);

// As InetAsyncConnect, from a certain address of this machine: see InetConnectEx.
//
// Errors   those of InetAsyncConnect, and
//          ST_ERROR_INVALID_PARAMETER  nLocalPort is above 65535
// Source   sheet 5.2
INLET_API SOCKET WINAPI InetAsyncConnectExA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                            DWORD dwOptions, LPCSTR lpszLocalAddress, UINT nLocalPort,
                                            LPSECURITYCREDENTIALSA lpCredentials, HWND hEventWnd, UINT uEventMsg);
INLET_API SOCKET WINAPI InetAsyncConnectExW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                            DWORD dwOptions, LPCWSTR lpszLocalAddress, UINT nLocalPort,
                                            LPSECURITYCREDENTIALSW lpCredentials, HWND hEventWnd, UINT uEventMsg);

// Listens for TCP clients, whom InetAccept takes one by one. No thread is behind it: for a server see InetServerStart.
//
// Shape    lpszLocalAddress  as lpszLocalHost of InetServerStart.
//          nLocalPort        0 is a free port of the system's choice (InetGetLocalAddress tells); up to 65535.
// Thread   Any; waits for the name service if the address is a name.
// Returns  A handle for InetAccept, InetReject and InetDisconnect; or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_PARAMETER    the port is above 65535
//          ST_ERROR_HOST_NOT_FOUND       neither an address nor a name that resolves
//          ST_ERROR_ADDRESS_UNAVAILABLE  the address is not this machine's
//          ST_ERROR_ADDRESS_IN_USE       the port is taken, or lingers from an earlier listener
//          ST_ERROR_ACCESS_DENIED        the port needs a privilege
//          ST_ERROR_TOO_MANY_FILES  the system has no more descriptors
// Source   sheet 5.3
INLET_API SOCKET WINAPI InetListenA(LPCSTR lpszLocalAddress, UINT nLocalPort);
INLET_API SOCKET WINAPI InetListenW(LPCWSTR lpszLocalAddress, UINT nLocalPort);

// As InetListen, with a backlog and options.
//
// Shape    nBacklog: connections that may wait; 0 is a sensible maximum, which InetListen takes. dwOptions: INET_OPTION_REUSEADDRESS
//          for an address that lingers, EXCLUSIVE, DONTROUTE, NOINHERIT; KEEPALIVE and NODELAY are for those that are accepted.
//          INLET_OPTION_SHAREPORT as for InetServerStart.
// Errors   those of InetListen, and
//          ST_ERROR_INVALID_OPTION  INET_OPTION_BROADCAST, or SECURE, which is InetAcceptEx's; EXCLUSIVE with SHAREPORT
// Source   sheet 5.3
INLET_API SOCKET WINAPI InetListenExA(LPCSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions);
INLET_API SOCKET WINAPI InetListenExW(LPCWSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions);

// As InetListen, and INET_EVENT_ACCEPT comes when a client waits; not again before InetAccept or InetReject has been called. The
// listener is asynchronous: InetAccept does not wait.
//
// Shape    hEventWnd may be NULL, as for InetAsyncConnect.
// Returns  A handle, or INVALID_SOCKET.
// Errors   those of InetListen, and
//          ST_ERROR_INVALID_PARAMETER  hEventWnd is neither NULL nor a window
// Source   sheet 5.3
INLET_API SOCKET WINAPI InetAsyncListenA(LPCSTR lpszLocalAddress, UINT nLocalPort, HWND hEventWnd, UINT uEventMsg);
INLET_API SOCKET WINAPI InetAsyncListenW(LPCWSTR lpszLocalAddress, UINT nLocalPort, HWND hEventWnd, UINT uEventMsg);

// As InetAsyncListen, with a backlog and options: see InetListenEx.
//
// Errors   those of InetListenEx, and
//          ST_ERROR_INVALID_PARAMETER  hEventWnd is neither NULL nor a window
// Source   sheet 5.3
INLET_API SOCKET WINAPI InetAsyncListenExA(LPCSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions,
                                           HWND hEventWnd, UINT uEventMsg);
INLET_API SOCKET WINAPI InetAsyncListenExW(LPCWSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions,
                                           HWND hEventWnd, UINT uEventMsg);

// Takes the client that has waited longest at a listener of InetListen; waits for one.
//
// Shape    nTimeout: seconds to wait, 0 is for ever; later blocking calls on the client wait so long too.
// Thread   Any; several may wait at one listener.
// Returns  A handle as InetConnect makes them, or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_HANDLE         also for a server of InetServerStart, whose clients come by themselves
//          ST_ERROR_OPERATION_TIMEOUT      nobody came in time
//          ST_ERROR_OPERATION_WOULD_BLOCK  nobody waits, and the listener is asynchronous
//          ST_ERROR_OPERATION_CANCELED     the listener was closed meanwhile
//          ST_ERROR_TOO_MANY_FILES         somebody waits, and there is no descriptor left; he goes on waiting
// Source   sheet 5.4
INLET_API SOCKET WINAPI InetAccept(SOCKET hServer, UINT nTimeout);

// As InetAccept, with options for the client.
//
// Shape    dwOptions: INET_OPTION_KEEPALIVE, NODELAY, INLINE, DONTROUTE; SECURE: the call does the handshake too. lpCredentials: who we
//          are in TLS, needed with SECURE; otherwise NULL.
// Errors   those of InetAccept, and
//          ST_ERROR_INVALID_OPTION     INET_OPTION_BROADCAST
//          ST_ERROR_INVALID_PARAMETER  INET_OPTION_SECURE without credentials; with it those of InetEnableSecurity
// Source   sheet 5.4
INLET_API SOCKET WINAPI InetAcceptExA(SOCKET hServer, UINT nTimeout, DWORD dwOptions,
                                      LPSECURITYCREDENTIALSA lpCredentials);
INLET_API SOCKET WINAPI InetAcceptExW(SOCKET hServer, UINT nTimeout, DWORD dwOptions,
                                      LPSECURITYCREDENTIALSW lpCredentials);

// Takes a socket of Winsock (winsock2.h) into the library, which owns it from then on: a connection, a listener, or a socket for
// datagrams that is bound. It works as if InetConnect, InetListen or InetAccept had made it, with a timeout of INET_TIMEOUT.
//
// Shape    dwOptions as those of InetConnect; they are set on the socket.
// Owner    On success Inlet; InetDetachSocket gives it back. The Winsock handle must not be used meanwhile.
// Returns  The library's handle, another one than hSocket; or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_HANDLE        hSocket is no socket of Winsock, or one of this library
//          ST_ERROR_NOT_CONNECTED         a stream that neither is connected nor listens
//          ST_ERROR_INVALID_STATE         a socket for datagrams that is not bound
//          ST_ERROR_SOCKET_NOT_SUPPORTED  another type of socket
//          ST_ERROR_INVALID_OPTION        options that do not fit its type
// Source   sheet 5.5
INLET_API SOCKET WINAPI InetAttachSocket(SOCKET hSocket, DWORD dwOptions);

// Gives a plain socket to the program: the handle dies as with InetDisconnect, and the connection stays.
//
// Thread   Any. Calls that wait on it fail with ST_ERROR_OPERATION_CANCELED, and no event comes any more.
// Owner    The caller, who closes it with closesocket. It blocks, as Winsock's new sockets do.
// Returns  The socket of Winsock, or INVALID_SOCKET.
// Errors   ST_ERROR_INVALID_HANDLE  also for servers and their clients
//          ST_ERROR_INVALID_STATE   bytes that InetReadLine has fetched and nobody has read yet would be lost
//          ST_ERROR_NOT_CONNECTED   it is still connecting
//          ST_ERROR_NOT_READY       Winsock is not in use: no WSAStartup
// Source   sheet 5.5
INLET_API SOCKET WINAPI InetDetachSocket(SOCKET hSocket);

// Makes a thread the owner of a socket. Every thread may use every socket here, so this only notes who it is.
//
// Shape    dwThreadId 0 is the calling thread. The id is not looked at.
// Returns  The id of the owner so far: the thread that made the socket, or was attached last; for a client of a server always the
//          thread that runs its callback. Or 0xffffffff.
// Source   sheet 5.8
INLET_API DWORD WINAPI InetAttachThread(SOCKET hSocket, DWORD dwThreadId);

/* Names that follow UNICODE */
#ifdef UNICODE
#define InetInitialize InetInitializeW
#define InetConnect InetConnectW
#define InetConnectEx InetConnectExW
#define InetAsyncConnect InetAsyncConnectW
#define InetAsyncConnectEx InetAsyncConnectExW
#define InetListen InetListenW
#define InetListenEx InetListenExW
#define InetAsyncListen InetAsyncListenW
#define InetAsyncListenEx InetAsyncListenExW
#define InetAcceptEx InetAcceptExW
#else
#define InetInitialize InetInitializeA
#define InetConnect InetConnectA
#define InetConnectEx InetConnectExA
#define InetAsyncConnect InetAsyncConnectA
#define InetAsyncConnectEx InetAsyncConnectExA
#define InetListen InetListenA
#define InetListenEx InetListenExA
#define InetAsyncListen InetAsyncListenA
#define InetAsyncListenEx InetAsyncListenExA
#define InetAcceptEx InetAcceptExA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_SOCKET_H */
