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
  credentials_.replace(options_.credentials);
  start_listening();
}

Server::~Server() {
  stop_listening();
  INLET_ASSERT(!thread_.joinable());
}

// The thread exists before the listener is watched, so that it can undo that; events wait until it has called START.
Result<void> Server::start(SOCKET handle) {
  handle_ = handle;
  try {
    thread_ = start_thread("inlet-server", [self = shared_from_this()] { self->run(); });
  } catch (const std::system_error&) {
    return Error::out_of_memory;
  }
  const auto watched = acceptor_.attach(engine_->least_loaded(), handle);
  std::unique_lock lock(mutex_);
  watching_ = watched ? Watching::yes : Watching::failed;
  changed_.notify_all();
  changed_.wait(lock, [this] { return running_; });  // so that the thread id is known when the handle is
  lock.unlock();
  if (!watched) thread_.join();
  return watched;
}

// ---- the server thread

void Server::run() {
  ThreadRegistration registration;
  server_of_thread = this;
  thread_id_.store(registration.id(), std::memory_order_release);
  if (!wait_watched()) {
    shut_acceptor();
    engine_.reset();
    return;
  }
  notify(INET_EVENT_START);
  acceptor_.request(Acceptor::kOpen);
  serve();
  status_.store(INET_SERVER_STOPPING, std::memory_order_release);
  shut_acceptor();
  end_sessions();
  wait_for_sessions();
  notify(INET_EVENT_STOP);
  finish();
}

bool Server::wait_watched() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return watching_ != Watching::not_yet; });
  status_.store(INET_SERVER_STARTED, std::memory_order_release);
  running_ = true;
  changed_.notify_all();
  return watching_ == Watching::yes;
}

// The acceptor does the work; this thread has the finer clock, and is there to be told to stop.
void Server::serve() {
  while (!stop_requested()) {
    int64_t due_ms = next_try_ms_.load(std::memory_order_acquire);
    if (Deadline::at_ms(due_ms).expired()) {
      if (next_try_ms_.compare_exchange_strong(due_ms, kNever_ms, std::memory_order_acq_rel))
        acceptor_.request(Acceptor::kTry);
      continue;
    }
    poller::Event events[1];
    poller_->wait(events, Deadline::at_ms(due_ms));
  }
}

void Server::shut_acceptor() {
  acceptor_.request(Acceptor::kShut);
  poller::Event events[1];
  while (!acceptor_gone_.load(std::memory_order_acquire)) poller_->wait(events, Deadline::never());
}

// A session leaves the directory before it is destroyed, so that one which is found there may be touched.
template <class Visit>
void Server::for_each_session(Visit visit) {
  directory_.for_each([&](SOCKET client) {
    if (Session* session = Runtime::instance().sessions.peek(client)) visit(*session);
  });
}

void Server::end_sessions() {
  for_each_session([](Session& session) { session.request_stop(); });
}

void Server::wait_for_sessions() {
  poller::Event events[1];
  while (live_.load(std::memory_order_acquire) != 0) poller_->wait(events, Deadline::never());
}

