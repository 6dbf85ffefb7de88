#include "server/acceptor.h"

#include <winsock2.h>
#include <ws2spi.h>
#include <ws2tcpip.h>

#include "base/limits.h"
#include "base/log.h"
#include "server/server.h"
#include "server/socket_options.h"

namespace inlet::server {

namespace {

bool is_any_ipv6(const INTERNET_ADDRESS& address) {
  if (address.ipFamily != INET_ADDRESS_IPV6) return false;
  for (const BYTE byte : address.ipNumber)
    if (byte) return false;
  return true;
}

// Closes the socket unless it is released.
class OpenSocket {
 public:
  OpenSocket(provider::Provider& provider, SOCKET socket) : provider_(provider), socket_(socket) {}
  ~OpenSocket() {
    if (socket_ == INVALID_SOCKET) return;
    provider_.dispose(socket_);
  }
  OpenSocket(const OpenSocket&) = delete;
  SOCKET get() const { return socket_; }
  SOCKET release() { return std::exchange(socket_, INVALID_SOCKET); }

 private:
  provider::Provider& provider_;
  SOCKET socket_;
};

Result<void> set_flag(provider::Provider& provider, SOCKET socket, int level, int name, DWORD value) {
  return provider.set_option(socket, level, name, &value, sizeof value);
}

// EXCLUSIVE is stronger than REUSEADDRESS. Who shares a port goes over the remains of the others, too.
bool is_exclusive(const ServerOptions& options) {
  constexpr DWORD kOpen = INET_OPTION_REUSEADDRESS | INLET_OPTION_SHAREPORT;
  return (options.flags & kOpen) == 0 || (options.flags & INET_OPTION_EXCLUSIVE) != 0;
}

// Clients inherit these from the listener, which saves calls for each of them.
Result<void> configure(provider::Provider& provider, SOCKET socket, const ServerOptions& options, bool dual_stack) {
  if (dual_stack)
    if (auto set = set_flag(provider, socket, IPPROTO_IPV6, IPV6_V6ONLY, 0); !set) return set;
  // Winsock goes over what an earlier server has left without being asked, and means by SO_REUSEADDR that two servers share one
  // address. So the option of ours is Winsock's default, and without it nothing is shared, not even remains.
  if (is_exclusive(options))
    if (auto set = set_flag(provider, socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1); !set) return set;
  if (auto set = apply_options(provider, socket, SocketType::listener, options.flags); !set) return set;
  // A server that is to use less keeps less for each client. Before listening, because it limits the window a client is offered.
  if (const DWORD bytes = static_cast<DWORD>(kPriorityBufferBytes[options.priority])) {
    if (auto set = set_flag(provider, socket, SOL_SOCKET, SO_RCVBUF, bytes); !set) return set;
    if (auto set = set_flag(provider, socket, SOL_SOCKET, SO_SNDBUF, bytes); !set) return set;
  }
  // A stream sends on by itself when there is room again, so a provider need not copy what does not fit. Others than Inlet's
  // do not know the option, and may take a part anyway.
  [[maybe_unused]] auto parts = set_flag(provider, socket, SOL_SOCKET, INLET_SO_PARTIAL_SEND, 1);
  auto mode = provider.ioctl(socket, static_cast<DWORD>(FIONBIO), 1);
  return mode ? Result<void>() : mode.error();
}

// Winsock says "access denied" to an exclusive socket whose port another exclusive one holds, as it does for a port that needs a
// privilege; only the numbers below 1024 need one.
Error bind_error(Error error, const ServerOptions& options) {
  constexpr UINT kFirstFreePort = 1024;
  const bool held = is_exclusive(options) && error == Error::access_denied && options.local_port >= kFirstFreePort;
  return held ? Error::address_in_use : error;
}

}  // namespace

Result<INTERNET_ADDRESS> listen_address(const std::string& host) {
  if (host.empty()) return parse_address("0.0.0.0", INET_ADDRESS_IPV4);
  if (auto literal = parse_address(host.c_str(), INET_ADDRESS_UNKNOWN)) return literal;
  auto resolved = resolve(host.c_str());
  if (!resolved) return resolved.error();
  return resolved->front();
}

Result<SOCKET> open_listener(provider::Provider& provider, const INTERNET_ADDRESS& address,
                             const ServerOptions& options) {
  auto made = provider.socket(family_of(address), SOCK_STREAM, IPPROTO_TCP);
  if (!made) return made.error();
  OpenSocket socket(provider, *made);
  if (auto done = configure(provider, socket.get(), options, is_any_ipv6(address)); !done) return done.error();
  SocketAddress name = socket_address_of({address, options.local_port});
  if (auto done = provider.bind(socket.get(), name.get(), name.length); !done) return bind_error(done.error(), options);
  const int backlog = options.backlog == 0 ? SOMAXCONN : static_cast<int>(std::min<UINT>(options.backlog, kBacklogMax));
  if (auto done = provider.listen(socket.get(), backlog); !done) return done.error();
  return socket.release();
}

Result<void> Acceptor::attach(engine::Shard& shard, SOCKET server_handle) {
  set_shard(&shard);
  token_ = server_handle;
  return watch_listener();
}

// The poller may be told by any thread; who drives the shard does not matter.
Result<void> Acceptor::watch_listener() {
  if (auto watched = shard()->watch(listener(), token_); !watched) return watched.error();
  held_.emplace(server_.provider(), listener());
  // A waiting client may have been moved to where the listener's own descriptor does not show it.
  auto queued = server_.provider().ioctl(listener(), SIO_INLET_READY_DESCRIPTOR, 0);
  if (!queued && queued.error() != Error::not_supported) return queued.error();  // a provider without such a place
  if (queued)
    if (auto watched = shard()->watch(*queued, token_); !watched) return watched.error();
  return {};
}

// ---- the driver

void Acceptor::on_ready(poller::Ready) {
  due_ |= kTry;
  consider();
}

void Acceptor::on_timer(int64_t) {}  // the server thread has the finer clock

void Acceptor::on_signals(engine::Signals signals) {
  if (!queued_ && shut_) {  // posted while we ended; now the mailbox can be closed
    if (close_mail()) shard()->bury(*this);
    return;
  }
  if (signals & kOpen) open_ = true, signals |= kTry;
  due_ |= signals & ~kOpen;
  consider();
}

void Acceptor::consider() {
  if (queued_ || shut_) return;
  work_ = choose();
  if (work_ == 0) return;
  due_ &= ~work_;
  queued_ = true;
  set_priority(server_.priority.load(std::memory_order_relaxed));
  shard()->schedule(*this);
}

engine::Signals Acceptor::choose() {
  for (const engine::Signals what : {kShut, kRestart, kIdle, kTry})
    if ((due_ & what) && (open_ || what == kShut)) return what;
  return 0;
}

void Acceptor::settle() {
  queued_ = false;
  for (unsigned i = 0; i < fresh_count_; ++i) fresh_[i]->start_here();
  fresh_count_ = 0;
  if (std::exchange(more_, false)) due_ |= kTry;
  if (!shut_) return consider();
  if (close_mail()) shard()->bury(*this);
}

void Acceptor::release() {
  server_.acceptor_gone();
}

// ---- performing

void Acceptor::perform() {
  switch (work_) {
    case kShut:
      close();
      shut_ = true;
      return;
    case kRestart: return server_.restart_here();
    case kIdle: return server_.notify_idle();
    default: return accept_waiting();
  }
}

void Acceptor::accept_waiting() {
  Deadline next_try = Deadline::never();
  if (held_) held_->begin();
  for (unsigned i = 0; i < kAcceptBatch; ++i) {
    ServerLock::pass(server_.handle());
    if (!server_.is_accepting()) return;
    next_try = server_.admission().next_accept();
    if (!next_try.is_never()) return server_.try_accept_at(next_try);
    if (!accept_one()) return;
  }
  more_ = true;  // the listener reports edges: there may be more, and no edge would say so
}

// more: whether others may wait.
Result<SOCKET> Acceptor::accept_next(SocketAddress& peer, bool& more) {
  more = true;
  if (held_ && *held_) return held_->accept(server_.provider(), listener(), peer.get(), &peer.length, &more);
  return server_.provider().accept(listener(), peer.get(), &peer.length);
}

// Returns  whether to go on.
bool Acceptor::accept_one() {
  SocketAddress peer;
  bool more;
  auto accepted = accept_next(peer, more);
  if (!accepted) return on_error(accepted.error());
  server_.admission().note_accept(shard()->turn_ms());
  if (!more) exhausted_ = false;
  decide(*accepted, endpoint_of(peer));
  return more;
}

bool Acceptor::on_error(Error error) {
  switch (error) {
    case Error::would_block: exhausted_ = false; return false;
    case Error::conn_reset:  // about the one connection that waited, not about the listener: see accept(2)
    case Error::conn_aborted:
    case Error::net_down:
    case Error::net_unreachable:
    case Error::host_down:
    case Error::host_unreachable:
    case Error::timed_out:
    case Error::access_denied: return true;  // a firewall rule
    case Error::too_many_files:
    case Error::no_buffers:
      if (!exhausted_) log_line("out of descriptors or memory: new connections wait");
      exhausted_ = true;
      server_.pause_accepting(Deadline::after_ms(kAcceptRetry_ms));  // or when a session ends
      return false;
    default:
      log_line("accept failed in an unexpected way; trying again");
      server_.try_accept_at(Deadline::after_ms(kAcceptRetry_ms));
      return false;
  }
}

// The order is the sheet's (2.4): the program first, then the limits.
void Acceptor::decide(SOCKET socket, const Endpoint& peer) {
  Pending pending{peer, false};
  pending_ = &pending;
  server_.notify(INET_EVENT_ACCEPT);
  pending_ = nullptr;
  if (pending.rejected || server_.stop_requested()) return refuse(socket);
  if (!server_.admit(socket, peer)) refuse(socket);
}

// A reset tells the client at once and leaves nothing behind here.
void Acceptor::refuse(SOCKET socket) {
  const linger hard{1, 0};
  [[maybe_unused]] auto set = server_.provider().set_option(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  server_.provider().dispose(socket);
}

Result<void> Acceptor::reopen(SOCKET listener) {
  listener_.store(listener, std::memory_order_release);
  closed_ = false;
  return watch_listener();
}

void Acceptor::close() {
  if (std::exchange(closed_, true)) return;
  if (shard()) shard()->forget(listener());
  held_.reset();
  server_.provider().dispose(listener());
}

}  // namespace inlet::server
