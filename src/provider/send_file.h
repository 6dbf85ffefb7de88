// A function beyond the table that Inlet's own provider has: a part of a file, sent by the kernel itself, without waiting.
//
// TransmitFile waits until all is sent and can be ended by closing the socket only; a call with a deadline needs this instead.
// A layer over the provider would not see what is sent, so over one it is not offered, and data is read and sent as always.
#pragma once

#include <cstddef>
#include <cstdint>

#include <ws2spi.h>

#include "base/result.h"

namespace inlet::provider {

class Provider;

// lpNumberOfBytesSent gets 1..dwBytes, or 0 when the file ends at the offset. Returns 0, or SOCKET_ERROR and *lpErrno.
using SendFile = INT(WSPAPI*)(SOCKET s, HANDLE hFile, ULONGLONG ullOffset, DWORD dwBytes, LPDWORD lpNumberOfBytesSent,
                              LPINT lpErrno);

inline constexpr GUID kSendFileId = {0x6d1f6a52, 0x93c4, 0x4f0e, {0x9b, 0x3c, 0x51, 0x7e, 0x20, 0x8a, 0x4d, 0x11}};

// nullptr when the provider of the socket has no such function, or a layer stands over it.
SendFile find_send_file(Provider& provider, SOCKET socket);

// Errors   would_block     there is no room now
//          invalid         files of this kind cannot be sent like this
//          system_failure  the file cannot be read; else as send
Result<size_t> send_file(SendFile function, SOCKET socket, HANDLE file, uint64_t offset, size_t size);

}  // namespace inlet::provider
