// Who we are in TLS and whom we believe: certificates and keys, trusted roots, protocols. Made once from SECURITYCREDENTIALS, never
// changed, shared by all sessions that began with it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tls/load_error.h"
#include "tls/names.h"
#include "tls/openssl.h"
#include "tls/session_cache.h"
#include "tls/store.h"
#include "tls/tickets.h"

namespace inlet::tls {

enum class Role : uint8_t { server, client };

enum class Version : uint8_t { tls12, tls13 };

// What a server wants of its clients.
enum class ClientCertificates : uint8_t {
  none,      // asks for nothing
  optional,  // one that is shown has to be good
  required,
};

struct Settings {
  Role role = Role::server;
  StoreQuery identity;  // a client without a certificate leaves the store empty
  Version oldest = Version::tls12;
  Version newest = Version::tls13;
  ClientCertificates clients = ClientCertificates::none;  // servers
  std::string trust;              // roots: a file or a folder of PEM files; empty for those of the system
  std::vector<std::string> alpn;  // protocols of the application, the preferred one first
  bool tickets = true;            // servers: resumed sessions
};

class Credentials {
 public:
  // Reads everything and checks it.
  //
  // Shape    Server: with identity.name the certificates that answer to it, one for each kind of key (RSA, ECDSA); without a name
  //          all of the store, chosen for each client by the name it asks for (SNI), the first for those who ask for none or for
  //          another.
  // Thread   Any. Reads files.
  // Returns  nullptr with error set.
  // Errors   All of LoadFault
  static std::shared_ptr<const Credentials> load(const Settings& settings, LoadError& error) noexcept;

  Role role() const { return settings_.role; }
  size_t identities() const { return identities_.size(); }

  // For sessions. The context belongs to the credentials, which a session keeps alive.
  SSL_CTX* context() const { return context_.get(); }

  // The certificate that a client who asks for this host gets.
  const X509* certificate_for(std::string_view host) const;

  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

 private:
  // Certificates for the same names with keys of different kinds; OpenSSL takes the one the client can check.
  using Group = std::vector<uint32_t>;

  explicit Credentials(const Settings& settings) : settings_(settings) {}

  LoadError build();
  LoadError make_context();
  LoadError check_settings();
  LoadError load_identities();
  LoadError use_identities();
  LoadError set_alpn();
  LoadError set_peers();
  bool set_resumption();
  void group_identities();
  uint32_t group_number(const Group& group);
  void add_to_group(Group& group, uint32_t number) const;
  bool use_group(SSL* ssl, uint32_t number) const;

  static int on_hello(SSL* ssl, int* alert, void* self);
  static int on_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                     unsigned int offered_size, void* self);
  void keep_sessions();
  static int on_session_made(SSL* ssl, SSL_SESSION* session);
  static SSL_SESSION* on_session_wanted(SSL* ssl, const unsigned char* id, int size, int* copy);
  static void on_session_bad(SSL_CTX* context, SSL_SESSION* session);
  static int on_ticket_made(SSL* ssl, void*);
  static SSL_TICKET_RETURN on_ticket_opened(SSL* ssl, SSL_SESSION* session, const unsigned char*, size_t,
                                            SSL_TICKET_STATUS status, void*);

  Settings settings_;  // without the password
  std::vector<Identity> identities_;
  std::vector<Group> groups_;  // servers: the first is for clients without a name
  NameIndex names_;            // host name to group
  std::string alpn_wire_;
  mutable TicketKeys tickets_;
  mutable SessionCache sessions_;
  ContextPtr context_;
};

// Where a server keeps the credentials that its next clients get.
//
// Thread   Any.
// Owner    Sessions keep the credentials they began with, so replacing them disturbs nobody.
class CredentialsSlot {
 public:
  std::shared_ptr<const Credentials> get() const {
    std::lock_guard lock(mutex_);
    return current_;
  }

  void replace(std::shared_ptr<const Credentials> next) {
    std::lock_guard lock(mutex_);
    current_.swap(next);
  }

  // Loads and, when all is well, replaces. After an error the old ones stay.
  LoadError reload(const Settings& settings) noexcept;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Credentials> current_;  // GUARDED_BY(mutex_)
};

}  // namespace inlet::tls
