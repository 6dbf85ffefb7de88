#include "provider/linux/sockets.h"

#include <time.h>

#include <cstring>
#include <list>
#include <mutex>
#include <new>
#include <utility>

#include "base/assert.h"
#include "provider/linux/bind.h"
#include "provider/linux/events.h"
#include "provider/linux/extension.h"
#include "provider/linux/handle_count.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/reactor.h"
#include "provider/linux/spill.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

constexpr uint64_t kReference = 1;
constexpr uint64_t kReferenceMask = (1u << 27) - 1;
constexpr uint32_t kGenerationMax = 0x7fffffff;

constexpr int kChunkBits = 10;
constexpr uint32_t kChunkRecords = 1u << kChunkBits;
constexpr uint32_t kChunks = 1u << 14;  // 16 million descriptors

struct Chunk {
  std::array<Record, kChunkRecords> records;
  std::array<std::atomic<Extension*>, kChunkRecords> extensions;
  std::array<std::atomic<uint32_t>, kChunkRecords> connected_at;
};

std::array<std::atomic<Chunk*>, kChunks> chunks;
std::mutex chunks_mutex;
std::atomic<bool> started{false};

uint32_t generation_of(uint64_t word) {
  return static_cast<uint32_t>(word >> 32);
}

Record* find_record(uint32_t fd) {
  const uint32_t chunk = fd >> kChunkBits;
  if (chunk >= kChunks) return nullptr;
  Chunk* found = chunks[chunk].load(std::memory_order_acquire);
  return found == nullptr ? nullptr : &found->records[fd & (kChunkRecords - 1)];
}

// The record of fd exists.
Chunk& chunk_of(int fd) {
  return *chunks[static_cast<uint32_t>(fd) >> kChunkBits].load(std::memory_order_acquire);
}

std::atomic<Extension*>& extension_slot(int fd) {
  return chunk_of(fd).extensions[static_cast<uint32_t>(fd) & (kChunkRecords - 1)];
}

std::atomic<uint32_t>& connected_at_slot(int fd) {
  return chunk_of(fd).connected_at[static_cast<uint32_t>(fd) & (kChunkRecords - 1)];
}

// Never 0. The steady clock as of its last tick, which is a third of the price and good enough for seconds.
uint32_t seconds_now() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<uint32_t>(now.tv_sec) + 1;
}

// Chunks are never freed: a call with a stale handle may look into one at any time.
Record* make_record(uint32_t fd) {
  const uint32_t chunk = fd >> kChunkBits;
  if (chunk >= kChunks) return nullptr;
  std::lock_guard lock(chunks_mutex);
  if (chunks[chunk].load(std::memory_order_relaxed) == nullptr) {
    Chunk* made = new (std::nothrow) Chunk{};
    if (made == nullptr) return nullptr;
    for (Record& record : made->records) record.word.store(kClosing | kClosed, std::memory_order_relaxed);
    chunks[chunk].store(made);
  }
  return find_record(fd);
}

// The last reference is gone. What hangs behind the record goes first, because the number is free for the next socket as
// soon as the descriptor is closed.
void close_descriptor(int fd) {
  if (Extension* parts = extension_slot(fd).exchange(nullptr, std::memory_order_acq_rel)) {
    if (parts->watched.load(std::memory_order_acquire)) reactor_forget(fd);
    delete parts;
  }
  sys::close(fd);
}

// Gives one reference back; the last one of a closing record closes the descriptor. Only the winner of the exchange
// does, because calls with stale handles may take and give back references at any time.
void drop_reference(Record& record, int fd) {
  uint64_t word = record.word.fetch_sub(kReference, std::memory_order_acq_rel) - kReference;
  while ((word & (kReferenceMask | kClosing | kClosed)) == kClosing) {
    if (!record.word.compare_exchange_weak(word, word | kClosed, std::memory_order_acq_rel)) continue;
    close_descriptor(fd);
    return;
  }
}

void initialise(Record& record, uint32_t state, const Record* parent, const sys::Address* peer) {
  constexpr auto relaxed = std::memory_order_relaxed;
  record.failure.store(0, relaxed);
  record.error.store(0, relaxed);
  record.receive_timeout_ms.store(parent ? parent->receive_timeout_ms.load(relaxed) : 0, relaxed);
  record.send_timeout_ms.store(parent ? parent->send_timeout_ms.load(relaxed) : 0, relaxed);
  record.linger.store(parent ? parent->linger.load(relaxed) : 0, relaxed);
  record.send_buffer_bytes.store(parent ? parent->send_buffer_bytes.load(relaxed) : -1, relaxed);
  record.receive_buffer_bytes.store(parent ? parent->receive_buffer_bytes.load(relaxed) : -1, relaxed);
  if (peer != nullptr) record.set_peer(*peer);
  record.state.store(state, relaxed);
}

