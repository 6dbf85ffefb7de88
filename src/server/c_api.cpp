// The C interface of layer 3: checks arguments, finds what a handle means, catches everything, sets the last error.
#include <cxxabi.h>

#include <cstring>
#include <string>

#include "cswsock10.h"
#include "engine/context.h"
#include "server/runtime.h"

namespace inlet::server {
namespace {

constinit thread_local DWORD last_error = 0;

Runtime& runtime() {
  return Runtime::instance();
}

// Runs a call and turns what it returns, or throws, into the C convention.
template <class T, class Call>
T guarded(T failure_value, Call call) {
  Error error = Error::none;
  try {
    Result<T> result = call();
    if (result) return *result;
    error = result.error();
  } catch (abi::__forced_unwind&) {
    throw;  // a thread that is cancelled inside a call
  } catch (const std::bad_alloc&) {
    error = Error::out_of_memory;
  } catch (...) {
    error = Error::system_failure;
  }
  last_error = inet_code(error);
  return failure_value;
}

Error dead_handle() {
  return runtime().is_initialized() ? Error::not_socket : Error::not_initialised;
}

// What a handle of a session or of a plain client leads to, for the length of a call. The session whose callback runs on this
// thread needs no reference: it cannot go away before the callback returns.
class Peer {
 public:
  explicit Peer(SOCKET handle) {
    if (auto* task = engine::current_task()) {
      auto* session = static_cast<Session*>(task);
      if (session->handle() == handle) {
        session_ = session;
        return;
      }
    }
    if (kind_of(handle) == HandleKind::session) {
      session_pin_ = runtime().sessions.pin(handle);
      session_ = session_pin_.get();
    } else if (kind_of(handle) == HandleKind::client) {
      client_pin_ = runtime().clients.pin(handle);
      client_ = client_pin_.get();
    }
  }
  Peer(const Peer&) = delete;

  explicit operator bool() const { return session_ || client_; }
  Session* session() const { return session_; }
  Client* client() const { return client_; }
  Stream& stream() const { return session_ ? session_->stream() : client_->stream(); }
  std::atomic<void*>& data() const { return session_ ? session_->data : client_->data; }
  const Endpoint& endpoint() const { return session_ ? session_->peer() : client_->peer(); }

 private:
  using SessionPin = decltype(Runtime::sessions)::Pin;
  using ClientPin = decltype(Runtime::clients)::Pin;
  Session* session_ = nullptr;
  Client* client_ = nullptr;
  SessionPin session_pin_;
  ClientPin client_pin_;
};

std::shared_ptr<Server> find_server(SOCKET handle) {
  auto entry = runtime().servers.pin(handle);
  return entry ? entry->server : nullptr;
}

void store(const Endpoint& endpoint, LPINTERNET_ADDRESS address, UINT* port) {
  if (address) *address = endpoint.address;
  if (port) *port = endpoint.port;
}

Endpoint nobody() {
  Endpoint endpoint;
  endpoint.address.ipFamily = INET_ADDRESS_IPV4;
  return endpoint;
}

}  // namespace
}  // namespace inlet::server

using namespace inlet;
using namespace inlet::server;

// ---- library

BOOL WINAPI InetInitializeA(LPCSTR, LPINITDATA lpData) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
    if (lpData && lpData->dwSize != sizeof(INITDATA)) return Error::fault;
    auto initialized = runtime().initialize();
    if (!initialized) return initialized.error();
    if (lpData) {
      lpData->dwVersionMajor = 10;  // of the interface, which is what programs test for
      lpData->dwVersionMinor = 0;
      lpData->dwVersionBuild = 0;
    }
    return TRUE;
  });
}

VOID WINAPI InetUninitialize(VOID) {
  guarded<BOOL>(FALSE, []() -> Result<BOOL> {
    runtime().uninitialize();
    return TRUE;
  });
}

// ---- server

SOCKET WINAPI InetServerStartA(LPCSTR lpszLocalHost, UINT nLocalPort, UINT nBacklog, UINT nMaxClients, UINT nTimeout,
                               UINT nPriority, DWORD dwOptions, INETEVENTPROC lpEventProc, DWORD_PTR dwEventParam,
                               LPSECURITYCREDENTIALS) {
  return guarded<SOCKET>(INVALID_SOCKET, [&]() -> Result<SOCKET> {
    if (!runtime().is_initialized()) return Error::not_initialised;
    if (!lpEventProc || nLocalPort == 0 || nLocalPort > 65535 || nPriority > INET_PRIORITY_HIGHEST) return Error::fault;
    if (dwOptions & INET_OPTION_SECURE) return Error::not_supported;
    ServerOptions options;
    options.local_host = lpszLocalHost ? lpszLocalHost : "";
    options.local_port = static_cast<uint16_t>(nLocalPort);
    options.backlog = nBacklog;
    options.clients_max = nMaxClients;
    options.timeout_s = nTimeout;
    options.priority = nPriority;
    options.flags = dwOptions;
    options.program = lpEventProc;
    options.parameter = dwEventParam;
    return runtime().start_server(std::move(options));
  });
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
    auto server = find_server(hServer);
    if (!server) return dead_handle();
    Acceptor::Pending* pending = server->pending_here();
    if (!pending || pending->rejected) return Error::would_block;
    pending->rejected = true;
    return 0;
  });
}

