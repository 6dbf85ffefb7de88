#include <gtest/gtest.h>
#include <process.h>
#include <tchar.h>
#include <windows.h>

#include <atomic>
#include <cerrno>
#include <set>
#include <thread>

#include "base/thread_registry.h"
#include "winsock/test_thread.h"

namespace inlet::winsock {
namespace {

// A thread that is registered until it is told to end.
class RegisteredThread {
 public:
  RegisteredThread()
      : thread_([this] {
          ThreadRegistration registration;
          id_ = registration.id();
          id_.notify_one();
          end_.wait(false);
        }) {
    id_.wait(0);
  }
  ~RegisteredThread() {
    if (thread_.joinable()) end();
  }
  DWORD id() const { return id_; }
  void let_end() {
    end_ = true;
    end_.notify_one();
  }
  void end() {
    let_end();
    thread_.join();
  }

 private:
  std::atomic<uint32_t> id_ = 0;
  std::atomic<bool> end_ = false;
  std::thread thread_;
};

TEST(Threads, AreWaitedForByTheirId) {
  RegisteredThread thread;
  HANDLE handle = OpenThread(SYNCHRONIZE, FALSE, thread.id());
  ASSERT_NE(handle, nullptr);
  EXPECT_EQ(WaitForSingleObject(handle, 0), WAIT_TIMEOUT);
  EXPECT_EQ(WaitForSingleObject(handle, 5), WAIT_TIMEOUT);
  thread.let_end();
  EXPECT_EQ(WaitForSingleObject(handle, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(WaitForSingleObject(handle, 0), WAIT_OBJECT_0) << "an ended thread stays ended";
  EXPECT_TRUE(CloseHandle(handle));
}

TEST(Threads, TwoHandlesAreClosedOneByOne) {
  RegisteredThread thread;
  HANDLE first = OpenThread(SYNCHRONIZE, FALSE, thread.id());
  HANDLE second = OpenThread(SYNCHRONIZE, FALSE, thread.id());
  EXPECT_NE(first, second);
  EXPECT_TRUE(CloseHandle(first));
  thread.let_end();
  EXPECT_EQ(WaitForSingleObject(second, INFINITE), WAIT_OBJECT_0);
  EXPECT_TRUE(CloseHandle(second));
}

TEST(Threads, UnknownOrEndedOnesCannotBeOpened) {
  DWORD ended = 0;
  {
    RegisteredThread thread;
    ended = thread.id();
  }
  for (DWORD id : {ended, DWORD{0}}) {
    SetLastError(0);
    EXPECT_EQ(OpenThread(SYNCHRONIZE, FALSE, id), nullptr);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_PARAMETER));
  }
}

TEST(Handles, BadOnesAreRefused) {
  HANDLE closed = nullptr;
  {
    RegisteredThread thread;
    closed = OpenThread(SYNCHRONIZE, FALSE, thread.id());
    EXPECT_TRUE(CloseHandle(closed));
  }
  for (HANDLE bad : {closed, HANDLE{nullptr}, INVALID_HANDLE_VALUE}) {
    SetLastError(0);
    EXPECT_EQ(WaitForSingleObject(bad, 0), WAIT_FAILED);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_HANDLE));
  }
  EXPECT_FAILS(CloseHandle(closed), FALSE, ERROR_INVALID_HANDLE);
  EXPECT_FAILS(CloseHandle(nullptr), FALSE, ERROR_INVALID_HANDLE);
  // INVALID_HANDLE_VALUE is the number of GetCurrentProcess(), and closing that has no effect.
  EXPECT_TRUE(CloseHandle(INVALID_HANDLE_VALUE));
}

void look_at_registration() {
  const uint32_t id = current_thread_id();
  EXPECT_EQ(find_thread(id), nullptr);
  std::shared_ptr<ThreadRecord> record;
  {
    ThreadRegistration registration;
    record = find_thread(id);
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->id(), id);
    EXPECT_FALSE(record->wait(std::chrono::milliseconds(0)));
  }
  EXPECT_EQ(find_thread(id), nullptr);
  EXPECT_TRUE(record->wait(std::nullopt));
}

