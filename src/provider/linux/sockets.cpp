#include "provider/linux/sockets.h"

#include <chrono>
#include <cstring>
#include <list>
#include <mutex>
#include <new>

#include "base/assert.h"

namespace inlet::provider {
namespace {

constexpr uint64_t kReference = 1;
constexpr uint64_t kReferenceMask = (1u << 30) - 1;
constexpr uint64_t kClosing = 1u << 30;
constexpr uint64_t kClosed = 1u << 31;
constexpr uint32_t kGenerationMax = 0x7fffffff;

constexpr int kChunkBits = 10;
constexpr uint32_t kChunkRecords = 1u << kChunkBits;
constexpr uint32_t kChunks = 1u << 14;  // 16 million descriptors

std::array<std::atomic<Record*>, kChunks> chunks;
std::mutex chunks_mutex;
std::atomic<bool> started{false};

uint32_t generation_of(uint64_t word) {
  return static_cast<uint32_t>(word >> 32);
}

Record* find_record(uint32_t fd) {
  const uint32_t chunk = fd >> kChunkBits;
  if (chunk >= kChunks) return nullptr;
  Record* records = chunks[chunk].load(std::memory_order_acquire);
  return records == nullptr ? nullptr : records + (fd & (kChunkRecords - 1));
}

// Chunks are never freed: a call with a stale handle may look into one at any time.
Record* make_record(uint32_t fd) {
  const uint32_t chunk = fd >> kChunkBits;
  if (chunk >= kChunks) return nullptr;
  std::lock_guard lock(chunks_mutex);
  if (chunks[chunk].load(std::memory_order_relaxed) == nullptr) {
    Record* records = new (std::nothrow) Record[kChunkRecords]{};
    if (records == nullptr) return nullptr;
    for (uint32_t i = 0; i < kChunkRecords; ++i) records[i].word.store(kClosing | kClosed, std::memory_order_relaxed);
    chunks[chunk].store(records);
  }
  return find_record(fd);
}

// Gives one reference back; the last one of a closing record closes the descriptor. Only the winner of the exchange
// does, because calls with stale handles may take and give back references at any time.
void drop_reference(Record& record, int fd) {
  uint64_t word = record.word.fetch_sub(kReference, std::memory_order_acq_rel) - kReference;
  while ((word & (kReferenceMask | kClosing | kClosed)) == kClosing) {
    if (!record.word.compare_exchange_weak(word, word | kClosed, std::memory_order_acq_rel)) continue;
    sys::close(fd);
    return;
  }
}

// A thread that sleeps on a socket. Lives on that thread's stack, in the stripe of its descriptor.
struct Sleeper {
  int fd;
  int wake_fd;
  Sleeper* next;
  Sleeper** link;
};

struct Stripe {
  std::mutex mutex;
  Sleeper* first = nullptr;
};

constexpr uint32_t kStripes = 64;
std::array<Stripe, kStripes> stripes;

Stripe& stripe_of(int fd) {
  return stripes[static_cast<uint32_t>(fd) % kStripes];
}

// Puts a sleeper into its stripe for the time of one wait.
class SleeperEntry {
 public:
  SleeperEntry(int fd, int wake_fd) : stripe_(stripe_of(fd)), sleeper_{fd, wake_fd, nullptr, nullptr} {
    std::lock_guard lock(stripe_.mutex);
    sleeper_.next = stripe_.first;
    sleeper_.link = &stripe_.first;
    if (sleeper_.next != nullptr) sleeper_.next->link = &sleeper_.next;
    stripe_.first = &sleeper_;
  }
  ~SleeperEntry() {
    std::lock_guard lock(stripe_.mutex);
    *sleeper_.link = sleeper_.next;
    if (sleeper_.next != nullptr) sleeper_.next->link = sleeper_.link;
  }
  SleeperEntry(const SleeperEntry&) = delete;
  SleeperEntry& operator=(const SleeperEntry&) = delete;

 private:
  Stripe& stripe_;
  Sleeper sleeper_;
};

void wake_sleepers(int fd) {
  Stripe& stripe = stripe_of(fd);
  std::lock_guard lock(stripe.mutex);
  for (Sleeper* sleeper = stripe.first; sleeper != nullptr; sleeper = sleeper->next)
    if (sleeper->fd == fd) sys::signal_wake(sleeper->wake_fd);
}

// A thread waits on one socket at a time, so one eventfd per thread is enough. Made when the thread first sleeps.
class ThreadWake {
 public:
  ~ThreadWake() {
    if (fd_ >= 0) sys::close(fd_);
  }
  int fd() {
    if (fd_ < 0) fd_ = sys::make_wake();
    return fd_;
  }

