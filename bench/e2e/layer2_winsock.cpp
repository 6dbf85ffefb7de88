// The side of Inlet's layer 2.
#include <winsock2.h>

#include "e2e/layer2_loops.h"

namespace inlet::bench {
namespace {

struct WinsockSide {
  struct Socket {
    SOCKET handle = INVALID_SOCKET;
    sockaddr_in name{};  // of a listener
  };

  static Socket listen_loopback() {
    Socket s{::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), {}};
    s.name.sin_family = AF_INET;
    s.name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int length = sizeof s.name;
    auto* name = reinterpret_cast<sockaddr*>(&s.name);
    if (::bind(s.handle, name, length) != 0 || ::listen(s.handle, 64) != 0 ||
        ::getsockname(s.handle, name, &length) != 0)
      close(s), s.handle = INVALID_SOCKET;
    return s;
  }
  static Socket connect_to(const Socket& listener) {
    Socket s{::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), {}};
    if (::connect(s.handle, reinterpret_cast<const sockaddr*>(&listener.name), sizeof listener.name) != 0)
      close(s), s.handle = INVALID_SOCKET;
    return s;
  }
  static Socket accept(const Socket& listener) { return {::accept(listener.handle, nullptr, nullptr), {}}; }
  static void close(const Socket& s) { ::closesocket(s.handle); }
  static bool valid(const Socket& s) { return s.handle != INVALID_SOCKET; }
  static long send(const Socket& s, const void* data, size_t size) {
    return ::send(s.handle, static_cast<const char*>(data), static_cast<int>(size), 0);
  }
  static long recv(const Socket& s, void* data, size_t size) {
    return ::recv(s.handle, static_cast<char*>(data), static_cast<int>(size), 0);
  }
  static bool would_block() { return WSAGetLastError() == WSAEWOULDBLOCK; }
  static void set_nonblocking(const Socket& s) {
    u_long on = 1;
    ::ioctlsocket(s.handle, static_cast<LONG>(FIONBIO), &on);
  }
  static void set_hard_close(const Socket& s) {
    const linger hard{1, 0};
    ::setsockopt(s.handle, SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&hard), sizeof hard);
  }
};

struct Winsock {
  Winsock() {
    WSADATA data{};
    WSAStartup(MAKEWORD(2, 2), &data);
  }
  ~Winsock() { WSACleanup(); }
};

}  // namespace

Layer2Result run_layer2_winsock(const Layer2Work& work) {
  static Winsock winsock;
  return run_layer2<WinsockSide>(work);
}

}  // namespace inlet::bench
