#include "server/client.h"

#include <utility>

#include "server/runtime.h"
#include "server/securing.h"
#include "server/socket_events.h"

namespace inlet::server {

Client::Client(SOCKET handle, Connected connected, const ConnectOptions& options)
    : PlainSocket(handle),
      type_(connected.type),
      host_(options.host),
      trusts_site_((options.flags & INET_OPTION_TRUSTEDSITE) != 0),
      accepted_(connected.accepted) {
  become(std::move(connected), options.timeout_s);
  announce();
}

Client::Client(SOCKET handle, ConnectOptions options)
    : PlainSocket(handle),
      type_(options.type),
      host_(options.host),
      trusts_site_((options.flags & INET_OPTION_TRUSTEDSITE) != 0),
      accepted_(false),
      attempt_(new Attempt{std::move(options), {}}) {}

Client::~Client() {
  if (own_stream_) keep_resumption(*this, *own_stream_);
}

void Client::become(Connected connected, uint32_t timeout) {
  provider_ = std::move(connected.provider);
  own_stream_.emplace(*provider_, connected.socket, timeout);
  remote_ = connected.peer;
  sender_ = connected.peer;
  made_.store(&*own_stream_);
}

void Client::announce() {
  stream_.store(&*own_stream_);
}

// Runs once, like a callback. Who closes the socket meanwhile, or makes it wait, either finds the stream here, or is found by us: each
// side writes before it reads, in one order for all (the default of atomics).
Result<void> Client::connect() {
  const ConnectOptions& options = attempt_->options;
  const Deadline deadline = connect_deadline(options);
  auto connected = Runtime::instance().connect_for(*attempt_);
  if (!connected) return connected.error();
  become(std::move(*connected), options.timeout_s);
  if (closing_.load()) own_stream_->request_close(Stream::Close::orderly);
  if (options.flags & INET_OPTION_SECURE)
    if (auto secured = secure_client(*this, *own_stream_, options.credentials.get(), deadline); !secured)
      return secured;
  announce();
  own_stream_->set_blocking(blocks_.load());
  return {};
}

bool Client::request_close(Stream::Close how) {
  if (closing_.exchange(true)) return false;
  if (attempt_) attempt_->cancellation.cancel();
  if (Stream* there = made_.load()) there->request_close(how);
  return true;
}

Endpoint Client::peer() const {
  std::lock_guard lock(sender_mutex_);
  return sender_;
}

// ---- datagrams

Result<size_t> Client::receive(void* into, size_t size, Endpoint* from) {
  SocketAddress name;
  auto got = stream()->receive_message(into, size, 0, &name);
  if (!got && got.error() != Error::message_size) return got;
  const Endpoint sender = endpoint_of(name);
  if (from != nullptr) *from = sender;
  std::lock_guard lock(sender_mutex_);
  sender_ = sender;
  return got;
}

Result<size_t> Client::send(const void* from, size_t size, const Endpoint* to) {
  SocketAddress name = socket_address_of(to ? *to : remote_);
  return stream()->send_message(from, size, 0, &name);
}

// ---- for its events

Result<void> Client::watch(engine::Shard& shard) {
  return shard.watch(stream()->socket(), handle());
}

void Client::forget(engine::Shard& shard) {
  shard.forget(stream()->socket());
}

Stream::Input Client::look() {
  if (!is_datagram()) return stream()->probe();
  auto there = stream()->wait_message(Deadline::at_ms(0));
  return there && *there ? Stream::Input::data : Stream::Input::nothing;
}

bool Client::is_writable() {
  auto writable = stream()->wait_writable(Deadline::at_ms(0));
  return writable && *writable;
}

Facts Client::take_facts() {
  return stream()->take_facts();
}

Error Client::failure() const {
  return own_stream_->failure();
}

void Client::flush() {
  stream()->flush();
}

void Client::set_blocking(bool blocks) {
  blocks_.store(blocks);
  if (Stream* there = stream_.load()) there->set_blocking(blocks);
}

void Client::close() {
  if (Stream* there = made_.load()) there->close();
}

bool Client::hold() {
  self_ = Runtime::instance().clients.pin(handle());
  return static_cast<bool>(self_);
}

void Client::let_go() {
  [[maybe_unused]] const Self last = std::move(self_);
}

}  // namespace inlet::server
