#include "provider/linux/upcalls.h"

#include <atomic>

namespace inlet::provider {
namespace {

std::atomic<LPWPUSETEVENT> set_event_call{nullptr};
std::atomic<LPWPURESETEVENT> reset_event_call{nullptr};
std::atomic<LPWPUPOSTMESSAGE> post_message_call{nullptr};
std::atomic<LPWPUQUEUEAPC> queue_apc_call{nullptr};
std::atomic<LPWPUOPENCURRENTTHREAD> open_current_thread_call{nullptr};
std::atomic<LPWPUCLOSETHREAD> close_thread_call{nullptr};
std::atomic<LPWPUQUERYBLOCKINGCALLBACK> query_blocking_callback_call{nullptr};
std::atomic<LPWPUMODIFYIFSHANDLE> modify_ifs_handle_call{nullptr};

// The entry of the one catalog for which a hook could be set; Winsock's hook is one for all.
constexpr DWORD kAnyEntry = 0;

template <class Call>
void keep(std::atomic<Call>& slot, Call call) {
  if (call != nullptr) slot.store(call, std::memory_order_release);
}

template <class Call>
Call get(const std::atomic<Call>& slot) {
  return slot.load(std::memory_order_acquire);
}

}  // namespace

void keep_upcalls(const WSPUPCALLTABLE& table) {
  keep(set_event_call, table.lpWPUSetEvent);
  keep(reset_event_call, table.lpWPUResetEvent);
  keep(post_message_call, table.lpWPUPostMessage);
  keep(queue_apc_call, table.lpWPUQueueApc);
  keep(open_current_thread_call, table.lpWPUOpenCurrentThread);
  keep(close_thread_call, table.lpWPUCloseThread);
  keep(query_blocking_callback_call, table.lpWPUQueryBlockingCallback);
  keep(modify_ifs_handle_call, table.lpWPUModifyIFSHandle);
}

void forget_upcalls() {
  set_event_call.store(nullptr);
  reset_event_call.store(nullptr);
  post_message_call.store(nullptr);
  queue_apc_call.store(nullptr);
  open_current_thread_call.store(nullptr);
  close_thread_call.store(nullptr);
  query_blocking_callback_call.store(nullptr);
  modify_ifs_handle_call.store(nullptr);
}

bool set_event(WSAEVENT event) {
  auto call = get(set_event_call);
  int ignored = 0;
  return call != nullptr && call(event, &ignored) != FALSE;
}

bool reset_event(WSAEVENT event) {
  auto call = get(reset_event_call);
  int ignored = 0;
  return call != nullptr && call(event, &ignored) != FALSE;
}

bool has_events() {
  return get(set_event_call) != nullptr && get(reset_event_call) != nullptr;
}

bool has_messages() {
  return get(post_message_call) != nullptr;
}

bool post_message(HWND window, UINT message, WPARAM w, LPARAM l) {
  auto call = get(post_message_call);
  return call != nullptr && call(window, message, w, l) != FALSE;
}

bool queue_apc(WSATHREADID thread, LPWSAUSERAPC function, DWORD_PTR context) {
  auto call = get(queue_apc_call);
  int ignored = 0;
  return call != nullptr && call(&thread, function, context, &ignored) == 0;
}

bool open_current_thread(WSATHREADID* thread) {
  auto call = get(open_current_thread_call);
  int ignored = 0;
  return call != nullptr && get(close_thread_call) != nullptr && call(thread, &ignored) == 0;
}

void close_thread(WSATHREADID thread) {
  auto call = get(close_thread_call);
  int ignored = 0;
  if (call != nullptr) call(&thread, &ignored);
}

LPBLOCKINGCALLBACK blocking_hook(DWORD_PTR* context) {
  auto call = get(query_blocking_callback_call);
  LPBLOCKINGCALLBACK hook = nullptr;
  int ignored = 0;
  if (call == nullptr || call(kAnyEntry, &hook, context, &ignored) != 0) return nullptr;
  return hook;
}

bool has_modify_handle() {
  return get(modify_ifs_handle_call) != nullptr;
}

SOCKET modify_handle(DWORD catalog_entry_id, SOCKET handle, int* error) {
  auto call = get(modify_ifs_handle_call);
  return call == nullptr ? handle : call(catalog_entry_id, handle, error);
}

}  // namespace inlet::provider
