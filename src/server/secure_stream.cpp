// A stream's calls while TLS runs on it. They have the shape of those in stream.cpp: try, and wait for what is missing.
#include <winsock2.h>

#include "base/limits.h"
#include "engine/context.h"
#include "server/error_detail.h"
#include "server/secure_channel.h"
#include "server/stream.h"
#include "server/stream_guard.h"

namespace inlet::server {

using Step = SecureChannel::Step;

namespace {

poller::Ready wanted(Step step) {
  return step == Step::wants_output ? poller::kWritable : poller::kReadable;
}

}  // namespace

bool Stream::is_secure() const {
  const SecureChannel* secure = channel();
  return secure && secure->is_active();
}

Error Stream::note_failure(SecureChannel& secure, Error error) {
  note_error_detail(error, secure.failure_text());
  return note_failure(error);
}

// ---- the handshake

void Stream::begin_security(std::unique_ptr<tls::Session> session) {
  if (!channel()) channel_.store(new SecureChannel(provider_, socket()), std::memory_order_release);
  set(kSecured, true);
  channel()->begin(std::move(session));
}

Stream::Handshake Stream::step_handshake() {
  const auto step = channel()->handshake();
  if (step.step == Step::done) note_activity();
  if (step.step == Step::failed) note_failure(step.error);
  return step.step == Step::done ? Handshake::done : step.step == Step::failed ? Handshake::failed : Handshake::goes_on;
}

bool Stream::hello_is_here() const {
  constexpr uint8_t kHandshakeRecord = 22;
  constexpr size_t kHeader = 5;
  uint8_t header[kHeader];
  auto got = provider_.recv(socket(), header, sizeof header, MSG_PEEK);
  if (!got) return got.error() != Error::would_block;
  if (*got == 0 || header[0] != kHandshakeRecord) return true;
  auto waiting = provider_.ioctl(socket(), FIONREAD, 0);
  if (!waiting) return true;
  if (*got < kHeader) return *waiting >= kHeader;  // a layer has shortened the look: let OpenSSL wait for the rest
  const size_t record = size_t{header[3]} << 8 | header[4];
  return record > kTlsRecordMax || *waiting >= kHeader + record;
}

Result<void> Stream::shake_hands(SecureChannel& secure, Deadline deadline) {
  for (;;) {
    if (closing()) return Error::canceled;
    const auto step = secure.handshake();
    if (step.step == Step::done) return {};
    if (step.step == Step::failed) return note_failure(secure, step.error);
    auto waited = wait_for(secure, wanted(step.step), step.pulls, deadline);
    if (!waited && waited.error() == Error::canceled) return Error::canceled;
    if (!waited) return note_failure(waited.error());  // half a handshake is no connection that anybody can use
  }
}

Result<void> Stream::enable_security(std::unique_ptr<tls::Session> session, Deadline deadline) {
  if (closing()) return Error::not_socket;
  Guard reading(read_lock_, deadline);
  if (!reading) return Error::timed_out;
  Guard writing(write_lock_, deadline);
  if (!writing) return Error::timed_out;
  if (is_secure()) return Error::invalid;
  if (is_send_shut()) return Error::shut_down;
  if (failure() != Error::none) return failure();
  drop_ahead();
  begin_security(std::move(session));
  auto done = shake_hands(*channel(), deadline);
  note_activity();
  if (done) note(kConsumed | kMore);  // what the peer sent right behind its handshake has no edge of its own
  return done;
}

// ---- the end of TLS

Result<void> Stream::disable_security() {
  if (closing()) return Error::not_socket;
  const Deadline deadline = call_deadline();
  Guard reading(read_lock_, deadline);
  if (!reading) return Error::timed_out;
  Guard writing(write_lock_, deadline);
  if (!writing) return Error::timed_out;
  SecureChannel* secure = this->secure();
  if (!secure || !secure->is_established()) return Error::invalid;
  secure->parting.store(true, std::memory_order_release);
  auto parted = part(*secure, deadline);
  if (!parted) secure->parting.store(false, std::memory_order_release);
  if (!parted) return parted;
  drop_ahead();
  secure->finish();
  note_ahead();
  note(kConsumed | kMore);
  return {};
}

// Says good-bye and reads until the peer has said it too.
Result<void> Stream::part(SecureChannel& secure, Deadline deadline) {
  if (const auto closed = secure.close(); closed.step == Step::failed) return note_failure(secure, closed.error);
  if (auto sent = send_rest(secure, deadline); !sent) return sent;
  char dropped[4096];
  for (;;) {
    if (closing()) return Error::canceled;
    const auto got = secure.read(dropped, sizeof dropped);
    if (got.step == Step::end) return {};
    if (got.step == Step::failed) return note_failure(secure, got.error);
    if (got.step == Step::done) continue;
    if (auto waited = wait_for(secure, wanted(got.step), got.pulls, deadline); !waited) return waited;
  }
}

Result<void> Stream::send_rest(SecureChannel& secure, Deadline deadline) {
  while (secure.has_output()) {
    const auto sent = secure.write(nullptr, 0);
    if (sent.step == Step::failed) return note_failure(secure, sent.error);
    if (sent.step != Step::wants_output) break;
    if (deadline.expired()) return Error::timed_out;
    if (auto waited = wait_for(secure, poller::kWritable, sent.pulls, deadline); !waited) return waited;
  }
  return {};
}

void Stream::settle_output(Deadline deadline) {
  SecureChannel* secure = this->secure();
  if (!secure || !secure->has_output()) return;
  Guard writing(write_lock_, deadline);
  if (writing) [[maybe_unused]]
    auto sent = send_rest(*secure, deadline);
}

// The caller holds no lock: what waits behind a full socket is finished by flush.
Result<void> Stream::end_sending() {
  SecureChannel* secure = this->secure();
  if (!secure) return provider_.shutdown(socket(), SD_SEND);
  const auto closed = secure->close();
  if (closed.step != Step::wants_output) return provider_.shutdown(socket(), SD_SEND);
  secure->fin_due.store(true, std::memory_order_release);
  return {};
}

Result<void> Stream::shutdown_secure(SecureChannel& secure, int how) {
  if (how == SD_RECEIVE) return provider_.shutdown(socket(), how);
  const Deadline deadline = call_deadline();
  Guard writing(write_lock_, deadline);
  if (!writing) return Error::timed_out;
  if (shut_sending()) {
    if (auto sent = send_rest(secure, deadline); !sent) return sent;
    if (auto ended = end_sending(); !ended) return ended;
    if (auto sent = send_rest(secure, deadline); !sent) return sent;
    flush(secure);
  }
  return how == SD_BOTH ? provider_.shutdown(socket(), SD_RECEIVE) : Result<void>();
}

void Stream::flush(SecureChannel& secure) {
  if (secure.has_output()) secure.write(nullptr, 0);
  if (!secure.fin_due.load(std::memory_order_acquire) || secure.has_output()) return;
  if (secure.fin_due.exchange(false, std::memory_order_acq_rel)) [[maybe_unused]]
    auto told = provider_.shutdown(socket(), SD_SEND);
}

// ---- moving data

// The caller holds read_lock_.
Result<size_t> Stream::receive(SecureChannel& secure, void* into, size_t size, bool may_wait) {
  std::optional<Deadline> deadline;
  for (;;) {
    const auto got = secure.read(into, size);
    if (got.step == Step::done) {
      note_taken(got.more);
      tell_waiting(secure);
      return got.bytes;
    }
    if (got.step == Step::failed) return note_failure(secure, got.error);
    if (got.step == Step::end) {
      note(kEnd);
      return closing() ? Result<size_t>(Error::canceled) : Result<size_t>(size_t{0});
    }
    if (!may_wait) return Error::would_block;
    if (!deadline) deadline = call_deadline();
    auto waited = wait_for(secure, wanted(got.step), got.pulls, *deadline);
    if (waited) continue;
    if (waited.error() == Error::timed_out) note(kRanOut);
    return waited.error();
  }
}

Result<size_t> Stream::peek(SecureChannel& secure, void* into, size_t size) {
  if (!secure.is_established()) return size_t{0};
  const auto got = secure.peek(into, size);
  tell_waiting(secure);
  if (got.step == Step::failed) return note_failure(secure, got.error);
  return got.step == Step::done ? got.bytes : size_t{0};
}

Stream::Input Stream::probe(SecureChannel& secure) {
  if (!secure.is_established() || secure.parting.load(std::memory_order_acquire)) return Input::nothing;
  const auto got = secure.peek(nullptr, 0);
  tell_waiting(secure);
  switch (got.step) {
    case Step::done: return Input::data;
    case Step::end: return Input::end;
    case Step::failed: break;
    default: return Input::nothing;
  }
  if (got.error == Error::shut_down) return Input::end;  // the program has shut the receiving side
  note_failure(secure, got.error);
  return Input::failed;
}

// As for clear text. When all is taken and the socket is full, the rest of it is waited for, so that a writer that is quicker than
// its peer is held up here; when time runs out first, flush sends it later.
Result<size_t> Stream::send_all(SecureChannel& secure, const char* from, size_t size,
                                std::optional<Deadline> deadline) {
  if (!secure.is_established()) return Error::not_connected;
  const bool own = deadline.has_value();
  for (size_t written = 0;;) {
    if (closing()) return written ? Result<size_t>(written) : Error::canceled;
    const auto sent = secure.write(from + written, size - written);
    written += sent.bytes;
    if (sent.bytes != 0) note_activity();
    if (sent.step == Step::done && written == size) return written;
    if (sent.step == Step::done) continue;
    if (sent.step == Step::failed) {
      const Error error = note_failure(secure, sent.error);
      return written ? Result<size_t>(written) : error;
    }
    note(kFull);
    if (!deadline) deadline = call_deadline();
    auto waited = own && deadline->expired() ? Result<void>(Error::timed_out)
                                             : wait_for(secure, wanted(sent.step), sent.pulls, *deadline);
    if (waited) continue;
    if (waited.error() == Error::timed_out && !own && written < size) note(kRanOut);
    return written ? Result<size_t>(written) : waited.error();
  }
}

}  // namespace inlet::server