// ---- client sessions

SOCKET WINAPI InetConnectA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                           LPSECURITYCREDENTIALS) {
  return guarded<SOCKET>(INVALID_SOCKET, [&]() -> Result<SOCKET> {
    if (!runtime().is_initialized()) return Error::not_initialised;
    if (!lpszHostName || !*lpszHostName || nRemotePort == 0 || nRemotePort > 65535) return Error::fault;
    if (nProtocol == INET_PROTOCOL_UDP) return Error::protocol_not_supported;
    if (nProtocol != INET_PROTOCOL_TCP) return Error::wrong_protocol_type;
    if (dwOptions & INET_OPTION_SECURE) return Error::not_supported;
    return runtime().connect({lpszHostName, static_cast<uint16_t>(nRemotePort), nTimeout, dwOptions});
  });
}

INT WINAPI InetRead(SOCKET hSocket, LPBYTE lpBuffer, INT cbBuffer) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (!lpBuffer || cbBuffer <= 0) return Error::fault;
    auto got = peer.stream().read(lpBuffer, static_cast<size_t>(cbBuffer));
    if (!got) return got.error();
    return static_cast<INT>(*got);
  });
}

INT WINAPI InetPeek(SOCKET hSocket, LPBYTE lpBuffer, INT cbBuffer) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (lpBuffer && cbBuffer <= 0) return Error::fault;
    auto got = peer.stream().peek(lpBuffer, lpBuffer ? static_cast<size_t>(cbBuffer) : 0);
    if (!got) return got.error();
    return static_cast<INT>(std::min<size_t>(*got, INT32_MAX));
  });
}

INT WINAPI InetWrite(SOCKET hSocket, const BYTE* lpBuffer, INT cbBuffer) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (cbBuffer < 0 || (!lpBuffer && cbBuffer > 0)) return Error::fault;
    auto sent = peer.stream().write(lpBuffer, static_cast<size_t>(cbBuffer));
    if (!sent) return sent.error();
    return static_cast<INT>(*sent);
  });
}

BOOL WINAPI InetReadLineA(SOCKET hSocket, LPSTR lpszBuffer, LPINT lpnLength) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (!lpszBuffer || !lpnLength || *lpnLength < 2) return Error::fault;
    const Stream::Line line = peer.stream().read_line(lpszBuffer, static_cast<size_t>(*lpnLength));
    *lpnLength = static_cast<INT>(line.length);
    if (line.error != Error::none) return line.error;
    return TRUE;
  });
}

BOOL WINAPI InetWriteLineA(SOCKET hSocket, LPCSTR lpszBuffer, LPINT lpnLength) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    std::string line = lpszBuffer ? lpszBuffer : "";
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    line += "\r\n";
    if (lpnLength) *lpnLength = 0;
    auto sent = peer.stream().write(line.data(), line.size());
    if (!sent) return sent.error();
    if (lpnLength) *lpnLength = static_cast<INT>(*sent);
    if (*sent != line.size()) return Error::timed_out;
    return TRUE;
  });
}

BOOL WINAPI InetIsReadable(SOCKET hSocket, DWORD dwTimeout, LPDWORD lpdwAvail) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (lpdwAvail) *lpdwAvail = 0;
    size_t available = 0;
    auto readable = peer.stream().wait_readable(Deadline::after_ms(dwTimeout), lpdwAvail ? &available : nullptr);
    if (!readable) return readable.error();
    if (lpdwAvail) *lpdwAvail = static_cast<DWORD>(available);
    if (!*readable) last_error = 0;
    return *readable;
  });
}

BOOL WINAPI InetIsWritable(SOCKET hSocket, DWORD dwTimeout) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    auto writable = peer.stream().wait_writable(Deadline::after_ms(dwTimeout));
    if (!writable) return writable.error();
    if (!*writable) last_error = 0;
    return *writable;
  });
}

