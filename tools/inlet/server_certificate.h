// The certificate of `inlet serve`, as its options name it.
#ifndef INLET_TOOL_SERVER_CERTIFICATE_H
#define INLET_TOOL_SERVER_CERTIFICATE_H

#include <cswsock10.h>

#include <string>

#include "serve.h"

namespace inlet::tool {

// Thread   The main thread.
// Owner    Refers to the options, which must live as long.
class ServerCertificate {
 public:
  explicit ServerCertificate(const ServeOptions& options);
  ~ServerCertificate();
  ServerCertificate(const ServerCertificate&) = delete;
  ServerCertificate& operator=(const ServerCertificate&) = delete;

  bool is_given() const { return !options_.tls_certificate.empty(); }

  // Reads the file with the password, if there is one: before the start, and again before a reload. False with a problem to tell.
  bool read_password(std::string& problem);

  LPSECURITYCREDENTIALS credentials() { return &credentials_; }

 private:
  const ServeOptions& options_;
  std::string password_;
  SECURITYCREDENTIALS credentials_{};
};

}  // namespace inlet::tool

#endif  // INLET_TOOL_SERVER_CERTIFICATE_H
