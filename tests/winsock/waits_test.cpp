// Events, mutexes, semaphores and the waits for them.
#include <winsock2.h>

#include <atomic>
#include <chrono>
#include <vector>

#include "winsock/test_thread.h"

extern "C" {
BOOL WSAAPI WSACloseEvent(WSAEVENT hEvent);
WSAEVENT WSAAPI WSACreateEvent(void);
BOOL WSAAPI WSAResetEvent(WSAEVENT hEvent);
BOOL WSAAPI WSASetEvent(WSAEVENT hEvent);
DWORD WSAAPI WSAWaitForMultipleEvents(DWORD cEvents, const WSAEVENT* lphEvents, BOOL fWaitAll, DWORD dwTimeout,
                                      BOOL fAlertable);
}

namespace inlet::winsock {
namespace {

HANDLE closed_handle() {
  HANDLE handle = manual_event();
  CloseHandle(handle);
  return handle;
}

TEST(Events, ManualOnesStaySetUntilTheyAreReset) {
  OwnedHandle event(manual_event());
  EXPECT_FALSE(is_set(event));
  EXPECT_TRUE(SetEvent(event));
  EXPECT_TRUE(is_set(event));
  EXPECT_TRUE(is_set(event));
  EXPECT_TRUE(ResetEvent(event));
  EXPECT_FALSE(is_set(event));
}

TEST(Events, AutomaticOnesLetOneWaitThrough) {
  OwnedHandle event(auto_event(true));
  EXPECT_TRUE(is_set(event));
  EXPECT_FALSE(is_set(event));
  SetEvent(event);
  SetEvent(event);
  EXPECT_TRUE(is_set(event));
  EXPECT_FALSE(is_set(event)) << "setting it twice counts once";
}

TEST(Events, AreNewWithLastErrorZero) {
  SetLastError(0xdead);
  OwnedHandle event(manual_event());
  EXPECT_EQ(GetLastError(), 0u);
}

TEST(Events, TheLongFormTakesFlags) {
  OwnedHandle manual(CreateEventEx(nullptr, nullptr, CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET, 0));
  EXPECT_TRUE(is_set(manual));
  EXPECT_TRUE(is_set(manual));
  OwnedHandle automatic(CreateEventExW(nullptr, nullptr, CREATE_EVENT_INITIAL_SET, EVENT_ALL_ACCESS));
  EXPECT_TRUE(is_set(automatic));
  EXPECT_FALSE(is_set(automatic));
  EXPECT_FAILS(CreateEventEx(nullptr, nullptr, 4, 0), nullptr, ERROR_INVALID_PARAMETER);
}

TEST(Events, OfOneNameAreOne) {
  OwnedHandle first(CreateEventA(nullptr, TRUE, FALSE, "name \xc3\xa4"));
  HANDLE again = CreateEventW(nullptr, FALSE, TRUE, u"name \u00e4");
  EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_ALREADY_EXISTS));
  OwnedHandle second(again);
  EXPECT_FALSE(is_set(second)) << "the state asked for counts for a new one only";
  SetEvent(first);
  EXPECT_TRUE(is_set(second));
  EXPECT_TRUE(is_set(second));
  EXPECT_FAILS(CreateMutexA(nullptr, FALSE, "name \xc3\xa4"), nullptr, ERROR_INVALID_HANDLE);
}

TEST(Events, ANameEndsWithItsObject) {
  { OwnedHandle event(CreateEventA(nullptr, TRUE, TRUE, "short-lived")); }
  OwnedHandle event(CreateEventA(nullptr, TRUE, FALSE, "short-lived"));
  EXPECT_EQ(GetLastError(), 0u);
  EXPECT_FALSE(is_set(event));
}

TEST(Events, NamesHaveALimit) {
  OwnedHandle longest(CreateEventA(nullptr, TRUE, FALSE, std::string(MAX_PATH - 1, 'x').c_str()));
  EXPECT_FAILS(CreateEventA(nullptr, TRUE, FALSE, std::string(MAX_PATH, 'x').c_str()), nullptr,
               ERROR_FILENAME_EXCED_RANGE);
}

