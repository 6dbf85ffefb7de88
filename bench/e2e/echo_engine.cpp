#include "e2e/echo_engine.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "e2e/clock.h"
#include "e2e/loopback.h"

namespace inlet::bench {

namespace {
constexpr size_t kBuffer_bytes = 64 * 1024;
constexpr uint64_t kDrain_ns = 5 * kNsPerSecond;
constexpr int kTick_ms = 100;
}  // namespace

EchoEngine::EchoEngine(const LoadPlan& plan)
    : plan_(plan),
      epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      begun_at_ns_(static_cast<size_t>(plan.connections) * plan.pipeline),
      in_(kBuffer_bytes),
      out_(kBuffer_bytes) {
  if (plan.tls) tls_.emplace();
}

LoadResult EchoEngine::run() {
  if (plan_.mode == LoadMode::hold) plan_.messages = 1;
  open();
  loop();
  if (plan_.mode == LoadMode::hold) hold();
  add_up();
  return result_;
}

LoadResult EchoEngine::slice() {
  result_ = LoadResult();
  phase_ = Phase::warm_up;
  loop();
  add_up();
  return result_;
}

// Nothing may arrive any more, neither a byte nor an end of stream; both are found by pull().
void EchoEngine::hold() {
  const auto until_ns = now_ns() + static_cast<uint64_t>(plan_.seconds * 1e9);
  std::array<epoll_event, 64> events;
  while (now_ns() < until_ns) {
    const int count = epoll_wait(epoll_.get(), events.data(), events.size(), kTick_ms);
    for (int i = 0; i < count; ++i) pull(events[static_cast<size_t>(i)].data.u64);
  }
}

void EchoEngine::add_up() {
  for (const Connection& connection : connections_) {
    result_.sent_bytes += connection.sent_bytes;
    result_.received_bytes += connection.received_bytes;
    if (connection.sent_bytes > connection.received_bytes) {
      result_.lost_bytes += connection.sent_bytes - connection.received_bytes;
    }
  }
}

void EchoEngine::open() {
  connections_.reserve(plan_.connections);
  for (unsigned i = 0; i < plan_.connections; ++i) {
    connections_.emplace_back(open_channel(plan_.port, tls_ ? &*tls_ : nullptr), plan_.first_id + i);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    checked(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connections_[i].channel.fd(), &event), "epoll_ctl");
  }
}

// A run by count has no warm-up: every message is counted, so that "as many as asked for" can be checked by the caller.
void EchoEngine::loop() {
  const uint64_t start_ns = now_ns();
  phase_end_ns_ = start_ns + static_cast<uint64_t>(plan_.warm_up_seconds * 1e9);
  if (plan_.messages > 0) enter_counted(start_ns);
  for (size_t i = 0; i < connections_.size(); ++i) begin(i, plan_.pipeline, now_ns());
  std::array<epoll_event, 256> events;
  while (true) {
    const uint64_t time_ns = now_ns();
    if (time_ns >= phase_end_ns_) {
      if (phase_ == Phase::drain) break;
      advance(time_ns);
    }
    if (all_quiet()) break;
    const int count = epoll_wait(epoll_.get(), events.data(), events.size(), kTick_ms);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      if (event.events & EPOLLOUT) push(event.data.u64);
      if (event.events & ~EPOLLOUT) pull(event.data.u64);
    }
  }
  if (phase_ == Phase::counted) enter_drain(now_ns());
}

void EchoEngine::advance(uint64_t time_ns) {
  if (phase_ == Phase::warm_up) return enter_counted(time_ns);
  enter_drain(time_ns);
}

void EchoEngine::enter_counted(uint64_t time_ns) {
  phase_ = Phase::counted;
  counted_from_ns_ = time_ns;
  // A run by count is bounded by a long time all the same.
  const double seconds = plan_.messages > 0 ? 600 : plan_.seconds;
  phase_end_ns_ = time_ns + static_cast<uint64_t>(seconds * 1e9);
  client_cpu_from_ns_ = own_cpu_ns();
  if (plan_.server_pid > 0) server_cpu_from_ns_ = cpu_ns_of(plan_.server_pid);
}

