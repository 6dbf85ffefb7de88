// The clients of one server by number and by name.
//
// A number is never used twice in the life of a server. A moniker is a name that the program gives to a client: unique in its
// server, whatever the case of its letters.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "cswsock10.h"

namespace inlet::server {

class Directory {
 public:
  // A new number, and later whose it is. These two may throw bad_alloc, and then nothing has changed: reserve, rename.
  uint32_t reserve();
  void settle(uint32_t id, SOCKET client);
  // Errors   invalid         the moniker is too long
  //          address_in_use  another client has it
  Result<void> rename(uint32_t id, const std::string& moniker);
  void remove(uint32_t id);

  // INVALID_SOCKET when there is none.
  SOCKET find(uint32_t id) const;
  SOCKET find(const std::string& moniker) const;
  std::string moniker_of(uint32_t id) const;

  // In the order in which they came.
  std::vector<SOCKET> clients() const;

 private:
  struct Entry {
    SOCKET client;
    std::string moniker;
  };
  // What monikers are compared by.
  static std::string folded(const std::string& moniker);

  mutable std::mutex mutex_;  // a leaf; guards what follows
  uint32_t last_ = 0;
  std::unordered_map<uint32_t, Entry> entries_;
  std::unordered_map<std::string, uint32_t> by_moniker_;
};

}  // namespace inlet::server
