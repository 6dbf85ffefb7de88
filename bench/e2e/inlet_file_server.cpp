// Sends one file to each client and disconnects it, by InetWriteStream or by reading and writing.
//
//   inlet_file_server --file PATH [--copy KIB] [--port P]
//
// Prints "port=N" once it listens; SIGTERM ends it.
#include <cswsock10.h>
#include <fcntl.h>
#include <inlet/inet_stream.h>
#include <io.h>
#include <signal.h>
#include <sys/prctl.h>

#include <array>
#include <cstdio>
#include <stdexcept>

#include "e2e/arguments.h"
#include "e2e/descriptor.h"
#include "e2e/loopback.h"

namespace inlet::bench {
namespace {

constexpr size_t kChunkMax_bytes = 1024 * 1024;

struct Service {
  std::string file;
  size_t chunk_bytes = 0;  // read and write so much at a time; 0: InetWriteStream
};

bool copy_file(SOCKET client, int file, size_t chunk_bytes) {
  static thread_local std::array<BYTE, kChunkMax_bytes> chunk;
  while (true) {
    const ssize_t got = read(file, chunk.data(), chunk_bytes);
    if (got <= 0) return got == 0;
    if (InetWrite(client, chunk.data(), static_cast<INT>(got)) != got) return false;
  }
}

bool stream_file(SOCKET client, int file) {
  DWORD length = 0;
  return InetWriteStream(client, reinterpret_cast<LPVOID>(_get_osfhandle(file)), &length, INET_STREAM_HANDLE) != FALSE;
}

VOID CALLBACK on_event(SOCKET client, UINT event, DWORD, DWORD_PTR parameter) {
  if (event != INET_EVENT_CONNECT) return;
  const auto& service = *reinterpret_cast<const Service*>(parameter);
  const Descriptor file(open(service.file.c_str(), O_RDONLY | O_CLOEXEC));
  const size_t chunk_bytes = service.chunk_bytes;
  if (!(chunk_bytes != 0 ? copy_file(client, file.get(), chunk_bytes) : stream_file(client, file.get()))) {
    std::fprintf(stderr, "inlet_file_server: the file was not sent: error %u\n", InetGetLastError());
  }
  InetDisconnect(client);
}

int serve(Arguments arguments) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  Service service;
  service.file = arguments.text("--file", "");
  service.chunk_bytes = static_cast<size_t>(arguments.number("--copy", 0, 0, kChunkMax_bytes / 1024)) * 1024;
  auto port = static_cast<UINT>(arguments.number("--port", 0, 0, 65535));
  arguments.finish();
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  checked(sigprocmask(SIG_BLOCK, &ends, nullptr), "sigprocmask");  // before any thread, so that all inherit it
  if (!InetInitialize(nullptr, nullptr)) throw std::runtime_error("InetInitialize failed");
  if (port == 0) port = free_port();
  const SOCKET server = InetServerStart("127.0.0.1", port, 0, 0, 0, INET_PRIORITY_NORMAL, INET_OPTION_REUSEADDRESS,
                                        on_event, reinterpret_cast<DWORD_PTR>(&service), nullptr);
  if (server == INVALID_SOCKET) throw std::runtime_error("InetServerStart failed");
  std::printf("port=%u\n", port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  const BOOL stopped = InetServerStop(server);
  InetUninitialize();
  return stopped ? 0 : 1;
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  return inlet::bench::serve_from_main("inlet_file_server", argc, argv, inlet::bench::serve);
}
