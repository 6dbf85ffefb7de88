// TLS: credentials, upgrades of a connection, and what is known of one.
#include <sys/socket.h>

#include <chrono>

#include "cases.h"
#include "secure_world.h"

namespace conformance {
namespace {

using inlet::test::Certificate;

// ---- what is wrong with our own credentials

// A server with a client to secure: what the call says before anything of TLS happens.
std::string enable_with(const Credentials& credentials) {
  const InetPair pair;
  SECURITYCREDENTIALSA given = credentials.get();
  return said_zero(InetEnableSecurityA(pair.theirs, &given));
}

std::string start_with(const Credentials& credentials, DWORD flags = INET_OPTION_SECURE) {
  SECURITYCREDENTIALSA given = credentials.get();
  const SOCKET server = InetServerStartA(
      "127.0.0.1", free_port(), 0, 0, 5, INET_PRIORITY_NORMAL, flags, [](SOCKET, UINT, DWORD, DWORD_PTR) {}, 0, &given);
  const std::string result = said(server != INVALID_SOCKET);
  if (server != INVALID_SOCKET) InetServerStop(server);
  return result;
}

std::string replace_with(const Credentials& credentials) {
  const InetServer server;
  SECURITYCREDENTIALSA given = credentials.get();
  return said(InletServerSetCredentialsA(server.handle(), &given) != FALSE);
}

// What InetServerStart, InetEnableSecurity and InletServerSetCredentials say to the same credentials.
std::string all_three(const Credentials& credentials) {
  const std::string started = start_with(credentials), enabled = enable_with(credentials),
                    replaced = replace_with(credentials);
  return started == enabled && enabled == replaced ? started : say({started, enabled, replaced});
}

Credentials with_store(const std::string& store) {
  Credentials credentials = of_server();
  credentials.store = store;
  return credentials;
}

std::string missing_store() {
  return all_three(with_store(Authority::instance().file("nowhere")));
}

std::string unknown_name() {
  Credentials credentials = of_server();
  credentials.name = "nobody";
  return all_three(credentials);
}

// No file of certificates, for anybody, even for those who may open everything.
std::string unreadable_store() {
  return all_three(with_store("/dev/null"));
}

std::string expired_store() {
  auto plan = Authority::instance().plan();
  plan.from_days = -9;
  plan.to_days = -2;
  return all_three(with_store(Authority::instance().put("expired.pem", plan)));
}

std::string damaged_store() {
  std::string text = Authority::instance().leaf().pem();
  text.replace(200, 40, 40, 'A');
  return all_three(
      with_store(Authority::instance().write("damaged.pem", text + Authority::instance().leaf().key_pem())));
}

std::string store_without_key() {
  return all_three(with_store(Authority::instance().write("keyless.pem", Authority::instance().leaf().pem())));
}

std::string locked_store() {
  const std::string text = Authority::instance().leaf().pem() + Authority::instance().leaf().key_pem("right");
  Credentials credentials = with_store(Authority::instance().write("locked.pem", text));
  const std::string without = all_three(credentials);
  credentials.password = "wrong";
  const std::string wrong = all_three(credentials);
  credentials.password = "right";
  return say({without, wrong, start_with(credentials)});
}

std::string old_protocols() {
  Credentials credentials = of_server();
  credentials.protocol = SECURITY_PROTOCOL_SSL | SECURITY_PROTOCOL_TLS10 | SECURITY_PROTOCOL_TLS11;
  return all_three(credentials);
}

std::string no_store() {
  return all_three(with_store(""));
}

std::string credentials_size(DWORD size) {
  const InetPair pair;
  const Credentials credentials = of_client();
  SECURITYCREDENTIALSA given = credentials.get();
  given.dwSize = size;
  return said_zero(InetEnableSecurityA(pair.ours, &given));
}

std::string no_credentials_anywhere() {
  const InetPair pair;
  return said_zero(InetEnableSecurityA(pair.theirs, nullptr));
}

std::string start_without() {
  const SOCKET server = InetServerStartA(
      "127.0.0.1", free_port(), 0, 0, 5, INET_PRIORITY_NORMAL, INET_OPTION_SECURE,
      [](SOCKET, UINT, DWORD, DWORD_PTR) {}, 0, nullptr);
  return said(server != INVALID_SOCKET);
}

// ---- what the two ends say to each other

std::string good_upgrade() {
  const Upgrade both = upgrade(of_server(), of_client());
  return say({both.server, both.client});
}

std::string untrusted_peer() {
  Credentials client = of_client();
  client.trust = Authority::instance().put("stranger.crt", [] {
    inlet::test::CertificatePlan plan;
    plan.authority = true;
    return plan;
  }());
  return upgrade(of_server(), client).client;
}

std::string trusted_site() {
  return upgrade(of_server(), Credentials{}, INET_OPTION_TRUSTEDSITE).client;
}

std::string peer_for_another_host() {
  Credentials client = of_client();
  client.host = "other.example";
  return upgrade(of_server(), client).client;
}

std::string revoked_peer() {
  const Authority& authority = Authority::instance();
  Credentials client = of_client();
  client.trust = authority.write("revoking.crt", authority.root().pem() + authority.root().revoke({&authority.leaf()}));
  return upgrade(of_server(), client).client;
}

std::string peer_of_another_kind() {
  auto plan = Authority::instance().plan();
  plan.usage = "clientAuth";
  return upgrade(with_store(Authority::instance().put("client_only.pem", plan)), of_client()).client;
}

std::string expired_peer() {
  auto plan = Authority::instance().plan();
  plan.from_days = -9;
  plan.to_days = -2;
  return upgrade_at(Authority::instance().put("expired_peer.pem", plan));
}

std::string client_without_certificate() {
  Credentials server = of_server();
  server.options = CREDENTIAL_CLIENT_CERTIFICATE_REQUIRED;
  server.trust = Authority::instance().root_file;
  return upgrade(server, of_client()).server;
}

std::string other_versions() {
  Credentials server = of_server(), client = of_client();
  server.protocol = SECURITY_PROTOCOL_TLS13;
  client.protocol = SECURITY_PROTOCOL_TLS12;
  const Upgrade both = upgrade(server, client);
  return say({both.server, both.client});
}

std::string other_ciphers() {
  return upgrade_with(of_server(), [](int socket) {
    shake_hands(socket, [](SSL* ssl) {
      SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
      SSL_set_cipher_list(ssl, "AES128-SHA");
    });
  });
}

std::string other_applications() {
  Credentials server = of_server(), client = of_client();
  server.protocols = "mail";
  client.protocols = "news";
  const Upgrade both = upgrade(server, client);
  return say({both.server, both.client});
}

std::string no_tls() {
  return upgrade_with(of_server(), [](int socket) { ::send(socket, "HELO example\r\n", 14, MSG_NOSIGNAL); });
}

std::string silent_peer() {
  return upgrade_with(
      of_server(), [](int) {}, 1);
}

std::string vanished_peer() {
  return upgrade_with(of_server(), [](int socket) { ::shutdown(socket, SHUT_WR); });
}

std::string shut_before() {
  const InetPair pair;
  InetShutdown(pair.ours, INET_SHUTDOWN_WRITE);
  const Credentials credentials = of_client();
  SECURITYCREDENTIALSA given = credentials.get();
  return said_zero(InetEnableSecurityA(pair.ours, &given));
}

// Until it is waited for somewhere in the call, the end of the session is only "invalid handle"; so the wait is made sure of.
std::string ended_meanwhile() {
  InetPair pair;
  std::promise<std::string> result;
  std::thread other([&] {
    const Credentials credentials = of_client();
    SECURITYCREDENTIALSA given = credentials.get();
    result.set_value(said_zero(InetEnableSecurityA(pair.ours, &given)));
  });
  char hello = 0;
  InetRead(pair.theirs, reinterpret_cast<BYTE*>(&hello), 1);  // it has begun
  InetDisconnect(pair.ours);
  other.join();
  return result.get_future().get();
}

// A secured pair of ours.
struct SecurePair {
  explicit SecurePair(InetServer::Handler handler = {}) : pair(std::move(handler)) {
    const Credentials credentials = of_client();
    SECURITYCREDENTIALSA given = credentials.get();
    std::thread other([this] {
      const Credentials own = of_server();
      SECURITYCREDENTIALSA mine = own.get();
      InetEnableSecurityA(pair.theirs, &mine);
    });
    const INT done = InetEnableSecurityA(pair.ours, &given);
    other.join();
    if (done != 0) throw SetupFailed("no handshake: " + inet_code_name(InetGetLastError()));
  }
  InetPair pair;
};

std::string twice() {
  const SecurePair secure;
  const Credentials credentials = of_client();
  SECURITYCREDENTIALSA given = credentials.get();
  return said_zero(InetEnableSecurityA(secure.pair.ours, &given));
}

std::string enable_dead() {
  return said_zero(InetEnableSecurityA(INVALID_SOCKET, nullptr));
}

// ---- the way back

std::string good_end() {
  const SecurePair secure;
  std::promise<std::string> theirs;
  std::thread other([&] { theirs.set_value(said_zero(InetDisableSecurity(secure.pair.theirs))); });
  InetIsReadable(secure.pair.ours, 5'000, nullptr);  // they have said good-bye
  const std::string ours = said_zero(InetDisableSecurity(secure.pair.ours));
  other.join();
  return say({ours, theirs.get_future().get()});
}

std::string end_of_nothing() {
  const InetPair pair;
  return said_zero(InetDisableSecurity(pair.ours));
}

// While a callback runs nobody else looks at what its client sends.
std::string end_without_answer() {
  std::promise<void> over;
  std::shared_future<void> end(over.get_future());
  const SecurePair secure([end](SOCKET, UINT event, DWORD) {
    if (event == INET_EVENT_WRITE) end.wait();
  });
  InetSetTimeout(secure.pair.ours, 1);
  std::string result = said_zero(InetDisableSecurity(secure.pair.ours));
  over.set_value();
  return result;
}

std::string end_with_a_cut() {
  const SecurePair secure;
  InetAbort(secure.pair.theirs);
  return said_zero(InetDisableSecurity(secure.pair.ours));
}

// ---- what is known

std::string information_of_plain() {
  const InetPair pair;
  SECURITYINFOA info{};
  info.dwSize = sizeof info;
  info.dwCipher = 99;
  const std::string result = said(InetGetSecurityInformationA(pair.ours, &info) != FALSE);
  return say({result, number(info.dwProtocol), number(info.dwCipher), yes_no(info.lpszCertSubject == nullptr)});
}

std::string information_of_secure() {
  const SecurePair secure;
  SECURITYINFOA info{};
  info.dwSize = sizeof info;
  const std::string result = said(InetGetSecurityInformationA(secure.pair.ours, &info) != FALSE);
  return say({result, yes_no(info.dwProtocol == SECURITY_PROTOCOL_TLS13), yes_no(info.dwCipher != SECURITY_CIPHER_NONE),
              yes_no(info.dwCipherStrength >= 128), yes_no(info.dwHash != SECURITY_HASH_NONE),
              yes_no(info.dwKeyExchange == SECURITY_KEYEX_ECDH), number(info.dwCertStatus), info.lpszCertSubject,
              yes_no(info.stCertExpires.wYear >= 2020)});
}

std::string information_size() {
  const InetPair pair;
  SECURITYINFOA info{};
  const std::string size = said(InetGetSecurityInformationA(pair.ours, &info) != FALSE);
  return say({size, said(InetGetSecurityInformationA(pair.ours, nullptr) != FALSE)});
}

// ---- credentials in memory

std::string create() {
  LPSECURITYCREDENTIALSA made = nullptr;
  if (!InetCreateSecurityCredentialsA(SECURITY_PROTOCOL_TLS13, 0, "user", "word", "store", "name", nullptr, &made))
    return said(false);
  const std::string texts = say({made->lpszUserName, made->lpszPassword, made->lpszCertStore, made->lpszCertName,
                                 yes_no(made->dwSize == sizeof *made)});
  InetDeleteSecurityCredentialsA(&made);
  return say({texts, yes_no(made == nullptr)});
}

std::string create_badly() {
  LPSECURITYCREDENTIALSA made = nullptr;
  const std::string nowhere =
      said(InetCreateSecurityCredentialsA(0, 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr) != FALSE);
  const std::string reserved =
      said(InetCreateSecurityCredentialsA(0, 0, nullptr, nullptr, nullptr, nullptr, &made, &made) != FALSE);
  return say({nowhere, reserved});
}

std::string set_without() {
  const InetServer server;
  return said(InletServerSetCredentialsA(server.handle(), nullptr) != FALSE);
}

constexpr const char* kOwn = "sheet 4.3; ours";

}  // namespace

void add_security_cases(Suite& suite) {
  constexpr const char* kEnable = "InetEnableSecurity";
  for (const char* function : {"InetServerStart", "InetEnableSecurity", "InletServerSetCredentials"}) {
    const std::string group = std::string("credentials-") + function;
    suite.table(group.c_str(), function,
                {{"missing", "there is no such file", "ST_ERROR_CERTIFICATE_NOT_FOUND", kOwn, missing_store},
                 {"name", "nobody answers to the name", "ST_ERROR_CERTIFICATE_NOT_FOUND", kOwn, unknown_name},
                 {"unreadable", "the file cannot be read", "ST_ERROR_ACCESS_DENIED", kOwn, unreadable_store},
                 {"expired", "the certificate is out of date", "ST_ERROR_CERTIFICATE_EXPIRED", kOwn, expired_store},
                 {"damaged", "the certificate is damaged", "ST_ERROR_CERTIFICATE_INVALID", kOwn, damaged_store},
                 {"no-key", "there is no private key", "ST_ERROR_CERTIFICATE_NO_KEY", kOwn, store_without_key},
                 {"password", "no password, a wrong one, the right one",
                  "ST_ERROR_CERTIFICATE_PASSWORD, ST_ERROR_CERTIFICATE_PASSWORD, ok", kOwn, locked_store},
                 {"old", "only protocols before TLS 1.2", "ST_ERROR_PROTOCOL_NOT_SUPPORTED", kOwn, old_protocols},
                 {"no-store", "no store is named", "ST_ERROR_INVALID_PARAMETER", "sheet 1.2", no_store}});
  }
  suite.table("start-secure", "InetServerStart",
              {{"none", "SECURE without credentials", "ST_ERROR_INVALID_PARAMETER", "sheet 1.2", start_without}});
  suite.table(
      "enable-security", kEnable,
      {{"good", "both ends", "ok, ok", "sheet 4.2", good_upgrade},
       {"size", "dwSize is 0", "ST_ERROR_INVALID_PARAMETER", "sheet 4.3", [] { return credentials_size(0); }},
       {"none", "neither these nor those of the start", "ST_ERROR_INVALID_PARAMETER", "sheet 4.2",
        no_credentials_anywhere},
       {"twice", "the connection is secured", "ST_ERROR_INVALID_STATE", kOwn, twice},
       {"dead", "the handle is dead", "ST_ERROR_INVALID_HANDLE", "sheet 0.3", enable_dead},
       {"untrusted", "nobody we trust signed it", "ST_ERROR_CERTIFICATE_UNTRUSTED", "sheet 4.4", untrusted_peer},
       {"trusted-site", "TRUSTEDSITE", "ok", "sheet 1.2.2", trusted_site},
       {"mismatch", "for another host", "ST_ERROR_CERTIFICATE_MISMATCH", "sheet 4.4", peer_for_another_host},
       {"revoked", "on the list", "ST_ERROR_CERTIFICATE_REVOKED", "sheet 4.4", revoked_peer},
       {"kind", "the peer's is for clients only", "ST_ERROR_CERTIFICATE_INVALID", "sheet 4.4", peer_of_another_kind},
       {"expired-peer", "the peer's is out of date", "ST_ERROR_CERTIFICATE_EXPIRED", "sheet 4.4", expired_peer},
       {"required", "the client shows none", "ST_ERROR_CERTIFICATE_REQUIRED", kOwn, client_without_certificate},
       {"versions", "1.3 only here, 1.2 only there", "ST_ERROR_SECURITY_PROTOCOL, ST_ERROR_SECURITY_PROTOCOL", kOwn,
        other_versions},
       {"ciphers", "the client has none of ours", "ST_ERROR_SECURITY_CIPHER", kOwn, other_ciphers},
       {"applications", "ALPN without a match", "ST_ERROR_SECURITY_APPLICATION, ST_ERROR_SECURITY_APPLICATION", kOwn,
        other_applications},
       {"no-tls", "the peer sends text", "ST_ERROR_HANDSHAKE_FAILED", kOwn, no_tls},
       {"silent", "the peer sends nothing", "ST_ERROR_OPERATION_TIMEOUT", kOwn, silent_peer},
       {"cut", "the peer ends in the middle", "ST_ERROR_CONNECTION_RESET", kOwn, vanished_peer},
       {"shut", "after InetShutdown", "ST_ERROR_CONNECTION_SHUTDOWN", kOwn, shut_before},
       {"cancelled", "ended by another thread", "ST_ERROR_OPERATION_CANCELED", kOwn, ended_meanwhile}});
  suite.table("disable-security", "InetDisableSecurity",
              {{"good", "both ends", "ok, ok", "sheet 4.2", good_end},
               {"plain", "there is no TLS", "ST_ERROR_INVALID_STATE", kOwn, end_of_nothing},
               {"silent", "the peer does not answer", "ST_ERROR_OPERATION_TIMEOUT", kOwn, end_without_answer},
               {"cut", "the peer breaks the connection", "ST_ERROR_CONNECTION_RESET", kOwn, end_with_a_cut}});
  suite.table("security-information", "InetGetSecurityInformation",
              {{"plain", "no TLS", "ok, 0, 0, yes", "sheet 4.4", information_of_plain},
               {"secure", "TLS 1.3", "ok, yes, yes, yes, yes, yes, 1, CN=localhost, O=Inlet tests, yes", "sheet 4.4",
                information_of_secure},
               {"size", "dwSize is 0; no structure", "ST_ERROR_INVALID_PARAMETER, ST_ERROR_INVALID_PARAMETER",
                "sheet 4.4", information_size}});
  suite.table("create-credentials", "InetCreateSecurityCredentials",
              {{"good", "texts are copied", "user, word, store, name, yes, yes", "sheet 4.5", create},
               {"bad", "no place for it; reserved is used", "ST_ERROR_INVALID_PARAMETER, ST_ERROR_INVALID_PARAMETER",
                "sheet 4.5", create_badly}});
  suite.table("delete-credentials", "InetDeleteSecurityCredentials",
              {{"good", "the pointer is cleared", "user, word, store, name, yes, yes", "sheet 4.5", create}});
  suite.table("set-credentials", "InletServerSetCredentials",
              {{"none", "no credentials", "ST_ERROR_INVALID_PARAMETER", kOwn, set_without}});
}

}  // namespace conformance
