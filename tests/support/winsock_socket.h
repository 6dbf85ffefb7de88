// A socket of Winsock for tests whose own file has the system's headers, which Winsock's cannot stand beside.
#pragma once

#include <inlet/wintypes.h>

#include <string>

namespace inlet::test {

// Winsock is started as long as one of these lives.
class WinsockUse {
 public:
  WinsockUse();
  ~WinsockUse();
};

enum class NativeType { stream, datagram, raw };
SOCKET native_socket(NativeType type);
bool native_connect(SOCKET socket, unsigned port);  // to the loopback
bool native_bind(SOCKET socket);                    // to the loopback, at any port
bool native_listen(SOCKET socket);
bool native_send(SOCKET socket, const std::string& bytes);
void native_close(SOCKET socket);

}  // namespace inlet::test
