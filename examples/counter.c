/* A counter that all clients share, as a ported program would write it: plain globals, and InetServerLock around every change of
 * them. While one callback holds the lock, the others that want to read or write wait.
 *
 *   add N   adds, and answers with the new sum and how often it was changed
 *   get     answers with both
 *
 * Usage: counter PORT        Enter, or the end of the input, stops it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cswsock10.h>

static long long g_sum;
static unsigned long g_changes;

/* Both numbers belong together, so both are changed and read under one lock. */
static BOOL change(SOCKET client, long long by, BOOL counts, long long* sum, unsigned long* changes) {
  SOCKET server = InetGetClientServer(client);
  if (!InetServerLock(server)) return FALSE;
  g_sum += by;
  if (counts) ++g_changes;
  *sum = g_sum;
  *changes = g_changes;
  return InetServerUnlock(server);
}

static void answer(SOCKET client, const char* line) {
  char text[80];
  long long sum = 0;
  unsigned long changes = 0;
  int adds = strncmp(line, "add ", 4) == 0;
  if (!adds && strcmp(line, "get") != 0) {
    InetWriteLine(client, "Say add N, or get", NULL);
  } else if (!change(client, adds ? atoll(line + 4) : 0, adds, &sum, &changes)) {
    InetWriteLine(client, "Try again", NULL); /* another server of this program is locked */
  } else {
    snprintf(text, sizeof text, "%lld after %lu", sum, changes);
    InetWriteLine(client, text, NULL);
  }
}

static VOID CALLBACK on_event(SOCKET handle, UINT event, DWORD error, DWORD_PTR parameter) {
  char line[64];
  INT length = sizeof line;
  (void)error;
  (void)parameter;
  if (event == INET_EVENT_READ && InetReadLine(handle, line, &length)) answer(handle, line);
  if (event == INET_EVENT_TIMEOUT) InetDisconnect(handle);
}

static int complain(const char* what) {
  char reason[256];
  InetGetErrorString(InetGetLastError(), reason, sizeof reason);
  fprintf(stderr, "counter: %s: %s\n", what, reason);
  return 1;
}

int main(int argc, char** argv) {
  SOCKET server;
  UINT port;
  if (argc != 2) {
    fprintf(stderr, "usage: counter PORT\n");
    return 2;
  }
  port = (UINT)atoi(argv[1]);
  if (!InetInitialize(NULL, NULL)) return complain("cannot start");
  server = InetServerStart(NULL, port, 0, 0, 60, INET_PRIORITY_NORMAL, INET_OPTION_REUSEADDRESS, on_event, 0, NULL);
  if (server == INVALID_SOCKET) return complain("cannot listen");
  printf("Counting on port %u, press Enter to stop\n", port);
  fflush(stdout);
  getchar();
  InetServerStop(server);
  printf("In the end: %lld after %lu\n", g_sum, g_changes);
  InetUninitialize();
  return 0;
}
