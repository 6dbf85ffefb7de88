// Stream's calls for datagrams and urgent data; see stream.h.
#include <winsock2.h>

#include "server/stream.h"

namespace inlet::server {

// Nothing is locked: the system gives each datagram to one call, whole.
Result<size_t> Stream::receive_message(void* into, size_t size, DWORD flags, SocketAddress* from) {
  if (closing()) return Error::not_socket;
  const Deadline deadline = call_deadline();
  for (;;) {
    auto got = from ? provider_.recv_from(socket(), into, size, flags, from->get(), &from->length)
                    : provider_.recv(socket(), into, size, flags);
    if (got || got.error() == Error::message_size || got.error() == Error::conn_reset) {
      note(static_cast<Facts>(kConsumed | kMore));
      note_activity();
    }
    if (got || got.error() != Error::would_block) return got;
    if (!blocks() && (flags & MSG_OOB) == 0) note(kEmpty);
    if (!blocks() || (flags & MSG_OOB) != 0) return Error::would_block;
    auto waited = wait(poller::kReadable, deadline);
    if (!waited && waited.error() == Error::timed_out) note(kRanOut);
    if (!waited) return waited.error();
  }
}

Result<size_t> Stream::send_message(const void* from, size_t size, DWORD flags, SocketAddress* to) {
  if (closing()) return Error::not_socket;
  const Deadline deadline = call_deadline();
  for (;;) {
    auto sent = to ? provider_.send_to(socket(), from, size, flags, to->get(), to->length)
                   : provider_.send(socket(), from, size, flags);
    if (sent) note_activity();
    if (sent || sent.error() != Error::would_block) return sent;
    note(kFull);
    if (!blocks()) return Error::would_block;
    auto waited = wait(poller::kWritable, deadline);
    if (!waited && waited.error() == Error::timed_out) note(kRanOut);
    if (!waited) return waited.error();
  }
}

Result<bool> Stream::wait_message(Deadline deadline) {
  if (closing()) return Error::not_socket;
  auto waited = wait(poller::kReadable, deadline);
  if (waited) return true;
  if (waited.error() == Error::timed_out) return false;
  return waited.error();
}

}  // namespace inlet::server
