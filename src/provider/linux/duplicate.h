// Duplicated sockets: the structure that names one, and opening it.
#pragma once

#include <ws2spi.h>

#include "base/result.h"
#include "provider/linux/sockets.h"

namespace inlet::provider {

// Whether WSPDuplicateSocket has filled the structure.
bool is_duplicate(const WSAPROTOCOL_INFOW* info);

// Opens what the structure names, once.
//
// Shape    overlapped is kOverlapped or 0.
// Thread   Any. Waits up to kOfferAnswer_ms for another process; as a rule that answers within a fraction of a millisecond.
// Errors   invalid         it was opened before, is for another process, or its process has ended or closed its provider
//          too_many_files  no descriptor
//          no_buffers      no memory
//          timed_out       the other process does not answer; it may be opened later
Result<SOCKET> open_duplicate(const WSAPROTOCOL_INFOW& info, uint32_t overlapped);

}  // namespace inlet::provider