// References that are in the word now belong to calls with stale handles; they give them back themselves.
uint32_t open_next_generation(Record& record, uint64_t kind) {
  uint64_t word = record.word.load(std::memory_order_acquire);
  while (true) {
    const uint32_t last = generation_of(word);
    const uint32_t next = last >= kGenerationMax ? 1 : last + 1;
    const uint64_t opened = uint64_t{next} << 32 | kind | (word & kReferenceMask);
    // Sequentially consistent, like all that adopt_socket and the last WSPCleanup tell each other.
    if (record.word.compare_exchange_weak(word, opened)) return next;
  }
}

}  // namespace

void Record::fail(Error reason) {
  int32_t none = 0;
  failure.compare_exchange_strong(none, wsa_code(reason), std::memory_order_acq_rel);
  set(kFailed);
}

void Record::set_peer(const sys::Address& address) {
  uint32_t words[7];
  std::memcpy(words, address.bytes, sizeof(words));
  // words[0] is family and port. The flow label of IPv6 is not kept.
  const bool v6 = address.size == sys::kSizeV6;
  peer[0].store(words[0], std::memory_order_relaxed);
  for (int i = 1; i < 5; ++i) peer[i].store(v6 ? words[i + 1] : words[i], std::memory_order_relaxed);
  peer[5].store(v6 ? words[6] : 0, std::memory_order_relaxed);
}

sys::Address Record::peer_address() const {
  const bool v6 = has(kV6);
  uint32_t words[7] = {};
  words[0] = peer[0].load(std::memory_order_relaxed);
  for (int i = 1; i < 5; ++i) words[v6 ? i + 1 : i] = peer[i].load(std::memory_order_relaxed);
  if (v6) words[6] = peer[5].load(std::memory_order_relaxed);
  sys::Address address;
  address.size = v6 ? sys::kSizeV6 : sys::kSizeV4;
  std::memcpy(address.bytes, words, static_cast<size_t>(address.size));
  return address;
}

namespace {

// The record of a new descriptor; closes that when there is none.
Result<Record*> record_for(int fd) {
  Record* record = find_record(static_cast<uint32_t>(fd));
  if (record == nullptr) record = make_record(static_cast<uint32_t>(fd));
  if (record != nullptr) return record;
  sys::close(fd);
  return static_cast<uint32_t>(fd) >> kChunkBits >= kChunks ? Error::too_many_files : Error::no_buffers;
}

Handle handle_of(uint64_t generation, int fd) {
  return static_cast<Handle>(generation << 32 | static_cast<uint32_t>(fd));
}

// An alias says in the place of a peer whose it is.
void set_target(Record& alias, Handle target) {
  alias.peer[0].store(static_cast<uint32_t>(target), std::memory_order_relaxed);
  alias.peer[1].store(static_cast<uint32_t>(uint64_t{target} >> 32), std::memory_order_relaxed);
}

Handle target_of(const Record& alias) {
  return handle_of(alias.peer[1].load(std::memory_order_relaxed),
                   static_cast<int>(alias.peer[0].load(std::memory_order_relaxed)));
}

// The record has just been closed to new calls.
void tell_closing(SocketRef& socket) {
  if (has_sleepers(socket.fd())) wake_sleepers(socket);
  if (socket.extension() != nullptr) {
    selection_closing(socket);
    overlapped_closing(socket);
    pending_closing(socket);
    spill_closing(socket);
  }
  release_address(socket);
}

// Closes a record to new calls. False when it is closed already. Sequentially consistent, for those that finish something and
// then look whether the socket is being closed.
bool shut(SocketRef& socket) {
  const uint64_t before = socket->word.fetch_or(kClosing);
  if ((before & kClosing) != 0) return false;
  tell_closing(socket);
  return true;
}

// Opens the record and returns its handle, unless the provider has been cleaned up meanwhile.
Result<Handle> open_record(Record& record, int fd, uint64_t kind) {
  const Handle handle = handle_of(open_next_generation(record, kind), fd);
  if (is_started()) return handle;
  // The last WSPCleanup may have looked here before the record was open.
  SocketRef socket = SocketRef::internal(handle);
  if (socket) shut(socket);
  return Error::not_initialised;
}

}  // namespace

