#include "provider/linux/passed_socket.h"

#include <array>
#include <span>

#include "base/limits.h"
#include "provider/linux/bind.h"
#include "provider/linux/handle_count.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/sys_pass.h"

namespace inlet::provider {
namespace {

constexpr uint32_t kFormat = 0x494e0001;  // changes with the structure

// What one process has going on with the socket concerns the other no more than what its handle has for itself.
constexpr uint32_t kStaysBehind = kOverlapped | kSelecting | kSpilling | kReceivesWait | kSendsWait;

struct PassedState {
  uint32_t format;
  uint32_t state;
  int32_t failure;
  int32_t error;
  uint32_t receive_timeout_ms;
  uint32_t send_timeout_ms;
  uint32_t linger;
  int32_t send_buffer_bytes;
  int32_t receive_buffer_bytes;
  uint32_t connected_at;
  sys::Address peer;
};

PassedState state_of(const SocketRef& socket) {
  constexpr auto relaxed = std::memory_order_relaxed;
  PassedState passed{};
  passed.format = kFormat;
  passed.state = socket->flags() & ~kStaysBehind;
  passed.failure = socket->failure.load(relaxed);
  passed.error = socket->error.load(relaxed);
  passed.receive_timeout_ms = socket->receive_timeout_ms.load(relaxed);
  passed.send_timeout_ms = socket->send_timeout_ms.load(relaxed);
  passed.linger = socket->linger.load(relaxed);
  passed.send_buffer_bytes = socket->send_buffer_bytes.load(relaxed);
  passed.receive_buffer_bytes = socket->receive_buffer_bytes.load(relaxed);
  passed.connected_at = socket.connected_at().load(relaxed);
  passed.peer = socket->peer_address();
  return passed;
}

// A record takes these from its parent.
void fill_parent(Record& parent, const PassedState& passed) {
  constexpr auto relaxed = std::memory_order_relaxed;
  parent.receive_timeout_ms.store(passed.receive_timeout_ms, relaxed);
  parent.send_timeout_ms.store(passed.send_timeout_ms, relaxed);
  parent.linger.store(passed.linger, relaxed);
  parent.send_buffer_bytes.store(passed.send_buffer_bytes, relaxed);
  parent.receive_buffer_bytes.store(passed.receive_buffer_bytes, relaxed);
}

// The rest, before anybody else knows the handle.
Result<void> complete(SocketRef& socket, const PassedState& passed, std::span<const Pending> waiting) {
  socket->failure.store(passed.failure, std::memory_order_relaxed);
  socket->error.store(passed.error, std::memory_order_relaxed);
  socket.connected_at().store(passed.connected_at, std::memory_order_relaxed);
  if (!note_elsewhere(socket)) return Error::no_buffers;
  // What accept and connect bound is nobody's place.
  if ((passed.state & (kBound | kAutoBound)) == kBound) note_bound(socket);
  if ((passed.state & kListening) == 0) return {};
  PendingQueue* queue = pending_queue(socket);
  if (queue == nullptr) return Error::no_buffers;
  queue->share();
  queue->inherit(waiting);
  return {};
}

using Descriptors = std::array<int, 1 + kOfferedConnectionsMax>;
using Peers = std::array<sys::Address, kOfferedConnectionsMax>;
using Waiting = std::array<Pending, kOfferedConnectionsMax>;

void close_all(const Descriptors& fds, size_t count) {
  for (size_t i = 0; i < count; ++i) sys::close(fds[i]);
}

Result<Handle> adopt(const PassedState& passed, uint32_t own, int fd, std::span<const Pending> waiting) {
  Record parent{};
  fill_parent(parent, passed);
  auto handle = adopt_socket(fd, passed.state | own, &parent, &passed.peer);
  SocketRef socket(handle ? *handle : Handle{0});
  Result<void> completed = Error::not_initialised;
  if (!handle) completed = handle.error();
  if (socket) completed = complete(socket, passed, waiting);
  if (completed) return handle;
  for (const Pending& one : waiting) sys::close(one.fd);
  if (socket) begin_close(socket);
  return completed.error();
}

}  // namespace

bool pass_socket(SocketRef& socket, int through) {
  if (!note_elsewhere(socket)) return false;
  PendingQueue* queue = socket->has(kListening) ? pending_queue(socket) : nullptr;
  Waiting waiting;
  size_t count = 0;
  if (queue != nullptr) {
    queue->share();
    count = queue->surrender(waiting);
  }
  Descriptors fds{socket.fd()};
  Peers peers;
  for (size_t i = 0; i < count; ++i) {
    peers[i] = waiting[i].peer;
    fds[i + 1] = waiting[i].fd;
  }
  PassedState passed = state_of(socket);
  const sys::Piece pieces[] = {{&passed, sizeof(passed)}, {peers.data(), count * sizeof(sys::Address)}};
  const bool sent = sys::pass(through, pieces, 2, fds.data(), 1 + count) == 0;
  if (!sent && queue != nullptr) queue->inherit({waiting.data(), count});
  for (size_t i = 0; sent && i < count; ++i) sys::close(waiting[i].fd);
  return sent;
}

Result<Handle> receive_socket(int through, uint32_t overlapped, uint32_t* state) {
  PassedState passed{};
  Peers peers;
  Descriptors fds{};
  size_t count = fds.size();
  const sys::Piece pieces[] = {{&passed, sizeof(passed)}, {peers.data(), sizeof(peers)}};
  const ptrdiff_t got = sys::receive_passed(through, pieces, 2, fds.data(), &count);
  if (got < 0) return error_of_errno(static_cast<int>(-got));
  if (got < static_cast<ptrdiff_t>(sizeof(passed)) || passed.format != kFormat) {
    close_all(fds, count);
    return Error::invalid;
  }
  *state = passed.state | overlapped;
  Waiting waiting;
  for (size_t i = 1; i < count; ++i) waiting[i - 1] = {fds[i], peers[i - 1]};
  return adopt(passed, overlapped, fds[0], {waiting.data(), count - 1});
}

}  // namespace inlet::provider
