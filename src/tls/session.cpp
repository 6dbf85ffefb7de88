#include "tls/session.h"

#include <algorithm>
#include <exception>
#include <new>

#include "base/assert.h"
#include "tls/key_schedule.h"
#include "tls/names.h"

namespace inlet::tls {
namespace {

// Room that OpenSSL finds for one more record and an alert when write has been stopped by the limit.
constexpr size_t kOutputReserve = 2 * kTlsBlockBytes;

template <class Make>
Result<std::unique_ptr<Session>> without_exceptions(Make make) noexcept {
  try {
    start_openssl();
    QuietErrors quiet;
    return make();
  } catch (const std::exception&) {
    return Error::not_enough_memory;
  }
}

bool is_name(const std::string& host) {
  return !host.empty() && host.size() <= kHostNameMax && host.find('\0') == std::string::npos;
}

}  // namespace

// ---- birth

Session::Session(std::shared_ptr<const Credentials> credentials, SessionLimits limits)
    : credentials_(std::move(credentials)), limits_(limits), ssl_(SSL_new(credentials_->context())) {}

Session::~Session() {
  QuietErrors quiet;
  // OpenSSL forgets what could be resumed when a connection ends without a good-bye. Ours often do, and nothing is wrong with it.
  if (ssl_ && failure_.fault == Fault::none) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  ssl_.reset();
}

Result<std::unique_ptr<Session>> Session::make(std::shared_ptr<const Credentials> credentials, SessionLimits limits) {
  std::unique_ptr<Session> session(new Session(std::move(credentials), limits));
  SSL* ssl = session->ssl_.get();
  if (ssl == nullptr) return Error::not_enough_memory;
  BIO* bio = session->wire_.make_bio();
  if (bio == nullptr) return Error::not_enough_memory;
  SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, session.get());
  SSL_set_msg_callback(ssl, on_message);
  SSL_set_msg_callback_arg(ssl, session.get());
  session->wire_.allow(limits.handshake_bytes);
  session->wire_.set_output_max(limits.pending_output + kOutputReserve);
  return session;
}

Result<std::unique_ptr<Session>> Session::accept(std::shared_ptr<const Credentials> credentials,
                                                 SessionLimits limits) noexcept {
  return without_exceptions([&]() -> Result<std::unique_ptr<Session>> {
    if (!credentials || credentials->role() != Role::server) return Error::invalid;
    Result<std::unique_ptr<Session>> session = make(std::move(credentials), limits);
    if (!session) return session;
    SSL_set_accept_state((*session)->ssl_.get());
    (*session)->secrets_ = std::make_unique<TrafficSecrets>();
    return session;
  });
}

Result<std::unique_ptr<Session>> Session::connect(std::shared_ptr<const Credentials> credentials, const Peer& peer,
                                                  SessionLimits limits) noexcept {
  return without_exceptions([&]() -> Result<std::unique_ptr<Session>> {
    if (!credentials || credentials->role() != Role::client) return Error::invalid;
    Result<std::unique_ptr<Session>> session = make(std::move(credentials), limits);
    if (!session) return session;
    SSL_set_connect_state((*session)->ssl_.get());
    if (Result<void> aimed = (*session)->aim_at(peer); !aimed) return aimed.error();
    return session;
  });
}

Result<void> Session::aim_at(const Peer& peer) {
  SSL* ssl = ssl_.get();
  host_ = folded(peer.host);
  trusted_ = peer.trusted;
  if (trusted_) trust_anyway(ssl);
  if (!is_name(host_)) return trusted_ && host_.empty() ? Result<void>() : Error::invalid;
  if (!is_address(host_) && SSL_set_tlsext_host_name(ssl, host_.c_str()) != 1) return Error::invalid;
  if (!expect_host(ssl, host_)) return Error::invalid;
  if (peer.resumption && fits(*peer.resumption)) resume(*peer.resumption);
  return {};
}

// Each connection gets a copy, because OpenSSL writes to it, and others may use the same one on other threads. Without memory for
// it the handshake is a full one.
void Session::resume(const Resumption& resumption) {
  const SslSessionPtr copy(SSL_SESSION_dup(resumption.session_.get()));
  if (copy) SSL_set_session(ssl_.get(), copy.get());
}

// A session whose certificate nobody checked must not become one that counts as checked, nor one host's another's.
bool Session::fits(const Resumption& resumption) const {
  return resumption.credentials_ == credentials_ && resumption.host_ == host_ && resumption.trusted_ == trusted_;
}

