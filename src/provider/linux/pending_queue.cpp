#include "provider/linux/pending_queue.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "provider/linux/events.h"
#include "provider/linux/extension.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/reactor.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAcceptingLook_ms = 10;  // how often a listener is looked after whose owner accepts,
constexpr int kTrustedLook_ms = 50;    // and one whose owner was met accepting so often in a row; a look costs 25 us
constexpr unsigned kLooksToTrust = 50;
constexpr unsigned kFoundToTrust = 16;  // after so many answers that somebody waits nobody asks any more
constexpr size_t kPlacesToWatch = 8;    // from so few free places on the reactor looks out without sleeping
constexpr auto kQuiet = std::chrono::microseconds(200);      // and gives up when nobody came for so long,
constexpr auto kWatchMax = std::chrono::microseconds(2000);  // or after this, for its other sockets' sake

constexpr size_t kAboutToCome = 64;  // connections that may enter the queue while one is half way through

constexpr auto kOnTheWay = std::chrono::microseconds(10);  // what a packet takes from the door to the queue

void reset(int fd) {
  sys::reset_on_close(fd, true);
  sys::close(fd);
}

// Errors of accept() that belong to the one connection that was taken from the queue, not to the listener.
bool concerns_one_connection(Error error) {
  switch (error) {
    case Error::conn_aborted:
    case Error::conn_reset:
    case Error::net_down:
    case Error::net_unreachable:
    case Error::host_down:
    case Error::host_unreachable:
    case Error::timed_out:
    case Error::no_such_option:
    case Error::not_supported: return true;
    default: return false;
  }
}

Result<Pending> accept_from_kernel(int fd) {
  while (true) {
    Pending pending{};
    pending.fd = sys::accept(fd, &pending.peer);
    if (pending.fd >= 0) return pending;
    const Error error = error_of_errno(-pending.fd);
    if (concerns_one_connection(error)) continue;
    // The kernel looks for a descriptor before it looks into the queue.
    if (error == Error::too_many_files && sys::queued_connections(fd) <= 0) return Error::would_block;
    return error;
  }
}

// A packet that was heard just before may still be on its way through the kernel, and must find the queue full.
void let_pass() {
  for (const auto until = Clock::now() + kOnTheWay; Clock::now() < until;) {
  }
}

}  // namespace

PendingQueue::~PendingQueue() {
  close();
  if (ready_fd_ >= 0) sys::close(ready_fd_);
}

size_t PendingQueue::places_left() const {
  const size_t used = (fifo_.empty() ? 0 : fifo_.size()) + taken_;
  const auto all = static_cast<size_t>(backlog_);
  return used < all ? all - used : 0;
}

bool PendingQueue::may_open() const {
  return places_left() > 0 && !admission_paused_ && !waits_turn_;
}

// Tells the kernel how many may wait there; it lets in one more than it is told. Whoever listens does not mind what is left of
// connections at the port, its own and those of an earlier listener.
Result<void> PendingQueue::open_kernel(size_t places) {
  const bool begins = paused_ || kernel_places_ == 0;
  if (begins && !shares_) sys::set_option(fd_, sys::Option::reuse_address, 1);
  const int result = sys::listen(fd_, static_cast<int>(places) - 1);
  if (result != 0) {
    if (begins && !shares_) sys::set_option(fd_, sys::Option::reuse_address, 0);
    return error_of_errno(-result);
  }
  kernel_places_ = places;
  paused_ = false;
  return {};
}

// Brings the kernel in line with the places that are left. While the queue is paused another process may have taken the
// port; then the next call tries again.
void PendingQueue::adjust() {
  if (closed_ || backlog_ == 0 || shared_) return;
  if (!may_open()) {
    if (!paused_) pause();
  } else if (paused_ || kernel_places_ != places_left()) {
    [[maybe_unused]] auto opened = open_kernel(places_left());
  }
}

// A paused listener holds its port like one that is merely bound: no other process gets in beside it.
void PendingQueue::pause() {
  sys::shutdown_receive(fd_);
  if (!shares_) sys::set_option(fd_, sys::Option::reuse_address, 0);
  paused_ = true;
}

