#include "server/socket_events.h"

#include <cxxabi.h>

#include <winuser.h>

#include <bit>

#include "base/limits.h"
#include "base/log.h"
#include "base/thread_registry.h"
#include "base/timed_wait.h"
#include "engine/context.h"
#include "server/server_lock.h"

namespace inlet::server {

SocketEvents::SocketEvents(PlainSocket& socket, EventEngine& engine)
    : SimpleTask(kSocketEventsTask), socket_(socket), engine_(engine) {
  set_priority(INET_PRIORITY_NORMAL);
  set_shard(&engine.least_loaded());
}

// ---- any thread

void SocketEvents::start() {
  shard()->post(*this, kArrive);
}

UINT SocketEvents::events_of(SocketType type) {
  if (type == SocketType::listener) return INET_EVENT_ACCEPT;
  return INET_EVENT_CONNECT | INET_EVENT_DISCONNECT | INET_EVENT_READ | INET_EVENT_WRITE | INET_EVENT_TIMEOUT |
         INET_EVENT_CANCEL;
}

bool SocketEvents::is_event_of(SocketType type, UINT event) {
  return std::has_single_bit(event) && (event & events_of(type)) != 0;
}

void SocketEvents::update_wanted_locked() {
  constexpr UINT kOnlyAsynchronous = INET_EVENT_READ | INET_EVENT_WRITE | INET_EVENT_ACCEPT;
  UINT wanted = window_ != nullptr ? events_of(socket_.type()) : 0;
  for (size_t i = 0; i < handlers_.size(); ++i)
    if (handlers_[i].program != nullptr) wanted |= 1u << i;
  if (!asynchronous_) wanted &= ~kOnlyAsynchronous;
  wanted_.store(disabled_ || frozen_ ? 0 : wanted, std::memory_order_relaxed);
}

void SocketEvents::change(engine::Signals signals) {
  shard()->post(*this, signals);
}

void SocketEvents::set_handler(UINT event, INETEVENTPROC program, DWORD_PTR parameter) {
  {
    std::lock_guard lock(mutex_);
    handlers_[static_cast<size_t>(std::countr_zero(event))] = {program, parameter};
    update_wanted_locked();
  }
  change(kChanged);
}

void SocketEvents::enable(HWND window, UINT message) {
  {
    std::lock_guard lock(mutex_);
    window_ = window;
    message_ = message;
    asynchronous_ = true;
    disabled_ = false;
    socket_.set_blocking(false);
    update_wanted_locked();
  }
  change(kChanged);
}

Result<void> SocketEvents::disable() {
  {
    std::lock_guard lock(mutex_);
    window_ = nullptr;
    asynchronous_ = false;
    disabled_ = true;
    socket_.set_blocking(true);
    update_wanted_locked();
    if (runner_ == 0 || runner_ == current_thread_id()) return {};
  }
  engine::before_blocking();
  std::unique_lock lock(mutex_);
  const bool returned =
      wait_until(returned_, lock, Deadline::after_ms(kStopDeadline_ms), [this] { return runner_ == 0; });
  return returned ? Result<void>() : Error::timed_out;
}

void SocketEvents::freeze(bool frozen) {
  {
    std::lock_guard lock(mutex_);
    frozen_ = frozen;
    update_wanted_locked();
  }
  change(kChanged);
}

void SocketEvents::note_use() {
  if (engine::current_task() != this) change(kUsed);  // after its own callback settle looks anyway
}

void SocketEvents::note_cancel() {
  change(kCanceled);
}

void SocketEvents::end() {
  ending_.store(true, std::memory_order_release);
  change(kClosed);
}

void SocketEvents::unwatch() {
  std::lock_guard lock(mutex_);
  unwatched_ = true;
  if (std::exchange(watched_, false)) socket_.forget(*shard());
}

// ---- what the driver is told

void SocketEvents::arrive() {
  shard()->population.fetch_add(1, std::memory_order_relaxed);
  state_ = State::idle;
  connect_due_ = socket_.is_connecting();
  if (!connect_due_) established();
}

void SocketEvents::established() {
  connected_ = true;
  may_have_input_ = true;
  due_write_ = !is_listener();
  std::lock_guard lock(mutex_);
  if (unwatched_) return;
  if (auto watched = socket_.watch(*shard()); watched) {
    watched_ = true;
  } else {  // without being watched it would never show anything again
    peer_closed_ = true;
    end_error_ = watched.error();
  }
}

void SocketEvents::on_ready(poller::Ready ready) {
  if (state_ == State::over) return;
  constexpr poller::Ready kGone = poller::kPeerClosed | poller::kBroken;
  if ((ready & kGone) != 0 && socket_.type() == SocketType::stream) peer_closed_ = true;
  if ((ready & (poller::kReadable | kGone)) != 0) may_have_input_ = true;
  if ((ready & poller::kWritable) != 0 && connected_) socket_.flush();
  if ((ready & poller::kWritable) != 0 && was_full_) {
    was_full_ = false;
    due_write_ = true;
  }
  if (state_ == State::idle) consider();
}

void SocketEvents::on_signals(engine::Signals signals) {
  if (state_ == State::over) {  // posted while we ended; now the mailbox can be closed
    if (close_mail()) shard()->bury(*this);
    return;
  }
  if (signals & kArrive) arrive();
  if (signals & kUsed) collect_facts();
  if (signals & kChanged) may_have_input_ = true;
  if (signals & kCanceled) due_cancel_ = true;
  if (state_ == State::idle) return consider();
  // A callback is running. What it does on the socket from now on fails; the rest waits for its return.
  if (ending_.load(std::memory_order_acquire)) {
    unwatch();
    socket_.close();
  }
}

void SocketEvents::collect_facts() {
  if (!connected_) return;
  const Facts facts = socket_.take_facts();
  if (facts & (kConsumed | kEmpty | kEnd)) {
    told_input_ = false;
    may_have_input_ = true;
  }
  if (facts & (kEnd | kFailed)) peer_closed_ = socket_.type() == SocketType::stream;
  if (facts & kFailed) end_error_ = socket_.failure();
  if (facts & kRanOut) due_timeout_ = true;
  if (facts & kFull) was_full_ = true;
  // The edge may have come before we knew that anybody waited for it.
  if (was_full_ && socket_.is_writable()) {
    was_full_ = false;
    due_write_ = true;
  }
}

// ---- what comes next

void SocketEvents::consider() {
  INLET_ASSERT(state_ == State::idle && shard()->is_driven_here());
  if (ending_.load(std::memory_order_acquire)) return finish();
  event_ = choose();
  if (event_ == 0) return;
  state_ = State::queued;
  shard()->schedule(*this);
}

UINT SocketEvents::choose() {
  const UINT wanted = wanted_.load(std::memory_order_relaxed);
  if (connect_due_) return kConnectJob;
  if (connect_told_due_ && (wanted & INET_EVENT_CONNECT)) return INET_EVENT_CONNECT;
  if (!connected_) return 0;
  if (due_timeout_ && (wanted & INET_EVENT_TIMEOUT)) return INET_EVENT_TIMEOUT;
  if (due_cancel_ && (wanted & INET_EVENT_CANCEL)) return INET_EVENT_CANCEL;
  if (due_write_ && (wanted & INET_EVENT_WRITE)) return INET_EVENT_WRITE;
  if (const UINT input = choose_input(wanted)) return input;
  return peer_closed_ && !end_told_ ? wanted & INET_EVENT_DISCONNECT : 0;
}

// Input comes before the end, even if it is there when the peer has closed already.
UINT SocketEvents::choose_input(UINT wanted) {
  if ((wanted & (input_event() | INET_EVENT_DISCONNECT)) == 0 || !may_have_input_ || told_input_) return 0;
  switch (socket_.look()) {
    case Stream::Input::data: return wanted & input_event();
    case Stream::Input::nothing: may_have_input_ = false; return 0;
    case Stream::Input::failed: end_error_ = socket_.failure(); [[fallthrough]];
    case Stream::Input::end: may_have_input_ = false; peer_closed_ = true;
  }
  return 0;
}

Error SocketEvents::error_of(UINT event) const {
  switch (event) {
    case INET_EVENT_CONNECT: return connect_error_;
    case INET_EVENT_DISCONNECT: return end_error_;
    case INET_EVENT_TIMEOUT: return Error::timed_out;
    case INET_EVENT_CANCEL: return Error::canceled;
    default: return Error::none;
  }
}

// ---- the callback

void SocketEvents::perform() {
  if (event_ == kConnectJob) {
    auto connected = socket_.connect();
    connect_error_ = connected ? Error::none : connected.error();
    return;
  }
  delivered_ = deliver(event_, error_of(event_));
}

// Returns  false when nobody wants it any more: then it is not told.
bool SocketEvents::deliver(UINT event, Error error) {
  Handler handler;
  HWND window;
  UINT message;
  {
    std::lock_guard lock(mutex_);
    const bool wanted = (wanted_.load(std::memory_order_relaxed) & event) != 0;
    if (!wanted || ending_.load(std::memory_order_acquire)) return false;
    handler = handlers_[static_cast<size_t>(std::countr_zero(event))];
    window = window_;
    message = message_;
    runner_ = current_thread_id();
  }
  // Without room in the queue the window misses an event, as it would on Windows.
  if (window != nullptr) [[maybe_unused]]
    const BOOL posted = PostMessageW(window, message, socket_.handle(), MAKELONG(event, wsa_code(error)));
  if (handler.program != nullptr) call(handler, event, error);
  std::lock_guard lock(mutex_);
  runner_ = 0;
  returned_.notify_all();
  return true;
}

void SocketEvents::call(const Handler& handler, UINT event, Error error) {
  try {
    handler.program(socket_.handle(), event, inet_code(error), handler.parameter);
  } catch (abi::__forced_unwind&) {
    throw;  // pthread_exit or cancellation must not be swallowed
  } catch (...) {
    log_line("an exception left a callback of a plain socket; the socket goes on");
  }
  if (ServerLock::release_left_behind()) log_line("a callback has returned with a server locked; unlocked");
}

// ---- after the callback

void SocketEvents::settle() {
  INLET_ASSERT(state_ == State::queued);
  state_ = State::idle;
  if (event_ == kConnectJob) {
    connect_due_ = false;
    connect_told_due_ = true;
    if (connect_error_ == Error::none) established();
  } else if (delivered_) {
    note_told();
  }
  collect_facts();
  consider();
}

void SocketEvents::note_told() {
  switch (event_) {
    case INET_EVENT_CONNECT: connect_told_due_ = false; break;
    case INET_EVENT_DISCONNECT: end_told_ = true; break;
    case INET_EVENT_WRITE: due_write_ = false; break;
    case INET_EVENT_TIMEOUT: due_timeout_ = false; break;
    case INET_EVENT_CANCEL: due_cancel_ = false; break;
    default: told_input_ = true; break;
  }
}

// ---- the end

void SocketEvents::finish() {
  state_ = State::over;
  unwatch();
  socket_.close();
  shard()->population.fetch_sub(1, std::memory_order_relaxed);
  if (close_mail()) shard()->bury(*this);
}

void SocketEvents::release() {
  EventEngine& engine = engine_;
  socket_.let_go();  // may be the end of the socket, and of this
  engine.leave();
}

}  // namespace inlet::server
