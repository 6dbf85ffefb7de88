// Certificates for the cases of TLS, and peers that are not ours.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>

#include "inet_world.h"
#include "support/certificates.h"
#include "support/environment.h"

namespace conformance {

// A root and what is signed by it, in files of a folder that all cases share.
class Authority {
 public:
  static Authority& instance();

  inlet::test::CertificatePlan plan(const std::string& host = "localhost") const;
  // Writes a certificate with its key, and returns the file's name.
  std::string put(const std::string& name, const inlet::test::CertificatePlan& plan) const;
  std::string write(const std::string& name, const std::string& content) const;
  std::string file(const std::string& name) const { return folder_ / name; }
  const inlet::test::Certificate& root() const { return root_; }
  const inlet::test::Certificate& leaf() const { return leaf_; }

  std::string root_file, server_file;

 private:
  Authority();
  static inlet::test::CertificatePlan root_plan();
  inlet::test::Folder folder_;
  inlet::test::Certificate root_, leaf_;
};

// Credentials whose texts are kept.
struct Credentials {
  DWORD protocol = 0, options = 0;
  std::string host, password, store, name, key, trust, protocols;
  SECURITYCREDENTIALSA get() const;
};
Credentials of_server();
Credentials of_client();

// What both ends of a plain connection answer when they call InetEnableSecurity.
struct Upgrade {
  std::string server, client;
};
Upgrade upgrade(const Credentials& server, const Credentials& client, DWORD client_flags = 0);
// The server's answer when the client is not ours. Errors of the client are its own.
std::string upgrade_with(const Credentials& server, const std::function<void(int socket)>& client, UINT timeout_s = 5);
// A client made of OpenSSL.
void shake_hands(int socket, const std::function<void(SSL*)>& prepare);
// Our answer when the server is not ours and shows this certificate.
std::string upgrade_at(const std::string& certificate_file);

}  // namespace conformance
