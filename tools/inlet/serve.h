// inlet serve: runs one service until a signal ends it.
#ifndef INLET_TOOL_SERVE_H
#define INLET_TOOL_SERVE_H

#include <string>

namespace inlet::tool {

struct ServeOptions {
  std::string service;
  std::string address;           // empty: all IPv4 interfaces
  unsigned port = 0;             // 1..65535
  unsigned clients_max = 0;      // 0: no limit
  unsigned idle_timeout_s = 0;   // 0: clients may be idle for ever
  unsigned backlog = 0;          // 0: as many as the system allows
  unsigned shards = 0;           // 0: one per core
  unsigned per_address_max = 0;  // clients of one address; 0: no limit
  unsigned rate = 0;             // new clients in a second; 0: no limit
  bool share_port = false;       // with other processes
  std::string tls_certificate;   // file or folder; empty: no TLS
  std::string tls_key;           // file; empty: in or beside the certificate
  std::string tls_password_file;
  bool quiet = false;
  bool verbose = false;
};

// Thread   The main thread, before there are others.
// Returns  The exit code of the process.
int run_serve(const ServeOptions& options);

}  // namespace inlet::tool

#endif  // INLET_TOOL_SERVE_H
