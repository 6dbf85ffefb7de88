#include "support/winsock_socket.h"

#include <winsock2.h>

namespace inlet::test {

namespace {

sockaddr_in loopback(unsigned port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<u_short>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

}  // namespace

WinsockUse::WinsockUse() {
  WSADATA data;
  WSAStartup(MAKEWORD(2, 2), &data);
}

WinsockUse::~WinsockUse() {
  WSACleanup();
}

SOCKET native_socket(NativeType type) {
  switch (type) {
    case NativeType::stream: return ::socket(AF_INET, SOCK_STREAM, 0);
    case NativeType::datagram: return ::socket(AF_INET, SOCK_DGRAM, 0);
    case NativeType::raw: break;
  }
  return ::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

bool native_connect(SOCKET socket, unsigned port) {
  const sockaddr_in name = loopback(port);
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

bool native_bind(SOCKET socket) {
  const sockaddr_in name = loopback(0);
  return ::bind(socket, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

bool native_listen(SOCKET socket) {
  return ::listen(socket, 5) == 0;
}

bool native_send(SOCKET socket, const std::string& bytes) {
  return ::send(socket, bytes.data(), static_cast<int>(bytes.size()), 0) == static_cast<int>(bytes.size());
}

void native_close(SOCKET socket) {
  ::closesocket(socket);
}

}  // namespace inlet::test
