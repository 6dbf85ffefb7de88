// Blocking-style reading and writing over one non-blocking socket: retry, time-out, cancel and hand-off in one place.
//
// Both kinds of socket use it: a client of a server, whose callback's thread hands its shard off before it waits, and a plain
// client, whose caller simply waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/op_lock.h"
#include "base/result.h"
#include "poller/poller.h"
#include "provider/held_socket.h"
#include "provider/send_file.h"
#include "provider/table.h"
#include "server/address.h"
#include "server/line_room.h"
#include "server/outbox.h"
#include "server/transfer_state.h"

namespace inlet::tls {
class Session;
}

namespace inlet::server {

class SecureChannel;

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

  // The same two in as few steps as they take, for the thread that runs the callback of the session whose stream it is, and
  // drives its shard. Whatever is not as it nearly always is goes the long way, which begins anew: only an attempt that found nothing
  // is made twice.
  //
  // Shape    1..INT32_MAX bytes
  // Returns  0 when the call above is to be made. Else note_read or note_written is to follow; and where less than size was written,
  //          write_rest.
  size_t read_in_callback(void* into, size_t size);
  size_t write_in_callback(const void* from, size_t size);
  void note_read(bool filled, int64_t turn_ms) {
    facts_in_callback_ = static_cast<Facts>(kConsumed | (filled ? kMore : 0));
    note_activity(turn_ms);
  }
  void note_written(int64_t turn_ms) { note_activity(turn_ms); }
  // Returns  as write
  Result<size_t> write_rest(const void* from, size_t size, size_t written);

  // Reads as read does, and leaves what wanted does not want for the next read; it runs under the lock of the reading side.
  //
  // Shape    into has room for kAheadSize bytes.
  // Returns  what wanted returned: how many of the bytes it was shown belong to the caller; or 0 at the end of the stream, where
  //          it is not asked.
  Result<size_t> read_part(char* into, const std::function<size_t(const char*, size_t)>& wanted);

  // Takes and drops what can be read without waiting, at most kFlushBytesMax.
  // Errors   in_progress  another thread is reading
  Result<void> discard();

  // Writes a part of a file that the kernel moves by itself. For plain streams only.
  //
  // Returns  1..size bytes; 0 when the file ends at the offset.
  // Errors   invalid         files of this kind must be read and written instead
  //          system_failure  the file cannot be read; otherwise those of write
  Result<size_t> write_file(provider::SendFile send, HANDLE file, uint64_t offset, size_t size,
                            provider::FilePipe& pipe);

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
  // A caller with deadlines of its own has run out of time.
  void note_ran_out() { note(kRanOut); }

  // Ends the calls that wait, now and for their turn, with Error::canceled; the stream goes on.
  // Returns  whether any did.
  bool cancel();

  // What calls wait for at this moment.
  poller::Ready waited_for() const;

  // The whole streams that were moved over it; made when it is asked for first.
  TransferState& transfers();
  // nullptr when there was none.
  const TransferState* find_transfers() const;

  // Sends a message of a broadcast, from where telling is. What the socket has no room for waits in the outbox; only what is too much
  // for that is waited for, until the deadline, and then telling keeps the sending direction from part to part.
  //
  // Returns  all: it is sent, or waits behind others; kept: the rest waits, and the driver has to look at it (flush), because the
  //          socket may have room again; busy: call it again, or stop_telling; failed: nothing can be sent any more.
  enum class Told : uint8_t { all, kept, busy, failed };
  Told tell(Broadcast& message, Telling& telling, Deadline deadline);
  void stop_telling(Telling& telling);
  // Whether anything waits.
  bool holds_outbox() const {
    const Outbox* outbox = find_outbox();
    return outbox && outbox->holds();
  }

  // Shuts one direction (SD_*); reading and writing the other goes on.
  Result<void> shutdown(int how);

  // ---- TLS

  // Has everything from now on go through TLS and does the handshake; waits for it until the deadline. What the line reader had
  // fetched is dropped, and what the socket holds is no data any more. A failed handshake is a failed connection.
  //
  // Errors   Error::invalid  TLS runs already; Error::timed_out; those of the handshake and the connection
  Result<void> enable_security(std::unique_ptr<tls::Session> session, Deadline deadline);

  // Ends TLS in order: says good-bye, waits for the peer's, and goes on in clear text. What the peer had sent in TLS and nobody
  // has read is dropped.
  //
  // Errors   Error::invalid  there is no TLS; Error::timed_out; the connection's
  Result<void> disable_security();

  // A read comes soon.
  void fetch_ahead() const { held_.fetch_ahead(); }

  // Neither TLS nor the end has begun, and nothing is read ahead.
  bool is_calm() const { return (gates_.load(std::memory_order_relaxed) & (kSecured | kCloses | kAhead)) == 0; }

