// Receives that wait, and what SD_RECEIVE does to a connection.
//
// After SD_RECEIVE nothing can be received any more, except by receives that were waiting already. Data that nobody will take
// resets the connection, so that the peer learns of it: what is unread at the time, and whatever comes later.
#pragma once

#include "provider/linux/sockets.h"

namespace inlet::provider {

// While one exists, data that comes is wanted. Made by a receive before it waits for the first time; when the last one of a shut
// socket goes, what is left is refused.
//
// Thread   Any; may end on another thread than it began on.
class PendingReceive {
 public:
  explicit PendingReceive(const SocketRef& socket);
  ~PendingReceive();
  PendingReceive(const PendingReceive&) = delete;
  PendingReceive& operator=(const PendingReceive&) = delete;

 private:
  friend bool has_pending_receive(const SocketRef& socket);

  SocketRef socket_;
  PendingReceive* next_ = nullptr;
  PendingReceive** link_ = nullptr;
};

// Resets the connection of a stream whose receiving side is shut, that has unread data, and for which no receive waits. For the
// end of SD_RECEIVE and each later sign of data; harmless on any socket.
void refuse_unwanted(SocketRef& socket);

}  // namespace inlet::provider
