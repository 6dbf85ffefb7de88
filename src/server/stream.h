// Blocking-style reading and writing over one non-blocking socket: retry, time-out, cancel and hand-off in one place.
//
// Both kinds of socket use it: a client of a server, whose callback's thread hands its shard off before it waits, and a plain
// client, whose caller simply waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/op_lock.h"
#include "base/result.h"
#include "poller/poller.h"
#include "provider/table.h"
#include "server/address.h"
#include "server/line_room.h"

namespace inlet::server {

// What happened on a stream, noted by whoever reads or writes and collected by the session's driver.
using Facts = uint8_t;
constexpr Facts kConsumed = 1;  // bytes were taken
constexpr Facts kMore = 2;      // the last read filled its buffer: there may be more
constexpr Facts kEnd = 4;       // the end of the stream was read
constexpr Facts kFailed = 8;    // the connection broke: see failure()
constexpr Facts kFull = 16;     // the send buffer was full
constexpr Facts kRanOut = 32;   // a blocking call ran out of time
constexpr Facts kEmpty = 128;   // a call that does not wait found nothing to read

class Stream {
 public:
  // Owner    The stream owns the socket from here on, which must be in non-blocking mode.
  Stream(provider::Provider& provider, SOCKET socket, uint32_t timeout_s);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // ---- Thread: any. Each direction is serial. All fail with Error::not_socket once the stream is being closed, and with
  //      Error::canceled when that happens while they wait.

  // Returns  1..size bytes, 0 at the end of the stream.
  // Errors   Error::timed_out; the connection's
  Result<size_t> read(void* into, size_t size);

  // Returns  The bytes at hand, at most size, without taking them; into may be nullptr to count. 0 for none and for the end.
  Result<size_t> peek(void* into, size_t size);

  // Returns  size, or fewer when time ran out or the connection broke after some were taken.
  Result<size_t> write(const void* from, size_t size);
  // The same, and waits even where calls do not.
  Result<size_t> write_all(const void* from, size_t size);
  // The same with a deadline of the caller's, which is no time-out of the session: nothing is called because of it.
  Result<size_t> write_until(const void* from, size_t size, Deadline deadline);

  struct Line {
    size_t length;  // bytes stored, without the terminator
    Error error;    // none: a line (or a full buffer); shut_down: the stream ended; else why it is incomplete
  };
  // Shape    into has room for the UTF-8 of what the room takes, and a terminator.
  Line read_line(char* into, LineRoom room);

  // Returns  whether a read (write) would not block, waiting for it at most so long.
  Result<bool> wait_readable(Deadline deadline, size_t* available);
  Result<bool> wait_writable(Deadline deadline);

  // One datagram, or one read of a stream, with Winsock's flags and the sender; message_calls.cpp.
  // Errors   Error::message_size  the datagram was larger: the buffer has its beginning
  Result<size_t> receive_message(void* into, size_t size, DWORD flags, SocketAddress* from);
  // Shape    to: where the datagram goes; nullptr for a stream.
  Result<size_t> send_message(const void* from, size_t size, DWORD flags, SocketAddress* to);
  // What probe is to streams: whether a datagram, however long, or an error is there.
  Result<bool> wait_message(Deadline deadline);

  // Asynchronous sockets do not: calls fail with Error::would_block instead. Lines are waited for all the same.
  void set_blocking(bool blocks) { blocks_.store(blocks, std::memory_order_relaxed); }

  // Shuts one direction (SD_*); reading and writing the other goes on.
  Result<void> shutdown(int how);

  // ---- closing

  enum class Close : uint8_t { none, orderly, abort };

  // Asks for the end: wakes and fails all calls. orderly: the peer gets what was written and then the end of the stream, now.
  // Returns  false when somebody was first.
  bool request_close(Close how);
  Close close_requested() const { return close_.load(std::memory_order_acquire); }

  // After request_close: takes and drops what the peer still sends. A socket that is closed with bytes unread, or that gets more
  // later, answers with a reset, and the peer may lose the end of what was sent to it.
  // Returns  whether the peer may send more: it has neither closed nor failed, and we did not abort.
  bool drain();

  // Closes the socket. Calls that still run on it fail. Harmless twice.
  void close();
  // Gives the socket away instead of closing it, after request_close(abort).
  void give_away() { closed_.store(true, std::memory_order_release); }

  // ---- for the session's driver

  enum class Input : uint8_t { nothing, data, end, failed };
  // Looks what the next read would give.
  Input probe();
  bool has_ahead() const { return ahead_size_.load(std::memory_order_relaxed) != 0; }
  Facts take_facts() {
    return facts_.load(std::memory_order_relaxed) ? facts_.exchange(0, std::memory_order_acq_rel) : 0;
  }
  bool has_facts() const { return facts_.load(std::memory_order_relaxed) != 0; }
  Error failure() const { return failure_.load(std::memory_order_relaxed); }
  int64_t last_activity_ms() const { return last_activity_ms_.load(std::memory_order_relaxed); }

  SOCKET socket() const { return socket_; }
  provider::Provider& provider() const { return provider_; }
  uint32_t timeout_s() const { return timeout_s_.load(std::memory_order_relaxed); }
  void set_timeout_s(uint32_t seconds);

 private:
  struct Ahead;
  class Guard;

  Deadline call_deadline() const;
  bool blocks() const { return blocks_.load(std::memory_order_relaxed); }
  Error busy() const { return blocks() ? Error::timed_out : Error::would_block; }
  Result<void> wait(poller::Ready what, Deadline deadline);
  Result<size_t> receive(void* into, size_t size, bool may_wait);
  Result<size_t> send_all(const char* from, size_t size, std::optional<Deadline> deadline);
  size_t take_ahead(void* into, size_t size);
  void keep_ahead(const char* data, size_t size);
  bool append_line(const char* data, size_t size, size_t& used, char* into, LineRoom& room, Line& line);
  void note_received(size_t got, size_t asked);
  void note_activity();
  Error note_failure(Error error);
  void note(Facts facts) { facts_.fetch_or(facts, std::memory_order_acq_rel); }
  bool closing() const { return close_requested() != Close::none; }

  provider::Provider& provider_;
  const SOCKET socket_;
  std::atomic<int64_t> last_activity_ms_;
  std::unique_ptr<Ahead> ahead_;         // GUARDED_BY(read_lock_): what the line reader fetched and nobody took yet
  std::atomic<uint32_t> ahead_size_{0};  // its length, for looks without the lock
  std::atomic<uint32_t> timeout_s_;      // 0: for ever
  std::atomic<Error> failure_{Error::none};
  OpLock read_lock_, write_lock_;
  std::atomic<Facts> facts_{0};
  std::atomic<Close> close_{Close::none};
  std::atomic<bool> closed_{false};
  std::atomic<bool> blocks_{true};
  std::atomic<bool> send_shut_{false};
  std::atomic<bool> end_seen_{false};  // the peer has closed and nothing is left to read
};

}  // namespace inlet::server
