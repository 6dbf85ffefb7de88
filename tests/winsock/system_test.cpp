// Message queues, error texts, time, and what the machine has.
#include <poll.h>
#include <unistd.h>
#include <windows.h>

#include <ctime>
#include <string>
#include <thread>

#include "winsock/test_thread.h"

namespace inlet::winsock {
namespace {

class Window {
 public:
  Window() : handle_(InletCreateMessageQueue()) { EXPECT_NE(handle_, nullptr); }
  ~Window() {
    if (IsWindow(handle_)) DestroyWindow(handle_);
  }
  operator HWND() const { return handle_; }

 private:
  const HWND handle_;
};

bool is_readable(HWND window) {
  pollfd watched{InletGetMessageQueueDescriptor(window), 1, 0};  // POLLIN of Linux
  return ::poll(&watched, 1, 0) == 1;
}

TEST(MessageQueues, GiveMessagesInTheirOrder) {
  Window first, second;
  EXPECT_TRUE(PostMessage(first, WM_USER, 1, -1));
  EXPECT_TRUE(PostMessage(second, WM_USER + 1, 2, -2));
  MSG message{};
  EXPECT_TRUE(PeekMessage(&message, nullptr, 0, 0, PM_NOREMOVE));
  EXPECT_TRUE(PeekMessage(&message, nullptr, 0, 0, PM_REMOVE));
  EXPECT_EQ(message.hwnd, HWND(first));
  EXPECT_EQ(message.message, UINT{WM_USER});
  EXPECT_EQ(message.wParam, 1u);
  EXPECT_EQ(message.lParam, -1);
  EXPECT_EQ(GetMessage(&message, nullptr, 0, 0), TRUE);
  EXPECT_EQ(message.hwnd, HWND(second));
  EXPECT_FALSE(PeekMessage(&message, nullptr, 0, 0, PM_REMOVE));
}

TEST(MessageQueues, GiveWhatIsAskedFor) {
  Window first, second;
  for (UINT number = 0; number < 3; ++number) PostMessage(first, WM_USER + number, 0, 0);
  PostMessage(second, WM_USER, 0, 0);
  MSG message{};
  EXPECT_TRUE(PeekMessage(&message, second, 0, 0, PM_REMOVE));
  EXPECT_EQ(message.hwnd, HWND(second));
  EXPECT_TRUE(PeekMessage(&message, first, WM_USER + 1, WM_USER + 9, PM_REMOVE));
  EXPECT_EQ(message.message, UINT{WM_USER + 1});
  EXPECT_FALSE(PeekMessage(&message, first, WM_APP, WM_APP, PM_REMOVE));
}

TEST(MessageQueues, CanBePolled) {
  Window window;
  EXPECT_FALSE(is_readable(window));
  PostMessage(window, WM_USER, 0, 0);
  PostMessage(window, WM_USER, 0, 0);
  EXPECT_TRUE(is_readable(window));
  MSG message{};
  PeekMessage(&message, window, 0, 0, PM_NOREMOVE);
  PeekMessage(&message, window, 0, 0, PM_REMOVE);
  EXPECT_TRUE(is_readable(window)) << "one is left";
  PeekMessage(&message, window, 0, 0, PM_REMOVE);
  EXPECT_FALSE(is_readable(window));
  Window other;
  PostMessage(other, WM_USER, 0, 0);
  EXPECT_TRUE(is_readable(window)) << "the queue is the thread's";
  DestroyWindow(other);
  EXPECT_FALSE(is_readable(window)) << "its messages are gone with it";
}

TEST(MessageQueues, WakeWhoWaits) {
  Window window;
  std::thread poster([&] {
    for (WPARAM i = 1; i <= 1000; ++i) PostMessage(window, WM_USER, i, 0);
  });
  for (WPARAM i = 1; i <= 1000; ++i) {
    MSG message{};
    ASSERT_EQ(GetMessage(&message, window, 0, 0), TRUE);
    ASSERT_EQ(message.wParam, i);
  }
  poster.join();
}

TEST(MessageQueues, EndAWaitForAWindowThatIsDestroyed) {
  Window window;
  TestThread waiter([&] {
    MSG message{};
    EXPECT_FAILS(GetMessage(&message, window, 0, 0), -1, ERROR_INVALID_WINDOW_HANDLE);
    return 0u;
  });
  EXPECT_EQ(WaitForSingleObject(waiter.handle(), 20), WAIT_TIMEOUT);
  EXPECT_TRUE(DestroyWindow(window));
}

TEST(MessageQueues, EndWithQuitAfterAllElse) {
  Window window;
  PostQuitMessage(42);
  PostMessage(window, WM_USER, 0, 0);
  MSG message{};
  EXPECT_EQ(GetMessage(&message, nullptr, 0, 0), TRUE);
  EXPECT_EQ(message.message, UINT{WM_USER});
  EXPECT_TRUE(is_readable(window));
  EXPECT_EQ(GetMessage(&message, nullptr, WM_USER, WM_USER), FALSE) << "it passes every filter";
  EXPECT_EQ(message.message, UINT{WM_QUIT});
  EXPECT_EQ(message.wParam, 42u);
  EXPECT_FALSE(is_readable(window));
}

TEST(MessageQueues, AreLimited) {
  Window window;
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(PostMessage(window, WM_USER, 0, 0));
  EXPECT_FAILS(PostMessage(window, WM_USER, 0, 0), FALSE, ERROR_NOT_ENOUGH_QUOTA);
}

TEST(MessageQueues, WindowsThatAreNoneAreRefused) {
  HWND destroyed = InletCreateMessageQueue();
  EXPECT_TRUE(IsWindow(destroyed));
  EXPECT_TRUE(DestroyWindow(destroyed));
  MSG message{};
  for (HWND bad : {destroyed, reinterpret_cast<HWND>(uintptr_t{3})}) {
    EXPECT_FALSE(IsWindow(bad));
    EXPECT_FAILS(PostMessage(bad, WM_USER, 0, 0), FALSE, ERROR_INVALID_WINDOW_HANDLE);
    EXPECT_FAILS(PeekMessage(&message, bad, 0, 0, PM_REMOVE), FALSE, ERROR_INVALID_WINDOW_HANDLE);
    EXPECT_FAILS(GetMessage(&message, bad, 0, 0), -1, ERROR_INVALID_WINDOW_HANDLE);
    EXPECT_FAILS(DestroyWindow(bad), FALSE, ERROR_INVALID_WINDOW_HANDLE);
    EXPECT_FAILS(InletGetMessageQueueDescriptor(bad), -1, ERROR_INVALID_WINDOW_HANDLE);
  }
  EXPECT_FALSE(IsWindow(nullptr));
  EXPECT_FAILS(PeekMessage(nullptr, nullptr, 0, 0, PM_REMOVE), FALSE, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(GetMessage(nullptr, nullptr, 0, 0), -1, ERROR_INVALID_PARAMETER);
}

std::string text_of(DWORD code, DWORD flags = 0) {
  char text[200] = "untouched";
  const DWORD length = FormatMessage(FORMAT_MESSAGE_FROM_SYSTEM | flags, nullptr, code, 0, text, sizeof(text), nullptr);
  EXPECT_EQ(length, std::string(text).size());
  return text;
}

TEST(ErrorTexts, AreSentences) {
  EXPECT_EQ(text_of(10061), "The connection was refused.\r\n");
  EXPECT_EQ(text_of(10061, FORMAT_MESSAGE_MAX_WIDTH_MASK), "The connection was refused. ");
  EXPECT_EQ(text_of(0), "No error.\r\n");
  for (DWORD code : {ERROR_INVALID_HANDLE, ERROR_NETNAME_DELETED, ERROR_INVALID_PARAMETER, ERROR_ABANDONED_WAIT_0,
                     ERROR_OPERATION_ABORTED, ERROR_CONNECTION_ABORTED, ERROR_NOT_OWNER, ERROR_TIMEOUT})
    EXPECT_GT(text_of(code).size(), 10u) << code;
}

TEST(ErrorTexts, FailAsDocumented) {
  char text[8];
  const DWORD system = FORMAT_MESSAGE_FROM_SYSTEM;
  EXPECT_FAILS(FormatMessage(system, nullptr, 10061, 0, text, sizeof(text), nullptr), 0u, ERROR_INSUFFICIENT_BUFFER);
  EXPECT_FAILS(FormatMessage(system, nullptr, 54321, 0, text, sizeof(text), nullptr), 0u, ERROR_MR_MID_NOT_FOUND);
  EXPECT_FAILS(FormatMessage(system, nullptr, 10001, 0, text, sizeof(text), nullptr), 0u, ERROR_MR_MID_NOT_FOUND);
  EXPECT_FAILS(FormatMessage(0, nullptr, 10061, 0, text, sizeof(text), nullptr), 0u, ERROR_INVALID_PARAMETER);
  EXPECT_FAILS(FormatMessage(system, nullptr, 10061, 0, nullptr, 0, nullptr), 0u, ERROR_INVALID_PARAMETER);
}

TEST(SystemInfo, TellsWhatTheProcessMayUse) {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  EXPECT_GE(info.dwNumberOfProcessors, 1u);
  EXPECT_GE(info.dwPageSize, 4096u);
  EXPECT_NE(info.dwActiveProcessorMask, 0u);
  EXPECT_EQ(GetCurrentProcessId(), static_cast<DWORD>(getpid()));
}

TEST(Time, CountsTicksOfTheSteadyClock) {
  LARGE_INTEGER frequency, before, after;
  ASSERT_TRUE(QueryPerformanceFrequency(&frequency));
  QueryPerformanceCounter(&before);
  Sleep(10);
  QueryPerformanceCounter(&after);
  EXPECT_GE((after.QuadPart - before.QuadPart) * 1000 / frequency.QuadPart, 9);
  EXPECT_EQ(after.LowPart, static_cast<DWORD>(after.QuadPart));
  EXPECT_FAILS(QueryPerformanceCounter(nullptr), FALSE, ERROR_NOACCESS);
}

TEST(Time, OfDayCountsFrom1601) {
  FILETIME now;
  GetSystemTimeAsFileTime(&now);
  const uint64_t ticks = uint64_t{now.dwHighDateTime} << 32 | now.dwLowDateTime;
  const auto seconds = static_cast<int64_t>(ticks / 10'000'000) - 11'644'473'600;
  EXPECT_LE(std::abs(seconds - static_cast<int64_t>(time(nullptr))), 2);
}

}  // namespace
}  // namespace inlet::winsock
