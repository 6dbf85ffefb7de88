// The C interface: connecting, moving data, and the end of sessions. The contracts are in cswsock10.h.
#include <algorithm>
#include <string>

#include "base/limits.h"
#include "server/api_call.h"
#include "server/credentials_in.h"

using namespace inlet;
using namespace inlet::server;

namespace {

template <class Character>
SOCKET connect(const Character* name, UINT port, UINT protocol, UINT timeout, DWORD flags,
               const CredentialsOf<Character>* given) {
  const auto call = traced("InetConnect", name, port, protocol, timeout, flags, given);
  return guarded<SOCKET>(call, INVALID_SOCKET, [&]() -> Result<SOCKET> {
    if (!runtime().is_initialized()) return Error::not_initialised;
    const TextIn host(name);
    if (host.is_empty() || port == 0 || port > 65535) return Error::fault;
    if (protocol == INET_PROTOCOL_UDP) return Error::protocol_not_supported;
    if (protocol != INET_PROTOCOL_TCP) return Error::wrong_protocol_type;
    ConnectOptions options{host.get(), static_cast<uint16_t>(port), timeout, flags};
    auto credentials = given ? read_credentials(*given) : CredentialsIn{};
    if (!credentials) return credentials.error();
    if (given) options.credentials = &*credentials;
    return runtime().connect(options);
  });
}

}  // namespace

SOCKET WINAPI InetConnectA(LPCSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                           LPSECURITYCREDENTIALSA lpCredentials) {
  return connect(lpszHostName, nRemotePort, nProtocol, nTimeout, dwOptions, lpCredentials);
}

SOCKET WINAPI InetConnectW(LPCWSTR lpszHostName, UINT nRemotePort, UINT nProtocol, UINT nTimeout, DWORD dwOptions,
                           LPSECURITYCREDENTIALSW lpCredentials) {
  return connect(lpszHostName, nRemotePort, nProtocol, nTimeout, dwOptions, lpCredentials);
}

INT WINAPI InetRead(SOCKET hSocket, LPBYTE lpBuffer, INT cbBuffer) {
  const auto call = traced("InetRead", hSocket, moved(lpBuffer), cbBuffer);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (!lpBuffer || cbBuffer <= 0) return Error::fault;
    auto got = peer.network().read(lpBuffer, static_cast<size_t>(cbBuffer));
    if (!got) return got.error();
    return static_cast<INT>(*got);
  });
}

INT WINAPI InetPeek(SOCKET hSocket, LPBYTE lpBuffer, INT cbBuffer) {
  const auto call = traced("InetPeek", hSocket, moved(lpBuffer), cbBuffer);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (lpBuffer && cbBuffer <= 0) return Error::fault;
    auto got = peer.network().peek(lpBuffer, lpBuffer ? static_cast<size_t>(cbBuffer) : 0);
    if (!got) return got.error();
    return static_cast<INT>(std::min<size_t>(*got, INT32_MAX));
  });
}

INT WINAPI InetWrite(SOCKET hSocket, const BYTE* lpBuffer, INT cbBuffer) {
  const auto call = traced("InetWrite", hSocket, moved(lpBuffer), cbBuffer);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (cbBuffer < 0 || (!lpBuffer && cbBuffer > 0)) return Error::fault;
    auto sent = peer.network().write(lpBuffer, static_cast<size_t>(cbBuffer));
    if (!sent) return sent.error();
    return static_cast<INT>(*sent);
  });
}

BOOL WINAPI InetReadLineA(SOCKET hSocket, LPSTR lpszBuffer, LPINT lpnLength) {
  const auto call = traced("InetReadLine", hSocket, moved(lpszBuffer, lpnLength), lpnLength);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (!lpszBuffer || !lpnLength || *lpnLength < 2) return Error::fault;
    const Stream::Line line = peer.network().read_line(lpszBuffer, static_cast<size_t>(*lpnLength));
    *lpnLength = static_cast<INT>(line.length);
    if (line.error != Error::none) return line.error;
    return TRUE;
  });
}

BOOL WINAPI InetWriteLineA(SOCKET hSocket, LPCSTR lpszBuffer, LPINT lpnLength) {
  const auto call = traced("InetWriteLine", hSocket, moved_text(lpszBuffer), lpnLength);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    std::string line = lpszBuffer ? lpszBuffer : "";
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    line += "\r\n";
    if (lpnLength) *lpnLength = 0;
    auto sent = peer.network().write(line.data(), line.size());
    if (!sent) return sent.error();
    if (lpnLength) *lpnLength = static_cast<INT>(*sent);
    if (*sent != line.size()) return Error::timed_out;
    return TRUE;
  });
}

BOOL WINAPI InetIsReadable(SOCKET hSocket, DWORD dwTimeout, LPDWORD lpdwAvail) {
  const auto call = traced("InetIsReadable", hSocket, dwTimeout, lpdwAvail);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (lpdwAvail) *lpdwAvail = 0;
    size_t available = 0;
    auto readable = peer.network().wait_readable(Deadline::after_ms(dwTimeout), lpdwAvail ? &available : nullptr);
    if (!readable) return readable.error();
    if (lpdwAvail) *lpdwAvail = static_cast<DWORD>(available);
    if (!*readable) last_error = 0;
    return *readable;
  });
}

BOOL WINAPI InetIsWritable(SOCKET hSocket, DWORD dwTimeout) {
  const auto call = traced("InetIsWritable", hSocket, dwTimeout);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    auto writable = peer.network().wait_writable(Deadline::after_ms(dwTimeout));
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
  // A write that ran out of time may have left something in TLS, and nobody else will send it.
  if (how == Stream::Close::orderly) peer.stream().settle_output(Deadline::after_ms(kLinger_ms));
  if (!peer.stream().request_close(how)) return Error::not_socket;
  if (runtime().clients.retire(handle)) runtime().clients.unpin_owner(handle);
  return 0;
}

}  // namespace

INT WINAPI InetDisconnect(SOCKET hSocket) {
  const auto call = traced("InetDisconnect", hSocket);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (auto server = find_server(hSocket)) {
      auto stopped = runtime().stop_server(std::move(server));
      if (!stopped) return stopped.error();
      return 0;
    }
    return close_peer(hSocket, Stream::Close::orderly);
  });
}

INT WINAPI InetAbort(SOCKET hSocket) {
  const auto call = traced("InetAbort", hSocket);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> { return close_peer(hSocket, Stream::Close::abort); });
}

INT WINAPI InetShutdown(SOCKET hSocket, DWORD dwOption) {
  const auto call = traced("InetShutdown", hSocket, dwOption);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return dead_handle();
    if (dwOption > INET_SHUTDOWN_BOTH) return Error::fault;
    auto done = peer.network().shutdown(static_cast<int>(dwOption));  // the numbers are Winsock's SD_*
    if (!done) return done.error();
    return 0;
  });
}
