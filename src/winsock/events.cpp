#include "winsock/events.h"

#include <winsock2.h>

#include "winsock/fail.h"
#include "winsock/named_objects.h"

namespace inlet::winsock {

void Event::set() {
  Dispatch dispatch;
  if (set_) return;  // who waits has been served when it was set
  set_ = true;
  dispatch.signal(*this);
}

void Event::reset() {
  Dispatch dispatch;
  set_ = false;
}

void Event::pulse() {
  Dispatch dispatch;
  set_ = true;
  dispatch.signal(*this);
  set_ = false;
}

HANDLE make_event() {
  try {
    return insert_handle(std::make_shared<Event>(true, false));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

namespace {

template <class Name>
HANDLE create_event(Name name, bool manual_reset, bool set) {
  return guarded(HANDLE{nullptr}, [&] {
    auto make = [&]() -> std::shared_ptr<HandleObject> { return std::make_shared<Event>(manual_reset, set); };
    return open_or_make(ObjectName(name), ObjectKind::event, make);
  });
}

template <class Name>
HANDLE create_event_ex(Name name, DWORD flags) {
  if ((flags & ~(CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET)) != 0)
    return fail(HANDLE{nullptr}, ERROR_INVALID_PARAMETER);
  return create_event(name, (flags & CREATE_EVENT_MANUAL_RESET) != 0, (flags & CREATE_EVENT_INITIAL_SET) != 0);
}

BOOL change_event(HANDLE handle, void (Event::*change)()) {
  auto event = find_object<Event>(handle);
  if (event == nullptr) return fail(FALSE, ERROR_INVALID_HANDLE);
  (*event.*change)();
  return TRUE;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES, BOOL bManualReset, BOOL bInitialState, LPCSTR lpName) {
  return create_event(lpName, bManualReset != FALSE, bInitialState != FALSE);
}
HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES, BOOL bManualReset, BOOL bInitialState, LPCWSTR lpName) {
  return create_event(lpName, bManualReset != FALSE, bInitialState != FALSE);
}
HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES, LPCSTR lpName, DWORD dwFlags, DWORD) {
  return create_event_ex(lpName, dwFlags);
}
HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES, LPCWSTR lpName, DWORD dwFlags, DWORD) {
  return create_event_ex(lpName, dwFlags);
}

BOOL WINAPI SetEvent(HANDLE hEvent) {
  return change_event(hEvent, &Event::set);
}
BOOL WINAPI ResetEvent(HANDLE hEvent) {
  return change_event(hEvent, &Event::reset);
}
BOOL WINAPI PulseEvent(HANDLE hEvent) {
  return change_event(hEvent, &Event::pulse);
}
