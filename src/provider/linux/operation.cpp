#include "provider/linux/operation.h"

#include <atomic>

#include "provider/completion_port.h"
#include "provider/linux/completion_routines.h"
#include "provider/linux/issuer.h"
#include "provider/linux/overlapped_wait.h"
#include "provider/linux/upcalls.h"

namespace inlet::provider {
namespace {

// The lowest bit of hEvent is no part of the handle: it says that no packet is wanted.
constexpr ULONG_PTR kNoPacket = 1;

}  // namespace

Operation::Operation(const Completion& request)
    : overlapped_(request.overlapped),
      routine_(request.routine),
      thread_given_(request.thread != nullptr),
      thread_(request.thread != nullptr ? *request.thread : WSATHREADID{}),
      keeps_(request.keeps) {}

Operation::~Operation() = default;

Result<void> Operation::begin(const PortLink* port) {
  if (overlapped_ == nullptr) return {};
  if (routine_ != nullptr) {
    if (port != nullptr) return Error::invalid;
    if (!thread_given_) return Error::fault;
  } else {
    const auto event = reinterpret_cast<ULONG_PTR>(overlapped_->hEvent);
    wants_packet_ = (event & kNoPacket) == 0;
    event_ = reinterpret_cast<WSAEVENT>(event & ~kNoPacket);
  }
  mark_pending(overlapped_);
  if (event_ != nullptr && has_events() && !reset_event(event_)) return Error::invalid_event_handle;
  if (routine_ == nullptr) return {};
  routine_id_ = reserve_routine();
  return routine_id_ != 0 ? Result<void>() : Result<void>(Error::no_buffers);
}

void Operation::abandon() {
  if (routine_id_ != 0) forget_routine(routine_id_);
}

void Operation::complete(const PortLink* port) {
  if (issuer != nullptr) issuer->remove(*this);
  if (overlapped_ == nullptr) return;
  overlapped_->InternalHigh = outcome.bytes;
  if (tells_flags_) overlapped_->Offset = outcome.flags;
  finish_overlapped(overlapped_, outcome.status);
  // The last WSPCleanup ends operations without telling anybody.
  if (is_started())
    indicate(port);
  else
    abandon();
}

// The OVERLAPPED is the program's again: only its address is used.
void Operation::indicate(const PortLink* port) {
  const auto bytes = static_cast<DWORD>(outcome.bytes);
  if (routine_ != nullptr) {
    const auto error = static_cast<DWORD>(wsa_error_of(outcome.status));
    queue_routine(routine_id_, thread_, {routine_, error, bytes, overlapped_, outcome.flags});
    return;
  }
  if (event_ != nullptr) set_event(event_);
  if (port != nullptr && wants_packet_) port->port->post({bytes, port->key, overlapped_, outcome.status});
}

}  // namespace inlet::provider
