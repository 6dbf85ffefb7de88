// Takes connections from a listener and gives them to the server; pauses when the system has no more descriptors.
#pragma once

#include "base/clock.h"
#include "provider/table.h"
#include "server/address.h"

namespace inlet::server {

class Server;

// What the address of a server means: sheet 1.2. A name may take a while.
// Errors   Error::host_not_found and the other ones of a resolver
Result<INTERNET_ADDRESS> listen_address(const std::string& host);

// Opens, binds and listens with a server's options.
// Errors   Error::address_not_available, Error::address_in_use, Error::access_denied; the system's limits
struct ServerOptions;
Result<SOCKET> open_listener(provider::Provider& provider, const INTERNET_ADDRESS& address,
                             const ServerOptions& options);

// Owner    Its server. Thread: the server's own.
class Acceptor {
 public:
  // A connection that is accepted by the system and not yet by the program.
  struct Pending {
    Endpoint peer;
    bool rejected = false;
  };

  Acceptor(Server& server, SOCKET listener) : server_(server), listener_(listener) {}
  ~Acceptor() { close(); }

  SOCKET listener() const { return listener_; }

  // Accepts what waits, at most a batch.
  void accept_waiting();

  // When to call accept_waiting again although the listener has not become ready.
  Deadline next_try() const { return next_try_; }

  // Closes the listener; connections that wait are reset. Harmless twice.
  void close();
  // After close: goes on with another listener.
  void reopen(SOCKET listener);

  Pending* pending() { return pending_; }

 private:
  bool accept_one();
  bool on_error(Error error);
  void decide(SOCKET socket, const Endpoint& peer);
  void refuse(SOCKET socket);

  Server& server_;
  SOCKET listener_;
  Deadline next_try_ = Deadline::never();
  Pending* pending_ = nullptr;
  bool closed_ = false;
  bool exhausted_ = false;  // out of descriptors since the queue was last empty, and said so
};

}  // namespace inlet::server
