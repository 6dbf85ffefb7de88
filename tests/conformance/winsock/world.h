// What the cases share: sockets that close themselves, loopback addresses, and names for codes.
//
// Portable Winsock: the same source is built natively and for Windows.
#pragma once

#include <mswsock.h>
#include <windows.h>
#include <winsock2.h>
#include <ws2tcpip.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "../codes.h"
#include "../suite.h"

namespace conformance {

// The thread's last error by name.
std::string last_error();
// The value of a call that answers SOCKET_ERROR when it fails: the number, or the name of the error.
std::string outcome(int result);
// The same for calls that answer a BOOL: "ok" or the name of the error.
std::string truth(BOOL result);

// Owns a socket.
class Socket {
 public:
  explicit Socket(SOCKET s = INVALID_SOCKET) : s_(s) {}
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : s_(std::exchange(other.s_, INVALID_SOCKET)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(s_, other.s_);
    return *this;
  }
  operator SOCKET() const { return s_; }
  SOCKET get() const { return s_; }
  bool valid() const { return s_ != INVALID_SOCKET; }
  int close() { return s_ == INVALID_SOCKET ? 0 : ::closesocket(std::exchange(s_, INVALID_SOCKET)); }

 private:
  SOCKET s_;
};

// "ok" when a socket was made (it is closed again), else the name of the error.
std::string made(SOCKET s);

// An address of either family, with room for both.
struct Address {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  int size = sizeof(sockaddr_in6);

  Address() { std::memset(static_cast<void*>(&v6), 0, sizeof(v6)); }
  sockaddr* get() { return &any; }
  const sockaddr* get() const { return &any; }
  u_short port() const { return v4.sin_port; }  // network order; at the same place in both families
  bool operator==(const Address& other) const;
};

Address loopback(int family = AF_INET, u_short port = 0);
Address wildcard(int family = AF_INET, u_short port = 0);
Address v4_address(u_long host_order, u_short port = 0);
Address local_of(SOCKET s);
Address peer_of(SOCKET s);

// Each throws SetupFailed when it cannot do what every implementation allows.
Socket tcp(int family = AF_INET);
Socket udp(int family = AF_INET);
Socket bound(Socket s, int family = AF_INET);            // to a free port of the loopback
Socket listener(int backlog = 8, int family = AF_INET);  // of the loopback
void must(int result, const char* what);
void nonblocking(SOCKET s, u_long on = 1);

// Both ends of a TCP connection over the loopback.
struct Pair {
  Socket client;
  Socket server;
};
Pair connected(int family = AF_INET);
Socket connect_to(SOCKET listener);
// A bound and connected UDP pair: what one sends the other gets.
Pair connected_udp();
// A port on which nobody listens.
Address closed_port(int type = SOCK_STREAM);

// A place that does not answer to connects: they neither succeed nor fail for as long as it lives.
//
// A native program is told a port (set_silent_port), because our own listeners refuse instead of being silent. Elsewhere
// a listener whose queue is full does it.
class Silence {
 public:
  Silence();
  // A nonblocking socket whose connect is running.
  Socket connecting(Socket s = tcp());

 private:
  Address address_;
  Socket listener_;
  std::vector<Socket> queue_;
};
void set_silent_port(int port);

// Closes with a reset, and waits until `other` has seen it.
void reset(Socket& s, SOCKET other);
// Waits up to two seconds until the socket would not make a call wait.
bool readable(SOCKET s, int timeout_ms = 2000);
bool writable(SOCKET s, int timeout_ms = 2000);

int bind_to(SOCKET s, const Address& address);
int connect_at(SOCKET s, const Address& address);
int send_text(SOCKET s, const char* text);
// What one recv gives: the text in quotes, or the name of the error; "end" for 0 bytes.
std::string receive(SOCKET s, int size = 64, int flags = 0);

template <class T>
int set_option(SOCKET s, int level, int name, T value) {
  return ::setsockopt(s, level, name, reinterpret_cast<const char*>(&value), sizeof(value));
}
// The value of a four byte option, or the name of the error.
std::string option(SOCKET s, int level, int name);

inline void pause_ms(int ms) {
  ::Sleep(static_cast<DWORD>(ms));
}

}  // namespace conformance
