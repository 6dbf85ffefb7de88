// The side of a listener on the provider's own table.
#include <ws2spi.h>

#include "e2e/accept_rate.h"

namespace inlet::bench {
namespace {

class Provider {
 public:
  Provider() { WSPStartup(0x0202, &data_, nullptr, WSPUPCALLTABLE{}, &wsp_); }
  ~Provider() {
    int error = 0;
    wsp_.lpWSPCleanup(&error);
  }
  const WSPPROC_TABLE& table() const { return wsp_; }

 private:
  WSPDATA data_{};
  WSPPROC_TABLE wsp_{};
};

const WSPPROC_TABLE& wsp() {
  static Provider provider;
  return provider.table();
}

class ProviderSide {
 public:
  using Socket = SOCKET;

  ~ProviderSide() { close(listener_); }
  bool open(int backlog) {
    int error = 0;
    listener_ = wsp().lpWSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, nullptr, 0, 0, &error);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int length = sizeof name;
    auto* any = reinterpret_cast<sockaddr*>(&name);
    if (wsp().lpWSPBind(listener_, any, length, &error) != 0 || wsp().lpWSPListen(listener_, backlog, &error) != 0 ||
        wsp().lpWSPGetSockName(listener_, any, &length, &error) != 0)
      return false;
    port_ = ntohs(name.sin_port);
    return true;
  }
  uint16_t port() const { return port_; }
  Socket accept() {
    int error = 0;
    return wsp().lpWSPAccept(listener_, nullptr, nullptr, nullptr, 0, &error);
  }
  bool echo(Socket s) {
    char byte = 0;
    WSABUF buffer{1, &byte};
    DWORD done = 0, flags = 0;
    int error = 0;
    return wsp().lpWSPRecv(s, &buffer, 1, &done, &flags, nullptr, nullptr, nullptr, &error) == 0 && done == 1 &&
           wsp().lpWSPSend(s, &buffer, 1, &done, 0, nullptr, nullptr, nullptr, &error) == 0 && done == 1;
  }
  void close(Socket s) {
    int error = 0;
    wsp().lpWSPCloseSocket(s, &error);
  }
  static bool valid(Socket s) { return s != INVALID_SOCKET; }

 private:
  SOCKET listener_ = INVALID_SOCKET;
  uint16_t port_ = 0;
};

}  // namespace

AcceptResult run_accepts_provider(const AcceptWork& work) {
  return run_accepts<ProviderSide>(work);
}

}  // namespace inlet::bench
