#include "server_certificate.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace inlet::tool {
namespace {

void wipe(std::string& secret) {
  volatile char* bytes = secret.data();  // so that the compiler does not take it for useless
  for (size_t i = 0; i < secret.size(); ++i) bytes[i] = 0;
  secret.clear();
}

}  // namespace

ServerCertificate::ServerCertificate(const ServeOptions& options) : options_(options) {
  credentials_.dwSize = sizeof credentials_;
  credentials_.lpszCertStore = options_.tls_certificate.c_str();
  if (!options_.tls_key.empty()) credentials_.lpszKeyFile = options_.tls_key.c_str();
}

ServerCertificate::~ServerCertificate() {
  wipe(password_);
}

bool ServerCertificate::read_password(std::string& problem) {
  if (options_.tls_password_file.empty()) return true;
  std::ifstream file(options_.tls_password_file);
  std::string line;
  if (!file || (!std::getline(file, line) && !file.eof())) {
    problem = fmt::format("cannot read the password: {}: {}", options_.tls_password_file,
                          std::error_code(errno, std::generic_category()).message());
    return false;
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  wipe(password_);
  password_ = line;
  wipe(line);
  credentials_.lpszPassword = password_.c_str();
  return true;
}

}  // namespace inlet::tool
