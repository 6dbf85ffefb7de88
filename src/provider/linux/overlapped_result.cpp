// WSPGetOverlappedResult. What it says is all in the OVERLAPPED; the socket only has to be one.
#include "provider/linux/calls.h"
#include "provider/linux/overlapped_status.h"
#include "provider/linux/overlapped_wait.h"

namespace inlet::provider {
namespace {

Result<void> await(const WSAOVERLAPPED* overlapped) {
  if (overlapped->hEvent == nullptr || overlapped->hEvent == INVALID_HANDLE_VALUE) return Error::invalid_event_handle;
  return wait_overlapped(overlapped);
}

BOOL refuse(int code, LPINT lpErrno) {
  if (lpErrno != nullptr) *lpErrno = code;
  return FALSE;
}

}  // namespace

BOOL WSPAPI WSPGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED lpOverlapped, LPDWORD lpcbTransfer, BOOL fWait,
                                   LPDWORD lpdwFlags, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return refuse(WSAENOTSOCK, lpErrno);
  if (lpOverlapped == nullptr || lpcbTransfer == nullptr || lpdwFlags == nullptr) return refuse(WSAEFAULT, lpErrno);
  if (fWait != FALSE && overlapped_status(lpOverlapped) == kStatusPending)
    if (auto waited = await(lpOverlapped); !waited) return refuse(wsa_code(waited.error()), lpErrno);
  const uint32_t status = overlapped_status(lpOverlapped);
  const int code = wsa_error_of(status);
  // A datagram that was cut has a count nevertheless.
  if (code == 0 || status == kStatusBufferOverflow) {
    *lpcbTransfer = static_cast<DWORD>(lpOverlapped->InternalHigh);
    *lpdwFlags = lpOverlapped->Offset;
  }
  return code == 0 ? TRUE : refuse(code, lpErrno);
}

}  // namespace inlet::provider
