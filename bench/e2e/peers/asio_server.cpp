// Standalone Asio: callbacks, one io_context a thread, a session that owns its socket and its buffer.
#include <asio.hpp>
#include <asio/ssl.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "e2e/peers/peer.h"
#include "e2e/peers/tls_context.h"

namespace inlet::bench {
namespace {

using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr size_t kFirstBuffer_bytes = 4096;

template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, bool blockers)
      : stream_(std::move(stream)), buffer_(kFirstBuffer_bytes), blockers_(blockers) {}

  void start() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](std::error_code error) {
        if (!error) self->read();
      });
    } else {
      read();
    }
  }

 private:
  void read() {
    stream_.async_read_some(asio::buffer(buffer_),
                            [self = this->shared_from_this()](std::error_code error, size_t got) {
                              if (!error) self->write(got);
                            });
  }

  void write(size_t size) {
    if (blockers_) block_if_told(mode_, buffer_.data());
    asio::async_write(stream_, asio::buffer(buffer_.data(), size),
                      [self = this->shared_from_this(), size](std::error_code error, size_t) {
                        if (!error) self->next(size);
                      });
  }

  // A read that filled the buffer is a reason for a larger one; a small one keeps idle sessions small.
  void next(size_t size) {
    if (size == buffer_.size() && size < kPeerBuffer_bytes) buffer_.resize(kPeerBuffer_bytes);
    read();
  }

  Stream stream_;
  std::vector<char> buffer_;
  const bool blockers_;
  char mode_ = 0;
};

class AsioServer {
 public:
  AsioServer(int listener, const PeerOptions& options)
      : options_(options), io_(1), acceptor_(io_, tcp::v4(), listener) {
    if (options.tls.empty()) return;
    tls_.emplace(asio::ssl::context::tlsv13_server);
    set_up_tls_server(tls_->native_handle(), options.tls);
  }

  void run() {
    accept();
    io_.run();
  }

 private:
  void accept() {
    acceptor_.async_accept([this](std::error_code error, tcp::socket socket) {
      if (!error) welcome(std::move(socket));
      accept();
    });
  }

  void welcome(tcp::socket socket) {
    if (tls_) {
      std::make_shared<Session<TlsStream>>(TlsStream(std::move(socket), *tls_), options_.blockers)->start();
    } else {
      std::make_shared<Session<tcp::socket>>(std::move(socket), options_.blockers)->start();
    }
  }

  const PeerOptions& options_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::optional<asio::ssl::context> tls_;
};

void serve(int listener, const PeerOptions& options) {
  AsioServer(listener, options).run();
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  return inlet::bench::run_peer(argc, argv, "asio_server", inlet::bench::serve);
}
