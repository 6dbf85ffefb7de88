#include "provider/linux/overlapped.h"

#include "provider/completion_port.h"
#include "provider/linux/calls.h"
#include "provider/linux/extension.h"
#include "provider/linux/issuer.h"
#include "provider/linux/reactor.h"

namespace inlet::provider {
namespace {

const PortLink* link_of(const SocketRef& socket) {
  Overlapped* part = find_overlapped(socket);
  return part == nullptr ? nullptr : part->port.load(std::memory_order_acquire);
}

void end_operation(SocketRef& socket, Operation& operation) {
  std::unique_ptr<Operation> owned(&operation);
  operation.ended(socket);
  operation.complete(link_of(socket));
}

// Which lanes an edge may have made ready. A timer is somebody's wish to look everywhere.
bool concerns(unsigned edge, LaneKind lane) {
  constexpr unsigned kIn = kEdgeReadable | kEdgePeerClosed | kEdgeBroken | kEdgeTimer;
  constexpr unsigned kOut = kEdgeWritable | kEdgeBroken | kEdgeTimer;
  constexpr unsigned kUrgent = kIn | kEdgePriority;
  switch (lane) {
    case kReceiveLane:
    case kAcceptLane: return (edge & kIn) != 0;
    case kUrgentLane: return (edge & kUrgent) != 0;
    case kChangeLane: return false;
    default: return (edge & kOut) != 0;
  }
}

// The end of a stream, behind the sends that wait. A close needs none of it: it ends the stream itself.
class ShutdownOperation : public Operation {
 public:
  ShutdownOperation() : Operation(Completion{}) {}
  Step attempt(SocketRef& socket) override {
    finish_sending(socket);
    return Step::done;
  }
};

class EndedOperation : public Operation {
 public:
  using Operation::Operation;
  Step attempt(SocketRef&) override { return Step::done; }
};

// Whoever closes the socket marks it first and then looks for operations; whoever lets one wait looks for the mark afterwards.
// Taking a reference is what orders the two.
bool is_closing(const SocketRef& socket) {
  return SocketRef::internal(socket.handle()).closing();
}

Result<void> prepare_to_wait(SocketRef& socket, Operation& operation) {
  operation.issuer = Issuer::current();
  if (operation.issuer == nullptr) return Error::no_buffers;
  if (auto watched = reactor_watch(socket); !watched) return watched;
  operation.issuer->add(operation);
  return {};
}

Error refused(Operation& operation, Error error) {
  if (operation.issuer != nullptr) operation.issuer->remove(operation);
  operation.abandon();
  return error;
}

// The first attempt found nothing.
Result<bool> let_wait(SocketRef& socket, Lane& lane, std::unique_ptr<Operation>& operation, Operation::Step step) {
  Result<void> waits = prepare_to_wait(socket, *operation);
  if (waits) waits = lane.wait(socket, operation, step);
  if (!waits) {
    lane.leave(socket);
    return refused(*operation, waits.error());
  }
  if (is_closing(socket)) overlapped_closing(socket);
  return false;
}

Result<bool> stand_in_line(SocketRef& socket, Lane& lane, std::unique_ptr<Operation>& operation) {
  Result<void> waits = prepare_to_wait(socket, *operation);
  if (waits) waits = lane.enqueue(socket, operation);
  if (!waits) return refused(*operation, waits.error());
  if (is_closing(socket)) overlapped_closing(socket);
  return false;
}

// The first attempt was the last one. A failure that is no more than a warning has been told like a success.
Result<bool> ended_at_once(SocketRef& socket, Lane& lane, std::unique_ptr<Operation> operation, Outcome* outcome) {
  *outcome = operation->outcome;
  const bool later = operation->answers_later();
  const bool told = later || !is_failure(outcome->status);
  operation->ended(socket);
  if (told)
    operation->complete(link_of(socket));
  else
    operation->abandon();
  lane.leave(socket);
  if (later) return false;
  const int code = wsa_error_of(outcome->status);
  return code == 0 ? Result<bool>(true) : Result<bool>(static_cast<Error>(code));
}

}  // namespace

// --- lanes

Lane::~Lane() {
  // The descriptor is closed, so overlapped_closing has been here.
  INLET_ASSERT(waiting_.empty() && parked_.empty());
}

Result<bool> Lane::claim() {
  std::lock_guard lock(mutex_);
  if (closed_) return Error::not_socket;
  if (serving_ || !waiting_.empty()) return false;
  serving_ = true;
  again_ = false;
  return true;
}

void Lane::leave(SocketRef& socket) {
  std::unique_lock lock(mutex_);
  serve_locked(socket, lock);
}

Result<void> Lane::wait(SocketRef& socket, std::unique_ptr<Operation>& operation, Operation::Step step) {
  std::unique_lock lock(mutex_);
  if (closed_) return Error::not_socket;
  Operation& waits = *operation.release();
  waiting_.push_front(waits);
  if (settled_locked(socket, waits, step))
    serve_locked(socket, lock);
  else
    serving_ = false;
  return {};
}

Result<void> Lane::enqueue(SocketRef& socket, std::unique_ptr<Operation>& operation) {
  {
    std::lock_guard lock(mutex_);
    if (closed_) return Error::not_socket;
    waiting_.push_back(*operation.release());
    note_waiting_locked(socket);
  }
  serve(socket);
  return {};
}

void Lane::serve(SocketRef& socket) {
  std::unique_lock lock(mutex_);
  again_ = true;
  if (serving_ || waiting_.empty()) return;
  serving_ = true;
  serve_locked(socket, lock);
}

void Lane::unpark(SocketRef& socket, Handle acceptor) {
  {
    std::lock_guard lock(mutex_);
    parked_.for_each([&](Operation& operation) {
      if (operation.acceptor != acceptor) return;
      static_cast<Linked<WaitingTag>&>(operation).unlink();
      waiting_.push_front(operation);
    });
  }
  serve(socket);
}

// The caller has the right to serve; it is given back when nothing can be done any more.
void Lane::serve_locked(SocketRef& socket, std::unique_lock<std::mutex>& lock) {
  while (Operation* operation = waiting_.front()) {
    current_ = operation;
    again_ = false;
    lock.unlock();
    const Operation::Step step = operation->attempt(socket);
    lock.lock();
    current_ = nullptr;
    if (step != Operation::Step::done && !operation->cancelled) {
      if (settled_locked(socket, *operation, step)) continue;
      break;
    }
    if (step != Operation::Step::done) operation->outcome = {*operation->cancelled, operation->outcome.bytes, 0};
    static_cast<Linked<WaitingTag>*>(operation)->unlink();
    note_waiting_locked(socket);
    lock.unlock();
    end_operation(socket, *operation);
    lock.lock();
  }
  serving_ = false;
}

// An attempt found nothing. Returns whether there is more to do: this one again, or those behind one that is parked.
bool Lane::settled_locked(SocketRef& socket, Operation& operation, Operation::Step step) {
  note_waiting_locked(socket);
  if (again_) return true;
  if (step != Operation::Step::parked) return false;
  static_cast<Linked<WaitingTag>&>(operation).unlink();
  parked_.push_back(operation);
  note_waiting_locked(socket);
  return true;
}

void Lane::note_waiting_locked(SocketRef& socket) {
  occupied_.store(!waiting_.empty(), std::memory_order_release);
  if (state_ == 0) return;
  if (waiting_.empty())
    socket->clear(state_);
  else
    socket->set(state_);
}

bool Lane::Choice::fits(const Operation& operation) const {
  return (overlapped == nullptr || operation.overlapped() == overlapped) &&
         (issuer == nullptr || operation.issuer.get() == issuer) && (acceptor == 0 || operation.acceptor == acceptor);
}

// The one that is being attempted learns of it when its attempt is over.
size_t Lane::take_locked(SocketRef& socket, const Choice& choice, bool closing, Waiting& taken) {
  const PortLink* port = link_of(socket);
  size_t found = 0;
  auto take = [&](Operation& operation) {
    if (!choice.fits(operation)) return;
    ++found;
    const uint32_t status = closing ? operation.closed_status(port) : kStatusCancelled;
    if (&operation == current_) {
      operation.cancelled = status;
      return;
    }
    operation.outcome.status = status;
    static_cast<Linked<WaitingTag>&>(operation).unlink();
    taken.push_back(operation);
  };
  waiting_.for_each(take);
  parked_.for_each(take);
  note_waiting_locked(socket);
  return found;
}

size_t Lane::cancel(SocketRef& socket, const Choice& choice) {
  Waiting taken;
  size_t found = 0;
  {
    std::lock_guard lock(mutex_);
    found = take_locked(socket, choice, false, taken);
  }
  while (Operation* operation = taken.pop_front()) end_operation(socket, *operation);
  // What stood behind them may be able to go on.
  if (found != 0) serve(socket);
  return found;
}

void Lane::close(SocketRef& socket) {
  Waiting taken;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    take_locked(socket, Choice{}, true, taken);
  }
  while (Operation* operation = taken.pop_front()) end_operation(socket, *operation);
}