int Session::on_resumption(SSL* ssl, SSL_SESSION* given) {
  auto* session = static_cast<Session*>(SSL_get_app_data(ssl));
  SslSessionPtr owned(given);
  try {
    session->resumption_ =
        std::make_shared<const Resumption>(std::move(owned), session->credentials_, session->host_, session->trusted_);
    return 1;  // we keep it
  } catch (const std::bad_alloc&) {
    return static_cast<void>(owned.release()), 0;
  }
}

// ---- from OpenSSL to our own records

void Session::count_record(bool written) {
  if (secrets_) ++(written ? secrets_->of_server : secrets_->of_client).records;
}

// OpenSSL reads no further than the record that it is asked for, so nothing has got stuck in it when the handshake is done. Where
// anything is not as it should be, it simply stays.
void Session::take_over() {
  const std::unique_ptr<TrafficSecrets> secrets = std::move(secrets_);
  SSL* ssl = ssl_.get();
  if (!secrets || SSL_version(ssl) != TLS1_3_VERSION || SSL_has_pending(ssl) == 1) return;
  try {
    auto kept = std::make_unique<Kept>(Kept{security_facts_of(ssl), std::string(server_name()), std::string(alpn())});
    records_ = Records::make(wire_, failure_, kept->facts.suite, *secrets, limits_.records_per_key);
    if (!records_) return;
    kept_ = std::move(kept);
  } catch (const std::bad_alloc&) {
    return;
  }
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // as for the end: the tickets stay good
  ssl_.reset();
}

Moved Session::after_records(Records::Outcome outcome, size_t bytes) {
  if (outcome == Records::Outcome::closed) peer_closed_ = true;
  if (outcome == Records::Outcome::failed) wire_.forget_input();
  if (bytes != 0) return {Step::done, bytes};
  switch (outcome) {
    case Records::Outcome::wants_input: return {Step::wants_input, 0};
    case Records::Outcome::closed: return {Step::closed, 0};
    case Records::Outcome::failed: return {Step::failed, 0};
    case Records::Outcome::done: break;
  }
  return {Step::done, 0};
}

// ---- ciphertext

Result<void> Session::feed(std::span<const std::byte> ciphertext) noexcept {
  if (failure_.fault != Fault::none) return {};
  return wire_.offer(ciphertext) ? Result<void>() : Error::no_buffers;
}

Result<void> Session::keep_input() noexcept {
  return wire_.keep() ? Result<void>() : Error::no_buffers;
}

// Honest peers send a few tickets and now and then new keys. Whoever makes us work without sending anything is cut off; OpenSSL
// itself refuses renegotiation but would go on saying so.
void Session::note_record(unsigned char type) {
  if (!established_ || type == SSL3_RT_APPLICATION_DATA) return;
  if (++extra_records_ <= kTlsExtraRecordsMax + data_read_ / kTlsExtraRecordPer) return;
  cut_for_ = Fault::flood;
  wire_.cut();
}

// For each record OpenSSL shows its header, and with TLS 1.3 what was inside, too.
void Session::on_message(int written, int, int kind, const void* bytes, size_t size, SSL*, void* self) {
  if (size == 0 || (kind != SSL3_RT_HEADER && kind != SSL3_RT_INNER_CONTENT_TYPE)) return;
  auto* const session = static_cast<Session*>(self);
  if (kind == SSL3_RT_HEADER) session->count_record(written != 0);
  if (written == 0) session->note_record(*static_cast<const unsigned char*>(bytes));
}

// ---- the state machine

Step Session::fail() {
  try {
    if (cut_for_ == Fault::none && wire_.is_cut()) cut_for_ = Fault::handshake_too_long;
    if (wire_.out_of_memory()) cut_for_ = Fault::no_memory;
    failure_ = cut_for_ != Fault::none ? failure_of(cut_for_) : failure_of(ssl_.get(), wire_.ended());
  } catch (const std::bad_alloc&) {
    failure_.fault = Fault::no_memory;
  }
  wire_.forget_input();
  return Step::failed;
}

// What an unfinished call of OpenSSL waits for.
Step Session::step_after(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return Step::wants_input;
    case SSL_ERROR_WANT_WRITE: return Step::wants_output;
    case SSL_ERROR_ZERO_RETURN: peer_closed_ = true; return Step::closed;
    default: return fail();
  }
}

void Session::note_handshake_done() {
  established_ = true;
  wire_.allow(UINT64_MAX);
  SSL* ssl = ssl_.get();
  if (SSL_is_server(ssl) == 1) return take_over();
  // With TLS 1.2 OpenSSL does not tell of a ticket that was renewed in a resumed session.
  if (SSL_version(ssl) == TLS1_3_VERSION || SSL_session_reused(ssl) == 0) return;
  SSL_SESSION* renewed = SSL_get1_session(ssl);
  if (renewed != nullptr && on_resumption(ssl, renewed) == 0) SSL_SESSION_free(renewed);
}

