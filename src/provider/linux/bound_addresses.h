// Where the sockets of this process are bound, and which of them listen: what decides between them, because Linux cannot express
// Winsock's rules (sharing.h). Between processes the kernel judges.
//
// In it are the sockets that the program has bound, and datagram sockets that were bound by a send. Not in it are accepted
// connections and those that connect bound: they take no address away from others.
//
// Owner    Handles of sockets, not references: a handle that is closed meanwhile is found stale by whoever takes it out.
// Thread   Any. One mutex, a leaf, held for a look into memory only; taken to bind, to begin to listen, and to close.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "provider/linux/sharing.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

class BoundAddresses {
 public:
  // Enters a socket that is about to be bound.
  //
  // Returns  The sockets whose place overlaps with this one, and let it in.
  // Errors   invalid        the socket is here already
  //          address_in_use, access_denied   the matrix forbids it
  //          no_buffers     no memory
  Result<std::vector<Handle>> enter(Handle socket, const Place& place);

  // Enters a socket to which the kernel has given a port that nobody had.
  Result<void> enter_unjudged(Handle socket, const Place& place);

  // Begins to listen, or asks again.
  //
  // Returns  Whether it is this socket's turn; if not, an earlier listener of the same address has to close first.
  // Errors   address_in_use   another socket listens at the same wildcard
  Result<bool> begin_listening(Handle socket);

  // Takes a socket out, or takes back only that it listens.
  //
  // Returns  The listener whose turn it is now.
  std::optional<Handle> leave(Handle socket);
  std::optional<Handle> stop_listening(Handle socket);

  // How the socket was bound; by default when it is not here.
  Sharing sharing_of(Handle socket);

  size_t count();

 private:
  struct Entry {
    Handle socket;
    Place place;
    uint64_t turn = 0;  // in the order in which they began to listen; 0 while it does not
  };
  // Who is bound to one port of one protocol; few.
  using Neighbours = std::vector<Entry>;
  using Key = uint32_t;

  static Key key_of(const Place& place);
  Entry* find_locked(Handle socket);
  void insert_locked(Handle socket, const Place& place);
  std::optional<Handle> heir_locked(const Entry& entry);

  std::mutex mutex_;  // guards everything below
  std::unordered_map<Key, Neighbours> by_port_;
  std::unordered_map<Handle, Key> by_socket_;
  uint64_t turns_ = 0;
};

// The table of this process.
BoundAddresses& bound_addresses();

}  // namespace inlet::provider
