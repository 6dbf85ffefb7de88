// WaitForSingleObject and its relatives: from handles to the objects of one wait.
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include <winsock2.h>

#include "winsock/dispatcher.h"
#include "winsock/events.h"
#include "winsock/fail.h"
#include "winsock/startup.h"
#include "winsock/threads.h"

namespace inlet::winsock {
namespace {

// nullptr when the handle is not open, or of something that nobody can wait for.
std::shared_ptr<WaitObject> find_waitable(HANDLE handle) {
  if (handle == GetCurrentThread()) return calling_thread();
  auto object = find_handle(handle);
  if (object == nullptr || object->kind() == ObjectKind::completion_port) return nullptr;
  return std::static_pointer_cast<WaitObject>(std::move(object));
}

bool has_duplicates(WaitObjects objects) {
  std::array<const WaitObject*, MAXIMUM_WAIT_OBJECTS> sorted;
  const auto end = std::ranges::transform(objects, sorted.begin(), [](const auto& object) { return object.get(); }).out;
  std::sort(sorted.begin(), end);
  return std::adjacent_find(sorted.begin(), end) != end;
}

DWORD wait_for_handles(DWORD count, const HANDLE* handles, bool all, DWORD timeout_ms, bool alertable) {
  if (count == 0 || count > MAXIMUM_WAIT_OBJECTS || handles == nullptr)
    return fail(WAIT_FAILED, ERROR_INVALID_PARAMETER);
  return guarded(WAIT_FAILED, [&]() -> DWORD {
    std::array<std::shared_ptr<WaitObject>, MAXIMUM_WAIT_OBJECTS> found;
    for (DWORD i = 0; i < count; ++i) {
      found[i] = find_waitable(handles[i]);
      if (found[i] == nullptr) return fail(WAIT_FAILED, ERROR_INVALID_HANDLE);
    }
    const WaitObjects objects(found.data(), count);
    if (all && has_duplicates(objects)) return fail(WAIT_FAILED, ERROR_INVALID_PARAMETER);
    return wait_for(objects, all, timeout_ms, alertable);
  });
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

DWORD WINAPI WaitForSingleObject(HANDLE hHandle, DWORD dwMilliseconds) {
  return WaitForSingleObjectEx(hHandle, dwMilliseconds, FALSE);
}
DWORD WINAPI WaitForSingleObjectEx(HANDLE hHandle, DWORD dwMilliseconds, BOOL bAlertable) {
  return guarded(WAIT_FAILED, [&]() -> DWORD {
    const std::shared_ptr<WaitObject> object = find_waitable(hHandle);
    if (object == nullptr) return fail(WAIT_FAILED, ERROR_INVALID_HANDLE);
    return wait_for({&object, 1}, false, dwMilliseconds, bAlertable != FALSE);
  });
}

DWORD WINAPI WaitForMultipleObjects(DWORD nCount, const HANDLE* lpHandles, BOOL bWaitAll, DWORD dwMilliseconds) {
  return wait_for_handles(nCount, lpHandles, bWaitAll != FALSE, dwMilliseconds, false);
}
DWORD WINAPI WaitForMultipleObjectsEx(DWORD nCount, const HANDLE* lpHandles, BOOL bWaitAll, DWORD dwMilliseconds,
                                      BOOL bAlertable) {
  return wait_for_handles(nCount, lpHandles, bWaitAll != FALSE, dwMilliseconds, bAlertable != FALSE);
}

void WINAPI Sleep(DWORD dwMilliseconds) {
  if (dwMilliseconds == 0) {
    sched_yield();
    return;
  }
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(dwMilliseconds));
  } while (dwMilliseconds == INFINITE);
}
DWORD WINAPI SleepEx(DWORD dwMilliseconds, BOOL bAlertable) {
  if (bAlertable != FALSE) return guarded(DWORD{0}, [&] { return sleep_alertably(dwMilliseconds); });
  Sleep(dwMilliseconds);
  return 0;
}

// Winsock's own names for the same. Their codes have the same numbers.
extern "C" {

INLET_API DWORD WSAAPI WSAWaitForMultipleEvents(DWORD cEvents, const WSAEVENT* lphEvents, BOOL fWaitAll,
                                                DWORD dwTimeout, BOOL fAlertable) {
  if (base_provider() == nullptr) return fail(WSA_WAIT_FAILED, WSANOTINITIALISED);
  return wait_for_handles(cEvents, lphEvents, fWaitAll != FALSE, dwTimeout, fAlertable != FALSE);
}

INLET_API WSAEVENT WSAAPI WSACreateEvent(void) {
  return CreateEventA(nullptr, TRUE, FALSE, nullptr);
}
INLET_API BOOL WSAAPI WSASetEvent(WSAEVENT hEvent) {
  return SetEvent(hEvent);
}
INLET_API BOOL WSAAPI WSAResetEvent(WSAEVENT hEvent) {
  return ResetEvent(hEvent);
}
INLET_API BOOL WSAAPI WSACloseEvent(WSAEVENT hEvent) {
  if (find_object<Event>(hEvent) == nullptr || !remove_handle(hEvent)) return fail(FALSE, WSA_INVALID_HANDLE);
  return TRUE;
}
}
