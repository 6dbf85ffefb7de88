#include "provider/linux/events.h"

#include <utility>

#include "provider/linux/calls.h"
#include "provider/linux/event_objects.h"
#include "provider/linux/extension.h"
#include "provider/linux/pending_queue.h"
#include "provider/linux/reactor.h"
#include "provider/linux/readiness.h"
#include "provider/linux/upcalls.h"

namespace inlet::provider {
namespace {

constexpr unsigned kLookedFor =
    kCanSend | kHasData | kHasUrgent | kHasConnection | kPeerFinished | kBroken | kFailedToConnect;

// As messages they are posted in this order.
constexpr int kBits[] = {FD_CONNECT_BIT,
                         FD_ACCEPT_BIT,
                         FD_READ_BIT,
                         FD_OOB_BIT,
                         FD_WRITE_BIT,
                         FD_CLOSE_BIT,
                         FD_QOS_BIT,
                         FD_GROUP_QOS_BIT,
                         FD_ROUTING_INTERFACE_CHANGE_BIT,
                         FD_ADDRESS_LIST_CHANGE_BIT};
static_assert(std::size(kBits) == Selection::kEvents && Selection::kEvents == FD_MAX_EVENTS);

// What a message tells again when it is asked for again.
constexpr int kRepeated = FD_READ | FD_OOB | FD_ACCEPT;

// The selection whose target this thread is telling just now: what the target calls then must not wait for itself.
thread_local const Selection* telling_now = nullptr;

Selection* selection_of(const SocketRef& socket) {
  Extension* parts = socket.extension();
  return parts == nullptr ? nullptr : parts->selection.load(std::memory_order_acquire);
}

void post_events(const Selection::Target& target, Handle handle, int events, const std::array<int, 10>& errors) {
  for (int bit : kBits) {
    if ((events & 1 << bit) == 0) continue;
    const auto error = static_cast<unsigned>(errors[static_cast<size_t>(bit)]);
    post_message(static_cast<HWND>(target.window), target.message, handle,
                 static_cast<LPARAM>(error << 16 | 1u << bit));
  }
}

}  // namespace

// What one look saw.
struct Selection::Sight {
  unsigned found;
  uint64_t waiting;
  bool deferred;      // the oldest connection was put back, and nothing is told until it has been accepted
  bool connector;     // connected by connect
  int connect_error;  // of a connect that failed after it had begun

