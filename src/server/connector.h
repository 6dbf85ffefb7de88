// Making connections: names, the addresses of a name in turn, options, one deadline for all of it.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "poller/poller.h"
#include "provider/chain.h"
#include "server/address.h"
#include "server/socket_options.h"

namespace inlet::server {

struct CredentialsIn;

struct ConnectOptions {
  std::string host;
  uint16_t port = 0;
  SocketType type = SocketType::stream;
  uint32_t timeout_s = 0;
  DWORD flags = 0;
  std::string local_host;  // "": any
  uint16_t local_port = 0;
  std::shared_ptr<const CredentialsIn> credentials;  // with INET_OPTION_SECURE; nullptr for the defaults
};

// For the connection, and its handshake.
Deadline connect_deadline(const ConnectOptions& options);

struct Connected {
  std::shared_ptr<provider::Provider> provider;  // the socket's
  SOCKET socket;
  SocketType type;
  Endpoint peer;
  bool accepted = false;  // the other side has connected to us
};

// Lets another thread end a connect call.
class Cancellation {
 public:
  // Wakes the call that waits, and fails it and every later one.
  void cancel();
  bool is_canceled() const;
  // Waits as Waiter::wait does.
  // Errors   canceled  by cancel; those of Waiter::wait
  Result<void> wait(SOCKET socket, poller::Ready what, Deadline deadline);

 private:
  mutable std::mutex mutex_;
  poller::Waiter* waiter_ = nullptr;  // GUARDED_BY(mutex_): of the thread that waits
  bool canceled_ = false;             // GUARDED_BY(mutex_)
};

// A connection that is to be made in the background.
struct Attempt {
  ConnectOptions options;
  Cancellation cancellation;
};

// Resolves and connects, trying each address in turn until the time is up; a socket for datagrams is only bound. Waits; hands the
// shard off when in a callback.
//
// Errors   those of InetConnect; canceled
Result<Connected> connect_socket(provider::ProviderSet& providers, const ConnectOptions& options,
                                 Cancellation* cancellation = nullptr);

// What every socket of ours needs before it is used: options, non-blocking mode.
Result<void> prepare_socket(provider::Provider& provider, SOCKET socket, SocketType type, DWORD flags);

}  // namespace inlet::server
