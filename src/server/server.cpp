#include "server/server.h"

#include <cxxabi.h>

#include <ws2spi.h>

#include <system_error>

#include "base/log.h"
#include "base/thread.h"
#include "base/timed_wait.h"
#include "engine/context.h"
#include "server/runtime.h"

namespace inlet::server {

namespace {
constinit thread_local Server* server_of_thread = nullptr;
constexpr uint64_t kListenerToken = 1;
}  // namespace

Server::Server(ServerOptions options, std::shared_ptr<provider::Provider> provider,
               std::shared_ptr<engine::Engine> engine, SOCKET listener, std::unique_ptr<poller::Poller> poller)
    : options_(std::move(options)),
      provider_(std::move(provider)),
      engine_(std::move(engine)),
      poller_(std::move(poller)),
      acceptor_(*this, listener) {}

Server::~Server() {
  INLET_ASSERT(!thread_.joinable());
}

Result<void> Server::start(SOCKET handle) {
  handle_ = handle;
  if (auto watched = poller_->watch(acceptor_.listener(), kListenerToken); !watched) return watched.error();
  // A waiting client may have been moved to where the listener's own descriptor does not show it.
  auto queued = provider_->ioctl(acceptor_.listener(), SIO_INLET_READY_DESCRIPTOR, 0);
  if (!queued && queued.error() != Error::not_supported) return queued.error();  // a provider without such a place
  if (queued)
    if (auto watched = poller_->watch(*queued, kListenerToken); !watched) return watched.error();
  try {
    thread_ = start_thread("inlet-server", [self = shared_from_this()] { self->run(); });
  } catch (const std::system_error&) {
    return Error::out_of_memory;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return running_; });  // so that the thread id is known when the handle is
  return {};
}

// ---- the server thread

void Server::run() {
  ThreadRegistration registration;
  server_of_thread = this;
  thread_id_.store(registration.id(), std::memory_order_release);
  status_.store(INET_SERVER_STARTED, std::memory_order_release);
  {
    std::lock_guard lock(mutex_);
    running_ = true;
    changed_.notify_all();
  }
  notify(INET_EVENT_START);
  serve();
  status_.store(INET_SERVER_STOPPING, std::memory_order_release);
  poller_->forget(acceptor_.listener());
  acceptor_.close();
  end_sessions();
  wait_for_sessions();
  notify(INET_EVENT_STOP);
  finish();
}

void Server::serve() {
  acceptor_.accept_waiting();
  while (!stop_requested()) {
    accept_paused_.store(!acceptor_.next_try().is_never(), std::memory_order_relaxed);
    poller::Event events[4];
    const size_t ready = poller_->wait(events, acceptor_.next_try());
    if (stop_requested()) break;
    // A session that ended while we were out of descriptors has woken us. Missing one costs kAcceptRetry_ms at most.
    const bool freed =
        accept_paused_.load(std::memory_order_relaxed) && gone_.exchange(false, std::memory_order_acq_rel);
    if (ready || freed || acceptor_.next_try().expired()) acceptor_.accept_waiting();
    if (idle_due_.exchange(false, std::memory_order_acq_rel) && active_.load(std::memory_order_acquire) == 0)
      notify(INET_EVENT_IDLE);
  }
}

void Server::end_sessions() {
  std::lock_guard lock(mutex_);
  sessions_.for_each([](Session& session) { session.request_stop(); });
}

void Server::wait_for_sessions() {
  poller::Event events[4];
  while (live_.load(std::memory_order_acquire) != 0) poller_->wait(events, Deadline::never());
}

void Server::finish() {
  engine_.reset();  // the last server stops the engine's threads, here, on none of them
  poller::Waiter::trim();
  status_.store(INET_SERVER_STOPPED, std::memory_order_release);
  Runtime::instance().server_ended(*this);
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

void Server::notify(UINT event) {
  try {
    call_program(handle_, event, Error::none);
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    log_line("an exception left a callback of a server event; the server goes on");
  }
}

bool Server::is_full() const {
  return options_.clients_max && active_.load(std::memory_order_acquire) >= options_.clients_max;
}

Result<void> Server::admit(SOCKET socket, const Endpoint& peer) {
  live_.fetch_add(1, std::memory_order_acq_rel);
  Session* session = nullptr;
  try {
    session = Runtime::instance().sessions.insert(shared_from_this(), *provider_, socket, peer).second;
  } catch (const std::bad_alloc&) {
  }
  if (!session) {
    live_.fetch_sub(1, std::memory_order_acq_rel);
    return Error::out_of_memory;
  }
  active_.fetch_add(1, std::memory_order_acq_rel);
  session->set_shard(&engine_->least_loaded());
  {
    std::lock_guard lock(mutex_);
    sessions_.push_back(*session);
  }
  session->start();
  return {};
}

// ---- any thread

void Server::request_stop() {
  stop_requested_.store(true, std::memory_order_release);
  poller_->wake();
}

bool Server::wait_stopped(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return wait_until(changed_, lock, deadline, [this] { return stopped_; });
}

void Server::join() {
  thread_.join();
}

bool Server::is_callback_here() const {
  if (server_of_thread == this) return true;
  const engine::Task* task = engine::current_task();
  return task && &static_cast<const Session*>(task)->server() == this;
}

Acceptor::Pending* Server::pending_here() {
  return server_of_thread == this ? acceptor_.pending() : nullptr;
}

Result<Endpoint> Server::local_endpoint() const {
  SocketAddress name;
  auto got = provider_->local_name(acceptor_.listener(), name.get(), &name.length);
  if (!got) return got.error();
  return endpoint_of(name);
}

void Server::session_over() {
  if (active_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  idle_due_.store(true, std::memory_order_release);
  poller_->wake();
}

void Server::session_closed(Session& session) {
  {
    std::lock_guard lock(mutex_);
    static_cast<Linked<ServerListTag>&>(session).unlink();
  }
  if (!accept_paused_.load(std::memory_order_relaxed)) return;
  gone_.store(true, std::memory_order_release);
  poller_->wake();
}

void Server::session_gone() {
  // Once live_ is 0 the server thread may end, but the session that calls us still holds the server.
  if (live_.fetch_sub(1, std::memory_order_acq_rel) == 1) poller_->wake();
}

}  // namespace inlet::server
