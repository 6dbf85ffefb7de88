// The C interface: making and taking plain sockets. The contracts are in cswsock10.h.
#include <winsock2.h>
#include <winuser.h>

#include "base/limits.h"
#include "base/thread_registry.h"
#include "server/api_call.h"
#include "server/attachment.h"
#include "server/credentials_in.h"
#include "server/securing.h"

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
  return {};
}

template <class Credentials>
Result<ConnectOptions> connect_options(const TextIn& host, const TextIn& local_host, const Target& target,
                                       const Credentials* given) {
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
  if (given == nullptr) return options;
  auto credentials = read_credentials(*given);
  if (!credentials) return credentials.error();
  options.credentials = std::make_shared<const CredentialsIn>(std::move(*credentials));
  return options;
}

template <class Traced, class Character>
SOCKET connect_to(const Traced& call, const Character* host, const Character* local_host, const Target& target,
                  const CredentialsOf<Character>* given) {
  return guarded<SOCKET>(call, INVALID_SOCKET, [&]() -> Result<SOCKET> {
    auto options = connect_options(TextIn(host), TextIn(local_host), target, given);
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

template <class Traced, class Character>
SOCKET begin_connect(const Traced& call, const Character* host, const Character* local_host, const Target& target,
                     const CredentialsOf<Character>* given, Window window) {
  return guarded<SOCKET>(call, INVALID_SOCKET, [&]() -> Result<SOCKET> {
    auto options = connect_options(TextIn(host), TextIn(local_host), target, given);
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

template <class Traced, class Character>
SOCKET listen_to(const Traced& call, const Character* host, UINT port, UINT backlog, DWORD flags) {
  return guarded<SOCKET>(call, INVALID_SOCKET,
                         [&]() -> Result<SOCKET> { return listen_at(TextIn(host), port, backlog, flags); });
}

template <class Traced, class Character>
SOCKET listen_with_events(const Traced& call, const Character* host, UINT port, UINT backlog, DWORD flags,
                          Window window) {
  return guarded<SOCKET>(call, INVALID_SOCKET, [&]() -> Result<SOCKET> {
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
                           LPSECURITYCREDENTIALSA lpCredentials) {
  const auto call = traced("InetConnect", lpszHostName, nRemotePort, nProtocol, nTimeout, dwOptions, lpCredentials);
  return connect_to(call, lpszHostName, static_cast<const char*>(nullptr),
                    {nRemotePort, nProtocol, nTimeout, dwOptions, 0}, lpCredentials);
}

SOCKET WINAPI InetConnectW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                           LPSECURITYCREDENTIALSW lpCredentials) {
  const auto call = traced("InetConnect", lpszHostName, nRemotePort, nProtocol, nTimeout, dwOptions, lpCredentials);
  return connect_to(call, lpszHostName, static_cast<const WCHAR*>(nullptr),
                    {nRemotePort, nProtocol, nTimeout, dwOptions, 0}, lpCredentials);
}

SOCKET WINAPI InetConnectExA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                             LPCSTR lpszLocalAddress, UINT nLocalPort, LPSECURITYCREDENTIALSA lpCredentials) {
  const auto call = traced("InetConnectEx", lpszHostName, nRemotePort, nProtocol, nTimeout, dwOptions, lpszLocalAddress,
                           nLocalPort, lpCredentials);
  return connect_to(call, lpszHostName, lpszLocalAddress, {nRemotePort, nProtocol, nTimeout, dwOptions, nLocalPort},
                    lpCredentials);
}

SOCKET WINAPI InetConnectExW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                             LPCWSTR lpszLocalAddress, UINT nLocalPort, LPSECURITYCREDENTIALSW lpCredentials) {
  const auto call = traced("InetConnectEx", lpszHostName, nRemotePort, nProtocol, nTimeout, dwOptions, lpszLocalAddress,
                           nLocalPort, lpCredentials);
  return connect_to(call, lpszHostName, lpszLocalAddress, {nRemotePort, nProtocol, nTimeout, dwOptions, nLocalPort},
                    lpCredentials);
}

SOCKET WINAPI InetAsyncConnectA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                                LPSECURITYCREDENTIALSA lpCredentials, HWND hEventWnd, UINT uEventMsg) {
  const auto call = traced("InetAsyncConnect", lpszHostName, nRemotePort, nProtocol, nTimeout, dwOptions, lpCredentials,
                           hEventWnd, uEventMsg);
  return begin_connect(call, lpszHostName, static_cast<const char*>(nullptr),
                       {nRemotePort, nProtocol, nTimeout, dwOptions, 0}, lpCredentials, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncConnectW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                                LPSECURITYCREDENTIALSW lpCredentials, HWND hEventWnd, UINT uEventMsg) {
  const auto call = traced("InetAsyncConnect", lpszHostName, nRemotePort, nProtocol, nTimeout, dwOptions, lpCredentials,
                           hEventWnd, uEventMsg);
  return begin_connect(call, lpszHostName, static_cast<const WCHAR*>(nullptr),
                       {nRemotePort, nProtocol, nTimeout, dwOptions, 0}, lpCredentials, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncConnectExA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                                  LPCSTR lpszLocalAddress, UINT nLocalPort, LPSECURITYCREDENTIALSA lpCredentials,
                                  HWND hEventWnd, UINT uEventMsg) {
  const auto call = traced("InetAsyncConnectEx", lpszHostName, nRemotePort, nProtocol, nTimeout, dwOptions,
                           lpszLocalAddress, nLocalPort, lpCredentials, hEventWnd, uEventMsg);
  return begin_connect(call, lpszHostName, lpszLocalAddress, {nRemotePort, nProtocol, nTimeout, dwOptions, nLocalPort},
                       lpCredentials, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncConnectExW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout,
                                  DWORD dwOptions, LPCWSTR lpszLocalAddress, UINT nLocalPort,
                                  LPSECURITYCREDENTIALSW lpCredentials, HWND hEventWnd, UINT uEventMsg) {
  const auto call = traced("InetAsyncConnectEx", lpszHostName, nRemotePort, nProtocol, nTimeout, dwOptions,
                           lpszLocalAddress, nLocalPort, lpCredentials, hEventWnd, uEventMsg);
  return begin_connect(call, lpszHostName, lpszLocalAddress, {nRemotePort, nProtocol, nTimeout, dwOptions, nLocalPort},
                       lpCredentials, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetListenA(LPCSTR lpszLocalAddress, UINT nLocalPort) {
  const auto call = traced("InetListen", lpszLocalAddress, nLocalPort);
  return listen_to(call, lpszLocalAddress, nLocalPort, 0, INET_OPTION_NONE);
}

SOCKET WINAPI InetListenW(LPCWSTR lpszLocalAddress, UINT nLocalPort) {
  const auto call = traced("InetListen", lpszLocalAddress, nLocalPort);
  return listen_to(call, lpszLocalAddress, nLocalPort, 0, INET_OPTION_NONE);
}

SOCKET WINAPI InetListenExA(LPCSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions) {
  const auto call = traced("InetListenEx", lpszLocalAddress, nLocalPort, nBacklog, dwOptions);
  return listen_to(call, lpszLocalAddress, nLocalPort, nBacklog, dwOptions);
}

SOCKET WINAPI InetListenExW(LPCWSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions) {
  const auto call = traced("InetListenEx", lpszLocalAddress, nLocalPort, nBacklog, dwOptions);
  return listen_to(call, lpszLocalAddress, nLocalPort, nBacklog, dwOptions);
}

SOCKET WINAPI InetAsyncListenA(LPCSTR lpszLocalAddress, UINT nLocalPort, HWND hEventWnd, UINT uEventMsg) {
  const auto call = traced("InetAsyncListen", lpszLocalAddress, nLocalPort, hEventWnd, uEventMsg);
  return listen_with_events(call, lpszLocalAddress, nLocalPort, 0, INET_OPTION_NONE, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncListenW(LPCWSTR lpszLocalAddress, UINT nLocalPort, HWND hEventWnd, UINT uEventMsg) {
  const auto call = traced("InetAsyncListen", lpszLocalAddress, nLocalPort, hEventWnd, uEventMsg);
  return listen_with_events(call, lpszLocalAddress, nLocalPort, 0, INET_OPTION_NONE, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncListenExA(LPCSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions,
                                 HWND hEventWnd, UINT uEventMsg) {
  const auto call =
      traced("InetAsyncListenEx", lpszLocalAddress, nLocalPort, nBacklog, dwOptions, hEventWnd, uEventMsg);
  return listen_with_events(call, lpszLocalAddress, nLocalPort, nBacklog, dwOptions, {hEventWnd, uEventMsg});
}

SOCKET WINAPI InetAsyncListenExW(LPCWSTR lpszLocalAddress, UINT nLocalPort, UINT nBacklog, DWORD dwOptions,
                                 HWND hEventWnd, UINT uEventMsg) {
  const auto call =
      traced("InetAsyncListenEx", lpszLocalAddress, nLocalPort, nBacklog, dwOptions, hEventWnd, uEventMsg);
  return listen_with_events(call, lpszLocalAddress, nLocalPort, nBacklog, dwOptions, {hEventWnd, uEventMsg});
}

// ---- taking clients

namespace {

using ServerCredentials = std::shared_ptr<const tls::Credentials>;

// Who we are to an accepted client; nothing without INET_OPTION_SECURE.
template <class Credentials>
Result<ServerCredentials> credentials_of_accept(DWORD flags, const Credentials* given) {
  if ((flags & INET_OPTION_SECURE) == 0) return ServerCredentials();
  if (given == nullptr) return Error::fault;
  auto in = read_credentials(*given);
  if (!in) return in.error();
  return load_credentials(*in, tls::Role::server);
}

Result<SOCKET> secured(SOCKET handle, ServerCredentials credentials, Deadline deadline) {
  auto client = runtime().clients.pin(handle);
  auto done = client ? secure_accepted(*client->stream(), std::move(credentials), deadline) : Error::canceled;
  if (done) return handle;
  runtime().close_client(handle, Stream::Close::orderly);
  return done.error();
}

Result<SOCKET> accept_from(SOCKET handle, UINT timeout, DWORD flags, ServerCredentials credentials) {
  auto listener = runtime().listeners.pin(handle);
  if (!listener) return dead_handle();
  const int64_t timeout_s = std::min(timeout, kTimeoutMax_s);
  const Deadline deadline = timeout_s ? Deadline::after_ms(timeout_s * 1000) : Deadline::never();
  auto client = listener->accept(deadline);
  if (!client) return client.error();
  if (auto ready = prepare_socket(*client->provider, client->socket, SocketType::stream, flags); !ready) {
    client->provider->dispose(client->socket);
    return ready.error();
  }
  ConnectOptions options;
  options.timeout_s = timeout;
  auto adopted = runtime().adopt(std::move(*client), options);
  return adopted && credentials ? secured(*adopted, std::move(credentials), deadline) : adopted;
}

template <class Credentials>
SOCKET accept_with(SOCKET handle, UINT timeout, DWORD flags, const Credentials* given) {
  const auto call = traced("InetAcceptEx", handle, timeout, flags, given);
  return guarded<SOCKET>(call, INVALID_SOCKET, [&]() -> Result<SOCKET> {
    if (!runtime().listeners.pin(handle)) return dead_handle();
    if (auto fits = check_options(SocketType::stream, flags); !fits) return fits.error();
    auto credentials = credentials_of_accept(flags, given);
    if (!credentials) return credentials.error();
    return accept_from(handle, timeout, flags, std::move(*credentials));
  });
}

}  // namespace

SOCKET WINAPI InetAccept(SOCKET hServer, UINT nTimeout) {
  const auto call = traced("InetAccept", hServer, nTimeout);
  return guarded<SOCKET>(call, INVALID_SOCKET,
                         [&] { return accept_from(hServer, nTimeout, INET_OPTION_NONE, nullptr); });
}

SOCKET WINAPI InetAcceptExA(SOCKET hServer, UINT nTimeout, DWORD dwOptions, LPSECURITYCREDENTIALSA lpCredentials) {
  return accept_with(hServer, nTimeout, dwOptions, lpCredentials);
}

SOCKET WINAPI InetAcceptExW(SOCKET hServer, UINT nTimeout, DWORD dwOptions, LPSECURITYCREDENTIALSW lpCredentials) {
  return accept_with(hServer, nTimeout, dwOptions, lpCredentials);
}

SOCKET WINAPI InetAttachSocket(SOCKET hSocket, DWORD dwOptions) {
  const auto call = traced("InetAttachSocket", hSocket, dwOptions);
  return guarded<SOCKET>(call, INVALID_SOCKET, [&]() -> Result<SOCKET> {
    if (!runtime().is_initialized()) return Error::not_initialised;
    return attach_socket(hSocket, dwOptions);
  });
}

SOCKET WINAPI InetDetachSocket(SOCKET hSocket) {
  const auto call = traced("InetDetachSocket", hSocket);
  return guarded<SOCKET>(call, INVALID_SOCKET, [&]() { return detach_socket(hSocket); });
}

DWORD WINAPI InetAttachThread(SOCKET hSocket, DWORD dwThreadId) {
  const auto call = traced("InetAttachThread", hSocket, dwThreadId);
  return guarded<DWORD>(call, static_cast<DWORD>(INET_ERROR), [&]() -> Result<DWORD> {
    const DWORD thread_id = dwThreadId ? dwThreadId : current_thread_id();
    if (auto listener = runtime().listeners.pin(hSocket)) return listener->owner_thread_id.exchange(thread_id);
    Peer peer(hSocket);
    if (peer.session()) return peer.session()->thread_id();
    if (!peer.client()) return dead_handle();
    return peer.client()->owner_thread_id.exchange(thread_id);
  });
}
