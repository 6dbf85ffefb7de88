// WSPCancelBlockingCall: for programs of the 1.1 manner, whose blocking hook gives a call up.
#include "provider/linux/calls.h"
#include "provider/linux/wait.h"

namespace inlet::provider {

// Thread   The one whose call is to end, from its blocking hook or a procedure call: the innermost wait fails with WSAEINTR.
// Errors   WSAEINVAL   the thread waits for nothing
int WSPAPI WSPCancelBlockingCall(LPINT lpErrno) {
  return cancel_wait() ? 0 : failed(lpErrno, Error::invalid);
}

}  // namespace inlet::provider
