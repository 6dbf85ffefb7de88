// The provider's table as the SPI part of the suite calls it: every helper answers with the name of the code that came
// through lpErrno, never with the thread's last error.
#pragma once

#include <ws2spi.h>
#include <ws2tcpip.h>

#include <cstring>
#include <string>
#include <utility>

#include "conformance/codes.h"
#include "conformance/suite.h"

namespace conformance::spi {

// The table that WSPStartup has filled; owned by main.
extern WSPPROC_TABLE wsp;

// What a call answered: "0", a number, or the name of the code. The code is a reference because the call that writes it
// stands beside it as an argument.
inline std::string answer(int result, const int& error) {
  return result == SOCKET_ERROR ? code_name(error) : std::to_string(result);
}

// Owns a socket of the table.
class Handle {
 public:
  explicit Handle(SOCKET s = INVALID_SOCKET) : s_(s) {}
  ~Handle() { close(); }
  Handle(Handle&& other) noexcept : s_(std::exchange(other.s_, INVALID_SOCKET)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(s_, other.s_);
    return *this;
  }
  operator SOCKET() const { return s_; }
  SOCKET get() const { return s_; }
  void close() {
    int error = 0;
    if (s_ != INVALID_SOCKET) wsp.lpWSPCloseSocket(std::exchange(s_, INVALID_SOCKET), &error);
  }

 private:
  SOCKET s_;
};

// "ok" for a socket, which is closed again; else the code.
std::string made(SOCKET s, const int& error);

struct Name {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  int size = sizeof(sockaddr_in6);

  Name() { std::memset(static_cast<void*>(&v6), 0, sizeof(v6)); }
  sockaddr* get() { return &any; }
  const sockaddr* get() const { return &any; }
};

Name loopback(int family = AF_INET, u_short port = 0);
Name wildcard(int family = AF_INET, u_short port = 0);
Name v4_name(u_long host_order, u_short port = 0);

std::string bind(SOCKET s, const Name& name);
std::string connect(SOCKET s, const Name& name);
std::string listen(SOCKET s, int backlog);
std::string accept(SOCKET s);
std::string shutdown(SOCKET s, int how);
std::string send(SOCKET s, const char* text, DWORD flags = 0);
std::string receive(SOCKET s, DWORD flags = 0);
std::string ioctl(SOCKET s, DWORD code, void* in, DWORD in_size, void* out, DWORD out_size);
std::string get_option(SOCKET s, int level, int name);
template <class T>
std::string set_option(SOCKET s, int level, int name, T value) {
  int error = 0;
  return answer(wsp.lpWSPSetSockOpt(s, level, name, reinterpret_cast<const char*>(&value), sizeof(value), &error),
                error);
}
Name local_name(SOCKET s);

// Each throws SetupFailed when that which every rule allows is refused.
void must(const std::string& code, const char* what);
Handle tcp(int family = AF_INET);
Handle udp(int family = AF_INET);
Handle bound(Handle s, int family = AF_INET);
Handle listener(int backlog = 8, int family = AF_INET);
Handle connect_to(SOCKET listener);
void nonblocking(SOCKET s);

struct Pair {
  Handle client;
  Handle server;
};
Pair connected();

// A socket whose connect is running and will not end.
Handle connecting(Handle s = tcp());
void set_silent_port(int port);

// Runs a call on a socket of its own, in the state that the name says.
template <class Call>
std::string on_tcp(Call call) {
  Handle s = tcp();
  return call(s);
}
template <class Call>
std::string on_pair(Call call) {
  Pair pair = connected();
  return call(pair);
}
template <class Call>
std::string on_connecting(Call call) {
  Handle s = connecting();
  return call(s);
}

inline Name with_family(Name name, int family) {
  name.any.sa_family = static_cast<ADDRESS_FAMILY>(family);
  return name;
}

}  // namespace conformance::spi
