// OpenThread, WaitForSingleObject and the rest of what windows.h says about threads and time.
#include <sched.h>
#include <time.h>

#include <chrono>
#include <thread>

#include <windows.h>

#include "base/thread_registry.h"
#include "winsock/handles.h"
#include "winsock/last_error.h"

namespace inlet::winsock {
namespace {

class ThreadHandle : public Waitable {
 public:
  explicit ThreadHandle(std::shared_ptr<ThreadRecord> record) : record_(std::move(record)) {}
  bool wait(std::optional<std::chrono::milliseconds> timeout) override { return record_->wait(timeout); }

 private:
  const std::shared_ptr<ThreadRecord> record_;
};

std::optional<std::chrono::milliseconds> timeout_of(DWORD milliseconds) {
  if (milliseconds == INFINITE) return std::nullopt;
  return std::chrono::milliseconds(milliseconds);
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

HANDLE WINAPI OpenThread(DWORD, BOOL, DWORD dwThreadId) {
  auto record = inlet::find_thread(dwThreadId);
  if (record == nullptr) {
    set_last_error(ERROR_INVALID_PARAMETER);
    return nullptr;
  }
  return insert_handle(std::make_shared<ThreadHandle>(std::move(record)));
}

DWORD WINAPI WaitForSingleObject(HANDLE hHandle, DWORD dwMilliseconds) {
  auto object = find_handle(hHandle);
  if (object == nullptr) {
    set_last_error(ERROR_INVALID_HANDLE);
    return WAIT_FAILED;
  }
  return object->wait(timeout_of(dwMilliseconds)) ? WAIT_OBJECT_0 : WAIT_TIMEOUT;
}

BOOL WINAPI CloseHandle(HANDLE hObject) {
  if (remove_handle(hObject)) return TRUE;
  set_last_error(ERROR_INVALID_HANDLE);
  return FALSE;
}

DWORD WINAPI GetCurrentThreadId(void) {
  return inlet::current_thread_id();
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

ULONGLONG WINAPI GetTickCount64(void) {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<ULONGLONG>(now.tv_sec) * 1000 + static_cast<ULONGLONG>(now.tv_nsec) / 1000000;
}

DWORD WINAPI GetTickCount(void) {
  return static_cast<DWORD>(GetTickCount64());
}
