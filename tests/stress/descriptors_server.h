// The servers of the descriptors test, each for a process of its own that may have few descriptors. They echo, print
// "port=N", serve until SIGTERM, and then print what they have seen.
#pragma once

namespace inlet::stress {

struct ServerLimits {
  unsigned descriptors;  // RLIMIT_NOFILE
  int backlog;
};

// On layer 2: select, accept, recv and send on one thread.
//
// Returns  The exit status of the process. At the end it prints "accepted=N", and "refused=N" and "code=N": how often accept
//          failed for another reason than that nobody waited, and the last such code.
int serve_with_winsock(const ServerLimits& limits);

// On layer 3: InetServerStart.
//
// Returns  The exit status of the process. At the end it prints "accepted=N".
int serve_with_inet(const ServerLimits& limits);

}  // namespace inlet::stress