// From now on nobody new can begin; who is not heard asks again. A handshake that has begun goes on.
void PendingQueue::go_deaf() {
  sys::deafen(fd_, v6_, true);
}

// A connection takes the listener's deafness over if its handshake ends meanwhile, and nobody can say which ones did. Those that are
// queued now, and some more that other processors may be about to queue, are cured when they are accepted.
void PendingQueue::hear_again() {
  sys::deafen(fd_, v6_, false);
  maybe_deaf_ = paused_ ? 0 : static_cast<size_t>(std::max(sys::queued_connections(fd_), 0)) + kAboutToCome;
}

Result<Pending> PendingQueue::accept_next() {
  auto pending = accept_from_kernel(fd_);
  if (!pending) forget_count();
  if (surely_queued_ != 0) --surely_queued_;
  if (!pending || maybe_deaf_ == 0) return pending;
  --maybe_deaf_;
  sys::deafen(pending->fd, v6_, false);
  return pending;
}

// To accept from an empty queue is dear: the kernel makes a socket and a descriptor before it looks, and throws them away. So it is
// asked first, once for all that wait; unless the owner only comes when somebody is there. One that does not listen has its reason,
// which accept tells.
bool PendingQueue::kernel_is_empty() {
  if (surely_queued_ != 0 || found_some_ == kFoundToTrust) return false;
  surely_queued_ = sys::queued_connections(fd_);
  if (surely_queued_ < 0) surely_queued_ = 1;
  found_some_ = surely_queued_ == 0 ? 0 : found_some_ + 1;
  return surely_queued_ == 0;
}

// Next time it is asked.
void PendingQueue::forget_count() {
  surely_queued_ = 0;
  found_some_ = 0;
}

// Takes one connection out of the kernel's queue, which has a place less from then on.
//
// A full queue loses the place before the connection leaves it, or one too many would get in. One with room loses it afterwards:
// the last packet of a handshake that has just begun must not find it full, because that client believes to be connected. Nobody
// may begin meanwhile, because this thread can be interrupted in between: who is not heard asks again.
bool PendingQueue::take_over_one() {
  const int queued = sys::queued_connections(fd_);
  if (queued <= 0) return false;
  const size_t left = places_left() - 1;
  if (left == 0) return take_over_last();
  const bool full = static_cast<size_t>(queued) >= kernel_places_;
  if (full) {
    [[maybe_unused]] auto lowered = open_kernel(left);
  } else {
    go_deaf();
  }
  auto pending = accept_next();
  if (pending) fifo_.push_back(*pending);
  adjust();
  if (!full) hear_again();
  return pending.ok();
}

// With the last one the kernel has to refuse, and until it does it hears nothing at all: a client of just that moment asks
// again, and is refused then.
bool PendingQueue::take_over_last() {
  go_deaf();
  let_pass();
  auto pending = accept_next();
  if (pending) {
    fifo_.push_back(*pending);
    pause();
  }
  hear_again();
  if (!pending) adjust();
  return pending.ok();
}

bool PendingQueue::take_over_all() {
  bool any = false;
  while (!paused_ && places_left() > 0 && take_over_one()) any = true;
  return any;
}

// Takes all connections out of the kernel's queue, which lets in nobody meanwhile.
// Errors   those of accept, but that none is left: some may still be there
Result<void> PendingQueue::empty_kernel() {
  while (true) {
    auto pending = accept_next();
    if (!pending) return pending.error() == Error::would_block ? Result<void>() : pending.error();
    fifo_.push_back(*pending);
  }
}

bool PendingQueue::is_nearly_full() const {
  const int in_kernel = std::max(sys::queued_connections(fd_), 0);
  const size_t waiting = fifo_.size() + taken_ + static_cast<size_t>(in_kernel);
  return static_cast<size_t>(backlog_) <= waiting + kPlacesToWatch;
}

