// The C interface: TLS. The contracts are in cswsock10.h.
#include <ctime>
#include <memory>

#include "server/api_call.h"
#include "server/credentials_in.h"
#include "server/secure_channel.h"
#include "server/securing.h"

using namespace inlet;
using namespace inlet::server;

// ---- securing a connection

namespace {

Result<void> enable_at_server(Session& session, const CredentialsIn* in) {
  if (!in) return secure_session(session, session.server().credentials().get());
  auto credentials = load_credentials(*in, tls::Role::server);
  if (!credentials) return credentials.error();
  return secure_session(session, std::move(*credentials));
}

Result<void> enable_at_plain(const Client& client, Stream& stream, const CredentialsIn* in) {
  if (!client.was_accepted()) return secure_client(client, stream, in, stream.call_deadline());
  if (!in) return Error::fault;
  auto credentials = load_credentials(*in, tls::Role::server);
  if (!credentials) return credentials.error();
  return secure_accepted(stream, std::move(*credentials), stream.call_deadline());
}

template <class Credentials>
INT enable_security(SOCKET handle, const Credentials* given) {
  const auto call = traced("InetEnableSecurity", handle, given);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(handle);
    if (!peer) return peer.error();
    auto in = given ? read_credentials(*given) : CredentialsIn{};
    if (!in) return in.error();
    const CredentialsIn* const credentials = given ? &*in : nullptr;
    Stream& stream = peer.network();
    if (stream.is_secure()) return Error::invalid;
    auto done = peer.session() ? enable_at_server(*peer.session(), credentials)
                               : enable_at_plain(*peer.client(), stream, credentials);
    if (!done) return done.error();
    return 0;
  });
}

template <class Credentials>
BOOL set_credentials(SOCKET handle, const Credentials* given) {
  const auto call = traced("InletServerSetCredentials", handle, given);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    auto server = find_server(handle);
    if (!server) return dead_handle();
    if (!given) return Error::fault;
    auto in = read_credentials(*given);
    if (!in) return in.error();
    auto credentials = load_credentials(*in, tls::Role::server);
    if (!credentials) return credentials.error();
    server->credentials().replace(std::move(*credentials));
    return TRUE;
  });
}

}  // namespace

INT WINAPI InetEnableSecurityA(SOCKET hSocket, LPSECURITYCREDENTIALSA lpCredentials) {
  return enable_security(hSocket, lpCredentials);
}

INT WINAPI InetEnableSecurityW(SOCKET hSocket, LPSECURITYCREDENTIALSW lpCredentials) {
  return enable_security(hSocket, lpCredentials);
}

INT WINAPI InetDisableSecurity(SOCKET hSocket) {
  const auto call = traced("InetDisableSecurity", hSocket);
  return guarded<INT>(call, INET_ERROR, [&]() -> Result<INT> {
    Peer peer(hSocket);
    if (!peer) return peer.error();
    auto done = peer.network().disable_security();
    if (!done) return done.error();
    if (peer.session()) peer.session()->look_again();
    return 0;
  });
}

BOOL WINAPI InletServerSetCredentialsA(SOCKET hServer, LPSECURITYCREDENTIALSA lpCredentials) {
  return set_credentials(hServer, lpCredentials);
}

BOOL WINAPI InletServerSetCredentialsW(SOCKET hServer, LPSECURITYCREDENTIALSW lpCredentials) {
  return set_credentials(hServer, lpCredentials);
}

// ---- what is known of it

namespace {

DWORD number_of(tls::Protocol protocol) {
  switch (protocol) {
    case tls::Protocol::none: return SECURITY_PROTOCOL_NONE;
    case tls::Protocol::tls12: return SECURITY_PROTOCOL_TLS12;
    case tls::Protocol::tls13: return SECURITY_PROTOCOL_TLS13;
  }
  return SECURITY_PROTOCOL_NONE;
}

DWORD number_of(tls::Cipher cipher) {
  switch (cipher) {
    case tls::Cipher::none: return SECURITY_CIPHER_NONE;
    case tls::Cipher::aes: return SECURITY_CIPHER_AES;
    case tls::Cipher::chacha20: return SECURITY_CIPHER_CHACHA20;
  }
  return SECURITY_CIPHER_NONE;
}

DWORD number_of(tls::Hash hash) {
  switch (hash) {
    case tls::Hash::none: return SECURITY_HASH_NONE;
    case tls::Hash::sha256: return SECURITY_HASH_SHA256;
    case tls::Hash::sha384: return SECURITY_HASH_SHA384;
  }
  return SECURITY_HASH_NONE;
}

SYSTEMTIME system_time(int64_t seconds) {
  const time_t when = seconds;
  tm parts{};
  gmtime_r(&when, &parts);
  SYSTEMTIME time{};
  time.wYear = static_cast<WORD>(parts.tm_year + 1900);
  time.wMonth = static_cast<WORD>(parts.tm_mon + 1);
  time.wDayOfWeek = static_cast<WORD>(parts.tm_wday);
  time.wDay = static_cast<WORD>(parts.tm_mday);
  time.wHour = static_cast<WORD>(parts.tm_hour);
  time.wMinute = static_cast<WORD>(parts.tm_min);
  time.wSecond = static_cast<WORD>(parts.tm_sec);
  return time;
}

void set_texts(SECURITYINFOA& info, const SecurityReport& report) {
  info.lpszCertIssuer = report.facts.issuer.c_str();
  info.lpszCertSubject = report.facts.subject.c_str();
  info.lpszFingerprint = report.facts.fingerprint.c_str();
}

void set_texts(SECURITYINFOW& info, const SecurityReport& report) {
  info.lpszCertIssuer = report.issuer.c_str();
  info.lpszCertSubject = report.subject.c_str();
  info.lpszFingerprint = report.fingerprint.c_str();
}

template <class Info>
void fill(Info& info, const SecurityReport& report) {
  info.dwProtocol = number_of(report.facts.protocol);
  info.dwCipher = number_of(report.facts.cipher);
  info.dwCipherStrength = report.facts.cipher_bits;
  info.dwHash = number_of(report.facts.hash);
  info.dwHashStrength = report.facts.hash_bits;
  info.dwKeyExchange = report.facts.key_exchange == tls::KeyExchange::ecdh ? SECURITY_KEYEX_ECDH : SECURITY_KEYEX_NONE;
  info.dwCertStatus = static_cast<DWORD>(report.facts.status);  // the numbers are the same
  if (report.facts.fingerprint.empty()) return;
  info.stCertIssued = system_time(report.facts.issued_s);
  info.stCertExpires = system_time(report.facts.expires_s);
  set_texts(info, report);
}

template <class Info>
BOOL security_information(SOCKET handle, Info* info) {
  const auto call = traced("InetGetSecurityInformation", handle, info);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    Peer peer(handle);
    if (!peer) return peer.error();
    if (!info || info->dwSize != sizeof(Info)) return Error::fault;
    *info = {};
    info->dwSize = sizeof(Info);
    SecureChannel* const channel = peer.stream().channel();
    const SecurityReport* const report = channel ? channel->report() : nullptr;
    if (report) fill(*info, *report);
    return TRUE;
  });
}

}  // namespace

