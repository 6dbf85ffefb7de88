// TransmitFile: a head, a file, a tail, and perhaps the end of the connection, in one operation. The kernel moves the file.
#include <io.h>
#include <mswsock.h>

#include <algorithm>

#include "provider/file_handle.h"
#include "provider/linux/calls.h"
#include "provider/linux/extension_call.h"
#include "provider/linux/extensions.h"
#include "provider/send_file.h"

namespace inlet::provider {
namespace {

constexpr DWORD kKnownFlags =
    TF_DISCONNECT | TF_REUSE_SOCKET | TF_WRITE_BEHIND | TF_USE_SYSTEM_THREAD | TF_USE_KERNEL_APC;

// What is to be sent, and how far it has come.
struct Transmission {
  const char* head = nullptr;
  size_t head_left = 0;
  int file = -1;
  uint64_t file_offset = 0;
  uint64_t file_left = 0;
  const char* tail = nullptr;
  size_t tail_left = 0;
};

class TransmitOperation : public Operation {
 public:
  TransmitOperation(const Completion& told, const Transmission& transmission, DWORD flags)
      : Operation(told), left_(transmission), flags_(flags) {
    // The offset in the OVERLAPPED is where the file began.
    tells_flags_ = false;
  }

  Step attempt(SocketRef& socket) override {
    if (socket->has(kSpilling)) return Step::waits;
    Error error = send_all(socket);
    if (error == Error::would_block) return Step::waits;
    if (error == Error::none && (flags_ & TF_DISCONNECT) != 0)
      error = disconnect(socket, (flags_ & TF_REUSE_SOCKET) != 0);
    outcome.status = status_of(error);
    return Step::done;
  }

 private:
  Error send_all(SocketRef& socket) {
    if (Error error = send_block(socket, &left_.head, &left_.head_left); error != Error::none) return error;
    if (Error error = send_file(socket); error != Error::none) return error;
    return send_block(socket, &left_.tail, &left_.tail_left);
  }

  Error send_block(SocketRef& socket, const char** data, size_t* left) {
    while (*left > 0) {
      const ptrdiff_t sent = sys::send(socket.fd(), *data, *left, 0);
      if (sent < 0) return failure_of(socket, static_cast<int>(-sent));
      *data += sent;
      *left -= static_cast<size_t>(sent);
      outcome.bytes += static_cast<size_t>(sent);
    }
    return Error::none;
  }

  Error send_file(SocketRef& socket) {
    while (left_.file_left > 0) {
      const ptrdiff_t sent = pipe_.send(socket.fd(), left_.file, left_.file_offset, left_.file_left);
      if (sent < 0) return failure_of(socket, static_cast<int>(-sent));
      // The file has become shorter meanwhile.
      if (sent == 0) return Error::invalid;
      left_.file_offset += static_cast<uint64_t>(sent);
      left_.file_left -= static_cast<uint64_t>(sent);
      outcome.bytes += static_cast<size_t>(sent);
    }
    return Error::none;
  }

  Error failure_of(SocketRef& socket, int number) {
    const Error error = error_of_errno(number);
    if (error != Error::conn_aborted && error != Error::conn_reset) return error;
    socket->fail(error);
    return static_cast<Error>(socket->failure.load(std::memory_order_acquire));
  }

