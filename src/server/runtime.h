// What is process-wide in layer 3: the count of InetInitialize, the provider, the engine, and the tables behind the handles.
// Only the api_*.cpp and the objects in the tables reach for it.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/engine.h"
#include "provider/chain.h"
#include "server/client.h"
#include "server/event_engine.h"
#include "server/handle_table.h"
#include "server/listener.h"
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
  // A client that is connected in the background: by its events, which the caller asks for.
  Result<SOCKET> begin_connect(ConnectOptions options);
  // What that comes to. Waits.
  Result<Connected> connect_for(Attempt& attempt);
  // A connection, or a socket for datagrams, that is there already. Closes it on failure.
  Result<SOCKET> adopt(Connected connected, const ConnectOptions& options);

  Result<SOCKET> listen(const ServerOptions& options);
  // A socket that listens already. Leaves it alone on failure.
  Result<SOCKET> adopt_listener(std::shared_ptr<provider::Provider> provider, SOCKET socket);

  // What serves a catalog entry's sockets.
  Result<std::shared_ptr<provider::Provider>> provider_for(int family, int type, int protocol);

  // The engine for the events of a plain socket, which must leave it.
  Result<EventEngine*> enter_event_engine();

  // Stops a server and waits for it, unless the calling thread runs one of its callbacks.
  Result<void> stop_server(std::shared_ptr<Server> server);
  // Ends a plain socket: its handle is dead when this returns.
  // Returns  false when it was already.
  bool close_client(SOCKET handle, Stream::Close how);
  bool close_listener(SOCKET handle);
  // Retires the handle of one whose closing has been requested, and ends its events.
  void drop_client(Client& client);
  void drop_listener(Listener& listener);
  // The same for one that was given away, and waits until no other call uses it.
  // Returns  false when some still do after kStopDeadline_ms.
  bool drop_unused(Client& client);
  bool drop_unused(Listener& listener);

  // From the server thread, as its last act but one: the handle is dead from here on.
  void server_ended(Server& server);

  // Joins the threads of servers that have ended.
  void reap();

  HandleTable<ServerEntry, HandleKind::server> servers;
  HandleTable<Session, HandleKind::session> sessions;
  HandleTable<Client, HandleKind::client> clients;
  HandleTable<Listener, HandleKind::listener> listeners;

 private:
  Result<std::shared_ptr<provider::ProviderSet>> providers();
  Result<std::shared_ptr<engine::Engine>> engine();
  Result<std::shared_ptr<engine::Engine>> engine_locked();
  void close_plain_sockets();

  std::atomic<bool> initialized_{false};
  std::mutex mutex_;
  unsigned uses_ = 0;                                 // GUARDED_BY(mutex_)
  std::shared_ptr<provider::ProviderSet> providers_;  // GUARDED_BY(mutex_)
  std::weak_ptr<engine::Engine> engine_;              // GUARDED_BY(mutex_): held by the servers and the next
  std::shared_ptr<EventEngine> event_engine_;         // GUARDED_BY(mutex_)
  std::vector<std::shared_ptr<Server>> ended_;        // GUARDED_BY(mutex_)
};

}  // namespace inlet::server