TEST(Events, BadHandlesAreRefused) {
  OwnedHandle semaphore(CreateSemaphore(nullptr, 0, 1, nullptr));
  for (HANDLE bad : {closed_handle(), HANDLE{nullptr}, INVALID_HANDLE_VALUE, HANDLE(semaphore), GetCurrentThread()}) {
    EXPECT_FAILS(SetEvent(bad), FALSE, ERROR_INVALID_HANDLE);
    EXPECT_FAILS(ResetEvent(bad), FALSE, ERROR_INVALID_HANDLE);
    EXPECT_FAILS(PulseEvent(bad), FALSE, ERROR_INVALID_HANDLE);
    EXPECT_FAILS(WSASetEvent(bad), FALSE, WSA_INVALID_HANDLE);
    EXPECT_FAILS(WSAResetEvent(bad), FALSE, WSA_INVALID_HANDLE);
    EXPECT_FAILS(WSACloseEvent(bad), FALSE, WSA_INVALID_HANDLE);
  }
}

TEST(Events, ThoseOfWinsockAreManual) {
  WSAEVENT event = WSACreateEvent();
  ASSERT_NE(event, WSA_INVALID_EVENT);
  EXPECT_FALSE(is_set(event));
  EXPECT_TRUE(WSASetEvent(event));
  EXPECT_TRUE(is_set(event));
  EXPECT_TRUE(is_set(event));
  EXPECT_TRUE(WSAResetEvent(event));
  EXPECT_FALSE(is_set(event));
  EXPECT_TRUE(WSACloseEvent(event));
  EXPECT_FAILS(WSACloseEvent(event), FALSE, WSA_INVALID_HANDLE);
}

// Lets `waits` threads begin to wait, as far as that can be seen from outside: each says so right before.
class Waiters {
 public:
  Waiters(int count, std::function<DWORD()> wait) {
    for (int i = 0; i < count; ++i)
      threads_.push_back(std::make_unique<TestThread>([this, wait] {
        ++begun_;
        const DWORD result = wait();
        ++returned_;
        return result;
      }));
    while (begun_ < count) SwitchToThread();
    Sleep(30);  // what follows must hold whether or not they sleep already; so they usually do
  }
  int returned() const { return returned_; }

 private:
  std::atomic<int> begun_{0};
  std::atomic<int> returned_{0};
  std::vector<std::unique_ptr<TestThread>> threads_;  // joined first
};

TEST(Events, SettingAManualOneWakesAll) {
  OwnedHandle event(manual_event());
  Waiters waiters(4, [&] { return WaitForSingleObject(event, INFINITE); });
  EXPECT_EQ(waiters.returned(), 0);
  SetEvent(event);
}

TEST(Events, SettingAnAutomaticOneWakesOneEachTime) {
  OwnedHandle event(auto_event());
  Waiters waiters(3, [&] { return WaitForSingleObject(event, INFINITE); });
  for (int woken = 1; woken <= 3; ++woken) {
    SetEvent(event);
    while (waiters.returned() < woken) SwitchToThread();
    EXPECT_EQ(waiters.returned(), woken);
    EXPECT_FALSE(is_set(event)) << "who waited has it";
  }
}

TEST(Events, APulseLeavesThemReset) {
  OwnedHandle manual(manual_event());
  OwnedHandle automatic(auto_event());
  {
    Waiters waiters(2, [&] { return WaitForSingleObject(manual, INFINITE); });
    while (waiters.returned() < 2) PulseEvent(manual);
  }
  {
    Waiters waiters(1, [&] { return WaitForSingleObject(automatic, INFINITE); });
    while (waiters.returned() < 1) PulseEvent(automatic);
  }
  EXPECT_FALSE(is_set(manual));
  EXPECT_FALSE(is_set(automatic));
}

