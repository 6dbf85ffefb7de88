// Procedure calls that are queued to threads, and the waits that run them.
#include <windows.h>

#include <atomic>
#include <thread>
#include <vector>

#include "provider/linux/thread_alert.h"
#include "winsock/test_thread.h"

namespace inlet::winsock {
namespace {

void CALLBACK append(ULONG_PTR to) {
  auto* numbers = reinterpret_cast<std::vector<int>*>(to);
  numbers->push_back(static_cast<int>(numbers->size()));
}
void CALLBACK count(ULONG_PTR number) {
  ++*reinterpret_cast<std::atomic<int>*>(number);
}

ULONG_PTR address_of(const void* object) {
  return reinterpret_cast<ULONG_PTR>(object);
}

TEST(Apcs, RunInAlertableWaitsOnly) {
  std::vector<int> ran;
  OwnedHandle event(manual_event());
  ASSERT_NE(QueueUserAPC(append, GetCurrentThread(), address_of(&ran)), 0u);
  ASSERT_NE(QueueUserAPC(append, GetCurrentThread(), address_of(&ran)), 0u);
  EXPECT_EQ(WaitForSingleObject(event, 1), WAIT_TIMEOUT);
  EXPECT_EQ(SleepEx(1, FALSE), 0u);
  EXPECT_TRUE(ran.empty());
  EXPECT_EQ(SleepEx(INFINITE, TRUE), WAIT_IO_COMPLETION);
  EXPECT_EQ(ran, (std::vector<int>{0, 1})) << "all of them, in their order";
  EXPECT_EQ(SleepEx(0, TRUE), 0u);
}

TEST(Apcs, EndEveryKindOfAlertableWait) {
  std::vector<int> ran;
  OwnedHandle event(manual_event());
  const HANDLE handles[] = {event, event};
  const auto queue = [&] { QueueUserAPC(append, GetCurrentThread(), address_of(&ran)); };
  queue();
  EXPECT_EQ(WaitForSingleObjectEx(event, INFINITE, TRUE), WAIT_IO_COMPLETION);
  queue();
  EXPECT_EQ(WaitForSingleObjectEx(event, 0, TRUE), WAIT_IO_COMPLETION);
  queue();
  EXPECT_EQ(WaitForMultipleObjectsEx(2, handles, FALSE, INFINITE, TRUE), WAIT_IO_COMPLETION);
  queue();
  EXPECT_EQ(WaitForMultipleObjectsEx(1, handles, TRUE, INFINITE, TRUE), WAIT_IO_COMPLETION);
  EXPECT_EQ(ran.size(), 4u);
}

TEST(Apcs, ASignaledObjectComesFirst) {
  std::vector<int> ran;
  OwnedHandle event(auto_event(true));
  QueueUserAPC(append, GetCurrentThread(), address_of(&ran));
  EXPECT_EQ(WaitForSingleObjectEx(event, INFINITE, TRUE), WAIT_OBJECT_0);
  EXPECT_TRUE(ran.empty());
  EXPECT_EQ(WaitForSingleObjectEx(event, INFINITE, TRUE), WAIT_IO_COMPLETION);
}

TEST(Apcs, WakeAThreadThatSleeps) {
  std::atomic<int> ran = 0;
  TestThread thread([] { return SleepEx(INFINITE, TRUE); });
  EXPECT_NE(QueueUserAPC(count, thread.handle(), address_of(&ran)), 0u);
  thread.join();
  DWORD code = 0;
  GetExitCodeThread(thread.handle(), &code);
  EXPECT_EQ(code, WAIT_IO_COMPLETION);
  EXPECT_EQ(ran, 1);
  EXPECT_FAILS(QueueUserAPC(count, thread.handle(), address_of(&ran)), 0u, ERROR_GEN_FAILURE) << "it has ended";
}

TEST(Apcs, BeforeTheThreadRunsAreKept) {
  std::atomic<int> ran = 0;
  TestThread thread([] { return SleepEx(0, TRUE); }, CREATE_SUSPENDED);
  EXPECT_NE(QueueUserAPC(count, thread.handle(), address_of(&ran)), 0u);
  ResumeThread(thread.handle());
  thread.join();
  EXPECT_EQ(ran, 1);
}

TEST(Apcs, MayWaitAndQueueThemselves) {
  struct Nested {
    static void CALLBACK inner(ULONG_PTR self) { reinterpret_cast<Nested*>(self)->order.push_back(2); }
    static void CALLBACK outer(ULONG_PTR self) {
      auto& nested = *reinterpret_cast<Nested*>(self);
      nested.order.push_back(1);
      QueueUserAPC(inner, GetCurrentThread(), self);
      EXPECT_EQ(SleepEx(INFINITE, TRUE), WAIT_IO_COMPLETION);
      nested.order.push_back(3);
    }
    std::vector<int> order;
  } nested;
  QueueUserAPC(Nested::outer, GetCurrentThread(), address_of(&nested));
  EXPECT_EQ(SleepEx(INFINITE, TRUE), WAIT_IO_COMPLETION);
  EXPECT_EQ(nested.order, (std::vector<int>{1, 2, 3}));
}

TEST(Apcs, BadArgumentsAreRefused) {
  OwnedHandle event(manual_event());
  EXPECT_FAILS(QueueUserAPC(append, event, 0), 0u, ERROR_INVALID_HANDLE);
  EXPECT_FAILS(QueueUserAPC(append, nullptr, 0), 0u, ERROR_INVALID_HANDLE);
  EXPECT_FAILS(QueueUserAPC(nullptr, GetCurrentThread(), 0), 0u, ERROR_INVALID_PARAMETER);
}

// No wake-up is lost between threads that signal and one that waits for objects and calls at once: every set of an
// auto-reset event and every call arrives, or this never ends.
TEST(Apcs, AreNotLostBesideEventsUnderLoad) {
  constexpr int kRounds = 20'000;
  OwnedHandle request(auto_event()), answer(auto_event());
  std::atomic<int> calls = 0;
  int sets = 0;
  TestThread waiter([&] {
    while (sets < kRounds || calls < kRounds) {
      const DWORD result = WaitForSingleObjectEx(request, INFINITE, TRUE);
      if (result == WAIT_OBJECT_0) {
        ++sets;
        SetEvent(answer);
      }
    }
    return 0u;
  });
  std::thread caller([&] {
    for (int i = 0; i < kRounds; ++i) {
      QueueUserAPC(count, waiter.handle(), address_of(&calls));
      if (i % 64 == 0) std::this_thread::yield();
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    SetEvent(request);
    ASSERT_EQ(WaitForSingleObject(answer, INFINITE), WAIT_OBJECT_0);
  }
  caller.join();
  waiter.join();
  EXPECT_EQ(sets, kRounds);
  EXPECT_EQ(calls, kRounds);
}

// Four threads pass two semaphores' counts on through waits for all; the sum never changes.
TEST(Waits, ForAllNeitherLoseNorMakeCounts) {
  constexpr LONG kCount = 3;
  OwnedHandle a(CreateSemaphore(nullptr, kCount, 100, nullptr)), b(CreateSemaphore(nullptr, kCount, 100, nullptr));
  const HANDLE both[] = {a, b};
  const HANDLE swapped[] = {b, a};
  {
    std::vector<std::unique_ptr<TestThread>> threads;
    for (int i = 0; i < 4; ++i)
      threads.push_back(std::make_unique<TestThread>([&, i] {
        for (int round = 0; round < 3000; ++round) {
          const HANDLE* handles = i % 2 == 0 ? both : swapped;
          const DWORD result =
              WaitForMultipleObjectsEx(2, handles, round % 3 != 0, round % 5 == 0 ? 0 : INFINITE, TRUE);
          if (result == WAIT_TIMEOUT) continue;
          if (round % 3 != 0) {
            ReleaseSemaphore(a, 1, nullptr);
            ReleaseSemaphore(b, 1, nullptr);
          } else {
            ReleaseSemaphore(handles[result - WAIT_OBJECT_0], 1, nullptr);
          }
        }
        return 0u;
      }));
  }
  for (HANDLE semaphore : both) {
    LONG left = 0;
    while (WaitForSingleObject(semaphore, 0) == WAIT_OBJECT_0) ++left;
    EXPECT_EQ(left, kCount);
  }
}

}  // namespace
}  // namespace inlet::winsock
