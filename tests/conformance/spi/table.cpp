#include "conformance/spi/table.h"

namespace conformance::spi {
namespace {

int silent_port = 0;

Handle open_socket(int family, int type) {
  int error = 0;
  const SOCKET s = wsp.lpWSPSocket(family, type, 0, nullptr, 0, WSA_FLAG_OVERLAPPED, &error);
  if (s == INVALID_SOCKET) throw SetupFailed("WSPSocket: " + code_name(error));
  return Handle(s);
}

}  // namespace

WSPPROC_TABLE wsp;

std::string made(SOCKET s, const int& error) {
  if (s == INVALID_SOCKET) return code_name(error);
  Handle owner(s);
  return "ok";
}

Name wildcard(int family, u_short port) {
  Name name;
  name.any.sa_family = static_cast<ADDRESS_FAMILY>(family);
  name.v4.sin_port = port;
  name.size = family == AF_INET6 ? int{sizeof(sockaddr_in6)} : int{sizeof(sockaddr_in)};
  return name;
}

Name loopback(int family, u_short port) {
  Name name = wildcard(family, port);
  if (family == AF_INET6)
    name.v6.sin6_addr = in6addr_loopback;
  else
    name.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

Name v4_name(u_long host_order, u_short port) {
  Name name = wildcard(AF_INET, port);
  name.v4.sin_addr.s_addr = htonl(host_order);
  return name;
}

std::string bind(SOCKET s, const Name& name) {
  int error = 0;
  return answer(wsp.lpWSPBind(s, name.get(), name.size, &error), error);
}

std::string connect(SOCKET s, const Name& name) {
  int error = 0;
  return answer(wsp.lpWSPConnect(s, name.get(), name.size, nullptr, nullptr, nullptr, nullptr, &error), error);
}

std::string listen(SOCKET s, int backlog) {
  int error = 0;
  return answer(wsp.lpWSPListen(s, backlog, &error), error);
}

std::string accept(SOCKET s) {
  int error = 0;
  const SOCKET accepted = wsp.lpWSPAccept(s, nullptr, nullptr, nullptr, 0, &error);
  return made(accepted, error);
}

std::string shutdown(SOCKET s, int how) {
  int error = 0;
  return answer(wsp.lpWSPShutdown(s, how, &error), error);
}

std::string send(SOCKET s, const char* text, DWORD flags) {
  WSABUF buffer{static_cast<ULONG>(std::strlen(text)), const_cast<CHAR*>(text)};
  DWORD count = 0;
  int error = 0;
  const int result = wsp.lpWSPSend(s, &buffer, 1, &count, flags, nullptr, nullptr, nullptr, &error);
  return result == 0 ? std::to_string(count) : code_name(error);
}

std::string receive(SOCKET s, DWORD flags) {
  char room[64];
  WSABUF buffer{sizeof(room), room};
  DWORD count = 0;
  int error = 0;
  const int result = wsp.lpWSPRecv(s, &buffer, 1, &count, &flags, nullptr, nullptr, nullptr, &error);
  if (result != 0) return code_name(error);
  return count == 0 ? "end" : "'" + std::string(room, count) + "'";
}

std::string ioctl(SOCKET s, DWORD code, void* in, DWORD in_size, void* out, DWORD out_size) {
  DWORD returned = 0;
  int error = 0;
  return answer(wsp.lpWSPIoctl(s, code, in, in_size, out, out_size, &returned, nullptr, nullptr, nullptr, &error),
                error);
}

std::string get_option(SOCKET s, int level, int name) {
  int value = 0;
  int size = sizeof(value);
  int error = 0;
  const int result = wsp.lpWSPGetSockOpt(s, level, name, reinterpret_cast<char*>(&value), &size, &error);
  return result == 0 ? std::to_string(value) : code_name(error);
}

Name local_name(SOCKET s) {
  Name name;
  int error = 0;
  must(answer(wsp.lpWSPGetSockName(s, name.get(), &name.size, &error), error), "WSPGetSockName");
  return name;
}

void must(const std::string& code, const char* what) {
  if (code != "0") throw SetupFailed(std::string(what) + ": " + code);
}

Handle tcp(int family) {
  return open_socket(family, SOCK_STREAM);
}
Handle udp(int family) {
  return open_socket(family, SOCK_DGRAM);
}

Handle bound(Handle s, int family) {
  must(bind(s, loopback(family)), "WSPBind");
  return s;
}

Handle listener(int backlog, int family) {
  Handle s = bound(tcp(family), family);
  must(listen(s, backlog), "WSPListen");
  return s;
}

Handle connect_to(SOCKET server) {
  const Name name = local_name(server);
  Handle client = tcp(name.any.sa_family);
  must(connect(client, name), "WSPConnect");
  return client;
}

void nonblocking(SOCKET s) {
  u_long on = 1;
  must(ioctl(s, FIONBIO, &on, sizeof(on), nullptr, 0), "FIONBIO");
}

Pair connected() {
  Handle server = listener();
  Handle client = connect_to(server);
  int error = 0;
  Handle accepted(wsp.lpWSPAccept(server, nullptr, nullptr, nullptr, 0, &error));
  if (accepted == INVALID_SOCKET) throw SetupFailed("WSPAccept: " + code_name(error));
  return {std::move(client), std::move(accepted)};
}

Handle connecting(Handle s) {
  nonblocking(s);
  const std::string code = connect(s, loopback(AF_INET, htons(static_cast<u_short>(silent_port))));
  if (code != "WSAEWOULDBLOCK") throw SetupFailed("WSPConnect: " + code);
  return s;
}

void set_silent_port(int port) {
  silent_port = port;
}

}  // namespace conformance::spi
