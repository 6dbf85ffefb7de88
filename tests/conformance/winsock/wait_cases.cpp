// Event objects and waiting for them.
#include <thread>
#include <vector>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

std::string wait_text(DWORD result) {
  if (result == WSA_WAIT_FAILED) return last_error();
  if (result == WSA_WAIT_TIMEOUT) return "timeout";
  if (result == WSA_WAIT_IO_COMPLETION) return "completion";
  return "event " + number(result - WSA_WAIT_EVENT_0);
}

// Some events, all closed at the end.
class Events {
 public:
  explicit Events(int count) {
    for (int i = 0; i < count; ++i) all_.push_back(::WSACreateEvent());
  }
  ~Events() {
    for (WSAEVENT event : all_) ::WSACloseEvent(event);
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  WSAEVENT operator[](int i) const { return all_[static_cast<size_t>(i)]; }
  std::string wait(bool all = false, DWORD ms = 0, bool alertable = false) const {
    return wait_text(::WSAWaitForMultipleEvents(static_cast<DWORD>(all_.size()), all_.data(), all, ms, alertable));
  }

 private:
  std::vector<WSAEVENT> all_;
};

std::string later_set() {
  Events events(2);
  std::thread later([&] {
    pause_ms(20);
    ::WSASetEvent(events[1]);
  });
  const std::string result = events.wait(false, 2000);
  later.join();
  return result;
}

std::string all_later() {
  Events events(2);
  ::WSASetEvent(events[0]);
  const std::string early = events.wait(true, 10);
  std::thread later([&] {
    pause_ms(20);
    ::WSASetEvent(events[1]);
  });
  const std::string result = events.wait(true, 2000);
  later.join();
  return say({early, result});
}

std::string wait_count(DWORD count) {
  Events events(65);
  std::vector<WSAEVENT> handles;
  for (int i = 0; i < 65; ++i) handles.push_back(events[i]);
  return wait_text(::WSAWaitForMultipleEvents(count, handles.data(), FALSE, 0, FALSE));
}

std::string wait_bad_handle() {
  const WSAEVENT bad = reinterpret_cast<WSAEVENT>(static_cast<uintptr_t>(0xdeadbee0));
  return wait_text(::WSAWaitForMultipleEvents(1, &bad, FALSE, 0, FALSE));
}

std::string on_bad(BOOL (*call)(WSAEVENT)) {
  return truth(call(reinterpret_cast<WSAEVENT>(static_cast<uintptr_t>(0xdeadbee0))));
}

BOOL set_event(WSAEVENT event) {
  return ::WSASetEvent(event);
}
BOOL reset_event(WSAEVENT event) {
  return ::WSAResetEvent(event);
}
BOOL close_event(WSAEVENT event) {
  return ::WSACloseEvent(event);
}

}  // namespace

void add_wait_cases(Suite& suite) {
  suite.table(
      "WSACreateEvent", "WSACreateEvent",
      {
          {"not-signalled", "a new event is not signalled", "timeout", "sheet 5.8", [] { return Events(1).wait(); }},
          {"manual-reset", "it stays signalled until it is reset", "event 0, event 0, timeout", "sheet 5.8",
           [] {
             Events events(1);
             ::WSASetEvent(events[0]);
             const std::string first = events.wait();
             const std::string second = events.wait();
             ::WSAResetEvent(events[0]);
             return say({first, second, events.wait()});
           }},
      });
  suite.table("WSASetEvent", "WSASetEvent",
              {{"bad-handle", "not an event", "WSA_INVALID_HANDLE", "sheet 5.8", [] { return on_bad(set_event); }}});
  suite.table("WSAResetEvent", "WSAResetEvent",
              {{"bad-handle", "not an event", "WSA_INVALID_HANDLE", "sheet 5.8", [] { return on_bad(reset_event); }}});
  suite.table("WSACloseEvent", "WSACloseEvent",
              {{"bad-handle", "not an event", "WSA_INVALID_HANDLE", "sheet 5.8", [] { return on_bad(close_event); }},
               {"twice", "closed already", "ok, WSA_INVALID_HANDLE", "sheet 5.8", [] {
                  const WSAEVENT event = ::WSACreateEvent();
                  const std::string first = truth(::WSACloseEvent(event));
                  return say({first, truth(::WSACloseEvent(event))});
                }}});
  suite.table(
      "WSAWaitForMultipleEvents", "WSAWaitForMultipleEvents",
      {
          {"count-0", "no events", "WSA_INVALID_PARAMETER", "sheet 5.8", [] { return wait_count(0); }},
          {"count-65", "65 events", "WSA_INVALID_PARAMETER", "sheet 5.8", [] { return wait_count(65); }},
          {"count-64", "64 events", "timeout", "sheet 5.8", [] { return wait_count(64); }},
          {"bad-handle", "not an event", "WSA_INVALID_HANDLE", "sheet 5.8", wait_bad_handle},
          {"smallest", "two are signalled: the smaller index", "event 1", "sheet 5.8",
           [] {
             Events events(4);
             ::WSASetEvent(events[3]);
             ::WSASetEvent(events[1]);
             return events.wait();
           }},
          {"any-timeout", "none within the time", "timeout", "sheet 5.8", [] { return Events(3).wait(false, 10); }},
          {"any-later", "one is set while the thread waits", "event 1", "sheet 5.8", later_set},
          {"all", "all are signalled", "event 0", "sheet 5.8",
           [] {
             Events events(3);
             for (int i = 0; i < 3; ++i) ::WSASetEvent(events[i]);
             return events.wait(true);
           }},
          {"all-but-one", "all but one", "timeout", "sheet 5.8",
           [] {
             Events events(3);
             ::WSASetEvent(events[0]);
             ::WSASetEvent(events[2]);
             return events.wait(true);
           }},
          {"all-later", "the last is set while the thread waits", "timeout, event 0", "sheet 5.8", all_later},
          {"alertable-nothing", "alertable, nothing to run", "timeout", "sheet 5.8",
           [] { return Events(1).wait(false, 10, true); }},
      });
}

}  // namespace conformance