void PendingQueue::trim(size_t kept) {
  while (fifo_.size() > kept) {
    reset(fifo_.back().fd);
    fifo_.pop_back();
  }
}

Result<void> PendingQueue::begin(int backlog) {
  int shares = 0;
  sys::get_option(fd_, sys::Option::reuse_address, &shares);
  shares_ = shares != 0;
  backlog_ = backlog;
  if (waits_turn_) {
    paused_ = true;
    return {};
  }
  auto opened = open_kernel(places_left());
  if (!opened)
    backlog_ = 0;
  else if (admission_paused_)
    pause();
  return opened;
}

Result<void> PendingQueue::listen(int backlog) {
  std::lock_guard lock(mutex_);
  if (closed_) return Error::not_socket;
  if (shared_) {
    backlog_ = backlog;
    return waits_turn_ ? Result<void>() : open_kernel(static_cast<size_t>(backlog));
  }
  if (backlog_ == 0) return begin(backlog);
  if (backlog < backlog_ && !paused_) {
    // Who waits in the kernel counts too: first all are here, then the youngest go.
    sys::listen(fd_, 0);
    if (auto emptied = empty_kernel(); !emptied) {
      [[maybe_unused]] auto reopened = open_kernel(places_left());
      return emptied;
    }
  }
  backlog_ = backlog;
  trim(static_cast<size_t>(backlog) > taken_ ? static_cast<size_t>(backlog) - taken_ : 0);
  if (!may_open()) {
    adjust();
    return {};
  }
  auto opened = open_kernel(places_left());
  // The reactor may have lacked the descriptors for it, and is not told that there are some again.
  if (opened && is_nearly_full()) take_over_all();
  return opened;
}

Result<Pending> PendingQueue::take() {
  std::lock_guard lock(mutex_);
  return take_locked();
}

Result<PendingQueue::Taken> PendingQueue::take_for_good(bool count) {
  std::lock_guard lock(mutex_);
  if (count) forget_count();
  auto pending = take_locked();
  if (!pending) return pending.error();
  const bool reopened = settle_locked();
  return Taken{*pending, surely_queued_ != 0 || !fifo_.empty(), reopened};
}

Result<Pending> PendingQueue::take_locked() {
  if (!fifo_.empty()) {
    const Pending oldest = fifo_.front();
    fifo_.pop_front();
    ++taken_;
    deferred_ = false;
    return oldest;
  }
  if (closed_) return Error::would_block;  // the kernel's socket may have given its place to the next listener already
  if (paused_) {
    adjust();  // the port was not to be had the last time
    return Error::would_block;
  }
  if (kernel_is_empty()) return Error::would_block;
  auto pending = accept_next();
  if (pending) ++taken_;
  // The other process does not let anybody in for the moment.
  if (!pending && pending.error() == Error::invalid && shared_) return Error::would_block;
  return pending;
}

bool PendingQueue::settle() {
  std::lock_guard lock(mutex_);
  return settle_locked();
}

bool PendingQueue::settle_locked() {
  --taken_;
  ++accepts_;
  const bool was_paused = paused_;
  if (paused_ || kernel_places_ != places_left()) adjust();
  return was_paused && !paused_;
}

void PendingQueue::put_back(const Pending& pending) {
  std::lock_guard lock(mutex_);
  --taken_;
  if (closed_) {
    reset(pending.fd);
    return;
  }
  fifo_.push_front(pending);
  deferred_ = true;
  adjust();
}

bool PendingQueue::has_any() {
  std::lock_guard lock(mutex_);
  return !fifo_.empty() || (!paused_ && sys::queued_connections(fd_) > 0);
}

bool PendingQueue::has_taken_over() {
  std::lock_guard lock(mutex_);
  return !fifo_.empty();
}

size_t PendingQueue::count() {
  std::lock_guard lock(mutex_);
  const int in_kernel = paused_ ? 0 : std::max(sys::queued_connections(fd_), 0);
  return fifo_.size() + static_cast<size_t>(in_kernel);
}

bool PendingQueue::is_deferred() {
  std::lock_guard lock(mutex_);
  return deferred_;
}

