#include "steady_clients.h"

#include <poll.h>
#include <sys/socket.h>

#include <random>
#include <span>

#include "e2e/clock.h"
#include "e2e/loopback.h"

namespace inlet::stress {

namespace {

class Visit {
 public:
  Visit(uint16_t port, const std::atomic<bool>& going, Visits& visits, std::mt19937_64& random)
      : going_(going), visits_(visits), random_(random), socket_(bench::begin_connect(port)) {
    ++visits_.attempted;
  }

  void run() {
    if (!wait_for(POLLOUT)) return end(visits_.stayed);
    if (bench::pending_error(socket_.get()) != 0) return end(visits_.refused);
    for (uint64_t messages = 1 + random_() % 5; messages > 0; --messages)
      if (!exchange()) return;
    if (random_() % 4 == 0) bench::close_with_reset(socket_);
    end(visits_.left);
  }

 private:
  void end(std::atomic<uint64_t>& count) {
    ++count;
    socket_.reset();
  }

  bool wait_for(short what) {
    pollfd wait{socket_.get(), what, 0};
    while (going_)
      if (poll(&wait, 1, 5) > 0) return true;
    return false;
  }

  // Returns  false when the visit has ended.
  bool exchange() {
    unsigned char message[200];
    const size_t size = 1 + random_() % sizeof message;
    for (size_t i = 0; i < size; ++i) message[i] = static_cast<unsigned char>(random_() % kBroadcastByte);
    if (send(socket_.get(), message, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size))
      return end(visits_.ended), false;
    for (size_t got = 0; got < size;) {
      if (!wait_for(POLLIN)) return end(visits_.stayed), false;
      unsigned char bytes[256];
      const ssize_t more = recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (more < 0 && errno == EAGAIN) continue;
      if (more <= 0) return end(visits_.ended), false;
      compare({bytes, static_cast<size_t>(more)}, {message, size}, got);
    }
    ++visits_.echoed;
    return true;
  }

  // A broadcast may come between any two bytes of an echo.
  void compare(std::span<const unsigned char> bytes, std::span<const unsigned char> message, size_t& got) {
    for (const unsigned char byte : bytes) {
      if (byte == kBroadcastByte) continue;
      if (got >= message.size() || byte != message[got]) ++visits_.wrong_bytes;
      ++got;
    }
  }

  const std::atomic<bool>& going_;
  Visits& visits_;
  std::mt19937_64& random_;
  bench::Descriptor socket_;
};

}  // namespace

SteadyClients::SteadyClients(uint16_t port, unsigned count, uint64_t seed) : port_(port) {
  for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this, seed, i] { visit_again_and_again(seed + i); });
}

void SteadyClients::stop() {
  going_ = false;
  for (std::thread& each : threads_) each.join();
  threads_.clear();
}

void SteadyClients::visit_again_and_again(uint64_t seed) {
  std::mt19937_64 random(seed);
  while (going_) {
    Visit(port_, going_, visits_, random).run();
    bench::sleep_ms(random() % 2);
  }
}

}  // namespace inlet::stress
