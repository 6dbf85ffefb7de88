// What a nonblocking send has promised and the kernel has not taken yet.
//
// Winsock's nonblocking send takes everything or nothing, whatever the size; the kernel takes as much as it has room for. The
// rest is copied here and goes out as room comes up: by the reactor, or by whoever next wants to send. Until it has, the socket
// has kSpilling: it is not writable, further nonblocking sends answer WSAEWOULDBLOCK, and all others wait.
//
// Closing the socket does not lose it: the descriptor stays open in the background until all is sent or the connection is dead.
// Only a hard close (SO_LINGER with 0), or one whose time was over, drops it.
//
// Differs  At most kSpillBytesMax for one socket: a larger nonblocking send is WSAENOBUFS and nothing of it is sent. Without
//          memory for the copy a send answers the part that the kernel took. What closed sockets still have to send when the
//          last WSPCleanup is called gets kSpillCleanup_ms, then its connection is reset; a process that ends takes it along.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>

#include "base/list.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

struct Outgoing;
struct ClosedTag;

// Owner    The socket's extension.
class Spill : public Linked<ClosedTag> {
 public:
  Spill() = default;
  ~Spill();
  Spill(const Spill&) = delete;
  Spill& operator=(const Spill&) = delete;

 private:
  friend class SpillAccess;

  struct Block {
    std::unique_ptr<char[]> data;
    size_t begin = 0;
    size_t end = 0;
    std::unique_ptr<Block> next;
  };

  std::mutex mutex_;              // guards what follows; a leaf
  std::unique_ptr<Block> first_;  // oldest first
  Block* last_ = nullptr;
  size_t bytes_ = 0;
  unsigned flags_ = 0;   // of the send, for the kernel
  bool urgent_ = false;  // the last byte is
  bool finish_ = false;  // SD_SEND: the peer learns of the end when all is sent

  // Of a closed socket: what keeps the descriptor open. Guarded by the list of such spills.
  std::unique_ptr<SocketRef> kept_;
};

// Keeps what is left of a send that the kernel has taken a part of.
//
// Returns  how many bytes were kept: all, or none without memory. request is moved on behind them.
size_t spill_rest(SocketRef& socket, Outgoing& request);

// Sends what the kernel takes now.
//
// Returns  none when nothing is left, would_block, or why the connection is dead; then all of it is dropped.
Error spill_flush(SocketRef& socket);

// Ends the sending side behind what is left. False when nothing is: the caller ends it itself.
bool spill_then_finish(SocketRef& socket);

size_t spill_bytes(const SocketRef& socket);

// Forgets what is left.
void spill_drop(SocketRef& socket);

// The reactor saw an edge: sends what the kernel takes now.
void spill_ready(SocketRef& socket, unsigned edge);

// The handle is closed. What is left goes out in the background.
void spill_closing(SocketRef& socket);

// For the last WSPCleanup, before the reactor ends: waits a while for what closed sockets still have to send, then drops it.
void spill_finish_all();

}  // namespace inlet::provider
