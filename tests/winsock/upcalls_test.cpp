// What providers may call up into Winsock: events, threads, messages, the blocking hook.
#include "winsock/upcalls.h"

#include <gtest/gtest.h>

#include <thread>

#include "winsock/blocking_hook.h"
#include "winsock/test_thread.h"
#include "winsock/thread_ids.h"

namespace inlet::winsock {
namespace {

const WSPUPCALLTABLE kUpcalls = upcall_table();

// The error that a call gave; -1 when it succeeded.
template <class Call>
int error_of(Call call) {
  int error = -1;
  call(&error);
  return error;
}

TEST(Upcalls, EventsAreThoseOfTheProgram) {
  int error = -1;
  WSAEVENT event = kUpcalls.lpWPUCreateEvent(&error);
  ASSERT_NE(event, WSA_INVALID_EVENT);
  EXPECT_TRUE(kUpcalls.lpWPUSetEvent(event, &error));
  EXPECT_TRUE(is_set(event));
  EXPECT_TRUE(is_set(event)) << "manual reset";
  EXPECT_TRUE(kUpcalls.lpWPUResetEvent(event, &error));
  EXPECT_FALSE(is_set(event));
  EXPECT_TRUE(kUpcalls.lpWPUCloseEvent(event, &error));
  EXPECT_EQ(error, -1);
  for (WSAEVENT bad : {event, WSA_INVALID_EVENT}) {
    EXPECT_EQ(error_of([&](LPINT code) { EXPECT_FALSE(kUpcalls.lpWPUSetEvent(bad, code)); }), WSA_INVALID_HANDLE);
    EXPECT_EQ(error_of([&](LPINT code) { EXPECT_FALSE(kUpcalls.lpWPUResetEvent(bad, code)); }), WSA_INVALID_HANDLE);
    EXPECT_EQ(error_of([&](LPINT code) { EXPECT_FALSE(kUpcalls.lpWPUCloseEvent(bad, code)); }), WSA_INVALID_HANDLE);
  }
  EXPECT_FALSE(kUpcalls.lpWPUSetEvent(nullptr, nullptr)) << "lpErrno may be NULL";
}

TEST(Upcalls, EventsAreNoOtherHandles) {
  OwnedHandle mutex(CreateMutex(nullptr, FALSE, nullptr));
  EXPECT_EQ(error_of([&](LPINT code) { EXPECT_FALSE(kUpcalls.lpWPUCloseEvent(mutex, code)); }), WSA_INVALID_HANDLE);
  EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0) << "still open";
  ReleaseMutex(mutex);
}

void CALLBACK note_thread(DWORD_PTR to) {
  *reinterpret_cast<DWORD*>(to) = GetCurrentThreadId();
}

TEST(Upcalls, ProcedureCallsRunOnTheThreadThatWasOpened) {
  OwnedHandle opened(manual_event());
  WSATHREADID id{};
  DWORD ran_on = 0;
  TestThread thread([&] {
    EXPECT_EQ(kUpcalls.lpWPUOpenCurrentThread(&id, nullptr), 0);
    SetEvent(opened);
    EXPECT_EQ(SleepEx(INFINITE, TRUE), WAIT_IO_COMPLETION);
    return 0u;
  });
  WaitForSingleObject(opened, INFINITE);
  EXPECT_EQ(kUpcalls.lpWPUQueueApc(&id, note_thread, reinterpret_cast<DWORD_PTR>(&ran_on), nullptr), 0);
  thread.join();
  EXPECT_EQ(ran_on, thread.id());
  EXPECT_EQ(error_of([&](LPINT code) { EXPECT_EQ(kUpcalls.lpWPUQueueApc(&id, note_thread, 0, code), SOCKET_ERROR); }),
            WSAEFAULT)
      << "it has ended";
  EXPECT_EQ(kUpcalls.lpWPUCloseThread(&id, nullptr), 0);
  EXPECT_EQ(error_of([&](LPINT code) { EXPECT_EQ(kUpcalls.lpWPUCloseThread(&id, code), SOCKET_ERROR); }), WSAEFAULT);
}

TEST(Upcalls, BadThreadIdsAreRefused) {
  OwnedHandle event(manual_event());
  WSATHREADID none{};
  WSATHREADID no_thread{event, 0};
  for (LPWSATHREADID bad : {LPWSATHREADID{nullptr}, &none, &no_thread}) {
    EXPECT_EQ(error_of([&](LPINT code) { EXPECT_EQ(kUpcalls.lpWPUQueueApc(bad, note_thread, 0, code), SOCKET_ERROR); }),
              WSAEFAULT);
    EXPECT_EQ(error_of([&](LPINT code) { EXPECT_EQ(kUpcalls.lpWPUCloseThread(bad, code), SOCKET_ERROR); }), WSAEFAULT);
  }
  EXPECT_EQ(error_of([&](LPINT code) { EXPECT_EQ(kUpcalls.lpWPUOpenCurrentThread(nullptr, code), SOCKET_ERROR); }),
            WSAEFAULT);
}

TEST(Upcalls, TheCallersThreadIdLastsAsLongAsTheThread) {
  WSATHREADID copy{};
  DWORD ran_on = 0;
  std::thread([&] {
    copy = *calling_thread_id();
    EXPECT_EQ(calling_thread_id()->ThreadHandle, copy.ThreadHandle) << "one for each thread";
    EXPECT_EQ(kUpcalls.lpWPUQueueApc(&copy, note_thread, reinterpret_cast<DWORD_PTR>(&ran_on), nullptr), 0);
    EXPECT_EQ(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    EXPECT_EQ(ran_on, GetCurrentThreadId());
  }).join();
  EXPECT_EQ(error_of([&](LPINT code) { EXPECT_EQ(kUpcalls.lpWPUQueueApc(&copy, note_thread, 0, code), SOCKET_ERROR); }),
            WSAEFAULT);
}

TEST(Upcalls, MessagesGoToWindowsOnly) {
  HWND window = InletCreateMessageQueue();
  EXPECT_TRUE(kUpcalls.lpWPUPostMessage(window, WM_USER + 1, 2, 3));
  MSG message{};
  EXPECT_TRUE(PeekMessage(&message, window, 0, 0, PM_REMOVE));
  EXPECT_EQ(message.message, UINT{WM_USER + 1});
  EXPECT_EQ(message.wParam, 2u);
  EXPECT_EQ(message.lParam, 3);
  EXPECT_TRUE(DestroyWindow(window));
  EXPECT_FALSE(kUpcalls.lpWPUPostMessage(window, WM_USER, 0, 0));
  EXPECT_FALSE(kUpcalls.lpWPUPostMessage(nullptr, WM_USER, 0, 0));
  EXPECT_FALSE(PeekMessage(&message, nullptr, 0, 0, PM_REMOVE));
}

// ---- the blocking hook

int hook_calls = 0;
INT_PTR WINAPI hook_with_two_messages() {
  EXPECT_TRUE(is_blocking());
  return ++hook_calls < 3;
}
INT_PTR WINAPI hook_that_cancels() {
  EXPECT_TRUE(cancel_blocking_call());
  return TRUE;
}

// Asks as a provider does before it waits.
LPBLOCKINGCALLBACK ask_for_hook() {
  LPBLOCKINGCALLBACK callback = run_blocking_hook;
  DWORD_PTR context = 1;
  EXPECT_EQ(kUpcalls.lpWPUQueryBlockingCallback(0, &callback, &context, nullptr), 0);
  return callback;
}

TEST(BlockingHook, IsEachThreadsOwn) {
  EXPECT_EQ(ask_for_hook(), nullptr);
  EXPECT_EQ(set_blocking_hook(hook_with_two_messages), nullptr);
  EXPECT_NE(ask_for_hook(), nullptr);
  std::thread([] { EXPECT_EQ(ask_for_hook(), nullptr); }).join();
  EXPECT_EQ(set_blocking_hook(nullptr), hook_with_two_messages);
  EXPECT_EQ(ask_for_hook(), nullptr);
}

TEST(BlockingHook, RunsUntilItHasNothingToDo) {
  set_blocking_hook(hook_with_two_messages);
  hook_calls = 0;
  EXPECT_FALSE(is_blocking());
  EXPECT_TRUE(ask_for_hook()(0)) << "the call goes on waiting";
  EXPECT_EQ(hook_calls, 3);
  EXPECT_FALSE(is_blocking());
  set_blocking_hook(nullptr);
}

TEST(BlockingHook, MayCancelTheCall) {
  EXPECT_FALSE(cancel_blocking_call()) << "nothing is blocked";
  set_blocking_hook(hook_that_cancels);
  EXPECT_FALSE(ask_for_hook()(0));
  set_blocking_hook(hook_with_two_messages);
  hook_calls = 5;
  EXPECT_TRUE(ask_for_hook()(0)) << "the next call is another one";
  set_blocking_hook(nullptr);
}

TEST(BlockingHook, QuestionsWithoutRoomForAnAnswerAreRefused) {
  LPBLOCKINGCALLBACK callback = nullptr;
  DWORD_PTR context = 0;
  const auto ask = [&](LPBLOCKINGCALLBACK* to, PDWORD_PTR context_to) {
    return error_of(
        [&](LPINT code) { EXPECT_EQ(kUpcalls.lpWPUQueryBlockingCallback(0, to, context_to, code), SOCKET_ERROR); });
  };
  EXPECT_EQ(ask(nullptr, &context), WSAEFAULT);
  EXPECT_EQ(ask(&callback, nullptr), WSAEFAULT);
}

}  // namespace
}  // namespace inlet::winsock
