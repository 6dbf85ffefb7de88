// Overlapped receives and sends: what transfer.h tries once, tried until it is done.
#pragma once

#include "provider/linux/operation.h"
#include "provider/linux/transfer.h"

namespace inlet::provider {

// The parts of WSPRecv, WSPRecvFrom, WSPSend and WSPSendTo that are called with an OVERLAPPED; request is not checked yet.
//
// Shape    flags are those of the request, and when it ends at once its answer. received and sent may be nullptr. On a socket
//          without WSA_FLAG_OVERLAPPED the call waits until it is done, nonblocking or not, and the OVERLAPPED is not looked at.
// Returns  0 when it has ended at once; whoever is to be told has been told. Otherwise SOCKET_ERROR.
// Errors   WSAEFAULT        flags is nullptr
//          WSA_IO_PENDING   it has been started
//          WSAEOPNOTSUPP    MSG_PEEK
//          WSAEMSGSIZE      a datagram was cut; this one is told to event, routine and port
//          as check_receive and check_send, try_receive and try_send, and submit; nobody is told
int receive_overlapped(SocketRef& socket, Incoming request, const Completion& told, LPDWORD received, LPDWORD flags,
                       LPINT lpErrno);
int send_overlapped(SocketRef& socket, Outgoing request, const Completion& told, LPDWORD sent, LPINT lpErrno);

}  // namespace inlet::provider