  bool is_secure() const;
  // nullptr without; lives as long as the stream.
  SecureChannel* channel() const { return channel_.load(std::memory_order_acquire); }

  // Waits until what was written is with the system; of broadcasts, if anything waits.
  void settle_output(Deadline deadline);
  void settle_outbox(Deadline deadline);

  // ---- closing

  enum class Close : uint8_t { none, orderly, abort };

  // Asks for the end: wakes and fails all calls. orderly: the peer gets what was written and then the end of the stream, now.
  // Returns  false when somebody was first.
  bool request_close(Close how);
  Close close_requested() const { return static_cast<Close>(gates_.load(std::memory_order_acquire) & kCloses); }

  // After request_close: takes and drops what the peer still sends. A socket that is closed with bytes unread, or that gets more
  // later, answers with a reset, and the peer may lose the end of what was sent to it.
  // Returns  whether the peer may send more: it has neither closed nor failed, and we did not abort.
  bool drain();

  // Closes the socket. Calls that still run on it fail. Harmless twice.
  void close();
  // Gives the socket away instead of closing it, after request_close(abort).
  void give_away() { closed_.store(true, std::memory_order_release); }

  // ---- for the session's driver

  // The handshake without waiting. Before and while it runs nobody else uses the stream.
  void begin_security(std::unique_ptr<tls::Session> session);
  enum class Handshake : uint8_t { goes_on, done, failed };
  Handshake step_handshake();  // failed: see failure()
  // Whether a client has sent enough for a handshake to begin: its whole first record, or what can be none.
  bool hello_is_here() const;
  // The socket has room again: sends what is left of earlier calls.
  void flush() {
    if (SecureChannel* secure = channel()) flush(*secure);
    if (Outbox* outbox = find_outbox()) flush(*outbox);
  }

  enum class Input : uint8_t { nothing, data, end, failed };
  // Looks what the next read would give.
  Input probe();
  bool has_ahead() const { return (gates_.load(std::memory_order_relaxed) & kAhead) != 0; }
  Facts take_facts() {
    Facts facts = facts_in_callback_;
    facts_in_callback_ = 0;
    if (facts_.load(std::memory_order_relaxed)) facts |= facts_.exchange(0, std::memory_order_acq_rel);
    return facts;
  }
  // Takes them if there is nothing but that bytes were taken in the callback.
  bool has_only_read() {
    if (facts_in_callback_ != kConsumed || facts_.load(std::memory_order_relaxed) != 0) return false;
    facts_in_callback_ = 0;
    return true;
  }
  // The same, and leaves them: the bytes may have been taken by a callback off its shard.
  // Thread   The callback's
  bool has_just_been_read() const { return (facts_in_callback_ | facts_.load(std::memory_order_relaxed)) == kConsumed; }
  bool has_facts() const { return facts_.load(std::memory_order_relaxed) != 0; }
  Error failure() const { return failure_.load(std::memory_order_relaxed); }
  int64_t last_activity_ms() const { return last_activity_ms_.load(std::memory_order_relaxed); }

  SOCKET socket() const { return held_.socket(); }
  provider::Provider& provider() const { return provider_; }
  uint32_t timeout_s() const { return timeout_s_.load(std::memory_order_relaxed); }
  void set_timeout_s(uint32_t seconds);
  Deadline call_deadline() const;  // of a blocking call that begins now

 private:
  struct Ahead;
  struct Rare;
  class Guard;
  friend class Session;  // which says where its members lie

  // What is not as it nearly always is, for one look at all of it. Set and cleared by whoever changes what it stands for.
  using Gates = uint8_t;
  static constexpr Gates kCloses = 3;        // the Close that was requested
  static constexpr Gates kSendShut = 4;      // the program, or the end, has shut the sending direction
  static constexpr Gates kSecured = 8;       // there is a channel
  static constexpr Gates kAhead = 16;        // something was fetched ahead; changes under read_lock_
  static constexpr Gates kLineEndOwed = 32;  // see take_line; changes under read_lock_
  static constexpr Gates kUnheld = 64;       // a layer stands over the provider
  static constexpr Gates kLongRead = kCloses | kSecured | kAhead | kLineEndOwed | kUnheld;
  static constexpr Gates kLongWrite = kCloses | kSendShut | kSecured | kUnheld;
  bool is(Gates gates) const { return (gates_.load(std::memory_order_relaxed) & gates) != 0; }
  void set(Gates gate, bool on) {
    if (is(gate) == on) return;
    if (on)
      gates_.fetch_or(gate, std::memory_order_acq_rel);
    else
      gates_.fetch_and(static_cast<Gates>(~gate), std::memory_order_acq_rel);
  }
  // Returns  false when it was shut already.
  bool shut_sending() { return (gates_.fetch_or(kSendShut, std::memory_order_acq_rel) & kSendShut) == 0; }
  bool is_send_shut() const { return is(kSendShut); }

