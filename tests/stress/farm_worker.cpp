#include "farm_worker.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>

#include "e2e/clock.h"
#include "e2e/loopback.h"

namespace inlet::stress {

namespace {
constexpr uint64_t kMessageMax_bytes = 512;
constexpr uint64_t kExchange_ns = 400 * bench::kNsPerSecond;
constexpr uint64_t kFire_ns = 60 * bench::kNsPerSecond;
}  // namespace

FarmWorker::FarmWorker() : epoll_(bench::checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")), bytes_(64 * 1024) {}

FarmReport FarmWorker::carry_out(const FarmOrder& order) {
  report_ = {};
  switch (order.kind) {
    case FarmOrderKind::connect: connect_all(order); break;
    case FarmOrderKind::exchange: talk(order.messages, true, kExchange_ns); break;
    case FarmOrderKind::fire: talk(UINT32_MAX, false, kFire_ns); break;
    case FarmOrderKind::storm: storm(order); break;
    case FarmOrderKind::close: break;
  }
  for (const Client& client : clients_) {
    report_.sent_bytes += client.sent_bytes;
    if (client.fd) ++report_.still_open;
    if (order.kind == FarmOrderKind::exchange) report_.lost_bytes += client.due_bytes - client.received_bytes;
  }
  const bool over = order.kind != FarmOrderKind::connect && order.kind != FarmOrderKind::exchange;
  if (over) clients_.clear();
  return report_;
}

void FarmWorker::connect_all(const FarmOrder& order) {
  next_id_ += order.seed;
  for (uint32_t i = 0; i < order.clients; ++i) {
    try {
      clients_.emplace_back(bench::connect_loopback(order.port), ++next_id_);
    } catch (const std::system_error&) {
      ++report_.refused;
      continue;
    }
    watch(clients_.size() - 1, EPOLL_CTL_ADD, EPOLLIN);
    ++report_.connected;
  }
}

void FarmWorker::storm(const FarmOrder& order) {
  next_id_ += order.seed;
  for (uint32_t i = 0; i < order.clients; ++i) {
    try {
      clients_.emplace_back(bench::begin_connect(order.port), ++next_id_);
    } catch (const std::system_error&) {
      ++report_.refused;
      continue;
    }
    clients_.back().connecting = true;
    watch(clients_.size() - 1, EPOLL_CTL_ADD, EPOLLOUT);
  }
  talk(UINT32_MAX, false, kFire_ns);
}

// Everybody talks until all have said what they should, or the server has ended them.
void FarmWorker::talk(uint32_t messages_max, bool split, uint64_t timeout_ns) {
  messages_max_ = messages_max;
  split_ = split;
  talking_ = 0;
  for (size_t i = 0; i < clients_.size(); ++i) {
    clients_[i].messages = 0;
    if (!still_talks(clients_[i])) continue;
    ++talking_;
    if (!clients_[i].connecting) begin_message(i);
  }
  const uint64_t until_ns = bench::now_ns() + timeout_ns;
  std::array<epoll_event, 256> events;
  while (talking_ > 0 && bench::now_ns() < until_ns) {
    const int wait_ms = second_parts_.empty() ? 100 : 0;
    const int count = epoll_wait(epoll_.get(), events.data(), events.size(), wait_ms);
    std::vector<size_t> seconds;
    seconds.swap(second_parts_);
    for (const size_t index : seconds) send_up_to(index, clients_[index].due_bytes);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      on_event(event.data.u64, event.events);
    }
  }
  second_parts_.clear();
}

// Half of the messages leave in two parts, the second a turn of the loop later, so that the server sees them apart.
void FarmWorker::begin_message(size_t index) {
  Client& client = clients_[index];
  const uint64_t size = 1 + dice(client, kMessageMax_bytes);
  client.due_bytes += size;
  const bool in_two = split_ && size > 1 && dice(client, 2) == 0;
  if (!in_two) return send_up_to(index, client.due_bytes);
  send_up_to(index, client.sent_bytes + 1 + dice(client, size - 1));
  if (client.fd) second_parts_.push_back(index);
}

// One message is at most 512 bytes and the one before has come back, so a socket's send buffer always has room.
void FarmWorker::send_up_to(size_t index, uint64_t end_at) {
  Client& client = clients_[index];
  if (!client.fd) return;
  const size_t count = end_at - client.sent_bytes;
  client.pattern.fill(client.sent_bytes, {bytes_.data(), count});
  if (send(client.fd.get(), bytes_.data(), count, MSG_NOSIGNAL) != static_cast<ssize_t>(count)) return end(index);
  client.sent_bytes = end_at;
}

void FarmWorker::on_event(size_t index, uint32_t events) {
  if (!clients_[index].fd) return;
  if (clients_[index].connecting) return on_connected(index);
  if (events != 0) pull(index);
}

void FarmWorker::on_connected(size_t index) {
  Client& client = clients_[index];
  client.connecting = false;
  if (bench::pending_error(client.fd.get()) != 0) {
    ++report_.refused;
    --talking_;
    return client.fd.reset();
  }
  ++report_.connected;
  watch(index, EPOLL_CTL_MOD, EPOLLIN);
  begin_message(index);
}

void FarmWorker::pull(size_t index) {
  Client& client = clients_[index];
  const ssize_t got = recv(client.fd.get(), bytes_.data(), bytes_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return end(index);
  const auto count = static_cast<size_t>(got);
  report_.wrong_bytes += client.pattern.wrong(client.received_bytes, {bytes_.data(), count});
  client.received_bytes += count;
  if (client.received_bytes > client.sent_bytes) {
    report_.wrong_bytes += client.received_bytes - client.sent_bytes;
    return end(index);
  }
  if (client.received_bytes < client.due_bytes) return;
  ++report_.messages;
  ++client.messages;
  if (still_talks(client)) return begin_message(index);
  --talking_;
}

void FarmWorker::end(size_t index) {
  Client& client = clients_[index];
  if (still_talks(client)) --talking_;
  ++report_.ended;
  client.fd.reset();
}

void FarmWorker::watch(size_t index, int operation, uint32_t interest) {
  epoll_event event{};
  event.events = interest;
  event.data.u64 = index;
  bench::checked(epoll_ctl(epoll_.get(), operation, clients_[index].fd.get(), &event), "epoll_ctl");
}

uint64_t FarmWorker::dice(Client& client, uint64_t sides) {
  client.random += 0x9e3779b97f4a7c15ULL;
  return bench::mixed(client.random) % sides;
}

}  // namespace inlet::stress
