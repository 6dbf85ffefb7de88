// The functions beyond the table: a program asks for them by GUID with SIO_GET_EXTENSION_FUNCTION_POINTER.
//
// They are called by the program itself and not through Winsock, so they set the thread's last error. One file for each group
// defines them; extensions.cpp has the table.
#pragma once

#include <winsock2.h>

#include "base/result.h"

namespace inlet::provider {

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
