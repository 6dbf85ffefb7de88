// The last error of each thread: one slot for GetLastError and WSAGetLastError.
#pragma once

namespace inlet::winsock {

// Every call writes it, so it has neither a first use that must be noticed nor a function that must be called for its
// address: hence constinit and the initial-exec model, for which each program keeps a little room.
extern constinit thread_local int last_error_slot __attribute__((tls_model("initial-exec")));

inline int last_error() {
  return last_error_slot;
}
inline void set_last_error(int code) {
  last_error_slot = code;
}

}  // namespace inlet::winsock
