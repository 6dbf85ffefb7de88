// Threads for the tests of windows.h: started by CreateThread, waited for and closed at the end of the test.
#pragma once

#include <gtest/gtest.h>
#include <windows.h>

#include <functional>
#include <memory>

// That a call fails, and with which last error.
#define EXPECT_FAILS(call, failure, code)                                                                \
  EXPECT_TRUE((SetLastError(0xdead), (call) == (failure)) && GetLastError() == static_cast<DWORD>(code)) \
      << #call << ": "

namespace inlet::winsock {

class TestThread {
 public:
  explicit TestThread(std::function<DWORD()> body, DWORD flags = 0)
      : body_(std::make_unique<std::function<DWORD()>>(std::move(body))) {
    handle_ = CreateThread(nullptr, 0, run, body_.get(), flags, &id_);
    EXPECT_NE(handle_, nullptr);
  }
  ~TestThread() {
    join();
    EXPECT_TRUE(CloseHandle(handle_));
  }
  TestThread(const TestThread&) = delete;
  TestThread& operator=(const TestThread&) = delete;

  HANDLE handle() const { return handle_; }
  DWORD id() const { return id_; }
  void join() const { EXPECT_EQ(WaitForSingleObject(handle_, INFINITE), WAIT_OBJECT_0); }

 private:
  static DWORD WINAPI run(LPVOID body) { return (*static_cast<std::function<DWORD()>*>(body))(); }

  std::unique_ptr<std::function<DWORD()>> body_;
  HANDLE handle_ = nullptr;
  DWORD id_ = 0;
};

// A handle that is closed at the end of its scope.
class OwnedHandle {
 public:
  explicit OwnedHandle(HANDLE handle) : handle_(handle) { EXPECT_NE(handle_, nullptr); }
  ~OwnedHandle() { EXPECT_TRUE(CloseHandle(handle_)); }
  OwnedHandle(const OwnedHandle&) = delete;
  OwnedHandle& operator=(const OwnedHandle&) = delete;
  operator HANDLE() const { return handle_; }

 private:
  const HANDLE handle_;
};

inline HANDLE manual_event(bool set = false) {
  return CreateEvent(nullptr, TRUE, set, nullptr);
}
inline HANDLE auto_event(bool set = false) {
  return CreateEvent(nullptr, FALSE, set, nullptr);
}

inline bool is_set(HANDLE event) {
  return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

}  // namespace inlet::winsock
