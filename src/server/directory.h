// The clients of one server by number and by name.
//
// A number is never used twice in the life of a server. A moniker is a name that the program gives to a client: unique in its
// server, whatever the case of its letters.
//
// Numbers only grow, so the clients stand in a row by number: 12 bytes for each, the newest at the end, and nothing is moved when one
// comes or goes. Who leaves from the middle leaves a gap, and the row is closed up when half of it is gaps.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/op_lock.h"
#include "base/result.h"
#include "cswsock10.h"

namespace inlet::server {

class Directory {
 public:
  // Returns  The number of a new client. May throw bad_alloc, as rename; then nothing has changed.
  uint32_t add(SOCKET client);
  // Errors   invalid         the moniker is too long
  //          address_in_use  another client has it
  Result<void> rename(uint32_t id, const std::string& moniker);
  // From now on only for_each finds the client, until it is removed: its end takes a while.
  void hide(uint32_t id);
  void remove(uint32_t id);

  // INVALID_SOCKET when there is none.
  SOCKET find(uint32_t id) const;
  SOCKET find(const std::string& moniker) const;
  std::string moniker_of(uint32_t id) const;

  // In the order in which they came.
  std::vector<SOCKET> clients() const;

  // Calls visit(client) for each, those that are hidden among them, in that order. None of them can be removed meanwhile, so what is
  // removed before it is destroyed is there. visit must not call the directory, nor wait.
  template <class Visit>
  void for_each(Visit visit) const {
    std::lock_guard lock(mutex_);
    for (const Entry& each : entries_)
      if (each.client() != kGone) visit(each.client() | kShown);
  }

 private:
  static constexpr SOCKET kGone = 0;                 // no client's handle
  static constexpr SOCKET kShown = SOCKET{1} << 63;  // set in each client's handle; cleared while it is hidden
  // The handle in two halves, so that it does not ask for 16 bytes.
  struct Entry {
    uint32_t id;
    uint32_t low, high;
    Entry(uint32_t the_id, SOCKET client) : id(the_id) { set(client); }
    SOCKET client() const { return SOCKET{high} << 32 | low; }
    void set(SOCKET client) {
      low = static_cast<uint32_t>(client);
      high = static_cast<uint32_t>(client >> 32);
    }
  };
  // nullptr when there is none, or no more.
  Entry* find_locked(uint32_t id);
  SOCKET client_locked(uint32_t id) const;
  void trim_locked();
  void close_up_locked();
  // What monikers are compared by.
  static std::string folded(const std::string& moniker);

  void forget_moniker_locked(uint32_t id);

  mutable OpLock mutex_;  // a leaf, but for what for_each calls; guards what follows
  uint32_t last_ = 0;
  std::deque<Entry> entries_;  // by id; the first and the last are no gaps
  size_t gaps_ = 0;
  std::unordered_map<std::string, uint32_t> by_moniker_;
  std::unordered_map<uint32_t, std::string> monikers_;  // of the few that have one
};

}  // namespace inlet::server
