// The server of the tests with foreign TLS clients: echoes, or answers HTTP, and tells of each session how it began and ended.
//
// Usage: tls_peers_serve PORT CERTIFICATE VERSION      VERSION: 12, 13, or 0 for both
#include <cswsock10.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

#include "support/server_inside.h"

namespace {

std::mutex printing;

void say(const std::string& line) {
  const std::lock_guard lock(printing);
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

std::string number_of(SOCKET client) {
  return std::to_string(InetGetClientId(client));
}

void tell_connected(SOCKET client) {
  SECURITYINFO info{};
  info.dwSize = sizeof info;
  InetGetSecurityInformation(client, &info);
  const char* version = info.dwProtocol == SECURITY_PROTOCOL_TLS13   ? " 13 "
                        : info.dwProtocol == SECURITY_PROTOCOL_TLS12 ? " 12 "
                                                                     : " ? ";
  say("session " + number_of(client) + version + (inlet::test::was_resumed(client) ? "resumed" : "full"));
}

void answer(SOCKET client) {
  char text[16384];
  const INT got = InetRead(client, reinterpret_cast<BYTE*>(text), sizeof text);
  if (got <= 0) return;
  std::string reply(text, static_cast<size_t>(got));
  if (reply.rfind("GET /hang", 0) == 0) return say("hanging " + number_of(client));
  if (reply.rfind("GET /", 0) == 0) reply = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\nhello\n";
  InetWrite(client, reinterpret_cast<const BYTE*>(reply.data()), static_cast<INT>(reply.size()));
}

VOID CALLBACK on_event(SOCKET client, UINT event, DWORD error, DWORD_PTR) {
  if (event == INET_EVENT_CONNECT) tell_connected(client);
  if (event == INET_EVENT_READ) answer(client);
  if (event == INET_EVENT_DISCONNECT) say("end " + number_of(client) + (error == 0 ? " clean" : " abrupt"));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  InetInitialize(nullptr, nullptr);
  SECURITYCREDENTIALS credentials{};
  credentials.dwSize = sizeof credentials;
  credentials.lpszCertStore = arguments[2];
  const std::string version = arguments[3];
  credentials.dwProtocol = version == "12" ? SECURITY_PROTOCOL_TLS12 : version == "13" ? SECURITY_PROTOCOL_TLS13 : 0;
  const SOCKET server =
      InetServerStart("127.0.0.1", static_cast<UINT>(std::atoi(arguments[1])), 0, 0, 60, INET_PRIORITY_NORMAL,
                      INET_OPTION_SECURE | INET_OPTION_REUSEADDRESS | INET_OPTION_NODELAY, on_event, 0, &credentials);
  if (server == INVALID_SOCKET) {
    char text[512] = "";
    InetGetErrorString(InetGetLastError(), text, sizeof text);
    say(std::string("cannot start: ") + text);
    return 1;
  }
  say("listening");
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  InetServerStop(server);
  InetUninitialize();
  return 0;
}
