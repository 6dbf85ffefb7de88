#include "server/listener.h"

#include <winsock2.h>
#include <ws2spi.h>

#include <utility>

#include "engine/context.h"
#include "server/runtime.h"
#include "server/socket_events.h"

namespace inlet::server {

namespace {

constexpr uint64_t kListenerToken = 1;

// About the one connection that waited, not about the listener: see accept(2).
bool is_about_one_client(Error error) {
  switch (error) {
    case Error::conn_reset:
    case Error::conn_aborted:
    case Error::net_down:
    case Error::net_unreachable:
    case Error::host_down:
    case Error::host_unreachable:
    case Error::timed_out:
    case Error::access_denied: return true;
    default: return false;
  }
}

void reset(const Connected& client) {
  const linger hard{1, 0};
  [[maybe_unused]] auto set = client.provider->set_option(client.socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  client.provider->dispose(client.socket);
}

}  // namespace

Listener::Listener(SOCKET handle, Listening listening)
    : PlainSocket(handle),
      provider_(std::move(listening.provider)),
      socket_(listening.socket),
      poller_(std::move(listening.poller)) {
  start_listening();  // to the clock
}

Listener::~Listener() {
  stop_listening();
  close();
}

Result<void> Listener::start() {
  auto queue = provider_->ioctl(socket_, SIO_INLET_READY_DESCRIPTOR, 0);
  if (!queue && queue.error() != Error::not_supported) return queue.error();  // a provider without such a place
  if (queue) {
    queue_ = *queue;
    if (auto watched = poller_->watch(queue_, kListenerToken); !watched) return watched;
  }
  return poller_->watch(socket_, kListenerToken);
}

Result<Endpoint> Listener::local_endpoint() const {
  SocketAddress name;
  auto got = provider_->local_name(socket_, name.get(), &name.length);
  if (!got) return got.error();
  return endpoint_of(name);
}

// ---- taking clients

Result<Connected> Listener::try_accept() {
  for (;;) {
    SocketAddress peer;
    auto accepted = provider_->accept(socket_, peer.get(), &peer.length);
    if (accepted) return Connected{provider_, *accepted, SocketType::stream, endpoint_of(peer), true};
    if (is_about_one_client(accepted.error())) continue;
    // The socket is closed under us only when the listener is.
    return accepted.error() == Error::not_socket ? Error::canceled : accepted.error();
  }
}

// The poller reports edges, and whoever came first may have used one up: so the socket is asked before each wait.
Result<Connected> Listener::take_next(Deadline deadline, uint32_t cancels) {
  for (;;) {
    if (closing_.load() || cancels_.load(std::memory_order_acquire) != cancels) return Error::canceled;
    auto client = try_accept();
    if (client || client.error() != Error::would_block) return client;
    if (!blocks_.load(std::memory_order_relaxed)) return Error::would_block;
    if (deadline.expired()) return Error::timed_out;
    engine::before_blocking();
    poller::Event events[2];
    poller_->wait(events, deadline);
  }
}

Result<Connected> Listener::accept(Deadline deadline) {
  const uint32_t cancels = cancels_.load(std::memory_order_acquire);
  if (!accept_lock_.try_lock()) {
    if (!blocks_.load(std::memory_order_relaxed)) return Error::would_block;
    engine::before_blocking();
    if (!accept_lock_.lock_until(deadline)) return Error::timed_out;
  }
  auto client = take_next(deadline, cancels);
  accept_lock_.unlock();
  note(client ? kConsumed : kEmpty);
  return client;
}

Result<void> Listener::reject() {
  auto client = try_accept();
  note(client ? kConsumed : kEmpty);
  if (!client) return client.error();
  reset(*client);
  return {};
}

void Listener::note(Facts facts) {
  facts_.fetch_or(facts, std::memory_order_acq_rel);
  if (SocketEvents* there = events()) there->note_use();
}

// ---- the end

void Listener::cancel() {
  cancels_.fetch_add(1, std::memory_order_acq_rel);
  poller_->wake();
}

bool Listener::request_close() {
  if (closing_.exchange(true)) return false;
  poller_->wake();
  return true;
}

void Listener::unwatch() {
  if (queue_ != INVALID_SOCKET) poller_->forget(queue_);
  poller_->forget(socket_);
}

void Listener::close() {
  if (closed_.exchange(true, std::memory_order_acq_rel)) return;
  unwatch();
  provider_->dispose(socket_);
}

void Listener::give_away() {
  if (!closed_.exchange(true, std::memory_order_acq_rel)) unwatch();
}

// ---- for its events

Result<void> Listener::watch(engine::Shard& shard) {
  if (queue_ != INVALID_SOCKET)
    if (auto watched = shard.watch(queue_, handle()); !watched) return watched;
  return shard.watch(socket_, handle());
}

void Listener::forget(engine::Shard& shard) {
  if (queue_ != INVALID_SOCKET) shard.forget(queue_);
  shard.forget(socket_);
}

Stream::Input Listener::look() {
  const auto waiter = poller::Waiter::borrow();
  for (const SOCKET each : {socket_, queue_}) {
    if (each == INVALID_SOCKET) continue;
    if (waiter->wait(each, poller::kReadable, Deadline::at_ms(0))) return Stream::Input::data;
  }
  return Stream::Input::nothing;
}

// A call that waits goes on waiting; the next one does not.
void Listener::set_blocking(bool blocks) {
  blocks_.store(blocks, std::memory_order_relaxed);
  poller_->wake();
}

bool Listener::hold() {
  self_ = Runtime::instance().listeners.pin(handle());
  return static_cast<bool>(self_);
}

void Listener::let_go() {
  [[maybe_unused]] const Self last = std::move(self_);
}

}  // namespace inlet::server
