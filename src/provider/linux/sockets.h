// What the base provider knows about its sockets: one record per descriptor, found without a lock.
//
// A SOCKET is a descriptor (low 32 bits) and a generation (high 32 bits, 1 to 0x7fffffff). Every call borrows the
// record for its duration; closing marks the record, and whoever gives back the last reference closes the descriptor.
// So a descriptor number cannot be used again under a running call, and a stale handle never reaches another socket:
// its generation is wrong.
//
// The word of a record:
//     bits 0..26   references of running calls (and of refused ones, for a moment)
//     bit  27      alias: a second handle of a socket that has a record of its own (see below)
//     bit  28      shared: the socket has, or had, more than one handle; its closes count them (handle_count.h)
//     bit  29      handle closed: the socket lives on through its other handles
//     bit  30      closing: no call may begin; set once, by the closer
//     bit  31      closed: the descriptor has been given back
//     bits 32..63  generation
// Behind the records lies, at the same index, the pointer to what only some sockets have (extension.h).
//   fresh --open--> open --close--> closing --last reference--> closed --open, next generation--> open
//
// A duplicated handle is a record too: an alias, with a duplicate of the descriptor. It says whose alias it is and what a
// handle may have for itself (State, kOwnOfHandle); everything else is the socket's. Calls that name an alias borrow both
// records and work with the socket's. A socket is closed when the last of its handles is.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/error.h"
#include "base/result.h"
#include "provider/linux/sys.h"

namespace inlet::provider {

// Winsock's SOCKET, which this header must not see by that name because sys.cpp's side has none.
using Handle = uintptr_t;

// What a socket is and has gone through. Set bits stay set unless a comment says otherwise.
enum State : uint32_t {
  kDatagram = 1u << 0,
  kV6 = 1u << 1,
  kNonblocking = 1u << 2,  // changes with FIONBIO
  kOverlapped = 1u << 3,
  kBound = 1u << 4,
  kAutoBound = 1u << 5,  // bound by connect or send, not by the program
  kListening = 1u << 6,
  kConnecting = 1u << 7,  // cleared when the connection stands or has failed
  kConnected = 1u << 8,   // cleared only when a datagram socket dissolves its association
  kReceiveShut = 1u << 9,
  kSendShut = 1u << 10,
  kFailed = 1u << 11,      // the connection is dead for the reason in `failure`
  kIcmpQueued = 1u << 12,  // datagram: the kernel may hold ICMP answers that receives have to report; changes
  kReuse = 1u << 13,       // these shadow options change
  kExclusive = 1u << 14,
  kConditional = 1u << 15,
  kDebug = 1u << 16,
  kSelecting = 1u << 17,  // transfers and accepts have to tell the selection (events.h) about themselves; changes
  kSpilling = 1u << 18,   // unsent bytes wait in the spill buffer (spill.h); changes
  kConnectFailed =
      1u << 19,           // the last connect failed and the program may still want to see that; cleared by the next one
  kConnector = 1u << 20,  // connected by connect, not by accept
  kHadUrgent = 1u << 21,  // urgent data has been seen, so "readable" may be about nothing else
  kRaw = 1u << 22,        // a datagram socket of a protocol of its own: addresses have no ports
  kKeepAliveTimes = 1u << 23,     // stream: the kernel has been told Winsock's times of SO_KEEPALIVE
  kPartialSend = 1u << 24,        // INLET_SO_PARTIAL_SEND; changes
  kIgnoreUnreachable = 1u << 25,  // SIO_UDP_CONNRESET and SIO_UDP_NETRESET are off; these change
  kIgnoreExpired = 1u << 26,
  kForeignQueued = 1u << 27,   // datagram: what others sent before the connect may be queued; cleared after it
  kWantPacketInfo = 1u << 28,  // IP_PKTINFO or IPV6_PKTINFO, as the program wants it; changes
  kPacketInfo = 1u << 29,      // ... and whether the kernel has been asked for it
  kReceivesWait = 1u << 30,    // overlapped receives wait, so other receives have to stand behind them; changes
  kSendsWait = 1u << 31,       // the same for sends
};

// What each handle of a socket has for itself: whether its calls may be overlapped, and whether it has learned that the socket
// is bound. The latter is a whim of Windows: a duplicate that was opened before the source was bound never learns of it.
constexpr uint32_t kOwnOfHandle = kOverlapped | kBound;

// Bits of a record's word.
constexpr uint64_t kAlias = 1u << 27;
constexpr uint64_t kShared = 1u << 28;
constexpr uint64_t kHandleClosed = 1u << 29;
constexpr uint64_t kClosing = 1u << 30;
constexpr uint64_t kClosed = 1u << 31;
constexpr uint64_t kNotAtOnce = kAlias | kHandleClosed | kClosing | kClosed;  // what a call has to look at twice

struct alignas(64) Record {
  std::atomic<uint64_t> word;
  std::atomic<uint32_t> state;
  std::atomic<int32_t> failure;              // WSA number, valid with kFailed
  std::atomic<int32_t> error;                // SO_ERROR
  std::atomic<uint32_t> receive_timeout_ms;  // 0: none
  std::atomic<uint32_t> send_timeout_ms;
  std::atomic<uint32_t> linger;            // l_onoff << 16 | l_linger
  std::atomic<int32_t> send_buffer_bytes;  // -1: never set
  std::atomic<int32_t> receive_buffer_bytes;
  std::array<std::atomic<uint32_t>, 6> peer;  // family and port, address, scope; of an alias: its socket's handle

