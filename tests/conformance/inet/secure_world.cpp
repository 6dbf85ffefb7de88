#include "secure_world.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

namespace conformance {

using inlet::test::Certificate;
using inlet::test::CertificatePlan;

Authority& Authority::instance() {
  static Authority authority;
  return authority;
}

CertificatePlan Authority::root_plan() {
  CertificatePlan plan;
  plan.common_name = "Conformance root";
  plan.names.clear();
  plan.authority = true;
  return plan;
}

Authority::Authority() : root_(root_plan()), leaf_(plan()) {
  root_file = write("root.crt", root_.pem());
  server_file = write("server.pem", leaf_.pem() + leaf_.key_pem());
}

CertificatePlan Authority::plan(const std::string& host) const {
  CertificatePlan plan;
  plan.common_name = host;
  plan.names = {host};
  plan.addresses = {"127.0.0.1"};
  plan.issuer = &root_;
  return plan;
}

std::string Authority::put(const std::string& name, const CertificatePlan& plan) const {
  const Certificate certificate(plan);
  return write(name, certificate.pem() + certificate.key_pem());
}

std::string Authority::write(const std::string& name, const std::string& content) const {
  inlet::test::write_file(file(name), content);
  return file(name);
}

SECURITYCREDENTIALSA Credentials::get() const {
  const auto text = [](const std::string& from) { return from.empty() ? nullptr : from.c_str(); };
  SECURITYCREDENTIALSA given{};
  given.dwSize = sizeof given;
  given.dwProtocol = protocol;
  given.dwOptions = options;
  given.lpszHostName = text(host);
  given.lpszPassword = text(password);
  given.lpszCertStore = text(store);
  given.lpszCertName = text(name);
  given.lpszKeyFile = text(key);
  given.lpszTrustStore = text(trust);
  given.lpszProtocols = text(protocols);
  return given;
}

Credentials of_server() {
  Credentials credentials;
  credentials.store = Authority::instance().server_file;
  credentials.name = "localhost";
  return credentials;
}

Credentials of_client() {
  Credentials credentials;
  credentials.trust = Authority::instance().root_file;
  return credentials;
}

namespace {

// A server that secures its first client as soon as it is connected.
class Upgrading {
 public:
  Upgrading(const Credentials& credentials, UINT timeout_s)
      : server_(
            [this, credentials](SOCKET client, UINT event, DWORD) {
              if (event != INET_EVENT_CONNECT) return;
              SECURITYCREDENTIALSA given = credentials.get();
              said_.set_value(said_zero(InetEnableSecurityA(client, &given)));
            },
            timeout_s) {}
  UINT port() const { return server_.port(); }
  std::string said() { return said_.get_future().get(); }

 private:
  std::promise<std::string> said_;
  InetServer server_;
};

int system_socket(UINT port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<uint16_t>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(made, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) throw SetupFailed("no connection");
  return made;
}

}  // namespace

Upgrade upgrade(const Credentials& server, const Credentials& client, DWORD client_flags) {
  Upgrading upgrading(server, 5);
  const SOCKET ours = InetConnectA("localhost", upgrading.port(), INET_PROTOCOL_TCP, 5, client_flags, nullptr);
  if (ours == INVALID_SOCKET) throw SetupFailed("no connection");
  SECURITYCREDENTIALSA given = client.get();
  Upgrade result;
  result.client = said_zero(InetEnableSecurityA(ours, &given));
  if (result.client != "ok") InetDisconnect(ours);
  result.server = upgrading.said();
  if (result.client == "ok") InetDisconnect(ours);
  return result;
}

std::string upgrade_with(const Credentials& server, const std::function<void(int)>& client, UINT timeout_s) {
  Upgrading upgrading(server, timeout_s);
  const int socket = system_socket(upgrading.port());
  client(socket);
  std::string said = upgrading.said();
  ::close(socket);
  return said;
}

void shake_hands(int socket, const std::function<void(SSL*)>& prepare) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, socket);
  prepare(ssl);
  SSL_connect(ssl);
  SSL_free(ssl);
  SSL_CTX_free(context);
  ERR_clear_error();
}

std::string upgrade_at(const std::string& certificate_file) {
  const UINT port = free_port();
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<uint16_t>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 || ::listen(listener, 1) != 0)
    throw SetupFailed("no listener");
  std::thread server([&] {
    const int client = ::accept(listener, nullptr, nullptr);
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_file(context, certificate_file.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context, certificate_file.c_str(), SSL_FILETYPE_PEM);
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, client);
    SSL_accept(ssl);
    SSL_free(ssl);
    SSL_CTX_free(context);
    ::close(client);
    ERR_clear_error();
  });
  SECURITYCREDENTIALSA given{};
  const Credentials ours = of_client();
  given = ours.get();
  const SOCKET socket = InetConnectA("localhost", port, INET_PROTOCOL_TCP, 5, 0, nullptr);
  std::string result = said_zero(InetEnableSecurityA(socket, &given));
  InetDisconnect(socket);
  server.join();
  ::close(listener);
  return result;
}

}  // namespace conformance
