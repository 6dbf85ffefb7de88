/* The Windows Sockets 2 service provider interface for Linux: what stands between Winsock and a transport.
 *
 * Shape    A provider exports one function, WSPStartup; the other 30 come back in a WSPPROC_TABLE, and the 15 calls
 * from the provider up into Winsock go in with a WSPUPCALLTABLE, by value. Source   Winsock service provider reference;
 * spec/winsock-spi.md sections 1 and 2
 */
#ifndef INLET_WS2SPI_H
#define INLET_WS2SPI_H

#include <winsock2.h>

#define WSPAPI
#define WSPDESCRIPTION_LEN 255
#define WSS_OPERATION_IN_PROGRESS 0x00000103

/* Inlet's own ioctl: a listener's second descriptor, as a DWORD. A program that watches the listener itself with the
 * system's means (the low half of the SOCKET is its descriptor) watches this one too: an edge comes here when a waiting
 * connection was moved out of the kernel, where the listener's own descriptor does not show it any more. It belongs to the
 * socket. WSAEINVAL when the socket does not listen. */
#define SIO_INLET_READY_DESCRIPTOR 0x58000001

/* Inlet's own option of level SOL_SOCKET, a BOOL, FALSE by default; Windows does not have it.
 *
 * Shape    On a nonblocking stream socket with TRUE, a send takes what there is room for right now and answers how much that
 *          was, instead of everything or nothing: large sends are not copied. Accepted sockets inherit it from the listener.
 * Errors   WSAENOPROTOOPT  a datagram socket; another provider
 */
#define INLET_SO_PARTIAL_SEND 0x7f4e0001

/* Inlet's own option of level SOL_SOCKET, a BOOL, FALSE by default; Windows does not have it.
 *
 * Shape    Stream sockets of several processes that have it when they are bound to one address may all listen there, and the system
 *          deals the connections out between them (Linux: SO_REUSEPORT). Winsock's SO_REUSEADDR promises nothing of the kind. All
 *          processes have to belong to one user. Within one process it changes nothing: there the rules of Winsock hold.
 * Errors   WSAENOPROTOOPT  a datagram socket; another provider
 *          WSAEINVAL       the socket is bound
 */
#define INLET_SO_SHARE_PORT 0x7f4e0002

