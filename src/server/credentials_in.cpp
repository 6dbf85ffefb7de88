#include "server/credentials_in.h"

#include "engine/context.h"
#include "server/error_detail.h"
#include "tls/credentials_cache.h"

namespace inlet::server {
namespace {

Error error_of(tls::LoadFault fault) {
  switch (fault) {
    case tls::LoadFault::none: return Error::none;
    case tls::LoadFault::missing_file:
    case tls::LoadFault::no_certificate:
    case tls::LoadFault::no_such_name: return Error::certificate_not_found;
    case tls::LoadFault::unreadable: return Error::access_denied;
    case tls::LoadFault::no_key:
    case tls::LoadFault::key_mismatch: return Error::certificate_no_key;
    case tls::LoadFault::no_password:
    case tls::LoadFault::wrong_password: return Error::certificate_password;
    case tls::LoadFault::expired:
    case tls::LoadFault::not_yet_valid: return Error::certificate_expired;
    case tls::LoadFault::too_large:
    case tls::LoadFault::damaged:
    case tls::LoadFault::unsupported:
    case tls::LoadFault::weak: return Error::certificate_invalid;
    case tls::LoadFault::bad_option: return Error::fault;
    case tls::LoadFault::no_memory: return Error::out_of_memory;
  }
  return Error::certificate_invalid;
}

// Without a bit both are allowed. Older ones are no reason to refuse, as long as a newer one is allowed too.
Result<void> set_versions(DWORD protocols, tls::Settings& settings) {
  if (protocols == SECURITY_PROTOCOL_DEFAULT) return {};
  if ((protocols & SECURITY_PROTOCOL_TLS) == 0) return Error::protocol_not_supported;
  if ((protocols & SECURITY_PROTOCOL_TLS12) == 0) settings.oldest = tls::Version::tls13;
  if ((protocols & SECURITY_PROTOCOL_TLS13) == 0) settings.newest = tls::Version::tls12;
  return {};
}

void set_application_protocols(const std::string& list, tls::Settings& settings) {
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    const size_t first = std::min(list.find_first_not_of(' ', begin), end);
    const size_t last = list.find_last_not_of(' ', end == 0 ? 0 : end - 1);
    settings.alpn.push_back(first == end ? "" : list.substr(first, last + 1 - first));
    begin = end + 1;
  }
}

tls::ClientCertificates client_certificates(DWORD options) {
  if ((options & CREDENTIAL_CLIENT_CERTIFICATE_REQUIRED) != 0) return tls::ClientCertificates::required;
  return (options & CREDENTIAL_CLIENT_CERTIFICATE) != 0 ? tls::ClientCertificates::optional
                                                        : tls::ClientCertificates::none;
}

Result<std::shared_ptr<const tls::Credentials>> load(const tls::Settings& settings) {
  engine::before_blocking();  // files
  tls::LoadError error;
  auto credentials = tls::CredentialsCache::instance().load(settings, error);
  if (credentials) return credentials;
  const Error code = error_of(error.fault);
  if (!error.text.empty()) note_error_detail(code, error.text);
  return code;
}

}  // namespace

Result<std::shared_ptr<const tls::Credentials>> load_credentials(const CredentialsIn& in, tls::Role role) {
  tls::Settings settings;
  settings.role = role;
  if (auto set = set_versions(in.protocols, settings); !set) return set.error();
  if (role == tls::Role::server && in.store.empty()) return Error::fault;
  settings.identity = {in.store, in.key_file, in.password, in.name};
  settings.trust = in.trust;
  set_application_protocols(in.application_protocols, settings);
  if (role == tls::Role::server) {
    settings.clients = client_certificates(in.options);
    settings.tickets = (in.options & CREDENTIAL_NO_TICKETS) == 0;
  }
  return load(settings);
}

Result<std::shared_ptr<const tls::Credentials>> default_client_credentials() {
  tls::Settings settings;
  settings.role = tls::Role::client;
  return load(settings);
}

}  // namespace inlet::server
