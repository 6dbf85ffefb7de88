#include "tls/credentials.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>
#include <span>

#include "base/limits.h"
#include "tls/key_schedule.h"
#include "tls/session.h"
#include "tls/verification.h"

namespace inlet::tls {
namespace {

// Forward secrecy and authenticated encryption only. With TLS 1.3 that is all there is.
constexpr const char* kCiphers12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-"
    "SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kCiphers13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384:P-521";
constexpr int kSecurityLevel = 2;  // 112 bits: no RSA below 2048, no SHA-1 signatures

constexpr uint64_t kOptions =
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
constexpr long kModes =
    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY | SSL_MODE_NO_AUTO_CHAIN;

int version_number(Version version) {
  return version == Version::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

// The group chosen for a session, plus one.
int group_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

uint32_t chosen_group(const SSL* ssl) {
  const auto plus_one = reinterpret_cast<uintptr_t>(SSL_get_ex_data(ssl, group_index()));
  return plus_one == 0 ? 0 : static_cast<uint32_t>(plus_one - 1);
}

// Takes a big-endian number of two bytes from the front.
std::optional<size_t> take_u16(std::span<const unsigned char>& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const size_t value = static_cast<size_t>(bytes[0]) << 8 | bytes[1];
  bytes = bytes.subspan(2);
  return value;
}

// The host name in the extension "server_name" of a ClientHello: a list of one entry of kind 0. Anything else is left to OpenSSL,
// which reads it again and refuses what is malformed.
std::string_view asked_host(SSL* ssl) {
  constexpr unsigned char kHostName = 0;
  const unsigned char* data = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1) return {};
  std::span<const unsigned char> rest(data, size);
  const std::optional<size_t> list = take_u16(rest);
  if (!list || *list != rest.size() || rest.empty() || rest[0] != kHostName) return {};
  rest = rest.subspan(1);
  const std::optional<size_t> length = take_u16(rest);
  if (!length || *length != rest.size()) return {};
  return {reinterpret_cast<const char*>(rest.data()), rest.size()};
}

int accept_server_name(SSL*, int*, void*) {
  return SSL_TLSEXT_ERR_OK;
}

LoadError cannot_use(const Identity& identity) {
  const int reason = ERR_GET_REASON(ERR_peek_error());
  const bool weak =
      reason == SSL_R_EE_KEY_TOO_SMALL || reason == SSL_R_CA_KEY_TOO_SMALL || reason == SSL_R_CA_MD_TOO_WEAK;
  if (weak) return load_error(LoadFault::weak, identity.file);
  if (reason == ERR_R_MALLOC_FAILURE) return load_error(LoadFault::no_memory, identity.file);
  return load_error(LoadFault::unsupported, identity.file,
                    "the certificate cannot be used: " + reason_text(ERR_peek_error()));
}

}  // namespace

std::shared_ptr<const Credentials> Credentials::load(const Settings& settings, LoadError& error) noexcept {
  try {
    start_openssl();
    QuietErrors quiet;
    std::shared_ptr<Credentials> credentials(new Credentials(settings));
    error = credentials->build();
    OPENSSL_cleanse(credentials->settings_.identity.password.data(), credentials->settings_.identity.password.size());
    credentials->settings_.identity.password.clear();
    if (error.ok()) return credentials;
  } catch (const std::exception&) {                       // bad_alloc, or a file name that no encoding knows
    error = {LoadFault::no_memory, {}, "out of memory"};  // short enough to need none
  }
  return nullptr;
}

LoadError Credentials::build() {
  for (auto step : {&Credentials::check_settings, &Credentials::make_context, &Credentials::load_identities,
                    &Credentials::use_identities, &Credentials::set_peers, &Credentials::set_alpn}) {
    LoadError error = (this->*step)();
    if (!error.ok()) return error;
  }
  return set_resumption() ? LoadError{} : load_error(LoadFault::no_memory, "");
}

LoadError Credentials::check_settings() {
  const auto bad = [](const char* what) { return load_error(LoadFault::bad_option, "", what); };
  if (settings_.oldest > settings_.newest) return bad("the oldest protocol allowed is newer than the newest");
  if (settings_.role == Role::server && settings_.identity.store.empty()) return bad("a server needs a certificate");
  if (settings_.identity.password.size() > kTlsPasswordMax) return bad("the password is too long");
  for (const std::string& protocol : settings_.alpn)
    if (protocol.empty() || protocol.size() > 255) return bad("the name of an ALPN protocol has 1 to 255 bytes");
  return {};
}

LoadError Credentials::make_context() {
  context_.reset(settings_.role == Role::client
                     ? SSL_CTX_new(TLS_client_method())
                     : SSL_CTX_new_ex(handshake_library(), kHandshakeProperties, TLS_server_method()));
  SSL_CTX* context = context_.get();
  if (context == nullptr) return load_error(LoadFault::no_memory, "");
  SSL_CTX_set_security_level(context, kSecurityLevel);
  SSL_CTX_set_options(context, kOptions);
  SSL_CTX_set_mode(context, kModes);
  // A system that forbids one of these in its own configuration of OpenSSL is obeyed, as far as something is left.
  const bool good = SSL_CTX_set_min_proto_version(context, version_number(settings_.oldest)) == 1 &&
                    SSL_CTX_set_max_proto_version(context, version_number(settings_.newest)) == 1 &&
                    SSL_CTX_set_cipher_list(context, kCiphers12) == 1 &&
                    SSL_CTX_set_ciphersuites(context, kCiphers13) == 1 &&
                    SSL_CTX_set1_groups_list(context, kGroups) == 1;
  return good
             ? LoadError{}
             : load_error(LoadFault::unsupported, "", "OpenSSL refuses our settings: " + reason_text(ERR_peek_error()));
}

LoadError Credentials::load_identities() {
  if (settings_.identity.store.empty()) return {};
  return read_store(settings_.identity, identities_);
}

// ---- which certificate for whom

void Credentials::add_to_group(Group& group, uint32_t number) const {
  const int kind = EVP_PKEY_get_base_id(identities_[number].key.get());
  for (const uint32_t other : group)
    if (EVP_PKEY_get_base_id(identities_[other].key.get()) == kind) return;
  group.push_back(number);
}

uint32_t Credentials::group_number(const Group& group) {
  // Names of one certificate come one after the other, so the last group is nearly always the one.
  if (!groups_.empty() && groups_.back() == group) return static_cast<uint32_t>(groups_.size() - 1);
  groups_.push_back(group);
  return static_cast<uint32_t>(groups_.size() - 1);
}

void Credentials::group_identities() {
  std::unordered_map<std::string, Group> by_name;
  for (uint32_t i = 0; i < identities_.size(); ++i)
    for (const std::string& name : identities_[i].names) add_to_group(by_name[name], i);

  Group first = {0};
  if (!settings_.identity.name.empty())  // they all answer to the name
    for (uint32_t i = 1; i < identities_.size(); ++i) add_to_group(first, i);
  else if (!identities_[0].names.empty())
    first = by_name[identities_[0].names[0]];
  groups_.push_back(std::move(first));

  for (const Identity& identity : identities_)
    for (const std::string& name : identity.names) names_.add(name, group_number(by_name[name]));
}

// Each certificate is tried once here, so that none is refused later in the middle of a handshake.
LoadError Credentials::use_identities() {
  if (identities_.empty()) return {};
  for (const Identity& identity : identities_)
    if (SSL_CTX_use_cert_and_key(context_.get(), identity.certificate.get(), identity.key.get(), identity.chain.get(),
                                 1) != 1)
      return cannot_use(identity);
  group_identities();
  for (const uint32_t number : groups_.front()) {
    const Identity& identity = identities_[number];
    if (SSL_CTX_use_cert_and_key(context_.get(), identity.certificate.get(), identity.key.get(), identity.chain.get(),
                                 1) != 1)
      return cannot_use(identity);
  }
  return {};
}

bool Credentials::use_group(SSL* ssl, uint32_t number) const {
  SSL_certs_clear(ssl);
  for (const uint32_t i : groups_[number]) {
    const Identity& identity = identities_[i];
    if (SSL_use_cert_and_key(ssl, identity.certificate.get(), identity.key.get(), identity.chain.get(), 1) != 1)
      return false;
  }
  return true;
}

const X509* Credentials::certificate_for(std::string_view host) const {
  if (identities_.empty()) return nullptr;
  return identities_[groups_[names_.find(host).value_or(0)].front()].certificate.get();
}

// The first look at a client, before OpenSSL has chosen anything. Tickets are opened later, so they can be compared with what is
// chosen here.
int Credentials::on_hello(SSL* ssl, int* alert, void* self) {
  const auto& credentials = *static_cast<const Credentials*>(self);
  const uint32_t group = credentials.names_.find(asked_host(ssl)).value_or(0);
  if (group == 0) return SSL_CLIENT_HELLO_SUCCESS;
  const bool good =
      SSL_set_ex_data(ssl, group_index(), reinterpret_cast<void*>(static_cast<uintptr_t>(group) + 1)) == 1 &&
      credentials.use_group(ssl, group);
  if (good) return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_INTERNAL_ERROR;
  return SSL_CLIENT_HELLO_ERROR;
}

// ---- peers

LoadError Credentials::set_peers() {
  const bool server = settings_.role == Role::server;
  if (server && settings_.clients == ClientCertificates::none) return {};
  LoadError error = set_trust(context_.get(), settings_.trust, server);
  if (!error.ok()) return error;
  int mode = SSL_VERIFY_PEER;
  if (settings_.clients == ClientCertificates::required) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context_.get(), mode, nullptr);
  return {};
}

