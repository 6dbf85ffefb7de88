#include "provider/linux/blocking_transfer.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "provider/linux/events.h"
#include "provider/linux/pending_receive.h"
#include "provider/linux/spill.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

// The time that one call may wait, over all its waits together. The clock is first looked at when it waits.
class Patience {
 public:
  explicit Patience(const std::atomic<uint32_t>& timeout_ms)
      : timeout_ms_(timeout_ms.load(std::memory_order_relaxed)) {}

  Result<void> wait(const SocketRef& socket, unsigned events) {
    if (timeout_ms_ == 0) return wait_ready(socket, events, 0);
    const auto now = Clock::now();
    if (deadline_ == Clock::time_point{}) deadline_ = now + std::chrono::milliseconds(timeout_ms_);
    const auto left_ms = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - now).count();
    if (left_ms <= 0) return Error::timed_out;
    return wait_ready(socket, events, static_cast<uint32_t>(left_ms));
  }

 private:
  using Clock = std::chrono::steady_clock;

  const uint32_t timeout_ms_;
  Clock::time_point deadline_{};  // not known before the first wait
};

unsigned receivable(const Incoming& request) {
  return (request.flags & MSG_OOB) != 0 ? sys::kPriority | sys::kPeerClosed : sys::kReadable;
}

// MSG_WAITALL goes on until everything is there, the stream ends, or urgent data stands in the way.
bool goes_on(const SocketRef& socket, const Incoming& request, size_t bytes) {
  return (request.flags & MSG_WAITALL) != 0 && bytes > 0 && request.left > 0 && sys::at_mark(socket.fd()) != 1;
}

// Overlapped transfers that wait come first. Nobody wakes us when the last of them has gone, but as soon as there is something
// to do for whoever is next.
Result<void> wait_for_turn(SocketRef& socket, uint32_t others, unsigned events, Patience& patience) {
  while (socket->has(others)) {
    if (socket->has(kNonblocking)) return Error::would_block;
    if (auto ready = patience.wait(socket, events); !ready) return ready;
  }
  return {};
}

Result<size_t> part_or(size_t done, Error error) {
  if (done > 0) return done;
  return error;
}

// What a nonblocking send does with what the kernel has not taken.
Result<size_t> keep_rest(SocketRef& socket, Outgoing& request, size_t done) {
  if (done == 0) return Error::would_block;
  if (socket->has(kPartialSend)) return done;
  return done + spill_rest(socket, request);
}

Result<Received> receive_wanted(SocketRef& socket, Incoming& request) {
  const bool blocking = !socket->has(kNonblocking);
  if ((request.flags & MSG_WAITALL) != 0 && !blocking) return Error::not_supported;
  Patience patience(socket->receive_timeout_ms);
  if ((request.flags & MSG_OOB) == 0)
    if (auto turn = wait_for_turn(socket, kReceivesWait, sys::kReadable, patience); !turn) return turn.error();
  std::optional<PendingReceive> pending;
  if ((request.flags & MSG_WAITALL) != 0) pending.emplace(socket);
  Received done;
  while (true) {
    const bool tried = std::exchange(request.tried, false);
    auto got = tried ? Result<Received>(Error::would_block) : try_receive(socket, request);
    if (got) {
      done.bytes += got->bytes;
      done.flags = got->flags;
      done.cut = got->cut;
      if (!goes_on(socket, request, got->bytes)) return done;
      continue;
    }
    Error error = got.error();
    if (error == Error::would_block && blocking) {
      // Ready for nothing: poll also reports ICMP answers of which the socket itself no longer knows.
      if (pending && socket->has(kDatagram)) socket->set(kIcmpQueued);
      if (!pending) pending.emplace(socket);
      auto ready = patience.wait(socket, receivable(request));
      if (ready) continue;
      error = ready.error();
    }
    return done.bytes > 0 ? Result<Received>(done) : error;
  }
}

Result<size_t> send_wanted(SocketRef& socket, Outgoing& request, size_t done) {
  const bool datagram = socket->has(kDatagram);
  const bool blocking = !socket->has(kNonblocking);
  if (!datagram && !blocking && !socket->has(kPartialSend) && done + request.left > kSpillBytesMax)
    return Error::no_buffers;
  Patience patience(socket->send_timeout_ms);
  if (done == 0)
    if (auto turn = wait_for_turn(socket, kSendsWait, sys::kWritable, patience); !turn) return turn.error();
  for (bool first = true; first || request.left > 0; first = false) {
    auto sent = try_send(socket, request);
    if (sent) {
      done += *sent;
      continue;
    }
    if (sent.error() != Error::would_block) return sent;
    if (!blocking) return keep_rest(socket, request, done);
    if (auto ready = patience.wait(socket, sys::kWritable); !ready)
      return ready.error() == Error::timed_out ? part_or(done, ready.error()) : ready.error();
  }
  return done;
}

}  // namespace

Result<Received> receive_waiting(SocketRef& socket, Incoming& request) {
  auto done = receive_wanted(socket, request);
  if (socket->has(kSelecting)) note_receive(socket, done ? Error::none : done.error());
  return done;
}

Result<size_t> send_waiting(SocketRef& socket, Outgoing& request, size_t done) {
  auto sent = send_wanted(socket, request, done);
  if (socket->has(kSelecting)) note_send(socket, sent ? Error::none : sent.error());
  return sent;
}

}  // namespace inlet::provider
