// The C interface: making and taking plain sockets. The contracts are in cswsock10.h.
#include <winsock2.h>
#include <winuser.h>

#include "base/limits.h"
#include "base/thread_registry.h"
#include "server/api_call.h"
#include "server/attachment.h"

using namespace inlet;
using namespace inlet::server;

namespace {

// Where a program's events go, if it is not to a callback.
struct Window {
  HWND handle;
  UINT message;
};

// Numbers and options of a connect call; the texts come in two forms.
struct Target {
  UINT port, protocol, timeout;
  DWORD flags;
  UINT local_port;
};

Result<void> check_target(const TextIn& host, const Target& target) {
  if (host.is_empty() || target.port == 0 || target.port > 65535 || target.local_port > 65535) return Error::fault;
  if (target.protocol != INET_PROTOCOL_TCP && target.protocol != INET_PROTOCOL_UDP) return Error::wrong_protocol_type;
  const bool datagram = target.protocol == INET_PROTOCOL_UDP;
  if (auto fits = check_options(datagram ? SocketType::datagram : SocketType::stream, target.flags); !fits) return fits;
  if (target.flags & INET_OPTION_SECURE) return Error::not_supported;
  return {};
}

Result<ConnectOptions> connect_options(const TextIn& host, const TextIn& local_host, const Target& target) {
  if (!runtime().is_initialized()) return Error::not_initialised;
  if (auto checked = check_target(host, target); !checked) return checked.error();
  ConnectOptions options;
  options.host = host.get();
  options.port = static_cast<uint16_t>(target.port);
  options.type = target.protocol == INET_PROTOCOL_UDP ? SocketType::datagram : SocketType::stream;
  options.timeout_s = target.timeout;
  options.flags = target.flags;
  options.local_host = local_host ? local_host.get() : "";
  options.local_port = static_cast<uint16_t>(target.local_port);
  return options;
}

template <class Character>
SOCKET connect_to(const Character* host, const Character* local_host, const Target& target, LPSECURITYCREDENTIALS) {
  return guarded<SOCKET>(INVALID_SOCKET, [&]() -> Result<SOCKET> {
    auto options = connect_options(TextIn(host), TextIn(local_host), target);
    if (!options) return options.error();
    return runtime().connect(*options);
  });
}

bool is_window_or_none(HWND window) {
  return window == nullptr || IsWindow(window);
}

// Makes a new socket asynchronous; without its events it is of no use, so it is closed then.
Result<SOCKET> with_events(PlainSocket& socket, Window window) {
  auto events = socket.need_events();
  if (!events) return events.error();
  (*events)->enable(window.handle, window.message);
  return socket.handle();
}

template <class Character>
SOCKET begin_connect(const Character* host, const Character* local_host, const Target& target, LPSECURITYCREDENTIALS,
                     Window window) {
  return guarded<SOCKET>(INVALID_SOCKET, [&]() -> Result<SOCKET> {
    auto options = connect_options(TextIn(host), TextIn(local_host), target);
    if (!options) return options.error();
    if (!is_window_or_none(window.handle)) return Error::fault;
    auto handle = runtime().begin_connect(std::move(*options));
    if (!handle) return handle;
    auto client = runtime().clients.pin(*handle);
    auto done = client ? with_events(*client, window) : Error::not_initialised;
    if (!done) runtime().close_client(*handle, Stream::Close::orderly);
    return done;
  });
}

Result<SOCKET> listen_at(const TextIn& host, UINT port, UINT backlog, DWORD flags) {
  if (!runtime().is_initialized()) return Error::not_initialised;
  if (port > 65535) return Error::fault;
  if (auto fits = check_options(SocketType::listener, flags); !fits) return fits.error();
  if (flags & INET_OPTION_SECURE) return Error::no_such_option;
  ServerOptions options;
  options.local_host = host ? host.get() : "";
  options.local_port = static_cast<uint16_t>(port);
  options.backlog = backlog;
  options.flags = flags;
  return runtime().listen(options);
}

template <class Character>
SOCKET listen_to(const Character* host, UINT port, UINT backlog, DWORD flags) {
  return guarded<SOCKET>(INVALID_SOCKET,
                         [&]() -> Result<SOCKET> { return listen_at(TextIn(host), port, backlog, flags); });
}

template <class Character>
SOCKET listen_with_events(const Character* host, UINT port, UINT backlog, DWORD flags, Window window) {
  return guarded<SOCKET>(INVALID_SOCKET, [&]() -> Result<SOCKET> {
    if (!is_window_or_none(window.handle)) return Error::fault;
    auto handle = listen_at(TextIn(host), port, backlog, flags);
    if (!handle) return handle;
    auto listener = runtime().listeners.pin(*handle);
    auto done = listener ? with_events(*listener, window) : Error::not_initialised;
    if (!done) runtime().close_listener(*handle);
    return done;
  });
}

}  // namespace

