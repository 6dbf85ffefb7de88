// The calls that a provider may make up into Winsock.
#pragma once

#include <ws2spi.h>

namespace inlet::winsock {

// The table that Winsock hands to each provider it starts. No entry is NULL.
//
// Shape    Handles of sockets are passed through, events are Winsock's own, no blocking hook is ever set. What belongs
// to other
//          kinds of provider fails with its documented code: socket handles by context (non-IFS), provider paths
//          (layers), asynchronous procedure calls and thread ids.
WSPUPCALLTABLE upcall_table();

}  // namespace inlet::winsock
