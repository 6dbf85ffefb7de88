// A plain socket that data moves on: made by InetConnect, InetAccept or InetAttachSocket; a stream, or a socket for datagrams.
//
// One that InetAsyncConnect has begun has no stream yet. Its events make the connection, see socket_events.h.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "provider/chain.h"
#include "server/address.h"
#include "server/connector.h"
#include "server/handle_table.h"
#include "server/plain_socket.h"

namespace inlet::server {

class Client final : public PlainSocket {
 public:
  Client(SOCKET handle, Connected connected, const ConnectOptions& options);
  ~Client() override;
  // Still to be connected.
  Client(SOCKET handle, ConnectOptions options);

  // nullptr while it is connecting.
  Stream* stream() { return stream_.load(std::memory_order_acquire); }
  const std::string& host() const { return host_; }  // as the program named it
  bool trusts_site() const { return trusts_site_; }  // whatever its certificate is
  bool was_accepted() const { return accepted_; }    // by InetAccept, so that in TLS we are the server
  bool is_datagram() const { return type_ == SocketType::datagram; }
  // The other end; of a socket for datagrams the sender of the last one that was read, at first the address to send to.
  Endpoint peer() const;

  // Returns  false when somebody was first.
  bool request_close(Stream::Close how);
  // Ends the attempt of one that is connecting, which then has failed.
  void cancel_connect() { attempt_->cancellation.cancel(); }

  // Datagrams: read from anybody, written to the address of the connect call or to another one.
  Result<size_t> receive(void* into, size_t size, Endpoint* from);
  Result<size_t> send(const void* from, size_t size, const Endpoint* to);
  const Endpoint& default_destination() const { return remote_; }

  // ---- PlainSocket
  SocketType type() const override { return type_; }
  Result<void> connect() override;
  bool is_connecting() const override { return attempt_ != nullptr; }
  Result<void> watch(engine::Shard& shard) override;
  void forget(engine::Shard& shard) override;
  Stream::Input look() override;
  bool is_writable() override;
  Facts take_facts() override;
  Error failure() const override;
  void flush() override;
  void set_blocking(bool blocks) override;
  void close() override;
  bool hold() override;
  void let_go() override;

 private:
  void become(Connected connected, uint32_t timeout);
  void announce();

  const SocketType type_;
  const std::string host_;
  const bool trusts_site_;
  const bool accepted_;
  std::atomic<bool> closing_{false};
  std::atomic<bool> blocks_{true};          // for the stream that is still to come
  const std::unique_ptr<Attempt> attempt_;  // of one that was made by InetAsyncConnect

  // Set once, before made_ and stream_
  std::shared_ptr<provider::Provider> provider_;  // outlives the stream
  std::optional<Stream> own_stream_;
  Endpoint remote_;

  std::atomic<Stream*> made_{nullptr};    // can be closed, and may still be doing its handshake
  std::atomic<Stream*> stream_{nullptr};  // is the program's
  mutable std::mutex sender_mutex_;       // a leaf
  Endpoint sender_;                       // GUARDED_BY(sender_mutex_)

  using Self = HandleTable<Client, HandleKind::client>::Pin;
  Self self_;  // the events'
};

}  // namespace inlet::server
