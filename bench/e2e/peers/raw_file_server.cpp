// Sends one file to each client and closes, by sendfile or by reading and writing, with blocking calls and nothing else: what the
// kernel takes for it, whoever calls.
//
//   raw_file_server --file PATH [--copy KIB] [--port P]
//
// Prints "port=N" once it listens; SIGTERM ends it.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>

#include <array>
#include <cstdio>
#include <string>

#include "e2e/arguments.h"
#include "e2e/loopback.h"

namespace inlet::bench {
namespace {

constexpr size_t kCopyMax_bytes = 1024 * 1024;
constexpr size_t kSend_bytes = 1 << 20;
constexpr int kBacklog = 16;

bool copy_file(int client, int file, size_t chunk_bytes) {
  static std::array<char, kCopyMax_bytes> chunk;
  while (true) {
    const ssize_t got = read(file, chunk.data(), chunk_bytes);
    if (got <= 0) return got == 0;
    for (ssize_t sent = 0; sent < got;) {
      const ssize_t now = send(client, chunk.data() + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
      if (now < 0) return false;
      sent += now;
    }
  }
}

bool send_file(int client, int file) {
  ssize_t sent = 0;
  do sent = sendfile(client, file, nullptr, kSend_bytes);
  while (sent > 0);
  return sent == 0;
}

void end_with_success(int) {
  _exit(0);
}

int serve(Arguments arguments) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  signal(SIGTERM, end_with_success);
  signal(SIGPIPE, SIG_IGN);
  const std::string path = arguments.text("--file", "");
  const size_t copy_bytes = static_cast<size_t>(arguments.number("--copy", 0, 0, kCopyMax_bytes / 1024)) * 1024;
  const auto port = static_cast<uint16_t>(arguments.number("--port", 0, 0, 65535));
  arguments.finish();
  const Descriptor listener = listen_loopback(port, kBacklog);
  checked(fcntl(listener.get(), F_SETFL, fcntl(listener.get(), F_GETFL) & ~O_NONBLOCK), "fcntl");
  std::printf("port=%u\n", local_port(listener.get()));
  std::fflush(stdout);
  while (true) {
    const Descriptor client(checked(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept4"));
    const Descriptor file(checked(open(path.c_str(), O_RDONLY | O_CLOEXEC), path.c_str()));
    if (!(copy_bytes != 0 ? copy_file(client.get(), file.get(), copy_bytes) : send_file(client.get(), file.get())))
      std::fprintf(stderr, "raw_file_server: the file was not sent\n");
  }
}

}  // namespace
}  // namespace inlet::bench

int main(int argc, char** argv) {
  return inlet::bench::serve_from_main("raw_file_server", argc, argv, inlet::bench::serve);
}
