// The blocking hook of Winsock 1.1: a function of the program that a thread calls again and again while a Winsock call waits.
//
// Each thread has its own; NULL, as at first, means that calls just sleep. WSASetBlockingHook and its relatives use this, and so
// does the upcall through which providers ask for the hook.
#pragma once

#include <ws2spi.h>

namespace inlet::winsock {

// Sets the calling thread's hook. Returns the one before.
FARPROC set_blocking_hook(FARPROC hook);
FARPROC blocking_hook();

// Whether the calling thread's hook runs at this moment, which means that one of its calls is blocked.
bool is_blocking();

// From within the hook: makes the call that is blocked end with WSAEINTR. False when none is blocked.
bool cancel_blocking_call();

// What a provider calls while it waits: runs the hook until it says that it has nothing to do (FALSE).
// Returns  TRUE to go on waiting, FALSE when the call was cancelled.
BOOL CALLBACK run_blocking_hook(DWORD_PTR context);

}  // namespace inlet::winsock