void EchoEngine::enter_drain(uint64_t time_ns) {
  phase_ = Phase::drain;
  phase_end_ns_ = time_ns + kDrain_ns;
  result_.window_ns = time_ns - counted_from_ns_;
  result_.client_cpu_ns = own_cpu_ns() - client_cpu_from_ns_;
  if (plan_.server_pid > 0) result_.server_cpu_ns = cpu_ns_of(plan_.server_pid) - server_cpu_from_ns_;
}

bool EchoEngine::may_begin(const Connection& connection) const {
  if (phase_ == Phase::drain || !connection.channel) return false;
  return plan_.messages == 0 || connection.begun < plan_.messages;
}

void EchoEngine::begin(size_t index, unsigned messages, uint64_t time_ns) {
  Connection& connection = connections_[index];
  if (!may_begin(connection)) return;
  const bool was_busy = connection.begun > connection.complete;
  for (unsigned i = 0; i < messages && may_begin(connection); ++i) {
    begun_at_ns_[index * plan_.pipeline + connection.begun % plan_.pipeline] = time_ns;
    ++connection.begun;
  }
  if (!was_busy) ++busy_;
  push(index);
}

// Sends all that is due in as few calls as the socket allows.
void EchoEngine::push(size_t index) {
  Connection& connection = connections_[index];
  const uint64_t due_bytes = connection.begun * plan_.size_bytes;
  while (connection.channel && connection.sent_bytes < due_bytes) {
    const size_t count = std::min<uint64_t>(due_bytes - connection.sent_bytes, out_.size());
    connection.pattern.fill(connection.sent_bytes, {out_.data(), count});
    const ssize_t sent = connection.channel.send(out_.data(), count);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return ask_for_room(index, true);
    if (sent < 0) return drop(index);
    connection.sent_bytes += static_cast<uint64_t>(sent);
  }
  if (connection.wants_room) ask_for_room(index, false);
}

// TLS may hold more than one call gives; a part of a record is no more until its rest has come.
void EchoEngine::pull(size_t index) {
  const Channel& channel = connections_[index].channel;
  while (channel && take(index) && channel.has_more()) {
  }
}

// Returns  whether there was something.
bool EchoEngine::take(size_t index) {
  Connection& connection = connections_[index];
  const ssize_t got = connection.channel.recv(in_.data(), in_.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) {
    drop(index);
    return false;
  }
  const auto count = static_cast<size_t>(got);
  result_.wrong_bytes += connection.pattern.wrong(connection.received_bytes, {in_.data(), count});
  connection.received_bytes += count;
  if (connection.received_bytes > connection.sent_bytes) {
    result_.wrong_bytes += connection.received_bytes - connection.sent_bytes;
    drop(index);
    return false;
  }
  complete_until(index, now_ns());
  return true;
}

// Counts the messages that the bytes so far complete, and begins as many new ones.
void EchoEngine::complete_until(size_t index, uint64_t time_ns) {
  Connection& connection = connections_[index];
  unsigned finished = 0;
  while ((connection.complete + 1) * plan_.size_bytes <= connection.received_bytes) {
    const uint64_t from_ns = begun_at_ns_[index * plan_.pipeline + connection.complete % plan_.pipeline];
    if (phase_ == Phase::counted) {
      ++result_.echoes;
      result_.latency.add(time_ns - from_ns);
    }
    ++connection.complete;
    ++finished;
  }
  if (finished == 0) return;
  if (connection.begun == connection.complete) --busy_;
  begin(index, finished, time_ns);
}

void EchoEngine::ask_for_room(size_t index, bool wanted) {
  Connection& connection = connections_[index];
  if (connection.wants_room == wanted) return;
  connection.wants_room = wanted;
  epoll_event event{};
  event.events = wanted ? (EPOLLIN | EPOLLOUT) : EPOLLIN;
  event.data.u64 = index;
  checked(epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.channel.fd(), &event), "epoll_ctl");
}

// The server ended a connection, which an echo server never should.
void EchoEngine::drop(size_t index) {
  Connection& connection = connections_[index];
  ++result_.failures;
  if (connection.begun > connection.complete) --busy_;
  connection.channel.reset();
}

}  // namespace inlet::bench
