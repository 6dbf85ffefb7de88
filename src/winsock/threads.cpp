#include "winsock/threads.h"

#include <optional>

#include "winsock/fail.h"

namespace inlet::winsock {
namespace {

// The registration of a thread that Inlet has not started, from the first time it asks for itself.
thread_local std::optional<ThreadRegistration> adopted;

std::shared_ptr<ThreadRecord> calling_record() {
  if (auto record = find_thread(current_thread_id())) return record;
  return adopted.emplace().record();
}

// nullptr when the thread has ended.
std::shared_ptr<ThreadObject> object_of(std::shared_ptr<ThreadRecord> record) {
  ThreadRecord& thread = *record;
  // Winsock alone attaches listeners, and only this kind.
  return std::static_pointer_cast<ThreadObject>(thread.attach(std::make_shared<ThreadObject>(std::move(record))));
}

}  // namespace

uint32_t ThreadObject::exit_code() const {
  Dispatch dispatch;
  return ended_ ? record_->exit_code() : STILL_ACTIVE;
}

void ThreadObject::accept_apcs() {
  auto alert = provider::ThreadAlert::current();
  Dispatch dispatch;
  alert_.swap(alert);
}

bool ThreadObject::accepts_apcs() const {
  Dispatch dispatch;
  return alert_ != nullptr;
}

bool ThreadObject::queue_apc(LPWSAUSERAPC function, DWORD_PTR context) {
  std::shared_ptr<provider::ThreadAlert> alert;
  {
    Dispatch dispatch;
    alert = alert_;
  }
  return alert != nullptr && alert->queue_apc(function, context);
}

DWORD ThreadObject::resume() {
  const bool was_suspended = suspended_.exchange(false);
  if (was_suspended) suspended_.notify_all();
  return was_suspended ? 1 : 0;
}

void ThreadObject::thread_ended() {
  Dispatch dispatch;
  ended_ = true;
  dispatch.signal(*this);
}

std::shared_ptr<ThreadObject> calling_thread() {
  auto object = object_of(calling_record());
  object->accept_apcs();
  return object;
}

std::shared_ptr<ThreadObject> find_thread_object(HANDLE handle) {
  return handle == GetCurrentThread() ? calling_thread() : find_object<ThreadObject>(handle);
}

namespace {

HANDLE open_thread(uint32_t id) {
  if (id == current_thread_id()) return insert_handle(calling_thread());
  auto record = find_thread(id);
  auto object = record == nullptr ? nullptr : object_of(std::move(record));
  return object == nullptr ? nullptr : insert_handle(std::move(object));
}

bool is_priority(int value) {
  return value == THREAD_PRIORITY_IDLE || value == THREAD_PRIORITY_TIME_CRITICAL ||
         (value >= THREAD_PRIORITY_LOWEST && value <= THREAD_PRIORITY_HIGHEST);
}

// Does something with the thread behind a handle.
template <class Value, class Use>
Value with_thread(HANDLE handle, Value failure, Use use) {
  return guarded(failure, [&]() -> Value {
    auto thread = find_thread_object(handle);
    return thread == nullptr ? fail(failure, ERROR_INVALID_HANDLE) : use(*thread);
  });
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

HANDLE WINAPI OpenThread(DWORD, BOOL, DWORD dwThreadId) {
  return guarded(HANDLE{nullptr}, [&]() -> HANDLE {
    HANDLE handle = open_thread(dwThreadId);
    return handle != nullptr ? handle : fail(nullptr, ERROR_INVALID_PARAMETER);
  });
}

BOOL WINAPI GetExitCodeThread(HANDLE hThread, LPDWORD lpExitCode) {
  return with_thread(hThread, FALSE, [&](ThreadObject& thread) -> BOOL {
    if (lpExitCode == nullptr) return fail(FALSE, ERROR_INVALID_PARAMETER);
    *lpExitCode = thread.exit_code();
    return TRUE;
  });
}

DWORD WINAPI GetThreadId(HANDLE hThread) {
  return with_thread(hThread, DWORD{0}, [](ThreadObject& thread) -> DWORD { return thread.id(); });
}
DWORD WINAPI GetCurrentThreadId(void) {
  return inlet::current_thread_id();
}

// Windows' numbers: INVALID_HANDLE_VALUE and the one below.
HANDLE WINAPI GetCurrentProcess(void) {
  return reinterpret_cast<HANDLE>(intptr_t{-1});
}
HANDLE WINAPI GetCurrentThread(void) {
  return reinterpret_cast<HANDLE>(intptr_t{-2});
}

BOOL WINAPI SetThreadPriority(HANDLE hThread, int nPriority) {
  return with_thread(hThread, FALSE, [&](ThreadObject& thread) -> BOOL {
    if (!is_priority(nPriority)) return fail(FALSE, ERROR_INVALID_PARAMETER);
    thread.priority() = nPriority;
    return TRUE;
  });
}
int WINAPI GetThreadPriority(HANDLE hThread) {
  return with_thread(hThread, THREAD_PRIORITY_ERROR_RETURN,
                     [](ThreadObject& thread) -> int { return thread.priority(); });
}

DWORD WINAPI QueueUserAPC(PAPCFUNC pfnAPC, HANDLE hThread, ULONG_PTR dwData) {
  return with_thread(hThread, DWORD{0}, [&](ThreadObject& thread) -> DWORD {
    if (pfnAPC == nullptr) return fail(DWORD{0}, ERROR_INVALID_PARAMETER);
    return thread.queue_apc(pfnAPC, dwData) ? 1 : fail(DWORD{0}, ERROR_GEN_FAILURE);
  });
}
