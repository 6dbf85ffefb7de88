// The C interface: servers. The contracts are in cswsock10.h.
#include <algorithm>

#include "base/limits.h"
#include "server/api_call.h"

using namespace inlet;
using namespace inlet::server;

namespace {

// What the program asks for, but for the address.
struct Start {
  UINT port, backlog, clients_max, timeout, priority;
  DWORD flags;
  INETEVENTPROC program;
  DWORD_PTR parameter;
};

template <class Character>
SOCKET start_server(const Character* host, const Start& start, LPSECURITYCREDENTIALS) {
  return guarded<SOCKET>(INVALID_SOCKET, [&]() -> Result<SOCKET> {
    if (!runtime().is_initialized()) return Error::not_initialised;
    const bool known = start.port != 0 && start.port <= 65535 && start.priority <= INET_PRIORITY_HIGHEST;
    if (!start.program || !known) return Error::fault;
    if (auto fits = check_options(SocketType::listener, start.flags); !fits) return fits.error();
    if (start.flags & INET_OPTION_SECURE) return Error::not_supported;
    const TextIn local_host(host);
    ServerOptions options;
    options.local_host = local_host ? local_host.get() : "";
    options.local_port = static_cast<uint16_t>(start.port);
    options.backlog = start.backlog;
    options.clients_max = start.clients_max;
    options.timeout_s = start.timeout;
    options.priority = start.priority;
    options.flags = start.flags;
    options.program = start.program;
    options.parameter = start.parameter;
    return runtime().start_server(std::move(options));
  });
}

}  // namespace

SOCKET WINAPI InetServerStartA(LPCSTR lpszLocalHost, UINT nLocalPort, UINT nBacklog, UINT nMaxClients, UINT nTimeout,
                               UINT nPriority, DWORD dwOptions, INETEVENTPROC lpEventProc, DWORD_PTR dwEventParam,
                               LPSECURITYCREDENTIALS lpCredentials) {
  return start_server(lpszLocalHost,
                      {nLocalPort, nBacklog, nMaxClients, nTimeout, nPriority, dwOptions, lpEventProc, dwEventParam},
                      lpCredentials);
}

SOCKET WINAPI InetServerStartW(LPCWSTR lpszLocalHost, UINT nLocalPort, UINT nBacklog, UINT nMaxClients, UINT nTimeout,
                               UINT nPriority, DWORD dwOptions, INETEVENTPROC lpEventProc, DWORD_PTR dwEventParam,
                               LPSECURITYCREDENTIALS lpCredentials) {
  return start_server(lpszLocalHost,
                      {nLocalPort, nBacklog, nMaxClients, nTimeout, nPriority, dwOptions, lpEventProc, dwEventParam},
                      lpCredentials);
}

BOOL WINAPI InetServerStop(SOCKET hServer) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    auto stopped = runtime().stop_server(std::move(server));
    if (!stopped) return stopped.error();
    return TRUE;
  });
}

INT WINAPI InetGetServerStatus(SOCKET hServer) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    return server->status();
  });
}

DWORD WINAPI InetGetServerThreadId(SOCKET hServer) {
  return guarded<DWORD>(0, [&]() -> Result<DWORD> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    return server->thread_id();
  });
}

BOOL WINAPI InetGetServerData(SOCKET hServer, LPVOID* lppvData) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    if (!lppvData) return Error::fault;
    *lppvData = server->data.load(std::memory_order_acquire);
    return TRUE;
  });
}

BOOL WINAPI InetSetServerData(SOCKET hServer, LPVOID lpvData) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    server->data.store(lpvData, std::memory_order_release);
    return TRUE;
  });
}

INT WINAPI InetReject(SOCKET hServer) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
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
template <class Call>
BOOL on_server(SOCKET handle, Call call) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
    auto server = find_server(handle);
    if (!server) return dead_handle();
    const Result<void> done = call(*server);
    if (!done) return done.error();
    return TRUE;
  });
}

// A number of a running server.
template <class T, class Call>
T of_server(SOCKET handle, T failure, Call call) {
  return guarded<T>(failure, [&]() -> Result<T> {
    auto server = find_server(handle);
    if (!server) return dead_handle();
    return call(*server);
  });
}

}  // namespace

BOOL WINAPI InetServerStopEx(SOCKET hServer, DWORD dwOptions) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
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
  return on_server(hServer, [](Server& server) { return server.suspend(); });
}

BOOL WINAPI InetServerSuspendEx(SOCKET hServer, DWORD dwOptions) {
  return on_server(hServer, [&](Server& server) -> Result<void> {
    if ((dwOptions & ~DWORD{INET_SUSPEND_DISCONNECT}) != 0) return Error::fault;
    auto suspended = server.suspend();
    if (suspended && (dwOptions & INET_SUSPEND_DISCONNECT) != 0) server.disconnect_clients();
    return suspended;
  });
}

BOOL WINAPI InetServerResume(SOCKET hServer) {
  return on_server(hServer, [](Server& server) { return server.resume(); });
}

