// What the tests of overlapped operations share: a provider that was given event objects and procedure calls, and operations
// with their buffers.
#pragma once

#include <mswsock.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "provider/completion_port.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/overlapped_wait.h"
#include "provider/linux/thread_alert.h"
#include "provider_fixture.h"

namespace inlet::provider::test {

// Event objects as Winsock would bring them, with a memory of how often each was set.
class TestEvent {
 public:
  TestEvent() { all().insert(this); }
  ~TestEvent() { all().erase(this); }
  TestEvent(const TestEvent&) = delete;
  TestEvent& operator=(const TestEvent&) = delete;

  WSAEVENT handle() { return reinterpret_cast<WSAEVENT>(this); }
  bool is_set() const { return set_.load(); }
  int times() const { return times_.load(); }
  void set() {
    times_.fetch_add(1);
    set_.store(true);  // last, because tests wait for it
  }

  static BOOL WSPAPI on_set(WSAEVENT event, LPINT error) {
    TestEvent* found = find(event, error);
    if (found != nullptr) found->set();
    return found != nullptr;
  }
  static BOOL WSPAPI on_reset(WSAEVENT event, LPINT error) {
    TestEvent* found = find(event, error);
    if (found != nullptr) found->set_.store(false);
    return found != nullptr;
  }

 private:
  class Registry {
   public:
    void insert(TestEvent* event) {
      std::lock_guard lock(mutex_);
      events_.insert(event);
    }
    void erase(TestEvent* event) {
      std::lock_guard lock(mutex_);
      events_.erase(event);
    }
    bool has(TestEvent* event) {
      std::lock_guard lock(mutex_);
      return events_.count(event) != 0;
    }

   private:
    std::mutex mutex_;
    std::set<TestEvent*> events_;
  };
  static Registry& all() {
    static Registry registry;
    return registry;
  }
  static TestEvent* find(WSAEVENT event, LPINT error) {
    auto* found = reinterpret_cast<TestEvent*>(event);
    if (all().has(found)) return found;
    *error = WSA_INVALID_HANDLE;
    return nullptr;
  }

  std::atomic<bool> set_{false};
  std::atomic<int> times_{0};
};

inline int WSPAPI queue_test_apc(LPWSATHREADID thread, LPWSAUSERAPC function, DWORD_PTR context, LPINT error) {
  if (static_cast<ThreadAlert*>(thread->ThreadHandle)->queue_apc(function, context)) return 0;
  *error = WSAEFAULT;
  return SOCKET_ERROR;
}

inline WSATHREADID this_thread() {
  return {ThreadAlert::current().get(), 0};
}

// How many threads are open: WPUOpenCurrentThread less WPUCloseThread.
inline std::atomic<int> open_threads{0};
inline int WSPAPI open_this_thread(LPWSATHREADID thread, LPINT) {
  *thread = this_thread();
  open_threads.fetch_add(1);
  return 0;
}
inline int WSPAPI close_this_thread(LPWSATHREADID, LPINT) {
  open_threads.fetch_sub(1);
  return 0;
}

// An operation: its structure, its event, its memory. What still waits at the end of a test is cancelled, because all of that is
// the operation's until it has ended.
struct Io {
  explicit Io(size_t size = 64) : data(size, '\0') { overlapped.hEvent = event.handle(); }
  explicit Io(std::string bytes) : data(std::move(bytes)) { overlapped.hEvent = event.handle(); }

  ~Io() {
    if (waits_on != INVALID_SOCKET && cancel_io(waits_on, &overlapped, false)) eventually([&] { return !pending(); });
  }
  Io(const Io&) = delete;
  Io& operator=(const Io&) = delete;

  // Notes what the start of the operation has answered: 0, WSA_IO_PENDING or why it did not start.
  int started(SOCKET s, bool at_once, int error) {
    if (!at_once && error == WSA_IO_PENDING) waits_on = s;
    return at_once ? 0 : error;
  }
  // The event comes after the result.
  bool told_once() const {
    return eventually([&] { return event.is_set(); }) && event.times() == 1;
  }
  WSABUF buffer() { return {static_cast<ULONG>(data.size()), data.data()}; }
  bool pending() const { return overlapped_status(&overlapped) == kStatusPending; }
  std::string text() const { return data.substr(0, overlapped.InternalHigh); }

  SOCKET waits_on = INVALID_SOCKET;
  WSAOVERLAPPED overlapped{};
  TestEvent event;
  std::string data;
};

class OverlappedTest : public ProviderTest {
 protected:
  void SetUp() override {
    ProviderTest::SetUp();
    WSPUPCALLTABLE upcalls{};
    upcalls.lpWPUSetEvent = TestEvent::on_set;
    upcalls.lpWPUResetEvent = TestEvent::on_reset;
    upcalls.lpWPUQueueApc = queue_test_apc;
    upcalls.lpWPUOpenCurrentThread = open_this_thread;
    upcalls.lpWPUCloseThread = close_this_thread;
    WSPDATA data{};
    ASSERT_EQ(WSPStartup(0x0202, &data, nullptr, upcalls, &wsp), 0);
  }
  void TearDown() override {
    if (!cleaned_up_) {
      int error = 0;
      EXPECT_EQ(wsp.lpWSPCleanup(&error), 0) << error;
    }
    ProviderTest::TearDown();
  }
  void cleanup_for_good() {
    int error = 0;
    EXPECT_EQ(wsp.lpWSPCleanup(&error), 0) << error;
    cleaned_up_ = true;
    cleanup();
  }

  // 0 when it has ended at once, WSA_IO_PENDING, or why it did not start.
  int recv_overlapped(SOCKET s, Io& io, DWORD flags = 0, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine = nullptr) {
    WSABUF buffer = io.buffer();
    WSATHREADID thread = this_thread();
    DWORD count = 0;
    int error = 0;
    const int result =
        wsp.lpWSPRecv(s, &buffer, 1, &count, &flags, &io.overlapped, routine, routine ? &thread : nullptr, &error);
    return io.started(s, result == 0, error);
  }
  int send_overlapped(SOCKET s, Io& io, DWORD flags = 0) {
    WSABUF buffer = io.buffer();
    DWORD count = 0;
    int error = 0;
    const int result = wsp.lpWSPSend(s, &buffer, 1, &count, flags, &io.overlapped, nullptr, nullptr, &error);
    return io.started(s, result == 0, error);
  }
  // Bytes, or the code as a negative number.
  int result_of(SOCKET s, Io& io, bool wait = false) {
    DWORD bytes = 0;
    DWORD flags = 0;
    int error = 0;
    const BOOL done = wsp.lpWSPGetOverlappedResult(s, &io.overlapped, &bytes, wait, &flags, &error);
    return done ? static_cast<int>(bytes) : -error;
  }
  // The value of an option of one byte.
  int byte_of(SOCKET s, int level, int name) {
    int error = 0;
    char value = 0;
    int size = sizeof(value);
    EXPECT_EQ(wsp.lpWSPGetSockOpt(s, level, name, &value, &size, &error), 0) << error;
    return value;
  }
  template <class Function>
  Function extension(SOCKET s, GUID guid) {
    Function function = nullptr;
    DWORD returned = 0;
    int error = 0;
    EXPECT_EQ(wsp.lpWSPIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &guid, sizeof(guid), &function, sizeof(function),
                             &returned, nullptr, nullptr, nullptr, &error),
              0)
        << error;
    return function;
  }

 private:
  bool cleaned_up_ = false;
};

}  // namespace inlet::provider::test
