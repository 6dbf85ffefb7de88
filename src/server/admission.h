// Who may become a client: the limits of InetServerThrottle, and what is counted against them.
//
// A client counts from the moment it is let in until its end begins: when a program, or a limit, disconnects it, it counts no
// more, though its callbacks may still run.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "base/clock.h"
#include "server/address.h"

namespace inlet::server {

class Admission {
 public:
  static constexpr uint32_t kKeep = ~uint32_t{0};  // set: leave this limit as it is

  explicit Admission(uint32_t clients_max) : clients_max_(clients_max) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Units    0 is no limit; spacing_ms is the least time between two accepts.
  // Thread   Any. Nobody who is in is put out.
  void set(uint32_t clients_max, uint32_t per_address_max, uint32_t spacing_ms);

  // Lets a client in, and counts it, unless a limit is reached. May throw bad_alloc; then nobody was counted.
  bool enter(const INTERNET_ADDRESS& peer);
  // Returns  whether it was the last one.
  bool leave(const INTERNET_ADDRESS& peer);
  uint32_t count() const;

  // A connection has been taken: the spacing begins. turn_ms is about now, and good enough while there is none.
  void note_accept(int64_t turn_ms);
  // Before this nothing is to be accepted; never() when it may happen at once.
  Deadline next_accept() const;

 private:
  // IPv6 clients own a /64, so that is what counts as one address.
  struct Key {
    uint64_t number;
    BYTE family;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    size_t operator()(const Key& key) const { return std::hash<uint64_t>()(key.number); }
  };
  static Key key_of(const INTERNET_ADDRESS& peer);

  mutable std::mutex mutex_;  // a leaf; guards what follows
  uint32_t clients_max_;
  uint32_t per_address_max_ = 0;
  uint32_t count_ = 0;
  std::unordered_map<Key, uint32_t, Hash> by_address_;
  // Looked at before each accept, so not under the mutex.
  std::atomic<uint32_t> spacing_ms_{0};
  std::atomic<int64_t> last_accept_ms_{0};
};

}  // namespace inlet::server
