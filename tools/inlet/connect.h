// inlet connect: standard input to a server, its answers to standard output.
#ifndef INLET_TOOL_CONNECT_H
#define INLET_TOOL_CONNECT_H

#include <string>

namespace inlet::tool {

struct ConnectOptions {
  std::string host;
  unsigned port = 0;       // 1..65535
  unsigned timeout_s = 0;  // for the connection, and for silence in both directions; 0: for ever
  bool tls = false;
  bool insecure = false;    // with tls: whoever the server is
  std::string authorities;  // with tls: whose certificates are believed; empty: the system's
};

// Returns  The exit code of the process: kExitOk when the server has closed the connection in an orderly way.
int run_connect(const ConnectOptions& options);

}  // namespace inlet::tool

#endif  // INLET_TOOL_CONNECT_H
