// Listening and accepting. Waiting connections stay in the kernel's queue.
//
// TODO(api): the documented refusal when the queue is full, and trimming by a smaller backlog (sheet 6.5), need the
// pending queue.
#include <algorithm>

#include "provider/linux/calls.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

constexpr int kBacklogMin = 1;
constexpr int kBacklogMax = 65535;
constexpr int kBacklogOfSomaxconn = 4096;  // the kernel's own default limit
constexpr int kBacklogHintMin = 200;

// The nearest legal value, silently. Every negative number is a hint, as Windows takes it.
int clamped_backlog(int backlog) {
  if (backlog == SOMAXCONN) return kBacklogOfSomaxconn;
  if (backlog < 0)
    return static_cast<int>(std::clamp(-int64_t{backlog}, int64_t{kBacklogHintMin}, int64_t{kBacklogMax}));
  return std::clamp(backlog, kBacklogMin, kBacklogMax);
}

// Errors of accept() that belong to the one connection that was taken from the queue, not to the listener.
bool concerns_one_connection(Error error) {
  switch (error) {
    case Error::conn_aborted:
    case Error::conn_reset:
    case Error::net_down:
    case Error::net_unreachable:
    case Error::host_down:
    case Error::host_unreachable:
    case Error::timed_out:
    case Error::no_such_option:
    case Error::not_supported: return true;
    default: return false;
  }
}

Result<int> take_connection(SocketRef& listener, sys::Address* peer) {
  while (true) {
    const int fd = sys::accept(listener.fd(), peer);
    if (fd >= 0) return fd;
    const Error error = error_of_errno(-fd);
    if (concerns_one_connection(error)) continue;
    if (error != Error::would_block || listener->has(kNonblocking)) return error;
    if (auto ready = wait_ready(listener, sys::kReadable, 0); !ready) return ready.error();
  }
}

// Asks the program whether it wants the connection.
Error ask(LPCONDITIONPROC condition, DWORD_PTR context, const sys::Address& peer, int fd) {
  sys::Address caller = peer;
  sys::Address callee;
  sys::local_name(fd, &callee);
  WSABUF caller_id{static_cast<ULONG>(caller.size), reinterpret_cast<CHAR*>(caller.bytes)};
  WSABUF callee_id{static_cast<ULONG>(callee.size), reinterpret_cast<CHAR*>(callee.bytes)};
  GROUP group = 0;
  switch (condition(&caller_id, nullptr, nullptr, nullptr, &callee_id, nullptr, &group, context)) {
    case CF_ACCEPT: return Error::none;
    case CF_REJECT: return Error::conn_refused;
    // TODO(api): CF_DEFER has to put the connection back at the head of the pending queue and answer WSATRY_AGAIN.
    case CF_DEFER: return Error::not_supported;
    default: return Error::invalid;
  }
}

uint32_t inherited_state(uint32_t listener) {
  constexpr uint32_t kInherited = kV6 | kNonblocking | kOverlapped | kReuse | kExclusive | kDebug;
  return (listener & kInherited) | kBound | kConnected;
}

Result<SOCKET> accept_connection(SocketRef& listener, LPCONDITIONPROC condition, DWORD_PTR context, sockaddr* addr,
                                 LPINT addrlen) {
  const uint32_t flags = listener->flags();
  const bool wants_address = addr != nullptr && addrlen != nullptr;
  // Checked before a connection is taken, so that none is lost by a mistake of the caller.
  if (wants_address && *addrlen < address_bytes(flags)) return Error::fault;
  if ((flags & kDatagram) != 0) return Error::not_supported;
  if ((flags & kListening) == 0) return Error::invalid;
  sys::Address peer;
  auto fd = take_connection(listener, &peer);
  if (!fd) return fd.error();
  if (condition != nullptr) {
    if (Error answer = ask(condition, context, peer, *fd); answer != Error::none) {
      sys::reset_on_close(*fd, true);
      sys::close(*fd);
      return answer;
    }
  }
  // The mode may have changed while this call waited.
  const uint32_t state = inherited_state(listener->flags());
  auto handle = publish_handle(adopt_socket(*fd, state, &*listener, &peer), state);
  if (handle && wants_address) write_address(peer, addr, addrlen);
  return handle;
}

Result<void> listen_on(SocketRef& socket, int backlog) {
  if (socket->has(kDatagram)) return Error::not_supported;
  finish_connect(socket);
  const uint32_t flags = socket->flags();
  if ((flags & kBound) == 0) return Error::invalid;
  if ((flags & kConnected) != 0) return Error::is_connected;
  if ((flags & kConnecting) != 0) return Error::invalid;
  // The kernel lets one connection more wait than it is told.
  if (int result = sys::listen(socket.fd(), clamped_backlog(backlog) - 1); result != 0) return error_of_errno(-result);
  socket->set(kListening);
  return {};
}

}  // namespace

int WSPAPI WSPListen(SOCKET s, int backlog, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  return finished(lpErrno, listen_on(socket, backlog));
}

SOCKET WSPAPI WSPAccept(SOCKET s, sockaddr* addr, LPINT addrlen, LPCONDITIONPROC lpfnCondition,
                        DWORD_PTR dwCallbackData, LPINT lpErrno) {
  SocketRef listener(s);
  Result<SOCKET> accepted = listener ? accept_connection(listener, lpfnCondition, dwCallbackData, addr, addrlen)
                                     : Result<SOCKET>(Error::not_socket);
  if (accepted) return *accepted;
  failed(lpErrno, accepted.error());
  return INVALID_SOCKET;
}

}  // namespace inlet::provider
