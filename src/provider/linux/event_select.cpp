// WSPEventSelect, WSPAsyncSelect and WSPEnumNetworkEvents. The rules of recording are in events.h.
#include "provider/linux/calls.h"
#include "provider/linux/event_objects.h"
#include "provider/linux/events.h"
#include "provider/linux/extension.h"
#include "provider/linux/upcalls.h"

namespace inlet::provider {
namespace {

// Selecting ends the blocking mode, also when it selects nothing.
Result<void> replace(SocketRef& socket, const Selection::Target& target) {
  socket->set(kNonblocking);
  Extension* parts = socket.extension();
  const bool selected_before = parts != nullptr && parts->selection.load(std::memory_order_acquire) != nullptr;
  if (target.mask == 0 && !selected_before) return {};
  return selection_begin(socket, target);
}

Result<void> select_events(SocketRef& socket, WSAEVENT event, int mask) {
  if ((mask & ~FD_ALL_EVENTS) != 0) return Error::invalid;
  if (mask == 0) return replace(socket, {});
  if (event == nullptr) return Error::invalid;
  if (auto held = hold_event(event); !held) return held;
  Selection::Target target;
  target.mask = mask;
  target.event = event;
  auto replaced = replace(socket, target);
  if (!replaced) drop_event(event);
  return replaced;
}

Result<void> select_messages(SocketRef& socket, HWND window, UINT message, int mask) {
  if ((mask & ~FD_ALL_EVENTS) != 0) return Error::invalid;
  if (mask == 0) return replace(socket, {});
  if (window == nullptr) return Error::invalid;
  if (!has_messages()) return Error::not_supported;
  Selection::Target target;
  target.mask = mask;
  target.window = window;
  target.message = message;
  target.socket = socket.name();
  return replace(socket, target);
}

// The event is reset first: what is recorded after that signals it again. Should it come before the record is taken, the
// event is signalled and has nothing to tell, which is better than the other way round.
Result<void> enumerate(SocketRef& socket, WSAEVENT event, WSANETWORKEVENTS& events) {
  if (event != nullptr && !reset_event(event)) return Error::invalid;
  Extension* parts = socket.extension();
  Selection* selection = parts == nullptr ? nullptr : parts->selection.load(std::memory_order_acquire);
  const Selection::Taken taken = selection == nullptr ? Selection::Taken{} : selection->take();
  events.lNetworkEvents = taken.events;
  for (size_t bit = 0; bit < taken.errors.size(); ++bit)
    if ((taken.events & 1 << bit) != 0) events.iErrorCode[bit] = taken.errors[bit];
  return {};
}

}  // namespace

int WSPAPI WSPEventSelect(SOCKET s, WSAEVENT hEventObject, LONG lNetworkEvents, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  return finished(lpErrno, select_events(socket, hEventObject, lNetworkEvents));
}

int WSPAPI WSPAsyncSelect(SOCKET s, HWND hWnd, unsigned int wMsg, LONG lEvent, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  return finished(lpErrno, select_messages(socket, hWnd, wMsg, lEvent));
}

int WSPAPI WSPEnumNetworkEvents(SOCKET s, WSAEVENT hEventObject, LPWSANETWORKEVENTS lpNetworkEvents, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  if (lpNetworkEvents == nullptr) return failed(lpErrno, Error::fault);
  return finished(lpErrno, enumerate(socket, hEventObject, *lpNetworkEvents));
}

}  // namespace inlet::provider