BOOL WINAPI InetServerRestart(SOCKET hServer) {
  return on_server(hServer, [](Server& server) {
    engine::before_blocking();
    return server.restart();
  });
}

BOOL WINAPI InetServerThrottle(SOCKET hServer, UINT nMaxClients, UINT nMaxClientsPerAddress, DWORD dwConnectionRate) {
  return on_server(hServer, [&](Server& server) -> Result<void> {
    server.admission().set(nMaxClients, nMaxClientsPerAddress, dwConnectionRate);
    return {};
  });
}

BOOL WINAPI InetServerLock(SOCKET hServer) {
  return on_server(hServer, [&](Server& server) -> Result<void> {
    auto locked = ServerLock::instance().lock(hServer);
    if (!locked || !server.stop_requested()) return locked;
    // Stopped while we waited: nobody would ever unlock it.
    ServerLock::instance().forget(hServer);
    return Error::not_socket;
  });
}

BOOL WINAPI InetServerUnlock(SOCKET hServer) {
  return on_server(hServer, [&](Server&) { return ServerLock::instance().unlock(hServer); });
}

SOCKET WINAPI InetGetLockedServer(VOID) {
  return ServerLock::instance().locked_server();
}

INT WINAPI InetServerBroadcast(SOCKET hServer, const BYTE* lpBuffer, DWORD cbBuffer) {
  return of_server<INT>(hServer, INET_ERROR, [&](Server& server) -> Result<INT> {
    if (!lpBuffer && cbBuffer > 0) return Error::fault;
    ServerLock::instance().pass(hServer);
    return static_cast<INT>(server.broadcast(lpBuffer, cbBuffer));
  });
}

BOOL WINAPI InetServerAsyncNotify(SOCKET hServer, HWND hWnd, UINT uMsg) {
  return on_server(hServer, [&](Server& server) -> Result<void> {
    if (hWnd == nullptr) return Error::fault;
    server.notify_window(hWnd, uMsg);
    return {};
  });
}

BOOL WINAPI InetServerDisableAsyncNotify(SOCKET hServer) {
  return on_server(hServer, [](Server& server) -> Result<void> {
    server.notify_window(nullptr, 0);
    return {};
  });
}

INT WINAPI InetGetServerPriority(SOCKET hServer) {
  return of_server<INT>(hServer, INET_PRIORITY_INVALID, [](Server& server) -> Result<INT> {
    return static_cast<INT>(server.priority.load(std::memory_order_relaxed));
  });
}

INT WINAPI InetSetServerPriority(SOCKET hServer, INT nPriority) {
  return of_server<INT>(hServer, INET_PRIORITY_INVALID, [&](Server& server) -> Result<INT> {
    if (nPriority < INET_PRIORITY_LOWEST || nPriority > INET_PRIORITY_HIGHEST) return Error::fault;
    return static_cast<INT>(server.priority.exchange(static_cast<unsigned>(nPriority)));
  });
}

DWORD WINAPI InetGetServerStackSize(SOCKET hServer) {
  return of_server<DWORD>(hServer, 0, [](Server& server) -> Result<DWORD> { return server.stack_bytes.load(); });
}

BOOL WINAPI InetSetServerStackSize(SOCKET hServer, DWORD dwStackSize) {
  return on_server(hServer, [&](Server& server) -> Result<void> {
    server.stack_bytes.store(dwStackSize);
    return {};
  });
}

INT WINAPI InetGetServerTimeout(SOCKET hServer) {
  return of_server<INT>(hServer, INET_ERROR, [](Server& server) -> Result<INT> {
    return static_cast<INT>(server.timeout_s.load(std::memory_order_relaxed));
  });
}

INT WINAPI InetSetServerTimeout(SOCKET hServer, UINT nTimeout) {
  return of_server<INT>(hServer, INET_ERROR, [&](Server& server) -> Result<INT> {
    server.timeout_s.store(std::min<UINT>(nTimeout, kTimeoutMax_s), std::memory_order_relaxed);
    return 0;
  });
}

INT WINAPI InetGetServerAddress(SOCKET hServer, LPINTERNET_ADDRESS lpAddress, UINT* lpnLocalPort) {
  return of_server<INT>(hServer, INET_ERROR, [&](Server& server) -> Result<INT> {
    auto local = server.local_endpoint();
    if (!local) return local.error();
    if (lpAddress) *lpAddress = local->address;
    if (lpnLocalPort) *lpnLocalPort = local->port;
    return 0;
  });
}

INT WINAPI InetEnumServerClients(SOCKET hServer, SOCKET* lphClients, INT nMaxClients) {
  return of_server<INT>(hServer, INET_ERROR, [&](Server& server) -> Result<INT> {
    if (lphClients && nMaxClients < 0) return Error::fault;
    INT count = 0;
    for (SOCKET client : server.directory().clients()) {
      auto session = runtime().sessions.pin(client);
      if (!session || session->stream().close_requested() != Stream::Close::none) continue;
      if (lphClients && count >= nMaxClients) return Error::message_size;
      if (lphClients) lphClients[count] = client;
      ++count;
    }
    return count;
  });
}
