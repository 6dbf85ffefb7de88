// An echo server on layer 2 as it is written for many clients on Windows: a completion port and overlapped receives.
//
//   inlet_layer2_server [--port P] [--cpu K] [--shards N]
//
// One thread accepts; N others take packets from the port. A client has one operation under way at any time, so whoever takes
// its packet owns the client until the next operation begins. Prints "port=N" once it listens; SIGTERM ends it.
#include <winsock2.h>

#include <windows.h>

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "e2e/arguments.h"
#include "e2e/process_facts.h"

namespace inlet::bench {
namespace {

constexpr size_t kFirstBuffer_bytes = 4096;
constexpr size_t kLargeBuffer_bytes = 64 * 1024;
constexpr int kBacklog = 4096;

[[noreturn]] void fail(const char* call) {
  throw std::runtime_error(std::string(call) + ": error " + std::to_string(WSAGetLastError()));
}

// Owned by its pending operation; deleted by whoever finds that it has ended.
struct Client {
  explicit Client(SOCKET handle) : socket(handle), buffer(kFirstBuffer_bytes) {}
  ~Client() { closesocket(socket); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  OVERLAPPED operation{};  // first, so that a packet leads to its client
  const SOCKET socket;
  std::vector<char> buffer;
  bool sending = false;  // the operation is a send, otherwise a receive
};

bool begun(int result) {
  return result == 0 || WSAGetLastError() == WSA_IO_PENDING;
}

bool receive(Client& client) {
  client.sending = false;
  client.operation = {};
  WSABUF buffer{static_cast<ULONG>(client.buffer.size()), client.buffer.data()};
  DWORD flags = 0;
  return begun(WSARecv(client.socket, &buffer, 1, nullptr, &flags, &client.operation, nullptr));
}

bool send_rest(Client& client, size_t from, size_t size) {
  client.sending = true;
  client.operation = {};
  WSABUF buffer{static_cast<ULONG>(size), client.buffer.data() + from};
  return begun(WSASend(client.socket, &buffer, 1, nullptr, 0, &client.operation, nullptr));
}

// An echo mostly fits into the send buffer, and then needs no operation of its own.
bool echo(Client& client, size_t size) {
  const int sent = send(client.socket, client.buffer.data(), static_cast<int>(size), 0);
  if (sent < 0 && WSAGetLastError() != WSAEWOULDBLOCK) return false;
  const size_t done = sent < 0 ? 0 : static_cast<size_t>(sent);
  if (done < size) return send_rest(client, done, size - done);
  if (size == client.buffer.size() && size < kLargeBuffer_bytes) client.buffer.resize(kLargeBuffer_bytes);
  return receive(client);
}

void handle(const OVERLAPPED_ENTRY& packet) {
  auto* client = reinterpret_cast<Client*>(packet.lpOverlapped);
  const bool alive = packet.Internal == 0 && packet.dwNumberOfBytesTransferred > 0;
  if (alive && (client->sending ? receive(*client) : echo(*client, packet.dwNumberOfBytesTransferred))) return;
  delete client;
}

void serve_port(HANDLE port) {
  std::array<OVERLAPPED_ENTRY, 64> packets;
  while (true) {
    ULONG count = 0;
    if (!GetQueuedCompletionStatusEx(port, packets.data(), static_cast<ULONG>(packets.size()), &count, INFINITE, FALSE))
      continue;
    for (ULONG i = 0; i < count; ++i) handle(packets[i]);
  }
}

void welcome(SOCKET socket, HANDLE port) {
  auto client = std::make_unique<Client>(socket);
  const BOOL on = TRUE;
  u_long nonblocking = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char*>(&on), sizeof on);
  ioctlsocket(socket, FIONBIO, &nonblocking);
  if (CreateIoCompletionPort(reinterpret_cast<HANDLE>(socket), port, 0, 0) == nullptr) return;
  if (receive(*client)) static_cast<void>(client.release());  // now the operation's
}

void accept_for_ever(SOCKET listener, HANDLE port) {
  while (true) {
    const SOCKET client = accept(listener, nullptr, nullptr);
    if (client != INVALID_SOCKET) welcome(client, port);
  }
}

SOCKET listen_on(uint16_t port) {
  const SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (listener == INVALID_SOCKET) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (listen(listener, kBacklog) != 0) fail("listen");
  return listener;
}

uint16_t port_of(SOCKET listener) {
  sockaddr_in address{};
  int size = sizeof address;
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
  return ntohs(address.sin_port);
}

int serve(Arguments arguments) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  signal(SIGTERM, [](int) { _exit(0); });
  const auto port = static_cast<uint16_t>(arguments.number("--port", 0, 0, 65535));
  const auto shards = static_cast<unsigned>(arguments.number("--shards", 1, 1, 64));
  pin_to_cpu(static_cast<int>(arguments.number("--cpu", -1, -1, 1023)));
  arguments.finish();
  WSADATA data;
  if (WSAStartup(MAKEWORD(2, 2), &data) != 0) fail("WSAStartup");
  const SOCKET listener = listen_on(port);
  HANDLE completions = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, shards);
  if (completions == nullptr) fail("CreateIoCompletionPort");
  std::printf("port=%u\n", port_of(listener));
  std::fflush(stdout);
  std::vector<std::thread> takers;
  for (unsigned i = 0; i < shards; ++i) takers.emplace_back(serve_port, completions);
  accept_for_ever(listener, completions);
  return 0;
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  return inlet::bench::serve_from_main("inlet_layer2_server", argc, argv, inlet::bench::serve);
}
