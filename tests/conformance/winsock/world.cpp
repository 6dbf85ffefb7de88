#include "world.h"

namespace conformance {
namespace {

SOCKET open_socket(int family, int type) {
  const SOCKET s = ::socket(family, type, 0);
  if (s == INVALID_SOCKET) throw SetupFailed("socket: " + last_error());
  return s;
}

int silent_port = 0;

bool ready(SOCKET s, int timeout_ms, bool for_reading) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(s, &set);
  timeval timeout{timeout_ms / 1000, (timeout_ms % 1000) * 1000};
  fd_set* const read = for_reading ? &set : nullptr;
  fd_set* const write = for_reading ? nullptr : &set;
  return ::select(0, read, write, nullptr, &timeout) == 1;
}

}  // namespace

std::string last_error() {
  return code_name(::WSAGetLastError());
}

std::string outcome(int result) {
  return result == SOCKET_ERROR ? last_error() : std::to_string(result);
}

std::string truth(BOOL result) {
  return result ? "ok" : last_error();
}

std::string made(SOCKET s) {
  if (s == INVALID_SOCKET) return last_error();
  ::closesocket(s);
  return "ok";
}

bool Address::operator==(const Address& other) const {
  return size == other.size && std::memcmp(&any, &other.any, static_cast<size_t>(size)) == 0;
}

Address loopback(int family, u_short port) {
  Address address = wildcard(family, port);
  if (family == AF_INET6)
    address.v6.sin6_addr = in6addr_loopback;
  else
    address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Address wildcard(int family, u_short port) {
  Address address;
  address.any.sa_family = static_cast<ADDRESS_FAMILY>(family);
  address.v4.sin_port = port;
  address.size = family == AF_INET6 ? int{sizeof(sockaddr_in6)} : int{sizeof(sockaddr_in)};
  return address;
}

Address v4_address(u_long host_order, u_short port) {
  Address address = wildcard(AF_INET, port);
  address.v4.sin_addr.s_addr = htonl(host_order);
  return address;
}

Address local_of(SOCKET s) {
  Address address;
  must(::getsockname(s, address.get(), &address.size), "getsockname");
  return address;
}

Address peer_of(SOCKET s) {
  Address address;
  must(::getpeername(s, address.get(), &address.size), "getpeername");
  return address;
}

Socket tcp(int family) {
  return Socket(open_socket(family, SOCK_STREAM));
}
Socket udp(int family) {
  return Socket(open_socket(family, SOCK_DGRAM));
}

Socket bound(Socket s, int family) {
  must(bind_to(s, loopback(family)), "bind");
  return s;
}

Socket listener(int backlog, int family) {
  Socket s = tcp(family);
  must(bind_to(s, loopback(family)), "bind");
  must(::listen(s, backlog), "listen");
  return s;
}

void must(int result, const char* what) {
  if (result == SOCKET_ERROR) throw SetupFailed(std::string(what) + ": " + last_error());
}

void nonblocking(SOCKET s, u_long on) {
  must(::ioctlsocket(s, FIONBIO, &on), "FIONBIO");
}

Socket connect_to(SOCKET server) {
  const Address address = local_of(server);
  Socket client = tcp(address.any.sa_family);
  must(connect_at(client, address), "connect");
  return client;
}

Pair connected(int family) {
  Socket server = listener(8, family);
  Socket client = connect_to(server);
  Socket accepted(::accept(server, nullptr, nullptr));
  if (!accepted.valid()) throw SetupFailed("accept: " + last_error());
  return {std::move(client), std::move(accepted)};
}

Pair connected_udp() {
  Socket one = udp();
  Socket other = udp();
  must(bind_to(one, loopback()), "bind");
  must(bind_to(other, loopback()), "bind");
  must(connect_at(one, local_of(other)), "connect");
  must(connect_at(other, local_of(one)), "connect");
  return {std::move(one), std::move(other)};
}

Address closed_port(int type) {
  Socket s(open_socket(AF_INET, type));
  must(bind_to(s, loopback()), "bind");
  return local_of(s);
}

void set_silent_port(int port) {
  silent_port = port;
}

Silence::Silence() {
  if (silent_port != 0) {
    address_ = loopback(AF_INET, htons(static_cast<u_short>(silent_port)));
    return;
  }
  listener_ = listener(1);
  address_ = local_of(listener_);
  for (int i = 0; i < 8; ++i) {
    queue_.push_back(tcp());
    nonblocking(queue_.back());
    connect_at(queue_.back(), address_);
    if (!writable(queue_.back(), 30)) return;
  }
  throw SetupFailed("every connect ends at once");
}

Socket Silence::connecting(Socket s) {
  nonblocking(s);
  if (connect_at(s, address_) == 0) throw SetupFailed("connected at once");
  if (::WSAGetLastError() != WSAEWOULDBLOCK) throw SetupFailed("connect: " + last_error());
  return s;
}

void reset(Socket& s, SOCKET other) {
  must(set_option(s, SOL_SOCKET, SO_LINGER, linger{1, 0}), "SO_LINGER");
  must(s.close(), "closesocket");
  if (!readable(other)) throw SetupFailed("the reset does not arrive");
}

bool readable(SOCKET s, int timeout_ms) {
  return ready(s, timeout_ms, true);
}
bool writable(SOCKET s, int timeout_ms) {
  return ready(s, timeout_ms, false);
}

int bind_to(SOCKET s, const Address& address) {
  return ::bind(s, address.get(), address.size);
}
int connect_at(SOCKET s, const Address& address) {
  return ::connect(s, address.get(), address.size);
}

int send_text(SOCKET s, const char* text) {
  return ::send(s, text, static_cast<int>(std::strlen(text)), 0);
}

std::string receive(SOCKET s, int size, int flags) {
  std::string text(static_cast<size_t>(size), '\0');
  const int got = ::recv(s, text.data(), size, flags);
  if (got == SOCKET_ERROR) return last_error();
  if (got == 0) return "end";
  text.resize(static_cast<size_t>(got));
  return "'" + text + "'";
}

std::string option(SOCKET s, int level, int name) {
  int value = 0;
  int size = sizeof(value);
  if (::getsockopt(s, level, name, reinterpret_cast<char*>(&value), &size) == SOCKET_ERROR) return last_error();
  return std::to_string(value);
}

}  // namespace conformance