// --- the part of a socket

Overlapped* find_overlapped(const SocketRef& socket) {
  Extension* parts = socket.extension();
  return parts == nullptr ? nullptr : parts->overlapped.load(std::memory_order_acquire);
}

Overlapped* make_overlapped(const SocketRef& socket) {
  Extension* parts = socket.make_extension();
  return parts == nullptr ? nullptr : make_part(parts->overlapped);
}

bool lacks_context(const SocketRef& socket) {
  Overlapped* part = find_overlapped(socket);
  return part != nullptr && part->without_context.load(std::memory_order_acquire);
}

bool is_accepting(const SocketRef& socket) {
  Overlapped* part = find_overlapped(socket);
  return part != nullptr && part->listener.load(std::memory_order_acquire) != 0;
}

bool accepts_wait(const SocketRef& listener) {
  Overlapped* part = find_overlapped(listener);
  return part != nullptr && part->lanes[kAcceptLane].occupied_.load(std::memory_order_acquire);
}

bool shutdown_after_sends(SocketRef& socket) {
  if (!socket->has(kSendsWait)) return false;
  Outcome outcome;
  return submit(socket, kSendLane, std::unique_ptr<Operation>(new (std::nothrow) ShutdownOperation), &outcome).ok();
}

Result<bool> submit(SocketRef& socket, LaneKind kind, std::unique_ptr<Operation> operation, Outcome* outcome) {
  Overlapped* part = make_overlapped(socket);
  if (part == nullptr || operation == nullptr) return Error::no_buffers;
  operation->handle = socket.handle();
  if (auto begun = operation->begin(link_of(socket)); !begun) return begun.error();
  Lane& lane = part->lanes[kind];
  auto first = lane.claim();
  if (!first) return refused(*operation, first.error());
  if (!*first) return stand_in_line(socket, lane, operation);
  const Operation::Step step = operation->attempt(socket);
  if (step != Operation::Step::done) return let_wait(socket, lane, operation, step);
  return ended_at_once(socket, lane, std::move(operation), outcome);
}

