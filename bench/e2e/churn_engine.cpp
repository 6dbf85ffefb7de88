#include "e2e/churn_engine.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>

#include "e2e/clock.h"
#include "e2e/loopback.h"

namespace inlet::bench {

namespace {
constexpr uint64_t kDrain_ns = 5 * kNsPerSecond;
constexpr uint64_t kFailuresMax = 1000;  // a server that refuses everything must not make this spin
constexpr int kTick_ms = 100;
}  // namespace

ChurnEngine::ChurnEngine(const LoadPlan& plan)
    : plan_(plan),
      epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      slots_(plan.connections),
      in_(plan.size_bytes + 1),
      out_(plan.size_bytes),
      next_id_(plan.first_id) {
  if (plan.tls) tls_.emplace();
}

LoadResult ChurnEngine::run() {
  const uint64_t start_ns = now_ns();
  const double warm_up_seconds = plan_.messages > 0 ? 0 : plan_.warm_up_seconds;
  const double seconds = plan_.messages > 0 ? 600 : plan_.seconds;
  const uint64_t count_ns = start_ns + static_cast<uint64_t>(warm_up_seconds * 1e9);
  const uint64_t end_ns = count_ns + static_cast<uint64_t>(seconds * 1e9);
  for (size_t i = 0; i < slots_.size(); ++i) begin(i);
  std::array<epoll_event, 256> events;
  while (open_ > 0) {
    const uint64_t time_ns = now_ns();
    if (!counting_ && beginning_ && time_ns >= count_ns) {
      counting_ = true;
      counted_from_ns_ = time_ns;
      client_cpu_from_ns_ = own_cpu_ns();
      if (plan_.server_pid > 0) server_cpu_from_ns_ = cpu_ns_of(plan_.server_pid);
    }
    if (beginning_ && time_ns >= end_ns) stop_counting(time_ns);
    if (time_ns >= end_ns + kDrain_ns) break;
    const int count = epoll_wait(epoll_.get(), events.data(), events.size(), kTick_ms);
    for (int i = 0; i < count; ++i) {
      const size_t index = events[static_cast<size_t>(i)].data.u64;
      if (slots_[index].channel) advance(index);
    }
  }
  if (beginning_) stop_counting(now_ns());
  for (const Slot& slot : slots_) {
    if (slot.channel) result_.lost_bytes += slot.sent_bytes - slot.received_bytes;
  }
  return result_;
}

void ChurnEngine::stop_counting(uint64_t time_ns) {
  beginning_ = counting_ = false;
  result_.window_ns = time_ns - counted_from_ns_;
  result_.client_cpu_ns = own_cpu_ns() - client_cpu_from_ns_;
  if (plan_.server_pid > 0) result_.server_cpu_ns = cpu_ns_of(plan_.server_pid) - server_cpu_from_ns_;
}

void ChurnEngine::begin(size_t index) {
  Slot& slot = slots_[index];
  if (!beginning_ || result_.failures >= kFailuresMax) return;
  if (plan_.messages > 0 && slot.rounds >= plan_.messages) return;
  slot.begun_at_ns = now_ns();
  slot.pattern = Pattern(next_id_++);
  slot.sent_bytes = slot.received_bytes = 0;
  slot.secured = false;
  ++slot.rounds;
  ++open_;
  try {
    slot.channel = Channel(begin_connect(plan_.port), tls_ ? &*tls_ : nullptr);
  } catch (const std::system_error&) {
    return fail(index);
  }
  epoll_event event{};
  event.events = slot.interest = EPOLLOUT;
  event.data.u64 = index;
  checked(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, slot.channel.fd(), &event), "epoll_ctl");
}

void ChurnEngine::advance(size_t index) {
  Slot& slot = slots_[index];
  if (!slot.secured) {
    const Channel::Handshake state = slot.channel.shake_hands();
    if (state == Channel::Handshake::failed) return fail(index);
    if (state == Channel::Handshake::wants_input) return ask(index, EPOLLIN);
    if (state == Channel::Handshake::wants_room) return ask(index, EPOLLOUT);
    slot.secured = true;
  }
  if (slot.sent_bytes < plan_.size_bytes) return push(index);
  pull(index);
}

void ChurnEngine::ask(size_t index, uint32_t interest) {
  Slot& slot = slots_[index];
  if (slot.interest == interest) return;
  epoll_event event{};
  event.events = slot.interest = interest;
  event.data.u64 = index;
  checked(epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, slot.channel.fd(), &event), "epoll_ctl");
}

void ChurnEngine::push(size_t index) {
  Slot& slot = slots_[index];
  const size_t left = plan_.size_bytes - slot.sent_bytes;
  slot.pattern.fill(slot.sent_bytes, {out_.data(), left});
  const ssize_t sent = slot.channel.send(out_.data(), left);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return ask(index, EPOLLOUT);
  if (sent < 0) return fail(index);
  slot.sent_bytes += static_cast<size_t>(sent);
  result_.sent_bytes += static_cast<uint64_t>(sent);
  ask(index, slot.sent_bytes < plan_.size_bytes ? EPOLLOUT : EPOLLIN);
}

void ChurnEngine::pull(size_t index) {
  Slot& slot = slots_[index];
  const ssize_t got = slot.channel.recv(in_.data(), in_.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return fail(index);
  const auto count = static_cast<size_t>(got);
  result_.wrong_bytes += slot.pattern.wrong(slot.received_bytes, {in_.data(), count});
  slot.received_bytes += count;
  result_.received_bytes += count;
  if (slot.received_bytes > slot.sent_bytes) result_.wrong_bytes += slot.received_bytes - slot.sent_bytes;
  if (slot.received_bytes >= plan_.size_bytes) finish(index);
}

void ChurnEngine::finish(size_t index) {
  Slot& slot = slots_[index];
  if (counting_) {
    ++result_.echoes;
    result_.latency.add(now_ns() - slot.begun_at_ns);
  }
  if (plan_.close_fin) {
    slot.channel.reset();
  } else {
    slot.channel.reset_hard();
  }
  --open_;
  begin(index);
}

void ChurnEngine::fail(size_t index) {
  Slot& slot = slots_[index];
  ++result_.failures;
  result_.lost_bytes += slot.sent_bytes - slot.received_bytes;
  slot.channel.reset();
  --open_;
  begin(index);
}

}  // namespace inlet::bench
