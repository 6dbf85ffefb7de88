// The C interface: servers. The contracts are in cswsock10.h.
#include <algorithm>

#include "base/limits.h"
#include "server/api_call.h"
#include "server/credentials_in.h"

using namespace inlet;
using namespace inlet::server;

namespace {

// The credentials of a start. They are needed with INET_OPTION_SECURE; without it they are for InetEnableSecurity.
template <class Credentials>
Result<std::shared_ptr<const tls::Credentials>> credentials_of_start(const Credentials* given, bool secure) {
  std::shared_ptr<const tls::Credentials> none;
  if (!given) return secure ? Result<std::shared_ptr<const tls::Credentials>>(Error::fault) : none;
  auto in = read_credentials(*given);
  if (!in) return in.error();
  if (in->store.empty() && !secure) return none;
  return load_credentials(*in, tls::Role::server);
}

template <class Character>
SOCKET start_server(const Character* host, UINT port, UINT backlog, UINT clients_max, UINT timeout, UINT priority,
                    DWORD flags, INETEVENTPROC program, DWORD_PTR parameter, const CredentialsOf<Character>* given) {
  const auto call =
      traced("InetServerStart", host, port, backlog, clients_max, timeout, priority, flags, program, parameter, given);
  return guarded<SOCKET>(call, INVALID_SOCKET, [&]() -> Result<SOCKET> {
    if (!runtime().is_initialized()) return Error::not_initialised;
    if (!program || port == 0 || port > 65535 || priority > INET_PRIORITY_HIGHEST) return Error::fault;
    if (auto fits = check_options(SocketType::listener, flags); !fits) return fits.error();
    auto credentials = credentials_of_start(given, (flags & INET_OPTION_SECURE) != 0);
    if (!credentials) return credentials.error();
    ServerOptions options;
    options.local_host = text_in(TextIn(host));
    options.local_port = static_cast<uint16_t>(port);
    options.backlog = backlog;
    options.clients_max = clients_max;
    options.timeout_s = timeout;
    options.priority = priority;
    options.flags = flags;
    options.program = program;
    options.parameter = parameter;
    options.credentials = std::move(*credentials);
    return runtime().start_server(std::move(options));
  });
}

}  // namespace

SOCKET WINAPI InetServerStartA(LPCSTR lpszLocalHost, UINT nLocalPort, UINT nBacklog, UINT nMaxClients, UINT nTimeout,
                               UINT nPriority, DWORD dwOptions, INETEVENTPROC lpEventProc, DWORD_PTR dwEventParam,
                               LPSECURITYCREDENTIALSA lpCredentials) {
  return start_server(lpszLocalHost, nLocalPort, nBacklog, nMaxClients, nTimeout, nPriority, dwOptions, lpEventProc,
                      dwEventParam, lpCredentials);
}

SOCKET WINAPI InetServerStartW(LPCWSTR lpszLocalHost, UINT nLocalPort, UINT nBacklog, UINT nMaxClients, UINT nTimeout,
                               UINT nPriority, DWORD dwOptions, INETEVENTPROC lpEventProc, DWORD_PTR dwEventParam,
                               LPSECURITYCREDENTIALSW lpCredentials) {
  return start_server(lpszLocalHost, nLocalPort, nBacklog, nMaxClients, nTimeout, nPriority, dwOptions, lpEventProc,
                      dwEventParam, lpCredentials);
}

BOOL WINAPI InetServerStop(SOCKET hServer) {
  const auto call = traced("InetServerStop", hServer);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    auto stopped = runtime().stop_server(std::move(server));
    if (!stopped) return stopped.error();
    return TRUE;
  });
}

INT WINAPI InetGetServerStatus(SOCKET hServer) {
  const auto call = traced("InetGetServerStatus", hServer);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    return server->status();
  });
}

DWORD WINAPI InetGetServerThreadId(SOCKET hServer) {
  const auto call = traced("InetGetServerThreadId", hServer);
  return guarded<DWORD>(call, 0, [&]() -> Result<DWORD> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    return server->thread_id();
  });
}

BOOL WINAPI InetGetServerData(SOCKET hServer, LPVOID* lppvData) {
  const auto call = traced("InetGetServerData", hServer, lppvData);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    if (!lppvData) return Error::fault;
    *lppvData = server->data.load(std::memory_order_acquire);
    return TRUE;
  });
}

BOOL WINAPI InetSetServerData(SOCKET hServer, LPVOID lpvData) {
  const auto call = traced("InetSetServerData", hServer, lpvData);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    server->data.store(lpvData, std::memory_order_release);
    return TRUE;
  });
}