#ifdef __cplusplus
extern "C" {
#endif

typedef struct WSPData {
  WORD wVersion;     /* the version to use */
  WORD wHighVersion; /* the highest version that the provider knows */
  WCHAR szDescription[WSPDESCRIPTION_LEN + 1];
} WSPDATA, *LPWSPDATA;

typedef struct _WSATHREADID {
  HANDLE ThreadHandle;
  DWORD_PTR Reserved;
} WSATHREADID, *LPWSATHREADID;

typedef BOOL(CALLBACK* LPBLOCKINGCALLBACK)(DWORD_PTR dwContext);
typedef void(CALLBACK* LPWSAUSERAPC)(DWORD_PTR dwContext);

/* The 30 entries of a provider
 * ----------------------------------------------------------------------------------------- */
typedef SOCKET(WSPAPI* LPWSPACCEPT)(SOCKET s, struct sockaddr* addr, LPINT addrlen, LPCONDITIONPROC lpfnCondition,
                                    DWORD_PTR dwCallbackData, LPINT lpErrno);
typedef INT(WSPAPI* LPWSPADDRESSTOSTRING)(LPSOCKADDR lpsaAddress, DWORD dwAddressLength,
                                          LPWSAPROTOCOL_INFOW lpProtocolInfo, LPWSTR lpszAddressString,
                                          LPDWORD lpdwAddressStringLength, LPINT lpErrno);
typedef int(WSPAPI* LPWSPASYNCSELECT)(SOCKET s, HWND hWnd, unsigned int wMsg, LONG lEvent, LPINT lpErrno);
typedef int(WSPAPI* LPWSPBIND)(SOCKET s, const struct sockaddr* name, int namelen, LPINT lpErrno);
typedef int(WSPAPI* LPWSPCANCELBLOCKINGCALL)(LPINT lpErrno);
typedef int(WSPAPI* LPWSPCLEANUP)(LPINT lpErrno);
typedef int(WSPAPI* LPWSPCLOSESOCKET)(SOCKET s, LPINT lpErrno);
typedef int(WSPAPI* LPWSPCONNECT)(SOCKET s, const struct sockaddr* name, int namelen, LPWSABUF lpCallerData,
                                  LPWSABUF lpCalleeData, LPQOS lpSQOS, LPQOS lpGQOS, LPINT lpErrno);
typedef int(WSPAPI* LPWSPDUPLICATESOCKET)(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                                          LPINT lpErrno);
typedef int(WSPAPI* LPWSPENUMNETWORKEVENTS)(SOCKET s, WSAEVENT hEventObject, LPWSANETWORKEVENTS lpNetworkEvents,
                                            LPINT lpErrno);
typedef int(WSPAPI* LPWSPEVENTSELECT)(SOCKET s, WSAEVENT hEventObject, LONG lNetworkEvents, LPINT lpErrno);
typedef BOOL(WSPAPI* LPWSPGETOVERLAPPEDRESULT)(SOCKET s, LPWSAOVERLAPPED lpOverlapped, LPDWORD lpcbTransfer, BOOL fWait,
                                               LPDWORD lpdwFlags, LPINT lpErrno);
typedef int(WSPAPI* LPWSPGETPEERNAME)(SOCKET s, struct sockaddr* name, LPINT namelen, LPINT lpErrno);
typedef int(WSPAPI* LPWSPGETSOCKNAME)(SOCKET s, struct sockaddr* name, LPINT namelen, LPINT lpErrno);
typedef int(WSPAPI* LPWSPGETSOCKOPT)(SOCKET s, int level, int optname, char* optval, LPINT optlen, LPINT lpErrno);
typedef BOOL(WSPAPI* LPWSPGETQOSBYNAME)(SOCKET s, LPWSABUF lpQOSName, LPQOS lpQOS, LPINT lpErrno);
typedef int(WSPAPI* LPWSPIOCTL)(SOCKET s, DWORD dwIoControlCode, LPVOID lpvInBuffer, DWORD cbInBuffer,
                                LPVOID lpvOutBuffer, DWORD cbOutBuffer, LPDWORD lpcbBytesReturned,
                                LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine,
                                LPWSATHREADID lpThreadId, LPINT lpErrno);
typedef SOCKET(WSPAPI* LPWSPJOINLEAF)(SOCKET s, const struct sockaddr* name, int namelen, LPWSABUF lpCallerData,
                                      LPWSABUF lpCalleeData, LPQOS lpSQOS, LPQOS lpGQOS, DWORD dwFlags, LPINT lpErrno);
typedef int(WSPAPI* LPWSPLISTEN)(SOCKET s, int backlog, LPINT lpErrno);
typedef int(WSPAPI* LPWSPRECV)(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd,
                               LPDWORD lpFlags, LPWSAOVERLAPPED lpOverlapped,
                               LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId,
                               LPINT lpErrno);
typedef int(WSPAPI* LPWSPRECVDISCONNECT)(SOCKET s, LPWSABUF lpInboundDisconnectData, LPINT lpErrno);
typedef int(WSPAPI* LPWSPRECVFROM)(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd,
                                   LPDWORD lpFlags, struct sockaddr* lpFrom, LPINT lpFromlen,
                                   LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine,
                                   LPWSATHREADID lpThreadId, LPINT lpErrno);
typedef int(WSPAPI* LPWSPSELECT)(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                                 const struct timeval* timeout, LPINT lpErrno);
typedef int(WSPAPI* LPWSPSEND)(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent,
                               DWORD dwFlags, LPWSAOVERLAPPED lpOverlapped,
                               LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId,
                               LPINT lpErrno);
typedef int(WSPAPI* LPWSPSENDDISCONNECT)(SOCKET s, LPWSABUF lpOutboundDisconnectData, LPINT lpErrno);
typedef int(WSPAPI* LPWSPSENDTO)(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent,
                                 DWORD dwFlags, const struct sockaddr* lpTo, int iTolen, LPWSAOVERLAPPED lpOverlapped,
                                 LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine, LPWSATHREADID lpThreadId,
                                 LPINT lpErrno);
typedef int(WSPAPI* LPWSPSETSOCKOPT)(SOCKET s, int level, int optname, const char* optval, int optlen, LPINT lpErrno);
typedef int(WSPAPI* LPWSPSHUTDOWN)(SOCKET s, int how, LPINT lpErrno);
typedef SOCKET(WSPAPI* LPWSPSOCKET)(int af, int type, int protocol, LPWSAPROTOCOL_INFOW lpProtocolInfo, GROUP g,
                                    DWORD dwFlags, LPINT lpErrno);
typedef INT(WSPAPI* LPWSPSTRINGTOADDRESS)(LPWSTR AddressString, INT AddressFamily, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                                          LPSOCKADDR lpAddress, LPINT lpAddressLength, LPINT lpErrno);

typedef struct _WSPPROC_TABLE {
  LPWSPACCEPT lpWSPAccept;
  LPWSPADDRESSTOSTRING lpWSPAddressToString;
  LPWSPASYNCSELECT lpWSPAsyncSelect;
  LPWSPBIND lpWSPBind;
  LPWSPCANCELBLOCKINGCALL lpWSPCancelBlockingCall;
  LPWSPCLEANUP lpWSPCleanup;
  LPWSPCLOSESOCKET lpWSPCloseSocket;
  LPWSPCONNECT lpWSPConnect;
  LPWSPDUPLICATESOCKET lpWSPDuplicateSocket;
  LPWSPENUMNETWORKEVENTS lpWSPEnumNetworkEvents;
  LPWSPEVENTSELECT lpWSPEventSelect;
  LPWSPGETOVERLAPPEDRESULT lpWSPGetOverlappedResult;
  LPWSPGETPEERNAME lpWSPGetPeerName;
  LPWSPGETSOCKNAME lpWSPGetSockName;
  LPWSPGETSOCKOPT lpWSPGetSockOpt;
  LPWSPGETQOSBYNAME lpWSPGetQOSByName;
  LPWSPIOCTL lpWSPIoctl;
  LPWSPJOINLEAF lpWSPJoinLeaf;
  LPWSPLISTEN lpWSPListen;
  LPWSPRECV lpWSPRecv;
  LPWSPRECVDISCONNECT lpWSPRecvDisconnect;
  LPWSPRECVFROM lpWSPRecvFrom;
  LPWSPSELECT lpWSPSelect;
  LPWSPSEND lpWSPSend;
  LPWSPSENDDISCONNECT lpWSPSendDisconnect;
  LPWSPSENDTO lpWSPSendTo;
  LPWSPSETSOCKOPT lpWSPSetSockOpt;
  LPWSPSHUTDOWN lpWSPShutdown;
  LPWSPSOCKET lpWSPSocket;
  LPWSPSTRINGTOADDRESS lpWSPStringToAddress;
} WSPPROC_TABLE, *LPWSPPROC_TABLE;

/* The 15 calls from a provider up into Winsock
 * ------------------------------------------------------------------------- */
typedef BOOL(WSPAPI* LPWPUCLOSEEVENT)(WSAEVENT hEvent, LPINT lpErrno);
typedef int(WSPAPI* LPWPUCLOSESOCKETHANDLE)(SOCKET s, LPINT lpErrno);
typedef WSAEVENT(WSPAPI* LPWPUCREATEEVENT)(LPINT lpErrno);
typedef SOCKET(WSPAPI* LPWPUCREATESOCKETHANDLE)(DWORD dwCatalogEntryId, DWORD_PTR dwContext, LPINT lpErrno);
typedef int(WSPAPI* LPWPUFDISSET)(SOCKET s, fd_set* fdset);
typedef int(WSPAPI* LPWPUGETPROVIDERPATH)(LPGUID lpProviderId, WCHAR* lpszProviderDllPath, LPINT lpProviderDllPathLen,
                                          LPINT lpErrno);
typedef SOCKET(WSPAPI* LPWPUMODIFYIFSHANDLE)(DWORD dwCatalogEntryId, SOCKET ProposedHandle, LPINT lpErrno);
typedef BOOL(WSPAPI* LPWPUPOSTMESSAGE)(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam);
typedef int(WSPAPI* LPWPUQUERYBLOCKINGCALLBACK)(DWORD dwCatalogEntryId, LPBLOCKINGCALLBACK* lplpfnCallback,
                                                PDWORD_PTR lpdwContext, LPINT lpErrno);
typedef int(WSPAPI* LPWPUQUERYSOCKETHANDLECONTEXT)(SOCKET s, PDWORD_PTR lpContext, LPINT lpErrno);
typedef int(WSPAPI* LPWPUQUEUEAPC)(LPWSATHREADID lpThreadId, LPWSAUSERAPC lpfnUserApc, DWORD_PTR dwContext,
                                   LPINT lpErrno);
typedef BOOL(WSPAPI* LPWPURESETEVENT)(WSAEVENT hEvent, LPINT lpErrno);
typedef BOOL(WSPAPI* LPWPUSETEVENT)(WSAEVENT hEvent, LPINT lpErrno);
typedef int(WSPAPI* LPWPUOPENCURRENTTHREAD)(LPWSATHREADID lpThreadId, LPINT lpErrno);
typedef int(WSPAPI* LPWPUCLOSETHREAD)(LPWSATHREADID lpThreadId, LPINT lpErrno);

typedef struct _WSPUPCALLTABLE {
  LPWPUCLOSEEVENT lpWPUCloseEvent;
  LPWPUCLOSESOCKETHANDLE lpWPUCloseSocketHandle;
  LPWPUCREATEEVENT lpWPUCreateEvent;
  LPWPUCREATESOCKETHANDLE lpWPUCreateSocketHandle;
  LPWPUFDISSET lpWPUFDIsSet;
  LPWPUGETPROVIDERPATH lpWPUGetProviderPath;
  LPWPUMODIFYIFSHANDLE lpWPUModifyIFSHandle;
  LPWPUPOSTMESSAGE lpWPUPostMessage;
  LPWPUQUERYBLOCKINGCALLBACK lpWPUQueryBlockingCallback;
  LPWPUQUERYSOCKETHANDLECONTEXT lpWPUQuerySocketHandleContext;
  LPWPUQUEUEAPC lpWPUQueueApc;
  LPWPURESETEVENT lpWPUResetEvent;
  LPWPUSETEVENT lpWPUSetEvent;
  LPWPUOPENCURRENTTHREAD lpWPUOpenCurrentThread;
  LPWPUCLOSETHREAD lpWPUCloseThread;
} WSPUPCALLTABLE, *LPWSPUPCALLTABLE;

typedef int(WSPAPI* LPWSPSTARTUP)(WORD wVersionRequested, LPWSPDATA lpWSPData, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                                  WSPUPCALLTABLE UpcallTable, LPWSPPROC_TABLE lpProcTable);

/* Starts Inlet's base provider (TCP and UDP over IPv4 and IPv6), or counts one more user of it.
 *
 * Shape    wVersionRequested has the major version in its low byte; 2.2 is 0x0202 and the only one known. UpcallTable
 * replaces the one of an earlier call; NULL entries in it are not used. Thread   Any. Returns  0, or the error code
 * itself. Each success needs one WSPCleanup. Errors   WSAVERNOTSUPPORTED   less than 2.2 was requested; lpWSPData still
 * says what the provider knows WSAEFAULT            lpWSPData or lpProcTable is NULL WSAEINVALIDPROVIDER lpProtocolInfo
 * names an entry that is not in this provider's catalog Differs  lpProtocolInfo may be NULL here; the entry is then
 * chosen by each WSPSocket. Source   Winsock SPI reference, WSPStartup
 */
INLET_API int WSPAPI WSPStartup(WORD wVersionRequested, LPWSPDATA lpWSPData, LPWSAPROTOCOL_INFOW lpProtocolInfo,
                                WSPUPCALLTABLE UpcallTable, LPWSPPROC_TABLE lpProcTable);

/* The catalog of providers
 * ------------------------------------------------------------------------------------------------------
 *
 * What is installed is kept in the file that INLET_CATALOG names, else in /etc/inlet/catalog; docs/providers.md shows it.
 * These calls read and write that file and need no WSAStartup. Processes that have started Winsock go on with what they
 * have; those that start it later see a change.
 *
 * Shape    A path is a shared object when there is a slash in it; "trace", "fault" and "inlet" are Inlet's own. %NAME%
 *          in it stands for a variable of the environment when the provider is loaded.
 * Thread   Any. A change waits up to 5 s for another one, also of another process.
 * Returns  0 (WSCEnumProtocols: a count), or SOCKET_ERROR with *lpErrno set; lpErrno may be NULL.
 * Errors   WSA_NOT_ENOUGH_MEMORY  each of them: no memory
 *          WSANO_RECOVERY         each of them: the catalog is damaged, or may not be read or written
 * Differs  There is one catalog, so the ...32 and ...64_32 forms of Windows do not exist.
 * Source   Winsock SPI reference, WSC functions; spec/winsock-spi.md 1.11
 */

#define LSP_SYSTEM 0x80000000
#define LSP_INSPECTOR 0x00000001
#define LSP_REDIRECTOR 0x00000002
#define LSP_PROXY 0x00000004
#define LSP_FIREWALL 0x00000008
#define LSP_INBOUND_MODIFY 0x00000010
#define LSP_OUTBOUND_MODIFY 0x00000020
#define LSP_CRYPTO_COMPRESS 0x00000040
#define LSP_LOCAL_CACHE 0x00000080

typedef enum _WSC_PROVIDER_INFO_TYPE {
  ProviderInfoLspCategories,
  ProviderInfoAudit,
  InletProviderInfoMax =
      0x7fffffff /* not for use: without it C++ has no room for the values that programs must not give */
} WSC_PROVIDER_INFO_TYPE;

/* Lists all entries: bases, chains and the layers' own, hidden ones too.
 *
 * Shape    lpiProtocols ends with 0 and chooses by iProtocol; NULL chooses all. *lpdwBufferLength is in bytes.
 * Returns  How many entries are in the buffer.
 * Errors   WSAENOBUFS  the buffer is too small; *lpdwBufferLength says what is needed
 *          WSAEFAULT   lpdwBufferLength is NULL; the buffer is NULL and would have been filled
 * Differs  The layers of INLET_LAYERS are listed in the process that has them.
 */
INLET_API INT WSPAPI WSCEnumProtocols(LPINT lpiProtocols, LPWSAPROTOCOL_INFOW lpProtocolBuffer,
                                      LPDWORD lpdwBufferLength, LPINT lpErrno);

/* Appends the entries of a new provider; their catalog ids are new, whatever the list says.
 *
 * Errors   WSAEFAULT       a pointer is NULL
 *          WSAEINVAL       no entries; a path that is empty or longer than 259; a chain that is not layers over one
 *                          base, all of them installed, none twice
 *          WSANO_RECOVERY  lpProviderId is installed already
 */
INLET_API INT WSPAPI WSCInstallProvider(LPGUID lpProviderId, const WCHAR* lpszProviderDllPath,
                                        const LPWSAPROTOCOL_INFOW lpProtocolInfoList, DWORD dwNumberOfEntries,
                                        LPINT lpErrno);

/* Replaces the entries of a provider; the first ones keep their places and ids.
 *
 * Errors   WSAEFAULT       a pointer is NULL
 *          WSAEINVAL       as WSCInstallProvider; there is no such provider
 *          WSANO_RECOVERY  the provider is Inlet's own
 */
INLET_API INT WSPAPI WSCUpdateProvider(LPGUID lpProviderId, const WCHAR* lpszProviderDllPath,
                                       const LPWSAPROTOCOL_INFOW lpProtocolInfoList, DWORD dwNumberOfEntries,
                                       LPINT lpErrno);

/* Removes all entries of a provider.
 *
 * Errors   WSAEFAULT       lpProviderId is NULL
 *          WSAEINVAL       there is no such provider
 *          WSANO_RECOVERY  the provider is Inlet's own
 * Differs  Chains that stand on a removed layer go too, because nothing could open them.
 */
INLET_API INT WSPAPI WSCDeinstallProvider(LPGUID lpProviderId, LPINT lpErrno);

/* Tells the path that a provider was installed with.
 *
 * Shape    *lpProviderDllPathLen counts characters with the terminator; it says what is needed when the path is found.
 * Errors   WSAEFAULT  lpProviderId or the length is NULL; the buffer is NULL or too short
 *          WSAEINVAL  the length is less than 1; there is no such provider (the length stays)
 */
INLET_API INT WSPAPI WSCGetProviderPath(LPGUID lpProviderId, WCHAR* lpszProviderDllPath, LPINT lpProviderDllPathLen,
                                        LPINT lpErrno);

/* Installs a layer and chains of it over other entries, which come first in the order.
 *
 * Shape    Of the list only family, type and protocol count: the first entry that fits each gets a chain. A NULL list
 *          means each base entry that is not hidden. *lpdwCatalogEntryId, if wanted, is the layer's own entry.
 * Errors   WSAEFAULT       the path or the name is NULL
 *          WSAEINVAL       lpProviderId is NULL; path or name empty or too long, or the id or the name is taken; a list
 *                          without entries; nothing fits an entry of it
 *          WSANO_RECOVERY  a chain would have more than MAX_PROTOCOL_CHAIN elements
 */
INLET_API INT WSPAPI WSCInstallProviderAndChains(LPGUID lpProviderId, LPWSTR lpszProviderDllPath, LPWSTR lpszLspName,
                                                 DWORD dwServiceFlags, LPWSAPROTOCOL_INFOW lpProtocolInfoList,
                                                 DWORD dwNumberOfEntries, LPDWORD lpdwCatalogEntryId, LPINT lpErrno);

/* Reads or sets what is known of a layer: a DWORD of LSP_* for ProviderInfoLspCategories.
 *
 * Errors   WSAEFAULT       lpProviderId or InfoSize is NULL; reading: *InfoSize is too small and says what is needed;
 *                          setting: Info is NULL
 *          WSAEINVAL       setting: InfoSize is not that of a DWORD
 *          WSANO_RECOVERY  there is no such provider or type; reading: Info is NULL; setting: the provider is Inlet's
 *          120             ProviderInfoAudit, ERROR_CALL_NOT_IMPLEMENTED
 */
INLET_API INT WSPAPI WSCGetProviderInfo(LPGUID lpProviderId, WSC_PROVIDER_INFO_TYPE InfoType, PBYTE Info,
                                        size_t* InfoSize, DWORD Flags, LPINT lpErrno);
INLET_API INT WSPAPI WSCSetProviderInfo(LPGUID lpProviderId, WSC_PROVIDER_INFO_TYPE InfoType, PBYTE Info,
                                        size_t InfoSize, DWORD Flags, LPINT lpErrno);

/* The categories of layers that an application allows.
 *
 * Errors   WSAEFAULT              Path is NULL, or Extra with a length; reading: the result's pointer is NULL
 *          WSAEINVAL              PathLength is 0 or more than 259
 *          WSASERVICE_NOT_FOUND   reading: no application has categories
 *          WSANO_RECOVERY         setting: there is no place for them
 * Differs  Linux has no registry of applications; give a process another INLET_CATALOG instead.
 */
INLET_API INT WSPAPI WSCGetApplicationCategory(LPCWSTR Path, DWORD PathLength, LPCWSTR Extra, DWORD ExtraLength,
                                               DWORD* pPermittedLspCategories, LPINT lpErrno);
INLET_API INT WSPAPI WSCSetApplicationCategory(LPCWSTR Path, DWORD PathLength, LPCWSTR Extra, DWORD ExtraLength,
                                               DWORD PermittedLspCategories, DWORD* pPrevPermLspCat, LPINT lpErrno);

/* Finds the WSPStartup of the next provider, as LoadLibrary and GetProcAddress do for a layer on Windows.
 *
 * Shape    path is what lpWPUGetProviderPath has told. Inlet's own providers are no files, so dlopen cannot find them.
 * Returns  NULL when it fails.
 * Errors   WSAEFAULT               path is NULL
 *          WSAEPROVIDERFAILEDINIT  it cannot be loaded, or exports no WSPStartup
 * Differs  Only Inlet has it.
 */
INLET_API LPWSPSTARTUP WSPAPI WPULoadProvider(const WCHAR* path, LPINT lpErrno);

#ifdef __cplusplus
}
#endif

#endif /* INLET_WS2SPI_H */
