#include "server/server.h"

#include <cxxabi.h>

#include <winuser.h>
#include <ws2spi.h>

#include <system_error>

#include "base/limits.h"
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
    : timeout_s(options.timeout_s),
      priority(options.priority),
      options_(std::move(options)),
      provider_(std::move(provider)),
      engine_(std::move(engine)),
      poller_(std::move(poller)),
      acceptor_(*this, listener),
      admission_(options_.clients_max) {
  start_listening();
}

Server::~Server() {
  stop_listening();
  INLET_ASSERT(!thread_.joinable());
}

Result<void> Server::start(SOCKET handle) {
  handle_ = handle;
  if (auto watched = watch_listener(); !watched) return watched;
  try {
    thread_ = start_thread("inlet-server", [self = shared_from_this()] { self->run(); });
  } catch (const std::system_error&) {
    return Error::out_of_memory;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return running_; });  // so that the thread id is known when the handle is
  return {};
}

Result<void> Server::watch_listener() {
  if (auto watched = poller_->watch(acceptor_.listener(), kListenerToken); !watched) return watched.error();
  // A waiting client may have been moved to where the listener's own descriptor does not show it.
  auto queued = provider_->ioctl(acceptor_.listener(), SIO_INLET_READY_DESCRIPTOR, 0);
  if (!queued && queued.error() != Error::not_supported) return queued.error();  // a provider without such a place
  if (queued)
    if (auto watched = poller_->watch(*queued, kListenerToken); !watched) return watched.error();
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

// Also after a resume or an unlock: what came meanwhile has shown its edge already.
void Server::accept_clients() {
  if (is_accepting()) acceptor_.accept_waiting();
}

void Server::serve() {
  acceptor_.accept_waiting();
  while (!stop_requested()) {
    if (restart_requested_.exchange(false, std::memory_order_acq_rel)) restart_here();
    accept_paused_.store(!acceptor_.next_try().is_never(), std::memory_order_relaxed);
    poller::Event events[4];
    const size_t ready = poller_->wait(events, acceptor_.next_try());
    if (stop_requested()) break;
    // A session that ended while we were out of descriptors has woken us. Missing one costs kAcceptRetry_ms at most.
    const bool freed =
        accept_paused_.load(std::memory_order_relaxed) && gone_.exchange(false, std::memory_order_acq_rel);
    const bool resumed = resumed_.exchange(false, std::memory_order_acq_rel);
    if (ready || freed || resumed || acceptor_.next_try().expired()) accept_clients();
    if (idle_due_.exchange(false, std::memory_order_acq_rel) && present_.load(std::memory_order_acquire) == 0)
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

// Counted before it exists, so that no limit is ever exceeded.
Result<void> Server::admit(SOCKET socket, const Endpoint& peer) {
  Session* session = nullptr;
  try {
    if (!admission_.enter(peer.address)) return Error::access_denied;
  } catch (const std::bad_alloc&) {
    return Error::out_of_memory;
  }
  live_.fetch_add(1, std::memory_order_acq_rel);
  try {
    session = make_session(socket, peer);
  } catch (const std::bad_alloc&) {
  }
  if (!session) {
    admission_.leave(peer.address);
    live_.fetch_sub(1, std::memory_order_acq_rel);
    return Error::out_of_memory;
  }
  present_.fetch_add(1, std::memory_order_acq_rel);
  session->set_shard(&engine_->least_loaded());
  {
    std::lock_guard lock(mutex_);
    sessions_.push_back(*session);
  }
  session->start();
  return {};
}

// Throws bad_alloc, or returns nullptr when no handle is free; then nothing is left behind.
Session* Server::make_session(SOCKET socket, const Endpoint& peer) {
  const uint32_t id = directory_.reserve();
  Session* session = nullptr;
  try {
    session = Runtime::instance().sessions.insert(shared_from_this(), *provider_, socket, peer, id).second;
  } catch (...) {
    directory_.remove(id);
    throw;
  }
  if (session == nullptr)
    directory_.remove(id);
  else
    directory_.settle(id, session->handle());
  return session;
}

void Server::call_program(SOCKET handle, UINT event, Error error) {
  if (HWND window = window_.load(std::memory_order_acquire)) {
    // Without room in the queue the window misses an event, as it would on Windows.
    [[maybe_unused]] const BOOL posted =
        PostMessageW(window, message_.load(std::memory_order_relaxed), handle, MAKELONG(event, wsa_code(error)));
  }
  options_.program(handle, event, inet_code(error), options_.parameter);
}

// The listener is closed before the new one is opened, because both have the same address; the clients are told last, so that those
// who come back at once find the new one.
void Server::restart_here() {
  status_.store(INET_SERVER_RESTARTING, std::memory_order_release);
  poller_->forget(acceptor_.listener());
  acceptor_.close();
  Result<void> opened;
  auto address = listen_address(options_.local_host);
  auto listener = address ? open_listener(*provider_, *address, options_) : Result<SOCKET>(address.error());
  if (listener) {
    acceptor_.reopen(*listener);
    opened = watch_listener();
  } else {
    opened = listener.error();
  }
  disconnect_clients();
  suspended_.store(!opened.ok(), std::memory_order_release);
  status_.store(INET_SERVER_STARTED, std::memory_order_release);
  std::lock_guard lock(mutex_);
  ++restarts_;
  restart_error_ = opened ? Error::none : opened.error();
  changed_.notify_all();
}

// ---- any thread

INT Server::status() const {
  const INT status = status_.load(std::memory_order_acquire);
  if (status != INET_SERVER_STARTED) return status;
  if (ServerLock::instance().locked_server() == handle_) return INET_SERVER_LOCKED;
  return suspended_.load(std::memory_order_acquire) ? INET_SERVER_SUSPENDED : INET_SERVER_STARTED;
}

Result<void> Server::suspend() {
  if (stop_requested()) return Error::invalid;
  suspended_.store(true, std::memory_order_release);
  return {};
}

Result<void> Server::resume() {
  if (stop_requested()) return Error::invalid;
  if (!suspended_.exchange(false, std::memory_order_acq_rel)) return {};
  resumed_.store(true, std::memory_order_release);
  poller_->wake();
  return {};
}

void Server::disconnect_clients() {
  std::lock_guard lock(mutex_);
  sessions_.for_each([](Session& session) { session.request_close(Stream::Close::orderly); });
}

Result<void> Server::restart() {
  if (stop_requested()) return Error::invalid;
  std::unique_lock lock(mutex_);
  const unsigned before = restarts_;
  restart_requested_.store(true, std::memory_order_release);
  poller_->wake();
  if (server_of_thread == this) return {};
  changed_.wait(lock, [&] { return restarts_ != before || stopped_ || stop_requested(); });
  if (restarts_ == before) return Error::invalid;
  return restart_error_ == Error::none ? Result<void>() : Result<void>(restart_error_);
}

std::vector<SOCKET> Server::others() const {
  auto clients = directory_.clients();
  if (const Session* here = session_here()) std::erase(clients, here->handle());
  return clients;
}

// A client of a broadcast, and what it still has to get.
struct Server::Behind {
  SOCKET client;
  size_t sent = 0;

  enum class Step { done, failed, moved, stuck };
  Step send(const char* data, size_t size, Deadline deadline) {
    auto session = Runtime::instance().sessions.pin(client);
    if (!session) return Step::failed;
    auto more = session->stream().write_until(data + sent, size - sent, deadline);
    if (!more) return more.error() == Error::timed_out ? Step::stuck : Step::failed;
    sent += *more;
    return sent == size ? Step::done : *more != 0 ? Step::moved : Step::stuck;
  }
};

// Round after round everybody gets what goes at once, so that nobody waits for the slowest. When nothing moves it is one of them
// that is waited for, for a moment.
uint32_t Server::broadcast(const void* data, size_t size) {
  const uint32_t seconds = timeout_s.load(std::memory_order_relaxed);
  const Deadline end = seconds == 0 ? Deadline::never() : Deadline::after_ms(int64_t{seconds} * 1000);
  std::vector<Behind> behind;
  for (SOCKET client : others()) behind.push_back({client});
  uint32_t reached = 0;
  Deadline wait = Deadline::at_ms(0);
  for (size_t turn = 0; !behind.empty(); ++turn) {
    bool moved = false;
    for (size_t i = 0; i < behind.size();) {
      const bool waits = i == turn % behind.size();
      const auto step = behind[i].send(static_cast<const char*>(data), size, waits ? wait : Deadline::at_ms(0));
      moved = moved || step != Behind::Step::stuck;
      reached += step == Behind::Step::done ? 1 : 0;
      if (step == Behind::Step::done || step == Behind::Step::failed)
        behind.erase(behind.begin() + static_cast<ptrdiff_t>(i));
      else
        ++i;
    }
    if (end.expired()) break;
    wait = moved ? Deadline::at_ms(0) : Deadline::after_ms(kBroadcastWait_ms);
  }
  return reached;
}

void Server::notify_window(HWND window, UINT message) {
  message_.store(message, std::memory_order_relaxed);
  window_.store(window, std::memory_order_release);
}

void Server::request_stop() {
  stop_requested_.store(true, std::memory_order_release);
  ServerLock::instance().forget(handle_);
  {
    // Whoever waits for a restart looks again.
    std::lock_guard lock(mutex_);
    changed_.notify_all();
  }
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
  const Session* here = session_here();
  return here && &here->server() == this;
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

void Server::session_leaves(Session& session) {
  admission_.leave(session.peer().address);
}

void Server::session_over() {
  if (present_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
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