BOOL WINAPI InetGetSecurityInformationA(SOCKET hSocket, LPSECURITYINFOA lpSecurityInfo) {
  return security_information(hSocket, lpSecurityInfo);
}

BOOL WINAPI InetGetSecurityInformationW(SOCKET hSocket, LPSECURITYINFOW lpSecurityInfo) {
  return security_information(hSocket, lpSecurityInfo);
}

// ---- credentials in memory

namespace {

// The structure comes first, because it is what the program gets a pointer to.
template <class Character>
struct OwnedCredentials {
  CredentialsOf<Character> given{};
  std::basic_string<Character> user_name, password, cert_store, cert_name;
};

template <class Character>
const Character* copy_text(std::basic_string<Character>& into, const Character* text) {
  if (text == nullptr) return nullptr;
  into = text;
  return into.c_str();
}

template <class Character>
BOOL create_credentials(DWORD protocols, DWORD options, const Character* user_name, const Character* password,
                        const Character* store, const Character* name, LPVOID reserved,
                        CredentialsOf<Character>** made) {
  const auto call = traced("InetCreateSecurityCredentials", protocols, options, user_name, secret(password), store,
                           name, reserved, made);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    if (!made || reserved) return Error::fault;
    auto own = std::make_unique<OwnedCredentials<Character>>();
    own->given.dwSize = sizeof own->given;
    own->given.dwProtocol = protocols;
    own->given.dwOptions = options;
    own->given.lpszUserName = copy_text(own->user_name, user_name);
    own->given.lpszPassword = copy_text(own->password, password);
    own->given.lpszCertStore = copy_text(own->cert_store, store);
    own->given.lpszCertName = copy_text(own->cert_name, name);
    *made = &own.release()->given;
    return TRUE;
  });
}

template <class Character>
void delete_credentials(CredentialsOf<Character>** made) {
  const auto call = traced("InetDeleteSecurityCredentials", made);
  guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    if (!made || !*made) return TRUE;
    auto* own = reinterpret_cast<OwnedCredentials<Character>*>(*made);
    *made = nullptr;
    OPENSSL_cleanse(own->password.data(), own->password.size() * sizeof(Character));
    delete own;
    return TRUE;
  });
}

}  // namespace

BOOL WINAPI InetCreateSecurityCredentialsA(DWORD dwProtocol, DWORD dwOptions, LPCSTR lpszUserName, LPCSTR lpszPassword,
                                           LPCSTR lpszCertStore, LPCSTR lpszCertName, LPVOID lpvReserved,
                                           LPSECURITYCREDENTIALSA* lppCredentials) {
  return create_credentials(dwProtocol, dwOptions, lpszUserName, lpszPassword, lpszCertStore, lpszCertName, lpvReserved,
                            lppCredentials);
}

BOOL WINAPI InetCreateSecurityCredentialsW(DWORD dwProtocol, DWORD dwOptions, LPCWSTR lpszUserName,
                                           LPCWSTR lpszPassword, LPCWSTR lpszCertStore, LPCWSTR lpszCertName,
                                           LPVOID lpvReserved, LPSECURITYCREDENTIALSW* lppCredentials) {
  return create_credentials(dwProtocol, dwOptions, lpszUserName, lpszPassword, lpszCertStore, lpszCertName, lpvReserved,
                            lppCredentials);
}

VOID WINAPI InetDeleteSecurityCredentialsA(LPSECURITYCREDENTIALSA* lppCredentials) {
  delete_credentials<char>(lppCredentials);
}

VOID WINAPI InetDeleteSecurityCredentialsW(LPSECURITYCREDENTIALSW* lppCredentials) {
  delete_credentials<WCHAR>(lppCredentials);
}
