// A client's connection, plain or over TLS, with one interface for the engines of the load generator.
#ifndef INLET_BENCH_CHANNEL_H
#define INLET_BENCH_CHANNEL_H

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <memory>

#include "e2e/descriptor.h"
#include "e2e/loopback.h"

namespace inlet::bench {

// What TLS clients share: TLS 1.3 only, no resumption, so that each handshake is a full one. The server's certificate is not
// checked: that would be the client's time, and the bytes are checked instead.
class TlsClient {
 public:
  TlsClient();
  SSL_CTX* get() const { return context_.get(); }

 private:
  struct Deleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Deleter> context_;
};

// Owner    of the socket and of what TLS keeps for it.
class Channel {
 public:
  Channel() = default;
  // tls nullptr: plain. The socket does not block; it may still be connecting.
  explicit Channel(Descriptor socket, const TlsClient* tls = nullptr);

  int fd() const { return socket_.get(); }
  explicit operator bool() const { return static_cast<bool>(socket_); }

  enum class Handshake { done, wants_input, wants_room, failed };
  Handshake shake_hands() { return tls_ ? shake_hands_over_tls() : Handshake::done; }

  // As send and recv of the system, errno included.
  ssize_t send(const void* from, size_t size) {
    return tls_ ? send_over_tls(from, size) : ::send(socket_.get(), from, size, MSG_NOSIGNAL);
  }
  ssize_t recv(void* into, size_t size) {
    return tls_ ? recv_over_tls(into, size) : ::recv(socket_.get(), into, size, 0);
  }

  // More can be received although the socket may look empty: TLS takes in more than it gives out.
  bool has_more() const { return tls_ && SSL_has_pending(tls_.get()) == 1; }

  void reset() {
    tls_.reset();
    socket_.reset();
  }
  void reset_hard() {
    tls_.reset();
    close_with_reset(socket_);
  }

 private:
  struct Deleter {
    void operator()(SSL* session) const { SSL_free(session); }
  };
  Handshake shake_hands_over_tls();
  ssize_t send_over_tls(const void* from, size_t size);
  ssize_t recv_over_tls(void* into, size_t size);

  Descriptor socket_;
  std::unique_ptr<SSL, Deleter> tls_;
};

// Connects and shakes hands; waits up to ten seconds for each step.
//
// Errors   std::system_error
Channel open_channel(uint16_t port, const TlsClient* tls);

}  // namespace inlet::bench

#endif
