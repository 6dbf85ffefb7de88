// What the tests of layer 3 share: a program that records its events, a raw TCP client, free ports, a leak check.
#pragma once

#include <arpa/inet.h>
#include <dirent.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cswsock10.h>
#include <synchapi.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/free_port.h"

namespace inlet::test {

constexpr auto kPatience = std::chrono::seconds(20);  // for conditions that must come true; a pass never waits so long

inline unsigned entries(const char* folder) {
  unsigned count = 0;
  if (DIR* open = opendir(folder)) {
    while (readdir(open)) ++count;
    closedir(open);
  }
  return count;
}
inline unsigned open_descriptors() {
  return entries("/proc/self/fd");
}
inline unsigned threads() {
  return entries("/proc/self/task") - 2;
}  // without . and ..

// Returns  the number of threads once it is not more than expected, or what it is in the end. A joined thread leaves /proc a
//          moment after the join.
inline unsigned threads_settled(unsigned expected) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (threads() > expected && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  return threads();
}

struct Seen {
  SOCKET handle;
  UINT event;
  DWORD error;
};

// Records every event and then runs the test's handler.
class Program {
 public:
  using Handler = std::function<void(SOCKET, UINT, DWORD)>;
  explicit Program(Handler handler = {}) : handler_(std::move(handler)) {}
  ~Program() { stop(); }  // a server must not outlive its program; stopping one that is stopped is harmless
  void stop() {
    for (const SOCKET server : servers_) InetServerStop(server);
    servers_.clear();
  }

  static VOID CALLBACK entry(SOCKET handle, UINT event, DWORD error, DWORD_PTR parameter) {
    reinterpret_cast<Program*>(parameter)->on_event(handle, event, error);
  }

  SOCKET start(uint16_t port, UINT timeout_s = 0, UINT clients_max = 0, const char* host = "127.0.0.1") {
    servers_.push_back(InetServerStart(host, port, 0, clients_max, timeout_s, INET_PRIORITY_NORMAL,
                                       INET_OPTION_REUSEADDRESS, &entry, reinterpret_cast<DWORD_PTR>(this), nullptr));
    return servers_.back();
  }

  // Stops this server too when the program goes.
  SOCKET adopt(SOCKET server) {
    servers_.push_back(server);
    return server;
  }

  // Waits until the condition on what was seen holds. Returns whether it did.
  bool wait(const std::function<bool(const std::vector<Seen>&)>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return condition(seen_); });
  }
  bool wait_for(UINT event, unsigned times = 1) {
    return wait([=](const auto& seen) { return count_in(seen, event) >= times; });
  }
  unsigned count(UINT event) {
    std::lock_guard lock(mutex_);
    return count_in(seen_, event);
  }
  std::vector<Seen> seen() {
    std::lock_guard lock(mutex_);
    return seen_;
  }
  // The error that came with the last such event.
  DWORD error_of(UINT event) {
    std::lock_guard lock(mutex_);
    for (auto each = seen_.rbegin(); each != seen_.rend(); ++each)
      if (each->event == event) return each->error;
    return ~0u;
  }
  static unsigned count_in(const std::vector<Seen>& seen, UINT event) {
    unsigned count = 0;
    for (const Seen& each : seen) count += each.event == event;
    return count;
  }

 private:
  void on_event(SOCKET handle, UINT event, DWORD error) {
    {
      std::lock_guard lock(mutex_);
      seen_.push_back({handle, event, error});
    }
    changed_.notify_all();
    if (handler_) handler_(handle, event, error);
  }
  Handler handler_;
  std::vector<SOCKET> servers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Seen> seen_;
};

// A peer that is not ours: plain system calls.
class RawClient {
 public:
  explicit RawClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
    const timeval patience{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;

  bool connected() const { return connected_; }
  int descriptor() const { return socket_; }
  bool send(const std::string& bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  // Exactly so many bytes, or what came before the end.
  std::string receive(size_t size) {
    std::string got(size, '\0');
    size_t used = 0;
    while (used < size) {
      const ssize_t more = ::recv(socket_, got.data() + used, size - used, 0);
      if (more <= 0) break;
      used += static_cast<size_t>(more);
    }
    got.resize(used);
    return got;
  }
  // 0: the end of the stream; else the errno of a failed receive; -1: data came.
  int end() {
    char byte;
    const ssize_t got = ::recv(socket_, &byte, 1, 0);
    return got == 0 ? 0 : got < 0 ? errno : -1;
  }
  void shut_write() { ::shutdown(socket_, SHUT_WR); }
  void reset() {
    const linger hard{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  int socket_;
  bool connected_ = false;
};

// Reads what is there and sends it back; the usual handler.
inline void echo(SOCKET client) {
  BYTE buffer[16384];
  const INT got = InetRead(client, buffer, sizeof buffer);
  if (got > 0) InetWrite(client, buffer, got);
}

// Initialises the library for a test, and demands that nothing is left behind.
class InetTest : public testing::Test {
 protected:
  void SetUp() override {
    std::thread([] {}).join();  // a sanitizer's own thread appears with the first
    SleepEx(0, TRUE);           // a thread keeps the descriptor that its first wait has made
    descriptors_ = open_descriptors();
    threads_ = threads();
    ASSERT_TRUE(InetInitialize(nullptr, nullptr));
    port_ = free_port();
  }
  void TearDown() override {
    InetUninitialize();
    EXPECT_EQ(open_descriptors(), descriptors_) << "descriptors were left open";
    EXPECT_LE(threads_settled(threads_), threads_) << "threads were left running";
  }

  uint16_t port_ = 0;
  unsigned descriptors_ = 0;
  unsigned threads_ = 0;
};

}  // namespace inlet::test
