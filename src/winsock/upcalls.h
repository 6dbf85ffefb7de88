// The calls that a provider may make up into Winsock.
#pragma once

#include <ws2spi.h>

namespace inlet::winsock {

// The table that Winsock hands to each provider it starts. No entry is NULL.
//
// Shape    Handles of sockets are passed through, events and threads are Winsock's own, the blocking hook is the calling thread's.
//          What belongs to other kinds of provider fails with its documented code: socket handles by context (non-IFS) and
//          provider paths (layers).
WSPUPCALLTABLE upcall_table();

}  // namespace inlet::winsock