TEST(Waits, TakeTheirTime) {
  OwnedHandle event(manual_event());
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(WaitForSingleObject(event, 30), WAIT_TIMEOUT);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(30));
}

TEST(Waits, ForOneGetTheSmallestIndex) {
  OwnedHandle a(auto_event()), b(auto_event(true)), c(auto_event(true));
  const HANDLE all[] = {a, b, c};
  EXPECT_EQ(WaitForMultipleObjects(3, all, FALSE, 0), WAIT_OBJECT_0 + 1);
  EXPECT_EQ(WaitForMultipleObjects(3, all, FALSE, 0), WAIT_OBJECT_0 + 2) << "only the one that was got is changed";
  EXPECT_EQ(WaitForMultipleObjects(3, all, FALSE, 0), WAIT_TIMEOUT);
}

TEST(Waits, ForOneMayNameAnObjectTwice) {
  OwnedHandle event(auto_event());
  const HANDLE twice[] = {event, event};
  EXPECT_EQ(WaitForMultipleObjects(2, twice, FALSE, 1), WAIT_TIMEOUT);
  SetEvent(event);
  EXPECT_EQ(WaitForMultipleObjects(2, twice, FALSE, 1), WAIT_OBJECT_0);
}

TEST(Waits, ForAllTakeNothingBeforeTheyHaveAll) {
  OwnedHandle a(auto_event(true)), b(auto_event());
  const HANDLE both[] = {a, b};
  EXPECT_EQ(WaitForMultipleObjects(2, both, TRUE, 0), WAIT_TIMEOUT);
  EXPECT_EQ(WaitForMultipleObjects(2, both, TRUE, 5), WAIT_TIMEOUT);
  EXPECT_TRUE(is_set(a));
  {
    Waiters waiter(1, [&] { return WaitForMultipleObjects(2, both, TRUE, INFINITE); });
    SetEvent(a);
    EXPECT_TRUE(is_set(a)) << "the wait for both must leave it alone";
    SetEvent(b);
    SetEvent(a);
  }
  EXPECT_FALSE(is_set(a));
  EXPECT_FALSE(is_set(b));
}

