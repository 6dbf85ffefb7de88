// Events of plain sockets: those of InetConnect, InetAccept and InetListen. Servers and their clients have their own callback.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_EVENTS_H
#define INLET_INET_EVENTS_H

#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

// Names the callback for one event of a plain socket.
//
// Shape    nEventId: one of
//            CONNECT     the connection that InetAsyncConnect began is there, or has failed: dwError
//            DISCONNECT  the peer has closed or broken the connection (dwError). There may still be data: read until 0, then
//                        InetDisconnect. Once, and not when the program itself disconnects
//            READ        there is something to read; not again before at least one byte has been read. Asynchronous sockets only
//            WRITE       bytes can be written: once, and again when there is room after a write said would-block. Asynchronous only
//            ACCEPT      a client waits at a listener; not again before InetAccept or InetReject. Asynchronous only
//            TIMEOUT     a blocking call has run out of time (ST_ERROR_OPERATION_TIMEOUT)
//            CANCEL      a blocking call was cancelled
//          lpEventProc gets the socket's handle, the event, an error and dwParam; NULL takes the callback away.
//          What is already the case when the callback is named is told too.
// Thread   Any. The callbacks of one socket never overlap and run on threads of Inlet, with the same freedom to wait as those of a
//          server. An exception that leaves one is logged and goes no further.
// Returns  0, or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  another event; ACCEPT for what does not listen, any other one for a listener
//          ST_ERROR_INVALID_HANDLE     also for servers and their clients
//          ST_ERROR_TOO_MANY_FILES     there are no descriptors left for the threads that look for events
// Source   sheet 5.7
INLET_API INT WINAPI InetRegisterEvent(SOCKET hSocket, UINT nEventId, INETEVENTPROC lpEventProc, DWORD_PTR dwParam);

// Makes a plain socket asynchronous: events come, and InetRead, InetWrite and InetAccept fail with ST_ERROR_OPERATION_WOULD_BLOCK
// instead of waiting. InetReadLine and InetWriteLine still wait.
//
// Shape    hWnd, if it is not NULL, gets each event as a message uMsg: wParam is the handle, the low word of lParam the event, the
//          high word a Winsock error or 0. On Linux a window is a message queue (InletCreateMessageQueue in winuser.h). A callback for
//          the event is called too.
// Returns  0, or INET_ERROR.
// Errors   ST_ERROR_INVALID_PARAMETER  hWnd is neither NULL nor a window
//          ST_ERROR_INVALID_HANDLE     also for servers and their clients
//          ST_ERROR_TOO_MANY_FILES     there are no descriptors left for the threads that look for events
// Source   sheet 5.7
INLET_API INT WINAPI InetEnableEvents(SOCKET hSocket, HWND hWnd, UINT uMsg);

// Ends the events of a plain socket, and calls on it wait again. The callbacks stay named for the next InetEnableEvents.
//
// Thread   Any. Waits for a callback of the socket that is running on another thread, so that none runs when it has returned; its
//          blocked calls go on. Messages that are queued already stay queued.
// Returns  0, or INET_ERROR.
// Errors   ST_ERROR_OPERATION_TIMEOUT  the callback has not returned within 30 seconds; no other one begins
//          ST_ERROR_INVALID_HANDLE     also for servers and their clients
// Source   sheet 5.7
INLET_API INT WINAPI InetDisableEvents(SOCKET hSocket);

// Holds the events of a plain socket back, or lets them go on. What happened meanwhile is told then, each kind once.
//
// Returns  0, or INET_ERROR.
// Errors   ST_ERROR_INVALID_HANDLE  also for servers and their clients
//          ST_ERROR_INVALID_STATE   the socket has no events: neither InetRegisterEvent nor InetEnableEvents has been called
// Source   sheet 5.7
INLET_API INT WINAPI InetFreezeEvents(SOCKET hSocket, BOOL bFreeze);

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_EVENTS_H */