bool PendingQueue::is_paused() {
  std::lock_guard lock(mutex_);
  return paused_ || (shared_ && sys::tcp_state(fd_) != sys::TcpState::listening);
}

bool PendingQueue::is_admission_paused() {
  std::lock_guard lock(mutex_);
  return admission_paused_;
}

Result<void> PendingQueue::pause_admission(bool on) {
  std::lock_guard lock(mutex_);
  if (admission_paused_ == on) return {};
  admission_paused_ = on;
  if (backlog_ == 0 || closed_) return {};
  if (!on) return may_open() ? open_kernel(places_left()) : Result<void>();
  if (paused_) return {};
  // Whoever is in may stay, so all are taken out before the kernel resets them.
  go_deaf();
  maybe_deaf_ = SIZE_MAX;  // also those whose handshake ends while we empty the queue
  auto emptied = empty_kernel();
  if (emptied) pause();
  hear_again();
  if (!emptied) {
    admission_paused_ = false;
    adjust();
  }
  return emptied;
}

void PendingQueue::await_turn() {
  std::lock_guard lock(mutex_);
  if (backlog_ == 0) waits_turn_ = true;
}

void PendingQueue::take_turn() {
  std::lock_guard lock(mutex_);
  if (!std::exchange(waits_turn_, false)) return;
  if (shared_ && backlog_ != 0) [[maybe_unused]]
    auto opened = open_kernel(static_cast<size_t>(backlog_));
  adjust();
}

void PendingQueue::share() {
  std::lock_guard lock(mutex_);
  if (std::exchange(shared_, true) || backlog_ == 0 || admission_paused_ || waits_turn_) return;
  [[maybe_unused]] auto opened = open_kernel(static_cast<size_t>(backlog_));
}

size_t PendingQueue::surrender(std::span<Pending> room) {
  std::lock_guard lock(mutex_);
  size_t count = 0;
  for (; !fifo_.empty() && count < room.size(); ++count) {
    room[count] = fifo_.front();
    fifo_.pop_front();
  }
  return count;
}

void PendingQueue::inherit(std::span<const Pending> pending) {
  std::lock_guard lock(mutex_);
  try {
    if (!closed_) {
      fifo_.insert(fifo_.begin(), pending.begin(), pending.end());
      return;
    }
  } catch (const std::bad_alloc&) {
  }
  for (const Pending& one : pending) reset(one.fd);
}

Result<int> PendingQueue::ready_descriptor() {
  std::lock_guard lock(mutex_);
  if (ready_fd_ < 0) ready_fd_ = sys::make_wake();
  if (ready_fd_ >= 0) return ready_fd_;
  const int error = -std::exchange(ready_fd_, -1);
  return error_of_errno(error);
}

void PendingQueue::tell_ready() {
  std::lock_guard lock(mutex_);
  if (ready_fd_ >= 0) sys::signal_wake(ready_fd_);
}

// Nobody is let in from now on, although a call that is just ending may keep the descriptor open for a moment. A listener that
// another process has too goes on there.
void PendingQueue::close() {
  std::lock_guard lock(mutex_);
  if (!closed_ && !shared_ && !paused_ && backlog_ != 0) sys::shutdown_receive(fd_);
  closed_ = true;
  trim(0);
}

// Looks out for the next arrivals without sleeping. A client that comes one after another leaves some microseconds, in which
// a sleeping thread would not even be awake. That is of no use on the processor on which the clients arrive: there the next
// one cannot come before this thread sleeps, and wakes it at once.
bool PendingQueue::fill_until_quiet() {
  bool any = false;
  const auto begun = Clock::now();
  auto last = begun;
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (closed_ || paused_ || accepts_ != seen_accepts_) return any;
      if (take_over_all()) {
        any = true;
        last = Clock::now();
        if (!paused_ && sys::arrived_here(fifo_.back().fd)) return any;
      }
      if (paused_ || !any) return any;
    }
    const auto now = Clock::now();
    if (now - last > kQuiet || now - begun > kWatchMax) return any;
  }
}

