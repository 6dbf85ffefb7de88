#include "winsock/upcalls.h"

#include "winsock/handles.h"

namespace inlet::winsock {
namespace {

template <class Value>
Value refuse(Value result, int code, LPINT lpErrno) {
  if (lpErrno != nullptr) *lpErrno = code;
  return result;
}

std::shared_ptr<Event> find_event(WSAEVENT handle) {
  return std::dynamic_pointer_cast<Event>(find_handle(handle));
}

WSAEVENT WSPAPI WPUCreateEvent(LPINT) {
  return insert_handle(std::make_shared<Event>());
}

BOOL WSPAPI WPUCloseEvent(WSAEVENT hEvent, LPINT lpErrno) {
  if (find_event(hEvent) == nullptr || !remove_handle(hEvent)) return refuse(FALSE, WSA_INVALID_HANDLE, lpErrno);
  return TRUE;
}

BOOL WSPAPI WPUSetEvent(WSAEVENT hEvent, LPINT lpErrno) {
  auto event = find_event(hEvent);
  if (event == nullptr) return refuse(FALSE, WSA_INVALID_HANDLE, lpErrno);
  event->set();
  return TRUE;
}

BOOL WSPAPI WPUResetEvent(WSAEVENT hEvent, LPINT lpErrno) {
  auto event = find_event(hEvent);
  if (event == nullptr) return refuse(FALSE, WSA_INVALID_HANDLE, lpErrno);
  event->reset();
  return TRUE;
}

SOCKET WSPAPI WPUModifyIFSHandle(DWORD, SOCKET ProposedHandle, LPINT lpErrno) {
  if (ProposedHandle == INVALID_SOCKET) return refuse(INVALID_SOCKET, WSAEINVAL, lpErrno);
  return ProposedHandle;
}

int WSPAPI WPUQueryBlockingCallback(DWORD, LPBLOCKINGCALLBACK* lplpfnCallback, PDWORD_PTR lpdwContext, LPINT lpErrno) {
  if (lplpfnCallback == nullptr || lpdwContext == nullptr) return refuse(SOCKET_ERROR, WSAEFAULT, lpErrno);
  *lplpfnCallback = nullptr;
  *lpdwContext = 0;
  return 0;
}

int WSPAPI WPUFDIsSet(SOCKET s, fd_set* fdset) {
  return fdset != nullptr && FD_ISSET(s, fdset);
}

SOCKET WSPAPI WPUCreateSocketHandle(DWORD, DWORD_PTR, LPINT lpErrno) {
  return refuse(INVALID_SOCKET, WSAENOBUFS, lpErrno);
}
int WSPAPI WPUCloseSocketHandle(SOCKET, LPINT lpErrno) {
  return refuse(SOCKET_ERROR, WSAENOTSOCK, lpErrno);
}
int WSPAPI WPUQuerySocketHandleContext(SOCKET, PDWORD_PTR, LPINT lpErrno) {
  return refuse(SOCKET_ERROR, WSAENOTSOCK, lpErrno);
}
int WSPAPI WPUGetProviderPath(LPGUID, WCHAR*, LPINT, LPINT lpErrno) {
  return refuse(SOCKET_ERROR, WSAEINVAL, lpErrno);
}
BOOL WSPAPI WPUPostMessage(HWND, UINT, WPARAM, LPARAM) {
  return FALSE;
}
int WSPAPI WPUQueueApc(LPWSATHREADID, LPWSAUSERAPC, DWORD_PTR, LPINT lpErrno) {
  return refuse(SOCKET_ERROR, WSAEFAULT, lpErrno);
}
int WSPAPI WPUOpenCurrentThread(LPWSATHREADID, LPINT lpErrno) {
  return refuse(SOCKET_ERROR, WSANOTINITIALISED, lpErrno);
}
int WSPAPI WPUCloseThread(LPWSATHREADID, LPINT lpErrno) {
  return refuse(SOCKET_ERROR, WSANOTINITIALISED, lpErrno);
}

}  // namespace

WSPUPCALLTABLE upcall_table() {
  WSPUPCALLTABLE table{};
  table.lpWPUCloseEvent = WPUCloseEvent;
  table.lpWPUCloseSocketHandle = WPUCloseSocketHandle;
  table.lpWPUCreateEvent = WPUCreateEvent;
  table.lpWPUCreateSocketHandle = WPUCreateSocketHandle;
  table.lpWPUFDIsSet = WPUFDIsSet;
  table.lpWPUGetProviderPath = WPUGetProviderPath;
  table.lpWPUModifyIFSHandle = WPUModifyIFSHandle;
  table.lpWPUPostMessage = WPUPostMessage;
  table.lpWPUQueryBlockingCallback = WPUQueryBlockingCallback;
  table.lpWPUQuerySocketHandleContext = WPUQuerySocketHandleContext;
  table.lpWPUQueueApc = WPUQueueApc;
  table.lpWPUResetEvent = WPUResetEvent;
  table.lpWPUSetEvent = WPUSetEvent;
  table.lpWPUOpenCurrentThread = WPUOpenCurrentThread;
  table.lpWPUCloseThread = WPUCloseThread;
  return table;
}

}  // namespace inlet::winsock