namespace {

Result<INT> close_peer(SOCKET handle, Stream::Close how) {
  Peer peer(handle);
  if (!peer) return dead_handle();
  if (peer.session()) {
    if (!peer.session()->request_close(how)) return Error::not_socket;
    return 0;
  }
  if (!peer.stream().request_close(how)) return Error::not_socket;
  if (runtime().clients.retire(handle)) runtime().clients.unpin_owner(handle);
  return 0;
}

}  // namespace

INT WINAPI InetDisconnect(SOCKET hSocket) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
    if (auto server = find_server(hSocket)) {
      auto stopped = runtime().stop_server(std::move(server));
      if (!stopped) return stopped.error();
      return 0;
    }
    return close_peer(hSocket, Stream::Close::orderly);
  });
}

INT WINAPI InetAbort(SOCKET hSocket) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> { return close_peer(hSocket, Stream::Close::abort); });
}

INT WINAPI InetShutdown(SOCKET hSocket, DWORD dwOption) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (dwOption > INET_SHUTDOWN_BOTH) return Error::fault;
    auto done = peer.stream().shutdown(static_cast<int>(dwOption));  // the numbers are Winsock's SD_*
    if (!done) return done.error();
    return 0;
  });
}

BOOL WINAPI InetGetClientData(SOCKET hSocket, LPVOID* lppvData) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (!lppvData) return Error::fault;
    *lppvData = peer.data().load(std::memory_order_acquire);
    return TRUE;
  });
}

BOOL WINAPI InetSetClientData(SOCKET hSocket, LPVOID lpvData) {
  return guarded<BOOL>(FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    peer.data().store(lpvData, std::memory_order_release);
    return TRUE;
  });
}

// ---- addresses

INT WINAPI InetGetPeerAddress(SOCKET hSocket, LPINTERNET_ADDRESS lpAddress, UINT* lpnRemotePort) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
    if (auto server = find_server(hSocket)) {
      const Acceptor::Pending* pending = server->pending_here();
      store(pending ? pending->peer : nobody(), lpAddress, lpnRemotePort);
      return 0;
    }
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    store(peer.endpoint(), lpAddress, lpnRemotePort);
    return 0;
  });
}

INT WINAPI InetGetLocalAddress(SOCKET hSocket, LPINTERNET_ADDRESS lpAddress, UINT* lpnLocalPort) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
    if (auto server = find_server(hSocket)) {
      auto local = server->local_endpoint();
      if (!local) return local.error();
      store(*local, lpAddress, lpnLocalPort);
      return 0;
    }
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    SocketAddress name;
    auto got = peer.stream().provider().local_name(peer.stream().socket(), name.get(), &name.length);
    if (!got) return got.error();
    store(endpoint_of(name), lpAddress, lpnLocalPort);
    return 0;
  });
}

INT WINAPI InetGetAddressA(LPCSTR lpszAddress, INT nAddressFamily, LPINTERNET_ADDRESS lpAddress) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
    if (!lpAddress) return Error::fault;
    *lpAddress = INTERNET_ADDRESS{};
    if (!lpszAddress || nAddressFamily < INET_ADDRESS_UNKNOWN || nAddressFamily > INET_ADDRESS_IPV6)
      return Error::fault;
    auto parsed = parse_address(lpszAddress, nAddressFamily);
    if (!parsed) return parsed.error();
    *lpAddress = *parsed;
    return 0;
  });
}

INT WINAPI InetFormatAddressA(LPINTERNET_ADDRESS lpAddress, LPSTR lpszAddress, INT cchAddress) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
    if (!lpAddress || !lpszAddress || cchAddress <= 0) return Error::fault;
    *lpszAddress = '\0';
    if (lpAddress->ipFamily != INET_ADDRESS_IPV4 && lpAddress->ipFamily != INET_ADDRESS_IPV6) return Error::fault;
    const std::string text = format_address(*lpAddress);
    if (text.size() >= static_cast<size_t>(cchAddress)) return Error::message_size;
    std::memcpy(lpszAddress, text.c_str(), text.size() + 1);
    return static_cast<INT>(text.size());
  });
}

// ---- errors

DWORD WINAPI InetGetLastError(VOID) {
  return last_error;
}

VOID WINAPI InetSetLastError(DWORD dwErrorCode) {
  last_error = dwErrorCode;
}

INT WINAPI InetGetErrorStringA(DWORD dwErrorCode, LPSTR lpszBuffer, INT cchBuffer) {
  return guarded<INT>(0, [&]() -> Result<INT> {
    if (!lpszBuffer || cchBuffer <= 0) return Error::fault;
    const std::string_view text = text_of(error_of_inet_code(dwErrorCode));
    const size_t length = std::min(text.size(), static_cast<size_t>(cchBuffer) - 1);
    std::memcpy(lpszBuffer, text.data(), length);
    lpszBuffer[length] = '\0';
    return static_cast<INT>(length);
  });
}