INT WINAPI InetReject(SOCKET hServer) {
  const auto call = traced("InetReject", hServer);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (auto listener = runtime().listeners.pin(hServer)) {
      auto rejected = listener->reject();
      if (!rejected) return rejected.error();
      return 0;
    }
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    Acceptor::Pending* pending = server->pending_here();
    if (!pending || pending->rejected) return Error::would_block;
    pending->rejected = true;
    return 0;
  });
}

// ---- control

namespace {

// What most functions of a running server look like: BOOL, and an error or not.
template <class Traced, class Call>
BOOL on_server(const Traced& what, SOCKET handle, Call call) {
  return guarded<BOOL>(what, FALSE, [&]() -> Result<BOOL> {
    auto server = find_server(handle);
    if (!server) return dead_handle();
    const Result<void> done = call(*server);
    if (!done) return done.error();
    return TRUE;
  });
}

// A number of a running server.
template <class T, class Traced, class Call>
T of_server(const Traced& what, SOCKET handle, T failure, Call call) {
  return guarded<T>(what, failure, [&]() -> Result<T> {
    auto server = find_server(handle);
    if (!server) return dead_handle();
    return call(*server);
  });
}

}  // namespace

BOOL WINAPI InetServerStopEx(SOCKET hServer, DWORD dwOptions) {
  const auto call = traced("InetServerStopEx", hServer, dwOptions);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    if ((dwOptions & ~DWORD{INET_STOP_ASYNC}) != 0) return Error::fault;
    if ((dwOptions & INET_STOP_ASYNC) != 0) {
      server->request_stop();
      return TRUE;
    }
    auto stopped = runtime().stop_server(std::move(server));
    if (!stopped) return stopped.error();
    return TRUE;
  });
}

BOOL WINAPI InetServerSuspend(SOCKET hServer) {
  const auto call = traced("InetServerSuspend", hServer);
  return on_server(call, hServer, [](Server& server) { return server.suspend(); });
}

BOOL WINAPI InetServerSuspendEx(SOCKET hServer, DWORD dwOptions) {
  const auto call = traced("InetServerSuspendEx", hServer, dwOptions);
  return on_server(call, hServer, [&](Server& server) -> Result<void> {
    if ((dwOptions & ~DWORD{INET_SUSPEND_DISCONNECT}) != 0) return Error::fault;
    auto suspended = server.suspend();
    if (suspended && (dwOptions & INET_SUSPEND_DISCONNECT) != 0) server.disconnect_clients();
    return suspended;
  });
}

BOOL WINAPI InetServerResume(SOCKET hServer) {
  const auto call = traced("InetServerResume", hServer);
  return on_server(call, hServer, [](Server& server) { return server.resume(); });
}

BOOL WINAPI InetServerRestart(SOCKET hServer) {
  const auto call = traced("InetServerRestart", hServer);
  return on_server(call, hServer, [](Server& server) {
    ServerLock::pass(server.handle());
    engine::before_blocking();
    return server.restart();
  });
}

BOOL WINAPI InetServerThrottle(SOCKET hServer, UINT nMaxClients, UINT nMaxClientsPerAddress, DWORD dwConnectionRate) {
  const auto call = traced("InetServerThrottle", hServer, nMaxClients, nMaxClientsPerAddress, dwConnectionRate);
  return on_server(call, hServer, [&](Server& server) -> Result<void> {
    server.admission().set(nMaxClients, nMaxClientsPerAddress, dwConnectionRate);
    return {};
  });
}

BOOL WINAPI InetServerLock(SOCKET hServer) {
  const auto call = traced("InetServerLock", hServer);
  return on_server(call, hServer, [&](Server& server) -> Result<void> {
    auto locked = ServerLock::instance().lock(hServer);
    if (!locked || !server.stop_requested()) return locked;
    // Stopped while we waited: nobody would ever unlock it.
    ServerLock::instance().forget(hServer);
    return Error::not_socket;
  });
}

BOOL WINAPI InetServerUnlock(SOCKET hServer) {
  const auto call = traced("InetServerUnlock", hServer);
  return on_server(call, hServer, [&](Server&) { return ServerLock::instance().unlock(hServer); });
}

SOCKET WINAPI InetGetLockedServer(VOID) {
  const auto call = traced("InetGetLockedServer");
  return guarded<SOCKET>(call, INVALID_SOCKET,
                         []() -> Result<SOCKET> { return ServerLock::instance().locked_server(); });
}

