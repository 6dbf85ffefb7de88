// The calls from the provider up into Winsock: the most recent table that a WSPStartup brought.
//
// An entry that was NULL in the most recent table is the one of the table before; each function says what it answers when
// there never was one.
#pragma once

#include <ws2spi.h>

namespace inlet::provider {

void keep_upcalls(const WSPUPCALLTABLE& table);
void forget_upcalls();

// False when the event object is not valid, or nobody has event objects.
bool set_event(WSAEVENT event);
bool reset_event(WSAEVENT event);
bool has_events();

// False when the window does not exist.
bool has_messages();
bool post_message(HWND window, UINT message, WPARAM w, LPARAM l);

// False when the thread does not exist any more.
bool queue_apc(WSATHREADID thread, LPWSAUSERAPC function, DWORD_PTR context);

// Makes the calling thread reachable for queue_apc until it is closed. False when that cannot be done.
bool open_current_thread(WSATHREADID* thread);
void close_thread(WSATHREADID thread);

// The calling thread's blocking hook; nullptr when it has none.
LPBLOCKINGCALLBACK blocking_hook(DWORD_PTR* context);

// Whether the next one does anything.
bool has_modify_handle();
// Lets Winsock have a say in a new handle: handle itself when it has none, INVALID_SOCKET with the code in error.
SOCKET modify_handle(DWORD catalog_entry_id, SOCKET handle, int* error);

}  // namespace inlet::provider
