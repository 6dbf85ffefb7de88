// WSARecvMsg and WSASendMsg: datagrams with ancillary data. They are not in the table; see extensions.h.
#include <memory>
#include <new>
#include <utility>

#include "provider/linux/blocking_transfer.h"
#include "provider/linux/calls.h"
#include "provider/linux/extensions.h"
#include "provider/linux/overlapped_transfer.h"
#include "provider/linux/upcalls.h"

namespace inlet::provider {
namespace {

INT answered(Result<void> result) {
  if (result) return 0;
  WSASetLastError(wsa_code(result.error()));
  return SOCKET_ERROR;
}

template <class Body>
INT guarded_message(Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return answered(Error::no_buffers);
  }
}

// The kernel tells where a datagram came in only to those who have asked.
void want_packet_info(SocketRef& socket) {
  if (socket->has(kPacketInfo)) return;
  sys::ask_packet_info(socket.fd(), socket->has(kV6));
  socket->set(kPacketInfo);
}

// What the two functions have in common: judges the call, in the order of the sheet.
Error check_call(const SocketRef& socket, const void* message, bool has_count) {
  if (!socket) return Error::not_socket;
  if (message == nullptr || !has_count) return Error::fault;
  return socket->has(kDatagram) ? Error::none : Error::not_supported;
}

Incoming incoming_of(LPWSAMSG message) {
  Incoming request{message->lpBuffers, message->dwBufferCount, message->dwFlags};
  request.from = message->name;
  request.from_length = &message->namelen;
  request.control = &message->Control;
  return request;
}

Outgoing outgoing_of(const WSAMSG& message, DWORD flags) {
  Outgoing request{message.lpBuffers, message.dwBufferCount, flags, message.name, message.namelen};
  request.control = &message.Control;
  return request;
}

Result<void> receive_message(SocketRef& socket, LPWSAMSG message, LPDWORD received) {
  Incoming request = incoming_of(message);
  if (Error error = check_receive(socket, request); error != Error::none) return error;
  want_packet_info(socket);
  auto done = receive_waiting(socket, request);
  if (!done) return done.error();
  *received = static_cast<DWORD>(done->bytes);
  message->dwFlags = done->flags;
  return done->cut ? Result<void>(Error::message_size) : Result<void>();
}

Result<void> send_message(SocketRef& socket, const WSAMSG& message, DWORD flags, LPDWORD sent) {
  Outgoing request = outgoing_of(message, flags);
  if (Error error = check_send(socket, request); error != Error::none) return error;
  auto done = send_waiting(socket, request, 0);
  if (!done) return done.error();
  *sent = static_cast<DWORD>(*done);
  return {};
}

// The program calls these two itself, so nobody has named the thread that is to run the routine: it is the calling one.
class Told {
 public:
  Told(LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
      : completion_{.overlapped = overlapped, .routine = routine} {
    if (routine == nullptr || !open_current_thread(&thread_)) return;
    completion_.thread = &thread_;
    completion_.keeps = std::shared_ptr<void>(nullptr, [id = thread_](void*) { close_thread(id); });
  }
  Told(const Told&) = delete;
  Told& operator=(const Told&) = delete;

  const Completion& completion() const { return completion_; }

 private:
  WSATHREADID thread_{};
  Completion completion_;
};

INT receive_message_overlapped(SocketRef& socket, LPWSAMSG message, LPDWORD received, const Completion& told) {
  Incoming request = incoming_of(message);
  request.message_flags = &message->dwFlags;
  want_packet_info(socket);
  DWORD flags = message->dwFlags;
  int code = 0;
  const int result = receive_overlapped(socket, request, told, received, &flags, &code);
  if (result != 0) WSASetLastError(code);
  return result;
}

INT send_message_overlapped(SocketRef& socket, const WSAMSG& message, DWORD flags, LPDWORD sent,
                            const Completion& told) {
  int code = 0;
  const int result = send_overlapped(socket, outgoing_of(message, flags), told, sent, &code);
  if (result != 0) WSASetLastError(code);
  return result;
}

}  // namespace

INT WSAAPI extension_recv_msg(SOCKET s, LPWSAMSG lpMsg, LPDWORD lpdwNumberOfBytesRecvd, LPWSAOVERLAPPED lpOverlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
  SocketRef socket(s);
  const bool has_count = lpdwNumberOfBytesRecvd != nullptr || lpOverlapped != nullptr;
  if (Error error = check_call(socket, lpMsg, has_count); error != Error::none) return answered(error);
  // MSG_PEEK is all that can be asked for.
  if ((lpMsg->dwFlags & ~DWORD{MSG_PEEK}) != 0) return answered(Error::not_supported);
  if (lpOverlapped == nullptr) return answered(receive_message(socket, lpMsg, lpdwNumberOfBytesRecvd));
  return guarded_message([&] {
    const Told told(lpOverlapped, lpCompletionRoutine);
    return receive_message_overlapped(socket, lpMsg, lpdwNumberOfBytesRecvd, told.completion());
  });
}

INT WSAAPI extension_send_msg(SOCKET s, LPWSAMSG lpMsg, DWORD dwFlags, LPDWORD lpNumberOfBytesSent,
                              LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
  SocketRef socket(s);
  const bool has_count = lpNumberOfBytesSent != nullptr || lpOverlapped != nullptr;
  if (Error error = check_call(socket, lpMsg, has_count); error != Error::none) return answered(error);
  if (lpOverlapped == nullptr) return answered(send_message(socket, *lpMsg, dwFlags, lpNumberOfBytesSent));
  return guarded_message([&] {
    const Told told(lpOverlapped, lpCompletionRoutine);
    return send_message_overlapped(socket, *lpMsg, dwFlags, lpNumberOfBytesSent, told.completion());
  });
}

}  // namespace inlet::provider