Step Session::handshake() noexcept {
  if (failure_.fault != Fault::none) return Step::failed;
  if (established_) return Step::done;
  QuietErrors quiet;
  const SecretCollector collector(secrets_.get());
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    note_handshake_done();
    return Step::done;
  }
  const Step step = step_after(result);
  if (step != Step::closed) return step;
  // A peer that says good-bye in the middle of a handshake has not closed anything.
  wire_.offer_end();
  return fail();
}

Step Session::ready() {
  if (established_ && failure_.fault == Fault::none) return Step::done;
  return handshake();
}

Moved Session::read_or_peek(std::span<std::byte> into, bool peek) {
  INLET_ASSERT(!into.empty());
  if (const Step step = ready(); step != Step::done) return {step, 0};
  if (peer_closed_) return {Step::closed, 0};
  size_t total = 0;
  if (records_) {
    const Records::Outcome outcome = peek ? records_->peek(into, total) : records_->read(into, total);
    return after_records(outcome, total);
  }
  QuietErrors quiet;
  while (total < into.size()) {
    size_t got = 0;
    const std::span<std::byte> rest = into.subspan(total);
    const int result = peek ? SSL_peek_ex(ssl_.get(), rest.data(), rest.size(), &got)
                            : SSL_read_ex(ssl_.get(), rest.data(), rest.size(), &got);
    if (result != 1) {
      const Step step = step_after(result);
      if (total == 0) return {step, 0};
      break;  // the bytes first; what happened is said again by the next call
    }
    total += got;
    if (peek) break;
    data_read_ += got;
  }
  return {Step::done, total};
}

Moved Session::read(std::span<std::byte> into) noexcept {
  return read_or_peek(into, false);
}

Moved Session::peek(std::span<std::byte> into) noexcept {
  return read_or_peek(into, true);
}

Moved Session::write(std::span<const std::byte> plaintext) noexcept {
  if (const Step step = ready(); step != Step::done) return {step, 0};
  if (we_closed_) return {Step::closed, 0};
  size_t total = 0;
  while (total < plaintext.size()) {
    if (pending_output() >= limits_.pending_output) return {Step::wants_output, total};
    const size_t part = std::min(plaintext.size() - total, kTlsRecordMax);
    const Moved moved = write_record(plaintext.subspan(total, part));
    if (moved.step != Step::done) return {moved.step, total};
    total += moved.bytes;
  }
  return {Step::done, total};
}

Moved Session::write_record(std::span<const std::byte> part) {
  if (records_) {
    return records_->write(part) ? Moved{Step::done, part.size()} : Moved{Step::failed, 0};
  }
  QuietErrors quiet;
  size_t taken = 0;
  const int result = SSL_write_ex(ssl_.get(), part.data(), part.size(), &taken);
  return result == 1 ? Moved{Step::done, taken} : Moved{step_after(result), 0};
}

Step Session::shutdown() noexcept {
  if (failure_.fault != Fault::none) return Step::failed;
  if (we_closed_) return Step::done;
  if (!established_) {
    we_closed_ = true;
    return Step::done;
  }
  if (records_) {
    if (!records_->say_goodbye()) return Step::failed;
  } else {
    QuietErrors quiet;
    const int result = SSL_shutdown(ssl_.get());
    if (result < 0) return step_after(result);
  }
  we_closed_ = true;
  return Step::done;
}

// ---- questions

size_t Session::readable() const noexcept {
  if (records_) return records_->readable();
  return established_ ? static_cast<size_t>(SSL_pending(ssl_.get())) : 0;
}

bool Session::has_input() const noexcept {
  if (peer_closed_ || failure_.fault != Fault::none) return true;  // and nobody may have been told
  if (records_) return records_->has_input();
  return SSL_has_pending(ssl_.get()) == 1 || wire_.unread() != 0;
}

Result<SecurityInfo> Session::security_info() const noexcept {
  try {
    QuietErrors quiet;
    return kept_ ? security_info_of(kept_->facts) : security_info_of(security_facts_of(ssl_.get()));
  } catch (const std::bad_alloc&) {
    return Error::not_enough_memory;
  }
}

std::string_view Session::server_name() const noexcept {
  if (kept_) return kept_->server_name;
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : "";
}

std::string_view Session::alpn() const noexcept {
  if (kept_) return kept_->alpn;
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace inlet::tls
