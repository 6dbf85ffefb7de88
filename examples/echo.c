/* An echo server in C: every byte a client sends comes back to it.
 *
 * Usage: echo PORT        Enter, or the end of the input, stops it.
 */
#include <cswsock10.h>

#include <stdio.h>
#include <stdlib.h>

/* Called for everything that happens to a client. It may wait as long as it likes: the other clients go on meanwhile. */
static VOID CALLBACK on_event(SOCKET hSocket, UINT nEventId, DWORD dwError, DWORD_PTR dwParam) {
  BYTE buffer[4096];
  INT length;
  (void)dwError;
  (void)dwParam;
  if (nEventId != INET_EVENT_READ) return;
  length = InetRead(hSocket, buffer, sizeof buffer);
  if (length > 0) InetWrite(hSocket, buffer, length);
}

int main(int argc, char** argv) {
  char reason[256];
  SOCKET server;
  if (!InetInitialize(NULL, NULL)) return 1;
  server = InetServerStart(NULL, argc > 1 ? (UINT)atoi(argv[1]) : 7000, INET_BACKLOG, 0, 0, INET_PRIORITY_NORMAL,
                           INET_OPTION_REUSEADDRESS, on_event, 0, NULL);
  if (server == INVALID_SOCKET) {
    InetGetErrorString(InetGetLastError(), reason, sizeof reason);
    fprintf(stderr, "echo: %s\n", reason);
    return 1;
  }
  puts("echo: serving, press Enter to stop");
  fflush(stdout);
  getchar();
  InetServerStop(server);
  InetUninitialize();
  return 0;
}
