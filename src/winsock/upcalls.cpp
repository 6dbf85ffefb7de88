#include "winsock/upcalls.h"

#include "provider/chain.h"
#include "winsock/blocking_hook.h"
#include "winsock/context_handles.h"
#include "winsock/events.h"
#include "winsock/socket_map.h"
#include "winsock/threads.h"

namespace inlet::winsock {
namespace {

template <class Value>
Value refuse(Value result, int code, LPINT lpErrno) {
  if (lpErrno != nullptr) *lpErrno = code;
  return result;
}

WSAEVENT WSPAPI WPUCreateEvent(LPINT lpErrno) {
  WSAEVENT event = make_event();
  return event != nullptr ? event : refuse(WSA_INVALID_EVENT, WSA_NOT_ENOUGH_MEMORY, lpErrno);
}

BOOL WSPAPI WPUCloseEvent(WSAEVENT hEvent, LPINT lpErrno) {
  if (find_object<Event>(hEvent) == nullptr || !remove_handle(hEvent))
    return refuse(FALSE, WSA_INVALID_HANDLE, lpErrno);
  return TRUE;
}

BOOL WSPAPI WPUSetEvent(WSAEVENT hEvent, LPINT lpErrno) {
  auto event = find_object<Event>(hEvent);
  if (event == nullptr) return refuse(FALSE, WSA_INVALID_HANDLE, lpErrno);
  event->set();
  return TRUE;
}

BOOL WSPAPI WPUResetEvent(WSAEVENT hEvent, LPINT lpErrno) {
  auto event = find_object<Event>(hEvent);
  if (event == nullptr) return refuse(FALSE, WSA_INVALID_HANDLE, lpErrno);
  event->reset();
  return TRUE;
}

// The handle is taken as it is; from now on calls on it go to the provider of the entry. An entry that nobody has started
// through Winsock belongs to a provider that is used without it.
SOCKET WSPAPI WPUModifyIFSHandle(DWORD dwCatalogEntryId, SOCKET ProposedHandle, LPINT lpErrno) {
  if (is_context_handle(ProposedHandle)) return refuse(INVALID_SOCKET, WSAEINVAL, lpErrno);
  ProcTable table = find_entry_table(dwCatalogEntryId);
  if (table != nullptr && !map_socket(ProposedHandle, table)) return refuse(INVALID_SOCKET, WSAEINVAL, lpErrno);
  return ProposedHandle;
}

int WSPAPI WPUQueryBlockingCallback(DWORD, LPBLOCKINGCALLBACK* lplpfnCallback, PDWORD_PTR lpdwContext, LPINT lpErrno) {
  if (lplpfnCallback == nullptr || lpdwContext == nullptr) return refuse(SOCKET_ERROR, WSAEFAULT, lpErrno);
  *lplpfnCallback = blocking_hook() != nullptr ? run_blocking_hook : nullptr;
  *lpdwContext = 0;
  return 0;
}

int WSPAPI WPUFDIsSet(SOCKET s, fd_set* fdset) {
  return fdset != nullptr && FD_ISSET(s, fdset);
}

SOCKET WSPAPI WPUCreateSocketHandle(DWORD dwCatalogEntryId, DWORD_PTR dwContext, LPINT lpErrno) {
  auto handle = make_context_handle(find_entry_table(dwCatalogEntryId), dwContext);
  return handle ? *handle : refuse(INVALID_SOCKET, wsa_code(handle.error()), lpErrno);
}
int WSPAPI WPUCloseSocketHandle(SOCKET s, LPINT lpErrno) {
  return close_context_handle(s) ? 0 : refuse(SOCKET_ERROR, WSAENOTSOCK, lpErrno);
}
int WSPAPI WPUQuerySocketHandleContext(SOCKET s, PDWORD_PTR lpContext, LPINT lpErrno) {
  auto context = context_of(s);
  if (!context) return refuse(SOCKET_ERROR, wsa_code(context.error()), lpErrno);
  if (lpContext == nullptr) return refuse(SOCKET_ERROR, WSAEFAULT, lpErrno);
  *lpContext = *context;
  return 0;
}
int WSPAPI WPUGetProviderPath(LPGUID id, WCHAR* path, LPINT length, LPINT lpErrno) {
  auto catalog = provider::current_catalog();
  if (!catalog) return refuse(SOCKET_ERROR, WSAEINVAL, lpErrno);
  auto got = provider::get_provider_path(**catalog, id, path, length);
  return got ? 0 : refuse(SOCKET_ERROR, wsa_code(got.error()), lpErrno);
}
BOOL WSPAPI WPUPostMessage(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam) {
  // Without a window the message would go to the thread that happens to run this.
  return hWnd != nullptr && PostMessageW(hWnd, Msg, wParam, lParam) != FALSE;
}
int WSPAPI WPUQueueApc(LPWSATHREADID lpThreadId, LPWSAUSERAPC lpfnUserApc, DWORD_PTR dwContext, LPINT lpErrno) {
  if (lpThreadId == nullptr || lpfnUserApc == nullptr) return refuse(SOCKET_ERROR, WSAEFAULT, lpErrno);
  auto thread = find_object<ThreadObject>(lpThreadId->ThreadHandle);
  if (thread == nullptr || !thread->queue_apc(lpfnUserApc, dwContext)) return refuse(SOCKET_ERROR, WSAEFAULT, lpErrno);
  return 0;
}

int WSPAPI WPUOpenCurrentThread(LPWSATHREADID lpThreadId, LPINT lpErrno) {
  if (lpThreadId == nullptr) return refuse(SOCKET_ERROR, WSAEFAULT, lpErrno);
  try {
    auto thread = calling_thread();
    HANDLE handle = thread->accepts_apcs() ? insert_handle(std::move(thread)) : nullptr;
    if (handle == nullptr) return refuse(SOCKET_ERROR, WSAENOBUFS, lpErrno);
    *lpThreadId = {handle, 0};
    return 0;
  } catch (const std::bad_alloc&) {
    return refuse(SOCKET_ERROR, WSAENOBUFS, lpErrno);
  }
}

int WSPAPI WPUCloseThread(LPWSATHREADID lpThreadId, LPINT lpErrno) {
  if (lpThreadId == nullptr || find_object<ThreadObject>(lpThreadId->ThreadHandle) == nullptr ||
      !remove_handle(lpThreadId->ThreadHandle))
    return refuse(SOCKET_ERROR, WSAEFAULT, lpErrno);
  return 0;
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
