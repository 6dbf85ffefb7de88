#include "provider/linux/readiness.h"

#include "provider/linux/calls.h"
#include "provider/linux/pending_queue.h"

namespace inlet::provider {
namespace {

constexpr uint64_t kReportWaits = uint64_t{1}
                                  << 40;  // an undelivered datagram's report counts like an arrival of its own

bool sees(int16_t seen, int look) {
  return (seen & look) != 0;
}

enum class Inbound { nothing, data, end };

// What the kernel's "readable" is about. While the next byte stands at the mark it may be about that byte only, which is read
// out of band, and the kernel's count of bytes ends there; a peek passes the byte over.
Inbound inbound_at_mark(SocketRef& socket) {
  socket->set(kHadUrgent);
  char byte = 0;
  const ptrdiff_t peeked = sys::receive(socket.fd(), &byte, 1, sys::kPeek);
  if (peeked < 0) return Inbound::nothing;
  return peeked > 0 ? Inbound::data : Inbound::end;
}

Inbound inbound_of(SocketRef& socket, int16_t seen) {
  if (!sees(seen, sys::kLookReadable)) return Inbound::nothing;
  if (sys::at_mark(socket.fd()) == 1) return inbound_at_mark(socket);
  // The end of a stream is readable, too.
  const bool ended = sees(seen, sys::kLookFinished) && sys::readable_bytes(socket.fd()) <= 0;
  return ended ? Inbound::end : Inbound::data;
}

bool urgent_is_inline(SocketRef& socket) {
  int on = 0;
  return sys::get_option(socket.fd(), sys::Option::out_of_band_inline, &on) == 0 && on != 0;
}

unsigned of_listener(SocketRef& socket, unsigned wanted) {
  if ((wanted & (kCanReceive | kHasConnection)) == 0 || !pending_has(socket)) return 0;
  return kCanReceive | kHasConnection;
}

// An error of a datagram socket is the answer to a datagram that could not be delivered; a receive reports it.
unsigned of_datagram(SocketRef& socket, int16_t seen) {
  if (sees(seen, sys::kLookError)) take_error(socket);
  const uint32_t flags = socket->flags();
  unsigned found = sees(seen, sys::kLookWritable) ? kCanSend : 0u;
  if ((flags & kReceiveShut) != 0) return found;
  return sees(seen, sys::kLookReadable | sys::kLookError) ? found | kCanReceive | kHasData : found;
}

// What can be received from a connection that stands.
unsigned of_receiving(SocketRef& socket, int16_t seen) {
  const bool urgent = sees(seen, sys::kLookPriority) && !urgent_is_inline(socket);
  if (urgent) socket->set(kHadUrgent);
  unsigned found = urgent ? kHasUrgent : 0u;
  if (sees(seen, sys::kLookFinished)) found |= kPeerFinished;
  if (socket->has(kReceiveShut)) return found;
  switch (inbound_of(socket, seen)) {
    case Inbound::nothing: return found;
    case Inbound::data: return found | kCanReceive | kHasData;
    case Inbound::end: return found | kCanReceive;
  }
  return found;
}

unsigned of_connection(SocketRef& socket, int16_t seen) {
  if (sees(seen, sys::kLookError)) take_error(socket);
  if (socket->has(kFailed)) return kCanReceive | kCanSend | kBroken;
  // While unsent bytes wait behind the program's back, the next send would not be taken.
  const bool room = sees(seen, sys::kLookWritable) && !socket->has(kSpilling);
  return of_receiving(socket, seen) | (room ? kCanSend : 0u);
}

unsigned of_stream(SocketRef& socket, int16_t seen, unsigned wanted) {
  if (socket->has(kListening)) return of_listener(socket, wanted);
  if (socket->has(kConnecting) && seen != 0) finish_connect(socket);
  const uint32_t flags = socket->flags();
  if ((flags & kConnected) != 0) return of_connection(socket, seen);
  return (flags & (kConnectFailed | kConnecting)) == kConnectFailed ? kFailedToConnect : 0u;
}

}  // namespace

int16_t kernel_interest(SocketRef& socket, unsigned wanted) {
  const uint32_t flags = socket->flags();
  const bool receives = (wanted & (kCanReceive | kHasData | kHasConnection)) != 0;
  if ((flags & kListening) != 0) return receives && pending_pollable(socket) ? sys::kLookReadable : 0;
  int asked = 0;
  // After the own SD_RECEIVE nothing new can be received, whatever lies there.
  const bool shut = (flags & kReceiveShut) != 0;
  if (receives && !shut) asked |= sys::kLookReadable;
  if ((wanted & kCanSend) != 0 && (flags & kSpilling) == 0) asked |= sys::kLookWritable;
  if ((flags & kDatagram) != 0) return static_cast<int16_t>(asked);
  if ((flags & (kConnected | kConnecting)) == 0) return 0;
  if ((flags & kConnected) == 0) return sys::kLookWritable;
  if (wanted & kHasUrgent) asked |= sys::kLookPriority;
  // But a reset still counts, and the kernel tells about one whatever it is asked for.
  if (receives && shut && (flags & kSendShut) == 0) asked |= sys::kLookPriority;
  if (wanted & (kPeerFinished | kHasData)) asked |= sys::kLookFinished;
  return static_cast<int16_t>(asked);
}

unsigned conditions_of(SocketRef& socket, int16_t seen, unsigned wanted) {
  if (socket.closing()) return kGone & wanted;
  return wanted & (socket->has(kDatagram) ? of_datagram(socket, seen) : of_stream(socket, seen, wanted));
}

unsigned look_at(SocketRef& socket, unsigned wanted) {
  sys::Watch watch{socket.fd(), kernel_interest(socket, wanted), 0};
  if (watch.asked != 0) sys::poll(&watch, 1, 0);
  return conditions_of(socket, watch.seen, wanted);
}

uint64_t arrivals_waiting(SocketRef& socket) {
  const uint32_t flags = socket->flags();
  if ((flags & kListening) != 0) return pending_count(socket);
  int64_t amount = 0;
  // The reports of datagrams that were not delivered take memory, too.
  if ((flags & kDatagram) != 0)
    amount = sys::queued_memory(socket.fd());
  else
    amount = (flags & kHadUrgent) != 0 ? sys::received_bytes(socket.fd()) : sys::readable_bytes(socket.fd());
  return amount < 0 ? 0 : static_cast<uint64_t>(amount);
}

}  // namespace inlet::provider