  uint32_t flags() const { return state.load(std::memory_order_acquire); }
  bool has(uint32_t bits) const { return (flags() & bits) != 0; }
  void set(uint32_t bits) { state.fetch_or(bits, std::memory_order_acq_rel); }
  void clear(uint32_t bits) { state.fetch_and(~bits, std::memory_order_acq_rel); }

  // A dead connection stays dead: every later call answers the same code.
  void fail(Error reason);
  void set_peer(const sys::Address& address);
  sys::Address peer_address() const;
};
static_assert(sizeof(Record) == 64, "a record is one cache line");

struct Extension;

// Makes the record of a descriptor that the kernel has just handed out.
//
// Owner    On success the record owns fd; on failure fd is closed.
// Errors   too_many_files   fd is beyond what the table can hold
//          no_buffers       no memory
//          not_initialised  the provider has been cleaned up meanwhile
Result<Handle> adopt_socket(int fd, uint32_t state, const Record* parent, const sys::Address* peer);

// Makes one more handle of a socket, with a descriptor that is a duplicate of the socket's. The socket must count the handle
// already (count_handle in handle_count.h).
//
// Owner    fd and the count are taken in any case.
// Errors   as adopt_socket
Result<Handle> adopt_alias(int fd, uint32_t own_state, class SocketRef& socket);

// Closes the handle by which the socket was borrowed. When it was the last one, this closes the record to new calls and wakes
// those that wait on it; they answer Error::canceled. Until then calls go on, also those through the closed handle.
// False when another thread was faster. The caller must still hold its own SocketRef.
bool begin_close(class SocketRef& socket);

// The same for one that has been counted, and is no handle (yet).
void close_counted(class SocketRef& socket);

// From now on the closes of the socket count its handles. False when it is being closed.
bool mark_shared(class SocketRef& socket);

// Closes every socket there is. For the last WSPCleanup.
void close_all_sockets();

// A borrowed record: empty when the handle is stale. Lives on the stack of one call.
class SocketRef {
 public:
  explicit SocketRef(Handle handle);
  // Also finds a socket that is being closed, as long as its descriptor is open: for the reactor and what it serves. The
  // handle is a socket's own, not a duplicate.
  static SocketRef internal(Handle handle);
  // The same for who wants to use the socket: one that is being closed is not found.
  static SocketRef open(Handle handle);
  // One more reference to the same socket.
  SocketRef another() const;

  ~SocketRef() {
    if (record_ != nullptr) release();
  }
  SocketRef(SocketRef&& other) noexcept : record_(other.record_), fd_(other.fd_), alias_fd_(other.alias_fd_) {
    other.record_ = nullptr;
  }
  SocketRef& operator=(SocketRef&&) = delete;
  SocketRef(const SocketRef&) = delete;
  SocketRef& operator=(const SocketRef&) = delete;

  explicit operator bool() const { return record_ != nullptr; }
  Record* operator->() const { return record_; }
  Record& operator*() const { return *record_; }
  int fd() const { return fd_; }
  // The socket's own handle, under which the provider keeps it; it may be closed when there are duplicates.
  Handle handle() const;
  // The handle by which it was borrowed.
  Handle name() const;
  bool closing() const;

  // The state as it is for the handle by which the socket was borrowed (kOwnOfHandle).
  uint32_t flags() const { return alias_fd_ < 0 ? record_->flags() : alias_flags(); }
  // Sets kBound, and what comes with it, for the socket and for the handle by which it was borrowed. Sequentially
  // consistent, like closing().
  void learn_bound(uint32_t bits) const;

  // When the connection came to be, in seconds of the steady clock; 0 without one.
  std::atomic<uint32_t>& connected_at() const;
  void note_connected() const;
  // How long it has been standing; UINT32_MAX without a connection.
  uint32_t connected_s() const;

  // What only some sockets have; nullptr when this one has nothing of it, or, from make, when there is no memory.
  Extension* extension() const;
  Extension* make_extension() const;

 private:
  friend bool begin_close(SocketRef& socket);
  SocketRef(Record* record, int fd) : record_(record), fd_(fd) {}
  void borrow_alias(Record& alias, int fd);
  uint32_t alias_flags() const;
  void release();

  Record* record_ = nullptr;
  int fd_ = -1;
  int alias_fd_ = -1;  // of the alias that is borrowed with it, if one is
};

// For held_socket.h: one reference that outlasts calls, to the record of a handle that is no duplicate.
//
// Returns  nullptr when the handle is a duplicate's, or stale.
Record* hold_record(Handle handle);
void release_record(Record& record, int fd);
// Closes a record that is held, as begin_close does, where nothing has to be looked at before: nobody shares the connection, waits for
// its last bytes, or has bound it to an address that it would give back.
//
// Returns  false when there is more to do; nothing has happened
bool close_record(Record& record, int fd);
// Whether no call may begin on the socket by the handle it was held by.
inline bool is_closing(const Record& record) {
  return (record.word.load(std::memory_order_acquire) & kNotAtOnce) != 0;
}

// Whether calls are accepted at all; startup.cpp counts.
void set_started(bool started);
bool is_started();

}  // namespace inlet::provider
