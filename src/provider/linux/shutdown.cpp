// Ending one direction of a connection, and the disconnect data that TCP and UDP do not have.
#include "provider/linux/calls.h"
#include "provider/linux/extension.h"
#include "provider/linux/overlapped.h"
#include "provider/linux/pending_receive.h"
#include "provider/linux/reactor.h"
#include "provider/linux/spill.h"
#include "provider/linux/streams.h"
#include "provider/linux/wait.h"

namespace inlet::provider {
namespace {

// Linux' own would end the receives that are already waiting, which Windows lets finish, so this is a bit of ours; the reactor
// watches for data that nobody will take. Without it such data just stays where it is, as on Linux.
void shut_receive(SocketRef& socket, bool stream) {
  socket->set(kReceiveShut);
  wake_sleepers(socket);
  if (!stream) return;
  [[maybe_unused]] auto watched = reactor_watch(socket);
  refuse_unwanted(socket);
}

// The end goes out behind everything that was sent, overlapped sends that wait included.
void shut_send(SocketRef& socket, bool stream) {
  socket->set(kSendShut);
  if (stream && !shutdown_after_sends(socket)) finish_sending(socket);
}

// Errors   not_connected   a stream that has no connection; a listener
//          why the connection has ended, if it has
Result<void> shut_down(SocketRef& socket, int how) {
  finish_connect(socket);
  const uint32_t flags = socket->flags();
  const bool stream = (flags & kDatagram) == 0;
  if (stream && ((flags & kConnected) == 0 || lacks_context(socket))) return Error::not_connected;
  if (stream && (flags & kFailed) != 0) return failure_of(socket);
  if (how != SD_RECEIVE) shut_send(socket, stream);
  if (how != SD_SEND) shut_receive(socket, stream);
  return {};
}

bool is_cut(const WSABUF* data) {
  return data != nullptr && data->len != 0 && data->buf == nullptr;
}

// TCP carries no data of that kind: none can be sent, and none has come.
Result<void> disconnect_sending(SocketRef& socket, const WSABUF* data) {
  if (is_cut(data)) return Error::fault;
  if (data != nullptr && data->len != 0) return Error::no_such_option;
  return shut_down(socket, SD_SEND);
}
Result<void> disconnect_receiving(SocketRef& socket, WSABUF* data) {
  if (is_cut(data)) return Error::fault;
  auto shut = shut_down(socket, SD_RECEIVE);
  if (shut && data != nullptr) data->len = 0;
  return shut;
}

}  // namespace

// ENOTCONN here means that the connection is already over in both directions, which is what was asked for.
void finish_sending(SocketRef& socket) {
  if (!spill_then_finish(socket)) sys::shutdown_send(socket.fd());
}

int WSPAPI WSPShutdown(SOCKET s, int how, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  if (how != SD_RECEIVE && how != SD_SEND && how != SD_BOTH) return failed(lpErrno, Error::invalid);
  return finished(lpErrno, shut_down(socket, how));
}

int WSPAPI WSPSendDisconnect(SOCKET s, LPWSABUF lpOutboundDisconnectData, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  return finished(lpErrno, disconnect_sending(socket, lpOutboundDisconnectData));
}

int WSPAPI WSPRecvDisconnect(SOCKET s, LPWSABUF lpInboundDisconnectData, LPINT lpErrno) {
  SocketRef socket(s);
  if (!socket) return failed(lpErrno, Error::not_socket);
  return finished(lpErrno, disconnect_receiving(socket, lpInboundDisconnectData));
}

}  // namespace inlet::provider
