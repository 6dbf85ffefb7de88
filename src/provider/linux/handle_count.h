// The handles of a socket that has more than one: its own, duplicates in this process (aliases, see sockets.h), and those that
// are promised to whoever opens an offer (offers.h).
//
// A socket that was never duplicated has none of this, and its closing costs nothing more for it.
//
// Thread   Any; one mutex for each such socket, a leaf.
#pragma once

#include <mutex>
#include <vector>

#include "base/result.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// Owner    The socket's extension.
class HandleCount {
 public:
  // Errors   not_socket  the last handle has been closed
  //          no_buffers  no memory
  Result<void> count(SocketRef& socket);
  // True when it was the last.
  bool uncount();
  bool is_last();

  void list(int alias_fd);
  void unlist(int alias_fd);
  // Makes the descriptors of the aliases stand for what the socket's stands for.
  void follow(int fd);

  void note_elsewhere();
  bool is_elsewhere();

 private:
  std::mutex mutex_;  // guards what follows
  size_t handles_ = 1;
  std::vector<int> alias_fds_;
  bool elsewhere_ = false;
};

// One more handle of a socket, from now on. Taken back by close_counted, or by the alias that is made for it.
//
// Errors   as HandleCount::count
Result<void> count_handle(SocketRef& socket);

// One handle less; true when it was the last. For sockets.cpp, which then closes the socket.
bool uncount_handle(SocketRef& socket);

// An alias begins, for a handle that is counted already, or has ended.
void list_alias(SocketRef& socket, int alias_fd);
void unlist_alias(SocketRef& socket, int alias_fd);

// Whether closing the handle that the caller holds would close the socket.
bool is_last_handle(const SocketRef& socket);

// Another kernel socket has been put behind the socket's descriptor.
void aliases_follow(const SocketRef& socket);

// Another process has, or had, the same kernel socket. Closing the socket here need not end it, so nothing may be done to it on
// the way. False without memory.
bool note_elsewhere(SocketRef& socket);
bool is_elsewhere(const SocketRef& socket);

}  // namespace inlet::provider
