// The C library's half: its socket, connect, send, recv, select and close must be the ones that are called.
#include "beside_library.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK(condition) \
  if (!(condition)) return __LINE__

int talk_with_library(unsigned short port_in_network_order) {
  struct sockaddr_in name;
  memset(&name, 0, sizeof(name));
  name.sin_family = AF_INET;
  name.sin_port = port_in_network_order;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(fd >= 0 && fd < 1024);
  CHECK(connect(fd, (struct sockaddr*)&name, sizeof(name)) == 0);
  CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == 1);
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(fd, &readable);
  struct timeval time = {20, 0};
  CHECK(select(fd + 1, &readable, NULL, NULL, &time) == 1);
  CHECK(FD_ISSET(fd, &readable));
  char byte = 0;
  CHECK(recv(fd, &byte, 1, 0) == 1 && byte == 'y');
  // A descriptor, not a handle: read and write take it too.
  CHECK(write(fd, "z", 1) == 1);
  CHECK(close(fd) == 0);
  return 0;
}
