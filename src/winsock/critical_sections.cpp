// Critical sections: a word (0 free, 1 held, 2 held and wanted) that threads sleep on, and who is inside how often.
#include <windows.h>

#include <atomic>

#include "base/assert.h"
#include "base/thread_registry.h"
#include "winsock/futex.h"

namespace inlet::winsock {
namespace {

enum : LONG { kFree = 0, kHeld = 1, kWanted = 2 };

std::atomic_ref<LONG> word_of(CRITICAL_SECTION& section) {
  return std::atomic_ref<LONG>(section.LockCount);
}
// Others read it only to find that it is not they.
std::atomic_ref<HANDLE> owner_of(CRITICAL_SECTION& section) {
  return std::atomic_ref<HANDLE>(section.OwningThread);
}
HANDLE self() {
  return reinterpret_cast<HANDLE>(uintptr_t{current_thread_id()});
}

bool is_inside(CRITICAL_SECTION& section) {
  return owner_of(section).load(std::memory_order_relaxed) == self();
}

bool try_take(CRITICAL_SECTION& section) {
  LONG expected = kFree;
  return word_of(section).compare_exchange_strong(expected, kHeld, std::memory_order_acquire,
                                                  std::memory_order_relaxed);
}

void take(CRITICAL_SECTION& section) {
  const ULONG_PTR spins = std::atomic_ref<ULONG_PTR>(section.SpinCount).load(std::memory_order_relaxed);
  for (ULONG_PTR i = 0; i < spins; ++i) {
    if (try_take(section)) return;
    YieldProcessor();
  }
  if (spins == 0 && try_take(section)) return;
  while (word_of(section).exchange(kWanted, std::memory_order_acquire) != kFree)
    futex_wait(&section.LockCount, kWanted);
}

void become_owner(CRITICAL_SECTION& section) {
  owner_of(section).store(self(), std::memory_order_relaxed);
  section.RecursionCount = 1;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

void WINAPI InitializeCriticalSection(LPCRITICAL_SECTION lpCriticalSection) {
  InitializeCriticalSectionAndSpinCount(lpCriticalSection, 0);
}
BOOL WINAPI InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION lpCriticalSection, DWORD dwSpinCount) {
  *lpCriticalSection = {};
  SetCriticalSectionSpinCount(lpCriticalSection, dwSpinCount);
  return TRUE;
}
BOOL WINAPI InitializeCriticalSectionEx(LPCRITICAL_SECTION lpCriticalSection, DWORD dwSpinCount, DWORD) {
  return InitializeCriticalSectionAndSpinCount(lpCriticalSection, dwSpinCount);
}

DWORD WINAPI SetCriticalSectionSpinCount(LPCRITICAL_SECTION lpCriticalSection, DWORD dwSpinCount) {
  constexpr DWORD kCountBits = 0x00ffffff;  // the upper ones are flags that mean nothing here
  return static_cast<DWORD>(
      std::atomic_ref<ULONG_PTR>(lpCriticalSection->SpinCount).exchange(dwSpinCount & kCountBits));
}

void WINAPI DeleteCriticalSection(LPCRITICAL_SECTION lpCriticalSection) {
  *lpCriticalSection = {};
}

void WINAPI EnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection) {
  if (is_inside(*lpCriticalSection)) {
    ++lpCriticalSection->RecursionCount;
    return;
  }
  take(*lpCriticalSection);
  become_owner(*lpCriticalSection);
}

BOOL WINAPI TryEnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection) {
  if (is_inside(*lpCriticalSection)) {
    ++lpCriticalSection->RecursionCount;
    return TRUE;
  }
  if (!try_take(*lpCriticalSection)) return FALSE;
  become_owner(*lpCriticalSection);
  return TRUE;
}

void WINAPI LeaveCriticalSection(LPCRITICAL_SECTION lpCriticalSection) {
  INLET_ASSERT(is_inside(*lpCriticalSection));
  if (--lpCriticalSection->RecursionCount != 0) return;
  owner_of(*lpCriticalSection).store(nullptr, std::memory_order_relaxed);
  if (word_of(*lpCriticalSection).exchange(kFree, std::memory_order_release) == kWanted)
    futex_wake(&lpCriticalSection->LockCount, 1);
}