 private:
  int fd_ = -1;
};

thread_local ThreadWake thread_wake;

// Milliseconds left, rounded up so that a wait never ends early; 0 when the time is over.
int remaining_ms(std::chrono::steady_clock::time_point deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  if (left <= left.zero()) return 0;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return ms > INT32_MAX ? INT32_MAX : static_cast<int>(ms);
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
uint32_t open_next_generation(Record& record) {
  uint64_t word = record.word.load(std::memory_order_acquire);
  while (true) {
    const uint32_t last = generation_of(word);
    const uint32_t next = last >= kGenerationMax ? 1 : last + 1;
    const uint64_t opened = uint64_t{next} << 32 | (word & kReferenceMask);
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

Result<Handle> adopt_socket(int fd, uint32_t state, const Record* parent, const sys::Address* peer) {
  Record* record = find_record(static_cast<uint32_t>(fd));
  if (record == nullptr) record = make_record(static_cast<uint32_t>(fd));
  if (record == nullptr) {
    sys::close(fd);
    return static_cast<uint32_t>(fd) >> kChunkBits >= kChunks ? Error::too_many_files : Error::no_buffers;
  }
  initialise(*record, state, parent, peer);
  const uint64_t generation = open_next_generation(*record);
  const Handle handle = static_cast<Handle>(generation << 32 | static_cast<uint32_t>(fd));
  if (is_started()) return handle;
  // The last WSPCleanup may have looked here before the record was open.
  SocketRef socket(handle);
  if (socket) begin_close(socket);
  return Error::not_initialised;
}

SocketRef::SocketRef(Handle handle) {
  const uint32_t fd = static_cast<uint32_t>(handle);
  Record* record = find_record(fd);
  if (record == nullptr) return;
  const uint64_t word = record->word.fetch_add(kReference, std::memory_order_acq_rel);
  if (generation_of(word) == static_cast<uint64_t>(handle) >> 32 && (word & (kClosing | kClosed)) == 0) {
    record_ = record;
    fd_ = static_cast<int>(fd);
    return;
  }
  drop_reference(*record, static_cast<int>(fd));
}

void SocketRef::release() {
  drop_reference(*record_, fd_);
}

bool SocketRef::closing() const {
  return (record_->word.load(std::memory_order_acquire) & kClosing) != 0;
}

bool begin_close(SocketRef& socket) {
  const uint64_t before = socket.record_->word.fetch_or(kClosing, std::memory_order_acq_rel);
  if ((before & kClosing) != 0) return false;
  wake_sleepers(socket.fd_);
  return true;
}

void close_all_sockets() {
  // All are marked before the first is really closed: two sockets may be the ends of one connection, and a call that
  // waits on one of them must come back as cancelled, not with the end that closing the other one brings.
  std::list<SocketRef> held;
  for (uint32_t chunk = 0; chunk < kChunks; ++chunk) {
    Record* records = chunks[chunk].load();
    if (records == nullptr) continue;
    for (uint32_t i = 0; i < kChunkRecords; ++i) {
      const uint64_t word = records[i].word.load();
      if ((word & (kClosing | kClosed)) != 0) continue;
      const uint64_t fd = chunk << kChunkBits | i;
      SocketRef& socket = held.emplace_back(static_cast<Handle>(uint64_t{generation_of(word)} << 32 | fd));
      if (!socket || !begin_close(socket)) held.pop_back();
    }
  }
}

Result<void> wait_ready(const SocketRef& socket, unsigned events, uint32_t timeout_ms) {
  const int wake_fd = thread_wake.fd();
  if (wake_fd < 0) return error_of_errno(-wake_fd);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  SleeperEntry entry(socket.fd(), wake_fd);
  while (true) {
    // The closer marks the record before it looks for sleepers, so one of the two sees the other.
    if (socket.closing()) break;
    const int ready = sys::wait(socket.fd(), events, wake_fd, timeout_ms == 0 ? -1 : remaining_ms(deadline));
    if (ready < 0) return error_of_errno(-ready);
    if ((static_cast<unsigned>(ready) & sys::kWoken) != 0) {
      sys::drain_wake(wake_fd);
      continue;
    }
    if (ready != 0) return {};
    if (timeout_ms != 0 && remaining_ms(deadline) == 0) return Error::timed_out;
  }
  return Error::canceled;
}

void set_started(bool on) {
  started.store(on);
}

bool is_started() {
  return started.load();
}

}  // namespace inlet::provider