  static Sight of(SocketRef& socket) {
    Sight sight{look_at(socket, kLookedFor), 0, false, false, 0};
    sight.deferred = (sight.found & kHasConnection) != 0 && pending_deferred(socket);
    if ((sight.found & (kHasData | kHasConnection)) != 0) sight.waiting = arrivals_waiting(socket);
    constexpr uint32_t kByConnect = kConnector | kConnected;
    sight.connector = (socket->flags() & kByConnect) == kByConnect;
    sight.connect_error = socket->error.load(std::memory_order_relaxed);
    return sight;
  }
};

Selection::~Selection() {
  drop_event(target_.event);
}

Result<void> Selection::select(SocketRef& socket, const Target& target) {
  void* old_event = nullptr;
  {
    Lock lock(mutex_);
    settle(lock);
    if (closed_) return Error::not_socket;
    old_event = std::exchange(target_, target).event;
    accept_posted_ = false;
    // An event that was never taken is told about again.
    tell(lock, socket, recorded_);
  }
  drop_event(old_event);
  look(socket, target.window != nullptr ? kRepeated : 0);
  return {};
}

Selection::Target Selection::target() const {
  std::lock_guard lock(mutex_);
  return target_;
}

Selection::Taken Selection::take() {
  Lock lock(mutex_);
  settle(lock);
  const Taken taken{recorded_ & target_.mask, errors_};
  recorded_ &= ~taken.events;
  return taken;
}

void Selection::look(SocketRef& socket, int again) {
  uint32_t turn = 0;
  {
    std::lock_guard lock(mutex_);
    again_ |= again;
    turn = ++turn_;
  }
  const Sight sight = Sight::of(socket);
  Lock lock(mutex_);
  // A look that has begun later sees everything that this one saw, and may have seen more.
  if (turn != turn_) return;
  const int fresh = arrivals_locked(sight, std::exchange(again_, 0)) | milestones_locked(sight);
  recorded_ |= fresh;
  tell(lock, socket, fresh);
}

// What is true as long as nobody takes it.
int Selection::arrivals_locked(const Sight& sight, int again) {
  int there = 0;
  if ((sight.found & kHasData) != 0) there |= FD_READ;
  if ((sight.found & kHasConnection) != 0) there |= FD_ACCEPT;
  if ((sight.found & kHasUrgent) != 0) there |= FD_OOB;
  recorded_ &= there | ~kRepeated;
  int fresh = again;
  if (sight.waiting > waiting_) fresh |= FD_READ | FD_ACCEPT;
  if (!urgent_) fresh |= FD_OOB;
  if (sight.deferred || accept_posted_) fresh &= ~FD_ACCEPT;
  waiting_ = sight.waiting;
  urgent_ = (there & FD_OOB) != 0;
  return fresh & there;
}

// What happens once.
int Selection::milestones_locked(const Sight& sight) {
  int fresh = 0;
  const bool broken = (sight.found & kBroken) != 0;
  // A connect that failed at once has told the program itself, and left no error behind.
  const bool refused = (sight.found & kFailedToConnect) != 0 && sight.connect_error != 0;
  if (connect_due_ && (sight.connector || refused)) {
    connect_due_ = false;
    errors_[FD_CONNECT_BIT] = refused ? sight.connect_error : 0;
    fresh |= FD_CONNECT;
  }
  if (write_due_ && !broken && (sight.found & kCanSend) != 0) {
    write_due_ = false;
    fresh |= FD_WRITE;
  }
  if (close_due_ && (sight.found & (kBroken | kPeerFinished)) != 0) {
    close_due_ = false;
    errors_[FD_CLOSE_BIT] = broken ? WSAECONNABORTED : 0;
    fresh |= FD_CLOSE;
  }
  return fresh;
}

// Tells the target about those of events that are selected. Leaves the lock for it; a thread that comes back must take the
// state as new.
void Selection::tell(Lock& lock, SocketRef& socket, int events) {
  const int selected = events & target_.mask;
  if (selected == 0 || closed_ || socket.closing()) return;
  const Target target = target_;
  const auto errors = errors_;
  if (target.window != nullptr) {
    recorded_ &= ~selected;
    accept_posted_ |= (selected & FD_ACCEPT) != 0;
  }
  ++telling_;
  lock.unlock();
  const Selection* outer = std::exchange(telling_now, this);
  if (target.window != nullptr)
    post_events(target, target.socket, selected, errors);
  else
    set_event(target.event);
  telling_now = outer;
  lock.lock();
  --telling_;
  told_.notify_all();
}

// Waits until no other thread is just telling the target. That takes as long as to set an event or to post a message.
void Selection::settle(Lock& lock) {
  if (telling_now == this) return;
  told_.wait(lock, [this] { return telling_ == 0; });
}

void Selection::on_refused_send(SocketRef& socket) {
  {
    std::lock_guard lock(mutex_);
    write_due_ = true;
  }
  // The room may have come in between.
  look(socket, 0);
}

void Selection::on_accept(SocketRef& listener) {
  {
    std::lock_guard lock(mutex_);
    accept_posted_ = false;
  }
  look(listener, FD_ACCEPT);
}

void Selection::on_connect() {
  std::lock_guard lock(mutex_);
  write_due_ = connect_due_ = close_due_ = true;
}

void Selection::on_change(SocketRef& socket, int event) {
  Lock lock(mutex_);
  recorded_ |= event;
  tell(lock, socket, event);
}

void Selection::close() {
  Lock lock(mutex_);
  closed_ = true;
  settle(lock);
}

// What the edge says does not matter: the look finds it.
void selection_ready(SocketRef& socket, unsigned) {
  if (Selection* selection = selection_of(socket)) selection->look(socket, 0);
}

void selection_closing(SocketRef& socket) {
  if (Selection* selection = selection_of(socket)) selection->close();
}

bool selection_active(const SocketRef& socket) {
  const Selection* selection = selection_of(socket);
  return selection != nullptr && selection->target().mask != 0;
}

// A receive that did not even begin re-enables nothing.
void note_receive(SocketRef& socket, Error outcome) {
  Selection* selection = selection_of(socket);
  if (selection == nullptr) return;
  switch (outcome) {
    case Error::fault:
    case Error::invalid:
    case Error::not_supported:
    case Error::shut_down:
    case Error::canceled: return;
    default: selection->look(socket, FD_READ);
  }
}

void note_send(SocketRef& socket, Error outcome) {
  if (outcome != Error::would_block) return;
  if (Selection* selection = selection_of(socket)) selection->on_refused_send(socket);
}

void note_accept(SocketRef& listener, Error outcome) {
  Selection* selection = selection_of(listener);
  const bool began = outcome != Error::fault && outcome != Error::invalid && outcome != Error::not_supported;
  if (selection != nullptr && began) selection->on_accept(listener);
}

void note_connect(SocketRef& socket) {
  if (Selection* selection = selection_of(socket)) selection->on_connect();
}

void selection_changed(SocketRef& socket, int event) {
  if (Selection* selection = selection_of(socket)) selection->on_change(socket, event);
}

Result<void> selection_begin(SocketRef& socket, const Selection::Target& target) {
  Extension* parts = socket.make_extension();
  Selection* selection = parts == nullptr ? nullptr : make_part(parts->selection);
  if (selection == nullptr) return Error::no_buffers;
  socket->set(kSelecting);
  // A listener may have been watched before, though not for each arrival.
  if (socket->has(kListening)) reactor_mute(socket, false);
  if (auto watched = reactor_watch(socket); !watched) return watched;
  return selection->select(socket, target);
}

void selection_inherit(SocketRef& listener, SocketRef& accepted) {
  const Selection* parent = selection_of(listener);
  Selection::Target target = parent == nullptr ? Selection::Target{} : parent->target();
  if (target.mask == 0) return;
  target.socket = accepted.handle();
  accepted->set(kNonblocking);
  // The listener may have changed its mind since, and its event object may be gone.
  if (target.event != nullptr && !hold_event(target.event)) return;
  if (!selection_begin(accepted, target)) drop_event(target.event);
}

}  // namespace inlet::provider
