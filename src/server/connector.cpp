#include "server/connector.h"

#include <winsock2.h>

#include <utility>
#include <vector>

#include "base/limits.h"
#include "engine/context.h"

namespace inlet::server {

void Cancellation::cancel() {
  std::lock_guard lock(mutex_);
  canceled_ = true;
  if (waiter_ != nullptr) waiter_->wake();
}

bool Cancellation::is_canceled() const {
  std::lock_guard lock(mutex_);
  return canceled_;
}

Result<void> Cancellation::wait(SOCKET socket, poller::Ready what, Deadline deadline) {
  const auto waiter = poller::Waiter::borrow();
  {
    std::lock_guard lock(mutex_);
    if (canceled_) return Error::canceled;
    waiter_ = waiter.get();
  }
  for (;;) {
    auto ready = waiter->wait(socket, what, deadline);
    std::lock_guard lock(mutex_);
    const bool again = !ready && ready.error() == Error::canceled && !canceled_ && !deadline.expired();
    if (again) continue;  // a test has moved the clock
    waiter_ = nullptr;
    if (ready) return {};
    if (canceled_) return Error::canceled;
    return ready.error() == Error::canceled ? Error::timed_out : ready.error();
  }
}

namespace {

struct Call {
  const ConnectOptions& options;
  Cancellation& cancellation;
  Deadline deadline;
  const INTERNET_ADDRESS* local;  // nullptr: any
};

Result<void> finish_connect(provider::Provider& provider, SOCKET socket, const Call& call) {
  if (auto waited = call.cancellation.wait(socket, poller::kWritable, call.deadline); !waited) return waited;
  int code = 0;
  int length = sizeof code;
  if (auto got = provider.get_option(socket, SOL_SOCKET, SO_ERROR, &code, &length); !got) return got.error();
  return static_cast<Error>(code);
}

// A socket for datagrams is always bound: without an address of its own it could not be read from before it has written.
Result<void> bind_local(provider::Provider& provider, SOCKET socket, const INTERNET_ADDRESS& peer, const Call& call) {
  const bool datagram = call.options.type == SocketType::datagram;
  if (!datagram && call.local == nullptr && call.options.local_port == 0) return {};
  INTERNET_ADDRESS any{};
  any.ipFamily = peer.ipFamily;
  SocketAddress name = socket_address_of({call.local ? *call.local : any, call.options.local_port});
  return provider.bind(socket, name.get(), name.length);
}

Result<void> connect_to(provider::Provider& provider, SOCKET socket, const Endpoint& peer, const Call& call) {
  if (auto done = prepare_socket(provider, socket, call.options.type, call.options.flags); !done) return done;
  if (auto bound = bind_local(provider, socket, peer.address, call); !bound) return bound;
  if (call.options.type == SocketType::datagram) return {};
  SocketAddress name = socket_address_of(peer);
  auto done = provider.connect(socket, name.get(), name.length);
  if (!done && done.error() == Error::would_block) return finish_connect(provider, socket, call);
  return done;
}

Result<Connected> connect_one(provider::ProviderSet& providers, const INTERNET_ADDRESS& address, const Call& call) {
  const bool datagram = call.options.type == SocketType::datagram;
  const int kind = datagram ? SOCK_DGRAM : SOCK_STREAM;
  const int protocol = datagram ? IPPROTO_UDP : IPPROTO_TCP;
  auto provider = providers.find(family_of(address), kind, protocol);
  if (!provider) return provider.error();
  auto socket = (*provider)->socket(family_of(address), kind, protocol);
  if (!socket) return socket.error();
  const Endpoint peer{address, call.options.port};
  auto done = connect_to(**provider, *socket, peer, call);
  if (done) return Connected{*provider, *socket, call.options.type, peer};
  (*provider)->dispose(*socket);
  return done.error();
}

Result<std::vector<INTERNET_ADDRESS>> addresses_of(const std::string& host) {
  if (auto literal = parse_address(host.c_str(), INET_ADDRESS_UNKNOWN)) return std::vector<INTERNET_ADDRESS>{*literal};
  return resolve(host.c_str());
}

Result<Connected> connect_in_turn(provider::ProviderSet& providers, const Call& call) {
  auto addresses = addresses_of(call.options.host);
  if (!addresses) return addresses.error();
  Error error = Error::address_not_available;  // every address is of another family than the local one
  for (const INTERNET_ADDRESS& address : *addresses) {
    if (call.cancellation.is_canceled()) return Error::canceled;
    if (call.local != nullptr && call.local->ipFamily != address.ipFamily) continue;
    auto connected = connect_one(providers, address, call);
    if (connected || connected.error() == Error::canceled) return connected;
    error = connected.error();
    if (call.deadline.expired()) return Error::timed_out;
  }
  return error;
}

}  // namespace

Deadline connect_deadline(const ConnectOptions& options) {
  const uint32_t timeout_s = std::min(options.timeout_s, kTimeoutMax_s);
  return timeout_s ? Deadline::after_ms(int64_t{timeout_s} * 1000) : Deadline::never();
}

Result<void> prepare_socket(provider::Provider& provider, SOCKET socket, SocketType type, DWORD flags) {
  if (auto set = apply_options(provider, socket, type, flags); !set) return set;
  const DWORD on = 1;
  // As for accepted clients, see acceptor.cpp.
  if (type == SocketType::stream) [[maybe_unused]]
    auto parts = provider.set_option(socket, SOL_SOCKET, INLET_SO_PARTIAL_SEND, &on, sizeof on);
  auto mode = provider.ioctl(socket, static_cast<DWORD>(FIONBIO), 1);
  return mode ? Result<void>() : mode.error();
}

Result<Connected> connect_socket(provider::ProviderSet& providers, const ConnectOptions& options,
                                 Cancellation* cancellation) {
  engine::before_blocking();
  Cancellation nobody;
  INTERNET_ADDRESS local{};
  if (!options.local_host.empty()) {
    auto found = addresses_of(options.local_host);
    if (!found) return found.error();
    local = found->front();
  }
  const Call call{options, cancellation ? *cancellation : nobody, connect_deadline(options),
                  options.local_host.empty() ? nullptr : &local};
  return connect_in_turn(providers, call);
}

}  // namespace inlet::server
