// The reference of the echo benchmarks: one epoll a thread, accept4, recv, send, and nothing else.
//
// Level-triggered with one recv per event: on this pattern an edge-triggered loop needs a second recv to see EAGAIN, which costs
// more than it saves. A connection has no state at all until a send finds no room; then the rest waits in a map and reading
// pauses.
#include <algorithm>
#include <unordered_map>
#include <vector>

#include "e2e/peers/peer.h"
#include "e2e/peers/raw_epoll.h"

namespace inlet::bench {
namespace {

class RawEpollServer {
 public:
  RawEpollServer(int listener, const PeerOptions& options)
      : listener_(listener), options_(options), epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
    watch(epoll_, EPOLL_CTL_ADD, listener_, EPOLLIN);
  }

  [[noreturn]] void run() {
    loop(epoll_, [this](int fd, uint32_t events) {
      if (fd == listener_) {
        accept_all(listener_, [this](int client) { welcome(client); });
      } else if (events & EPOLLOUT) {
        send_rest(fd);
      } else {
        answer(fd);
      }
    });
  }

 private:
  void welcome(int fd) {
    watch(epoll_, EPOLL_CTL_ADD, fd, EPOLLIN);
    if (options_.broadcast) clients_.push_back(fd);
  }

  void answer(int fd) {
    const ssize_t got = recv(fd, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) {
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
      return forget(fd);
    }
    if (options_.blockers) block_if_told(modes_[fd], buffer_.data());
    if (options_.broadcast) return tell_others(fd, static_cast<size_t>(got));
    give(fd, static_cast<size_t>(got));
  }

  void give(int fd, size_t size) {
    const auto waiting = rest_.find(fd);
    if (waiting != rest_.end()) {  // only while broadcasting: an echo does not read before everything is sent
      waiting->second.insert(waiting->second.end(), buffer_.data(), buffer_.data() + size);
      return;
    }
    const ssize_t sent = send(fd, buffer_.data(), size, MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(size)) return;
    if (sent < 0 && errno != EAGAIN) return forget(fd);
    rest_[fd].assign(buffer_.data() + (sent < 0 ? 0 : sent), buffer_.data() + size);
    watch(epoll_, EPOLL_CTL_MOD, fd, EPOLLOUT);
  }

  void tell_others(int speaker, size_t size) {
    for (size_t i = clients_.size(); i-- > 0;) {  // backwards, because one that has failed is taken out
      if (clients_[i] != speaker) give(clients_[i], size);
    }
  }

  void send_rest(int fd) {
    std::vector<char>& rest = rest_[fd];
    const ssize_t sent = send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent < 0) return forget(fd);
    rest.erase(rest.begin(), rest.begin() + sent);
    if (!rest.empty()) return;
    rest_.erase(fd);
    watch(epoll_, EPOLL_CTL_MOD, fd, EPOLLIN);
  }

  void forget(int fd) {
    rest_.erase(fd);
    if (options_.blockers) modes_.erase(fd);
    if (options_.broadcast) {
      const auto at = std::find(clients_.begin(), clients_.end(), fd);
      *at = clients_.back();
      clients_.pop_back();
    }
    close(fd);
  }

  const int listener_;
  const PeerOptions& options_;
  Descriptor epoll_;
  std::array<char, kPeerBuffer_bytes> buffer_;
  std::unordered_map<int, std::vector<char>> rest_;
  std::unordered_map<int, char> modes_;
  std::vector<int> clients_;
};

void serve(int listener, const PeerOptions& options) {
  RawEpollServer(listener, options).run();
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  return inlet::bench::run_peer(argc, argv, "raw_epoll_server", inlet::bench::serve);
}
