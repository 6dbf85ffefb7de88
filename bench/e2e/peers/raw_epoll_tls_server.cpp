// The reference of the TLS benchmarks: raw_epoll_server with OpenSSL on the socket, and nothing between the two.
#include <openssl/err.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "e2e/peers/peer.h"
#include "e2e/peers/raw_epoll.h"
#include "e2e/peers/tls_context.h"

namespace inlet::bench {
namespace {

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SessionDeleter {
  void operator()(SSL* session) const { SSL_free(session); }
};

struct Client {
  std::unique_ptr<SSL, SessionDeleter> tls;
  std::vector<char> rest;  // of an echo that found no room; reading pauses meanwhile
  uint32_t interest = EPOLLIN;
};

class RawEpollTlsServer {
 public:
  RawEpollTlsServer(int listener, const PeerOptions& options)
      : listener_(listener),
        epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        context_(SSL_CTX_new(TLS_server_method())) {
    set_up_tls_server(context_.get(), options.tls);
    // One receive takes whatever is there, instead of one for the header of a record and one for the rest.
    SSL_CTX_set_read_ahead(context_.get(), 1);
    watch(epoll_, EPOLL_CTL_ADD, listener_, EPOLLIN);
  }

  [[noreturn]] void run() {
    loop(epoll_, [this](int fd, uint32_t) {
      if (fd == listener_) return accept_all(listener_, [this](int client) { welcome(client); });
      const auto at = clients_.find(fd);
      if (at != clients_.end() && !advance(fd, at->second)) forget(fd);
    });
  }

 private:
  void welcome(int fd) {
    watch(epoll_, EPOLL_CTL_ADD, fd, EPOLLIN);
    Client& client = clients_[fd];
    client.tls.reset(SSL_new(context_.get()));
    SSL_set_fd(client.tls.get(), fd);
    SSL_set_accept_state(client.tls.get());
  }

  // Goes on with a client until it has to wait. The handshake is done by the first read.
  // Returns  false when the client has gone.
  bool advance(int fd, Client& client) {
    if (!client.rest.empty() && !send_rest(fd, client)) return false;
    while (client.rest.empty()) {
      const int got = SSL_read(client.tls.get(), buffer_.data(), static_cast<int>(buffer_.size()));
      if (got <= 0) return settle(fd, client, got);
      if (!give(fd, client, buffer_.data(), got)) return false;
      if (SSL_has_pending(client.tls.get()) == 0) return ask(fd, client, client.rest.empty() ? EPOLLIN : EPOLLOUT);
    }
    return true;
  }

  bool settle(int fd, Client& client, int result) {
    const int why = SSL_get_error(client.tls.get(), result);
    if (why == SSL_ERROR_WANT_READ) return ask(fd, client, EPOLLIN);
    if (why == SSL_ERROR_WANT_WRITE) return ask(fd, client, EPOLLOUT);
    ERR_clear_error();  // what is left there would be taken for the next client's
    return false;
  }

  bool give(int fd, Client& client, const char* data, int size) {
    for (int sent = 0; sent < size;) {
      const int now = SSL_write(client.tls.get(), data + sent, size - sent);
      if (now > 0) {
        sent += now;
        continue;
      }
      client.rest.assign(data + sent, data + size);
      return settle(fd, client, now);
    }
    return true;
  }

  bool send_rest(int fd, Client& client) {
    const std::vector<char> rest = std::move(client.rest);
    client.rest.clear();
    return give(fd, client, rest.data(), static_cast<int>(rest.size()));
  }

  bool ask(int fd, Client& client, uint32_t interest) {
    if (client.interest == interest) return true;
    client.interest = interest;
    watch(epoll_, EPOLL_CTL_MOD, fd, interest);
    return true;
  }

  void forget(int fd) {
    clients_.erase(fd);
    close(fd);
  }

  const int listener_;
  Descriptor epoll_;
  std::unique_ptr<SSL_CTX, ContextDeleter> context_;
  std::array<char, kPeerBuffer_bytes> buffer_;
  std::unordered_map<int, Client> clients_;
};

void serve(int listener, const PeerOptions& options) {
  RawEpollTlsServer(listener, options).run();
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  return inlet::bench::run_peer(argc, argv, "raw_epoll_tls_server", inlet::bench::serve);
}
