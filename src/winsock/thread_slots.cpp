// TlsAlloc and its relatives: one pointer of each thread under each index.
//
// An index that is freed and allocated again must be NULL in all threads, so each value carries the number of the allocation that
// it was set under, and an older one counts as not there.
#include <atomic>
#include <memory>
#include <new>

#include <windows.h>

#include "winsock/fail.h"

namespace inlet::winsock {
namespace {

struct Value {
  void* pointer = nullptr;
  uint32_t allocation = 0;
};

// For each index the number of its allocation: odd while it is allocated.
std::atomic<uint32_t> allocations[TLS_MINIMUM_AVAILABLE];

// The calling thread's values; made when the first is set.
thread_local std::unique_ptr<Value[]> values;

bool is_allocated(uint32_t allocation) {
  return allocation % 2 == 1;
}

// The number of its allocation; 0 when the index is not allocated.
uint32_t allocation_of(DWORD index) {
  if (index >= TLS_MINIMUM_AVAILABLE) return 0;
  const uint32_t allocation = allocations[index].load(std::memory_order_acquire);
  return is_allocated(allocation) ? allocation : 0;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

DWORD WINAPI TlsAlloc(void) {
  for (DWORD i = 0; i < TLS_MINIMUM_AVAILABLE; ++i) {
    uint32_t allocation = allocations[i].load(std::memory_order_relaxed);
    if (!is_allocated(allocation) && allocations[i].compare_exchange_strong(allocation, allocation + 1)) return i;
  }
  return fail(TLS_OUT_OF_INDEXES, ERROR_NO_SYSTEM_RESOURCES);
}

BOOL WINAPI TlsFree(DWORD dwTlsIndex) {
  uint32_t allocation = allocation_of(dwTlsIndex);
  if (allocation == 0 || !allocations[dwTlsIndex].compare_exchange_strong(allocation, allocation + 1))
    return fail(FALSE, ERROR_INVALID_PARAMETER);
  return TRUE;
}

LPVOID WINAPI TlsGetValue(DWORD dwTlsIndex) {
  const uint32_t allocation = allocation_of(dwTlsIndex);
  if (allocation == 0) return fail(nullptr, ERROR_INVALID_PARAMETER);
  set_last_error(ERROR_SUCCESS);
  if (values == nullptr || values[dwTlsIndex].allocation != allocation) return nullptr;
  return values[dwTlsIndex].pointer;
}

BOOL WINAPI TlsSetValue(DWORD dwTlsIndex, LPVOID lpTlsValue) {
  const uint32_t allocation = allocation_of(dwTlsIndex);
  if (allocation == 0) return fail(FALSE, ERROR_INVALID_PARAMETER);
  if (values == nullptr) values.reset(new (std::nothrow) Value[TLS_MINIMUM_AVAILABLE]);
  if (values == nullptr) return fail(FALSE, ERROR_NOT_ENOUGH_MEMORY);
  values[dwTlsIndex] = {lpTlsValue, allocation};
  return TRUE;
}
