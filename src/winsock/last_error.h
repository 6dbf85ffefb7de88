// The last error of each thread: one slot for GetLastError and WSAGetLastError.
#pragma once

namespace inlet::winsock {

// Every call writes it, so it has no first use that must be noticed: hence constinit. The initial-exec model would spare a
// call for its address too, but the whole library could then not be loaded into a program that runs already.
extern constinit thread_local int last_error_slot;

inline int last_error() {
  return last_error_slot;
}
inline void set_last_error(int code) {
  last_error_slot = code;
}

}  // namespace inlet::winsock
