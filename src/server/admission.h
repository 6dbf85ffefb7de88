// Who may become a client: the limits of InetServerThrottle, and what is counted against them.
//
// A client counts from the moment it is let in until its end begins: when a program, or a limit, disconnects it, it counts no
// more, though its callbacks may still run.
//
// What the clients of one address are is known only from when a limit for them is first in force; then those who are in are counted once,
// by the server, and from there on each that comes and goes. Until then a client costs one number.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "base/clock.h"
#include "server/address.h"

namespace inlet::server {

// How a client counts.
enum class Counted : uint8_t {
  no,         // not any more
  in_total,   // it came before anybody asked for its address
  by_address  // for its address too
};

class Admission {
 public:
  static constexpr uint32_t kKeep = ~uint32_t{0};  // set: leave this limit as it is

  explicit Admission(uint32_t clients_max) : clients_max_(clients_max) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Units    0 is no limit; spacing_ms is the least time between two accepts.
  // Thread   Any. Nobody who is in is put out.
  void set(uint32_t clients_max, uint32_t per_address_max, uint32_t spacing_ms);

  // Whether begin_addresses has to be called before the next enter.
  bool lacks_addresses() const { return per_address_max_.load(std::memory_order_relaxed) != 0 && !knows_addresses_; }
  // From now on clients are counted by address. Before that, call recount for each who is in.
  void begin_addresses() { knows_addresses_ = true; }
  // Counts one who is in for its address too, unless it leaves just now. Harmless twice. May throw bad_alloc; then it is as it was.
  void recount(const INTERNET_ADDRESS& peer, std::atomic<Counted>& counted);

  // Lets a client in, and counts it, unless a limit is reached: then the answer is no. May throw bad_alloc; then nobody was counted.
  // Thread   The acceptor's, as the three above; only it lets anybody in.
  Counted enter(const INTERNET_ADDRESS& peer);
  // Thread   Any. Once for each.
  void leave(const INTERNET_ADDRESS& peer, Counted counted);
  uint32_t count() const { return count_.load(std::memory_order_relaxed); }

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

  Counted enter_by_address(const INTERNET_ADDRESS& peer);

  std::atomic<uint32_t> clients_max_;
  std::atomic<uint32_t> per_address_max_{0};
  std::atomic<uint32_t> count_{0};
  bool knows_addresses_ = false;                        // the acceptor's
  std::mutex mutex_;                                    // a leaf
  std::unordered_map<Key, uint32_t, Hash> by_address_;  // GUARDED_BY(mutex_)
  std::atomic<uint32_t> spacing_ms_{0};
  std::atomic<int64_t> last_accept_ms_{0};
};

}  // namespace inlet::server
