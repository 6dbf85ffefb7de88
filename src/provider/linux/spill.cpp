#include "provider/linux/spill.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <new>

#include "base/limits.h"
#include "provider/linux/extension.h"
#include "provider/linux/reactor.h"
#include "provider/linux/streams.h"
#include "provider/linux/wait.h"

namespace inlet::provider {

// The operations on one spill; each takes its mutex, and calls nothing that takes another.
class SpillAccess {
 public:
  enum class Outcome { empty, full, turn_over, dead };

  explicit SpillAccess(Spill& spill) : spill_(spill) {}

  bool append(SocketRef& socket, Outgoing& request);
  Outcome flush(SocketRef& socket, Error* why);
  bool finish_later();
  size_t bytes();
  void drop(SocketRef& socket);

  std::unique_ptr<SocketRef>& kept() { return spill_.kept_; }

 private:
  using Block = Spill::Block;

  static std::unique_ptr<Block> copy(Outgoing& request);
  ptrdiff_t send_first_locked(SocketRef& socket);
  void consume_locked(size_t bytes);
  void clear_locked(SocketRef& socket);

  Spill& spill_;
};

namespace {

// Spills of closed sockets, which keep their descriptors open.
struct Closed {
  std::mutex mutex;
  std::condition_variable emptied;
  List<Spill, ClosedTag> spills;  // guarded by mutex, like kept_ of each
};

// Never destroyed: the reactor may run while the process exits.
Closed& closed() {
  static Closed* instance = new Closed;
  return *instance;
}

Spill* spill_of(const SocketRef& socket) {
  Extension* parts = socket.extension();
  return parts == nullptr ? nullptr : parts->spill.load(std::memory_order_acquire);
}

// Lets go of the descriptor of a closed socket. The caller's own reference keeps the spill alive until it returns.
void release(Spill& spill) {
  std::unique_ptr<SocketRef> kept;
  Closed& all = closed();
  std::lock_guard lock(all.mutex);
  if (!spill.is_linked()) return;
  spill.unlink();
  // Not the last reference, so nothing happens in here but counting down.
  kept = std::move(SpillAccess(spill).kept());
  if (all.spills.empty()) all.emptied.notify_all();
}

// The socket has become writable, which nobody else can have seen.
void tell_drained(SocketRef& socket) {
  wake_sleepers(socket);
  [[maybe_unused]] auto told = reactor_call(socket);
}

bool closes_hard(const SocketRef& socket) {
  const uint32_t linger = socket->linger.load(std::memory_order_relaxed);
  return !is_started() || ((linger >> 16) != 0 && (linger & 0xffff) == 0);
}

}  // namespace

// --- one spill

// Block by block, because a long chain would otherwise end in as deep a recursion.
Spill::~Spill() {
  while (first_ != nullptr) first_ = std::move(first_->next);
}

// Copies the rest of a send into blocks; nullptr without memory.
std::unique_ptr<Spill::Block> SpillAccess::copy(Outgoing& request) {
  std::unique_ptr<Block> first;
  std::unique_ptr<Block>* end = &first;
  Cursor at = request.at;
  for (size_t left = request.left; left > 0;) {
    const size_t size = std::min(left, kSpillBlockBytes);
    std::unique_ptr<Block> block(new (std::nothrow) Block);
    if (block != nullptr) block->data.reset(new (std::nothrow) char[size]);
    if (block == nullptr || block->data == nullptr) {
      while (first != nullptr) first = std::move(first->next);
      return nullptr;
    }
    at.copy_to(block->data.get(), size);
    at.advance(size);
    block->end = size;
    left -= size;
    *end = std::move(block);
    end = &(*end)->next;
  }
  return first;
}

bool SpillAccess::append(SocketRef& socket, Outgoing& request) {
  std::unique_ptr<Block> blocks = copy(request);
  if (blocks == nullptr) return false;
  Block* last = blocks.get();
  while (last->next != nullptr) last = last->next.get();
  std::lock_guard lock(spill_.mutex_);
  (spill_.first_ == nullptr ? spill_.first_ : spill_.last_->next) = std::move(blocks);
  spill_.last_ = last;
  spill_.bytes_ += request.left;
  spill_.flags_ = (request.flags & MSG_DONTROUTE) != 0 ? sys::kDontRoute : 0u;
  spill_.urgent_ = (request.flags & MSG_OOB) != 0;
  socket->set(kSpilling);
  request.at.advance(request.left);
  request.left = 0;
  return true;
}

ptrdiff_t SpillAccess::send_first_locked(SocketRef& socket) {
  const Block& block = *spill_.first_;
  size_t size = block.end - block.begin;
  unsigned flags = spill_.flags_;
  if (spill_.urgent_ && block.next == nullptr) {
    if (size > 1)
      --size;
    else
      flags |= sys::kOutOfBand;
  }
  return sys::send(socket.fd(), block.data.get() + block.begin, size, flags);
}

void SpillAccess::consume_locked(size_t bytes) {
  Block& block = *spill_.first_;
  block.begin += bytes;
  spill_.bytes_ -= bytes;
  if (block.begin == block.end) spill_.first_ = std::move(block.next);
}

void SpillAccess::clear_locked(SocketRef& socket) {
  while (spill_.first_ != nullptr) spill_.first_ = std::move(spill_.first_->next);
  spill_.last_ = nullptr;
  spill_.bytes_ = 0;
  spill_.urgent_ = false;
  socket->clear(kSpilling);
}

SpillAccess::Outcome SpillAccess::flush(SocketRef& socket, Error* why) {
  std::lock_guard lock(spill_.mutex_);
  for (size_t done = 0; spill_.first_ != nullptr;) {
    if (done >= kSpillTurnBytes) return Outcome::turn_over;
    const ptrdiff_t sent = send_first_locked(socket);
    if (sent < 0) {
      *why = send_failure(socket, static_cast<int>(-sent));
      if (*why == Error::would_block) return Outcome::full;
      clear_locked(socket);
      return Outcome::dead;
    }
    consume_locked(static_cast<size_t>(sent));
    done += static_cast<size_t>(sent);
  }
  clear_locked(socket);
  if (spill_.finish_) sys::shutdown_send(socket.fd());
  spill_.finish_ = false;
  return Outcome::empty;
}

bool SpillAccess::finish_later() {
  std::lock_guard lock(spill_.mutex_);
  if (spill_.first_ == nullptr) return false;
  spill_.finish_ = true;
  return true;
}

size_t SpillAccess::bytes() {
  std::lock_guard lock(spill_.mutex_);
  return spill_.bytes_;
}

void SpillAccess::drop(SocketRef& socket) {
  std::lock_guard lock(spill_.mutex_);
  clear_locked(socket);
}

// --- the spill of a socket

namespace {

// Sends what goes. Afterwards somebody is bound to come back as long as anything is left: the kernel has said that it is full,
// so it will report room, or the reactor has been asked to go on.
Error flush(SocketRef& socket, Spill& spill) {
  Error why = Error::none;
  switch (SpillAccess(spill).flush(socket, &why)) {
    case SpillAccess::Outcome::full: return Error::would_block;
    case SpillAccess::Outcome::turn_over:
      if (reactor_call(socket)) return Error::would_block;
      // Without memory for a timer; nobody else would come back.
      return flush(socket, spill);
    case SpillAccess::Outcome::empty:
    case SpillAccess::Outcome::dead: break;
  }
  release(spill);
  return why;
}

}  // namespace

size_t spill_rest(SocketRef& socket, Outgoing& request) {
  const size_t size = request.left;
  if (!reactor_watch(socket)) return 0;
  Extension* parts = socket.extension();
  Spill* spill = make_part(parts->spill);
  if (spill == nullptr || !SpillAccess(*spill).append(socket, request)) return 0;
  // The kernel's report of room may have come and gone before there was anything to send.
  if (flush(socket, *spill) != Error::would_block) tell_drained(socket);
  return size;
}

Error spill_flush(SocketRef& socket) {
  Spill* spill = spill_of(socket);
  if (spill == nullptr) return Error::none;
  const Error error = flush(socket, *spill);
  if (error != Error::would_block) tell_drained(socket);
  return error;
}

bool spill_then_finish(SocketRef& socket) {
  Spill* spill = spill_of(socket);
  return spill != nullptr && SpillAccess(*spill).finish_later();
}

size_t spill_bytes(const SocketRef& socket) {
  Spill* spill = spill_of(socket);
  return spill == nullptr ? 0 : SpillAccess(*spill).bytes();
}

void spill_drop(SocketRef& socket) {
  Spill* spill = spill_of(socket);
  if (spill == nullptr) return;
  SpillAccess(*spill).drop(socket);
  release(*spill);
}

void spill_ready(SocketRef& socket, unsigned) {
  Spill* spill = spill_of(socket);
  if (spill == nullptr || !socket->has(kSpilling)) return;
  if (flush(socket, *spill) != Error::would_block) wake_sleepers(socket);
}

void spill_closing(SocketRef& socket) {
  Spill* spill = spill_of(socket);
  if (spill == nullptr || !socket->has(kSpilling)) return;
  std::unique_ptr<SocketRef> kept(closes_hard(socket) ? nullptr : new (std::nothrow) SocketRef(socket.another()));
  if (kept == nullptr) {
    sys::reset_on_close(socket.fd(), true);
    return SpillAccess(*spill).drop(socket);
  }
  {
    Closed& all = closed();
    std::lock_guard lock(all.mutex);
    SpillAccess(*spill).kept() = std::move(kept);
    all.spills.push_back(*spill);
  }
  // It may have drained in between, and then nobody would let go.
  if (SpillAccess(*spill).bytes() == 0) release(*spill);
}

void spill_finish_all() {
  Closed& all = closed();
  std::unique_lock lock(all.mutex);
  all.emptied.wait_for(lock, std::chrono::milliseconds(kSpillCleanup_ms), [&] { return all.spills.empty(); });
  while (Spill* spill = all.spills.pop_front()) {
    std::unique_ptr<SocketRef> kept = std::move(SpillAccess(*spill).kept());
    lock.unlock();
    sys::reset_on_close(kept->fd(), true);
    SpillAccess(*spill).drop(*kept);
    kept.reset();
    lock.lock();
  }
}

}  // namespace inlet::provider