// Returns  true when the owner accepts, so that nothing else is to be done. A listener that selects events is told of every
// arrival, so it is watched all the time.
bool PendingQueue::look_after_accepts(SocketRef& listener) {
  const bool accepting = accepts_ != seen_accepts_ && !listener->has(kSelecting) && !accepts_wait(listener);
  seen_accepts_ = accepts_;
  looks_accepting_ = accepting ? std::min(looks_accepting_ + 1, kLooksToTrust) : 0;
  if (accepting == watching_) {
    watching_ = !accepting;
    reactor_mute(listener, accepting);
  }
  if (accepting) [[maybe_unused]]
    auto again = reactor_call_after(listener, looks_accepting_ < kLooksToTrust ? kAcceptingLook_ms : kTrustedLook_ms);
  return accepting;
}

void PendingQueue::watch_arrivals(SocketRef& listener) {
  std::lock_guard lock(mutex_);
  if (!std::exchange(watching_, true)) reactor_mute(listener, false);
}

bool PendingQueue::on_edge(SocketRef& listener, unsigned) {
  {
    std::lock_guard lock(mutex_);
    if (closed_ || backlog_ == 0 || paused_ || shared_) return false;
    if (look_after_accepts(listener)) return false;
    if (!is_nearly_full()) return false;
  }
  return fill_until_quiet();
}

PendingQueue* pending_queue(SocketRef& listener) {
  Extension* parts = listener.make_extension();
  return parts == nullptr ? nullptr : make_part(parts->pending, listener.fd(), listener->has(kV6));
}

namespace {

PendingQueue* find_queue(SocketRef& socket) {
  Extension* parts = socket.extension();
  return parts == nullptr ? nullptr : parts->pending.load(std::memory_order_acquire);
}

}  // namespace

bool pending_has(SocketRef& listener) {
  PendingQueue* queue = find_queue(listener);
  return queue != nullptr && queue->has_any();
}

size_t pending_count(SocketRef& listener) {
  PendingQueue* queue = find_queue(listener);
  return queue == nullptr ? 0 : queue->count();
}

bool pending_pollable(SocketRef& listener) {
  PendingQueue* queue = find_queue(listener);
  return queue != nullptr && !queue->is_paused();
}

bool pending_deferred(SocketRef& listener) {
  PendingQueue* queue = find_queue(listener);
  return queue != nullptr && queue->is_deferred();
}

void announce_pending(SocketRef& listener) {
  PendingQueue* queue = find_queue(listener);
  if (queue == nullptr) return;
  queue->tell_ready();
  wake_sleepers(listener);
}

Result<int> take_pending(SocketRef& listener, sys::Address* peer) {
  PendingQueue* queue = find_queue(listener);
  if (queue == nullptr) return Error::invalid;
  auto pending = queue->take();
  if (!pending) return pending.error();
  if (queue->settle()) wake_sleepers(listener);
  *peer = pending->peer;
  return pending->fd;
}

Result<void> pending_pause(SocketRef& listener, bool on) {
  PendingQueue* queue = pending_queue(listener);
  if (queue == nullptr) return Error::no_buffers;
  auto paused = queue->pause_admission(on);
  // Who waits for the kernel only, or for a wake only, has to look anew.
  if (paused) announce_pending(listener);
  return paused;
}

bool pending_is_paused(SocketRef& listener) {
  PendingQueue* queue = find_queue(listener);
  return queue != nullptr && queue->is_admission_paused();
}

void watch_pending(SocketRef& listener) {
  if (PendingQueue* queue = find_queue(listener)) queue->watch_arrivals(listener);
}

void pending_ready(SocketRef& socket, unsigned edge) {
  PendingQueue* queue = find_queue(socket);
  if (queue != nullptr && queue->on_edge(socket, edge)) announce_pending(socket);
}

void pending_closing(SocketRef& socket) {
  if (PendingQueue* queue = find_queue(socket)) queue->close();
}

}  // namespace inlet::provider
