#include "e2e/ping_engine.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "e2e/clock.h"
#include "e2e/loopback.h"

namespace inlet::bench {

namespace {
constexpr uint64_t kSettle_ns = 5 * kNsPerSecond;
constexpr size_t kBuffer_bytes = 64 * 1024;
}  // namespace

PingEngine::PingEngine(uint16_t port, unsigned clients, double interval_ms, unsigned size_bytes)
    : port_(port),
      ping_clients_(clients),
      size_bytes_(size_bytes),
      step_ns_(static_cast<uint64_t>(interval_ms * 1e6 / clients)),
      epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      in_(kBuffer_bytes),
      out_(size_bytes) {
  // Linux otherwise lets a timer of a normal thread be 50 us late, which is more than the distance of two pings.
  prctl(PR_SET_TIMERSLACK, 1000UL);
  for (unsigned i = 0; i < clients; ++i) open(0, 0);
}

void PingEngine::open(char command, double pause_ms) {
  const size_t index = clients_.size();
  clients_.emplace_back(connect_loopback(port_), index, command, pause_ms);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = index;
  checked(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, clients_.back().fd.get(), &event), "epoll_ctl");
}

void PingEngine::add_blockers(char command, unsigned count, double pause_ms) {
  for (unsigned i = 0; i < count; ++i) {
    open(command, pause_ms);
    send_message(clients_.back(), now_ns());
  }
}

// A pinging client must never be taken for a blocker by the server, whatever its pattern begins with.
void PingEngine::set_first_byte(const Client& client, uint64_t position, unsigned char* bytes) const {
  if (position == 0) bytes[0] = static_cast<unsigned char>(client.command != 0 ? client.command : 'E');
}

void PingEngine::send_message(Client& client, uint64_t due_ns) {
  client.pattern.fill(client.sent_bytes, {out_.data(), size_bytes_});
  set_first_byte(client, client.sent_bytes, out_.data());
  client.due_at_ns = due_ns;
  client.sent_at_ns = now_ns();
  client.resume_at_ns = 0;
  // One message is under way at most, so the send buffer always has room for it.
  const ssize_t sent = send(client.fd.get(), out_.data(), size_bytes_, MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(size_bytes_)) {
    client.fd.reset();
    if (current_ != nullptr) ++current_->failures;
    return;
  }
  client.sent_bytes += size_bytes_;
}

void PingEngine::send_due(uint64_t time_ns) {
  while (next_due_ns_ <= time_ns) {
    Client& client = clients_[next_client_];
    if (client.fd && client.waits()) {
      client.skipped_due_ns.push_back(next_due_ns_);
      ++current_->skipped;
    } else if (client.fd) {
      send_message(client, next_due_ns_);
    }
    next_due_ns_ += step_ns_;
    next_client_ = (next_client_ + 1) % ping_clients_;
  }
}

void PingEngine::resume_blockers(uint64_t time_ns) {
  for (size_t i = ping_clients_; i < clients_.size(); ++i) {
    Client& client = clients_[i];
    if (client.fd && client.resume_at_ns != 0 && client.resume_at_ns <= time_ns) send_message(client, time_ns);
  }
}

void PingEngine::pull(size_t index, PingResult& result) {
  Client& client = clients_[index];
  if (!client.fd) return;
  const ssize_t got = recv(client.fd.get(), in_.data(), in_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    ++result.failures;
    return client.fd.reset();
  }
  const auto count = static_cast<size_t>(got);
  std::span<unsigned char> bytes(in_.data(), count);
  if (client.received_bytes == 0) {
    unsigned char expected[1];
    set_first_byte(client, 0, expected);
    result.wrong_bytes += bytes[0] != expected[0];
    client.pattern.fill(0, bytes.first(1));
  }
  result.wrong_bytes += client.pattern.wrong(client.received_bytes, bytes);
  client.received_bytes += count;
  if (client.received_bytes > client.sent_bytes) result.wrong_bytes += client.received_bytes - client.sent_bytes;
  if (client.received_bytes >= client.sent_bytes) complete(client, result);
}

void PingEngine::complete(Client& client, PingResult& result) {
  const uint64_t time_ns = now_ns();
  const uint64_t took_ns = time_ns - client.sent_at_ns;
  if (client.command != 0) {
    result.blocked_latency.add(took_ns);
    client.resume_at_ns = time_ns + client.pause_ns;
    return;
  }
  ++result.pings;
  result.latency.add(took_ns);
  second_.add(took_ns);
  result.latency_due.add(time_ns - client.due_at_ns);
  for (const uint64_t due_ns : client.skipped_due_ns) result.latency_due.add(time_ns - due_ns);
  client.skipped_due_ns.clear();
}

void PingEngine::poll_once(uint64_t until_ns, PingResult& result) {
  const uint64_t time_ns = now_ns();
  const uint64_t wait_ns = until_ns > time_ns ? until_ns - time_ns : 0;
  const timespec wait{static_cast<time_t>(wait_ns / kNsPerSecond), static_cast<long>(wait_ns % kNsPerSecond)};
  std::array<epoll_event, 256> events;
  const int count = epoll_pwait2(epoll_.get(), events.data(), events.size(), &wait, nullptr);
  for (int i = 0; i < count; ++i) pull(events[static_cast<size_t>(i)].data.u64, result);
}

PingResult PingEngine::run(double seconds) {
  PingResult result;
  current_ = &result;
  uint64_t time_ns = now_ns();
  const uint64_t end_ns = time_ns + static_cast<uint64_t>(seconds * 1e9);
  next_due_ns_ = time_ns;
  uint64_t next_resume_ns = time_ns;
  second_ = {};
  uint64_t second_ends_ns = time_ns + kNsPerSecond;
  while (time_ns < end_ns) {
    send_due(time_ns);
    if (time_ns >= next_resume_ns) {
      resume_blockers(time_ns);
      next_resume_ns = time_ns + kNsPerMs;
    }
    poll_once(std::min(next_due_ns_, end_ns), result);
    time_ns = now_ns();
    for (; time_ns >= second_ends_ns; second_ends_ns += kNsPerSecond) end_second(time_ns, result);
  }
  current_ = nullptr;
  result.latency_so_far = result.latency;
  add_waiting(time_ns, result.latency_so_far);
  return result;
}

// Without them a server that has stopped answering would look quick.
void PingEngine::add_waiting(uint64_t time_ns, Histogram& latency) const {
  for (unsigned i = 0; i < ping_clients_; ++i) {
    const Client& client = clients_[i];
    if (client.fd && client.waits()) latency.add(time_ns - client.sent_at_ns);
  }
}

void PingEngine::end_second(uint64_t time_ns, PingResult& result) {
  add_waiting(time_ns, second_);
  result.p99_of_seconds_us.push_back(second_.percentile_us(0.99));
  second_ = {};
}

size_t PingEngine::settle() {
  PingResult rest;
  const uint64_t end_ns = now_ns() + kSettle_ns;
  size_t missing = 0;
  do {
    poll_once(now_ns() + kNsPerMs, rest);
    missing = 0;
    for (unsigned i = 0; i < ping_clients_; ++i) missing += clients_[i].waits();
  } while (missing > 0 && now_ns() < end_ns);
  return missing + rest.wrong_bytes;
}

}  // namespace inlet::bench
