#include "server/stream.h"

#include <winsock2.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/limits.h"
#include "base/list.h"
#include "engine/context.h"
#include "engine/shard.h"

namespace inlet::server {

struct Stream::Ahead {
  size_t begin = 0;
  size_t end = 0;
  char data[kAheadSize];
};

namespace {

// Threads that wait on streams right now, so that closing one can wake them. Striped, and used only by calls that really wait.
struct WaitTag;
struct Waiting : Linked<WaitTag> {
  const Stream* stream;
  poller::Waiter* waiter;
};
struct Stripe {
  std::mutex mutex;
  List<Waiting, WaitTag> waiting;
};
Stripe& stripe_of(const Stream* stream) {
  static Stripe* stripes = new Stripe[32];  // never destroyed: threads may still wait while the process exits
  return stripes[(reinterpret_cast<uintptr_t>(stream) >> 6) % 32];
}

class Registration {
 public:
  Registration(const Stream* stream, poller::Waiter& waiter) : stripe_(stripe_of(stream)) {
    waiting_.stream = stream;
    waiting_.waiter = &waiter;
    std::lock_guard lock(stripe_.mutex);
    stripe_.waiting.push_back(waiting_);
  }
  ~Registration() {
    std::lock_guard lock(stripe_.mutex);
    waiting_.unlink();
  }

 private:
  Stripe& stripe_;
  Waiting waiting_;
};

void wake_all(const Stream* stream) {
  Stripe& stripe = stripe_of(stream);
  std::lock_guard lock(stripe.mutex);
  stripe.waiting.for_each([stream](Waiting& each) {
    if (each.stream == stream) each.waiter->wake();
  });
}

}  // namespace

// One direction of the stream, for the length of a call. Hands the shard off before it waits for another thread's call.
class Stream::Guard {
 public:
  Guard(const Stream& stream, OpLock& lock) : lock_(lock), held_(lock.try_lock()) {
    if (held_ || !stream.blocks()) return;
    engine::before_blocking();
    held_ = lock.lock_until(stream.call_deadline());
  }
  Guard(OpLock& lock, Deadline deadline) : lock_(lock), held_(lock.try_lock()) {
    if (held_ || deadline.expired()) return;
    engine::before_blocking();
    held_ = lock.lock_until(deadline);
  }
  ~Guard() {
    if (held_) lock_.unlock();
  }
  explicit operator bool() const { return held_; }

