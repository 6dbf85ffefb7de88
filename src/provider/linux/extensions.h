// The functions beyond the table: a program asks for them by GUID with SIO_GET_EXTENSION_FUNCTION_POINTER.
//
// They are called by the program itself and not through Winsock, so they set the thread's last error. One file for each group
// defines them; extensions.cpp has the table.
#pragma once

#include <mswsock.h>
#include <ws2spi.h>

#include "base/result.h"

namespace inlet::provider {

class FilePipe;

// accept_ex.cpp
BOOL WSPAPI extension_accept_ex(SOCKET sListenSocket, SOCKET sAcceptSocket, PVOID lpOutputBuffer,
                                DWORD dwReceiveDataLength, DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength,
                                LPDWORD lpdwBytesReceived, LPOVERLAPPED lpOverlapped);
VOID WSPAPI extension_get_accept_ex_sockaddrs(PVOID lpOutputBuffer, DWORD dwReceiveDataLength,
                                              DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength,
                                              sockaddr** LocalSockaddr, LPINT LocalSockaddrLength,
                                              sockaddr** RemoteSockaddr, LPINT RemoteSockaddrLength);

// connect_ex.cpp
BOOL WSPAPI extension_connect_ex(SOCKET s, const sockaddr* name, int namelen, PVOID lpSendBuffer,
                                 DWORD dwSendDataLength, LPDWORD lpdwBytesSent, LPOVERLAPPED lpOverlapped);
BOOL WSPAPI extension_disconnect_ex(SOCKET s, LPOVERLAPPED lpOverlapped, DWORD dwFlags, DWORD dwReserved);

// transmit_file.cpp
BOOL WSPAPI extension_transmit_file(SOCKET hSocket, HANDLE hFile, DWORD nNumberOfBytesToWrite,
                                    DWORD nNumberOfBytesPerSend, LPOVERLAPPED lpOverlapped,
                                    LPTRANSMIT_FILE_BUFFERS lpTransmitBuffers, DWORD dwFlags);

// The function of provider/send_file.h.
INT WSPAPI extension_send_file(SOCKET s, HANDLE hFile, ULONGLONG ullOffset, DWORD dwBytes, FilePipe* pPipe,
                               LPDWORD lpNumberOfBytesSent, LPINT lpErrno);

// messages.cpp
INT WSAAPI extension_recv_msg(SOCKET s, LPWSAMSG lpMsg, LPDWORD lpdwNumberOfBytesRecvd, LPWSAOVERLAPPED lpOverlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);
INT WSAAPI extension_send_msg(SOCKET s, LPWSAMSG lpMsg, DWORD dwFlags, LPDWORD lpNumberOfBytesSent,
                              LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);

// The function of that GUID.
//
// Errors   invalid   there is none
Result<void*> find_extension_function(const GUID& guid);

}  // namespace inlet::provider
