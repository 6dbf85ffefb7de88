#include "server/client.h"

#include <winsock2.h>

#include <utility>
#include <vector>

#include "base/limits.h"
#include "engine/context.h"
#include "server/securing.h"

namespace inlet::server {

namespace {

Result<void> finish_connect(provider::Provider& provider, SOCKET socket, Deadline deadline) {
  const auto waiter = poller::Waiter::borrow();
  for (;;) {
    auto ready = waiter->wait(socket, poller::kWritable, deadline);
    if (ready) break;
    if (ready.error() != Error::canceled || deadline.expired())
      return ready.error() == Error::canceled ? Error::timed_out : ready.error();
  }
  int code = 0;
  int length = sizeof code;
  if (auto got = provider.get_option(socket, SOL_SOCKET, SO_ERROR, &code, &length); !got) return got.error();
  return static_cast<Error>(code);
}

Result<void> configure(provider::Provider& provider, SOCKET socket, DWORD flags) {
  const DWORD on = 1;
  if (flags & INET_OPTION_KEEPALIVE)
    if (auto set = provider.set_option(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on); !set) return set;
  if (flags & INET_OPTION_NODELAY)
    if (auto set = provider.set_option(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); !set) return set;
  // As for accepted clients, see acceptor.cpp.
  [[maybe_unused]] auto parts = provider.set_option(socket, SOL_SOCKET, INLET_SO_PARTIAL_SEND, &on, sizeof on);
  auto mode = provider.ioctl(socket, static_cast<DWORD>(FIONBIO), 1);
  return mode ? Result<void>() : mode.error();
}

Result<SOCKET> connect_one(provider::Provider& provider, const Endpoint& peer, DWORD flags, Deadline deadline) {
  auto socket = provider.socket(family_of(peer.address), SOCK_STREAM, IPPROTO_TCP);
  if (!socket) return socket.error();
  auto done = configure(provider, *socket, flags);
  if (done) {
    SocketAddress name = socket_address_of(peer);
    done = provider.connect(*socket, name.get(), name.length);
    if (!done && done.error() == Error::would_block) done = finish_connect(provider, *socket, deadline);
  }
  if (done) return *socket;
  provider.dispose(*socket);
  return done.error();
}

}  // namespace

Client::~Client() {
  keep_resumption(*this);
}

Result<Connected> connect_stream(provider::ProviderSet& providers, const ConnectOptions& options) {
  engine::before_blocking();
  const uint32_t timeout_s = std::min(options.timeout_s, kTimeoutMax_s);
  const Deadline deadline = timeout_s ? Deadline::after_ms(int64_t{timeout_s} * 1000) : Deadline::never();
  std::vector<INTERNET_ADDRESS> addresses;
  if (auto literal = parse_address(options.host, INET_ADDRESS_UNKNOWN)) {
    addresses.push_back(*literal);
  } else {
    auto resolved = resolve(options.host);
    if (!resolved) return resolved.error();
    addresses = std::move(*resolved);
  }
  Error error = Error::host_not_found;
  for (const INTERNET_ADDRESS& address : addresses) {
    const Endpoint peer{address, options.port};
    auto provider = providers.find(family_of(address), SOCK_STREAM, IPPROTO_TCP);
    if (!provider) error = provider.error();
    if (!provider) continue;
    auto socket = connect_one(**provider, peer, options.flags, deadline);
    if (socket) return Connected{*provider, *socket, peer};
    error = socket.error();
    if (deadline.expired()) return Error::timed_out;
  }
  return error;
}

}  // namespace inlet::server
