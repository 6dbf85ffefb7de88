#include "server/secure_channel.h"

#include <algorithm>

#include "base/limits.h"
#include "base/utf16.h"

namespace inlet::server {

SecurityReport::SecurityReport(tls::SecurityInfo the_facts)
    : facts(std::move(the_facts)),
      issuer(to_utf16(facts.issuer)),
      subject(to_utf16(facts.subject)),
      fingerprint(to_utf16(facts.fingerprint)) {}

// Gets ciphertext from the socket for the length of a call. What the session has not read of it is copied at the end.
class SecureChannel::Pull {
 public:
  explicit Pull(SecureChannel& channel) : channel_(channel) {}
  ~Pull() { keep(); }
  Pull(const Pull&) = delete;
  Pull& operator=(const Pull&) = delete;

  // Returns  done: there is more to read; wants_input; failed
  Step operator()() {
    if (channel_.drained_ && looked_) return Step::wants_input;
    looked_ = true;
    keep();  // the beginning of a record may still lie where the next bytes go
    auto got = channel_.provider_.recv(channel_.socket_, bytes_, sizeof bytes_, 0);
    if (!got && got.error() == Error::would_block) return channel_.drained_ = true, Step::wants_input;
    if (!got) return error_ = got.error(), Step::failed;
    channel_.pulls_.fetch_add(1, std::memory_order_seq_cst);
    if (*got == 0) return channel_.session_->feed_end(), Step::done;
    channel_.drained_ = *got < sizeof bytes_ && channel_.provider_.short_read_means_drained();
    fed_ = true;
    // Refused only when it does not fit, which was said above.
    [[maybe_unused]] auto offered = channel_.session_->feed({bytes_, *got});
    return Step::done;
  }

  Error error() const { return error_; }

 private:
  void keep() {
    // Pulled only when less than a record was unread, so it always fits.
    if (fed_) [[maybe_unused]]
      auto kept = channel_.session_->keep_input();
  }

