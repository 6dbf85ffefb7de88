#include "server/stream.h"

#include <winsock2.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/limits.h"
#include "base/list.h"
#include "base/thread_registry.h"
#include "engine/context.h"
#include "engine/shard.h"
#include "server/line_text.h"
#include "server/secure_channel.h"
#include "server/stream_guard.h"

namespace inlet::server {

struct Stream::Ahead {
  size_t begin = 0;
  size_t end = 0;
  char data[kAheadSize];
};

struct Stream::Rare {
  std::unique_ptr<Ahead> ahead;  // GUARDED_BY(read_lock_): what the line reader fetched and nobody took yet
  std::atomic<TransferState*> transfers{nullptr};
  std::atomic<Outbox*> outbox{nullptr};

  Rare() = default;
  ~Rare() {
    delete transfers.load(std::memory_order_relaxed);
    delete outbox.load(std::memory_order_relaxed);
  }
};

namespace {

// What the place holds, or what is put there now; many threads may want it first.
template <class T>
T& made_once(std::atomic<T*>& place) {
  if (T* known = place.load(std::memory_order_acquire)) return *known;
  auto fresh = std::make_unique<T>();
  T* none = nullptr;
  if (place.compare_exchange_strong(none, fresh.get(), std::memory_order_acq_rel)) return *fresh.release();
  return *none;
}

// How many threads wait on streams. Sequentially consistent, like close_ where it is set, and looked at behind it: a thread that
// begins to wait finds its stream closing, or whoever closes it finds that somebody waits.
constinit std::atomic<uint32_t> waiting_anywhere{0};

// Those threads, so that closing a stream can wake its own. Striped, and used only by calls that really wait.
struct WaitTag;
struct Waiting : Linked<WaitTag> {
  const Stream* stream;
  poller::Waiter* waiter;
  poller::Ready what;
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
  Registration(const Stream* stream, poller::Waiter& waiter, poller::Ready what) : stripe_(stripe_of(stream)) {
    waiting_.stream = stream;
    waiting_.waiter = &waiter;
    waiting_.what = what;
    waiting_anywhere.fetch_add(1);
    std::lock_guard lock(stripe_.mutex);
    stripe_.waiting.push_back(waiting_);
  }
  ~Registration() {
    waiting_anywhere.fetch_sub(1, std::memory_order_relaxed);
    std::lock_guard lock(stripe_.mutex);
    waiting_.unlink();
  }