TEST(Waits, ForAllRefuseAnObjectThatIsThereTwice) {
  OwnedHandle event(manual_event(true));
  HANDLE copy = nullptr;
  ASSERT_TRUE(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
  OwnedHandle second(copy);
  const HANDLE same[] = {event, event};
  const HANDLE copies[] = {event, second};
  EXPECT_FAILS(WaitForMultipleObjects(2, same, TRUE, 0), WAIT_FAILED, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(WaitForMultipleObjects(2, copies, TRUE, 0), WAIT_FAILED, ERROR_INVALID_PARAMETER);
}

TEST(Waits, TakeOneTo64Objects) {
  std::vector<HANDLE> events;
  for (int i = 0; i < 65; ++i) events.push_back(auto_event(i == 63));
  EXPECT_EQ(WaitForMultipleObjects(64, events.data(), FALSE, 0), WAIT_OBJECT_0 + 63);
  EXPECT_FAILS(WaitForMultipleObjects(65, events.data(), FALSE, 0), WAIT_FAILED, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(WaitForMultipleObjects(0, events.data(), FALSE, 0), WAIT_FAILED, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(WaitForMultipleObjects(1, nullptr, FALSE, 0), WAIT_FAILED, ERROR_INVALID_PARAMETER);
  for (HANDLE event : events) SetEvent(event);
  EXPECT_EQ(WaitForMultipleObjects(64, events.data(), TRUE, INFINITE), WAIT_OBJECT_0);
  for (HANDLE event : events) CloseHandle(event);
}

TEST(Waits, BadHandlesAreRefused) {
  OwnedHandle event(manual_event(true));
  for (HANDLE bad : {closed_handle(), HANDLE{nullptr}, INVALID_HANDLE_VALUE}) {
    EXPECT_FAILS(WaitForSingleObjectEx(bad, INFINITE, TRUE), WAIT_FAILED, ERROR_INVALID_HANDLE);
    const HANDLE handles[] = {event, bad};
    EXPECT_FAILS(WaitForMultipleObjects(2, handles, FALSE, INFINITE), WAIT_FAILED, ERROR_INVALID_HANDLE);
  }
}

TEST(Waits, AnObjectLivesAsLongAsSomebodyWaitsForIt) {
  HANDLE event = auto_event();
  HANDLE copy = nullptr;
  ASSERT_TRUE(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy, 0, FALSE, 0));
  Waiters waiter(1, [&] { return WaitForSingleObject(event, INFINITE); });
  EXPECT_TRUE(CloseHandle(event));
  EXPECT_TRUE(SetEvent(copy));
  EXPECT_TRUE(CloseHandle(copy));
}

// ---- mutexes

TEST(Mutexes, BelongToAThreadThatMayTakeThemAgain) {
  OwnedHandle mutex(CreateMutex(nullptr, TRUE, nullptr));
  EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
  TestThread([&] {
    EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_TIMEOUT);
    EXPECT_FAILS(ReleaseMutex(mutex), FALSE, ERROR_NOT_OWNER);
    return 0u;
  });
  EXPECT_TRUE(ReleaseMutex(mutex));
  EXPECT_TRUE(ReleaseMutex(mutex));
  EXPECT_FAILS(ReleaseMutex(mutex), FALSE, ERROR_NOT_OWNER);
  TestThread([&] {
    EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    EXPECT_TRUE(ReleaseMutex(mutex));
    return 0u;
  });
}

TEST(Mutexes, AreAbandonedByAThreadThatEnds) {
  OwnedHandle a(CreateMutex(nullptr, FALSE, nullptr)), b(CreateMutex(nullptr, FALSE, nullptr));
  OwnedHandle event(manual_event(true));
  TestThread([&] {
    WaitForSingleObject(a, 0);
    WaitForSingleObject(b, 0);
    WaitForSingleObject(b, 0);
    return 0u;
  });
  EXPECT_EQ(WaitForSingleObject(a, 0), WAIT_ABANDONED);
  EXPECT_EQ(WaitForSingleObject(a, 0), WAIT_OBJECT_0) << "told once";
  const HANDLE all[] = {event, b};
  EXPECT_EQ(WaitForMultipleObjects(2, all, TRUE, 0), WAIT_ABANDONED_0);
  EXPECT_TRUE(ReleaseMutex(a));
  EXPECT_TRUE(ReleaseMutex(a));
  EXPECT_TRUE(ReleaseMutex(b));
}

TEST(Mutexes, AnAbandonedOneGoesToWhoWaits) {
  OwnedHandle never(manual_event());
  OwnedHandle mutex(CreateMutex(nullptr, TRUE, nullptr));
  ReleaseMutex(mutex);
  OwnedHandle taken(manual_event()), end(manual_event());
  TestThread owner([&] {
    WaitForSingleObject(mutex, INFINITE);
    SetEvent(taken);
    WaitForSingleObject(end, INFINITE);
    return 0u;
  });
  WaitForSingleObject(taken, INFINITE);
  TestThread waiter([&] {
    const HANDLE handles[] = {never, mutex};
    EXPECT_EQ(WaitForMultipleObjects(2, handles, FALSE, INFINITE), WAIT_ABANDONED_0 + 1);
    EXPECT_TRUE(ReleaseMutex(mutex));
    return 0u;
  });
  SetEvent(end);
}

TEST(Mutexes, MayBeClosedWhileTheyAreHeld) {
  TestThread([&] {
    HANDLE mutex = CreateMutex(nullptr, TRUE, nullptr);
    EXPECT_TRUE(CloseHandle(mutex));
    return 0u;
  });
}

// ---- semaphores

TEST(Semaphores, LetAsManyThroughAsTheyCount) {
  OwnedHandle semaphore(CreateSemaphoreW(nullptr, 1, 3, nullptr));
  LONG previous = -1;
  EXPECT_TRUE(ReleaseSemaphore(semaphore, 2, &previous));
  EXPECT_EQ(previous, 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
  EXPECT_EQ(WaitForSingleObject(semaphore, 0), WAIT_TIMEOUT);
}

TEST(Semaphores, RefuseWhatDoesNotFit) {
  EXPECT_FAILS(CreateSemaphore(nullptr, 0, 0, nullptr), nullptr, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(CreateSemaphore(nullptr, 2, 1, nullptr), nullptr, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(CreateSemaphore(nullptr, -1, 1, nullptr), nullptr, ERROR_INVALID_PARAMETER);
  OwnedHandle semaphore(CreateSemaphore(nullptr, 1, 2, nullptr));
  LONG previous = 77;
  EXPECT_FAILS(ReleaseSemaphore(semaphore, 2, &previous), FALSE, ERROR_TOO_MANY_POSTS);
  EXPECT_FAILS(ReleaseSemaphore(semaphore, 0x7fffffff, nullptr), FALSE, ERROR_TOO_MANY_POSTS);
  EXPECT_FAILS(ReleaseSemaphore(semaphore, 0, nullptr), FALSE, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(ReleaseSemaphore(nullptr, 1, nullptr), FALSE, ERROR_INVALID_HANDLE);
  EXPECT_EQ(previous, 77);
}

TEST(Semaphores, ServeThoseWhoWait) {
  OwnedHandle semaphore(CreateSemaphore(nullptr, 0, 10, nullptr));
  Waiters waiters(4, [&] { return WaitForSingleObject(semaphore, INFINITE); });
  EXPECT_TRUE(ReleaseSemaphore(semaphore, 3, nullptr));
  while (waiters.returned() < 3) SwitchToThread();
  EXPECT_EQ(waiters.returned(), 3);
  EXPECT_TRUE(ReleaseSemaphore(semaphore, 1, nullptr));
}

// ---- Winsock's form of a wait

TEST(WinsockWaits, NeedWinsock) {
  OwnedHandle event(manual_event(true));
  const WSAEVENT events[] = {event};
  EXPECT_FAILS(WSAWaitForMultipleEvents(1, events, FALSE, 0, FALSE), WSA_WAIT_FAILED, WSANOTINITIALISED);
}

TEST(WinsockWaits, HaveWinsocksCodes) {
  WSADATA data;
  ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  OwnedHandle a(manual_event()), b(manual_event(true));
  const WSAEVENT events[] = {a, b};
  const WSAEVENT bad[] = {a, nullptr};
  EXPECT_EQ(WSAWaitForMultipleEvents(2, events, FALSE, 0, FALSE), DWORD{WSA_WAIT_EVENT_0 + 1});
  EXPECT_EQ(WSAWaitForMultipleEvents(2, events, TRUE, 0, FALSE), DWORD{WSA_WAIT_TIMEOUT});
  EXPECT_EQ(WSAWaitForMultipleEvents(1, events, TRUE, 1, TRUE), DWORD{WSA_WAIT_TIMEOUT});
  EXPECT_FAILS(WSAWaitForMultipleEvents(0, events, FALSE, 0, FALSE), WSA_WAIT_FAILED, WSA_INVALID_PARAMETER);
  EXPECT_FAILS(WSAWaitForMultipleEvents(65, events, FALSE, 0, FALSE), WSA_WAIT_FAILED, WSA_INVALID_PARAMETER);
  EXPECT_FAILS(WSAWaitForMultipleEvents(2, bad, FALSE, 0, FALSE), WSA_WAIT_FAILED, WSA_INVALID_HANDLE);
  EXPECT_EQ(WSACleanup(), 0);
}

}  // namespace
}  // namespace inlet::winsock
