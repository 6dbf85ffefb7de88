// The C interface: connecting, moving data, and the end of sessions. The contracts are in cswsock10.h.
#include <algorithm>
#include <memory>
#include <string>

#include "base/limits.h"
#include "engine/shard.h"
#include "server/api_call.h"

using namespace inlet;
using namespace inlet::server;

namespace {

// The session, when it is its own callback that calls, on the thread that drives its shard, and nobody traces calls or has locked a
// server: what servers do for each request.
inline Session* calling_session(SOCKET handle) {
  const engine::Context* context = engine::current_context;
  if (!context || !context->attached || context->task->kind() != kSessionTask) return nullptr;
  Session* session = static_cast<Session*>(context->task);
  return session->handle() == handle && !trace::is_on() && !ServerLock::is_any_locked() ? session : nullptr;
}

// The direction is locked for it already.
[[gnu::noinline]] INT write_rest_of(Session& session, const BYTE* from, INT size, INT written) {
  return guarded<INT>(INET_ERROR, [&]() -> Result<INT> {
    auto sent = session.stream().write_rest(from, static_cast<size_t>(size), static_cast<size_t>(written));
    if (!sent) return sent.error();
    return static_cast<INT>(*sent);
  });
}

// Every other read, and the errors.
[[gnu::noinline]] INT read_any(SOCKET handle, LPBYTE buffer, INT length) {
  const auto call = traced("InetRead", handle, moved(buffer), length);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(handle);
    if (!peer) return peer.error();
    if (!buffer || length <= 0) return Error::fault;
    const size_t size = static_cast<size_t>(length);
    auto got = peer.is_datagram() ? peer.client()->receive(buffer, size, nullptr) : peer.network().read(buffer, size);
    if (!got) return got.error();
    return static_cast<INT>(*got);
  });
}

[[gnu::noinline]] INT write_any(SOCKET handle, const BYTE* buffer, INT length) {
  const auto call = traced("InetWrite", handle, moved(buffer), length);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(handle);
    if (!peer) return peer.error();
    if (length < 0 || (!buffer && length > 0)) return Error::fault;
    const size_t size = static_cast<size_t>(length);
    auto sent = peer.is_datagram() ? peer.client()->send(buffer, size, nullptr) : peer.network().write(buffer, size);
    if (!sent) return sent.error();
    return static_cast<INT>(*sent);
  });
}

}  // namespace

INT WINAPI InetRead(SOCKET hSocket, LPBYTE lpBuffer, INT cbBuffer) {
  if (Session* session = calling_session(hSocket); session && lpBuffer && cbBuffer > 0) [[likely]] {
    const INT got = static_cast<INT>(session->stream().read_in_callback(lpBuffer, static_cast<size_t>(cbBuffer)));
    if (got != 0) [[likely]] {
      session->stream().note_read(got == cbBuffer, session->shard()->turn_ms());
      return got;
    }
  }
  return read_any(hSocket, lpBuffer, cbBuffer);
}

INT WINAPI InetPeek(SOCKET hSocket, LPBYTE lpBuffer, INT cbBuffer) {
  const auto call = traced("InetPeek", hSocket, moved(lpBuffer), cbBuffer);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    if (lpBuffer && cbBuffer <= 0) return Error::fault;
    auto got = peer.network().peek(lpBuffer, lpBuffer ? static_cast<size_t>(cbBuffer) : 0);
    if (!got && peer.is_datagram() && got.error() == Error::message_size) return cbBuffer;  // the beginning of it
    if (!got) return got.error();
    return static_cast<INT>(std::min<size_t>(*got, INT32_MAX));
  });
}

INT WINAPI InetWrite(SOCKET hSocket, const BYTE* lpBuffer, INT cbBuffer) {
  if (Session* session = calling_session(hSocket); session && lpBuffer && cbBuffer > 0) [[likely]] {
    const INT sent = static_cast<INT>(session->stream().write_in_callback(lpBuffer, static_cast<size_t>(cbBuffer)));
    if (sent != 0) [[likely]] {
      session->stream().note_written(session->shard()->turn_ms());
      return sent == cbBuffer ? sent : write_rest_of(*session, lpBuffer, cbBuffer, sent);
    }
  }
  return write_any(hSocket, lpBuffer, cbBuffer);
}

