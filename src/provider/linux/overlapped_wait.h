// The word in an OVERLAPPED by which a running operation is told from a finished one, and threads that wait for it.
//
// OVERLAPPED::Internal is written last, with release order, so whoever reads a status there with acquire order may read the
// count as well. After that the structure belongs to the program again, which may free it at once.
#pragma once

#include <ws2spi.h>

#include "base/result.h"
#include "provider/linux/overlapped_status.h"

namespace inlet::provider {

void mark_pending(LPWSAOVERLAPPED overlapped);
// Writes the final status and wakes who waits for it.
void finish_overlapped(LPWSAOVERLAPPED overlapped, uint32_t status);
uint32_t overlapped_status(const WSAOVERLAPPED* overlapped);

// Waits until the operation has ended. Whether its event is set plays no part.
//
// Thread   The calling thread sleeps; no lock is held.
// Errors   canceled    the call was cancelled (WSPCancelBlockingCall)
//          no_buffers  the thread cannot be woken
Result<void> wait_overlapped(const WSAOVERLAPPED* overlapped);

}  // namespace inlet::provider