 private:
  Stripe& stripe_;
  Waiting waiting_;
};

// Calls visit for each thread that waits on the stream.
template <class Visit>
void for_each_waiting(const Stream* stream, Visit visit) {
  Stripe& stripe = stripe_of(stream);
  std::lock_guard lock(stripe.mutex);
  stripe.waiting.for_each([&](Waiting& each) {
    if (each.stream == stream) visit(each);
  });
}

// Returns what they wait for.
poller::Ready wake_all(const Stream* stream) {
  poller::Ready waited_for = 0;
  for_each_waiting(stream, [&](Waiting& each) {
    each.waiter->wake();
    waited_for |= each.what;
  });
  return waited_for;
}

// The turn of the shard that the calling thread drives is near enough, and already known.
int64_t turn_or_now_ms() {
  const engine::Context* context = engine::current_context;
  return context && context->attached ? context->shard->turn_ms() : now_ms();
}

}  // namespace

Stream::Stream(provider::Provider& provider, SOCKET socket, uint32_t timeout_s)
    : held_(provider, socket),
      last_activity_ms_(turn_or_now_ms()),
      gates_(held_ ? 0 : kUnheld),
      provider_(provider),
      timeout_s_(std::min(timeout_s, kTimeoutMax_s)) {}

Stream::~Stream() {
  close();
  delete channel();
  delete rare_.load(std::memory_order_relaxed);
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
  Registration registration(this, *waiter, what);
  const uint8_t cancels = cancels_.load(std::memory_order_acquire);
  for (;;) {
    if (gates_.load() & kCloses) return Error::canceled;  // see waiting_anywhere
    if (canceled_since(cancels) || is_transfer_canceled()) return Error::canceled;
    auto ready = waiter->wait(socket(), what, deadline);
    if (ready) return {};
    if (ready.error() != Error::canceled) return ready.error();
    if (deadline.expired()) return Error::timed_out;
  }
}

// With TLS what is waited for may come to hand without the socket: another thread has taken it out. Both sides count first and look
// then, so one of them sees the other: we that there were pulls, or the other thread that we wait and have to be woken.
Result<void> Stream::wait_for(SecureChannel& secure, poller::Ready what, uint32_t pulls, Deadline deadline) {
  engine::before_blocking();
  const auto waiter = poller::Waiter::borrow();
  secure.waiting.fetch_add(1, std::memory_order_seq_cst);
  Result<void> outcome;
  bool was_canceled = false;
  {
    Registration registration(this, *waiter, what);
    const uint8_t cancels = cancels_.load(std::memory_order_acquire);
    const bool goes_on = !(gates_.load() & kCloses) && secure.pulls() == pulls && !is_transfer_canceled();
    auto ready = goes_on ? waiter->wait(socket(), what, deadline) : Result<poller::Ready>(Error::canceled);
    if (!ready) outcome = ready.error();
    was_canceled = canceled_since(cancels) || is_transfer_canceled();
  }
  secure.waiting.fetch_sub(1, std::memory_order_relaxed);
  if (closing() || was_canceled) return Error::canceled;
  if (outcome || outcome.error() != Error::canceled) return outcome;
  return deadline.expired() && secure.pulls() == pulls ? Result<void>(Error::timed_out) : Result<void>();
}

void Stream::tell_waiting(SecureChannel& secure) {
  if (secure.waiting.load(std::memory_order_seq_cst) != 0) wake_all(this);
}

void Stream::note_activity() {
  note_activity(turn_or_now_ms());
}

// A short read means that nothing was left, so no second read has to find that out; unless a layer may have shortened it.
void Stream::note_received(size_t got, size_t asked) {
  note_taken(got == asked || !provider_.short_read_means_drained());
}

void Stream::note_taken(bool more) {
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

Result<size_t> Stream::receive_now(void* into, size_t size) {
  return held_ ? held_.recv(provider_, into, size) : provider_.recv(socket(), into, size, 0);
}

Result<size_t> Stream::send_now(const void* from, size_t size) {
  return held_ ? held_.send(provider_, from, size) : provider_.send(socket(), from, size, 0);
}

// The caller holds read_lock_.
Result<size_t> Stream::receive(void* into, size_t size, bool may_wait) {
  if (SecureChannel* secure = this->secure()) return receive(*secure, into, size, may_wait);
  std::optional<Deadline> deadline;
  for (;;) {
    auto got = receive_now(into, size);
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

Stream::Rare& Stream::rare() {
  return made_once(rare_);
}

Stream::Ahead* Stream::fetched() const {
  Rare* const rare = rare_.load(std::memory_order_acquire);
  return rare ? rare->ahead.get() : nullptr;
}

// What has been fetched before its time: by the line reader, or in clear text behind the end of TLS.
std::span<const char> Stream::ahead() const {
  if (const Ahead* lines = fetched()) return {lines->data + lines->begin, lines->end - lines->begin};
  if (const SecureChannel* ended = channel()) return ended->leftover();
  return {};
}

size_t Stream::take_ahead(void* into, size_t size) {
  const std::span<const char> at_hand = ahead();
  if (at_hand.empty()) return 0;
  const size_t got = std::min(size, at_hand.size());
  std::memcpy(into, at_hand.data(), got);
  Ahead* const lines = fetched();
  if (!lines)
    channel()->drop_leftover(got);
  else if ((lines->begin += got) == lines->end)
    rare().ahead.reset();
  note_ahead();
  return got;
}

void Stream::keep_ahead(const char* data, size_t size) {
  if (size == 0) return;
  INLET_ASSERT(!fetched() && size <= kAheadSize);
  auto lines = std::make_unique<Ahead>();
  std::memcpy(lines->data, data, size);
  lines->end = size;
  rare().ahead = std::move(lines);
  note_ahead();
}

void Stream::drop_ahead() {
  set(kLineEndOwed, false);
  if (fetched()) rare().ahead.reset();
  if (SecureChannel* ended = channel()) ended->drop_leftover(ended->leftover().size());
  note_ahead();
}

void Stream::note_ahead() {
  set(kAhead, !ahead().empty());
}

Result<size_t> Stream::read(void* into, size_t size) {
  if (closing()) return Error::not_socket;
  Guard guard(*this, read_lock_);
  if (!guard) return guard.failure();
  if (closing()) return Error::canceled;
  set(kLineEndOwed, false);
  if (const size_t got = take_ahead(into, size)) {
    note_received(got, got);  // there may be more, here or in the socket
    return got;
  }
  return receive(into, size, blocks());
}

Result<size_t> Stream::read_part(char* into, const std::function<size_t(const char*, size_t)>& wanted) {
  if (closing()) return Error::not_socket;
  Guard guard(*this, read_lock_);
  if (!guard) return guard.failure();
  if (closing()) return Error::canceled;
  set(kLineEndOwed, false);
  size_t got = take_ahead(into, kAheadSize);
  if (got) {
    note_received(got, got);
  } else {
    auto received = receive(into, kAheadSize, true);
    if (!received || *received == 0) return received;
    got = *received;
  }
  const size_t kept = wanted(into, got);
  keep_ahead(into + kept, got - kept);
  return kept;
}

Result<void> Stream::discard() {
  if (closing()) return Error::not_socket;
  const std::unique_lock reading(read_lock_, std::try_to_lock);
  if (!reading) return Error::in_progress;
  set(kLineEndOwed, false);
  char dropped[kAheadSize];
  for (size_t total = take_ahead(dropped, sizeof dropped); total < kFlushBytesMax;) {
    auto got = receive(dropped, sizeof dropped, false);
    if (!got && got.error() == Error::would_block) return {};
    if (!got) return got.error();
    if (*got == 0) return {};
    total += *got;
  }
  return {};
}

// Never waits, so not for another thread's read either. A read that is under way has first call on what the line reader has kept;
// what the socket holds can be looked at beside it.
Result<size_t> Stream::peek(void* into, size_t size) {
  if (closing()) return Error::not_socket;
  const std::unique_lock reading(read_lock_, std::try_to_lock);
  const std::span<const char> at_hand = reading ? ahead() : std::span<const char>();
  SecureChannel* const secure = this->secure();
  if (!into) {
    auto waiting = secure ? peek(*secure, nullptr, 0) : count_waiting();
    if (!waiting) return waiting.error();
    return at_hand.size() + *waiting;
  }
  const size_t copied = std::min(size, at_hand.size());
  if (copied) std::memcpy(into, at_hand.data(), copied);
  if (copied == size) return copied;
  char* const rest = static_cast<char*>(into) + copied;
  auto got = secure ? peek(*secure, rest, size - copied) : provider_.recv(socket(), rest, size - copied, MSG_PEEK);
  if (got) return copied + *got;
  if (copied || got.error() == Error::would_block) return copied;
  return note_failure(got.error());
}

Result<size_t> Stream::count_waiting() {
  auto waiting = provider_.ioctl(socket(), FIONREAD, 0);
  if (!waiting) return note_failure(waiting.error());
  return size_t{*waiting};
}

Result<size_t> Stream::write(const void* from, size_t size) {
  if (closing()) return Error::not_socket;
  if (is_send_shut()) return Error::shut_down;
  if (size == 0) return size_t{0};
  Guard guard(*this, write_lock_);
  if (!guard) note(kFull);  // an asynchronous writer learns when to try again
  if (!guard) return guard.failure();
  return write_on(static_cast<const char*>(from), size, 0);
}

// The rest of a write of which a part has been sent. The caller holds write_lock_.
Result<size_t> Stream::write_on(const char* from, size_t size, size_t written) {
  if (blocks()) return send_all(from, size, std::nullopt, written);
  auto sent = send_all(from, size, Deadline::at_ms(0), written);
  if (!sent && sent.error() == Error::timed_out) return Error::would_block;
  return sent;
}

// The caller's write_in_callback has locked the direction for it.
Result<size_t> Stream::write_rest(const void* from, size_t size, size_t written) {
  const std::unique_lock writing(write_lock_, std::adopt_lock);
  return write_on(static_cast<const char*>(from), size, written);
}

Result<size_t> Stream::write_all(const void* from, size_t size) {
  if (blocks()) return write(from, size);
  return write_until(from, size, call_deadline());
}

Result<size_t> Stream::write_until(const void* from, size_t size, Deadline deadline) {
  if (closing()) return Error::not_socket;
  if (is_send_shut()) return Error::shut_down;
  if (size == 0) return size_t{0};
  Guard guard(write_lock_, deadline);
  if (!guard) return guard.failure();
  return send_all(static_cast<const char*>(from), size, deadline);
}

// Without a deadline it is the session's, which begins with the first wait.
Result<size_t> Stream::send_all(const char* from, size_t size, std::optional<Deadline> deadline, size_t written) {
  if (SecureChannel* secure = this->secure()) return send_all(*secure, from, size, deadline);
  const bool own = deadline.has_value();
  for (;;) {
    if (closing()) return written ? Result<size_t>(written) : Error::canceled;
    auto sent = send_now(from + written, size - written);
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

Result<size_t> Stream::write_file(provider::SendFile send, HANDLE file, uint64_t offset, size_t size,
                                  provider::FilePipe& pipe) {
  if (closing()) return Error::not_socket;
  if (is_send_shut()) return Error::shut_down;
  Guard guard(*this, write_lock_);
  if (!guard) return guard.failure();
  std::optional<Deadline> deadline;
  for (;;) {
    if (closing()) return Error::canceled;
    if (is_secure()) return Error::invalid;
    auto sent = provider::send_file(send, socket(), file, offset, size, pipe);
    if (sent) note_activity();
    if (sent || sent.error() == Error::invalid || sent.error() == Error::system_failure) return sent;
    if (sent.error() != Error::would_block) return note_failure(sent.error());
    note(kFull);
    if (!deadline) deadline = call_deadline();
    const int64_t pause_ms = time_is_manual() ? 0 : pipe.take_pause_ms();
    auto waited = pause_ms > 0 ? wait(0, deadline->or_after_ms(pause_ms)) : wait(poller::kWritable, *deadline);
    if (waited) continue;
    if (waited.error() == Error::timed_out && !deadline->expired()) continue;  // only the pause is over
    if (waited.error() == Error::timed_out) note(kRanOut);
    return waited.error();
  }
}

Stream::Line Stream::read_line(char* into, LineRoom room) {
  Line line{0, Error::none};
  into[0] = '\0';
  if (closing()) return {0, Error::not_socket};
  Guard guard(*this, read_lock_);
  if (!guard) return {0, guard.failure()};
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
    bool end_owed = is(kLineEndOwed);
    const bool complete = take_line(fetched, got, used, into, room, line.length, end_owed);
    set(kLineEndOwed, end_owed);
    keep_ahead(fetched + used, got - used);
    if (complete) break;
  }
  into[line.length] = '\0';
  return line;
}

Result<bool> Stream::wait_readable(Deadline deadline, size_t* available) {
  if (closing()) return Error::not_socket;
  for (;;) {
    SecureChannel* const secure = this->secure();
    const uint32_t pulls = secure ? secure->pulls() : 0;
    const Input input = probe();
    if (input == Input::failed) return failure();
    if (input != Input::nothing) {
      if (!available) return true;
      auto count = peek(nullptr, 0);
      *available = count ? *count : 0;
      return true;
    }
    if (deadline.expired()) return false;
    auto waited = secure ? wait_for(*secure, poller::kReadable, pulls, deadline) : wait(poller::kReadable, deadline);
    if (!waited && waited.error() == Error::timed_out) return false;
    if (!waited) return waited.error();
  }
}

Result<bool> Stream::wait_writable(Deadline deadline) {
  if (closing()) return Error::not_socket;
  if (is_send_shut()) return Error::shut_down;
  auto waited = wait(poller::kWritable, deadline);
  if (waited) return true;
  if (waited.error() == Error::timed_out) return false;
  return waited.error();
}

Stream::Input Stream::probe() {
  if (has_ahead()) return Input::data;
  if (SecureChannel* secure = this->secure()) return probe(*secure);
  char byte;
  auto got = held_ ? held_.peek(provider_, &byte, 1) : provider_.recv(socket(), &byte, 1, MSG_PEEK);
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
  if (SecureChannel* secure = this->secure()) return shutdown_secure(*secure, how);
  if (how != SD_RECEIVE) settle_outbox(call_deadline());
  if (how != SD_RECEIVE) set(kSendShut, true);
  return provider_.shutdown(socket(), how);
}

// A transfer is ended between two waits too: it is marked before those who wait are woken, and looks when it has registered.
bool Stream::cancel() {
  Rare* const rare = rare_.load(std::memory_order_acquire);
  TransferState* const transfers = rare ? rare->transfers.load(std::memory_order_acquire) : nullptr;
  const bool running = transfers && transfers->cancel();
  cancels_.fetch_add(1, std::memory_order_acq_rel);
  return wake_all(this) != 0 || running;
}

bool Stream::is_transfer_canceled() const {
  const TransferState* const transfers = find_transfers();
  return transfers && transfers->is_canceled(current_thread_id());
}

poller::Ready Stream::waited_for() const {
  poller::Ready waited_for = 0;
  for_each_waiting(this, [&](const Waiting& each) { waited_for |= each.what; });
  return waited_for;
}

const TransferState* Stream::find_transfers() const {
  Rare* const rare = rare_.load(std::memory_order_acquire);
  return rare ? rare->transfers.load(std::memory_order_acquire) : nullptr;
}

Outbox* Stream::find_outbox() const {
  Rare* const rare = rare_.load(std::memory_order_acquire);
  return rare ? rare->outbox.load(std::memory_order_acquire) : nullptr;
}

Outbox& Stream::outbox() {
  return made_once(rare().outbox);
}

TransferState& Stream::transfers() {
  return made_once(rare().transfers);
}

bool Stream::request_close(Close how) {
  Gates gates = gates_.load();
  do {
    if (gates & kCloses) return false;
  } while (!gates_.compare_exchange_weak(gates, gates | static_cast<Gates>(how)));  // in order with waiting_anywhere
  if (how == Close::orderly && shut_sending()) {
    // A peer that cannot be told is gone, or learns it from the close; lingering would only keep it waiting for that.
    const Error dead = held_ && channel() == nullptr ? held_.death() : Error::none;
    if (auto told = dead == Error::none ? end_sending() : Result<void>(dead); !told)
      failure_.store(told.error(), std::memory_order_relaxed);
  }
  close_outbox();
  if (waiting_anywhere.load() != 0) wake_all(this);
  return true;
}

bool Stream::drain() {
  const bool broken = failure() != Error::none && !is_security_error(failure());
  if (close_requested() == Close::abort || broken) return false;
  flush();
  char dropped[4096];
  for (size_t total = 0; total < kDrainOnClose && !end_seen_.load(std::memory_order_relaxed);) {
    auto got = provider_.recv(socket(), dropped, sizeof dropped, 0);
    if (!got) return got.error() == Error::would_block;
    if (*got == 0) end_seen_.store(true, std::memory_order_relaxed);
    total += *got;
  }
  return !end_seen_.load(std::memory_order_relaxed);
}

void Stream::close() {
  if (closed_.load(std::memory_order_acquire) || closed_.exchange(true, std::memory_order_acq_rel)) return;
  if (close_requested() == Close::abort) {
    const linger hard{1, 0};
    [[maybe_unused]] auto set = provider_.set_option(socket(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  } else {
    drain();
  }
  if (held_)
    held_.close(provider_);
  else
    provider_.dispose(socket());
}

}  // namespace inlet::server
