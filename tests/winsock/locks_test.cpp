// Locks inside a process, interlocked operations, and what belongs to one thread.
#include <windows.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "winsock/test_thread.h"

namespace inlet::winsock {
namespace {

static_assert(sizeof(CRITICAL_SECTION) == 40 && sizeof(SRWLOCK) == 8 && sizeof(CONDITION_VARIABLE) == 8);

class Section {
 public:
  explicit Section(DWORD spins = 0) { EXPECT_TRUE(InitializeCriticalSectionAndSpinCount(&section_, spins)); }
  ~Section() { DeleteCriticalSection(&section_); }
  CRITICAL_SECTION* get() { return &section_; }

 private:
  CRITICAL_SECTION section_;
};

void on_threads(int count, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(body, i);
  for (auto& thread : threads) thread.join();
}

TEST(CriticalSections, LetOneThreadInAsOftenAsItLikes) {
  Section section;
  EnterCriticalSection(section.get());
  EnterCriticalSection(section.get());
  EXPECT_TRUE(TryEnterCriticalSection(section.get()));
  on_threads(1, [&](int) { EXPECT_FALSE(TryEnterCriticalSection(section.get())); });
  LeaveCriticalSection(section.get());
  LeaveCriticalSection(section.get());
  on_threads(1, [&](int) { EXPECT_FALSE(TryEnterCriticalSection(section.get())); });
  LeaveCriticalSection(section.get());
  on_threads(1, [&](int) {
    EXPECT_TRUE(TryEnterCriticalSection(section.get()));
    LeaveCriticalSection(section.get());
  });
}

TEST(CriticalSections, ProtectWhatIsInside) {
  for (DWORD spins : {0, 100}) {
    Section section(spins);
    int64_t count = 0;
    on_threads(4, [&](int) {
      for (int i = 0; i < 20'000; ++i) {
        EnterCriticalSection(section.get());
        ++count;
        LeaveCriticalSection(section.get());
      }
    });
    EXPECT_EQ(count, 80'000);
  }
}

TEST(CriticalSections, HaveASpinCount) {
  Section section(4000);
  EXPECT_EQ(SetCriticalSectionSpinCount(section.get(), 10), 4000u);
  EXPECT_EQ(SetCriticalSectionSpinCount(section.get(), 0), 10u);
}

TEST(CriticalSections, StopAProgramThatLeavesWhatItHasNotEntered) {
  EXPECT_DEATH(
      {
        CRITICAL_SECTION section;
        InitializeCriticalSection(&section);
        LeaveCriticalSection(&section);
      },
      "is_inside");
}

TEST(SlimLocks, LetInOneWriterOrManyReaders) {
  SRWLOCK lock = SRWLOCK_INIT;
  AcquireSRWLockShared(&lock);
  EXPECT_TRUE(TryAcquireSRWLockShared(&lock));
  EXPECT_FALSE(TryAcquireSRWLockExclusive(&lock));
  ReleaseSRWLockShared(&lock);
  EXPECT_FALSE(TryAcquireSRWLockExclusive(&lock));
  ReleaseSRWLockShared(&lock);
  EXPECT_TRUE(TryAcquireSRWLockExclusive(&lock));
  EXPECT_FALSE(TryAcquireSRWLockShared(&lock));
  EXPECT_FALSE(TryAcquireSRWLockExclusive(&lock));
  ReleaseSRWLockExclusive(&lock);
  EXPECT_EQ(lock.Ptr, nullptr);
}

TEST(SlimLocks, ProtectWhatIsInside) {
  SRWLOCK lock;
  InitializeSRWLock(&lock);
  int64_t first = 0;
  int64_t second = 0;
  on_threads(4, [&](int thread) {
    for (int i = 0; i < 20'000; ++i) {
      if ((i + thread) % 4 == 0) {
        AcquireSRWLockExclusive(&lock);
        ++first;
        ++second;
        ReleaseSRWLockExclusive(&lock);
      } else {
        AcquireSRWLockShared(&lock);
        ASSERT_EQ(first, second);
        ReleaseSRWLockShared(&lock);
      }
    }
  });
  EXPECT_EQ(first, 20'000);
  EXPECT_EQ(lock.Ptr, nullptr);
}

TEST(ConditionVariables, TellWhenTimeIsOver) {
  Section section;
  CONDITION_VARIABLE variable = CONDITION_VARIABLE_INIT;
  EnterCriticalSection(section.get());
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FAILS(SleepConditionVariableCS(&variable, section.get(), 20), FALSE, ERROR_TIMEOUT);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(20));
  EXPECT_TRUE(TryEnterCriticalSection(section.get())) << "it is ours again";
  LeaveCriticalSection(section.get());
  LeaveCriticalSection(section.get());
  SRWLOCK lock = SRWLOCK_INIT;
  AcquireSRWLockShared(&lock);
  EXPECT_FAILS(SleepConditionVariableSRW(&variable, &lock, 0, CONDITION_VARIABLE_LOCKMODE_SHARED), FALSE,
               ERROR_TIMEOUT);
  EXPECT_FAILS(SleepConditionVariableSRW(&variable, &lock, 0, 2), FALSE, ERROR_INVALID_PARAMETER);
  ReleaseSRWLockShared(&lock);
}

// Producers and consumers pass numbers through a place for one. A lost wake-up would stop them for ever.
template <class Lock, class Unlock, class Sleep>
void pass_numbers(Lock lock, Unlock unlock, Sleep sleep, bool wake_all) {
  constexpr int kEach = 5'000;
  CONDITION_VARIABLE empty = CONDITION_VARIABLE_INIT;
  CONDITION_VARIABLE full = CONDITION_VARIABLE_INIT;
  const auto wake = [&](PCONDITION_VARIABLE variable) {
    wake_all ? WakeAllConditionVariable(variable) : WakeConditionVariable(variable);
  };
  int place = 0;
  int64_t sum = 0;
  on_threads(4, [&](int thread) {
    for (int i = 1; i <= kEach; ++i) {
      lock();
      if (thread % 2 == 0) {
        while (place != 0) sleep(&empty);
        place = i;
      } else {
        while (place == 0) sleep(&full);
        sum += place;
        place = 0;
      }
      unlock();
      wake(thread % 2 == 0 ? &full : &empty);
    }
  });
  EXPECT_EQ(sum, int64_t{kEach} * (kEach + 1));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(empty.Ptr) >> 32, 0u) << "nobody waits any more";
}

TEST(ConditionVariables, WakeThoseWhoSleepInACriticalSection) {
  for (bool wake_all : {false, true}) {
    Section section;
    pass_numbers(
        [&] { EnterCriticalSection(section.get()); }, [&] { LeaveCriticalSection(section.get()); },
        [&](PCONDITION_VARIABLE variable) { EXPECT_TRUE(SleepConditionVariableCS(variable, section.get(), INFINITE)); },
        wake_all);
  }
}

TEST(ConditionVariables, WakeThoseWhoSleepInASlimLock) {
  SRWLOCK lock = SRWLOCK_INIT;
  pass_numbers(
      [&] { AcquireSRWLockExclusive(&lock); }, [&] { ReleaseSRWLockExclusive(&lock); },
      [&](PCONDITION_VARIABLE variable) { EXPECT_TRUE(SleepConditionVariableSRW(variable, &lock, INFINITE, 0)); },
      false);
}

struct Once {
  static BOOL CALLBACK run(PINIT_ONCE, PVOID self, PVOID* context) {
    auto& once = *static_cast<Once*>(self);
    Sleep(5);  // so that others come meanwhile
    if (++once.runs < once.succeeds_at) return FALSE;
    *context = self;
    return TRUE;
  }
  std::atomic<int> runs = 0;
  int succeeds_at = 1;
};

TEST(InitOnce, RunsOnceForAllThreads) {
  INIT_ONCE state = INIT_ONCE_STATIC_INIT;
  Once once;
  on_threads(4, [&](int) {
    PVOID context = nullptr;
    EXPECT_TRUE(InitOnceExecuteOnce(&state, Once::run, &once, &context));
    EXPECT_EQ(context, &once);
  });
  EXPECT_EQ(once.runs, 1);
}

TEST(InitOnce, TriesAgainAfterAFailure) {
  INIT_ONCE state = INIT_ONCE_STATIC_INIT;
  Once once;
  once.succeeds_at = 3;
  std::atomic<int> failures = 0;
  on_threads(4, [&](int) {
    if (!InitOnceExecuteOnce(&state, Once::run, &once, nullptr)) ++failures;
  });
  EXPECT_EQ(once.runs, 3);
  EXPECT_EQ(failures, 2);
}

TEST(Interlocked, OperationsReturnWhatTheDocumentsSay) {
  LONG number = 5;
  EXPECT_EQ(InterlockedIncrement(&number), 6);
  EXPECT_EQ(InterlockedDecrement(&number), 5);
  EXPECT_EQ(InterlockedExchangeAdd(&number, 3), 5);
  EXPECT_EQ(InterlockedAdd(&number, 2), 10);
  EXPECT_EQ(InterlockedExchange(&number, 12), 10);
  EXPECT_EQ(InterlockedCompareExchange(&number, 1, 99), 12);
  EXPECT_EQ(InterlockedCompareExchange(&number, 0x0f, 12), 12);
  EXPECT_EQ(InterlockedAnd(&number, 0x3c), 0x0f);
  EXPECT_EQ(InterlockedOr(&number, 0x30), 0x0c);
  EXPECT_EQ(InterlockedXor(&number, 0xff), 0x3c);
  EXPECT_EQ(number, 0xc3);
  LONG64 large = LONG64{1} << 40;
  EXPECT_EQ(InterlockedIncrement64(&large), (LONG64{1} << 40) + 1);
  EXPECT_EQ(InterlockedDecrement64(&large), LONG64{1} << 40);
  EXPECT_EQ(InterlockedExchangeAdd64(&large, 1), LONG64{1} << 40);
  EXPECT_EQ(InterlockedCompareExchange64(&large, 7, (LONG64{1} << 40) + 1), (LONG64{1} << 40) + 1);
  EXPECT_EQ(InterlockedExchange64(&large, 8), 7);
  EXPECT_EQ(InterlockedOr64(&large, 1), 8);
  EXPECT_EQ(InterlockedAnd64(&large, 1), 9);
  EXPECT_EQ(InterlockedXor64(&large, 3), 1);
  EXPECT_EQ(large, 2);
  PVOID pointer = nullptr;
  EXPECT_EQ(InterlockedExchangePointer(&pointer, &number), nullptr);
  EXPECT_EQ(InterlockedCompareExchangePointer(&pointer, nullptr, &number), &number);
  EXPECT_EQ(pointer, nullptr);
}

TEST(Interlocked, CountsOfManyThreadsAddUp) {
  LONG count = 0;
  on_threads(4, [&](int) {
    for (int i = 0; i < 10'000; ++i) InterlockedIncrement(&count);
  });
  EXPECT_EQ(count, 40'000);
}

TEST(ThreadSlots, AreEachThreadsOwn) {
  const DWORD index = TlsAlloc();
  ASSERT_NE(index, TLS_OUT_OF_INDEXES);
  int mine = 0;
  EXPECT_TRUE(TlsSetValue(index, &mine));
  on_threads(2, [&](int) {
    SetLastError(5);
    EXPECT_EQ(TlsGetValue(index), nullptr);
    EXPECT_EQ(GetLastError(), 0u) << "a NULL that is no failure";
    int own = 0;
    EXPECT_TRUE(TlsSetValue(index, &own));
    EXPECT_EQ(TlsGetValue(index), &own);
  });
  EXPECT_EQ(TlsGetValue(index), &mine);
  EXPECT_TRUE(TlsFree(index));
  EXPECT_FAILS(TlsGetValue(index), nullptr, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(TlsSetValue(index, nullptr), FALSE, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(TlsFree(index), FALSE, ERROR_INVALID_PARAMETER);
  const DWORD again = TlsAlloc();
  EXPECT_EQ(again, index);
  EXPECT_EQ(TlsGetValue(again), nullptr) << "an index that comes again is empty";
  EXPECT_TRUE(TlsFree(again));
  EXPECT_FAILS(TlsFree(TLS_MINIMUM_AVAILABLE), FALSE, ERROR_INVALID_PARAMETER);
}

TEST(ThreadSlots, AreLimited) {
  std::vector<DWORD> indexes;
  for (DWORD index = TlsAlloc(); index != TLS_OUT_OF_INDEXES; index = TlsAlloc()) indexes.push_back(index);
  EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_NO_SYSTEM_RESOURCES));
  EXPECT_EQ(indexes.size(), size_t{TLS_MINIMUM_AVAILABLE});
  for (DWORD index : indexes) EXPECT_TRUE(TlsFree(index));
}

}  // namespace
}  // namespace inlet::winsock
