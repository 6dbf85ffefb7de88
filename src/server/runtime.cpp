#include "server/runtime.h"

#include <winsock2.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/limits.h"
#include "engine/context.h"
#include "server/securing.h"
#include "server/socket_events.h"
#include "tls/credentials_cache.h"
#include "tls/resumptions.h"

namespace inlet::server {

namespace {

// The task behind a poller token, which is a handle.
engine::Task* resolve_task(uint64_t token) {
  Runtime& runtime = Runtime::instance();
  if (kind_of(token) == HandleKind::session) [[likely]]
    return runtime.sessions.peek(token);
  PlainSocket* socket = nullptr;
  switch (kind_of(token)) {
    case HandleKind::session: return nullptr;
    case HandleKind::server: {
      ServerEntry* entry = runtime.servers.peek(token);  // is there until its acceptor has gone
      return entry ? &entry->server->acceptor() : nullptr;
    }
    case HandleKind::client: socket = runtime.clients.peek(token); break;
    case HandleKind::listener: socket = runtime.listeners.peek(token); break;
  }
  return socket ? socket->events() : nullptr;
}

// For operators and benchmarks; the API has no parameter for it.
unsigned shards_from_environment() {
  const char* text = std::getenv("INLET_SHARDS");
  if (!text) return 0;
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  return *text && *end == '\0' && value > 0 && value <= static_cast<long>(kShardsMax) ? static_cast<unsigned>(value)
                                                                                      : 0;
}

// Never destroyed, because threads of the library may outlive main; and in zeroed memory, because most of it is never touched.
union Storage {
  constexpr Storage() : runtime() {}
  ~Storage() {}
  Runtime runtime;
};
constinit Storage storage;

}  // namespace

Runtime& Runtime::instance() {
  return storage.runtime;
}

Result<void> Runtime::initialize() {
  std::lock_guard lock(mutex_);
  if (uses_ == 0) {
    auto providers = std::make_shared<provider::ProviderSet>(WSPUPCALLTABLE{});
    // One is started now, so that a provider that is not usable is known here and not by every call.
    if (!providers->find(AF_INET, SOCK_STREAM, IPPROTO_TCP)) return Error::not_ready;
    providers_ = std::move(providers);
  }
  ++uses_;
  initialized_.store(true, std::memory_order_release);
  return {};
}

void Runtime::uninitialize() {
  std::shared_ptr<provider::ProviderSet> providers;
  std::shared_ptr<EventEngine> event_engine;
  {
    std::lock_guard lock(mutex_);
    if (uses_ == 0 || --uses_ > 0) return;
    initialized_.store(false, std::memory_order_release);
    event_engine = std::move(event_engine_);
    providers = std::move(providers_);  // WSPCleanup when the last server and client are gone, below or later
  }
  std::vector<std::shared_ptr<Server>> running;
  servers.for_each_handle([&](SOCKET handle) {
    if (auto entry = servers.pin(handle)) running.push_back(entry->server);
  });
  for (auto& server : running) server->request_stop();  // all at once, then one after the other
  for (auto& server : running) {
    // A stop that outlasts its deadline goes on by itself; there is nobody to tell.
    if (!engine::current_task()) [[maybe_unused]]
      auto stopped = stop_server(server);
  }
  close_plain_sockets();
  if (event_engine) end_when_empty(std::move(event_engine));
  running.clear();
  if (!engine::current_task()) reap();
  tls::Resumptions::instance().clear();
  tls::CredentialsCache::instance().clear();
  poller::Waiter::trim();
}

Result<std::shared_ptr<provider::ProviderSet>> Runtime::providers() {
  std::lock_guard lock(mutex_);
  if (!providers_) return Error::not_initialised;
  return providers_;
}

Result<std::shared_ptr<engine::Engine>> Runtime::engine() {
  std::lock_guard lock(mutex_);
  return engine_locked();
}

Result<std::shared_ptr<engine::Engine>> Runtime::engine_locked() {
  if (auto running = engine_.lock()) return running;
  engine::Engine::Options options;
  options.shards = shards_from_environment();
  options.resolve = resolve_task;
  auto started = engine::Engine::start(options);
  if (!started) return started.error();
  std::shared_ptr<engine::Engine> engine = std::move(*started);
  engine_ = engine;
  return engine;
}

Result<SOCKET> Runtime::start_server(ServerOptions options) {
  reap();
  auto providers = this->providers();
  if (!providers) return providers.error();
  engine::before_blocking();  // the address may be a name
  auto address = listen_address(options.local_host);
  if (!address) return address.error();
  auto provider = (*providers)->find(family_of(*address), SOCK_STREAM, IPPROTO_TCP);
  if (!provider) return provider.error();
  auto listener = open_listener(**provider, *address, options);
  if (!listener) return listener.error();
  auto poller = poller::Poller::create();
  auto engine = poller ? this->engine() : Result<std::shared_ptr<engine::Engine>>(poller.error());
  if (!engine) {
    (*provider)->dispose(*listener);
    return engine.error();
  }
  auto server = std::make_shared<Server>(std::move(options), *provider, *engine, *listener, std::move(*poller));
  const SOCKET handle = servers.insert(server).first;
  if (handle == INVALID_SOCKET) return Error::out_of_memory;
  if (auto started = server->start(handle); !started) {
    servers.retire(handle);
    servers.unpin_owner(handle);
    return started.error();
  }
  if (is_initialized()) return handle;
  // Another thread has called InetUninitialize and cannot have seen this server.
  [[maybe_unused]] auto stopped = stop_server(std::move(server));
  return Error::not_initialised;
}

Result<std::shared_ptr<provider::Provider>> Runtime::provider_for(int family, int type, int protocol) {
  auto providers = this->providers();
  if (!providers) return providers.error();
  return (*providers)->find(family, type, protocol);
}

Result<EventEngine*> Runtime::enter_event_engine() {
  std::lock_guard lock(mutex_);
  if (!initialized_.load(std::memory_order_relaxed)) return Error::not_initialised;
  if (!event_engine_) {
    auto engine = engine_locked();
    if (!engine) return engine.error();
    event_engine_ = std::make_shared<EventEngine>(std::move(*engine));
  }
  event_engine_->enter();
  return event_engine_.get();
}

// ---- plain sockets

Result<SOCKET> Runtime::connect(const ConnectOptions& options) {
  auto providers = this->providers();
  if (!providers) return providers.error();
  const Deadline deadline = connect_deadline(options);
  auto connected = connect_socket(**providers, options);
  if (!connected) return connected.error();
  auto handle = adopt(std::move(*connected), options);
  if (!handle || (options.flags & INET_OPTION_SECURE) == 0) return handle;
  auto client = clients.pin(*handle);
  auto secured =
      client ? secure_client(*client, *client->stream(), options.credentials.get(), deadline) : Error::canceled;
  if (secured) return handle;
  close_client(*handle, Stream::Close::orderly);
  return secured.error();
}

Result<SOCKET> Runtime::begin_connect(ConnectOptions options) {
  if (!is_initialized()) return Error::not_initialised;
  const SOCKET handle = clients.insert(std::move(options)).first;
  return handle != INVALID_SOCKET ? Result<SOCKET>(handle) : Error::out_of_memory;
}

Result<Connected> Runtime::connect_for(Attempt& attempt) {
  auto providers = this->providers();
  if (!providers) return Error::canceled;  // the library is being ended
  return connect_socket(**providers, attempt.options, &attempt.cancellation);
}

Result<SOCKET> Runtime::adopt(Connected connected, const ConnectOptions& options) {
  const std::shared_ptr<provider::Provider> provider = connected.provider;
  const SOCKET socket = connected.socket;
  const SOCKET handle = clients.insert(std::move(connected), options).first;
  if (handle == INVALID_SOCKET) provider->dispose(socket);
  if (handle == INVALID_SOCKET) return Error::out_of_memory;
  if (is_initialized()) return handle;
  close_client(handle, Stream::Close::orderly);  // InetUninitialize cannot have seen it
  return Error::not_initialised;
}

Result<SOCKET> Runtime::listen(const ServerOptions& options) {
  auto providers = this->providers();
  if (!providers) return providers.error();
  engine::before_blocking();  // the address may be a name
  auto address = listen_address(options.local_host);
  if (!address) return address.error();
  auto provider = (*providers)->find(family_of(*address), SOCK_STREAM, IPPROTO_TCP);
  if (!provider) return provider.error();
  auto socket = open_listener(**provider, *address, options);
  if (!socket) return socket.error();
  auto listener = adopt_listener(*provider, *socket);
  if (!listener) (*provider)->dispose(*socket);
  return listener;
}

Result<SOCKET> Runtime::adopt_listener(std::shared_ptr<provider::Provider> provider, SOCKET socket) {
  auto poller = poller::Poller::create();
  if (!poller) return poller.error();
  auto [handle, listener] = listeners.insert(Listening{std::move(provider), socket, std::move(*poller)});
  if (handle == INVALID_SOCKET) return Error::out_of_memory;
  auto started = listener->start();
  if (started && is_initialized()) return handle;
  listener->give_away();
  if (listeners.retire(handle)) listeners.unpin_owner(handle);
  return started ? Error::not_initialised : started.error();
}

bool Runtime::close_client(SOCKET handle, Stream::Close how) {
  auto client = clients.pin(handle);
  if (!client || !client->request_close(how)) return false;
  drop_client(*client);
  return true;
}

bool Runtime::close_listener(SOCKET handle) {
  auto listener = listeners.pin(handle);
  if (!listener || !listener->request_close()) return false;
  drop_listener(*listener);
  return true;
}

void Runtime::drop_client(Client& client) {
  const bool was_live = clients.retire(client.handle());
  client.end_events();
  if (was_live) clients.unpin_owner(client.handle());
}

void Runtime::drop_listener(Listener& listener) {
  const bool was_live = listeners.retire(listener.handle());
  listener.end_events();
  if (was_live) listeners.unpin_owner(listener.handle());
}

namespace {

// Calls that waited have been woken, and nobody finds the handle any more, so this is over soon. What is left is the owner's
// reference and the caller's own; and that of the events, if it is their callback that calls.
template <class Table>
bool drop_when_unused(Table& table, PlainSocket& socket) {
  const bool was_live = table.retire(socket.handle());
  socket.end_events();
  engine::before_blocking();
  const bool is_callback = socket.events() != nullptr && engine::current_task() == socket.events();
  const uint64_t left = is_callback ? 3 : 2;
  const Deadline deadline = Deadline::after_ms(kStopDeadline_ms);
  while (table.references(socket.handle()) > left && !deadline.expired())
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  const bool unused = table.references(socket.handle()) <= left;
  if (was_live) table.unpin_owner(socket.handle());
  return unused;
}

}  // namespace

bool Runtime::drop_unused(Client& client) {
  return drop_when_unused(clients, client);
}

bool Runtime::drop_unused(Listener& listener) {
  return drop_when_unused(listeners, listener);
}

void Runtime::close_plain_sockets() {
  clients.for_each_handle([this](SOCKET handle) { close_client(handle, Stream::Close::orderly); });
  listeners.for_each_handle([this](SOCKET handle) { close_listener(handle); });
}

Result<void> Runtime::stop_server(std::shared_ptr<Server> server) {
  server->request_stop();
  if (server->is_callback_here()) return {};
  engine::before_blocking();
  if (!server->wait_stopped(Deadline::after_ms(kStopDeadline_ms))) return Error::timed_out;
  server.reset();
  reap();
  return {};
}

void Runtime::server_ended(Server& server) {
  {
    std::lock_guard lock(mutex_);
    ended_.push_back(server.shared_from_this());
  }
  servers.retire(server.handle());
  servers.unpin_owner(server.handle());
}

void Runtime::reap() {
  std::vector<std::shared_ptr<Server>> ended;
  {
    std::lock_guard lock(mutex_);
    ended.swap(ended_);
  }
  for (auto& server : ended) server->join();
}

}  // namespace inlet::server