Result<void> complete_at_once(SocketRef& socket, const Completion& completion, const Outcome& outcome) {
  EndedOperation operation(completion);
  if (auto begun = operation.begin(link_of(socket)); !begun) return begun;
  operation.outcome = outcome;
  operation.complete(link_of(socket));
  return {};
}

void overlapped_ready(SocketRef& socket, unsigned edge) {
  Overlapped* part = find_overlapped(socket);
  if (part == nullptr) return;
  // An ICMP answer may be what happened.
  if ((edge & kEdgeBroken) != 0 && socket->has(kDatagram)) socket->set(kIcmpQueued);
  if (Handle handle = part->listener.load(std::memory_order_acquire); handle != 0) {
    SocketRef listener = SocketRef::internal(handle);
    Overlapped* accepts = listener ? find_overlapped(listener) : nullptr;
    if (accepts != nullptr) accepts->lanes[kAcceptLane].unpark(listener, socket.handle());
  }
  for (int kind = 0; kind < kLanes; ++kind)
    if (concerns(edge, static_cast<LaneKind>(kind))) part->lanes[static_cast<size_t>(kind)].serve(socket);
}

void overlapped_closing(SocketRef& socket) {
  Overlapped* part = find_overlapped(socket);
  if (part == nullptr) return;
  for (Lane& lane : part->lanes) lane.close(socket);
  const Handle handle = part->listener.load(std::memory_order_acquire);
  if (handle == 0) return;
  SocketRef listener = SocketRef::internal(handle);
  Overlapped* accepts = listener ? find_overlapped(listener) : nullptr;
  if (accepts == nullptr) return;
  accepts->lanes[kAcceptLane].cancel(listener, {.acceptor = socket.handle()});
}

Result<void> associate_port(SOCKET s, std::shared_ptr<CompletionPort> port, ULONG_PTR key) {
  SocketRef socket(s);
  if (!socket) return Error::not_socket;
  Overlapped* part = make_overlapped(socket);
  if (part == nullptr) return Error::no_buffers;
  auto link = std::unique_ptr<PortLink>(new (std::nothrow) PortLink{std::move(port), key});
  if (link == nullptr) return Error::no_buffers;
  PortLink* none = nullptr;
  if (!part->port.compare_exchange_strong(none, link.get(), std::memory_order_acq_rel)) return Error::invalid;
  link.release();
  return {};
}

Result<size_t> cancel_io(SOCKET s, LPOVERLAPPED overlapped, bool this_thread_only) {
  SocketRef socket(s);
  if (!socket) return Error::not_socket;
  Overlapped* part = find_overlapped(socket);
  if (part == nullptr) return size_t{0};
  const auto issuer = Issuer::current();
  if (this_thread_only && issuer == nullptr) return size_t{0};
  const Lane::Choice choice{.overlapped = overlapped, .issuer = this_thread_only ? issuer.get() : nullptr};
  size_t found = 0;
  for (Lane& lane : part->lanes) found += lane.cancel(socket, choice);
  return found;
}

void cancel_issued_by(SocketRef& socket, const Issuer& issuer) {
  Overlapped* part = find_overlapped(socket);
  if (part == nullptr || link_of(socket) != nullptr) return;
  for (Lane& lane : part->lanes) lane.cancel(socket, {.issuer = &issuer});
}

}  // namespace inlet::provider
