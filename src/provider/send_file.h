// A function beyond the table that Inlet's own provider has: a part of a file, sent by the kernel itself, without waiting.
//
// TransmitFile waits until all is sent and can be ended by closing the socket only; a call with a deadline needs this instead.
// A layer over the provider would not see what is sent, so over one it is not offered, and data is read and sent as always.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <ws2spi.h>

#include "base/result.h"

namespace inlet::provider {

class Provider;

// What a part of a file waits in on its way to the socket: sent out of a pipe, a part takes the socket once, where sendfile takes it
// once for each 64 KiB. A pipe is opened for large files only, and only a few exist (limits.h), because the system gives a user
// but few; where there is none, sendfile does it.
//
// Owner    Whoever sends the file. A part that is left in it at the end has not been sent.
// Thread   One at a time.
class FilePipe {
 public:
  FilePipe() = default;
  ~FilePipe();
  FilePipe(const FilePipe&) = delete;
  FilePipe& operator=(const FilePipe&) = delete;

  // Sends some of what is left of the file, without waiting for the socket. The next call goes on where this one ended.
  // Units    offset, size: bytes; size is all that is to follow, a call sends kFilePart_bytes at most
  // Returns  how much was sent, 0 when the file ends at the offset, or a negative errno
  ptrdiff_t send(int fd, int file, uint64_t offset, size_t size);

  // After a call that found no room: how long half of what waits there will take to leave, going by how fast it has left since the
  // call before that. To wait so long costs less than to be woken as soon as there is some room. 0 when nobody can tell, or when
  // nothing left, and from the second time that it is asked: then wait for room.
  // Units    milliseconds, kFilePause_ms at most
  int64_t take_pause_ms() { return std::exchange(pause_ms_, 0); }

 private:
  bool is_open() const { return in_ >= 0; }
  bool open();
  ptrdiff_t send_some(int fd, int file, uint64_t offset, size_t size);
  void note_full(int fd);

  int in_ = -1, out_ = -1;
  size_t held_ = 0;  // of the file, from the offset of the next call on
  bool refused_ = false;
  int64_t pause_ms_ = 0;
  uint64_t taken_ = 0;    // by the socket
  int64_t full_us_ = -1;  // when it was full last
  uint64_t gone_ = 0;     // what of taken_ had left it then
};

// lpNumberOfBytesSent gets 1..dwBytes, or 0 when the file ends at the offset. Returns 0, or SOCKET_ERROR and *lpErrno.
using SendFile = INT(WSPAPI*)(SOCKET s, HANDLE hFile, ULONGLONG ullOffset, DWORD dwBytes, FilePipe* pPipe,
                              LPDWORD lpNumberOfBytesSent, LPINT lpErrno);

inline constexpr GUID kSendFileId = {0x6d1f6a52, 0x93c4, 0x4f0e, {0x9b, 0x3c, 0x51, 0x7e, 0x20, 0x8a, 0x4d, 0x11}};

// nullptr when the provider of the socket has no such function, or a layer stands over it.
SendFile find_send_file(Provider& provider, SOCKET socket);

// Errors   would_block     there is no room now
//          invalid         files of this kind cannot be sent like this
//          system_failure  the file cannot be read; else as send
Result<size_t> send_file(SendFile function, SOCKET socket, HANDLE file, uint64_t offset, size_t size, FilePipe& pipe);

}  // namespace inlet::provider
