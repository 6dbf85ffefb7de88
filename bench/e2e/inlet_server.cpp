// An echo server on cswsock10.h, as a program that uses Inlet writes it.
//
//   inlet_server [--port P] [--cpu K] [--shards N] [--priority 0..4] [--tls FILE] [--blockers | --broadcast]
//
// With --tls it speaks TLS with the certificate and key of that PEM file. With --broadcast what comes from one connection
// goes to all the others. With --blockers the first byte of a connection chooses what its callbacks do each time: 'S' sleeps
// one second and echoes, 'L' waits in InetReadLine for a line that never comes, 'C' computes for 200 ms and echoes, anything
// else echoes. Prints "port=N" once it listens, and its CPU time per READ event when SIGTERM or SIGINT ends it.
#include <cswsock10.h>
#include <signal.h>
#include <sys/prctl.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "e2e/arguments.h"
#include "e2e/clock.h"
#include "e2e/loopback.h"
#include "e2e/process_facts.h"

namespace inlet::bench {
namespace {

constexpr size_t kBuffer_bytes = 64 * 1024;
constexpr uint64_t kSpin_ns = 200 * kNsPerMs;

// Each thread that runs callbacks counts for itself and adds up when it ends: one shared counter would be a cost of its
// own that the server it is compared with does not have.
std::atomic<uint64_t> requests_of_ended_threads{0};

struct ThreadState {
  uint64_t requests = 0;
  unsigned char buffer[kBuffer_bytes];
  ~ThreadState() { requests_of_ended_threads += requests; }
};

ThreadState& thread_state() {
  thread_local ThreadState state;
  return state;
}

// Reads what is there and sends it back.
INT echo(SOCKET client, unsigned char* buffer) {
  const INT got = InetRead(client, buffer, static_cast<INT>(kBuffer_bytes));
  if (got > 0) InetWrite(client, buffer, got);
  return got;
}

VOID CALLBACK on_event(SOCKET client, UINT event, DWORD, DWORD_PTR) {
  if (event != INET_EVENT_READ) return;
  ThreadState& state = thread_state();
  ++state.requests;
  echo(client, state.buffer);
}

void spin() {
  const uint64_t until_ns = now_ns() + kSpin_ns;
  while (now_ns() < until_ns) {
  }
}

void wait_for_line(SOCKET client) {
  char line[256];
  INT length = sizeof line;
  InetReadLine(client, line, &length);
}

// The connection's first byte is kept as its client data. The thread is the callback's own until it returns, so what
// was read into its buffer is still there after the sleep.
VOID CALLBACK on_blocking_event(SOCKET client, UINT event, DWORD, DWORD_PTR) {
  if (event != INET_EVENT_READ) return;
  ThreadState& state = thread_state();
  ++state.requests;
  LPVOID mode = nullptr;
  InetGetClientData(client, &mode);
  const INT got = InetRead(client, state.buffer, static_cast<INT>(kBuffer_bytes));
  if (got <= 0) return;
  if (mode == nullptr) {
    mode = reinterpret_cast<LPVOID>(static_cast<uintptr_t>(state.buffer[0]));
    InetSetClientData(client, mode);
  }
  switch (static_cast<char>(reinterpret_cast<uintptr_t>(mode))) {
    case 'S': std::this_thread::sleep_for(std::chrono::seconds(1)); break;
    case 'C': spin(); break;
    case 'L': return wait_for_line(client);
    default: break;
  }
  InetWrite(client, state.buffer, got);
}

VOID CALLBACK on_broadcast_event(SOCKET client, UINT event, DWORD, DWORD_PTR) {
  if (event != INET_EVENT_READ) return;
  ThreadState& state = thread_state();
  ++state.requests;
  const INT got = InetRead(client, state.buffer, static_cast<INT>(kBuffer_bytes));
  if (got > 0) InetServerBroadcast(InetGetClientServer(client), state.buffer, static_cast<DWORD>(got));
}

SOCKET start(UINT port, UINT priority, INETEVENTPROC callback, const std::string& pem_file) {
  SECURITYCREDENTIALS credentials{};
  credentials.dwSize = sizeof credentials;
  credentials.lpszCertStore = pem_file.c_str();
  credentials.lpszCertName = "localhost";
  const DWORD secure = pem_file.empty() ? INET_OPTION_NONE : INET_OPTION_SECURE;
  const SOCKET server =
      InetServerStart("127.0.0.1", port, 0, 0, 0, priority, INET_OPTION_REUSEADDRESS | INET_OPTION_NODELAY | secure,
                      callback, 0, pem_file.empty() ? nullptr : &credentials);
  if (server == INVALID_SOCKET) {
    char text[256];
    InetGetErrorString(InetGetLastError(), text, sizeof text);
    throw std::runtime_error(std::string("InetServerStart: ") + text);
  }
  return server;
}

void print_totals(uint64_t cpu_ns) {
  const uint64_t requests = requests_of_ended_threads;
  std::printf("cpu_ns=%llu\nrequests=%llu\ncpu_ns_per_request=%.1f\n", static_cast<unsigned long long>(cpu_ns),
              static_cast<unsigned long long>(requests),
              requests == 0 ? 0.0 : static_cast<double>(cpu_ns) / static_cast<double>(requests));
}

int serve(Arguments arguments) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  auto port = static_cast<UINT>(arguments.number("--port", 0, 0, 65535));
  const auto priority = static_cast<UINT>(arguments.number("--priority", INET_PRIORITY_NORMAL, 0, 4));
  const std::string pem_file = arguments.text("--tls", "");
  INETEVENTPROC callback = on_event;
  if (arguments.flag("--blockers")) callback = on_blocking_event;
  if (arguments.flag("--broadcast")) callback = on_broadcast_event;
  const std::string shards = std::to_string(arguments.number("--shards", 0, 0, 1024));
  pin_to_cpu(static_cast<int>(arguments.number("--cpu", -1, -1, 1023)));
  arguments.finish();
  if (shards != "0") setenv("INLET_SHARDS", shards.c_str(), 1);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  checked(sigprocmask(SIG_BLOCK, &ends, nullptr), "sigprocmask");  // before any thread, so that all inherit it
  if (!InetInitialize(nullptr, nullptr)) throw std::runtime_error("InetInitialize failed");
  if (port == 0) port = free_port();
  const SOCKET server = start(port, priority, callback, pem_file);
  std::printf("port=%u\n", port);
  std::fflush(stdout);
  const uint64_t from_ns = own_cpu_ns();
  int signal = 0;
  sigwait(&ends, &signal);
  const uint64_t cpu_ns = own_cpu_ns() - from_ns;
  const BOOL stopped = InetServerStop(server);
  InetUninitialize();
  print_totals(cpu_ns);
  std::printf("stopped=%d\n", stopped);
  return stopped ? 0 : 1;
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  return inlet::bench::serve_from_main("inlet_server", argc, argv, inlet::bench::serve);
}
