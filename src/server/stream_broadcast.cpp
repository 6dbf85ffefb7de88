// A stream's part in the broadcasts of its server: what goes at once is sent, the rest waits in the outbox, in the order of the calls.
#include <new>
#include <utility>

#include "engine/context.h"
#include "server/outbox.h"
#include "server/stream.h"
#include "server/stream_guard.h"

namespace inlet::server {

// The caller holds the direction.
Stream::Told Stream::tell_now(Broadcast& message, size_t& from, Deadline deadline) {
  const Deadline at_once = Deadline::at_ms(0);
  for (const Deadline until : {at_once, deadline}) {
    auto sent = send_all(message.data() + from, message.size() - from, until);
    if (!sent && sent.error() != Error::timed_out) return Told::failed;
    if (sent) from += *sent;
    if (from == message.size()) return Told::all;
    if (leave_to_outbox(message, from)) return Told::kept;
    if (deadline.expired()) break;
  }
  return Told::busy;
}

bool Stream::leave_to_outbox(Broadcast& message, size_t from) {
  try {
    return outbox().begin(message, from);
  } catch (const std::bad_alloc&) {
    return false;  // then it is waited for
  }
}

bool Stream::take_direction(Deadline deadline) {
  if (write_lock_.try_lock()) return true;
  if (deadline.expired()) return false;
  engine::before_blocking();
  return write_lock_.lock_until(deadline);
}

Stream::Told Stream::tell(Broadcast& message, Telling& telling, Deadline deadline) {
  const bool over = closing() || is_send_shut();
  if (over) stop_telling(telling);
  if (over) return Told::failed;
  if (telling.from == message.size()) return Told::all;
  Outbox* const outbox = find_outbox();
  if (!telling.holds && outbox && outbox->append(message)) return Told::all;
  if (!telling.holds && !take_direction(deadline)) return Told::busy;
  telling.holds = true;
  const Told told = tell_now(message, telling.from, deadline);
  if (told == Told::kept) telling.holds = false;  // the outbox has it
  if (told != Told::busy || telling.from == 0) stop_telling(telling);
  // Whoever has closed the stream just now has found nothing to give up.
  if (told == Told::kept && closing()) close_outbox();
  return told;
}

void Stream::stop_telling(Telling& telling) {
  if (std::exchange(telling.holds, false)) write_lock_.unlock();
}

void Stream::flush(Outbox& outbox) {
  while (const auto part = outbox.next()) {
    auto sent = send_all(part->message->data() + part->from, part->left(), Deadline::at_ms(0));
    const bool full = !sent && sent.error() == Error::timed_out;
    if (outbox.sent(sent ? *sent : 0, !sent && !full)) write_lock_.unlock();
    if (full) return;
  }
}

void Stream::settle_outbox(Deadline deadline) {
  Outbox* outbox = find_outbox();
  if (!outbox || !outbox->holds()) return;
  const Guard direction(write_lock_, deadline);  // whoever gets it comes behind the last part
}

void Stream::close_outbox() {
  if (Outbox* outbox = find_outbox(); outbox && outbox->close()) write_lock_.unlock();
}

}  // namespace inlet::server
