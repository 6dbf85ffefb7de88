// Listening and accepting; who waits, and who is refused, is the pending queue's business (pending_queue.h).
#include <algorithm>

#include "provider/linux/bind.h"
#include "provider/linux/bound_addresses.h"
#include "provider/linux/calls.h"
#include "provider/linux/events.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/reactor.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

constexpr int kBacklogMin = 1;
constexpr int kBacklogMax = 65535;
constexpr int kBacklogOfSomaxconn = 4096;  // the kernel's own default limit
constexpr int kBacklogHintMin = 200;
constexpr uint32_t kPortRetry_ms = 100;  // a paused listener whose port was taken meanwhile tries again so often

// The nearest legal value, silently. Every negative number is a hint, as Windows takes it. No queue is longer than the
// system's own limit.
int clamped_backlog(int backlog) {
  static const int system_max = sys::backlog_max();
  int64_t wanted = backlog;
  if (backlog == SOMAXCONN)
    wanted = kBacklogOfSomaxconn;
  else if (backlog < 0)
    wanted = std::max(-wanted, int64_t{kBacklogHintMin});
  return static_cast<int>(std::clamp(wanted, int64_t{kBacklogMin}, int64_t{std::min(kBacklogMax, system_max)}));
}

// Set while a condition function runs on this thread: a call back into the listener's business is not allowed then.
thread_local bool deciding = false;

// What a blocking accept can wait for. While the kernel refuses, its descriptor only says that something is wrong with it; while
// it does not, the descriptor tells what waits there, and only the rest has to be looked for.
Result<void> wait_for_connection(SocketRef& listener, PendingQueue& queue) {
  const bool paused = queue.is_paused();
  auto changed = [&] { return queue.has_taken_over() || queue.is_paused() != paused; };
  auto ready = wait_ready(listener, paused ? 0u : sys::kReadable, paused ? kPortRetry_ms : 0, changed);
  return ready || ready.error() != Error::timed_out ? ready : Result<void>();
}

Result<Pending> take_connection(SocketRef& listener, PendingQueue& queue) {
  while (true) {
    // An AcceptEx that waits comes first.
    if (accepts_wait(listener)) overlapped_ready(listener, kEdgeReadable);
    auto pending = queue.take();
    if (pending || pending.error() != Error::would_block || listener->has(kNonblocking)) return pending;
    if (auto ready = wait_for_connection(listener, queue); !ready) return ready.error();
  }
}

// Asks the program whether it wants the connection.
Error ask(LPCONDITIONPROC condition, DWORD_PTR context, const Pending& pending) {
  sys::Address caller = pending.peer;
  sys::Address callee;
  sys::local_name(pending.fd, &callee);
  WSABUF caller_id{static_cast<ULONG>(caller.size), reinterpret_cast<CHAR*>(caller.bytes)};
  WSABUF callee_id{static_cast<ULONG>(callee.size), reinterpret_cast<CHAR*>(callee.bytes)};
  GROUP group = 0;
  deciding = true;
  const int answer = condition(&caller_id, nullptr, nullptr, nullptr, &callee_id, nullptr, &group, context);
  deciding = false;
  if (group > SG_CONSTRAINED_GROUP) return Error::invalid;
  switch (answer) {
    case CF_ACCEPT: return Error::none;
    case CF_REJECT: return Error::conn_refused;
    case CF_DEFER: return Error::try_again;
    default: return Error::invalid;
  }
}

uint32_t inherited_state(uint32_t listener) {
  constexpr uint32_t kInherited =
      kV6 | kNonblocking | kOverlapped | kReuse | kExclusive | kDebug | kPartialSend | kKeepAliveTimes;
  // Not bound by the program: DisconnectEx gives the address back.
  return (listener & kInherited) | kBound | kAutoBound | kConnected;
}

void free_place(SocketRef& listener, PendingQueue& queue) {
  // Threads that wait for a wake only, because the kernel refused, may now wait for the kernel.
  if (queue.settle()) wake_sleepers(listener);
}

void inherit_selection(SocketRef& listener, SOCKET handle) {
  SocketRef accepted(handle);
  if (accepted) selection_inherit(listener, accepted);
}

