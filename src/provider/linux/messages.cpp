// WSARecvMsg and WSASendMsg: datagrams with ancillary data. They are not in the table; see extensions.h.
#include <utility>

#include "provider/linux/blocking_transfer.h"
#include "provider/linux/calls.h"
#include "provider/linux/extensions.h"

namespace inlet::provider {
namespace {

INT answered(Result<void> result) {
  if (result) return 0;
  WSASetLastError(wsa_code(result.error()));
  return SOCKET_ERROR;
}

// The kernel tells where a datagram came in only to those who have asked.
void want_packet_info(SocketRef& socket) {
  if (socket->has(kPacketInfo)) return;
  sys::ask_packet_info(socket.fd(), socket->has(kV6));
  socket->set(kPacketInfo);
}

Result<void> receive_message(SOCKET s, LPWSAMSG message, LPDWORD received) {
  SocketRef socket(s);
  if (!socket) return Error::not_socket;
  if (message == nullptr || received == nullptr) return Error::fault;
  if (!socket->has(kDatagram)) return Error::not_supported;
  // MSG_PEEK is all that can be asked for.
  if ((message->dwFlags & ~DWORD{MSG_PEEK}) != 0) return Error::not_supported;
  Incoming request{message->lpBuffers, message->dwBufferCount, message->dwFlags};
  request.from = message->name;
  request.from_length = &message->namelen;
  request.control = &message->Control;
  if (Error error = check_receive(socket, request); error != Error::none) return error;
  want_packet_info(socket);
  auto done = receive_waiting(socket, request);
  if (!done) return done.error();
  *received = static_cast<DWORD>(done->bytes);
  message->dwFlags = done->flags;
  return done->cut ? Result<void>(Error::message_size) : Result<void>();
}

Result<void> send_message(SOCKET s, const WSAMSG* message, DWORD flags, LPDWORD sent) {
  SocketRef socket(s);
  if (!socket) return Error::not_socket;
  if (message == nullptr || sent == nullptr) return Error::fault;
  if (!socket->has(kDatagram)) return Error::not_supported;
  Outgoing request{message->lpBuffers, message->dwBufferCount, flags, message->name, message->namelen};
  request.control = &message->Control;
  if (Error error = check_send(socket, request); error != Error::none) return error;
  auto done = send_waiting(socket, request, 0);
  if (!done) return done.error();
  *sent = static_cast<DWORD>(*done);
  return {};
}

}  // namespace

INT WSAAPI extension_recv_msg(SOCKET s, LPWSAMSG lpMsg, LPDWORD lpdwNumberOfBytesRecvd, LPWSAOVERLAPPED lpOverlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE) {
  // TODO(api): overlapped receives come with the reactor of layer 2.
  if (lpOverlapped != nullptr) return answered(Error::not_supported);
  return answered(receive_message(s, lpMsg, lpdwNumberOfBytesRecvd));
}

INT WSAAPI extension_send_msg(SOCKET s, LPWSAMSG lpMsg, DWORD dwFlags, LPDWORD lpNumberOfBytesSent,
                              LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE) {
  // TODO(api): overlapped sends come with the reactor of layer 2.
  if (lpOverlapped != nullptr) return answered(Error::not_supported);
  return answered(send_message(s, lpMsg, dwFlags, lpNumberOfBytesSent));
}

}  // namespace inlet::provider
