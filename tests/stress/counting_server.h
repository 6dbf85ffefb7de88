// A server that counts who is there, in all and by address, at every moment, and says whether a bound was ever passed.
#ifndef INLET_STRESS_COUNTING_SERVER_H
#define INLET_STRESS_COUNTING_SERVER_H

#include <cswsock10.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "e2e/clock.h"
#include "e2e/loopback.h"

namespace inlet::stress {

// 0 is none.
struct Bounds {
  uint32_t total;
  uint32_t per_address;
};

// Sends one byte to each client that it has let in, so that the client knows.
// Thread   Any.
class CountingServer {
 public:
  CountingServer(const char* host, Bounds bounds, DWORD spacing_ms) : bounds_(bounds), port_(bench::free_port()) {
    handle_ = InetServerStart(host, port_, 0, bounds.total, 0, INET_PRIORITY_NORMAL, INET_OPTION_REUSEADDRESS,
                              &CountingServer::on_event, reinterpret_cast<DWORD_PTR>(this), nullptr);
    InetServerThrottle(handle_, INET_THROTTLE_KEEP, bounds.per_address, spacing_ms);
  }
  ~CountingServer() { InetServerStop(handle_); }
  CountingServer(const CountingServer&) = delete;

  bool is_running() const { return handle_ != INVALID_SOCKET; }
  SOCKET handle() const { return handle_; }
  uint16_t port() const { return port_; }
  uint32_t accepts() const { return accepts_; }
  uint32_t connects() const { return connects_; }
  uint32_t disconnects() const { return disconnects_; }
  uint32_t exceeded() const { return exceeded_; }
  uint32_t most() const { return most_; }
  // Each client is ended when it has sent something.
  void end_at_first_byte() { end_at_first_byte_ = true; }

  void end_all_but(uint32_t count) {
    for (;;) {
      SOCKET client = INVALID_SOCKET;
      {
        const std::scoped_lock lock(mutex_);
        if (there_.size() <= count) return;
        client = there_.begin()->first;
      }
      end(client);
    }
  }

  std::vector<uint64_t> accept_times_ns() {
    const std::scoped_lock lock(mutex_);
    return accept_times_ns_;
  }

 private:
  static VOID CALLBACK on_event(SOCKET handle, UINT event, DWORD, DWORD_PTR parameter) {
    auto& self = *reinterpret_cast<CountingServer*>(parameter);
    switch (event) {
      case INET_EVENT_ACCEPT: return self.on_accept();
      case INET_EVENT_CONNECT: return self.on_connect(handle);
      case INET_EVENT_READ:
        if (self.end_at_first_byte_) self.end(handle);
        return;
      case INET_EVENT_DISCONNECT:
        self.leave(handle);
        ++self.disconnects_;
        return;
      default: return;
    }
  }

  void on_accept() {
    ++accepts_;
    const std::scoped_lock lock(mutex_);
    accept_times_ns_.push_back(bench::now_ns());
  }

  void on_connect(SOCKET client) {
    ++connects_;
    {
      const std::string address = address_of(client);
      const std::scoped_lock lock(mutex_);
      there_[client] = address;
      const uint32_t here = ++by_address_[address];
      most_ = std::max(most_.load(), static_cast<uint32_t>(there_.size()));
      if (bounds_.total != 0 && there_.size() > bounds_.total) ++exceeded_;
      if (bounds_.per_address != 0 && here > bounds_.per_address) ++exceeded_;
    }
    const BYTE served = 's';
    InetWrite(client, &served, 1);
  }

  // Counted down first, because the library may let the next one in before InetDisconnect returns.
  void end(SOCKET client) {
    leave(client);
    InetDisconnect(client);
  }

  void leave(SOCKET client) {
    const std::scoped_lock lock(mutex_);
    const auto at = there_.find(client);
    if (at == there_.end()) return;
    --by_address_[at->second];
    there_.erase(at);
  }

  // What counts as one address: of IPv6 the network.
  static std::string address_of(SOCKET client) {
    INTERNET_ADDRESS address{};
    InetGetPeerAddress(client, &address, nullptr);
    const size_t size = address.ipFamily == INET_ADDRESS_IPV6 ? 8 : 4;
    return {reinterpret_cast<const char*>(address.ipNumber), size};
  }

  const Bounds bounds_;
  const uint16_t port_;
  SOCKET handle_ = INVALID_SOCKET;
  std::atomic<bool> end_at_first_byte_{false};
  std::atomic<uint32_t> accepts_{0}, connects_{0}, disconnects_{0}, exceeded_{0}, most_{0};
  std::mutex mutex_;
  std::map<SOCKET, std::string> there_;         // GUARDED_BY(mutex_)
  std::map<std::string, uint32_t> by_address_;  // GUARDED_BY(mutex_)
  std::vector<uint64_t> accept_times_ns_;       // GUARDED_BY(mutex_)
};

}  // namespace inlet::stress

#endif
