// The C interface: what a socket is doing. The contracts are in inlet/inet_status.h.
#include <winsock2.h>

#include "server/api_call.h"

using namespace inlet;
using namespace inlet::server;

namespace {

// An answer that is no is no failure.
Result<BOOL> answer(bool yes) {
  if (!yes) last_error = 0;
  return yes;
}

INT status_of(Server& server) {
  if (server.pending_here()) return INET_STATUS_ACCEPT;
  switch (server.status()) {
    case INET_SERVER_STOPPING:
    case INET_SERVER_STOPPED: return INET_STATUS_DISCONNECT;
    case INET_SERVER_SUSPENDED: return INET_STATUS_IDLE;
    default: return INET_STATUS_LISTEN;
  }
}

INT status_of(const Stream& stream) {
  if (stream.close_requested() != Stream::Close::none) return INET_STATUS_DISCONNECT;
  const poller::Ready waited_for = stream.waited_for();
  if (waited_for & poller::kReadable) return INET_STATUS_READ;
  return waited_for & poller::kWritable ? INET_STATUS_WRITE : INET_STATUS_IDLE;
}

// Asks about a connection; for a server the answer is no.
template <class Call, class Ask>
BOOL ask(const Call& call, SOCKET handle, Ask ask_stream) {
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    if (find_server(handle) || runtime().listeners.pin(handle)) return answer(false);
    Peer peer(handle);
    if (!peer) return peer.error();
    return answer(ask_stream(peer.stream()));
  });
}

bool is_open(Stream& stream) {
  return stream.close_requested() == Stream::Close::none && stream.failure() == Error::none;
}

// Neither the end of the stream nor a failure is next.
bool goes_on(Stream& stream) {
  const Stream::Input next = stream.probe();
  return next == Stream::Input::data || next == Stream::Input::nothing;
}

// Out of line it can be looked at; inline the mark in the stream tells whether it has been passed.
bool is_urgent(Stream& stream) {
  char byte;
  auto out_of_line = stream.provider().recv(stream.socket(), &byte, 1, MSG_OOB | MSG_PEEK);
  if (out_of_line) return *out_of_line > 0;
  auto passed = stream.provider().ioctl(stream.socket(), static_cast<DWORD>(SIOCATMARK), 0);
  return passed && *passed == 0;
}

}  // namespace

INT WINAPI InetGetStatus(SOCKET hSocket) {
  const auto call = traced("InetGetStatus", hSocket);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (auto server = find_server(hSocket)) return status_of(*server);
    if (runtime().listeners.pin(hSocket)) return INET_STATUS_LISTEN;
    Peer peer(hSocket);
    if (peer.is_connecting()) return INET_STATUS_CONNECT;
    if (!peer) return peer.error();
    return status_of(peer.stream());
  });
}

BOOL WINAPI InetIsConnected(SOCKET hSocket) {
  const auto call = traced("InetIsConnected", hSocket);
  return ask(call, hSocket, [](Stream& stream) { return is_open(stream) && goes_on(stream); });
}

BOOL WINAPI InetIsClosed(SOCKET hSocket) {
  const auto call = traced("InetIsClosed", hSocket);
  return ask(call, hSocket, [](Stream& stream) { return !is_open(stream) || !goes_on(stream); });
}

BOOL WINAPI InetIsBlocking(SOCKET hSocket) {
  const auto call = traced("InetIsBlocking", hSocket);
  return ask(call, hSocket, [](Stream& stream) { return stream.waited_for() != 0; });
}

BOOL WINAPI InetIsUrgent(SOCKET hSocket) {
  const auto call = traced("InetIsUrgent", hSocket);
  return ask(call, hSocket, [](Stream& stream) { return is_open(stream) && is_urgent(stream); });
}

BOOL WINAPI InetIsListening(SOCKET hSocket) {
  const auto call = traced("InetIsListening", hSocket);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    if (auto server = find_server(hSocket)) {
      const INT status = server->status();
      return answer(status == INET_SERVER_STARTED || status == INET_SERVER_LOCKED);
    }
    if (runtime().listeners.pin(hSocket)) return TRUE;
    const Peer peer(hSocket);
    return peer || peer.is_connecting() ? answer(false) : peer.error();
  });
}

INT WINAPI InetFlush(SOCKET hSocket) {
  const auto call = traced("InetFlush", hSocket);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    auto discarded = peer.network().discard();
    if (!discarded) return discarded.error();
    return 0;
  });
}

namespace {

void tell_of_cancel(Client& client) {
  if (SocketEvents* events = client.events()) events->note_cancel();
}

}  // namespace

INT WINAPI InetCancel(SOCKET hSocket) {
  const auto call = traced("InetCancel", hSocket);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    if (auto listener = runtime().listeners.pin(hSocket)) {
      listener->cancel();
      return 0;
    }
    Peer peer(hSocket);
    if (peer.is_connecting()) {
      peer.client()->cancel_connect();
      return 0;
    }
    if (!peer) return peer.error();
    if (peer.session())
      peer.session()->request_cancel();
    else if (peer.stream().cancel())
      tell_of_cancel(*peer.client());
    return 0;
  });
}
