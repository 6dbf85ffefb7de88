// The beginning of a mail server: greets, knows EHLO, STARTTLS, NOOP and QUIT, and takes no mail. After STARTTLS the session goes on in
// TLS and forgets what was said before; whatever a man in the middle has put behind the command in clear text is dropped.
//
// Usage: greeter PORT CERTIFICATE_FILE KEY_FILE        Enter, or the end of the input, stops it.
#include <cswsock10.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

constexpr UINT kTimeout_s = 60;

// What the server knows of a client: made in CONNECT, deleted in DISCONNECT.
struct Dialogue {
  std::string said_hello;
  bool secured = false;
};

SECURITYCREDENTIALS credentials{};

Dialogue& dialogue_of(SOCKET client) {
  LPVOID data = nullptr;
  InetGetClientData(client, &data);
  return *static_cast<Dialogue*>(data);
}

void say(SOCKET client, const std::string& line) {
  InetWriteLine(client, line.c_str(), nullptr);
}

void hello(SOCKET client, Dialogue& dialogue, const std::string& name) {
  dialogue.said_hello = name;
  say(client, "250-greeter at your service");
  say(client, dialogue.secured ? "250 8BITMIME" : "250 STARTTLS");
}

// The answer goes out in clear text; the next bytes are the client's handshake.
void start_tls(SOCKET client, Dialogue& dialogue) {
  if (dialogue.secured) return say(client, "503 We speak TLS already");
  say(client, "220 Go ahead");
  if (InetEnableSecurity(client, &credentials) == INET_ERROR) {
    InetDisconnect(client);
    return;
  }
  dialogue = Dialogue{"", true};
}

void on_command(SOCKET client, const std::string& line) {
  Dialogue& dialogue = dialogue_of(client);
  const std::string command = line.substr(0, line.find(' '));
  if (command == "EHLO") return hello(client, dialogue, line.substr(command.size()));
  if (command == "STARTTLS") return start_tls(client, dialogue);
  if (command == "NOOP") return say(client, dialogue.said_hello.empty() ? "503 Say EHLO first" : "250 OK");
  if (command != "QUIT") return say(client, "502 Not here");
  say(client, "221 Good bye");
  InetDisconnect(client);
}

void on_read(SOCKET client) {
  std::array<char, 512> line{};
  INT length = static_cast<INT>(line.size());
  if (InetReadLine(client, line.data(), &length)) on_command(client, line.data());
}

VOID CALLBACK on_event(SOCKET handle, UINT event, DWORD, DWORD_PTR) {
  switch (event) {
    case INET_EVENT_CONNECT:
      InetSetClientData(handle, std::make_unique<Dialogue>().release());
      say(handle, "220 greeter ready");
      break;
    case INET_EVENT_READ: on_read(handle); break;
    case INET_EVENT_TIMEOUT: InetDisconnect(handle); break;
    case INET_EVENT_DISCONNECT: delete &dialogue_of(handle); break;
    default: break;
  }
}

int complain(const char* what) {
  std::array<char, 512> reason{};
  InetGetErrorString(InetGetLastError(), reason.data(), static_cast<INT>(reason.size()));
  std::fprintf(stderr, "greeter: %s: %s\n", what, reason.data());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: greeter PORT CERTIFICATE_FILE KEY_FILE\n");
    return 2;
  }
  if (!InetInitialize(nullptr, nullptr)) return complain("cannot start");
  const UINT port = static_cast<UINT>(std::atoi(argv[1]));
  credentials.dwSize = sizeof credentials;
  credentials.lpszCertStore = argv[2];
  credentials.lpszKeyFile = argv[3];
  const SOCKET server = InetServerStart(nullptr, port, 0, 0, kTimeout_s, INET_PRIORITY_NORMAL, INET_OPTION_REUSEADDRESS,
                                        on_event, 0, &credentials);
  if (server == INVALID_SOCKET) return complain("cannot listen");
  std::printf("Greeting on port %u, press Enter to stop\n", port);
  std::fflush(stdout);
  std::getchar();
  InetUninitialize();
  return 0;
}
