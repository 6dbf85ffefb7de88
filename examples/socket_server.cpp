// An echo server with nothing but Windows Sockets, for TCP and UDP, IPv4 and IPv6, and many clients at once on one thread.
//
// Usage: socket_server [--port N] [--host NAME] [--family 4|6] [--tcp | --udp]       Enter, or the end of the input, stops it.
//
// The same file builds on Linux and on Windows:
//   c++ -std=c++20 socket_server.cpp $(pkg-config --cflags --libs inlet)
//   x86_64-w64-mingw32-g++-posix -std=c++20 -static socket_server.cpp -lws2_32
//
// It goes through the steps of every such server, one function or so for each:
//   1. resolve    getaddrinfo gives the list of addresses to serve on               open_all
//   2. open       a socket for each of them, bind, and for TCP listen               open_one
//   3. wait       select, on all of them and on all clients                         Server::wait
//   4. exchange   accept, recv and send; for UDP recvfrom and sendto                Server::accept_all, ...
//   5. finish     shutdown, take what is still on its way, closesocket              Server::leave, Client::Stage
#define FD_SETSIZE 1024  // what a set holds: 64, unless a program says so before the header

#include <winsock2.h>
#include <ws2tcpip.h>

#include <windows.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr size_t kChunkBytes = 16 * 1024;   // read from one client before the next has its turn
constexpr size_t kDatagramBytes = 65536;    // no datagram is longer, so none is cut
constexpr ULONGLONG kAcceptRetry_ms = 100;  // out of descriptors: look again after this, or when a client has left
constexpr ULONGLONG kGoodbye_ms = 2000;     // at the end clients get so long to finish
constexpr int kUsage = 2;                   // exit code

// --- errors

std::string text_of(int code) {
  char text[256] = "";
  DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr,
                                static_cast<DWORD>(code), 0, text, sizeof text, nullptr);
  while (length > 0 && std::strchr("\r\n. ", text[length - 1]) != nullptr) --length;
  return std::string(text, length) + " (" + std::to_string(code) + ")";
}

// The code has to be read at once: the next call, and be it one that prints, may set another.
void complain(const std::string& what, int code = WSAGetLastError()) {
  std::fprintf(stderr, "socket_server: %s: %s\n", what.c_str(), text_of(code).c_str());
}

// --- what the program is asked to do

struct Options {
  std::string host;  // empty: all addresses of this machine
  std::string port = "7000";
  int family = AF_UNSPEC;
  bool tcp = true;
  bool udp = true;
};

void print_usage(FILE* where) {
  std::fputs(
      "usage: socket_server [options]\n"
      "Sends back what it gets, over TCP and UDP, until Enter is pressed or its input ends.\n"
      "  --port N       the port to serve on, by number or name; 0 lets the system choose (7000)\n"
      "  --host NAME    serve on the addresses of this name only (all addresses)\n"
      "  --family 4|6   IPv4 or IPv6 only (both)\n"
      "  --tcp, --udp   only this one (both)\n"
      "  --help         print this\n",
      where);
}

// Returns  whether the command line makes sense.
bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (word == "--tcp") {
      options.udp = false;
    } else if (word == "--udp") {
      options.tcp = false;
    } else if (value == nullptr) {
      return false;
    } else if (word == "--port") {
      options.port = argv[++i];
    } else if (word == "--host") {
      options.host = argv[++i];
    } else if (word == "--family" && (value == std::string_view("4") || value == std::string_view("6"))) {
      options.family = *argv[++i] == '4' ? AF_INET : AF_INET6;
    } else {
      return false;
    }
  }
  return (options.tcp || options.udp) && !options.port.empty();
}

// --- sockets

