// Completion routines that are on their way to a thread: they were queued there and have not run yet.
//
// A thread that ends drops its queue without a word, so what a queued call needs is kept here, under a number, and dropped with
// the thread that started the operation.
#pragma once

#include <ws2spi.h>

#include <cstdint>

namespace inlet::provider {

struct RoutineCall {
  LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
  DWORD error;
  DWORD bytes;
  LPWSAOVERLAPPED overlapped;
  DWORD flags;
};

// Makes sure, when an operation starts, that there is room to queue its end. It belongs to the calling thread.
//
// Thread   Any, here and below.
// Returns  the number of the room; 0 without memory.
uint64_t reserve_routine();
void forget_routine(uint64_t number);

// Queues the call to the thread; it runs there in an alertable wait. Nothing happens when the thread has ended.
void queue_routine(uint64_t number, WSATHREADID thread, const RoutineCall& call);

// The thread with this number (Issuer::number) ends. 0 means every thread: for the last WSPCleanup.
void drop_routines(uint64_t issuer);

}  // namespace inlet::provider
