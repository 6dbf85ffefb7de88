#include "server/session.h"

#include <cxxabi.h>

#include <cstddef>
#include <new>

#include "base/limits.h"
#include "base/log.h"
#include "base/thread_registry.h"
#include "engine/context.h"
#include "engine/shard.h"
#include "server/handshake.h"
#include "server/runtime.h"
#include "server/server.h"

namespace inlet::server {

Session::Membership::Membership(Server& the_server) : server(the_server) {
  server.session_made();
}

Session::Membership::~Membership() {
  server.session_gone();
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
// A change that moves one of these behind the rest costs a cache line for each request of each client (docs/decisions/hot-path.md).
struct Session::Layout {
  static constexpr size_t kEnd = kTurnBytes;
  static constexpr size_t kStream = offsetof(Session, stream_);
  static_assert(offsetof(Session, event_) < kEnd && offsetof(Session, handle_) < kEnd);
  static_assert(offsetof(Session, membership_) < kEnd && offsetof(Session, thread_id_) < kEnd);
  static_assert(offsetof(Session, situation_) + sizeof(Situation) <= kEnd);
  static_assert(kStream + offsetof(Stream, held_) + sizeof(Stream::held_) <= kEnd);
  static_assert(kStream + offsetof(Stream, last_activity_ms_) + sizeof(int64_t) <= kEnd);
  static_assert(kStream + offsetof(Stream, read_lock_) < kEnd && kStream + offsetof(Stream, write_lock_) < kEnd);
  static_assert(kStream + offsetof(Stream, facts_) < kEnd && kStream + offsetof(Stream, facts_in_callback_) < kEnd);
  static_assert(kStream + offsetof(Stream, gates_) < kEnd);
  static_assert(sizeof(std::atomic<uint64_t>) + kEnd <= 96, "with the word of its slot: three halves of a line");
  static_assert(sizeof(std::atomic<uint64_t>) + sizeof(Session) == 224, "seven halves, so each slot begins at a half");
};
#pragma GCC diagnostic pop

Session::Session(SOCKET handle, Server& server, provider::Provider& provider, SOCKET socket, const Endpoint& peer,
                 Counted counted, engine::Shard& shard)
    : Session(handle, server.directory().add(handle), server, provider, socket, peer, counted, shard) {}

Session::Session(SOCKET handle, uint32_t id, Server& server, provider::Provider& provider, SOCKET socket,
                 const Endpoint& peer, Counted counted, engine::Shard& shard)
    : Task(kSessionTask, rest_),
      handle_(handle),
      membership_(server),
      stream_(provider, socket, server.timeout_s),
      counted_(counted),
      wanted_priority_(static_cast<uint8_t>(server.priority)),
      id_(id),
      peer_port_(peer.port),
      peer_address_(peer.address),
      rest_(*this) {
  set_shard(&shard);
  set_priority(wanted_priority_);
  announced_.store(!server.is_secure(), std::memory_order_relaxed);
}

Session::~Session() {
  end_handshake();
}

void Session::start() {
  shard()->post(*this, kArrive);
}

bool Session::request_close(Stream::Close how) {
  if (!stream_.request_close(how)) return false;
  leave();
  shard()->post(*this, kClose);
  return true;
}

void Session::look_again() {
  shard()->post(*this, kLook);
}

void Session::look_at_outbox() {
  shard()->post(*this, kOutbox);
}

void Session::handshake_may_begin() {
  shard()->post(*this, kGate);
}

// Once, whoever begins the end.
void Session::leave() {
  const Counted counted = counted_.exchange(Counted::no, std::memory_order_acq_rel);
  if (counted != Counted::no) server().session_leaves(*this, counted);
}

unsigned Session::request_priority(unsigned priority) {
  const unsigned before = wanted_priority_.exchange(static_cast<uint8_t>(priority), std::memory_order_acq_rel);
  shard()->post(*this, kPriority);
  return before;
}

void Session::request_cancel() {
  if (stream_.cancel()) shard()->post(*this, kCancel);
}

bool Session::tell_progress() {
  if (engine::current_task() != this) {
    shard()->post(*this, kProgress);
    return true;
  }
  try {
    server().call_program(handle_, INET_EVENT_PROGRESS, Error::none);
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    thrown_ = true;  // this thread runs the callback, so it is ours to set
  }
  return !thrown_;
}

void Session::request_stop() {
  leave();
  stopping_.store(true, std::memory_order_relaxed);
  stream_.request_close(Stream::Close::orderly);
  shard()->post(*this, kClose);  // also when the close was requested before: no lingering now
}

// ---- what the driver is told

// Where nothing is posted, and nothing begins with a handshake, arriving is all there is to it.
void Session::start_here() {
  if (is_announced())
    arrive();
  else
    on_signals(kArrive);
}

void Session::arrive() {
  situation_.state = State::idle;
  phase_.quiet_since_ms = shard()->turn_ms();
  if (is_announced())
    arm_idle_timer();
  else
    begin_handshake();
  if (auto watched = watch(); !watched) begin_end(watched.error());
  consider();
}

// Most sessions never fill their send buffer, so that there is room is asked for only then; TLS may have to send at any time.
Result<void> Session::watch() {
  watches_room_ = !is_announced();
  return watches_room_ ? shard()->watch(stream_.socket(), handle_) : shard()->watch_input(stream_.socket(), handle_);
}

// If there is room already that is an edge too, so none is missed between the full buffer and this.
void Session::want_room() {
  if (watches_room_) return;
  watches_room_ = true;
  if (auto watched = shard()->watch_output(stream_.socket(), handle_); !watched) begin_end(watched.error());
}

inline void Session::queue() {
  situation_.state = State::queued;
  shard()->schedule(*this);
}

void Session::on_ready(poller::Ready ready) {
  if ((ready & ~poller::kWritable) != poller::kReadable || situation_ != Situation::calm(State::idle) ||
      !stream_.is_calm()) [[unlikely]]
    return consider_ready(ready);
  event_ = INET_EVENT_READ;
  stream_.fetch_ahead();
  queue();
}

void Session::consider_ready(poller::Ready ready) {
  if (situation_.state == State::over) return;
  if (situation_.state == State::lingering) {
    if (!stream_.drain()) finish();
    return;
  }
  if (ready & (poller::kPeerClosed | poller::kBroken)) situation_.peer_closed = true;
  if (situation_.handshaking) {
    phase_.handshake->note_ready();
    if (situation_.state == State::idle) consider();
    return;
  }
  if (ready & poller::kWritable) {
    stream_.flush();
    if (!stream_.holds_outbox()) note_room();
  }
  // While a callback runs it may take what this edge stands for; settle_input then finds that it has taken something.
  if (ready & (poller::kReadable | poller::kPeerClosed | poller::kBroken))
    situation_.input = situation_.peer_closed ? Input::uncertain : Input::certain;
  if (situation_.state == State::idle) consider();
}

// A writer who found no room may find some now; one whose callback still runs is told when it has returned.
void Session::note_room() {
  if (situation_.state == State::idle && situation_.was_full)
    situation_.due |= kDueWrite, situation_.was_full = false;
  else
    situation_.writable_edge = true;
}

// Until it is empty the session counts as full: each edge of the socket has to come here.
void Session::flush_outbox() {
  want_room();
  situation_.was_full = true;
  stream_.flush();
  if (!stream_.holds_outbox()) note_room();
}

void Session::on_signals(engine::Signals signals) {
  if (situation_.state == State::over) {  // posted while we ended; now the mailbox can be closed
    if (close_mail()) shard()->bury(*this);
    return;
  }
  if (situation_.state == State::lingering) {
    if (stopping_.load(std::memory_order_relaxed)) finish();  // else it is the request that brought us here
    return;
  }
  if (signals & kArrive) arrive();
  if ((signals & kGate) && situation_.handshaking) phase_.handshake->note_ready();
  if ((signals & kLook) && situation_.input != Input::certain) situation_.input = Input::uncertain;
  if (stream_.channel()) want_room();
  if (signals & kOutbox) flush_outbox();
  if (signals & kCancel) situation_.due |= kDueCancel;
  if (signals & kProgress) situation_.due |= kDueProgress;
  // Where it waits in a run queue it is found by its old priority.
  if (signals & kPriority) {
    situation_.repriced = situation_.state != State::idle;
    if (!situation_.repriced) set_priority(wanted_priority_.load(std::memory_order_acquire));
  }
  if (situation_.state == State::idle) consider();
}

void Session::on_timer(int64_t now_ms) {
  if (situation_.state == State::lingering) return finish();
  if (situation_.state == State::over || situation_.ending) return;
  if (situation_.handshaking) {
    begin_end(Error::timed_out);
    if (situation_.state == State::idle) consider();
    return;
  }
  const int64_t since = std::max(phase_.quiet_since_ms, stream_.last_activity_ms());
  if (now_ms >= since + int64_t{stream_.timeout_s()} * 1000) {
    if (situation_.state == State::idle) situation_.due |= kDueIdle;  // a client whose callback is running is not idle
    phase_.quiet_since_ms = now_ms;
  }
  arm_idle_timer();
  if (situation_.state == State::idle) consider();
}

// Touched once a period, however much is exchanged: the timer looks at the last activity when it comes due.
void Session::arm_idle_timer() {
  if (stream_.timeout_s() == 0) return;
  const int64_t since = std::max(phase_.quiet_since_ms, stream_.last_activity_ms());
  shard()->arm(*this, since + int64_t{stream_.timeout_s()} * 1000);
}

// A program that wants quicker clients wants quicker handshakes too.
void Session::begin_handshake() {
  phase_.handshake = new (std::nothrow) Handshake(*this);
  situation_.handshaking = phase_.handshake != nullptr;
  if (!situation_.handshaking) return begin_end(Error::out_of_memory);
  const int64_t timeout_ms = int64_t{stream_.timeout_s()} * 1000;
  shard()->arm(*this,
               shard()->turn_ms() + (timeout_ms != 0 && timeout_ms < kTlsHandshake_ms ? timeout_ms : kTlsHandshake_ms));
}

void Session::end_handshake() {
  if (!situation_.handshaking) return;
  delete phase_.handshake;
  situation_.handshaking = false;
  phase_.quiet_since_ms = shard()->turn_ms();
}

// ---- what comes next

void Session::consider() {
  INLET_ASSERT(situation_.state == State::idle && shard()->is_driven_here());
  event_ = static_cast<uint16_t>(choose());
  if (situation_.state != State::idle || event_ == 0) return;
  if (event_ != kHandshakeStep) {
    situation_.writable_edge = false;
    if (event_ == INET_EVENT_READ) situation_.input = Input::none;  // from here on only new edges count
    return queue();
  }
  situation_.state = State::queued;
  shard()->schedule_metered(*this);
}

void Session::queue_next() {
  situation_.state = State::queued;
  shard()->schedule_next(*this);
}

// The next event, or 0 when there is nothing to do or the session is over.
UINT Session::choose() {
  if (!situation_.ending && stream_.close_requested() != Stream::Close::none) begin_end(reason_of_close());
  if (situation_.ending) return choose_last();
  if (situation_.handshaking) return phase_.handshake->take_step_due(stream_) ? kHandshakeStep : 0;
  if (!connected_) return INET_EVENT_CONNECT;
  if (situation_.due & kDueCancel) return INET_EVENT_CANCEL;
  if (situation_.due & kDueProgress) return INET_EVENT_PROGRESS;
  if ((situation_.due & kDueWrite) && event_ != INET_EVENT_WRITE)
    return INET_EVENT_WRITE;  // not twice in a row while input waits
  if (input_is_ready()) return INET_EVENT_READ;
  if (situation_.ending) return choose_last();
  if (situation_.due & kDueWrite) return INET_EVENT_WRITE;
  if (situation_.due & kDueRanOut) return kRanOutEvent;
  if (situation_.due & kDueIdle) return INET_EVENT_TIMEOUT;
  return 0;
}

Error Session::reason_of_close() const {
  if (stopping_.load(std::memory_order_relaxed)) return Error::canceled;
  return stream_.close_requested() == Stream::Close::abort ? Error::conn_aborted : Error::none;
}

UINT Session::choose_last() {
  if (connected_) return (situation_.due & kDueError) ? INET_EVENT_ERROR : INET_EVENT_DISCONNECT;
  end();
  return 0;
}

bool Session::input_is_ready() {
  // With TLS an edge may be nothing but a part of a record.
  if (situation_.input == Input::certain && !stream_.is_secure()) return true;
  if (situation_.input != Input::uncertain && situation_.input != Input::certain) return false;
  switch (stream_.probe()) {
    case Stream::Input::data: return true;
    case Stream::Input::nothing: situation_.input = Input::none; return false;
    case Stream::Input::end: begin_end(Error::none); return false;
    case Stream::Input::failed: begin_end(stream_.failure()); return false;
  }
  return false;
}

void Session::begin_end(Error reason) {
  if (situation_.ending) return;
  situation_.ending = true;
  reason_ = static_cast<uint16_t>(reason);
  leave();
  stream_.request_close(
      Stream::Close::orderly);  // from now on calls on the stream fail; harmless when it was requested
  shard()->disarm(*this);
}

// ---- the callback

inline void Session::deliver(UINT event, Error error) {
  const DWORD thread_id = current_thread_id();
  if (thread_id_.load(std::memory_order_relaxed) != thread_id) thread_id_.store(thread_id, std::memory_order_relaxed);
  try {
    server().call_program(handle_, event, error);
  } catch (abi::__forced_unwind&) {
    throw;  // pthread_exit or cancellation must not be swallowed
  } catch (...) {
    thrown_ = true;
  }
  if (ServerLock::release_left_behind()) log_line("a callback has returned with its server locked; unlocked");
}

// A close that came while the callback was waiting for its turn: nothing new starts.
void Session::perform() {
  if (event_ != INET_EVENT_READ) return perform_other();
  if (stream_.close_requested() == Stream::Close::none) deliver(INET_EVENT_READ, Error::none);
}

void Session::perform_other() {
  const bool last = event_ == INET_EVENT_DISCONNECT || event_ == INET_EVENT_ERROR;
  if (!last && stream_.close_requested() != Stream::Close::none) return;
  switch (event_) {
    case kHandshakeStep: return phase_.handshake->step(stream_, server().credentials());
    case INET_EVENT_CONNECT: connected_ = true; break;
    case kRanOutEvent: return deliver(INET_EVENT_TIMEOUT, Error::timed_out);
    case INET_EVENT_CANCEL: return deliver(event_, Error::canceled);
    case INET_EVENT_ERROR: return deliver(event_, Error::system_failure);
    case INET_EVENT_DISCONNECT: return deliver(event_, static_cast<Error>(reason_));
    default: break;
  }
  deliver(event_, Error::none);
}

// ---- after the callback

void Session::settle() {
  const bool plain = situation_ == Situation::calm(State::queued) && event_ == INET_EVENT_READ && !thrown_;
  // It has read all there was, and nothing else has happened: the next edge will tell.
  if (plain && stream_.is_calm() && stream_.has_only_read()) [[likely]]
    situation_.state = State::idle;
  else
    settle_others();
}

// What a callback for the event puts an end to.
constexpr uint8_t Session::due_bits_of(UINT event) {
  switch (event) {
    case INET_EVENT_WRITE: return kDueWrite;
    case INET_EVENT_ERROR: return kDueError;
    case INET_EVENT_CANCEL: return kDueCancel;
    case INET_EVENT_PROGRESS: return kDueProgress;
    case kRanOutEvent:
    case INET_EVENT_TIMEOUT: return kDueRanOut | kDueIdle;
    default: return 0;
  }
}

// The first two callbacks of a client, with nothing else going on: WRITE follows CONNECT at once, while the client is at hand, and then
// its input is waited for. What is decided here is what consider would decide.
bool Session::settle_beginning() {
  if (event_ == INET_EVENT_CONNECT) {
    Situation now = situation_;
    now.fresh = !connected_;
    now.input = Input::none;
    if (now != Situation::calm(State::idle) || !stream_.is_calm()) return false;
    situation_.fresh = false;
    situation_.due = kDueWrite;
    event_ = INET_EVENT_WRITE;
    queue_next();
    return true;
  }
  if (event_ != INET_EVENT_WRITE) return false;
  situation_.due &= static_cast<uint8_t>(~kDueWrite);
  return situation_ == Situation::calm(State::idle) && stream_.is_calm();
}

// Input is all that is due to it, and when it has been read the next edge tells of more.
bool Session::may_settle_late() const {
  return situation_ == Situation::calm(State::queued) && event_ == INET_EVENT_READ;
}

bool Session::has_ended_as_usual() const {
  return event_ == INET_EVENT_READ && !thrown_ && stream_.is_calm() && stream_.has_just_been_read();
}

void Session::settle_others() {
  INLET_ASSERT(situation_.state == State::queued);
  situation_.state = State::idle;
  situation_.repriced = false;
  set_priority(wanted_priority_.load(std::memory_order_relaxed));
  if (event_ == kHandshakeStep) return settle_handshake();
  settle_callback(stream_.take_facts());
}

void Session::settle_callback(Facts facts) {
  if (facts == 0 && !thrown_ && settle_beginning()) return;
  if (event_ == INET_EVENT_DISCONNECT) {
    if (thrown_) log_line("an exception left a callback in INET_EVENT_DISCONNECT");
    return end();
  }
  if (event_ == INET_EVENT_CONNECT && connected_) {
    situation_.fresh = false;
    situation_.due |= kDueWrite;
  }
  situation_.due &= static_cast<uint8_t>(~due_bits_of(event_));
  if (thrown_) {
    log_line("an exception left a callback; its session is ended");
    if (!situation_.ending) situation_.due |= kDueError;
    begin_end(Error::conn_aborted);
    thrown_ = false;
  }
  if (facts & kRanOut) situation_.due |= kDueRanOut;
  if (facts & kFull) situation_.was_full = true;
  if (situation_.was_full || stream_.channel()) want_room();
  if (situation_.was_full && situation_.writable_edge) {
    situation_.was_full = false;
    situation_.due |= kDueWrite;
  }
  settle_input(facts);
  if (situation_.state == State::idle) consider();
}

void Session::settle_handshake() {
  if (situation_.ending || phase_.handshake->outcome() == Stream::Handshake::goes_on) return consider();
  if (phase_.handshake->outcome() == Stream::Handshake::failed) {
    begin_end(phase_.handshake->error());
    return consider();
  }
  announce();
  consider();
}

// From here on it is a session like any other. What it has read together with the end of its handshake has no edge of its own.
void Session::announce() {
  end_handshake();
  forget_slowness();
  [[maybe_unused]] const Facts facts = stream_.take_facts();
  announced_.store(true, std::memory_order_release);
  server().session_announced();
  situation_.input = Input::uncertain;
  phase_.quiet_since_ms = shard()->turn_ms();
  shard()->disarm(*this);
  arm_idle_timer();
}

void Session::settle_input(Facts facts) {
  if (facts & kFailed) return begin_end(stream_.failure());
  if ((facts & kEnd) && !stream_.has_ahead()) return begin_end(Error::none);
  const bool told = event_ == INET_EVENT_READ;
  if (facts & kConsumed) {
    const bool more = (facts & kMore) || stream_.has_ahead() || situation_.peer_closed;
    if (more || situation_.input == Input::certain) situation_.input = Input::uncertain;
    if (!more && situation_.input == Input::unread) situation_.input = Input::none;
  } else if (told && situation_.input == Input::none) {
    // The program was told of input and took none. If the peer has closed no edge will ever come again, so this is the end.
    if (situation_.peer_closed) return begin_end(Error::none);
    situation_.input = Input::unread;
  }
}

// ---- the end

// The program is done with the session. A client that we ended first may still be sending: it gets a moment to notice.
void Session::end() {
  shard()->disarm(*this);
  stream_.request_close(Stream::Close::orderly);
  // One that was refused in its handshake has an alert to read first.
  const bool refused = situation_.handshaking && phase_.handshake->outcome() == Stream::Handshake::failed;
  end_handshake();
  const bool lingers = !stopping_.load(std::memory_order_relaxed) && (connected_ || refused) && stream_.drain();
  if (lingers)
    server().directory().hide(id_);
  else
    server().directory().remove(id_);
  Runtime::instance().sessions.retire(handle_);  // before IDLE can tell anybody that the session is gone
  if (is_announced()) server().session_over();
  if (!lingers) return finish();
  situation_.state = State::lingering;
  shard()->arm(*this, shard()->turn_ms() + kLinger_ms);
}

// The poller forgets a socket that is closed, and events that are on their way already find no session: no call is needed for it.
void Session::finish() {
  if (situation_.state == State::lingering) server().directory().remove(id_);
  situation_.state = State::over;
  shard()->disarm(*this);
  stream_.close();
  shard()->population.fetch_sub(1, std::memory_order_relaxed);
  server().session_closed();
  if (close_mail()) shard()->bury(*this);
}

void Session::release() {
  Runtime::instance().sessions.unpin_owner(handle_);
}

}  // namespace inlet::server
