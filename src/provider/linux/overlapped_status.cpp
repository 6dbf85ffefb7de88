#include "provider/linux/overlapped_status.h"

#include <algorithm>
#include <array>

namespace inlet::provider {
namespace {

constexpr uint32_t kWin32Facility = 0xc0070000;
constexpr uint32_t kWin32Mask = 0xffff0000;
constexpr uint32_t kNoSuccess = 0x80000000;  // in warnings (8...) and errors (C...)
constexpr DWORD kUnknownStatus = 317;  // ERROR_MR_MID_NOT_FOUND: Windows' answer to a status that it does not know

struct Row {
  uint32_t status;
  int wsa;
  DWORD win32;
};

// The first row with a WSA number is the status of that error. What Windows was seen to answer (sheet 2.16) comes with the
// names of the documents; the Win32 numbers are those of winerror.h.
constexpr auto kRows = std::to_array<Row>({
    {kStatusPending, WSA_IO_INCOMPLETE, 996},
    {kStatusCancelled, WSA_OPERATION_ABORTED, 995},
    {kStatusBufferOverflow, WSAEMSGSIZE, 234},
    {kStatusConnectionReset, WSAECONNRESET, 64},
    {kStatusConnectionAborted, WSAECONNABORTED, 1236},
    {0xc0000236, WSAECONNREFUSED, 1225},   // CONNECTION_REFUSED
    {0xc00000b5, WSAETIMEDOUT, 121},       // IO_TIMEOUT
    {0xc00000b0, WSAESHUTDOWN, 233},       // PIPE_DISCONNECTED
    {0xc0000140, WSAENOTCONN, 1229},       // INVALID_CONNECTION
    {0xc000020a, WSAEADDRINUSE, 1227},     // ADDRESS_ALREADY_EXISTS
    {0xc0000141, WSAEADDRNOTAVAIL, 1214},  // INVALID_ADDRESS
    {0xc000023c, WSAENETUNREACH, 1231},    // NETWORK_UNREACHABLE
    {0xc000023d, WSAEHOSTUNREACH, 1232},   // HOST_UNREACHABLE
    {0xc000009a, WSAENOBUFS, 1450},        // INSUFFICIENT_RESOURCES
    {0xc0000008, WSAENOTSOCK, 6},          // INVALID_HANDLE
    {0xc0000005, WSAEFAULT, 998},          // ACCESS_VIOLATION
    {0xc000000d, WSAEINVAL, 87},           // INVALID_PARAMETER
    {0xc0000022, WSAEACCES, 5},            // ACCESS_DENIED
    {0xc00000bb, WSAEOPNOTSUPP, 50},       // NOT_SUPPORTED
    {0xc000011f, WSAEMFILE, 4},            // TOO_MANY_OPENED_FILES
    {0xc0000237, WSAEDISCON, 1226},        // GRACEFUL_DISCONNECT
    {0xc00000a3, WSAEWOULDBLOCK, 21},      // DEVICE_NOT_READY
    {0xc00000c4, WSAENETDOWN, 59},         // UNEXPECTED_NETWORK_ERROR
    {0xc000013c, WSAECONNRESET, 64},       // REMOTE_DISCONNECT
    {0xc000023f, WSAECONNRESET, 1234},     // PORT_UNREACHABLE
    {0xc000013b, WSAECONNABORTED, 64},     // LOCAL_DISCONNECT
    {0xc000020f, WSAECONNABORTED, 59},     // TRANSACTION_ABORTED
    {0xc0000043, WSAEADDRINUSE, 32},       // SHARING_VIOLATION
    {kStatusBufferTooSmall, WSAEFAULT, 122},
    {0xc0000206, WSAEMSGSIZE, 1784},            // INVALID_BUFFER_SIZE
    {0xc000023e, WSAENETUNREACH, 1233},         // PROTOCOL_UNREACHABLE
    {0xc0000240, WSA_OPERATION_ABORTED, 1235},  // REQUEST_ABORTED
    {0xc0000017, WSAENOBUFS, 8},                // NO_MEMORY
    {0xc0000024, WSAENOTSOCK, 6},               // OBJECT_TYPE_MISMATCH
});

const Row* find_status(uint32_t status) {
  auto row = std::ranges::find(kRows, status, &Row::status);
  return row == kRows.end() ? nullptr : &*row;
}

}  // namespace

uint32_t status_of(Error error) {
  if (error == Error::none) return kStatusSuccess;
  auto row = std::ranges::find(kRows, wsa_code(error), &Row::wsa);
  return row != kRows.end() ? row->status : kWin32Facility | static_cast<uint32_t>(wsa_code(error));
}

int wsa_error_of(ULONG_PTR internal) {
  const auto status = static_cast<uint32_t>(internal);
  if (const Row* row = find_status(status)) return row->wsa;
  if ((status & kNoSuccess) == 0) return 0;
  if ((status & kWin32Mask) == kWin32Facility) return static_cast<int>(status & 0xffff);
  return WSASYSCALLFAILURE;
}

DWORD win32_error_of(ULONG_PTR internal) {
  const auto status = static_cast<uint32_t>(internal);
  if (const Row* row = find_status(status)) return row->win32;
  if ((status & kNoSuccess) == 0) return 0;
  if ((status & kWin32Mask) == kWin32Facility) return status & 0xffff;
  return kUnknownStatus;
}

}  // namespace inlet::provider
