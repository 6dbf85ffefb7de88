#include "connect.h"

#include <cswsock10.h>
#include <fmt/format.h>

#include "console.h"
#include "library.h"
#include "relay.h"

namespace inlet::tool {

int run_connect(const ConnectOptions& options) {
  const Library library;
  if (!library.ready()) {
    complain(fmt::format("cannot start the library: {}", text_of_error(InetGetLastError())));
    return kExitFailed;
  }
  SECURITYCREDENTIALS credentials{};
  credentials.dwSize = sizeof credentials;
  if (!options.authorities.empty()) credentials.lpszTrustStore = options.authorities.c_str();
  DWORD flags = INET_OPTION_NODELAY;
  if (options.tls) flags |= INET_OPTION_SECURE;
  if (options.insecure) flags |= INET_OPTION_TRUSTEDSITE;
  const SOCKET socket =
      InetConnect(options.host.c_str(), options.port, INET_PROTOCOL_TCP, options.timeout_s, flags, &credentials);
  if (socket == INVALID_SOCKET) {
    complain(
        fmt::format("cannot connect to {} port {}: {}", options.host, options.port, text_of_error(InetGetLastError())));
    return kExitFailed;
  }
  Relay relay(socket, options.timeout_s);
  if (relay.run()) return kExitOk;
  complain(fmt::format("connection to {} port {}: {}", options.host, options.port, relay.problem()));
  return kExitFailed;
}

}  // namespace inlet::tool
