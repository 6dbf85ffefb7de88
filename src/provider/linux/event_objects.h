// The event objects that selections tell: whether one of them is valid has to be asked, and asking changes it.
//
// The only question that Winsock answers about an event object is whether it could reset it. So an object is reset when the
// first selection takes it; while any selection has it, it is known to be good and may be signalled for another socket.
#pragma once

#include "base/result.h"

namespace inlet::provider {

// One more selection has the event (a WSAEVENT).
//
// Thread   Any; no lock is held during the upcall.
// Errors   invalid        it is not an event object
//          not_supported  nobody has event objects
//          no_buffers     no memory
Result<void> hold_event(void* event);

// One selection fewer. nullptr is harmless.
void drop_event(void* event);

}  // namespace inlet::provider
