#include "event_ledger.h"

#include <cstdio>

namespace inlet::stress {

void EventLedger::enter(SOCKET handle, UINT event) {
  ++events_;
  if (stops_ != 0) violated("an event after STOP", handle, event);
  if (of_server(event)) return enter_server(event);
  enter_client(handle, event);
}

void EventLedger::enter_server(UINT event) {
  if (event == INET_EVENT_START) ++starts_;
  if (event != INET_EVENT_STOP) return;
  if (connects_ != disconnects_) violated("STOP before the last DISCONNECT", 0, event);
  ++stops_;
}

void EventLedger::enter_client(SOCKET handle, UINT event) {
  Stripe& stripe = stripe_of(handle);
  const std::scoped_lock lock(stripe.mutex);
  const auto [at, is_new] = stripe.records.try_emplace(handle);
  Record& record = at->second;
  if (record.running) violated("two events at the same time", handle, event);
  if (record.ended) violated("an event after DISCONNECT", handle, event);
  record.running = true;
  switch (event) {
    case INET_EVENT_CONNECT:
      ++connects_;
      if (!is_new) violated("a second CONNECT", handle, event);
      return;
    case INET_EVENT_DISCONNECT: record.ended = true; break;
    case INET_EVENT_READ: ++reads_; break;
    case INET_EVENT_ERROR: ++errors_; break;
    default: break;
  }
  if (is_new) violated("an event before CONNECT", handle, event);
}

// A DISCONNECT counts when its callback has ended: STOP, and the return of InetServerStop, must come after that.
void EventLedger::leave(SOCKET handle, UINT event) {
  if (of_server(event)) return;
  Stripe& stripe = stripe_of(handle);
  const std::scoped_lock lock(stripe.mutex);
  stripe.records[handle].running = false;
  if (event == INET_EVENT_DISCONNECT) ++disconnects_;
}

void EventLedger::violated(const char* what, SOCKET handle, UINT event) {
  if (++violations_ != 1) return;
  char text[160];
  std::snprintf(text, sizeof text, "%s (handle %llx, event %x)", what, static_cast<unsigned long long>(handle), event);
  const std::scoped_lock lock(first_mutex_);
  first_ = text;
}

std::string EventLedger::first_violation() {
  const std::scoped_lock lock(first_mutex_);
  return first_;
}

}  // namespace inlet::stress
