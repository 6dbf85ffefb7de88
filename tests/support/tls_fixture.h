// What the tests of secured connections share: certificates made on the spot, credentials from them, and a client that is not ours.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "support/certificates.h"
#include "support/environment.h"
#include "support/inet_fixture.h"

namespace inlet::test {

// A root, a server's certificate signed by it, and what both ends give to the library. Everything lies in a folder of its own.
class TlsWorld {
 public:
  explicit TlsWorld(KeyKind key = KeyKind::ecdsa) : root_(plan_of_root(key)), leaf_(plan_of_leaf("localhost", key)) {
    write_file(root_file(), root_.pem());
    write_file(server_file(), leaf_.pem() + leaf_.key_pem());
  }

  CertificatePlan plan_of_leaf(const std::string& host, KeyKind key = KeyKind::ecdsa) const {
    CertificatePlan plan;
    plan.common_name = host;
    plan.names = {host};
    plan.addresses = {"127.0.0.1"};
    plan.key = key;
    plan.issuer = &root_;
    return plan;
  }

  std::string file(const std::string& name) const { return folder_ / name; }
  const std::string& root_file() const { return root_file_; }
  const std::string& server_file() const { return server_file_; }
  const Certificate& root() const { return root_; }
  const Certificate& leaf() const { return leaf_; }

  // Writes a certificate and its key and returns the file's name.
  std::string put(const std::string& name, const Certificate& certificate) const {
    write_file(file(name), certificate.pem() + certificate.key_pem());
    return file(name);
  }

  // What a program sets that knows only the documents.
  SECURITYCREDENTIALSA server() const {
    SECURITYCREDENTIALSA credentials{};
    credentials.dwSize = sizeof credentials;
    credentials.lpszCertStore = server_file_.c_str();
    credentials.lpszCertName = "localhost";
    return credentials;
  }
  SECURITYCREDENTIALSA client() const {
    SECURITYCREDENTIALSA credentials{};
    credentials.dwSize = sizeof credentials;
    credentials.lpszTrustStore = root_file_.c_str();
    return credentials;
  }

 private:
  static CertificatePlan plan_of_root(KeyKind key) {
    CertificatePlan plan;
    plan.common_name = "Test root";
    plan.names.clear();
    plan.authority = true;
    plan.key = key;
    return plan;
  }

  Folder folder_;
  std::string root_file_ = folder_ / "root.crt", server_file_ = folder_ / "server.pem";
  Certificate root_, leaf_;
};

// A TLS client made of OpenSSL and plain system calls. Trusts everybody.
class ForeignClient {
 public:
  explicit ForeignClient(uint16_t port, int version = TLS1_3_VERSION)
      : raw_(port), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_min_proto_version(context_, version);
    SSL_CTX_set_max_proto_version(context_, version);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, raw_.descriptor());
    SSL_set_tlsext_host_name(ssl_, "localhost");
  }
  ~ForeignClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ERR_clear_error();
  }
  ForeignClient(const ForeignClient&) = delete;

  RawClient& raw() { return raw_; }
  SSL* ssl() { return ssl_; }
  SSL_CTX* context() { return context_; }

  bool shake() { return SSL_connect(ssl_) == 1; }
  bool send(const std::string& text) {
    return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
  }
  // Exactly so many bytes, or what came before the end.
  std::string receive(size_t size) {
    std::string got(size, '\0');
    size_t used = 0;
    while (used < size) {
      const int more = SSL_read(ssl_, got.data() + used, static_cast<int>(size - used));
      if (more <= 0) break;
      used += static_cast<size_t>(more);
    }
    got.resize(used);
    return got;
  }
  // SSL_ERROR_ZERO_RETURN: the peer has said good-bye.
  int end() {
    char byte;
    const int got = SSL_read(ssl_, &byte, 1);
    return SSL_get_error(ssl_, got);
  }
  // The alert that the peer has sent, or -1.
  int alert() {
    const unsigned long error = ERR_peek_last_error();
    const int reason = ERR_GET_REASON(error);
    return ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET ? reason - SSL_AD_REASON_OFFSET : -1;
  }
  void good_bye() { SSL_shutdown(ssl_); }

 private:
  RawClient raw_;
  SSL_CTX* context_;
  SSL* ssl_;
};

// A program with a server that speaks TLS, or can.
class TlsTest : public InetTest {
 protected:
  // Starts the server with these credentials; INVALID_SOCKET with the last error set when it does not start.
  SOCKET start(Program& program, SECURITYCREDENTIALSA credentials, UINT timeout_s = 0, DWORD flags = INET_OPTION_SECURE,
               UINT clients_max = 0) {
    const SOCKET server = InetServerStartA("127.0.0.1", port_, 0, clients_max, timeout_s, INET_PRIORITY_NORMAL,
                                           INET_OPTION_REUSEADDRESS | flags, &Program::entry,
                                           reinterpret_cast<DWORD_PTR>(&program), &credentials);
    return program.adopt(server);
  }
  SOCKET connect(const char* host, SECURITYCREDENTIALSA credentials, DWORD flags = 0) {
    return InetConnectA(host, port_, INET_PROTOCOL_TCP, 20, INET_OPTION_SECURE | flags, &credentials);
  }
  static std::string last_error_text() {
    char text[512] = "";
    InetGetErrorStringA(InetGetLastError(), text, sizeof text);
    return text;
  }

  TlsWorld world_;
};

inline void echo_on_read(SOCKET client, UINT event, DWORD) {
  if (event == INET_EVENT_READ) echo(client);
}

}  // namespace inlet::test
