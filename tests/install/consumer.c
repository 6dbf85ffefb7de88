/* The same customer in C11, without a server: starts the library, is told which API it has, gets an error in words. */
#include <cswsock10.h>
#include <inlet/version.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  INITDATA data;
  char text[128];
  memset(&data, 0, sizeof data);
  data.dwSize = sizeof data;
  if (!InetInitialize(NULL, &data) || data.dwVersionMajor == 0) return 1;
  if (InetServerStop(INVALID_SOCKET) || InetGetLastError() != ST_ERROR_INVALID_HANDLE) return 1;
  if (InetGetErrorString(InetGetLastError(), text, (INT)sizeof text) == 0) return 1;
  InetUninitialize();
  printf("inlet %s from C, API %u: %s\n", INLET_VERSION, (unsigned)data.dwVersionMajor, text);
  return 0;
}
