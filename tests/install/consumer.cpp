// A customer's program: an echo server and a client of it, over what is installed. Returns 0 when the line came back.
#include <cswsock10.h>
#include <inlet/version.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

static VOID CALLBACK on_event(SOCKET hSocket, UINT nEventId, DWORD, DWORD_PTR) {
  if (nEventId != INET_EVENT_READ) return;
  char line[256];
  INT length = sizeof(line);
  if (InetReadLine(hSocket, line, &length)) InetWriteLine(hSocket, line, nullptr);
}

// A port that nobody uses now; asked of the system, because InetServerStart takes no port 0.
static UINT free_port() {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
               getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  return bound ? ntohs(address.sin_port) : 0;
}

static int fail(const char* what) {
  std::printf("%s failed: 0x%x\n", what, static_cast<unsigned>(InetGetLastError()));
  return 1;
}

int main() {
  if (!InetInitialize(nullptr, nullptr)) return fail("InetInitialize");
  UINT port = free_port();
  SOCKET server = InetServerStart("127.0.0.1", port, INET_BACKLOG, 10, INET_TIMEOUT, INET_PRIORITY_NORMAL,
                                  INET_OPTION_REUSEADDRESS, on_event, 0, nullptr);
  if (server == INVALID_SOCKET) return fail("InetServerStart");
  SOCKET client = InetConnect("127.0.0.1", port, INET_PROTOCOL_TCP, INET_TIMEOUT, INET_OPTION_NONE, nullptr);
  if (client == INVALID_SOCKET) return fail("InetConnect");

  char line[64];
  INT length = sizeof(line);
  if (!InetWriteLine(client, "hello, inlet", nullptr)) return fail("InetWriteLine");
  if (!InetReadLine(client, line, &length)) return fail("InetReadLine");
  if (std::strcmp(line, "hello, inlet") != 0) return fail("the echo");

  InetDisconnect(client);
  if (!InetServerStop(server)) return fail("InetServerStop");
  InetUninitialize();
  std::printf("inlet %s: %s\n", INLET_VERSION, line);
  return 0;
}