  SecureChannel& channel_;
  bool fed_ = false;
  bool looked_ = false;  // in this call; a drained socket may have got more since the last one
  Error error_ = Error::none;
  std::byte bytes_[kTlsReceiveBytes];
};

void SecureChannel::begin(std::unique_ptr<tls::Session> session) {
  std::lock_guard lock(mutex_);
  session_ = std::move(session);
  report_ = nullptr;
  send_error_ = Error::none;
  drained_ = false;
  established_.store(false, std::memory_order_relaxed);
  active_.store(true, std::memory_order_release);
}

void SecureChannel::finish() {
  std::lock_guard lock(mutex_);
  std::byte unread[1024];
  leftover_.erase(leftover_.begin(), leftover_.begin() + static_cast<ptrdiff_t>(leftover_begin_));
  leftover_begin_ = 0;
  while (const size_t got = session_->take_unread(unread)) {
    const auto* bytes = reinterpret_cast<const char*>(unread);
    leftover_.insert(leftover_.end(), bytes, bytes + got);
  }
  session_.reset();
  has_output_.store(false, std::memory_order_release);
  established_.store(false, std::memory_order_release);
  active_.store(false, std::memory_order_release);
  parting.store(false, std::memory_order_release);
}

// ---- results

SecureChannel::Transfer SecureChannel::result(Step step, size_t bytes) {
  return {step, bytes, Error::none, false, pulls_.load(std::memory_order_relaxed)};
}

SecureChannel::Transfer SecureChannel::fail(Error error) {
  return {Step::failed, 0, error, false, pulls_.load(std::memory_order_relaxed)};
}

SecureChannel::Transfer SecureChannel::fail_session() {
  const tls::Failure& failure = session_->failure();
  try {
    failure_text_ = failure.text;
  } catch (const std::bad_alloc&) {
    failure_text_.clear();
  }
  return fail(error_of(failure));
}

// Sends what waits, as far as it goes at once.
//
// Returns  whether nothing waits any more. After a hard error nothing does: it is lost, and the next write tells.
bool SecureChannel::flush() {
  for (auto output = session_->output(); !output.empty(); output = session_->output()) {
    auto sent = send_error_ == Error::none ? provider_.send(socket_, output.data(), output.size(), 0)
                                           : Result<size_t>(output.size());
    if (!sent && sent.error() == Error::would_block) break;
    if (!sent) send_error_ = sent.error();
    if (sent) session_->sent(*sent);
  }
  const bool waits = session_->pending_output() != 0;
  has_output_.store(waits, std::memory_order_release);
  return !waits;
}

// ---- moving

SecureChannel::Transfer SecureChannel::handshake() {
  std::lock_guard lock(mutex_);
  Pull pull(*this);
  for (;;) {
    const tls::Step step = session_->handshake();
    const bool flushed = flush();
    if (send_error_ != Error::none) return fail(send_error_);
    if (step == tls::Step::failed || step == tls::Step::closed) return fail_session();
    if (!flushed) return result(Step::wants_output);
    if (step == tls::Step::done) {
      established_.store(true, std::memory_order_release);
      return result(Step::done);
    }
    if (step == tls::Step::wants_output) continue;
    const Step pulled = pull();
    if (pulled == Step::failed) return fail(pull.error());
    if (pulled == Step::wants_input) return result(Step::wants_input);
  }
}

SecureChannel::Transfer SecureChannel::read(void* into, size_t size) {
  std::lock_guard lock(mutex_);
  if (!session_) return result(Step::plain);
  Pull pull(*this);
  for (;;) {
    const tls::Moved moved = session_->read({static_cast<std::byte*>(into), size});
    const bool flushed = flush();
    switch (moved.step) {
      case tls::Step::done: {
        Transfer transfer = result(Step::done, moved.bytes);
        transfer.more = !drained_ || session_->has_input();
        return transfer;
      }
      case tls::Step::closed: return result(Step::end);
      case tls::Step::failed: return fail_session();
      case tls::Step::wants_output:
        if (!flushed) return result(Step::wants_output);
        if (send_error_ != Error::none) return fail(send_error_);
        continue;
      case tls::Step::wants_input: break;
    }
    const Step pulled = pull();
    if (pulled == Step::failed) return fail(pull.error());
    if (pulled == Step::wants_input) return result(Step::wants_input);
  }
}

SecureChannel::Transfer SecureChannel::peek(void* into, size_t size) {
  std::lock_guard lock(mutex_);
  if (!session_) return result(Step::plain);
  Pull pull(*this);
  std::byte one;
  const std::span<std::byte> place = into ? std::span(static_cast<std::byte*>(into), size) : std::span(&one, 1);
  for (;;) {
    const tls::Moved moved = session_->peek(place);
    flush();
    if (moved.step == tls::Step::done) return result(Step::done, into ? moved.bytes : session_->readable());
    if (moved.step == tls::Step::closed) return result(Step::end);
    if (moved.step == tls::Step::failed) return fail_session();
    if (moved.step == tls::Step::wants_output) return result(Step::wants_output);
    const Step pulled = pull();
    if (pulled == Step::failed) return fail(pull.error());
    if (pulled == Step::wants_input) return result(Step::wants_input);
  }
}

SecureChannel::Transfer SecureChannel::after_write(const tls::Moved& moved) {
  const bool flushed = flush();
  if (send_error_ != Error::none) return fail(send_error_);
  if (moved.step == tls::Step::failed) return fail_session();
  if (moved.step == tls::Step::closed) return fail(Error::shut_down);
  return result(flushed ? Step::done : Step::wants_output, moved.bytes);
}

SecureChannel::Transfer SecureChannel::write(const void* from, size_t size) {
  std::lock_guard lock(mutex_);
  if (!session_) return result(Step::plain);
  const Transfer older = after_write({tls::Step::done, 0});
  if (older.step != Step::done || size == 0) return older;
  const size_t part = std::min(size, kTlsWriteBytes);
  return after_write(session_->write({static_cast<const std::byte*>(from), part}));
}

SecureChannel::Transfer SecureChannel::close() {
  std::lock_guard lock(mutex_);
  if (!session_) return result(Step::plain);
  return after_write({session_->shutdown(), 0});
}

// ---- questions

std::string SecureChannel::failure_text() const {
  std::lock_guard lock(mutex_);
  return failure_text_;
}

const SecurityReport* SecureChannel::report() {
  std::lock_guard lock(mutex_);
  if (!session_ || !session_->established()) return nullptr;
  if (report_) return report_;
  auto facts = session_->security_info();
  if (!facts) throw std::bad_alloc();
  reports_.push_back(std::make_unique<SecurityReport>(std::move(*facts)));
  return report_ = reports_.back().get();
}

std::shared_ptr<const tls::Resumption> SecureChannel::resumption() const {
  std::lock_guard lock(mutex_);
  return session_ ? session_->resumption() : nullptr;
}

namespace {

Error error_of_certificate(tls::CertificateStatus status) {
  switch (status) {
    case tls::CertificateStatus::nomatch: return Error::certificate_mismatch;
    case tls::CertificateStatus::expired: return Error::certificate_expired;
    case tls::CertificateStatus::revoked: return Error::certificate_revoked;
    case tls::CertificateStatus::invalid: return Error::certificate_invalid;
    default: return Error::certificate_untrusted;
  }
}

}  // namespace

Error error_of(const tls::Failure& failure) {
  switch (failure.fault) {
    case tls::Fault::none: return Error::none;
    case tls::Fault::truncated: return Error::conn_reset;
    case tls::Fault::no_common_version: return Error::no_common_version;
    case tls::Fault::no_common_cipher: return Error::no_common_cipher;
    case tls::Fault::no_common_protocol: return Error::no_common_application;
    case tls::Fault::bad_certificate: return error_of_certificate(failure.status);
    case tls::Fault::no_certificate: return Error::certificate_required;
    case tls::Fault::bad_record:
    case tls::Fault::flood: return Error::damaged_record;
    case tls::Fault::no_memory: return Error::out_of_memory;
    case tls::Fault::not_tls:
    case tls::Fault::handshake_too_long:
    case tls::Fault::alert:
    case tls::Fault::protocol: return Error::handshake_failed;
  }
  return Error::handshake_failed;
}

}  // namespace inlet::server