  Transmission left_;
  FilePipe pipe_;
  const DWORD flags_;
};

Error check_state(SocketRef& socket) {
  finish_connect(socket);
  const uint32_t flags = socket->flags();
  if ((flags & kDatagram) != 0) return Error::not_supported;
  if ((flags & kConnected) == 0) return Error::not_connected;
  if ((flags & kSendShut) != 0) return Error::shut_down;
  if ((flags & kFailed) != 0) return static_cast<Error>(socket->failure.load(std::memory_order_acquire));
  return Error::none;
}

Error add_buffers(Transmission& transmission, const TRANSMIT_FILE_BUFFERS* buffers) {
  if (buffers == nullptr) return Error::none;
  if ((buffers->Head == nullptr && buffers->HeadLength != 0) || (buffers->Tail == nullptr && buffers->TailLength != 0))
    return Error::fault;
  transmission.head = static_cast<const char*>(buffers->Head);
  transmission.head_left = buffers->HeadLength;
  transmission.tail = static_cast<const char*>(buffers->Tail);
  transmission.tail_left = buffers->TailLength;
  return Error::none;
}

// From where an OVERLAPPED says, else from where the file stands; as much as asked for, 0 for all.
Error add_file(Transmission& transmission, HANDLE file, DWORD bytes, const OVERLAPPED* overlapped) {
  if (file == nullptr) return Error::none;
  transmission.file = descriptor_of(file);
  const int64_t size = sys::file_bytes(transmission.file);
  if (transmission.file < 0 || size < 0) return Error::invalid;
  const int64_t position = overlapped == nullptr ? sys::file_position(transmission.file) : 0;
  if (position < 0) return Error::invalid;
  transmission.file_offset = static_cast<uint64_t>(position);
  if (overlapped != nullptr) transmission.file_offset = uint64_t{overlapped->OffsetHigh} << 32 | overlapped->Offset;
  const auto end = static_cast<uint64_t>(size);
  const uint64_t there = end > transmission.file_offset ? end - transmission.file_offset : 0;
  transmission.file_left = bytes == 0 ? there : std::min<uint64_t>(bytes, there);
  return Error::none;
}

}  // namespace

BOOL WSPAPI extension_transmit_file(SOCKET hSocket, HANDLE hFile, DWORD nNumberOfBytesToWrite, DWORD,
                                    LPOVERLAPPED lpOverlapped, LPTRANSMIT_FILE_BUFFERS lpTransmitBuffers,
                                    DWORD dwFlags) {
  SocketRef socket(hSocket);
  if (!socket) return extension_failed(Error::not_socket);
  Transmission transmission;
  if (Error error = add_buffers(transmission, lpTransmitBuffers); error != Error::none) return extension_failed(error);
  if (Error error = check_state(socket); error != Error::none) return extension_failed(error);
  if ((dwFlags & ~kKnownFlags) != 0) return extension_failed(Error::invalid);
  if (Error error = add_file(transmission, hFile, nNumberOfBytesToWrite, lpOverlapped); error != Error::none)
    return extension_failed(error);
  return run_in_send_lane(socket, lpOverlapped, [&](const Completion& told) {
    return new (std::nothrow) TransmitOperation(told, transmission, dwFlags);
  });
}

// Sends that wait, and what nonblocking sends have promised, come first.
INT WSPAPI extension_send_file(SOCKET s, HANDLE hFile, ULONGLONG ullOffset, DWORD dwBytes, FilePipe* pPipe,
                               LPDWORD lpNumberOfBytesSent, LPINT lpErrno) {
  const auto fail = [&](Error error) {
    *lpErrno = wsa_code(error);
    return SOCKET_ERROR;
  };
  SocketRef socket(s);
  if (!socket) return fail(Error::not_socket);
  if (Error error = check_state(socket); error != Error::none) return fail(error);
  if (socket->has(kSpilling) || socket->has(kSendsWait)) return fail(Error::would_block);
  const int file = descriptor_of(hFile);
  if (file < 0) return fail(Error::invalid);
  const ptrdiff_t sent = pPipe->send(socket.fd(), file, ullOffset, dwBytes);
  if (sent >= 0) {
    *lpNumberOfBytesSent = static_cast<DWORD>(sent);
    return 0;
  }
  const Error error = error_of_errno(static_cast<int>(-sent));
  if (error == Error::conn_aborted || error == Error::conn_reset) socket->fail(error);
  return fail(error);
}

}  // namespace inlet::provider

INT_PTR _get_osfhandle(int fd) {
  using namespace inlet::provider;
  if (fd < 0 || sys::file_bytes(fd) < 0) return reinterpret_cast<INT_PTR>(INVALID_HANDLE_VALUE);
  return reinterpret_cast<INT_PTR>(file_handle_of(fd));
}
