// What is process-wide in layer 3: the count of InetInitialize, the provider, the engine, and the tables behind the handles.
// Only the api_*.cpp and the objects in the tables reach for it.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/engine.h"
#include "provider/chain.h"
#include "server/client.h"
#include "server/handle_table.h"
#include "server/server.h"
#include "server/session.h"

namespace inlet::server {

// What a server's handle leads to.
struct ServerEntry {
  ServerEntry(SOCKET, std::shared_ptr<Server> the_server) : server(std::move(the_server)) {}
  std::shared_ptr<Server> server;
};

class Runtime {
 public:
  static Runtime& instance();

  Result<void> initialize();
  void uninitialize();
  bool is_initialized() const { return initialized_.load(std::memory_order_acquire); }

  // Errors   Error::not_initialised; those of InetServerStart
  Result<SOCKET> start_server(ServerOptions options);
  Result<SOCKET> connect(const ConnectOptions& options);

  // Stops a server and waits for it, unless the calling thread runs one of its callbacks.
  Result<void> stop_server(std::shared_ptr<Server> server);
  void close_client(SOCKET handle);

  // From the server thread, as its last act but one: the handle is dead from here on.
  void server_ended(Server& server);

  // Joins the threads of servers that have ended.
  void reap();

  HandleTable<ServerEntry, HandleKind::server> servers;
  HandleTable<Session, HandleKind::session> sessions;
  HandleTable<Client, HandleKind::client> clients;

 private:
  Result<std::shared_ptr<provider::ProviderSet>> providers();
  Result<std::shared_ptr<engine::Engine>> engine();
  Result<void> secure(SOCKET handle, const ConnectOptions& options, Deadline deadline);

  std::atomic<bool> initialized_{false};
  std::mutex mutex_;
  unsigned uses_ = 0;                                 // GUARDED_BY(mutex_)
  std::shared_ptr<provider::ProviderSet> providers_;  // GUARDED_BY(mutex_)
  std::weak_ptr<engine::Engine> engine_;              // GUARDED_BY(mutex_): held by the servers
  std::vector<std::shared_ptr<Server>> ended_;        // GUARDED_BY(mutex_)
};

}  // namespace inlet::server