Result<Handle> adopt_socket(int fd, uint32_t state, const Record* parent, const sys::Address* peer) {
  auto record = record_for(fd);
  if (!record) return record.error();
  initialise(**record, state, parent, peer);
  connected_at_slot(fd).store((state & kConnected) != 0 ? seconds_now() : 0, std::memory_order_relaxed);
  return open_record(**record, fd, 0);
}

Result<Handle> adopt_alias(int fd, uint32_t own_state, SocketRef& socket) {
  auto record = record_for(fd);
  if (!record) {
    close_counted(socket);
    return record.error();
  }
  list_alias(socket, fd);
  initialise(**record, own_state, nullptr, nullptr);
  set_target(**record, socket.handle());
  return open_record(**record, fd, kAlias);
}

Record* hold_record(Handle handle) {
  const uint32_t fd = static_cast<uint32_t>(handle);
  Record* record = find_record(fd);
  if (record == nullptr) return nullptr;
  const uint64_t word = record->word.fetch_add(kReference, std::memory_order_acq_rel);
  if (generation_of(word) == static_cast<uint64_t>(handle) >> 32 && (word & kNotAtOnce) == 0) return record;
  drop_reference(*record, static_cast<int>(fd));
  return nullptr;
}

void release_record(Record& record, int fd) {
  drop_reference(record, fd);
}

bool close_record(Record& record, int fd) {
  if (record.linger.load(std::memory_order_relaxed) != 0 || !record.has(kAutoBound)) return false;
  uint64_t word = record.word.load(std::memory_order_acquire);
  do {
    if ((word & (kNotAtOnce | kShared)) != 0) return false;
  } while (!record.word.compare_exchange_weak(word, word | kClosing));
  if (!has_sleepers(fd) && extension_slot(fd).load() == nullptr) return true;
  SocketRef socket = SocketRef::internal(handle_of(generation_of(word), fd));
  if (socket) tell_closing(socket);
  return true;
}

SocketRef::SocketRef(Handle handle) {
  const uint32_t fd = static_cast<uint32_t>(handle);
  Record* record = find_record(fd);
  if (record == nullptr) return;
  const uint64_t word = record->word.fetch_add(kReference, std::memory_order_acq_rel);
  const bool same = generation_of(word) == static_cast<uint64_t>(handle) >> 32;
  if (same && (word & kNotAtOnce) == 0) {
    record_ = record;
    fd_ = static_cast<int>(fd);
    return;
  }
  if (same && (word & kNotAtOnce) == kAlias)
    borrow_alias(*record, static_cast<int>(fd));
  else
    drop_reference(*record, static_cast<int>(fd));
}

// The reference to the alias is the caller's and is taken over.
void SocketRef::borrow_alias(Record& alias, int fd) {
  SocketRef socket = open(target_of(alias));
  if (!socket) return drop_reference(alias, fd);
  record_ = std::exchange(socket.record_, nullptr);
  fd_ = socket.fd_;
  alias_fd_ = fd;
}

SocketRef SocketRef::internal(Handle handle) {
  const uint32_t fd = static_cast<uint32_t>(handle);
  Record* record = find_record(fd);
  if (record == nullptr) return SocketRef(nullptr, -1);
  const uint64_t word = record->word.fetch_add(kReference, std::memory_order_acq_rel);
  // While closing, somebody still holds a reference; once closed, nobody may come back.
  const bool alive = generation_of(word) == static_cast<uint64_t>(handle) >> 32 && (word & kClosed) == 0;
  if (alive) return SocketRef(record, static_cast<int>(fd));
  drop_reference(*record, static_cast<int>(fd));
  return SocketRef(nullptr, -1);
}

SocketRef SocketRef::open(Handle handle) {
  SocketRef socket = internal(handle);
  if (socket && socket.closing()) return SocketRef(nullptr, -1);
  return socket;
}

SocketRef SocketRef::another() const {
  record_->word.fetch_add(kReference, std::memory_order_relaxed);
  return SocketRef(record_, fd_);
}

Handle SocketRef::handle() const {
  return handle_of(generation_of(record_->word.load(std::memory_order_relaxed)), fd_);
}

