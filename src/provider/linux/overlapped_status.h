// How the end of an overlapped operation is written down: OVERLAPPED::Internal holds an NTSTATUS, as on Windows, and each kind
// of reader makes its own number of it. A reset connection is 10054 to WSAGetOverlappedResult and 64 to a completion port.
//
// An error for which there is no NTSTATUS is kept as 0xC0070000 + number, Windows' own form for a Win32 number in an NTSTATUS.
#pragma once

#include <ws2spi.h>

#include "base/error.h"

namespace inlet::provider {

enum Status : uint32_t {
  kStatusSuccess = 0,
  kStatusPending = WSS_OPERATION_IN_PROGRESS,
  kStatusBufferOverflow = 0x80000005,
  kStatusBufferTooSmall = 0xc0000023,
  kStatusCancelled = 0xc0000120,
  kStatusConnectionReset = 0xc000020d,
  kStatusConnectionAborted = 0xc0000241,
};

// Success and warnings, like that of a cut datagram, are none.
constexpr bool is_failure(uint32_t status) {
  return status >> 30 == 3;
}

// The status of an operation that failed with this error; kStatusSuccess for none.
uint32_t status_of(Error error);

// What WSAGetOverlappedResult and completion routines say: 0, WSA_IO_INCOMPLETE while it runs, or the WSA number.
int wsa_error_of(ULONG_PTR internal);

// What completion ports and GetOverlappedResult say: 0, ERROR_IO_INCOMPLETE, or the Win32 number.
DWORD win32_error_of(ULONG_PTR internal);

}  // namespace inlet::provider