LoadError Credentials::set_alpn() {
  for (const std::string& protocol : settings_.alpn) alpn_wire_ += static_cast<char>(protocol.size()) + protocol;
  if (alpn_wire_.empty()) return {};
  if (settings_.role == Role::server) {
    SSL_CTX_set_alpn_select_cb(context_.get(), on_alpn, this);
    return {};
  }
  // This one call of OpenSSL returns 0 for success.
  const auto* bytes = reinterpret_cast<const unsigned char*>(alpn_wire_.data());
  const bool good = SSL_CTX_set_alpn_protos(context_.get(), bytes, static_cast<unsigned>(alpn_wire_.size())) == 0;
  return good ? LoadError{} : load_error(LoadFault::no_memory, "");
}

// Our first protocol that the client offers. A client that offers only others cannot be served (RFC 7301, 3.2).
int Credentials::on_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                         unsigned int offered_size, void* self) {
  const std::string& ours = static_cast<const Credentials*>(self)->alpn_wire_;
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, chosen_size, reinterpret_cast<const unsigned char*>(ours.data()),
                                           static_cast<unsigned>(ours.size()), offered, offered_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// ---- resumption

// Sessions live in tickets, because a cache of ours would grow with the number of clients, and need a lock. Only clients of TLS 1.2
// that refuse tickets are kept, some of them.
bool Credentials::set_resumption() {
  SSL_CTX* context = context_.get();
  SSL_CTX_set_timeout(context, kTlsSessionLife_s);
  if (settings_.role == Role::client) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, Session::on_resumption);
    return true;
  }
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (settings_.tickets) keep_sessions();
  SSL_CTX_set_client_hello_cb(context, on_hello, this);
  SSL_CTX_set_tlsext_servername_callback(context, accept_server_name);
  unsigned char id[SSL_MAX_SID_CTX_LENGTH];
  if (RAND_bytes(id, sizeof id) != 1 || SSL_CTX_set_session_id_context(context, id, sizeof id) != 1) return false;
  if (!settings_.tickets) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    return SSL_CTX_set_num_tickets(context, 0) == 1;
  }
  return SSL_CTX_set_num_tickets(context, kTlsTickets) == 1 && tickets_.attach(context) &&
         SSL_CTX_set_session_ticket_cb(context, on_ticket_made, on_ticket_opened, nullptr) == 1;
}

