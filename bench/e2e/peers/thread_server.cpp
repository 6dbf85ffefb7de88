// A thread for each client, blocking calls: the simplest server there is.
#include <fcntl.h>

#include <thread>

#include "e2e/loopback.h"
#include "e2e/peers/peer.h"

namespace inlet::bench {
namespace {

bool give(int fd, const char* data, ssize_t size) {
  for (ssize_t sent = 0; sent < size;) {
    const ssize_t now = send(fd, data + sent, static_cast<size_t>(size - sent), MSG_NOSIGNAL);
    if (now < 0) return false;
    sent += now;
  }
  return true;
}

void serve_client(Descriptor client, bool blockers) {
  char buffer[kPeerBuffer_bytes];
  char mode = 0;
  while (true) {
    const ssize_t got = recv(client.get(), buffer, sizeof buffer, 0);
    if (got <= 0) return;
    if (blockers) block_if_told(mode, buffer);
    if (!give(client.get(), buffer, got)) return;
  }
}

void serve(int listener, const PeerOptions& options) {
  checked(fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) & ~O_NONBLOCK), "fcntl");
  while (true) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) std::thread(serve_client, Descriptor(fd), options.blockers).detach();
  }
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  return inlet::bench::run_peer(argc, argv, "thread_server", inlet::bench::serve);
}
