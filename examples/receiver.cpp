// Receives files: everything that a client sends until it shuts its side goes into a file of its own, which gets its name when it is
// complete. Try it with:  nc -N 127.0.0.1 PORT <some-file
//
// Usage: receiver PORT FOLDER        Enter, or the end of the input, stops it.
#include <cswsock10.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr UINT kTimeout_s = 30;
constexpr DWORD kSizeMax = 1u << 30;

std::string folder;

// Stores until the end. Meanwhile other callbacks run.
void receive(SOCKET client) {
  const std::string name = folder + "/" + std::to_string(InetGetClientId(client));
  const std::string unfinished = name + ".part";
  DWORD length = kSizeMax;
  const bool stored = InetStoreStream(client, unfinished.c_str(), &length, 0, INET_STREAM_DEFAULT);
  if (stored && length < kSizeMax && std::rename(unfinished.c_str(), name.c_str()) == 0) {
    InetWriteLine(client, ("Stored " + std::to_string(length) + " bytes").c_str(), nullptr);
  } else {
    std::remove(unfinished.c_str());
    InetWriteLine(client, "Not stored", nullptr);
  }
  InetDisconnect(client);
}

VOID CALLBACK on_event(SOCKET handle, UINT event, DWORD, DWORD_PTR) {
  if (event == INET_EVENT_READ) receive(handle);
  if (event == INET_EVENT_TIMEOUT) InetDisconnect(handle);
}

int complain(const char* what) {
  std::array<char, 256> reason{};
  InetGetErrorString(InetGetLastError(), reason.data(), static_cast<INT>(reason.size()));
  std::fprintf(stderr, "receiver: %s: %s\n", what, reason.data());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: receiver PORT FOLDER\n");
    return 2;
  }
  folder = argv[2];
  if (!InetInitialize(nullptr, nullptr)) return complain("cannot start");
  const UINT port = static_cast<UINT>(std::atoi(argv[1]));
  const SOCKET server = InetServerStart(nullptr, port, 0, 100, kTimeout_s, INET_PRIORITY_NORMAL,
                                        INET_OPTION_REUSEADDRESS, on_event, 0, nullptr);
  if (server == INVALID_SOCKET) return complain("cannot listen");
  std::printf("Receiving on port %u, press Enter to stop\n", port);
  std::fflush(stdout);
  std::getchar();
  InetUninitialize();
  return 0;
}
