// The client of the tests with foreign TLS servers: connects, exchanges a line, and tells how each session began and ended.
//
// Usage: tls_peers_connect PORT CA VERSION SESSIONS END
//   SESSIONS of them, one after the other; END is how the last one ends: clean (we close it in order), or cut (the peer is killed
//   when "waiting" has been printed; prints how that looks here)
#include <cswsock10.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/server_inside.h"

namespace {

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

int fail(const std::string& what) {
  char text[512] = "";
  InetGetErrorString(InetGetLastError(), text, sizeof text);
  say("failed: " + what + ": " + text);
  return 1;
}

SOCKET connect(char** arguments) {
  SECURITYCREDENTIALS credentials{};
  credentials.dwSize = sizeof credentials;
  credentials.lpszTrustStore = arguments[2];
  const std::string version = arguments[3];
  credentials.dwProtocol = version == "12" ? SECURITY_PROTOCOL_TLS12 : version == "13" ? SECURITY_PROTOCOL_TLS13 : 0;
  return InetConnect("localhost", static_cast<UINT>(std::atoi(arguments[1])), INET_PROTOCOL_TCP, 10,
                     INET_OPTION_SECURE | INET_OPTION_NODELAY, &credentials);
}

// Whatever the peer makes of the line: as it is, or the other way round.
bool exchange(SOCKET socket) {
  if (InetWrite(socket, reinterpret_cast<const BYTE*>("hello\n"), 6) != 6) return false;
  BYTE byte;
  for (int got = 0; got < 6; ++got)
    if (InetRead(socket, &byte, 1) != 1) return false;
  return true;
}

void tell(int number, SOCKET socket) {
  SECURITYINFO info{};
  info.dwSize = sizeof info;
  InetGetSecurityInformation(socket, &info);
  say("session " + std::to_string(number) + (info.dwProtocol == SECURITY_PROTOCOL_TLS13 ? " 13 " : " 12 ") +
      (inlet::test::was_resumed(socket) ? "resumed" : "full"));
}

void wait_for_the_end(SOCKET socket) {
  say("waiting");
  BYTE byte;
  INT got;
  while ((got = InetRead(socket, &byte, 1)) > 0) {
  }
  const DWORD error = InetGetLastError();
  const bool broken = error == ST_ERROR_CONNECTION_RESET || error == ST_ERROR_CONNECTION_ABORTED;
  say(got == 0 ? "end clean" : broken ? "end abrupt" : "end other");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) return 2;
  InetInitialize(nullptr, nullptr);
  const int sessions = std::atoi(arguments[4]);
  for (int i = 1; i <= sessions; ++i) {
    const SOCKET socket = connect(arguments);
    if (socket == INVALID_SOCKET) return fail("connect");
    if (!exchange(socket)) return fail("exchange");
    tell(i, socket);
    if (i == sessions && std::string(arguments[5]) == "cut")
      wait_for_the_end(socket);
    else if (InetDisconnect(socket) != 0)
      return fail("disconnect");
    else
      say("closed " + std::to_string(i));
  }
  InetUninitialize();
  return 0;
}
