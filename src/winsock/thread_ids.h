// What stands for a thread where providers queue procedure calls: WSATHREADID.
#pragma once

#include <ws2spi.h>

namespace inlet::winsock {

// The calling thread's, for the lpThreadId of overlapped calls. Winsock owns it; it lasts as long as the thread. nullptr when there
// is no memory, no descriptor or no handle left.
LPWSATHREADID calling_thread_id();

}  // namespace inlet::winsock
