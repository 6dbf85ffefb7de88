// Handles for providers whose sockets are no handles of the system (non-IFS): each stands for a number that its provider
// chose.
//
// A handle is a place (low 32 bits), a generation (bits 32..62) and the top bit, which sets it apart from the handles of
// IFS providers. The word of a place:
//     bit  0       open
//     bits 1..31   generation
// Looking a handle up takes no lock: the word is read before and after what it stands for.
#pragma once

#include <ws2spi.h>

#include "base/result.h"
#include "winsock/socket_map.h"

namespace inlet::winsock {

// Errors   no_buffers  no memory, or too many
Result<SOCKET> make_context_handle(ProcTable table, DWORD_PTR context);

// What the handle stands for.
// Errors   not_socket  it is closed, or not of this kind
Result<DWORD_PTR> context_of(SOCKET s);

// Takes the handle away; what it stood for is the provider's. False when it is closed, or not of this kind.
bool close_context_handle(SOCKET s);

}  // namespace inlet::winsock
