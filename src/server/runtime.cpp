#include "server/runtime.h"

#include <cstdlib>

#include "base/limits.h"
#include "engine/context.h"
#include "server/securing.h"
#include "tls/credentials_cache.h"
#include "tls/resumptions.h"

namespace inlet::server {

namespace {

engine::Task* resolve_task(uint64_t token) {
  if (kind_of(token) == HandleKind::session) return Runtime::instance().sessions.peek(token);
  ServerEntry* entry = Runtime::instance().servers.peek(token);  // is there until its acceptor has gone
  return entry ? &entry->server->acceptor() : nullptr;
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
  {
    std::lock_guard lock(mutex_);
    if (uses_ == 0 || --uses_ > 0) return;
    initialized_.store(false, std::memory_order_release);
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
  clients.for_each_handle([this](SOCKET handle) { close_client(handle); });
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

Result<SOCKET> Runtime::connect(const ConnectOptions& options) {
  auto providers = this->providers();
  if (!providers) return providers.error();
  const uint32_t timeout_s = std::min(options.timeout_s, kTimeoutMax_s);
  const Deadline deadline = timeout_s ? Deadline::after_ms(int64_t{timeout_s} * 1000) : Deadline::never();
  auto connected = connect_stream(**providers, options);
  if (!connected) return connected.error();
  const SOCKET handle = clients.insert(connected->provider, connected->socket, connected->peer, options).first;
  if (handle == INVALID_SOCKET) {
    connected->provider->dispose(connected->socket);
    return Error::out_of_memory;
  }
  if (auto secured = secure(handle, options, deadline); !secured) {
    close_client(handle);
    return secured.error();
  }
  return handle;
}

Result<void> Runtime::secure(SOCKET handle, const ConnectOptions& options, Deadline deadline) {
  if ((options.flags & INET_OPTION_SECURE) == 0) return {};
  auto client = clients.pin(handle);
  return client ? secure_client(*client, options.credentials, deadline) : Error::canceled;
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

void Runtime::close_client(SOCKET handle) {
  if (auto client = clients.pin(handle)) {
    client->stream().request_close(Stream::Close::orderly);
    if (clients.retire(handle)) clients.unpin_owner(handle);
  }
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