 private:
  OpLock& lock_;
  bool held_;
};

Stream::Stream(provider::Provider& provider, SOCKET socket, uint32_t timeout_s)
    : provider_(provider),
      socket_(socket),
      last_activity_ms_(now_ms()),
      timeout_s_(std::min(timeout_s, kTimeoutMax_s)) {}

Stream::~Stream() {
  close();
}

Deadline Stream::call_deadline() const {
  const uint32_t timeout = timeout_s();
  return timeout ? Deadline::after_ms(int64_t{timeout} * 1000) : Deadline::never();
}

void Stream::set_timeout_s(uint32_t seconds) {
  timeout_s_.store(std::min(seconds, kTimeoutMax_s), std::memory_order_relaxed);
}

Result<void> Stream::wait(poller::Ready what, Deadline deadline) {
  engine::before_blocking();
  const auto waiter = poller::Waiter::borrow();
  Registration registration(this, *waiter);
  for (;;) {
    if (closing()) return Error::canceled;  // after registering, so that request_close wakes us or is seen here
    auto ready = waiter->wait(socket_, what, deadline);
    if (ready) return {};
    if (ready.error() != Error::canceled) return ready.error();
    if (deadline.expired()) return Error::timed_out;
  }
}

void Stream::note_activity() {
  const engine::Context* context = engine::current_context;
  const int64_t now = context && context->attached ? context->shard->turn_ms() : now_ms();
  last_activity_ms_.store(now, std::memory_order_relaxed);
}

// A short read means that nothing was left, so no second read has to find that out; unless a layer may have shortened it.
void Stream::note_received(size_t got, size_t asked) {
  const bool more = got == asked || !provider_.short_read_means_drained();
  const Facts before = facts_.load(std::memory_order_relaxed);
  const Facts after = static_cast<Facts>((before & ~kMore) | kConsumed | (more ? kMore : 0));
  if (after != before) {
    if (before & ~after) facts_.fetch_and(static_cast<Facts>(~kMore), std::memory_order_acq_rel);
    note(after);
  }
  note_activity();
}

Error Stream::note_failure(Error error) {
  if (error == Error::not_socket && closing()) return Error::canceled;
  if (error == Error::shut_down) return error;  // the program's own doing; the other direction goes on
  failure_.store(error, std::memory_order_relaxed);
  note(kFailed);
  return error;
}

// The caller holds read_lock_.
Result<size_t> Stream::receive(void* into, size_t size, bool may_wait) {
  std::optional<Deadline> deadline;
  for (;;) {
    auto got = provider_.recv(socket_, into, size, 0);
    if (got) {
      if (*got != 0) {
        note_received(*got, size);
        return *got;
      }
      note(kEnd);
      end_seen_.store(true, std::memory_order_relaxed);
      // Once we have said that we are done, a peer may be quicker to close than we are to wake this call.
      if (closing()) return Error::canceled;
      return size_t{0};
    }
    if (got.error() != Error::would_block) return note_failure(got.error());
    if (!may_wait) {
      note(kEmpty);
      return Error::would_block;
    }
    if (!deadline) deadline = call_deadline();
    auto waited = wait(poller::kReadable, *deadline);
    if (waited) continue;
    if (waited.error() == Error::timed_out) note(kRanOut);
    return waited.error();
  }
}

size_t Stream::take_ahead(void* into, size_t size) {
  if (!ahead_) return 0;
  const size_t got = std::min(size, ahead_->end - ahead_->begin);
  std::memcpy(into, ahead_->data + ahead_->begin, got);
  ahead_->begin += got;
  if (ahead_->begin == ahead_->end) ahead_.reset();
  ahead_size_.store(ahead_ ? static_cast<uint32_t>(ahead_->end - ahead_->begin) : 0, std::memory_order_relaxed);
  return got;
}

void Stream::keep_ahead(const char* data, size_t size) {
  if (size == 0) return;
  INLET_ASSERT(!ahead_ && size <= kAheadSize);
  ahead_ = std::make_unique<Ahead>();
  std::memcpy(ahead_->data, data, size);
  ahead_->end = size;
  ahead_size_.store(static_cast<uint32_t>(size), std::memory_order_relaxed);
}

Result<size_t> Stream::read(void* into, size_t size) {
  if (closing()) return Error::not_socket;
  Guard guard(*this, read_lock_);
  if (!guard) return busy();
  if (closing()) return Error::canceled;
  if (const size_t got = take_ahead(into, size)) {
    note_received(got, got);  // there may be more, here or in the socket
    return got;
  }
  return receive(into, size, blocks());
}

// Never waits, so not for another thread's read either. A read that is under way has first call on what the line reader has kept;
// what the socket holds can be looked at beside it.
Result<size_t> Stream::peek(void* into, size_t size) {
  if (closing()) return Error::not_socket;
  const std::unique_lock reading(read_lock_, std::try_to_lock);
  const size_t ahead = reading && ahead_ ? ahead_->end - ahead_->begin : 0;
  if (!into) {
    auto waiting = provider_.ioctl(socket_, FIONREAD, 0);
    if (!waiting) return note_failure(waiting.error());
    return ahead + *waiting;
  }
  const size_t copied = std::min(size, ahead);
  if (copied) std::memcpy(into, ahead_->data + ahead_->begin, copied);
  if (copied == size) return copied;
  auto got = provider_.recv(socket_, static_cast<char*>(into) + copied, size - copied, MSG_PEEK);
  if (got) return copied + *got;
  if (copied || got.error() == Error::would_block) return copied;
  return note_failure(got.error());
}

Result<size_t> Stream::write(const void* from, size_t size) {
  if (closing()) return Error::not_socket;
  if (send_shut_.load(std::memory_order_relaxed)) return Error::shut_down;
  if (size == 0) return size_t{0};
  Guard guard(*this, write_lock_);
  if (!guard) note(kFull);  // an asynchronous writer learns when to try again
  if (!guard) return busy();
  if (blocks()) return send_all(static_cast<const char*>(from), size, std::nullopt);
  auto sent = send_all(static_cast<const char*>(from), size, Deadline::at_ms(0));
  if (!sent && sent.error() == Error::timed_out) return Error::would_block;
  return sent;
}

Result<size_t> Stream::write_all(const void* from, size_t size) {
  if (blocks()) return write(from, size);
  return write_until(from, size, call_deadline());
}

Result<size_t> Stream::write_until(const void* from, size_t size, Deadline deadline) {
  if (closing()) return Error::not_socket;
  if (send_shut_.load(std::memory_order_relaxed)) return Error::shut_down;
  if (size == 0) return size_t{0};
  Guard guard(write_lock_, deadline);
  if (!guard) return Error::timed_out;
  return send_all(static_cast<const char*>(from), size, deadline);
}

// Without a deadline it is the session's, which begins with the first wait.
Result<size_t> Stream::send_all(const char* from, size_t size, std::optional<Deadline> deadline) {
  const bool own = deadline.has_value();
  for (size_t written = 0;;) {
    if (closing()) return written ? Result<size_t>(written) : Error::canceled;
    auto sent = provider_.send(socket_, from + written, size - written, 0);
    if (sent) {
      written += *sent;
      note_activity();
      if (written == size) return written;
      continue;
    }
    if (sent.error() != Error::would_block) {
      const Error error = note_failure(sent.error());
      return written ? Result<size_t>(written) : error;
    }
    note(kFull);
    if (!deadline) deadline = call_deadline();
    auto waited = own && deadline->expired() ? Result<void>(Error::timed_out) : wait(poller::kWritable, *deadline);
    if (waited) continue;
    if (waited.error() == Error::timed_out && !own) note(kRanOut);
    return written ? Result<size_t>(written) : waited.error();
  }
}

// Takes bytes of a line from data. Returns true when the line is complete or its buffer is full.
bool Stream::append_line(const char* data, size_t size, size_t& used, char* into, LineRoom& room, Line& line) {
  while (used < size) {
    const char byte = data[used];
    if (byte == '\n') {
      ++used;
      return true;
    }
    if (byte == '\r' || byte == '\0') {
      ++used;
      continue;
    }
    if (!room.take(static_cast<unsigned char>(byte))) return true;  // the rest is the next call's
    into[line.length++] = byte;
    ++used;
  }
  return room.is_full();  // a full buffer does not wait for a line end that is not here yet
}

Stream::Line Stream::read_line(char* into, LineRoom room) {
  Line line{0, Error::none};
  into[0] = '\0';
  if (closing()) return {0, Error::not_socket};
  Guard guard(*this, read_lock_);
  if (!guard) return {0, busy()};
  char fetched[kAheadSize];
  for (;;) {
    size_t got = closing() ? 0 : take_ahead(fetched, sizeof fetched);
    if (got != 0) {
      note(kConsumed | kMore);  // nobody has looked at the socket since
    } else {
      auto received = closing() ? Result<size_t>(Error::canceled) : receive(fetched, sizeof fetched, true);
      if (!received) line.error = received.error();
      if (received && *received == 0) line.error = Error::shut_down;
      if (line.error != Error::none) break;
      got = *received;
    }
    size_t used = 0;
    const bool complete = append_line(fetched, got, used, into, room, line);
    keep_ahead(fetched + used, got - used);
    if (complete) break;
  }
  into[line.length] = '\0';
  return line;
}

Result<bool> Stream::wait_readable(Deadline deadline, size_t* available) {
  if (closing()) return Error::not_socket;
  for (;;) {
    const Input input = probe();
    if (input == Input::failed) return failure();
    if (input != Input::nothing) {
      if (!available) return true;
      auto count = peek(nullptr, 0);
      *available = count ? *count : 0;
      return true;
    }
    if (deadline.expired()) return false;
    auto waited = wait(poller::kReadable, deadline);
    if (!waited && waited.error() == Error::timed_out) return false;
    if (!waited) return waited.error();
  }
}

Result<bool> Stream::wait_writable(Deadline deadline) {
  if (closing()) return Error::not_socket;
  if (send_shut_.load(std::memory_order_relaxed)) return Error::shut_down;
  auto waited = wait(poller::kWritable, deadline);
  if (waited) return true;
  if (waited.error() == Error::timed_out) return false;
  return waited.error();
}

Stream::Input Stream::probe() {
  if (has_ahead()) return Input::data;
  char byte;
  auto got = provider_.recv(socket_, &byte, 1, MSG_PEEK);
  if (got && *got) return Input::data;
  if (got) {
    end_seen_.store(true, std::memory_order_relaxed);
    return Input::end;
  }
  if (got.error() == Error::would_block) return Input::nothing;
  if (got.error() == Error::shut_down) return Input::end;  // the program has shut the receiving side
  note_failure(got.error());
  return Input::failed;
}

Result<void> Stream::shutdown(int how) {
  if (closing()) return Error::not_socket;
  if (how != SD_RECEIVE) send_shut_.store(true, std::memory_order_relaxed);
  return provider_.shutdown(socket_, how);
}

bool Stream::request_close(Close how) {
  Close none = Close::none;
  if (!close_.compare_exchange_strong(none, how, std::memory_order_acq_rel)) return false;
  if (how == Close::orderly && !send_shut_.exchange(true, std::memory_order_relaxed)) {
    // A peer that cannot be told is gone, or learns it from the close; lingering would only keep it waiting for that.
    if (auto told = provider_.shutdown(socket_, SD_SEND); !told)
      failure_.store(told.error(), std::memory_order_relaxed);
  }
  wake_all(this);
  return true;
}

bool Stream::drain() {
  if (close_requested() == Close::abort || failure() != Error::none) return false;
  char dropped[4096];
  for (size_t total = 0; total < kDrainOnClose && !end_seen_.load(std::memory_order_relaxed);) {
    auto got = provider_.recv(socket_, dropped, sizeof dropped, 0);
    if (!got) return got.error() == Error::would_block;
    if (*got == 0) end_seen_.store(true, std::memory_order_relaxed);
    total += *got;
  }
  return !end_seen_.load(std::memory_order_relaxed);
}

void Stream::close() {
  if (closed_.exchange(true, std::memory_order_acq_rel)) return;
  if (close_requested() == Close::abort) {
    const linger hard{1, 0};
    [[maybe_unused]] auto set = provider_.set_option(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  } else {
    drain();
  }
  provider_.dispose(socket_);
}

}  // namespace inlet::server
