// Winsock's side for tests of network events: event objects, one window, and what came to whom.
#pragma once

#include <algorithm>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

#include "provider_fixture.h"

namespace inlet::provider::test {

using namespace std::chrono_literals;

inline constexpr long kAll = FD_ACCEPT | FD_CLOSE | FD_CONNECT | FD_OOB | FD_READ | FD_WRITE;
inline constexpr UINT kMessage = 0x456;
inline constexpr auto kQuiet = 30ms;  // so long nothing may happen before we believe that nothing will

// What Winsock has for the provider: events that are set or not, and one window with a queue.
struct Upper {
  struct Event {
    bool set = false;
    int sets = 0;
  };
  struct Message {
    SOCKET socket;
    int event;
    int error;
    bool operator==(const Message&) const = default;
  };

  static Upper& get() {
    static Upper upper;
    return upper;
  }
  WSAEVENT make() {
    std::lock_guard lock(mutex);
    return reinterpret_cast<WSAEVENT>(&events.emplace_back());
  }
  bool change(WSAEVENT handle, bool to) {
    std::lock_guard lock(mutex);
    for (Event& event : events) {
      if (&event != handle) continue;
      event.set = to;
      event.sets += to;
      return true;
    }
    return false;
  }
  Event state(WSAEVENT handle) {
    std::lock_guard lock(mutex);
    return *reinterpret_cast<Event*>(handle);
  }
  void clear() {
    std::lock_guard lock(mutex);
    events.clear();
    messages.clear();
  }
  std::vector<Message> take_messages() {
    std::lock_guard lock(mutex);
    std::vector<Message> all(messages.begin(), messages.end());
    messages.clear();
    return all;
  }

  static BOOL WSPAPI set_event(WSAEVENT handle, LPINT) { return get().change(handle, true); }
  static BOOL WSPAPI reset_event(WSAEVENT handle, LPINT) { return get().change(handle, false); }
  static BOOL WSPAPI post(HWND, UINT message, WPARAM w, LPARAM l) {
    std::lock_guard lock(get().mutex);
    EXPECT_EQ(message, kMessage);
    get().messages.push_back({static_cast<SOCKET>(w), static_cast<int>(l & 0xffff), static_cast<int>(l >> 16)});
    return TRUE;
  }

  std::mutex mutex;
  std::deque<Event> events;
  std::deque<Message> messages;
};

inline const HWND kWindow = reinterpret_cast<HWND>(uintptr_t{0x10});

struct EventsTest : ProviderTest {
  void SetUp() override {
    ProviderTest::SetUp();
    WSPUPCALLTABLE upcalls{};
    upcalls.lpWPUSetEvent = Upper::set_event;
    upcalls.lpWPUResetEvent = Upper::reset_event;
    upcalls.lpWPUPostMessage = Upper::post;
    WSPDATA data{};
    ASSERT_EQ(WSPStartup(0x0202, &data, nullptr, upcalls, &wsp), 0);
    event = Upper::get().make();
  }
  void TearDown() override {
    int error = 0;
    EXPECT_EQ(wsp.lpWSPCleanup(&error), 0);  // of the second start
    ProviderTest::TearDown();
    Upper::get().clear();
  }

  // Each returns 0 or the error code.
  int event_select(SOCKET s, WSAEVENT object, long mask) {
    int error = 0;
    return wsp.lpWSPEventSelect(s, object, static_cast<LONG>(mask), &error) == 0 ? 0 : error;
  }
  int select(SOCKET s, long mask) { return event_select(s, event, mask); }
  int async_select(SOCKET s, long mask, HWND window = kWindow) {
    int error = 0;
    return wsp.lpWSPAsyncSelect(s, window, kMessage, static_cast<LONG>(mask), &error) == 0 ? 0 : error;
  }
  int enumerate(SOCKET s, WSAEVENT object, WSANETWORKEVENTS* events) {
    int error = 0;
    return wsp.lpWSPEnumNetworkEvents(s, object, events, &error) == 0 ? 0 : error;
  }
  bool is_set(WSAEVENT object) { return Upper::get().state(object).set; }

  // The events that come, and no others for a while after them. 0: none come.
  long come(SOCKET s, long expected) { return come(s, event, expected); }
  long come(SOCKET s, WSAEVENT object, long expected) {
    long all = 0;
    if (expected != 0)
      eventually([&] {
        if (is_set(object)) all |= take(s, object);
        return (all & expected) == expected;
      });
    std::this_thread::sleep_for(kQuiet);
    EXPECT_FALSE(is_set(object)) << "set again";
    return all | take(s, object);
  }
  long take(SOCKET s, WSAEVENT object) {
    WSANETWORKEVENTS events{};
    EXPECT_EQ(enumerate(s, object, &events), 0);
    for (int bit = 0; bit < FD_MAX_EVENTS; ++bit)
      errors[bit] = (events.lNetworkEvents & 1 << bit) != 0 ? events.iErrorCode[bit] : errors[bit];
    return events.lNetworkEvents;
  }
  // The messages that come, sorted by nothing: one for each event.
  std::vector<Upper::Message> messages(size_t expected) {
    std::vector<Upper::Message> all;
    auto more = [&] { std::ranges::copy(Upper::get().take_messages(), std::back_inserter(all)); };
    eventually([&] {
      more();
      return all.size() >= expected;
    });
    std::this_thread::sleep_for(kQuiet);
    more();
    return all;
  }
  using Messages = std::vector<Upper::Message>;

  Name name_of(SOCKET s) {
    Name name;
    EXPECT_EQ(local_name(s, &name), 0);
    return name;
  }
  SOCKET client_of(const Name& name) {
    SOCKET s = make_socket();
    EXPECT_EQ(connect(s, name), 0);
    return s;
  }
  Name nobody() {
    SOCKET s = make_bound();
    Name name = name_of(s);
    EXPECT_EQ(close(s), 0);
    return name;
  }

  WSAEVENT event = nullptr;
  int errors[FD_MAX_EVENTS] = {};
};

}  // namespace inlet::provider::test
