#include "descriptors_server.h"

#define FD_SETSIZE 256
#include <winsock2.h>

#include <windows.h>

#include <cswsock10.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

namespace inlet::stress {
namespace {

constexpr int kRetry_ms = 100;  // how long an exhausted server leaves its listener alone when nobody leaves

bool limit_descriptors(unsigned count) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  limit.rlim_cur = count;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

void print(const char* name, unsigned long long value) {
  std::printf("%s=%llu\n", name, value);
  std::fflush(stdout);
}

// SIGTERM as something to wait for. Made before any other thread, so that all of them have it blocked.
class EndSignal {
 public:
  EndSignal() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  void wait() {
    int signal = 0;
    sigwait(&set_, &signal);
  }

 private:
  sigset_t set_;
};

// The loop that Winsock's users write. What it owes to an exhausted process is not to select a listener that it cannot
// serve: that one is ready, and select would return at once for ever.
class WinsockServer {
 public:
  bool open(int backlog) {
    listener_ = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int length = sizeof name;
    auto* any = reinterpret_cast<sockaddr*>(&name);
    u_long on = 1;
    if (bind(listener_, any, length) != 0 || listen(listener_, backlog) != 0 ||
        ioctlsocket(listener_, static_cast<LONG>(FIONBIO), &on) != 0 || getsockname(listener_, any, &length) != 0)
      return false;
    print("port", ntohs(name.sin_port));
    return true;
  }
  void stop() { stopping_ = true; }
  bool run() {
    while (!stopping_)
      if (!turn()) return false;
    for (SOCKET client : clients_) closesocket(client);
    closesocket(listener_);
    print("accepted", accepted_);
    print("refused", refused_);
    print("code", static_cast<unsigned>(last_code_));
    return true;
  }

 private:
  bool turn() {
    fd_set readable;
    FD_ZERO(&readable);
    if (GetTickCount64() >= accept_from_ms_) FD_SET(listener_, &readable);
    for (SOCKET client : clients_) FD_SET(client, &readable);
    const timeval limit{0, kRetry_ms * 1000};
    if (select(0, &readable, nullptr, nullptr, &limit) == SOCKET_ERROR && WSAGetLastError() != WSAEINVAL) return false;
    if (std::erase_if(clients_, [&](SOCKET client) { return FD_ISSET(client, &readable) && !echo(client); }) > 0)
      accept_from_ms_ = 0;
    if (FD_ISSET(listener_, &readable)) accept_waiting();
    return true;
  }
  // Messages are a few bytes and their senders wait for the answer, so a send never lacks room.
  static bool echo(SOCKET client) {
    char bytes[256];
    const int got = recv(client, bytes, sizeof bytes, 0);
    if (got > 0 && send(client, bytes, got, 0) == got) return true;
    if (got < 0 && WSAGetLastError() == WSAEWOULDBLOCK) return true;
    closesocket(client);
    return false;
  }
  void accept_waiting() {
    while (true) {
      const SOCKET client = accept(listener_, nullptr, nullptr);
      if (client == INVALID_SOCKET) break;
      ++accepted_;
      clients_.push_back(client);
    }
    if (WSAGetLastError() == WSAEWOULDBLOCK) return;
    last_code_ = WSAGetLastError();
    ++refused_;
    accept_from_ms_ = GetTickCount64() + kRetry_ms;
  }

  SOCKET listener_ = INVALID_SOCKET;
  std::vector<SOCKET> clients_;
  std::atomic<bool> stopping_{false};
  ULONGLONG accept_from_ms_ = 0;
  unsigned accepted_ = 0, refused_ = 0;
  int last_code_ = 0;
};

std::atomic<unsigned> inet_accepted{0};

VOID CALLBACK on_event(SOCKET client, UINT event, DWORD, DWORD_PTR) {
  if (event == INET_EVENT_CONNECT) ++inet_accepted;
  if (event != INET_EVENT_READ) return;
  BYTE bytes[256];
  const INT got = InetRead(client, bytes, sizeof bytes);
  if (got > 0) InetWrite(client, bytes, got);
}

// Starts on some free port: another process may take a port between the look and its use.
SOCKET start_inet(int backlog) {
  for (UINT port = 20000; port < 30000; port += 7) {
    const SOCKET server = InetServerStart("127.0.0.1", port, static_cast<UINT>(backlog), 0, 0, INET_PRIORITY_NORMAL,
                                          INET_OPTION_REUSEADDRESS, on_event, 0, nullptr);
    if (server == INVALID_SOCKET) continue;
    print("port", port);
    return server;
  }
  return INVALID_SOCKET;
}

}  // namespace

int serve_with_winsock(const ServerLimits& limits) {
  EndSignal end;
  WSADATA data{};
  if (!limit_descriptors(limits.descriptors) || WSAStartup(MAKEWORD(2, 2), &data) != 0) return 1;
  WinsockServer server;
  if (!server.open(limits.backlog)) return 1;
  bool good = false;
  std::thread loop([&] { good = server.run(); });
  end.wait();
  server.stop();
  loop.join();
  return WSACleanup() == 0 && good ? 0 : 1;
}

int serve_with_inet(const ServerLimits& limits) {
  EndSignal end;
  if (!limit_descriptors(limits.descriptors) || !InetInitialize(nullptr, nullptr)) return 1;
  const SOCKET server = start_inet(limits.backlog);
  if (server == INVALID_SOCKET) return 1;
  end.wait();
  const bool stopped = InetServerStop(server) != FALSE;
  print("accepted", inet_accepted);
  InetUninitialize();
  return stopped ? 0 : 1;
}

}  // namespace inlet::stress
