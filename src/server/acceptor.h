// Takes connections from a listener and gives them to the server; pauses when the system has no more descriptors.
#pragma once

#include <array>
#include <atomic>
#include <optional>
#include <string>

#include "base/limits.h"
#include "engine/shard.h"
#include "engine/task.h"
#include "provider/held_listener.h"
#include "provider/table.h"
#include "server/address.h"
#include "server/task_kinds.h"

namespace inlet::server {

class Server;
class Session;

// What the address of a server means: sheet 1.2. A name may take a while.
// Errors   Error::host_not_found and the other ones of a resolver
Result<INTERNET_ADDRESS> listen_address(const std::string& host);

// Opens, binds and listens with a server's options.
// Errors   Error::address_not_available, Error::address_in_use, Error::access_denied; the system's limits
struct ServerOptions;
Result<SOCKET> open_listener(provider::Provider& provider, const INTERNET_ADDRESS& address,
                             const ServerOptions& options);

// Accepts, as a task of one shard: a thread of its own would cost two switches for every connection (docs/benchmarks.md). It also
// calls IDLE and carries restarts out, so that the server events that come while a server runs never overlap.
//
// Owner    Its server, which exists until acceptor_gone has been called.
// Thread   perform, and what it calls, runs on the thread that has picked the task up; the flags are the driver's; request and
//          listener may be called by any thread.
class Acceptor final : public engine::SimpleTask {
 public:
  // A connection that is accepted by the system and not yet by the program.
  struct Pending {
    Endpoint peer;
    bool rejected = false;
  };

  Acceptor(Server& server, SOCKET listener) : SimpleTask(kAcceptorTask), server_(server), listener_(listener) {}
  ~Acceptor() { close(); }

  Server& server() const { return server_; }
  SOCKET listener() const { return listener_.load(std::memory_order_acquire); }

  // Watches the listener on a shard; nothing is accepted before kOpen. Call once, before any request.
  // Errors   those of Poller::watch; the acceptor has to be closed all the same
  Result<void> attach(engine::Shard& shard, SOCKET server_handle);

  static constexpr engine::Signals kOpen = engine::kFirstFreeSignal;          // begin to accept
  static constexpr engine::Signals kTry = engine::kFirstFreeSignal << 1;      // somebody may be waiting after all
  static constexpr engine::Signals kIdle = engine::kFirstFreeSignal << 2;     // the last client has gone
  static constexpr engine::Signals kRestart = engine::kFirstFreeSignal << 3;  // Server::restart_here
  static constexpr engine::Signals kShut = engine::kFirstFreeSignal << 4;     // close the listener; the last one
  void request(engine::Signals what) { shard()->post(*this, what); }

  // ---- while performing

  Pending* pending() { return pending_; }
  // Gives up the listener, and goes on with another one; the server's handle is watched again.
  void close();
  Result<void> reopen(SOCKET listener);
  // A session for this very shard, which is told as soon as the shard is driven again.
  void keep(Session& session) { fresh_[fresh_count_++] = &session; }

  // ---- engine::Task

  void on_ready(poller::Ready ready) override;
  void on_timer(int64_t now_ms) override;
  void on_signals(engine::Signals signals) override;
  void perform() override;
  void settle() override;
  void release() override;

 private:
  void consider();
  engine::Signals choose();
  Result<void> watch_listener();
  void accept_waiting();
  Result<SOCKET> accept_next(SocketAddress& peer, bool& more);
  bool accept_one();
  bool on_error(Error error);
  void decide(SOCKET socket, const Endpoint& peer);
  void refuse(SOCKET socket);

  Server& server_;
  std::atomic<SOCKET> listener_;
  std::optional<provider::HeldListener> held_;  // perform's: the short way to it
  SOCKET token_ = 0;                            // the server's handle
  engine::Signals due_ = 0;                     // the driver's: what is to be done
  engine::Signals work_ = 0;                    // chosen by the driver for perform
  bool open_ = false;                           // the driver's
  bool queued_ = false;                         // the driver's
  bool shut_ = false;                           // perform's, then settle's: the listener is closed for good
  bool closed_ = false;                         // perform's: there is no listener
  bool more_ = false;                           // perform's, then settle's: the batch was full
  bool exhausted_ = false;      // perform's: out of descriptors since the queue was last empty, and said so
  Pending* pending_ = nullptr;  // perform's
  unsigned fresh_count_ = 0;    // perform's, then settle's
  std::array<Session*, kAcceptBatch> fresh_{};
};

}  // namespace inlet::server
