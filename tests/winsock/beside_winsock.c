// Winsock's half: a server with the same names, whose client is the C library's half on another thread.
#include <pthread.h>
#include <stdio.h>
#include <winsock2.h>

#include "beside_library.h"

static void* run_client(void* port) {
  static int line;
  line = talk_with_library(*(unsigned short*)port);
  return &line;
}

static int serve(SOCKET listener) {
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(listener, &readable);
  if (select(0, &readable, NULL, NULL, NULL) != 1) return WSAGetLastError() == WSAEOPNOTSUPP ? -1 : __LINE__;
  return 0;
}

static int exchange(SOCKET session) {
  char byte = 0;
  if (recv(session, &byte, 1, 0) != 1 || byte != 'x') return __LINE__;
  if (send(session, "y", 1, 0) != 1) return __LINE__;
  if (recv(session, &byte, 1, 0) != 1 || byte != 'z') return __LINE__;
  if (recv(session, &byte, 1, 0) != 0) return __LINE__;
  return closesocket(session) == 0 ? 0 : __LINE__;
}

int main(void) {
  WSADATA data;
  struct sockaddr_in name = {AF_INET, 0, {{{127, 0, 0, 1}}}, {0}};
  int length = sizeof(name);
  if (WSAStartup(MAKEWORD(2, 2), &data) != 0) return 1;
  SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (listener == INVALID_SOCKET || listener < 0x100000000u) return 2;
  if (bind(listener, (struct sockaddr*)&name, sizeof(name)) != 0 || listen(listener, 1) != 0) return 3;
  if (getsockname(listener, (struct sockaddr*)&name, &length) != 0) return 4;
  unsigned short port = name.sin_port;
  pthread_t client;
  if (pthread_create(&client, NULL, run_client, &port) != 0) return 5;
  int line = serve(listener);
  SOCKET session = accept(listener, NULL, NULL);
  if (line <= 0) line = exchange(session);
  void* result = NULL;
  pthread_join(client, &result);
  printf("winsock %d, library %d\n", line, *(int*)result);
  return WSACleanup() != 0 || line != 0 || *(int*)result != 0;
}