TEST(Handles, AreCopiedAndClosedOneByOne) {
  HANDLE event = manual_event();
  HANDLE copy = nullptr;
  ASSERT_TRUE(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy, 0, FALSE,
                              DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
  EXPECT_NE(copy, event);
  EXPECT_FAILS(CloseHandle(event), FALSE, ERROR_INVALID_HANDLE);
  EXPECT_TRUE(SetEvent(copy));
  EXPECT_TRUE(DuplicateHandle(GetCurrentProcess(), copy, GetCurrentProcess(), nullptr, 0, FALSE, 0));
  EXPECT_TRUE(CloseHandle(copy));
  EXPECT_FAILS(DuplicateHandle(GetCurrentProcess(), copy, GetCurrentProcess(), &event, 0, FALSE, 0), FALSE,
               ERROR_INVALID_HANDLE);
  EXPECT_FAILS(DuplicateHandle(nullptr, copy, GetCurrentProcess(), &event, 0, FALSE, 0), FALSE, ERROR_INVALID_HANDLE);
}

TEST(Handles, AreMultiplesOfFourThatFit32BitsAndDoNotComeAgainSoon) {
  std::set<HANDLE> seen;
  for (int i = 0; i < 100'000; ++i) {
    HANDLE handle = manual_event();
    const auto number = reinterpret_cast<uintptr_t>(handle);
    ASSERT_EQ(number % 4, 0u);
    ASSERT_LE(number, 0xffffffffu);
    ASSERT_TRUE(seen.insert(handle).second);
    CloseHandle(handle);
  }
}

TEST(ThreadRegistry, KnowsAThreadOnlyWhileItIsRegistered) {
  std::thread(look_at_registration).join();
}

class CountsEnds : public ThreadEndListener {
 public:
  void thread_ended() override { ++ends; }
  std::atomic<int> ends{0};
};

TEST(ThreadRegistry, TellsItsOneListenerOfTheEnd) {
  auto first = std::make_shared<CountsEnds>();
  auto second = std::make_shared<CountsEnds>();
  std::shared_ptr<ThreadRecord> record;
  {
    RegisteredThread thread;
    record = find_thread(thread.id());
    EXPECT_EQ(record->attach(first), first);
    EXPECT_EQ(record->attach(second), first);
    EXPECT_EQ(first->ends, 0);
  }
  EXPECT_EQ(first->ends, 1);
  EXPECT_EQ(second->ends, 0);
  EXPECT_EQ(record->attach(second), nullptr);
}

TEST(CreatedThreads, RunAndTellTheirExitCode) {
  DWORD seen = 0;
  TestThread thread([&] {
    seen = GetCurrentThreadId();
    return 42u;
  });
  EXPECT_EQ(WaitForSingleObject(thread.handle(), INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(seen, thread.id());
  EXPECT_NE(seen, GetCurrentThreadId());
  DWORD code = 0;
  EXPECT_TRUE(GetExitCodeThread(thread.handle(), &code));
  EXPECT_EQ(code, 42u);
  EXPECT_FAILS(GetExitCodeThread(thread.handle(), nullptr), FALSE, ERROR_INVALID_PARAMETER);
}

TEST(CreatedThreads, AreActiveUntilTheyEnd) {
  OwnedHandle end(manual_event());
  TestThread thread([&] { return WaitForSingleObject(end, INFINITE); });
  DWORD code = 0;
  EXPECT_TRUE(GetExitCodeThread(thread.handle(), &code));
  EXPECT_EQ(code, static_cast<DWORD>(STILL_ACTIVE));
  EXPECT_EQ(GetThreadId(thread.handle()), thread.id());
  OwnedHandle opened(OpenThread(SYNCHRONIZE, FALSE, thread.id()));
  EXPECT_EQ(WaitForSingleObject(opened, 0), WAIT_TIMEOUT);
  SetEvent(end);
  EXPECT_EQ(WaitForSingleObject(opened, INFINITE), WAIT_OBJECT_0);
}

TEST(CreatedThreads, MayEndThemselves) {
  struct Unwound {
    ~Unwound() { *flag = true; }
    std::atomic<bool>* flag;
  };
  std::atomic<bool> unwound = false;
  TestThread thread([&]() -> DWORD {
    Unwound on_the_stack{&unwound};
    ExitThread(7);
    return 8;
  });
  thread.join();
  DWORD code = 0;
  EXPECT_TRUE(GetExitCodeThread(thread.handle(), &code));
  EXPECT_EQ(code, 7u);
  EXPECT_TRUE(unwound);
}

TEST(CreatedThreads, HaveEndedWhenTheirThreadLocalsAreGone) {
  struct Local {
    ~Local() {
      if (flag == nullptr) return;
      Sleep(20);
      *flag = true;
    }
    std::atomic<bool>* flag = nullptr;
  };
  std::atomic<bool> destroyed = false;
  TestThread thread([&] {
    thread_local Local local;
    local.flag = &destroyed;
    return 0u;
  });
  thread.join();
  EXPECT_TRUE(destroyed);
}

TEST(CreatedThreads, MadeSuspendedWaitToBeResumed) {
  std::atomic<bool> ran = false;
  TestThread thread(
      [&] {
        ran = true;
        return 0u;
      },
      CREATE_SUSPENDED);
  EXPECT_EQ(WaitForSingleObject(thread.handle(), 10), WAIT_TIMEOUT);
  EXPECT_FALSE(ran);
  EXPECT_EQ(ResumeThread(thread.handle()), 1u);
  thread.join();
  EXPECT_TRUE(ran);
  EXPECT_EQ(ResumeThread(thread.handle()), 0u);
  EXPECT_FAILS(ResumeThread(nullptr), ~DWORD{0}, ERROR_INVALID_HANDLE);
}

DWORD WINAPI use_stack(LPVOID bytes) {
  volatile char room[200 * 1024];
  room[0] = 1;
  room[sizeof(room) - 1] = 1;
  *static_cast<size_t*>(bytes) = sizeof(room);
  return 0;
}

TEST(CreatedThreads, HaveTheStackTheyNeed) {
  size_t used = 0;
  // A small number without the reservation flag must not make the stack small.
  OwnedHandle thread(CreateThread(nullptr, 4096, use_stack, &used, 0, nullptr));
  EXPECT_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
  EXPECT_EQ(used, 200u * 1024);
  OwnedHandle reserved(CreateThread(nullptr, 512 * 1024, use_stack, &used, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr));
  EXPECT_EQ(WaitForSingleObject(reserved, INFINITE), WAIT_OBJECT_0);
}

TEST(CreatedThreads, BadArgumentsAreRefused) {
  EXPECT_FAILS(CreateThread(nullptr, 0, nullptr, nullptr, 0, nullptr), nullptr, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(CreateThread(nullptr, 0, use_stack, nullptr, 0x80, nullptr), nullptr, ERROR_INVALID_PARAMETER);
}

unsigned add_one(void* number) {
  ++*static_cast<unsigned*>(number);
  _endthreadex(*static_cast<unsigned*>(number));
  return 0;
}

TEST(CreatedThreads, AreAlsoMadeByTheCLibrary) {
  unsigned number = 41;
  unsigned id = 0;
  OwnedHandle thread(reinterpret_cast<HANDLE>(_beginthreadex(nullptr, 0, add_one, &number, 0, &id)));
  EXPECT_NE(id, 0u);
  EXPECT_EQ(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
  DWORD code = 0;
  EXPECT_TRUE(GetExitCodeThread(thread, &code));
  EXPECT_EQ(code, 42u);
  errno = 0;
  EXPECT_EQ(_beginthreadex(nullptr, 0, nullptr, nullptr, 0, nullptr), 0u);
  EXPECT_EQ(errno, EINVAL);
}

void wait_for_go(void* events) {
  auto* pair = static_cast<HANDLE*>(events);
  WaitForSingleObject(pair[0], INFINITE);
  SetEvent(pair[1]);
}

TEST(CreatedThreads, OfTheSimpleFormCloseTheirHandle) {
  OwnedHandle go(manual_event()), done(manual_event());
  HANDLE events[] = {go, done};
  HANDLE thread = reinterpret_cast<HANDLE>(_beginthread(wait_for_go, 0, events));
  const DWORD id = GetThreadId(thread);
  EXPECT_NE(id, 0u);
  OwnedHandle own(OpenThread(SYNCHRONIZE, FALSE, id));
  SetEvent(go);
  EXPECT_EQ(WaitForSingleObject(own, INFINITE), WAIT_OBJECT_0);
  EXPECT_TRUE(WaitForSingleObject(done, 0) == WAIT_OBJECT_0);
  EXPECT_FAILS(WaitForSingleObject(thread, 0), WAIT_FAILED, ERROR_INVALID_HANDLE);
}

TEST(CurrentThread, HasAPseudoHandleThatCanBeMadeReal) {
  EXPECT_EQ(GetThreadId(GetCurrentThread()), GetCurrentThreadId());
  HANDLE real = nullptr;
  ASSERT_TRUE(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &real, 0, FALSE,
                              DUPLICATE_SAME_ACCESS));
  OwnedHandle owned(real);
  EXPECT_EQ(WaitForSingleObject(real, 0), WAIT_TIMEOUT);
  TestThread([&] {
    EXPECT_NE(GetThreadId(real), GetCurrentThreadId());
    return 0u;
  });
  EXPECT_TRUE(CloseHandle(GetCurrentThread()));
  EXPECT_TRUE(CloseHandle(GetCurrentProcess()));
  OwnedHandle opened(OpenThread(SYNCHRONIZE, FALSE, GetCurrentThreadId()));
  EXPECT_EQ(GetThreadId(opened), GetCurrentThreadId());
}

TEST(CurrentThread, OfAnyOriginIsSignaledWhenItEnds) {
  HANDLE real = nullptr;
  std::thread([&] {
    DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &real, 0, FALSE, 0);
    EXPECT_EQ(WaitForSingleObject(real, 0), WAIT_TIMEOUT);
  }).join();
  OwnedHandle owned(real);
  EXPECT_EQ(WaitForSingleObject(real, 0), WAIT_OBJECT_0);
}

TEST(Threads, RememberTheirPriority) {
  EXPECT_EQ(GetThreadPriority(GetCurrentThread()), THREAD_PRIORITY_NORMAL);
  EXPECT_TRUE(SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_HIGHEST));
  EXPECT_EQ(GetThreadPriority(GetCurrentThread()), THREAD_PRIORITY_HIGHEST);
  EXPECT_TRUE(SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_NORMAL));
  EXPECT_FAILS(SetThreadPriority(GetCurrentThread(), 5), FALSE, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(GetThreadPriority(nullptr), THREAD_PRIORITY_ERROR_RETURN, ERROR_INVALID_HANDLE);
}

TEST(Time, TicksGoOnWhileSleeping) {
  const ULONGLONG before = GetTickCount64();
  Sleep(20);
  Sleep(0);
  EXPECT_GE(GetTickCount64(), before + 19);
  EXPECT_GT(GetTickCount64(), 0u);
}

TEST(MessageBoxes, WriteALineAndAnswerForTheUser) {
  struct Row {
    UINT type;
    int answer;
  };
  const Row rows[] = {{MB_OK | MB_TASKMODAL | MB_ICONEXCLAMATION, IDOK},
                      {MB_OKCANCEL, IDOK},
                      {MB_YESNO, IDYES},
                      {MB_YESNOCANCEL, IDYES},
                      {MB_RETRYCANCEL, IDCANCEL},
                      {MB_ABORTRETRYIGNORE, IDABORT}};
  for (const Row& row : rows) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(MessageBox(NULL, _T("text"), _T("caption"), row.type), row.answer);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "caption: text\n");
  }
  testing::internal::CaptureStderr();
  MessageBox(NULL, _T("text"), NULL, MB_OK);
  OutputDebugString(_T("debug\n"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "Error: text\ndebug\n");
}

TEST(Text, GenericNamesAreTheNarrowFunctions) {
  TCHAR text[16];
  _stprintf(text, _T("%d"), _ttoi(_T("42")));
  EXPECT_EQ(_tcscmp(text, TEXT("42")), 0);
  EXPECT_EQ(_tcsicmp(_T("ABC"), _T("abc")), 0);
  EXPECT_EQ(_tcslen(lstrcpyn(text, _T("too long for it"), 5)), 4u);
  EXPECT_EQ(MAKEWORD(1, 2), 0x0201);
  EXPECT_EQ(LOBYTE(0x0201), 1);
  EXPECT_EQ(HIBYTE(0x0201), 2);
  EXPECT_EQ(HIWORD(0x12345678), 0x1234);
}

}  // namespace
}  // namespace inlet::winsock
