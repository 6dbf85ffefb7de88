#include "server/plain_socket.h"

#include "base/thread_registry.h"
#include "server/runtime.h"
#include "server/socket_events.h"

namespace inlet::server {

PlainSocket::PlainSocket(SOCKET handle) : owner_thread_id(current_thread_id()), handle_(handle) {}

PlainSocket::~PlainSocket() {
  delete events_.load(std::memory_order_acquire);
}

Result<SocketEvents*> PlainSocket::need_events() {
  if (SocketEvents* there = events()) return there;
  std::lock_guard lock(events_mutex_);
  if (SocketEvents* there = events()) return there;
  if (events_ended_) return Error::not_socket;
  auto engine = Runtime::instance().enter_event_engine();
  if (!engine) return engine.error();
  if (!hold()) {
    (*engine)->leave();
    return Error::not_socket;
  }
  SocketEvents* events = new (std::nothrow) SocketEvents(*this, **engine);
  if (events == nullptr) {
    (*engine)->leave();
    let_go();  // the caller has a reference too, so this is not the last
    return Error::out_of_memory;
  }
  events_.store(events, std::memory_order_release);
  events->start();
  return events;
}

void PlainSocket::end_events() {
  SocketEvents* events;
  {
    std::lock_guard lock(events_mutex_);
    events_ended_ = true;
    events = events_.load(std::memory_order_relaxed);
  }
  if (events != nullptr) events->end();
}

}  // namespace inlet::server