// Owns a socket and closes it.
class Socket {
 public:
  Socket() = default;
  explicit Socket(SOCKET handle) : handle_(handle) {}
  Socket(Socket&& other) noexcept : handle_(std::exchange(other.handle_, INVALID_SOCKET)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Socket() {
    if (handle_ != INVALID_SOCKET) closesocket(handle_);
  }
  SOCKET get() const { return handle_; }
  explicit operator bool() const { return handle_ != INVALID_SOCKET; }

 private:
  SOCKET handle_ = INVALID_SOCKET;
};

// No call on such a socket waits; the only place where this program waits is select.
bool set_nonblocking(const Socket& socket) {
  u_long on = 1;
  return ioctlsocket(socket.get(), FIONBIO, &on) == 0;
}

bool set_flag(const Socket& socket, int level, int option) {
  const BOOL on = TRUE;
  return setsockopt(socket.get(), level, option, reinterpret_cast<const char*>(&on), sizeof on) == 0;
}

struct Address {
  sockaddr_storage storage{};
  int length = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// "127.0.0.1:7000" or "[::1]:7000"
std::string name_of(const sockaddr* address, int length) {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (getnameinfo(address, length, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "an address without a name";
  return address->sa_family == AF_INET6 ? "[" + std::string(host) + "]:" + port : std::string(host) + ":" + port;
}

// A socket that serves: a TCP listener, or where datagrams come in.
struct Endpoint {
  Socket socket;
  bool tcp;
};

// Step 2. Returns  an empty socket after a complaint; missing says that this machine does not have that kind of address.
Socket open_one(const addrinfo& entry, bool& missing) {
  const std::string name = name_of(entry.ai_addr, static_cast<int>(entry.ai_addrlen));
  Socket made(socket(entry.ai_family, entry.ai_socktype, entry.ai_protocol));
  if (!made) {
    missing = WSAGetLastError() == WSAEAFNOSUPPORT;
    if (!missing) complain("no socket for " + name);
    return {};
  }
  // IPv4 has a socket of its own. It is the default on Windows, and said here for systems where it is not.
  if (entry.ai_family == AF_INET6 && !set_flag(made, IPPROTO_IPV6, IPV6_V6ONLY))
    return complain("IPV6_V6ONLY"), Socket();
  // Without it another program could take over the port of a running server on Windows.
  if (!set_flag(made, SOL_SOCKET, SO_EXCLUSIVEADDRUSE)) return complain("SO_EXCLUSIVEADDRUSE"), Socket();
  if (bind(made.get(), entry.ai_addr, static_cast<int>(entry.ai_addrlen)) != 0) {
    missing = WSAGetLastError() == WSAEADDRNOTAVAIL;
    complain("cannot bind to " + name);
    return {};
  }
  if (entry.ai_socktype == SOCK_STREAM && listen(made.get(), SOMAXCONN) != 0)
    return complain("cannot listen on " + name), Socket();
  if (!set_nonblocking(made)) return complain("FIONBIO"), Socket();
  return made;
}

// With port 0 the system has chosen, and only the socket knows which.
void announce(const Endpoint& endpoint) {
  Address own;
  if (getsockname(endpoint.socket.get(), own.get(), &own.length) != 0) return complain("getsockname");
  std::printf("socket_server: %s on %s\n", endpoint.tcp ? "TCP" : "UDP", name_of(own.get(), own.length).c_str());
}

// Step 1, for one kind of socket. Returns  whether all went well; what was opened is added to endpoints.
bool open_all(const Options& options, int type, std::vector<Endpoint>& endpoints) {
  addrinfo hints{};
  hints.ai_family = options.family;
  hints.ai_socktype = type;
  hints.ai_protocol = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
  hints.ai_flags = AI_PASSIVE;  // without a host: all addresses of this machine, which is what a server wants
  addrinfo* list = nullptr;
  const char* host = options.host.empty() ? nullptr : options.host.c_str();
  if (const int error = getaddrinfo(host, options.port.c_str(), &hints, &list); error != 0) {
    complain("cannot resolve " + (options.host.empty() ? "port " + options.port : options.host), error);
    return false;
  }
  bool good = true;
  for (const addrinfo* entry = list; entry != nullptr && good; entry = entry->ai_next) {
    bool missing = false;
    Socket made = open_one(*entry, missing);
    good = made || missing;
    if (made) announce(endpoints.emplace_back(Endpoint{std::move(made), type == SOCK_STREAM}));
  }
  freeaddrinfo(list);
  return good;
}

// --- ending a wait from another thread

// select waits for sockets only, so what is to end it has to be one: a datagram socket that is connected to itself, which
// nobody else can reach.
class Bell {
 public:
  bool open() {
    socket_ = Socket(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP));
    sockaddr_in loopback{};
    loopback.sin_family = AF_INET;
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* name = reinterpret_cast<sockaddr*>(&loopback);
    int length = sizeof loopback;
    return socket_ && bind(socket_.get(), name, length) == 0 && getsockname(socket_.get(), name, &length) == 0 &&
           connect(socket_.get(), name, length) == 0;
  }
  void ring() { send(socket_.get(), "!", 1, 0); }
  SOCKET socket() const { return socket_.get(); }

 private:
  static SOCKET socket(int family, int type, int protocol) { return ::socket(family, type, protocol); }
  Socket socket_;
};

// --- the server

struct Client {
  enum class Stage {
    echoing,   // we read; while something is unsent we only write, so a client that does not read is not read either
    flushing,  // nothing more will be echoed, but something is still to be sent
    parting,   // we have said that we are done and take what the client still sends, so that closing is no reset
    gone,      // to be closed
  };
  Socket socket;
  Stage stage = Stage::echoing;
  bool finished = false;  // the client has said that it sends no more
  std::string unsent;
};

class Server {
 public:
  Server(std::vector<Endpoint> endpoints, const Bell& bell) : endpoints_(std::move(endpoints)), bell_(bell) {}

  // Serves until the bell rings.
  bool run();
  void print_totals() const {
    std::printf("socket_server: %lu connections, at most %zu at a time, %lu datagrams\n", connections_, peak_,
                datagrams_);
  }

 private:
  using Stage = Client::Stage;

  bool wait(fd_set& readable, fd_set& writable);
  void serve(const fd_set& readable, const fd_set& writable);
  void accept_all(const Endpoint& endpoint);
  void answer_datagrams(const Endpoint& endpoint);
  void on_readable(Client& client);
  void flush(Client& client);
  void leave(Client& client);
  void stop();

  bool has_room() const { return endpoints_.size() + clients_.size() + 1 < FD_SETSIZE; }
  bool accepts_now() const { return !stopping_ && has_room() && GetTickCount64() >= accept_from_ms_; }

  std::vector<Endpoint> endpoints_;
  const Bell& bell_;
  std::list<Client> clients_;
  std::vector<char> buffer_ = std::vector<char>(kDatagramBytes);
  ULONGLONG accept_from_ms_ = 0;  // out of descriptors: not before this
  bool crowded_ = false;          // said so once
  bool stopping_ = false;
  ULONGLONG goodbye_until_ms_ = 0;
  unsigned long connections_ = 0, datagrams_ = 0;
  size_t peak_ = 0;
};

bool Server::run() {
  fd_set readable, writable;
  while (!stopping_ || (!clients_.empty() && GetTickCount64() < goodbye_until_ms_)) {
    if (!wait(readable, writable)) return complain("select"), false;
    serve(readable, writable);
    // With each of them a descriptor has come free.
    if (clients_.remove_if([](const Client& client) { return client.stage == Stage::gone; }) > 0) accept_from_ms_ = 0;
  }
  return true;
}

// Step 3. A set is filled anew each time, because select leaves in it only what is ready. A listener that cannot be served
// must not be in one: it would stay ready, and select would return at once for ever.
bool Server::wait(fd_set& readable, fd_set& writable) {
  FD_ZERO(&readable);
  FD_ZERO(&writable);
  FD_SET(bell_.socket(), &readable);
  for (const Endpoint& endpoint : endpoints_)
    if (!endpoint.tcp || accepts_now()) FD_SET(endpoint.socket.get(), &readable);
  for (const Client& client : clients_)
    if (client.unsent.empty())
      FD_SET(client.socket.get(), &readable);
    else
      FD_SET(client.socket.get(), &writable);
  timeval limit{0, static_cast<long>(kAcceptRetry_ms) * 1000};
  const bool waits_for_the_clock = stopping_ || GetTickCount64() < accept_from_ms_;
  return select(0, &readable, &writable, nullptr, waits_for_the_clock ? &limit : nullptr) != SOCKET_ERROR;
}

void Server::serve(const fd_set& readable, const fd_set& writable) {
  // FD_ISSET of Windows wants a set that it could change.
  auto in = [](const Socket& socket, const fd_set& set) {
    return FD_ISSET(socket.get(), const_cast<fd_set*>(&set)) != 0;
  };
  for (Client& client : clients_) {
    if (in(client.socket, writable)) flush(client);
    if (in(client.socket, readable)) on_readable(client);
  }
  for (const Endpoint& endpoint : endpoints_)
    if (in(endpoint.socket, readable)) endpoint.tcp ? accept_all(endpoint) : answer_datagrams(endpoint);
  if (!stopping_ && FD_ISSET(bell_.socket(), const_cast<fd_set*>(&readable))) stop();
}

// Step 4, TCP. What is accepted inherits the nonblocking mode of its listener.
void Server::accept_all(const Endpoint& endpoint) {
  while (has_room()) {
    Socket accepted(accept(endpoint.socket.get(), nullptr, nullptr));
    if (accepted) {
      ++connections_;
      clients_.emplace_back().socket = std::move(accepted);
      if (clients_.size() > peak_) peak_ = clients_.size();
      continue;
    }
    const int error = WSAGetLastError();
    if (error == WSAECONNRESET) continue;  // that client did not wait for us
    if (error == WSAEWOULDBLOCK) {
      crowded_ = false;
      return;
    }
    // Most likely WSAEMFILE or WSAENOBUFS. Who waits goes on waiting: nobody is lost.
    if (!std::exchange(crowded_, true)) complain("clients have to wait", error);
    accept_from_ms_ = GetTickCount64() + kAcceptRetry_ms;
    return;
  }
}

// Step 4, UDP: the answer goes out through the socket on which the question came in.
void Server::answer_datagrams(const Endpoint& endpoint) {
  while (true) {
    Address peer;
    const int got =
        recvfrom(endpoint.socket.get(), buffer_.data(), static_cast<int>(buffer_.size()), 0, peer.get(), &peer.length);
    if (got == SOCKET_ERROR) {
      const int error = WSAGetLastError();
      if (error == WSAECONNRESET || error == WSAENETRESET) continue;  // an answer of ours found nobody any more
      if (error != WSAEWOULDBLOCK) complain("recvfrom", error);
      return;
    }
    ++datagrams_;
    // With no room the answer is lost, as datagrams may be.
    if (sendto(endpoint.socket.get(), buffer_.data(), got, 0, peer.get(), peer.length) == SOCKET_ERROR &&
        WSAGetLastError() != WSAEWOULDBLOCK)
      complain("sendto " + name_of(peer.get(), peer.length));
  }
}

void Server::on_readable(Client& client) {
  const int got = recv(client.socket.get(), buffer_.data(), static_cast<int>(kChunkBytes), 0);
  if (got > 0) {
    if (client.stage != Stage::echoing) return;
    client.unsent.assign(buffer_.data(), static_cast<size_t>(got));
    return flush(client);
  }
  if (got == 0) {
    client.finished = true;
    return leave(client);
  }
  // Any other failure ends this client, and nobody else.
  if (WSAGetLastError() != WSAEWOULDBLOCK) client.stage = Stage::gone;
}

// Sends what is unsent. A nonblocking send may take a part, and says WSAEWOULDBLOCK when there is no room at all.
void Server::flush(Client& client) {
  while (!client.unsent.empty()) {
    const int sent = send(client.socket.get(), client.unsent.data(), static_cast<int>(client.unsent.size()), 0);
    if (sent == SOCKET_ERROR) {
      if (WSAGetLastError() != WSAEWOULDBLOCK) client.stage = Stage::gone;
      return;
    }
    client.unsent.erase(0, static_cast<size_t>(sent));
  }
  if (client.stage == Stage::flushing) leave(client);
}

// Step 5. First comes what is still to be sent, then our end of the stream; the socket is closed when the client's has come.
void Server::leave(Client& client) {
  client.stage = client.unsent.empty() ? Stage::parting : Stage::flushing;
  if (client.stage == Stage::flushing) return;
  const bool told = shutdown(client.socket.get(), SD_SEND) == 0;
  if (client.finished || !told) client.stage = Stage::gone;
}

void Server::stop() {
  stopping_ = true;
  goodbye_until_ms_ = GetTickCount64() + kGoodbye_ms;
  endpoints_.clear();
  for (Client& client : clients_)
    if (client.stage == Stage::echoing) leave(client);
}

int serve(const Options& options) {
  Bell bell;
  if (!bell.open()) return complain("cannot make the socket that ends the wait"), 1;
  std::vector<Endpoint> endpoints;
  if (options.tcp && !open_all(options, SOCK_STREAM, endpoints)) return 1;
  if (options.udp && !open_all(options, SOCK_DGRAM, endpoints)) return 1;
  if (endpoints.empty()) return std::fputs("socket_server: there is no address to serve on\n", stderr), 1;
  std::puts("socket_server: serving, press Enter to stop");
  std::fflush(stdout);

  std::thread keyboard([&bell] {
    std::getchar();
    bell.ring();
  });
  Server server(std::move(endpoints), bell);
  const bool good = server.run();
  if (!good) std::fputs("socket_server: press Enter to end\n", stderr);
  keyboard.join();
  server.print_totals();
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && argv[1] == std::string_view("--help")) return print_usage(stdout), 0;
  Options options;
  if (!read_options(argc, argv, options)) return print_usage(stderr), kUsage;
  WSADATA data;
  // Returns the code itself: before it has succeeded, there is no last error.
  if (const int error = WSAStartup(MAKEWORD(2, 2), &data); error != 0) return complain("cannot start", error), 1;
  const int result = serve(options);
  WSACleanup();
  return result;
}
