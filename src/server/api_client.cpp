// The C interface: who the clients of a server are. The contracts are in cswsock10.h.
#include <algorithm>
#include <string>

#include "server/api_call.h"

using namespace inlet;
using namespace inlet::server;

BOOL WINAPI InetGetClientData(SOCKET hSocket, LPVOID* lppvData) {
  const auto call = traced("InetGetClientData", hSocket, lppvData);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer && !peer.is_connecting()) return peer.error();
    if (!lppvData) return Error::fault;
    *lppvData = peer.data().load(std::memory_order_acquire);
    return TRUE;
  });
}

BOOL WINAPI InetSetClientData(SOCKET hSocket, LPVOID lpvData) {
  const auto call = traced("InetSetClientData", hSocket, lpvData);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer && !peer.is_connecting()) return peer.error();
    peer.data().store(lpvData, std::memory_order_release);
    return TRUE;
  });
}

namespace {

// A session of a server; plain sockets are none.
template <class T, class Traced, class Call>
T of_client(const Traced& what, SOCKET handle, T failure, Call call) {
  return guarded<T>(what, failure, [&]() -> Result<T> {
    Peer peer(handle);
    if (!peer || !peer.session()) return dead_handle();
    return call(*peer.session());
  });
}

// For handles that are looked up in a server's directory.
Result<SOCKET> found(SOCKET client) {
  return client == INVALID_SOCKET ? Result<SOCKET>(Error::host_not_found) : client;
}

}  // namespace

UINT WINAPI InetGetClientId(SOCKET hSocket) {
  const auto call = traced("InetGetClientId", hSocket);
  return of_client<UINT>(call, hSocket, 0, [](Session& session) -> Result<UINT> { return session.id(); });
}

SOCKET WINAPI InetGetClientHandle(SOCKET hServer, UINT nClientId) {
  const auto call = traced("InetGetClientHandle", hServer, nClientId);
  return guarded<SOCKET>(call, INVALID_SOCKET, [&]() -> Result<SOCKET> {
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    return found(server->directory().find(nClientId));
  });
}

namespace {

template <class Character>
INT get_moniker(SOCKET client, Character* into, INT capacity) {
  const auto call = traced("InetGetClientMoniker", client, into, capacity);
  return of_client<INT>(call, client, INET_ERROR, [&](Session& session) -> Result<INT> {
    if (!into || capacity <= 0) return Error::fault;
    return put_text(session.server().directory().moniker_of(session.id()), into, capacity);
  });
}

template <class Character>
BOOL set_moniker(SOCKET client, const Character* moniker) {
  const auto call = traced("InetSetClientMoniker", client, moniker);
  return of_client<BOOL>(call, client, FALSE, [&](Session& session) -> Result<BOOL> {
    const TextIn in(moniker);
    auto renamed = session.server().directory().rename(session.id(), in ? in.get() : "");
    if (!renamed) return renamed.error() == Error::invalid ? Error::message_size : renamed.error();
    return TRUE;
  });
}

template <class Character>
SOCKET find_moniker(SOCKET handle, const Character* moniker) {
  const auto call = traced("InetFindClientMoniker", handle, moniker);
  return guarded<SOCKET>(call, INVALID_SOCKET, [&]() -> Result<SOCKET> {
    auto server = find_server(handle);
    if (!server) return dead_handle();
    const TextIn in(moniker);
    if (in.is_empty()) return Error::fault;
    return found(server->directory().find(std::string(in.get())));
  });
}

}  // namespace

INT WINAPI InetGetClientMonikerA(SOCKET hSocket, LPSTR lpszMoniker, INT cchMoniker) {
  return get_moniker(hSocket, lpszMoniker, cchMoniker);
}

INT WINAPI InetGetClientMonikerW(SOCKET hSocket, LPWSTR lpszMoniker, INT cchMoniker) {
  return get_moniker(hSocket, lpszMoniker, cchMoniker);
}

BOOL WINAPI InetSetClientMonikerA(SOCKET hSocket, LPCSTR lpszMoniker) {
  return set_moniker(hSocket, lpszMoniker);
}

BOOL WINAPI InetSetClientMonikerW(SOCKET hSocket, LPCWSTR lpszMoniker) {
  return set_moniker(hSocket, lpszMoniker);
}

SOCKET WINAPI InetFindClientMonikerA(SOCKET hServer, LPCSTR lpszMoniker) {
  return find_moniker(hServer, lpszMoniker);
}

SOCKET WINAPI InetFindClientMonikerW(SOCKET hServer, LPCWSTR lpszMoniker) {
  return find_moniker(hServer, lpszMoniker);
}

DWORD WINAPI InetGetClientIdleTime(SOCKET hSocket) {
  const auto call = traced("InetGetClientIdleTime", hSocket);
  return of_client<DWORD>(call, hSocket, static_cast<DWORD>(INET_ERROR), [](Session& session) -> Result<DWORD> {
    return static_cast<DWORD>(std::clamp<int64_t>(session.idle_ms(), 0, INT32_MAX));
  });
}

INT WINAPI InetGetClientPriority(SOCKET hSocket) {
  const auto call = traced("InetGetClientPriority", hSocket);
  return of_client<INT>(call, hSocket, INET_PRIORITY_INVALID,
                        [](Session& session) -> Result<INT> { return static_cast<INT>(session.wanted_priority()); });
}

INT WINAPI InetSetClientPriority(SOCKET hSocket, INT nPriority) {
  const auto call = traced("InetSetClientPriority", hSocket, nPriority);
  return of_client<INT>(call, hSocket, INET_PRIORITY_INVALID, [&](Session& session) -> Result<INT> {
    if (nPriority < INET_PRIORITY_LOWEST || nPriority > INET_PRIORITY_HIGHEST) return Error::fault;
    return static_cast<INT>(session.request_priority(static_cast<unsigned>(nPriority)));
  });
}

DWORD WINAPI InetGetClientThreadId(SOCKET hSocket) {
  const auto call = traced("InetGetClientThreadId", hSocket);
  return of_client<DWORD>(call, hSocket, 0, [](Session& session) -> Result<DWORD> { return session.thread_id(); });
}

SOCKET WINAPI InetGetClientServer(SOCKET hSocket) {
  const auto call = traced("InetGetClientServer", hSocket);
  return of_client<SOCKET>(call, hSocket, INVALID_SOCKET,
                           [](Session& session) -> Result<SOCKET> { return session.server().handle(); });
}

INT WINAPI InetGetTimeout(SOCKET hSocket) {
  const auto call = traced("InetGetTimeout", hSocket);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    return static_cast<INT>(peer.stream().timeout_s());
  });
}

INT WINAPI InetSetTimeout(SOCKET hSocket, UINT nTimeout) {
  const auto call = traced("InetSetTimeout", hSocket, nTimeout);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    peer.stream().set_timeout_s(nTimeout);
    return 0;
  });
}
