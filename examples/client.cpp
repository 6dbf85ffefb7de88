// A client: sends each of its arguments as a line and prints the line that comes back for it.
//
// Usage: client HOST PORT LINE...
#include <cswsock10.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr UINT kTimeout_s = 10;

int complain(const char* what) {
  std::array<char, 256> reason{};
  InetGetErrorString(InetGetLastError(), reason.data(), static_cast<INT>(reason.size()));
  std::fprintf(stderr, "client: %s: %s\n", what, reason.data());
  return 1;
}

// A line may be longer than the buffer; then it comes in parts, which does no harm when they are only printed.
bool print_answer(SOCKET server) {
  std::array<char, 1024> line{};
  INT length = static_cast<INT>(line.size());
  if (!InetReadLine(server, line.data(), &length)) return false;
  std::puts(line.data());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: client HOST PORT LINE...\n");
    return 2;
  }
  if (!InetInitialize(nullptr, nullptr)) return complain("cannot start");
  const SOCKET server = InetConnect(argv[1], static_cast<UINT>(std::atoi(argv[2])), INET_PROTOCOL_TCP, kTimeout_s,
                                    INET_OPTION_NODELAY, nullptr);
  if (server == INVALID_SOCKET) return complain("cannot connect");
  for (int index = 3; index < argc; ++index) {
    if (!InetWriteLine(server, argv[index], nullptr)) return complain("cannot send");
    if (!print_answer(server)) return complain("no answer");
  }
  InetDisconnect(server);
  InetUninitialize();
  return 0;
}