void Server::finish() {
  {
    std::lock_guard lock(mutex_);
    watching_ = Watching::ended;
  }
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

// Nobody can come in meanwhile: that is what the calling thread does.
void Server::count_addresses() {
  for_each_session([this](Session& session) { session.recount(admission_); });
  admission_.begin_addresses();
}

// Counted before it exists, so that no limit is ever exceeded.
Result<void> Server::admit(SOCKET socket, const Endpoint& peer) {
  engine::Shard& shard = engine_->least_loaded();
  Session* session = nullptr;
  Counted counted = Counted::no;
  try {
    if (admission_.lacks_addresses()) count_addresses();
    counted = admission_.enter(peer.address);
    if (counted == Counted::no) return Error::access_denied;
    session = Runtime::instance().sessions.insert(*this, *provider_, socket, peer, counted, shard).second;
  } catch (const std::bad_alloc&) {
  }
  if (!session) {
    if (counted != Counted::no) admission_.leave(peer.address, counted);
    return Error::out_of_memory;
  }
  if (session->is_announced()) present_.fetch_add(1, std::memory_order_acq_rel);
  shard.population.fetch_add(1, std::memory_order_relaxed);
  if (&shard == acceptor_.shard())
    acceptor_.keep(*session);
  else
    session->start();
  return {};
}

void Server::tell_window(HWND window, SOCKET handle, UINT event, Error error) {
  // Without room in the queue the window misses an event, as it would on Windows.
  [[maybe_unused]] const BOOL posted =
      PostMessageW(window, message_.load(std::memory_order_relaxed), handle, MAKELONG(event, wsa_code(error)));
}

// One restart is for all who have asked for it before it begins.
// Returns  0 when the one before was for all.
unsigned Server::take_restarts() {
  std::lock_guard lock(mutex_);
  return restarts_asked_ == restarts_done_ ? 0 : restarts_asked_;
}

// The listener is closed before the new one is opened, because both have the same address; the clients are told last, so that those
// who come back at once find the new one.
void Server::restart_here() {
  const unsigned asked = take_restarts();
  INT status = INET_SERVER_STARTED;
  if (asked == 0) return;
  if (!status_.compare_exchange_strong(status, INET_SERVER_RESTARTING, std::memory_order_acq_rel)) return;
  engine::before_blocking();  // the address may be a name
  acceptor_.close();
  auto address = listen_address(options_.local_host);
  auto listener = address ? open_listener(*provider_, *address, options_) : Result<SOCKET>(address.error());
  const Result<void> opened = listener ? acceptor_.reopen(*listener) : Result<void>(listener.error());
  if (!opened) acceptor_.close();
  disconnect_clients();
  listening_.store(opened.ok(), std::memory_order_release);
  suspended_.store(!opened.ok(), std::memory_order_release);
  status = INET_SERVER_RESTARTING;
  status_.compare_exchange_strong(status, INET_SERVER_STARTED,
                                  std::memory_order_acq_rel);  // unless it is being stopped
  std::lock_guard lock(mutex_);
  restarts_done_ = asked;
  restart_error_ = opened ? Error::none : opened.error();
  changed_.notify_all();
}

// Somebody may have come since it was asked for.
void Server::notify_idle() {
  if (present_.load(std::memory_order_acquire) == 0 && !stop_requested()) notify(INET_EVENT_IDLE);
}

void Server::try_accept_at(Deadline deadline) {
  next_try_ms_.store(deadline.ms(), std::memory_order_release);
  poller_->wake();
}

void Server::pause_accepting(Deadline deadline) {
  accept_paused_.store(true, std::memory_order_release);
  try_accept_at(deadline);
}

// Whoever calls keeps the server meanwhile.
void Server::acceptor_gone() {
  const auto self = shared_from_this();
  acceptor_gone_.store(true, std::memory_order_release);
  poller_->wake();
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
  if (stop_requested() || !listening_.load(std::memory_order_acquire)) return Error::invalid;
  if (suspended_.exchange(false, std::memory_order_acq_rel)) request(Acceptor::kTry);
  return {};
}

// For callers that do not know whether the server is ending just now.
bool Server::request(engine::Signals what) {
  std::lock_guard lock(mutex_);
  if (watching_ != Watching::yes) return false;
  acceptor_.request(what);
  return true;
}

void Server::disconnect_clients() {
  for_each_session([](Session& session) { session.request_close(Stream::Close::orderly); });
}

Result<void> Server::restart() {
  if (stop_requested()) return Error::invalid;
  const bool waits = !is_server_event_here();
  if (waits) engine::before_blocking();
  const ServerLock::Loan loan(
      handle_);  // a caller that has locked the server would else wait for one that waits for the lock
  std::unique_lock lock(mutex_);
  if (watching_ != Watching::yes) return Error::invalid;
  const unsigned mine = ++restarts_asked_;
  acceptor_.request(Acceptor::kRestart);
  if (!waits) return {};
  changed_.wait(lock, [&] { return restarts_done_ >= mine || stopped_ || stop_requested(); });
  if (restarts_done_ < mine) return Error::invalid;
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
  Telling telling;

  enum class Step { done, failed, moved, stuck };
  Step send(Broadcast& message, Deadline deadline) {
    auto session = Runtime::instance().sessions.pin(client);
    if (!session || !session->is_announced()) return Step::failed;
    const size_t before = telling.from;
    const auto told = session->stream().tell(message, telling, deadline);
    if (told == Stream::Told::kept) session->look_at_outbox();
    if (told == Stream::Told::failed) return Step::failed;
    if (told != Stream::Told::busy) return Step::done;
    return telling.from != before ? Step::moved : Step::stuck;
  }
  void stop() {
    if (auto session = Runtime::instance().sessions.pin(client)) session->stream().stop_telling(telling);
  }
};

// Those who do not have all of it yet.
struct Server::Audience {
  std::vector<Behind> behind;
  ~Audience() {
    for (Behind& each : behind) each.stop();
  }

  struct Round {
    uint32_t reached = 0;
    bool moved = false;
  };
  // Tries everybody once, and may wait for one of them.
  Round send(Broadcast& message, size_t waits, Deadline deadline) {
    Round round;
    size_t kept = 0;
    for (size_t i = 0; i < behind.size(); ++i) {
      const auto step = behind[i].send(message, i == waits ? deadline : Deadline::at_ms(0));
      round.moved = round.moved || step != Behind::Step::stuck;
      round.reached += step == Behind::Step::done ? 1 : 0;
      if (step != Behind::Step::done && step != Behind::Step::failed) behind[kept++] = behind[i];
    }
    behind.resize(kept);
    return round;
  }
};

// Everybody gets what goes at once, and their outboxes take the rest. Those for whom that would be too much are tried again, round
// after round, so that nobody waits for the slowest; when nothing moves it is one of them that is waited for, for a moment.
uint32_t Server::broadcast(const void* data, size_t size) {
  const uint32_t seconds = timeout_s.load(std::memory_order_relaxed);
  const Deadline end = seconds == 0 ? Deadline::never() : Deadline::after_ms(int64_t{seconds} * 1000);
  Broadcast message(static_cast<const char*>(data), size);
  Audience audience;
  for (SOCKET client : others()) audience.behind.push_back({client, {}});
  uint32_t reached = 0;
  Deadline wait = Deadline::at_ms(0);
  for (size_t turn = 0; !audience.behind.empty(); ++turn) {
    const auto round = audience.send(message, turn % audience.behind.size(), wait);
    reached += round.reached;
    if (end.expired()) break;
    wait = round.moved ? Deadline::at_ms(0) : Deadline::after_ms(kBroadcastWait_ms);
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

bool Server::is_server_event_here() const {
  const Acceptor* acceptor = task_here<Acceptor>(kAcceptorTask);
  return server_of_thread == this || acceptor == &acceptor_;
}

bool Server::is_event_here(SOCKET server) {
  if (server_of_thread && server_of_thread->handle() == server) return true;
  const Acceptor* acceptor = task_here<Acceptor>(kAcceptorTask);
  return acceptor && acceptor->server().handle() == server;
}

bool Server::is_callback_here() const {
  const Session* here = session_here();
  return is_server_event_here() || (here && &here->server() == this);
}

Acceptor::Pending* Server::pending_here() {
  return task_here<Acceptor>(kAcceptorTask) == &acceptor_ ? acceptor_.pending() : nullptr;
}

Result<Endpoint> Server::local_endpoint() const {
  SocketAddress name;
  auto got = provider_->local_name(acceptor_.listener(), name.get(), &name.length);
  if (!got) return got.error();
  return endpoint_of(name);
}

void Server::session_announced() {
  present_.fetch_add(1, std::memory_order_acq_rel);
}

void Server::session_leaves(Session& session, Counted counted) {
  admission_.leave(session.peer().address, counted);
}

void Server::session_over() {
  if (present_.fetch_sub(1, std::memory_order_acq_rel) == 1) acceptor_.request(Acceptor::kIdle);
}

void Server::session_closed() {
  if (accept_paused_.load(std::memory_order_relaxed) && accept_paused_.exchange(false, std::memory_order_acq_rel))
    acceptor_.request(Acceptor::kTry);
}

void Server::session_made() {
  live_.fetch_add(1, std::memory_order_relaxed);
}

// Sessions do not own the server, it lives because they are counted: once live_ is 0 its thread may end, and the server with it. So
// who counts the last one down holds it meanwhile; for all others that would be two changes of a shared count for nothing.
void Server::session_gone() {
  uint32_t live = live_.load(std::memory_order_relaxed);
  while (live > 1)
    if (live_.compare_exchange_weak(live, live - 1, std::memory_order_acq_rel)) return;
  const auto self = shared_from_this();
  if (live_.fetch_sub(1, std::memory_order_acq_rel) == 1) poller_->wake();
}

}  // namespace inlet::server
