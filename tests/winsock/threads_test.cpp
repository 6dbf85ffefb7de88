#include <gtest/gtest.h>
#include <tchar.h>
#include <windows.h>

#include <atomic>
#include <thread>

#include "base/thread_registry.h"

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
  for (DWORD id : {ended, DWORD{0}, GetCurrentThreadId()}) {
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
    SetLastError(0);
    EXPECT_FALSE(CloseHandle(bad));
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_HANDLE));
  }
}

TEST(ThreadRegistry, KnowsAThreadOnlyWhileItIsRegistered) {
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
