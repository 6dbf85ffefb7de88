// A plain socket made by InetConnect: a stream without a server behind it.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "provider/chain.h"
#include "server/address.h"
#include "server/stream.h"

namespace inlet::server {

struct CredentialsIn;

struct ConnectOptions {
  const char* host = nullptr;
  uint16_t port = 0;
  uint32_t timeout_s = 0;
  DWORD flags = 0;
  const CredentialsIn* credentials = nullptr;  // with INET_OPTION_SECURE; nullptr for the defaults
};

// Owner    The runtime's HandleTable. The socket is closed when the last call on it has ended.
// Thread   Any, with a pin.
class Client {
 public:
  Client(SOCKET handle, std::shared_ptr<provider::Provider> provider, SOCKET socket, const Endpoint& peer,
         const ConnectOptions& options)
      : handle_(handle),
        provider_(std::move(provider)),
        stream_(*provider_, socket, options.timeout_s),
        peer_(peer),
        host_(options.host),
        trusts_site_((options.flags & INET_OPTION_TRUSTEDSITE) != 0) {}
  ~Client();

  SOCKET handle() const { return handle_; }
  Stream& stream() { return stream_; }
  const Endpoint& peer() const { return peer_; }
  const std::string& host() const { return host_; }  // as the program named it
  bool trusts_site() const { return trusts_site_; }  // whatever its certificate is
  std::atomic<void*> data{nullptr};                  // the program's

 private:
  const SOCKET handle_;
  const std::shared_ptr<provider::Provider> provider_;  // outlives the stream
  Stream stream_;
  const Endpoint peer_;
  const std::string host_;
  const bool trusts_site_;
};

struct Connected {
  std::shared_ptr<provider::Provider> provider;  // the socket's
  SOCKET socket;
  Endpoint peer;
};

// Resolves and connects, trying each address in turn until the time is up. Waits; hands the shard off when in a callback.
// Errors   Those of InetConnect
Result<Connected> connect_stream(provider::ProviderSet& providers, const ConnectOptions& options);

}  // namespace inlet::server