INT WINAPI InetServerBroadcast(SOCKET hServer, const BYTE* lpBuffer, DWORD cbBuffer) {
  const auto call = traced("InetServerBroadcast", hServer, moved(lpBuffer, &cbBuffer), cbBuffer);
  return of_server<INT>(call, hServer, INET_ERROR, [&](Server& server) -> Result<INT> {
    if (!lpBuffer && cbBuffer > 0) return Error::fault;
    ServerLock::pass(hServer);
    return static_cast<INT>(server.broadcast(lpBuffer, cbBuffer));
  });
}

BOOL WINAPI InetServerAsyncNotify(SOCKET hServer, HWND hWnd, UINT uMsg) {
  const auto call = traced("InetServerAsyncNotify", hServer, hWnd, uMsg);
  return on_server(call, hServer, [&](Server& server) -> Result<void> {
    if (hWnd == nullptr) return Error::fault;
    server.notify_window(hWnd, uMsg);
    return {};
  });
}

BOOL WINAPI InetServerDisableAsyncNotify(SOCKET hServer) {
  const auto call = traced("InetServerDisableAsyncNotify", hServer);
  return on_server(call, hServer, [](Server& server) -> Result<void> {
    server.notify_window(nullptr, 0);
    return {};
  });
}

INT WINAPI InetGetServerPriority(SOCKET hServer) {
  const auto call = traced("InetGetServerPriority", hServer);
  return of_server<INT>(call, hServer, INET_PRIORITY_INVALID, [](Server& server) -> Result<INT> {
    return static_cast<INT>(server.priority.load(std::memory_order_relaxed));
  });
}

INT WINAPI InetSetServerPriority(SOCKET hServer, INT nPriority) {
  const auto call = traced("InetSetServerPriority", hServer, nPriority);
  return of_server<INT>(call, hServer, INET_PRIORITY_INVALID, [&](Server& server) -> Result<INT> {
    if (nPriority < INET_PRIORITY_LOWEST || nPriority > INET_PRIORITY_HIGHEST) return Error::fault;
    return static_cast<INT>(server.priority.exchange(static_cast<unsigned>(nPriority)));
  });
}

DWORD WINAPI InetGetServerStackSize(SOCKET hServer) {
  const auto call = traced("InetGetServerStackSize", hServer);
  return of_server<DWORD>(call, hServer, 0, [](Server& server) -> Result<DWORD> { return server.stack_bytes.load(); });
}

BOOL WINAPI InetSetServerStackSize(SOCKET hServer, DWORD dwStackSize) {
  const auto call = traced("InetSetServerStackSize", hServer, dwStackSize);
  return on_server(call, hServer, [&](Server& server) -> Result<void> {
    server.stack_bytes.store(dwStackSize);
    return {};
  });
}

INT WINAPI InetGetServerTimeout(SOCKET hServer) {
  const auto call = traced("InetGetServerTimeout", hServer);
  return of_server<INT>(call, hServer, INET_ERROR, [](Server& server) -> Result<INT> {
    return static_cast<INT>(server.timeout_s.load(std::memory_order_relaxed));
  });
}

INT WINAPI InetSetServerTimeout(SOCKET hServer, UINT nTimeout) {
  const auto call = traced("InetSetServerTimeout", hServer, nTimeout);
  return of_server<INT>(call, hServer, INET_ERROR, [&](Server& server) -> Result<INT> {
    server.timeout_s.store(std::min<UINT>(nTimeout, kTimeoutMax_s), std::memory_order_relaxed);
    return 0;
  });
}

INT WINAPI InetGetServerAddress(SOCKET hServer, LPINTERNET_ADDRESS lpAddress, UINT* lpnLocalPort) {
  const auto call = traced("InetGetServerAddress", hServer, lpAddress, lpnLocalPort);
  return of_server<INT>(call, hServer, INET_ERROR, [&](Server& server) -> Result<INT> {
    auto local = server.local_endpoint();
    if (!local) return local.error();
    if (lpAddress) *lpAddress = local->address;
    if (lpnLocalPort) *lpnLocalPort = local->port;
    return 0;
  });
}

INT WINAPI InetEnumServerClients(SOCKET hServer, SOCKET* lphClients, INT nMaxClients) {
  const auto call = traced("InetEnumServerClients", hServer, lphClients, nMaxClients);
  return of_server<INT>(call, hServer, INET_ERROR, [&](Server& server) -> Result<INT> {
    if (lphClients && nMaxClients < 0) return Error::fault;
    INT count = 0;
    for (SOCKET client : server.directory().clients()) {
      auto session = runtime().sessions.pin(client);
      if (!session || !session->is_announced()) continue;
      if (session->stream().close_requested() != Stream::Close::none) continue;
      if (lphClients && count >= nMaxClients) return Error::message_size;
      if (lphClients) lphClients[count] = client;
      ++count;
    }
    return count;
  });
}