void Credentials::keep_sessions() {
  SSL_CTX* context = context_.get();
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_session_made);
  SSL_CTX_sess_set_get_cb(context, on_session_wanted);
  SSL_CTX_sess_set_remove_cb(context, on_session_bad);
}

// With a ticket a session has no number, or it is one of TLS 1.3.
int Credentials::on_session_made(SSL* ssl, SSL_SESSION* session) {
  if (SSL_version(ssl) >= TLS1_3_VERSION) return 0;
  const auto* self = static_cast<const Credentials*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  return self->sessions_.put(session, chosen_group(ssl)) ? 1 : 0;
}

SSL_SESSION* Credentials::on_session_wanted(SSL* ssl, const unsigned char* id, int size, int* copy) {
  const auto* self = static_cast<const Credentials*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  *copy = 0;  // the reference is OpenSSL's
  return self->sessions_.find({id, static_cast<size_t>(size)}, chosen_group(ssl));
}

void Credentials::on_session_bad(SSL_CTX* context, SSL_SESSION* session) {
  unsigned size = 0;
  const unsigned char* id = SSL_SESSION_get_id(session, &size);
  static_cast<const Credentials*>(SSL_CTX_get_app_data(context))->sessions_.drop({id, size});
}

// A ticket is good for the certificate it was given under, not for another host behind the same address.
int Credentials::on_ticket_made(SSL* ssl, void*) {
  uint32_t group = chosen_group(ssl);
  return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), &group, sizeof group);
}

SSL_TICKET_RETURN Credentials::on_ticket_opened(SSL* ssl, SSL_SESSION* session, const unsigned char*, size_t,
                                                SSL_TICKET_STATUS status, void*) {
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) return SSL_TICKET_RETURN_IGNORE_RENEW;
  void* data = nullptr;
  size_t size = 0;
  uint32_t group = 0;
  if (SSL_SESSION_get0_ticket_appdata(session, &data, &size) != 1 || size != sizeof group)
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  std::memcpy(&group, data, sizeof group);
  if (group != chosen_group(ssl)) return SSL_TICKET_RETURN_IGNORE_RENEW;
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

LoadError CredentialsSlot::reload(const Settings& settings) noexcept {
  LoadError error;
  std::shared_ptr<const Credentials> next = Credentials::load(settings, error);
  if (next) replace(std::move(next));
  return error;
}

}  // namespace inlet::tls
