// libevent: bufferevents, whose input buffer is moved to the output as a whole; over OpenSSL with bufferevent_openssl. No
// read-ahead there: libevent 2.1 waits for the socket although OpenSSL has taken in the first message together with the end of
// the handshake.
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <memory>
#include <stdexcept>

#include "e2e/peers/peer.h"
#include "e2e/peers/tls_context.h"

namespace inlet::bench {
namespace {

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

struct Server {
  const PeerOptions* options;
  event_base* base;
  std::unique_ptr<SSL_CTX, ContextDeleter> tls;
};

struct Client {
  const Server* server;
  char mode = 0;
};

void on_read(bufferevent* connection, void* data) {
  auto& client = *static_cast<Client*>(data);
  evbuffer* input = bufferevent_get_input(connection);
  if (client.server->options->blockers) {
    char first = 0;
    evbuffer_copyout(input, &first, 1);
    block_if_told(client.mode, &first);
  }
  bufferevent_write_buffer(connection, input);
}

void on_event(bufferevent* connection, short what, void* data) {
  if (what & BEV_EVENT_CONNECTED) return;
  bufferevent_free(connection);
  delete static_cast<Client*>(data);
}

bufferevent* open_connection(const Server& server, evutil_socket_t fd) {
  if (!server.tls) return bufferevent_socket_new(server.base, fd, BEV_OPT_CLOSE_ON_FREE);
  return bufferevent_openssl_socket_new(server.base, fd, SSL_new(server.tls.get()), BUFFEREVENT_SSL_ACCEPTING,
                                        BEV_OPT_CLOSE_ON_FREE);
}

void on_connection(evconnlistener*, evutil_socket_t fd, sockaddr*, int, void* data) {
  const auto& server = *static_cast<Server*>(data);
  bufferevent* connection = open_connection(server, fd);
  bufferevent_set_max_single_read(connection, kPeerBuffer_bytes);
  bufferevent_set_max_single_write(connection, kPeerBuffer_bytes);
  bufferevent_setcb(connection, on_read, nullptr, on_event, new Client{&server});
  bufferevent_enable(connection, EV_READ | EV_WRITE);
}

void serve(int listener, const PeerOptions& options) {
  Server server{&options, event_base_new(), nullptr};
  if (!options.tls.empty()) {
    server.tls.reset(SSL_CTX_new(TLS_server_method()));
    set_up_tls_server(server.tls.get(), options.tls);
  }
  // 0: it listens already.
  if (evconnlistener_new(server.base, on_connection, &server, LEV_OPT_CLOSE_ON_EXEC, 0, listener) == nullptr) {
    throw std::runtime_error("evconnlistener_new failed");
  }
  event_base_dispatch(server.base);
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  return inlet::bench::run_peer(argc, argv, "libevent_server", inlet::bench::serve);
}
