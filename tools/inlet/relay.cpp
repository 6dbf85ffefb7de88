#include "relay.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "console.h"

namespace inlet::tool {
namespace {

using Buffer = std::array<BYTE, 65536>;

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

std::string text_of_errno(int number) {
  return std::error_code(number, std::generic_category()).message();
}

}  // namespace

Relay::~Relay() {
  if (stop_event_ >= 0) close(stop_event_);
}

bool Relay::run() {
  stop_event_ = eventfd(0, EFD_CLOEXEC);
  if (stop_event_ < 0) {
    fail(fmt::format("cannot start: {}", text_of_errno(errno)));
    return false;
  }
  note_activity();
  std::thread sender(&Relay::send_all, this);
  receive_all();
  // The sender waits for standard input or for room in the socket; it is called back from both.
  eventfd_write(stop_event_, 1);
  InetDisconnect(socket_);
  sender.join();
  return problem_.empty();
}

// A write that fails says nothing here: the receiver meets the same broken connection, and what the server had still
// sent before it broke is worth reading first.
void Relay::send_all() {
  Buffer buffer;
  while (wait_for_input()) {
    const ssize_t count = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count > 0) {
      if (!write_socket(std::span(buffer).first(static_cast<size_t>(count)))) return;
      continue;
    }
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count == 0) {
      InetShutdown(socket_, INET_SHUTDOWN_WRITE);
    } else {
      // The server must not take what it has got for everything.
      fail(fmt::format("cannot read standard input: {}", text_of_errno(errno)));
      InetAbort(socket_);
    }
    return;
  }
}

void Relay::receive_all() {
  Buffer buffer;
  for (;;) {
    const INT count = InetRead(socket_, buffer.data(), static_cast<INT>(buffer.size()));
    if (count == 0) return;
    if (count > 0) {
      note_activity();
      if (!write_output(std::span(buffer).first(static_cast<size_t>(count)))) return;
      continue;
    }
    const DWORD error = InetGetLastError();
    if (error == ST_ERROR_OPERATION_TIMEOUT && !waits_too_long(error)) continue;
    fail(text_of_error(error));
    return;
  }
}

// False when the relay ends. A file or a closed input is always ready; read() says the rest.
bool Relay::wait_for_input() const {
  std::array<pollfd, 2> watched{{{STDIN_FILENO, POLLIN, 0}, {stop_event_, POLLIN, 0}}};
  while (poll(watched.data(), watched.size(), -1) < 0)
    if (errno != EINTR) return false;
  return watched[1].revents == 0;
}

bool Relay::write_socket(std::span<const BYTE> bytes) {
  while (!bytes.empty()) {
    const INT count = InetWrite(socket_, bytes.data(), static_cast<INT>(bytes.size()));
    if (count > 0) {
      note_activity();
      bytes = bytes.subspan(static_cast<size_t>(count));
    } else if (const DWORD error = InetGetLastError(); error != ST_ERROR_OPERATION_TIMEOUT || waits_too_long(error)) {
      return false;
    }
  }
  return true;
}

// False ends the relay: quietly when the reader of our output has had enough, with a complaint otherwise.
bool Relay::write_output(std::span<const BYTE> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(count));
      note_activity();
    } else if (errno == EAGAIN) {  // somebody else has made our output non-blocking
      pollfd output{STDOUT_FILENO, POLLOUT, 0};
      poll(&output, 1, -1);
    } else if (errno == EPIPE) {
      return false;
    } else if (errno != EINTR) {
      fail(fmt::format("cannot write standard output: {}", text_of_errno(errno)));
      return false;
    }
  }
  return true;
}

void Relay::note_activity() {
  last_activity_ms_.store(now_ms(), std::memory_order_relaxed);
}

// A call that ran out of time is only half the story: the other direction may be busy.
bool Relay::waits_too_long(DWORD error) const {
  if (error != ST_ERROR_OPERATION_TIMEOUT || timeout_s_ == 0) return false;
  return now_ms() - last_activity_ms_.load(std::memory_order_relaxed) >= int64_t{timeout_s_} * 1000;
}

void Relay::fail(std::string problem) {
  const std::lock_guard lock(mutex_);
  if (problem_.empty()) problem_ = std::move(problem);
}

}  // namespace inlet::tool
