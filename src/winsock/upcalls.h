// The calls that a provider may make up into Winsock.
#pragma once

#include <ws2spi.h>

namespace inlet::winsock {

// The table that Winsock hands to each provider it starts. No entry is NULL.
//
// Shape    Handles of IFS providers are taken as they are, those of others are made here; both lead to the provider from
//          then on. Events and threads are Winsock's own, the blocking hook is the calling thread's. Provider paths
//          (layers) fail with their documented code.
WSPUPCALLTABLE upcall_table();

}  // namespace inlet::winsock
