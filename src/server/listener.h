// A listener without a server: made by InetListen, emptied by InetAccept.
//
// Owner    The runtime's HandleTable.
// Thread   Any, with a pin. Waiting for clients is serial: one thread looks, the others wait for it.
#pragma once

#include <memory>

#include "base/op_lock.h"
#include "poller/poller.h"
#include "provider/chain.h"
#include "server/connector.h"
#include "server/handle_table.h"
#include "server/plain_socket.h"

namespace inlet::server {

// A listening socket that is on its way to its owner.
struct Listening {
  std::shared_ptr<provider::Provider> provider;
  SOCKET socket;
  std::unique_ptr<poller::Poller> poller;
};

class Listener final : public PlainSocket, private TimeListener {
 public:
  Listener(SOCKET handle, Listening listening);
  ~Listener() override;

  // Watches the socket. Call once.
  Result<void> start();

  SOCKET socket() const { return socket_; }
  provider::Provider& provider() const { return *provider_; }
  Result<Endpoint> local_endpoint() const;

  // Takes the client that has waited longest; waits for one, unless the listener is asynchronous.
  // Errors   timed_out, would_block, canceled; too_many_files
  Result<Connected> accept(Deadline deadline);
  // Resets that client. Never waits.
  // Errors   would_block  nobody waits
  Result<void> reject();

  // Fails calls that wait at this moment; the listener goes on.
  void cancel();
  // Fails calls that wait.
  // Returns  false when somebody was first.
  bool request_close();
  // After request_close: the socket is the program's.
  void give_away();

  // ---- PlainSocket
  SocketType type() const override { return SocketType::listener; }
  Result<void> watch(engine::Shard& shard) override;
  void forget(engine::Shard& shard) override;
  Stream::Input look() override;
  bool is_writable() override { return false; }
  Facts take_facts() override { return facts_.exchange(0, std::memory_order_acq_rel); }
  Error failure() const override { return Error::none; }
  void set_blocking(bool blocks) override;
  void close() override;
  bool hold() override;
  void let_go() override;

 private:
  void time_changed() override { poller_->wake(); }
  void unwatch();
  Result<Connected> try_accept();
  Result<Connected> take_next(Deadline deadline, uint32_t cancels);
  void note(Facts facts);

  const std::shared_ptr<provider::Provider> provider_;
  const SOCKET socket_;
  SOCKET queue_ = INVALID_SOCKET;  // shows clients that wait where the socket does not; see SIO_INLET_READY_DESCRIPTOR
  const std::unique_ptr<poller::Poller> poller_;
  OpLock accept_lock_;
  std::atomic<Facts> facts_{0};
  std::atomic<bool> blocks_{true};
  std::atomic<bool> closing_{false};
  std::atomic<bool> closed_{false};
  std::atomic<uint32_t> cancels_{0};  // how many there were

  using Self = HandleTable<Listener, HandleKind::listener>::Pin;
  Self self_;  // the events'
};

}  // namespace inlet::server