SOCKET WINAPI InetConnectA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                           LPSECURITYCREDENTIALS lpCredentials) {
  return connect_to<char>(lpszHostName, nullptr, {nRemotePort, nProtocol, nTimeout, dwOptions, 0}, lpCredentials);
}

SOCKET WINAPI InetConnectW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                           LPSECURITYCREDENTIALS lpCredentials) {
  return connect_to<WCHAR>(lpszHostName, nullptr, {nRemotePort, nProtocol, nTimeout, dwOptions, 0}, lpCredentials);
}

SOCKET WINAPI InetConnectExA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                             LPCSTR lpszLocalAddress, UINT nLocalPort, LPSECURITYCREDENTIALS lpCredentials) {
  return connect_to(lpszHostName, lpszLocalAddress, {nRemotePort, nProtocol, nTimeout, dwOptions, nLocalPort},
                    lpCredentials);
}

SOCKET WINAPI InetConnectExW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                             LPCWSTR lpszLocalAddress, UINT nLocalPort, LPSECURITYCREDENTIALS lpCredentials) {
  return connect_to(lpszHostName, lpszLocalAddress, {nRemotePort, nProtocol, nTimeout, dwOptions, nLocalPort},
                    lpCredentials);
}

SOCKET WINAPI InetAsyncConnectA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                                LPSECURITYCREDENTIALS lpCredentials, HWND hEventWnd, UINT uEventMsg) {
  return begin_connect<char>(lpszHostName, nullptr, {nRemotePort, nProtocol, nTimeout, dwOptions, 0}, lpCredentials,
                             {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncConnectW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                                LPSECURITYCREDENTIALS lpCredentials, HWND hEventWnd, UINT uEventMsg) {
  return begin_connect<WCHAR>(lpszHostName, nullptr, {nRemotePort, nProtocol, nTimeout, dwOptions, 0}, lpCredentials,
                              {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncConnectExA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                                  LPCSTR lpszLocalAddress, UINT nLocalPort, LPSECURITYCREDENTIALS lpCredentials,
                                  HWND hEventWnd, UINT uEventMsg) {
  return begin_connect(lpszHostName, lpszLocalAddress, {nRemotePort, nProtocol, nTimeout, dwOptions, nLocalPort},
                       lpCredentials, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncConnectExW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                  DWORD dwOptions, LPCWSTR lpszLocalAddress, UINT nLocalPort,
                                  LPSECURITYCREDENTIALS lpCredentials, HWND hEventWnd, UINT uEventMsg) {
  return begin_connect(lpszHostName, lpszLocalAddress, {nRemotePort, nProtocol, nTimeout, dwOptions, nLocalPort},
                       lpCredentials, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetListenA(LPCSTR lpszLocalAddress, UINT nLocalPort) {
  return listen_to(lpszLocalAddress, nLocalPort, 0, INET_OPTION_NONE);
}

SOCKET WINAPI InetListenW(LPCWSTR lpszLocalAddress, UINT nLocalPort) {
  return listen_to(lpszLocalAddress, nLocalPort, 0, INET_OPTION_NONE);
}

SOCKET WINAPI InetListenExA(LPCSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions) {
  return listen_to(lpszLocalAddress, nLocalPort, nBacklog, dwOptions);
}

SOCKET WINAPI InetListenExW(LPCWSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions) {
  return listen_to(lpszLocalAddress, nLocalPort, nBacklog, dwOptions);
}

SOCKET WINAPI InetAsyncListenA(LPCSTR lpszLocalAddress, UINT nLocalPort, HWND hEventWnd, UINT uEventMsg) {
  return listen_with_events(lpszLocalAddress, nLocalPort, 0, INET_OPTION_NONE, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncListenW(LPCWSTR lpszLocalAddress, UINT nLocalPort, HWND hEventWnd, UINT uEventMsg) {
  return listen_with_events(lpszLocalAddress, nLocalPort, 0, INET_OPTION_NONE, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncListenExA(LPCSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions,
                                 HWND hEventWnd, UINT uEventMsg) {
  return listen_with_events(lpszLocalAddress, nLocalPort, nBacklog, dwOptions, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncListenExW(LPCWSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions,
                                 HWND hEventWnd, UINT uEventMsg) {
  return listen_with_events(lpszLocalAddress, nLocalPort, nBacklog, dwOptions, {hEventWnd, uEventMsg});
}

// ---- taking clients

namespace {

SOCKET accept_from(SOCKET handle, UINT timeout, DWORD flags, LPSECURITYCREDENTIALS) {
  return guarded<SOCKET>(INVALID_SOCKET, [&]() -> Result<SOCKET> {
    auto listener = runtime().listeners.pin(handle);
    if (!listener) return dead_handle();
    if (auto fits = check_options(SocketType::stream, flags); !fits) return fits.error();
    if (flags & INET_OPTION_SECURE) return Error::not_supported;
    const int64_t timeout_s = std::min(timeout, kTimeoutMax_s);
    auto client = listener->accept(timeout_s ? Deadline::after_ms(timeout_s * 1000) : Deadline::never());
    if (!client) return client.error();
    if (auto ready = prepare_socket(*client->provider, client->socket, SocketType::stream, flags); !ready) {
      client->provider->dispose(client->socket);
      return ready.error();
    }
    return runtime().adopt(std::move(*client), timeout);
  });
}

}  // namespace

SOCKET WINAPI InetAccept(SOCKET hServer, UINT nTimeout) {
  return accept_from(hServer, nTimeout, INET_OPTION_NONE, nullptr);
}

// The forms differ in their credentials only.
SOCKET WINAPI InetAcceptExA(SOCKET hServer, UINT nTimeout, DWORD dwOptions, LPSECURITYCREDENTIALS lpCredentials) {
  return accept_from(hServer, nTimeout, dwOptions, lpCredentials);
}

SOCKET WINAPI InetAcceptExW(SOCKET hServer, UINT nTimeout, DWORD dwOptions, LPSECURITYCREDENTIALS lpCredentials) {
  return accept_from(hServer, nTimeout, dwOptions, lpCredentials);
}

SOCKET WINAPI InetAttachSocket(SOCKET hSocket, DWORD dwOptions) {
  return guarded<SOCKET>(INVALID_SOCKET, [&]() -> Result<SOCKET> {
    if (!runtime().is_initialized()) return Error::not_initialised;
    return attach_socket(hSocket, dwOptions);
  });
}

SOCKET WINAPI InetDetachSocket(SOCKET hSocket) {
  return guarded<SOCKET>(INVALID_SOCKET, [&]() { return detach_socket(hSocket); });
}

DWORD WINAPI InetAttachThread(SOCKET hSocket, DWORD dwThreadId) {
  return guarded<DWORD>(static_cast<DWORD>(INET_ERROR), [&]() -> Result<DWORD> {
    const DWORD thread_id = dwThreadId ? dwThreadId : current_thread_id();
    if (auto listener = runtime().listeners.pin(hSocket)) return listener->owner_thread_id.exchange(thread_id);
    Peer peer(hSocket);
    if (peer.session()) return peer.session()->thread_id();
    if (!peer.client()) return dead_handle();
    return peer.client()->owner_thread_id.exchange(thread_id);
  });
}
