// How the extension functions answer. The program calls them itself, so they leave their code in the thread's last error, where
// an entry of the table would use lpErrno.
#pragma once

#include "provider/linux/overlapped.h"

namespace inlet::provider {

inline BOOL extension_failed(int code) {
  WSASetLastError(code);
  return FALSE;
}
inline BOOL extension_failed(Error error) {
  return extension_failed(wsa_code(error));
}

// For an operation that was submitted.
inline BOOL extension_answer(Result<bool> started) {
  if (!started) return extension_failed(started.error());
  return *started ? TRUE : extension_failed(Error::io_pending);
}

// connect_ex.cpp
// Ends the connection; with reuse the socket can be connected again.
Error disconnect(SocketRef& socket, bool reuse);
// Waits for an operation in the lane of sends that writes to own.
//
// Errors   canceled   the call was cancelled, and the operation with it; or the operation's
Result<void> wait_in_send_lane(SocketRef& socket, LPWSAOVERLAPPED own, Result<bool> started);

// Submits what make makes to the lane of sends. A call without an OVERLAPPED waits until it has ended.
template <class Make>
BOOL run_in_send_lane(SocketRef& socket, LPOVERLAPPED overlapped, Make make) {
  Outcome outcome;
  if (overlapped != nullptr) {
    std::unique_ptr<Operation> operation(make(Completion{.overlapped = overlapped}));
    return extension_answer(submit(socket, kSendLane, std::move(operation), &outcome));
  }
  WSAOVERLAPPED own{};
  own.hEvent = kNoEventNoPacket;
  std::unique_ptr<Operation> operation(make(Completion{.overlapped = &own}));
  auto waited = wait_in_send_lane(socket, &own, submit(socket, kSendLane, std::move(operation), &outcome));
  return waited ? TRUE : extension_failed(waited.error());
}

}  // namespace inlet::provider