namespace {

Result<BOOL> store_line(const Stream::Line& line, INT length, LPINT stored) {
  *stored = length;
  if (line.error != Error::none) return line.error;
  return TRUE;
}

// The line comes in UTF-8, right into the program's buffer ...
Result<BOOL> read_line(Stream& stream, char* into, LPINT length) {
  const LineRoom room(static_cast<size_t>(*length) - 1, LineRoom::Form::narrow);
  const Stream::Line line = stream.read_line(into, room);
  return store_line(line, static_cast<INT>(line.length), length);
}

// ... or by way of one of ours: a unit of UTF-16 is at most three bytes.
Result<BOOL> read_line(Stream& stream, WCHAR* into, LPINT length) {
  const size_t units = static_cast<size_t>(*length) - 1;
  const std::unique_ptr<char[]> bytes(new char[3 * units + 1]);
  const Stream::Line line = stream.read_line(bytes.get(), LineRoom(units, LineRoom::Form::wide));
  auto put = put_text(std::string_view(bytes.get(), line.length), into, *length);
  INLET_ASSERT(put);
  return store_line(line, *put, length);
}

template <class Character>
BOOL read_line_of(SOCKET handle, Character* into, LPINT length) {
  const auto call = traced("InetReadLine", handle, moved(into, length), length);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    constexpr INT kSmallest = sizeof(Character) == 1 ? 2 : 3;
    Peer peer(handle);
    if (!peer) return peer.error();
    if (!into || !length || *length < kSmallest) return Error::fault;
    if (peer.is_datagram()) return Error::not_supported;
    return read_line(peer.network(), into, length);
  });
}

// Throws IllFormedText.
template <class Character>
std::string line_of(const Character* text) {
  const TextIn in(text);
  std::string line = in ? in.get() : "";
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  return line + "\r\n";
}

template <class Character>
BOOL write_line_of(SOCKET handle, const Character* text, LPINT length) {
  const auto call = traced("InetWriteLine", handle, moved_text(text), length);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(handle);
    if (!peer) return peer.error();
    if (length) *length = 0;
    const std::string line = line_of(text);
    auto sent = peer.is_datagram() ? peer.client()->send(line.data(), line.size(), nullptr)
                                   : peer.network().write_all(line.data(), line.size());
    if (!sent) return sent.error();
    if (length) *length = static_cast<INT>(*sent);
    if (*sent != line.size()) return Error::timed_out;
    return TRUE;
  });
}

}  // namespace

BOOL WINAPI InetReadLineA(SOCKET hSocket, LPSTR lpszBuffer, LPINT lpnLength) {
  return read_line_of(hSocket, lpszBuffer, lpnLength);
}

BOOL WINAPI InetReadLineW(SOCKET hSocket, LPWSTR lpszBuffer, LPINT lpnLength) {
  return read_line_of(hSocket, lpszBuffer, lpnLength);
}

BOOL WINAPI InetWriteLineA(SOCKET hSocket, LPCSTR lpszBuffer, LPINT lpnLength) {
  return write_line_of(hSocket, lpszBuffer, lpnLength);
}

BOOL WINAPI InetWriteLineW(SOCKET hSocket, LPCWSTR lpszBuffer, LPINT lpnLength) {
  return write_line_of(hSocket, lpszBuffer, lpnLength);
}

namespace {

Result<bool> datagram_is_there(Stream& stream, Deadline deadline, size_t* available) {
  auto there = stream.wait_message(deadline);
  if (!there || !*there) return there;
  auto count = stream.peek(nullptr, 0);
  *available = count ? *count : 0;
  return true;
}

}  // namespace

BOOL WINAPI InetIsReadable(SOCKET hSocket, DWORD dwTimeout, LPDWORD lpdwAvail) {
  const auto call = traced("InetIsReadable", hSocket, dwTimeout, lpdwAvail);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    if (lpdwAvail) *lpdwAvail = 0;
    size_t available = 0;
    const Deadline deadline = Deadline::after_ms(dwTimeout);
    auto readable = peer.is_datagram() ? datagram_is_there(peer.stream(), deadline, &available)
                                       : peer.network().wait_readable(deadline, lpdwAvail ? &available : nullptr);
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
    if (!peer) return peer.error();
    auto writable = peer.network().wait_writable(Deadline::after_ms(dwTimeout));
    if (!writable) return writable.error();
    if (!*writable) last_error = 0;
    return *writable;
  });
}

namespace {

// A write that ran out of time may have left something in TLS, and nobody else will send it.
void settle_output_of(SOCKET handle) {
  auto client = runtime().clients.pin(handle);
  Stream* stream = client ? client->stream() : nullptr;
  if (stream != nullptr && stream->is_secure()) stream->settle_output(Deadline::after_ms(kLinger_ms));
}

Result<INT> close_peer(SOCKET handle, Stream::Close how) {
  if (kind_of(handle) == HandleKind::listener && runtime().close_listener(handle)) return 0;
  if (how == Stream::Close::orderly) settle_output_of(handle);
  if (kind_of(handle) == HandleKind::client && runtime().close_client(handle, how)) return 0;
  Peer peer(handle);
  if (!peer.session()) return dead_handle();
  if (how == Stream::Close::orderly) peer.session()->stream().settle_outbox(Deadline::after_ms(kLinger_ms));
  if (!peer.session()->request_close(how)) return Error::not_socket;
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
    if (!peer) return peer.error();
    if (dwOption > INET_SHUTDOWN_BOTH) return Error::fault;
    auto done = peer.network().shutdown(static_cast<int>(dwOption));  // the numbers are Winsock's SD_*
    if (!done) return done.error();
    return 0;
  });
}
