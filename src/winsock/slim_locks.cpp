// Slim reader/writer locks, condition variables and things to be done once: words of the program's memory that start as zeros.
//
// Threads sleep on the low half of the word (futex), because that is what Linux can watch.
//   lock      bit 31 a writer is inside, bit 30 somebody waits, bits 0..29 readers inside
//   variable  low half: counts wakes; high half: who waits
//   once      0 not yet, 1 somebody does it, 2 done (the context in the other bits), 3 somebody does it and others wait
#include <windows.h>

#include <atomic>
#include <bit>

#include "base/assert.h"
#include "winsock/fail.h"
#include "winsock/futex.h"

static_assert(std::endian::native == std::endian::little, "the low half of a word must be at its address");
static_assert(sizeof(SRWLOCK) == 8 && sizeof(CONDITION_VARIABLE) == 8 && sizeof(INIT_ONCE) == 8);

namespace inlet::winsock {
namespace {

using Half = std::atomic_ref<uint32_t>;
using Word = std::atomic_ref<uint64_t>;

// The program's structures hold a pointer, as on Windows; nobody but these functions looks into it.
template <class Structure>
Half half_of(Structure* structure) {
  return Half(*reinterpret_cast<uint32_t*>(structure));
}
template <class Structure>
Word word_of(Structure* structure) {
  return Word(*reinterpret_cast<uint64_t*>(structure));
}

constexpr uint32_t kWriter = 1u << 31;
constexpr uint32_t kWaiting = 1u << 30;
constexpr uint32_t kReaders = kWaiting - 1;

bool try_exclusive(Half lock) {
  uint32_t seen = lock.load(std::memory_order_relaxed);
  while ((seen & (kWriter | kReaders)) == 0)
    if (lock.compare_exchange_weak(seen, seen | kWriter, std::memory_order_acquire)) return true;
  return false;
}

// A new reader stays out while somebody waits, so that writers come in.
bool try_shared(Half lock) {
  uint32_t seen = lock.load(std::memory_order_relaxed);
  while ((seen & (kWriter | kWaiting)) == 0)
    if (lock.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire)) return true;
  return false;
}

// Sleeps as long as somebody is inside. Whoever leaves last takes the mark away and wakes all.
void wait_for_lock(PSRWLOCK lock) {
  uint32_t seen = half_of(lock).load(std::memory_order_relaxed);
  if ((seen & (kWriter | kReaders)) == 0) return;
  if ((seen & kWaiting) == 0 && !half_of(lock).compare_exchange_strong(seen, seen | kWaiting)) return;
  futex_wait(lock, seen | kWaiting);
}

void leave_lock(PSRWLOCK lock, uint32_t what) {
  const uint32_t left = half_of(lock).fetch_sub(what, std::memory_order_release) - what;
  if (left != kWaiting) return;
  uint32_t expected = kWaiting;
  if (half_of(lock).compare_exchange_strong(expected, 0, std::memory_order_acquire)) futex_wake_all(lock);
}

// The point on the steady clock at which a number of milliseconds is over; nullptr for never.
const timespec* until(DWORD timeout_ms, timespec* storage) {
  if (timeout_ms == INFINITE) return nullptr;
  clock_gettime(CLOCK_MONOTONIC, storage);
  storage->tv_sec += timeout_ms / 1000;
  storage->tv_nsec += static_cast<long>(timeout_ms % 1000) * 1'000'000;
  if (storage->tv_nsec >= 1'000'000'000) {
    ++storage->tv_sec;
    storage->tv_nsec -= 1'000'000'000;
  }
  return storage;
}

constexpr uint64_t kOneWaits = uint64_t{1} << 32;

// The part of a sleep between leaving the lock and taking it again. Who waits is counted before the lock is left, so a waker
// that takes the lock afterwards sees it.
template <class Leave, class Take>
BOOL sleep_on_variable(PCONDITION_VARIABLE variable, DWORD timeout_ms, Leave leave, Take take) {
  timespec storage;
  const timespec* deadline = until(timeout_ms, &storage);
  const auto before = static_cast<uint32_t>(word_of(variable).fetch_add(kOneWaits));
  leave();
  const bool woken = futex_wait(variable, before, deadline);
  const auto after = static_cast<uint32_t>(word_of(variable).fetch_sub(kOneWaits));
  take();
  // A wake that came at the last moment counts: it may have been meant for this thread.
  return woken || after != before ? TRUE : fail(FALSE, ERROR_TIMEOUT);
}

void wake_variable(PCONDITION_VARIABLE variable, int threads) {
  if (word_of(variable).load() < kOneWaits) return;
  half_of(variable).fetch_add(1);
  futex_wake(variable, threads);
}

enum : uint64_t { kNotYet = 0, kRunning = 1, kDone = 2, kRunningWanted = 3, kOnceBits = 3 };

// Waits while another thread runs the function.
void wait_for_once(LPINIT_ONCE once, uint64_t seen) {
  if (seen == kRunning && !word_of(once).compare_exchange_strong(seen, kRunningWanted)) return;
  futex_wait(once, kRunningWanted);
}

BOOL run_once(LPINIT_ONCE once, PINIT_ONCE_FN function, PVOID parameter, PVOID* context) {
  PVOID made = nullptr;
  const BOOL ok = function(once, parameter, &made);
  const auto bits = reinterpret_cast<uint64_t>(made);
  INLET_ASSERT((bits & kOnceBits) == 0);
  if (word_of(once).exchange(ok != FALSE ? bits | kDone : uint64_t{kNotYet}) == kRunningWanted) futex_wake_all(once);
  if (ok != FALSE && context != nullptr) *context = made;
  return ok != FALSE ? TRUE : FALSE;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

void WINAPI InitializeSRWLock(PSRWLOCK SRWLock) {
  word_of(SRWLock).store(0);
}

void WINAPI AcquireSRWLockExclusive(PSRWLOCK SRWLock) {
  while (!try_exclusive(half_of(SRWLock))) wait_for_lock(SRWLock);
}
BOOL WINAPI TryAcquireSRWLockExclusive(PSRWLOCK SRWLock) {
  return try_exclusive(half_of(SRWLock)) ? TRUE : FALSE;
}
void WINAPI ReleaseSRWLockExclusive(PSRWLOCK SRWLock) {
  leave_lock(SRWLock, kWriter);
}

void WINAPI AcquireSRWLockShared(PSRWLOCK SRWLock) {
  while (!try_shared(half_of(SRWLock))) wait_for_lock(SRWLock);
}
BOOL WINAPI TryAcquireSRWLockShared(PSRWLOCK SRWLock) {
  return try_shared(half_of(SRWLock)) ? TRUE : FALSE;
}
void WINAPI ReleaseSRWLockShared(PSRWLOCK SRWLock) {
  leave_lock(SRWLock, 1);
}

void WINAPI InitializeConditionVariable(PCONDITION_VARIABLE ConditionVariable) {
  word_of(ConditionVariable).store(0);
}

BOOL WINAPI SleepConditionVariableCS(PCONDITION_VARIABLE ConditionVariable, PCRITICAL_SECTION CriticalSection,
                                     DWORD dwMilliseconds) {
  return sleep_on_variable(
      ConditionVariable, dwMilliseconds, [&] { LeaveCriticalSection(CriticalSection); },
      [&] { EnterCriticalSection(CriticalSection); });
}

BOOL WINAPI SleepConditionVariableSRW(PCONDITION_VARIABLE ConditionVariable, PSRWLOCK SRWLock, DWORD dwMilliseconds,
                                      ULONG Flags) {
  if ((Flags & ~CONDITION_VARIABLE_LOCKMODE_SHARED) != 0) return fail(FALSE, ERROR_INVALID_PARAMETER);
  const bool shared = Flags != 0;
  return sleep_on_variable(
      ConditionVariable, dwMilliseconds,
      [&] { shared ? ReleaseSRWLockShared(SRWLock) : ReleaseSRWLockExclusive(SRWLock); },
      [&] { shared ? AcquireSRWLockShared(SRWLock) : AcquireSRWLockExclusive(SRWLock); });
}

void WINAPI WakeConditionVariable(PCONDITION_VARIABLE ConditionVariable) {
  wake_variable(ConditionVariable, 1);
}
void WINAPI WakeAllConditionVariable(PCONDITION_VARIABLE ConditionVariable) {
  wake_variable(ConditionVariable, INT_MAX);
}

BOOL WINAPI InitOnceExecuteOnce(PINIT_ONCE InitOnce, PINIT_ONCE_FN InitFn, PVOID Parameter, LPVOID* Context) {
  uint64_t seen = word_of(InitOnce).load(std::memory_order_acquire);
  while ((seen & kOnceBits) != kDone) {
    if (seen == kNotYet) {
      if (word_of(InitOnce).compare_exchange_strong(seen, kRunning))
        return run_once(InitOnce, InitFn, Parameter, Context);
      continue;
    }
    wait_for_once(InitOnce, seen);
    seen = word_of(InitOnce).load(std::memory_order_acquire);
  }
  if (Context != nullptr) *Context = reinterpret_cast<PVOID>(seen & ~uint64_t{kOnceBits});
  return TRUE;
}