// The program has said no, or to wait with it.
Error turn_away(SocketRef& listener, PendingQueue& queue, const Pending& pending, Error answer) {
  if (answer == Error::try_again) {
    queue.put_back(pending);
    announce_pending(listener);
    overlapped_ready(listener, kEdgeReadable);
    return answer;
  }
  sys::reset_on_close(pending.fd, true);
  sys::close(pending.fd);
  free_place(listener, queue);
  return answer;
}

Result<SOCKET> accept_connection(SocketRef& listener, LPCONDITIONPROC condition, DWORD_PTR context, sockaddr* addr,
                                 LPINT addrlen) {
  const uint32_t flags = listener->flags();
  const bool wants_address = addr != nullptr && addrlen != nullptr;
  // Checked before a connection is taken, so that none is lost by a mistake of the caller.
  if (wants_address && *addrlen < address_bytes(flags)) return Error::fault;
  if ((flags & kDatagram) != 0) return Error::not_supported;
  if ((flags & kListening) == 0) return Error::invalid;
  if (deciding) return Error::in_progress;
  PendingQueue* queue = pending_queue(listener);
  if (queue == nullptr) return Error::no_buffers;
  auto pending = take_connection(listener, *queue);
  if (!pending) return pending.error();
  if (condition != nullptr)
    if (Error answer = ask(condition, context, *pending); answer != Error::none)
      return turn_away(listener, *queue, *pending, answer);
  const sys::Address peer = pending->peer;
  // The mode may have changed while this call waited.
  auto handle = adopt_connection(*listener, listener->flags(), *pending);
  free_place(listener, *queue);
  if (handle && listener->has(kSelecting)) inherit_selection(listener, *handle);
  if (handle && wants_address) write_address(peer, addr, addrlen);
  return handle;
}

// Of several listeners at one address the first gets the connections. The queue keeps still before the table is asked: whoever
// closes the first one may give the turn to this one at once.
Result<void> claim_turn(SocketRef& socket, PendingQueue& queue) {
  if (auto chosen = choose_port(socket); !chosen) return chosen;
  queue.await_turn();
  auto first = bound_addresses().begin_listening(socket.handle());
  if (!first) return first.error();
  if (*first) queue.take_turn();
  return {};
}

// Watched before it listens: a listener that cannot be watched could not refuse anybody.
Result<void> listen_on(SocketRef& socket, int backlog) {
  if (socket->has(kDatagram)) return Error::not_supported;
  finish_connect(socket);
  const uint32_t flags = socket->flags();
  if ((flags & kBound) == 0) return Error::invalid;
  if ((flags & kConnected) != 0) return Error::is_connected;
  if ((flags & kConnecting) != 0) return Error::invalid;
  PendingQueue* queue = pending_queue(socket);
  if (queue == nullptr) return Error::no_buffers;
  if (auto watched = reactor_watch(socket); !watched) return watched;
  const bool begins = (flags & kListening) == 0;
  if (begins)
    if (auto claimed = claim_turn(socket, *queue); !claimed) return claimed;
  if (auto listening = queue->listen(clamped_backlog(backlog)); !listening) {
    if (begins) give_up_turn(socket);
    return listening;
  }
  socket->set(kListening);
  wake_sleepers(socket);
  return {};
}

}  // namespace

Result<SOCKET> adopt_connection(const Record& listener, uint32_t flags, const Pending& pending) {
  const uint32_t state = inherited_state(flags);
  return publish_handle(adopt_socket(pending.fd, state, &listener, &pending.peer), state);
}

bool in_condition_function() {
  return deciding;
}

int WSPAPI WSPListen(SOCKET s, int backlog, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  if (deciding) return failed(lpErrno, Error::in_progress);
  return finished(lpErrno, listen_on(socket, backlog));
}

SOCKET WSPAPI WSPAccept(SOCKET s, sockaddr* addr, LPINT addrlen, LPCONDITIONPROC lpfnCondition,
                        DWORD_PTR dwCallbackData, LPINT lpErrno) {
  SocketRef listener(s);
  Result<SOCKET> accepted = listener ? accept_connection(listener, lpfnCondition, dwCallbackData, addr, addrlen)
                                     : Result<SOCKET>(Error::not_socket);
  if (listener && listener->has(kSelecting)) note_accept(listener, accepted ? Error::none : accepted.error());
  if (accepted) return *accepted;
  failed(lpErrno, accepted.error());
  return INVALID_SOCKET;
}

}  // namespace inlet::provider