Handle SocketRef::name() const {
  if (alias_fd_ < 0) return handle();
  const Record& alias = *find_record(static_cast<uint32_t>(alias_fd_));
  return handle_of(generation_of(alias.word.load(std::memory_order_relaxed)), alias_fd_);
}

uint32_t SocketRef::alias_flags() const {
  const Record& alias = *find_record(static_cast<uint32_t>(alias_fd_));
  return (record_->flags() & ~kOwnOfHandle) | (alias.flags() & kOwnOfHandle);
}

void SocketRef::learn_bound(uint32_t bits) const {
  record_->state.fetch_or(bits);
  if (alias_fd_ >= 0) find_record(static_cast<uint32_t>(alias_fd_))->set(kBound);
}

std::atomic<uint32_t>& SocketRef::connected_at() const {
  return connected_at_slot(fd_);
}

void SocketRef::note_connected() const {
  connected_at_slot(fd_).store(seconds_now(), std::memory_order_relaxed);
}

uint32_t SocketRef::connected_s() const {
  const uint32_t since = connected_at_slot(fd_).load(std::memory_order_relaxed);
  return since == 0 ? UINT32_MAX : seconds_now() - since;
}

Extension* SocketRef::extension() const {
  return extension_slot(fd_).load(std::memory_order_acquire);
}

Extension* SocketRef::make_extension() const {
  return make_part(extension_slot(fd_));
}

void SocketRef::release() {
  drop_reference(*record_, fd_);
  if (alias_fd_ >= 0) drop_reference(*find_record(static_cast<uint32_t>(alias_fd_)), alias_fd_);
}

bool SocketRef::closing() const {
  return (record_->word.load() & kClosing) != 0;
}

// Decided in one step: a socket that is marked as shared before its handle is closed has its handles counted, one that is
// not cannot be shared any more.
bool begin_close(SocketRef& socket) {
  if (socket.alias_fd_ >= 0) {
    Record& alias = *find_record(static_cast<uint32_t>(socket.alias_fd_));
    if ((alias.word.fetch_or(kClosing, std::memory_order_acq_rel) & kClosing) != 0) return false;
    unlist_alias(socket, socket.alias_fd_);
    close_counted(socket);
    return true;
  }
  uint64_t word = socket->word.load(std::memory_order_acquire);
  while (true) {
    if ((word & (kClosing | kHandleClosed)) != 0) return false;
    const uint64_t end = (word & kShared) != 0 ? kHandleClosed : kClosing;
    if (socket->word.compare_exchange_weak(word, word | end)) break;
  }
  if ((word & kShared) != 0)
    close_counted(socket);
  else
    tell_closing(socket);
  return true;
}

void close_counted(SocketRef& socket) {
  if (uncount_handle(socket)) shut(socket);
}

bool mark_shared(SocketRef& socket) {
  uint64_t word = socket->word.load(std::memory_order_acquire);
  do {
    if ((word & kClosing) != 0) return false;
  } while (!socket->word.compare_exchange_weak(word, word | kShared, std::memory_order_acq_rel));
  return true;
}

namespace {

// alias is the borrowed record of one, not its socket's.
void forget_alias(const SocketRef& alias) {
  SocketRef socket = SocketRef::internal(target_of(*alias));
  if (socket) unlist_alias(socket, alias.fd());
}

}  // namespace

void close_all_sockets() {
  // All are marked before the first is really closed: two sockets may be the ends of one connection, and a call that
  // waits on one of them must come back as cancelled, not with the end that closing the other one brings.
  std::list<SocketRef> held;
  for (uint32_t chunk = 0; chunk < kChunks; ++chunk) {
    Chunk* found = chunks[chunk].load();
    if (found == nullptr) continue;
    for (uint32_t i = 0; i < kChunkRecords; ++i) {
      const uint64_t word = found->records[i].word.load();
      if ((word & (kClosing | kClosed)) != 0) continue;
      const auto fd = static_cast<int>(chunk << kChunkBits | i);
      SocketRef& socket = held.emplace_back(SocketRef::internal(handle_of(generation_of(word), fd)));
      if (socket && (word & kAlias) != 0) forget_alias(socket);
      if (!socket || !shut(socket)) held.pop_back();
    }
  }
}

void set_started(bool on) {
  started.store(on);
}

bool is_started() {
  return started.load();
}

}  // namespace inlet::provider
