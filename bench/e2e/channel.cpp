#include "e2e/channel.h"

#include <openssl/err.h>
#include <poll.h>

#include <cerrno>

namespace inlet::bench {

namespace {

constexpr int kStep_ms = 10'000;

// What OpenSSL says about a call that gave nothing, in errno's words.
ssize_t failed_as_errno(SSL* session, int result) {
  switch (SSL_get_error(session, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
    case SSL_ERROR_ZERO_RETURN: return 0;
    default: break;
  }
  ERR_clear_error();  // what is left there would be taken for the next connection's
  errno = EPROTO;
  return -1;
}

}  // namespace

TlsClient::TlsClient() : context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_3_VERSION);
  SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context_.get(), 1);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
}

Channel::Channel(Descriptor socket, const TlsClient* tls) : socket_(std::move(socket)) {
  if (tls == nullptr) return;
  tls_.reset(SSL_new(tls->get()));
  SSL_set_fd(tls_.get(), socket_.get());
  SSL_set_tlsext_host_name(tls_.get(), "localhost");
  SSL_set_connect_state(tls_.get());
}

Channel::Handshake Channel::shake_hands_over_tls() {
  const int result = SSL_do_handshake(tls_.get());
  if (result == 1) return Handshake::done;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ: return Handshake::wants_input;
    case SSL_ERROR_WANT_WRITE: return Handshake::wants_room;
    default: ERR_clear_error(); return Handshake::failed;
  }
}

ssize_t Channel::send_over_tls(const void* from, size_t size) {
  const int sent = SSL_write(tls_.get(), from, static_cast<int>(size));
  return sent > 0 ? sent : failed_as_errno(tls_.get(), sent);
}

ssize_t Channel::recv_over_tls(void* into, size_t size) {
  const int got = SSL_read(tls_.get(), into, static_cast<int>(size));
  return got > 0 ? got : failed_as_errno(tls_.get(), got);
}

Channel open_channel(uint16_t port, const TlsClient* tls) {
  Channel channel(connect_loopback(port), tls);
  while (true) {
    const Channel::Handshake state = channel.shake_hands();
    if (state == Channel::Handshake::done) return channel;
    if (state == Channel::Handshake::failed) throw std::system_error(EPROTO, std::generic_category(), "TLS handshake");
    pollfd wait{channel.fd(), static_cast<short>(state == Channel::Handshake::wants_input ? POLLIN : POLLOUT), 0};
    if (poll(&wait, 1, kStep_ms) == 0) throw std::system_error(ETIMEDOUT, std::generic_category(), "TLS handshake");
  }
}

}  // namespace inlet::bench