  bool blocks() const { return blocks_.load(std::memory_order_relaxed); }
  Result<void> wait(poller::Ready what, Deadline deadline);
  Result<void> wait_for(SecureChannel& secure, poller::Ready what, uint32_t pulls, Deadline deadline);
  Result<size_t> receive(void* into, size_t size, bool may_wait);
  Result<size_t> count_waiting();
  Result<size_t> write_on(const char* from, size_t size, size_t written);
  Result<size_t> send_all(const char* from, size_t size, std::optional<Deadline> deadline, size_t written = 0);
  Rare& rare();
  Outbox* find_outbox() const;
  Outbox& outbox();
  bool take_direction(Deadline deadline);
  Told tell_now(Broadcast& message, size_t& from, Deadline deadline);
  bool leave_to_outbox(Broadcast& message, size_t from);
  void flush(Outbox& outbox);
  void close_outbox();
  Ahead* fetched() const;
  std::span<const char> ahead() const;
  size_t take_ahead(void* into, size_t size);
  void keep_ahead(const char* data, size_t size);
  void drop_ahead();
  void note_ahead();
  void note_received(size_t got, size_t asked);
  void note_taken(bool more);
  void note_activity();
  void note_activity(int64_t now_ms) {
    if (last_activity_ms_.load(std::memory_order_relaxed) != now_ms)
      last_activity_ms_.store(now_ms, std::memory_order_relaxed);
  }
  Result<size_t> receive_now(void* into, size_t size);
  Result<size_t> send_now(const void* from, size_t size);
  Error note_failure(Error error);
  void note(Facts facts) { facts_.fetch_or(facts, std::memory_order_acq_rel); }
  bool closing() const { return close_requested() != Close::none; }

  // The same calls with TLS, in secure_stream.cpp.
  Result<size_t> receive(SecureChannel& secure, void* into, size_t size, bool may_wait);
  Result<size_t> peek(SecureChannel& secure, void* into, size_t size);
  Result<size_t> send_all(SecureChannel& secure, const char* from, size_t size, std::optional<Deadline> deadline);
  Input probe(SecureChannel& secure);
  Result<void> shutdown_secure(SecureChannel& secure, int how);
  Result<void> shake_hands(SecureChannel& secure, Deadline deadline);
  Result<void> part(SecureChannel& secure, Deadline deadline);
  Result<void> send_rest(SecureChannel& secure, Deadline deadline);
  Error note_failure(SecureChannel& secure, Error error);
  void flush(SecureChannel& secure);
  void tell_waiting(SecureChannel& secure);
  Result<void> end_sending();
  SecureChannel* secure() const { return is_secure() ? channel() : nullptr; }
  bool is_transfer_canceled() const;
  bool canceled_since(uint8_t cancels) const { return cancels_.load(std::memory_order_acquire) != cancels; }

  // What a plain request touches comes first (see session.h for where it lies).
  [[no_unique_address]] const provider::HeldSocket held_;
  std::atomic<int64_t> last_activity_ms_;
  OpLock read_lock_, write_lock_;
  std::atomic<Facts> facts_{0};
  Facts facts_in_callback_ = 0;  // what read_in_callback noted: its thread's, then take_facts'
  std::atomic<Gates> gates_;

  std::atomic<uint8_t> cancels_{0};  // how often calls that waited were cancelled
  std::atomic<bool> closed_{false};
  std::atomic<bool> blocks_{true};
  provider::Provider& provider_;
  std::atomic<SecureChannel*> channel_{nullptr};  // ours; made when TLS begins, and kept from then on
  std::atomic<Rare*> rare_{nullptr};              // owned; what few streams need, made when one does
  std::atomic<uint32_t> timeout_s_;               // 0: for ever
  std::atomic<Error> failure_{Error::none};
  std::atomic<bool> end_seen_{false};  // the peer has closed and nothing is left to read
};

inline size_t Stream::read_in_callback(void* into, size_t size) {
  if (!read_lock_.try_lock()) [[unlikely]]
    return 0;
  const size_t got = is(kLongRead) ? 0 : held_.recv_at_once(into, size);
  read_lock_.unlock();
  return got;
}

inline size_t Stream::write_in_callback(const void* from, size_t size) {
  if (!write_lock_.try_lock()) [[unlikely]]
    return 0;
  const size_t sent = is(kLongWrite) ? 0 : held_.send_at_once(from, size);
  if (sent != 0 && sent != size) [[unlikely]]
    return sent;  // nobody else's bytes may come in between: write_rest unlocks
  write_lock_.unlock();
  return sent;
}

}  // namespace inlet::server
