// The C interface: events of plain sockets, and options. The contracts are in cswsock10.h.
#include <winuser.h>

#include "server/api_call.h"

using namespace inlet;
using namespace inlet::server;

namespace {

// What a handle of a client or a listener leads to, for the length of a call.
class Plain {
 public:
  explicit Plain(SOCKET handle) : client_(runtime().clients.pin(handle)), listener_(runtime().listeners.pin(handle)) {}
  PlainSocket* get() const { return client_ ? static_cast<PlainSocket*>(client_.get()) : listener_.get(); }

 private:
  decltype(Runtime::clients)::Pin client_;
  decltype(Runtime::listeners)::Pin listener_;
};

template <class Traced, class Call>
INT on_plain(const Traced& traced_call, SOCKET handle, Call call) {
  return guarded<INT>(traced_call, INET_ERROR, [&]() -> Result<INT> {
    const Plain plain(handle);
    if (plain.get() == nullptr) return dead_handle();
    const Result<void> done = call(*plain.get());
    if (!done) return done.error();
    return 0;
  });
}

}  // namespace

INT WINAPI InetRegisterEvent(SOCKET hSocket, UINT nEventId, INETEVENTPROC lpEventProc, DWORD_PTR dwParam) {
  const auto call = traced("InetRegisterEvent", hSocket, nEventId, lpEventProc, dwParam);
  return on_plain(call, hSocket, [&](PlainSocket& socket) -> Result<void> {
    if (!SocketEvents::is_event_of(socket.type(), nEventId)) return Error::fault;
    auto events = socket.need_events();
    if (!events) return events.error();
    (*events)->set_handler(nEventId, lpEventProc, dwParam);
    return {};
  });
}

INT WINAPI InetEnableEvents(SOCKET hSocket, HWND hWnd, UINT uMsg) {
  const auto call = traced("InetEnableEvents", hSocket, hWnd, uMsg);
  return on_plain(call, hSocket, [&](PlainSocket& socket) -> Result<void> {
    if (hWnd != nullptr && !IsWindow(hWnd)) return Error::fault;
    auto events = socket.need_events();
    if (!events) return events.error();
    (*events)->enable(hWnd, uMsg);
    return {};
  });
}

INT WINAPI InetDisableEvents(SOCKET hSocket) {
  const auto call = traced("InetDisableEvents", hSocket);
  return on_plain(call, hSocket, [](PlainSocket& socket) -> Result<void> {
    SocketEvents* events = socket.events();
    return events ? events->disable() : Result<void>();
  });
}

INT WINAPI InetFreezeEvents(SOCKET hSocket, BOOL bFreeze) {
  const auto call = traced("InetFreezeEvents", hSocket, bFreeze);
  return on_plain(call, hSocket, [&](PlainSocket& socket) -> Result<void> {
    SocketEvents* events = socket.events();
    if (events == nullptr) return Error::invalid;
    events->freeze(bFreeze != FALSE);
    return {};
  });
}

// ---- options

namespace {

// Calls call(provider, socket, type) for whatever the handle is.
template <class Traced, class Call>
BOOL on_socket(const Traced& traced_call, SOCKET handle, Call call) {
  return guarded<BOOL>(traced_call, FALSE, [&]() -> Result<BOOL> {
    Result<void> done;
    if (auto listener = runtime().listeners.pin(handle)) {
      done = call(listener->provider(), listener->socket(), SocketType::listener);
    } else {
      Peer peer(handle);
      if (!peer) return peer.error();
      const SocketType type = peer.is_datagram() ? SocketType::datagram : SocketType::stream;
      done = call(peer.stream().provider(), peer.stream().socket(), type);
    }
    if (!done) return done.error();
    return TRUE;
  });
}

// What a connection is, rather than how its socket is set.
Result<BOOL> security_option(SOCKET handle, DWORD option, LPBOOL enabled) {
  Peer peer(handle);
  if (!peer) return peer.error();
  if (enabled == nullptr) return Error::fault;
  const bool trusts = peer.client() != nullptr && peer.client()->trusts_site();
  *enabled = (option == INET_OPTION_SECURE ? peer.stream().is_secure() : trusts) ? TRUE : FALSE;
  return TRUE;
}

}  // namespace

BOOL WINAPI InetGetOption(SOCKET hSocket, DWORD dwOption, LPBOOL lpbEnabled) {
  const auto call = traced("InetGetOption", hSocket, dwOption, lpbEnabled);
  if (dwOption == INET_OPTION_SECURE || dwOption == INET_OPTION_TRUSTEDSITE)
    return guarded<BOOL>(call, FALSE, [&] { return security_option(hSocket, dwOption, lpbEnabled); });
  return on_socket(call, hSocket, [&](provider::Provider& provider, SOCKET socket, SocketType type) -> Result<void> {
    if (!lpbEnabled) return Error::fault;
    auto enabled = get_option(provider, socket, type, dwOption);
    if (!enabled) return enabled.error();
    *lpbEnabled = *enabled ? TRUE : FALSE;
    return {};
  });
}

BOOL WINAPI InetSetOption(SOCKET hSocket, DWORD dwOption, BOOL bEnabled) {
  const auto call = traced("InetSetOption", hSocket, dwOption, bEnabled);
  return on_socket(call, hSocket, [&](provider::Provider& provider, SOCKET socket, SocketType type) {
    return set_option(provider, socket, type, dwOption, bEnabled != FALSE);
  });
}
