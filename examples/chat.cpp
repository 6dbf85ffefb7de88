// A chat: whoever connects gives a name, and every line goes to all the others.
//
//   /name NAME   take a name, or another one; nobody else may have it
//   /who         who is here
//   /to NAME TEXT   only for that one
//   /quit
//
// Usage: chat PORT        Enter, or the end of the input, stops it.
#include <cswsock10.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr UINT kClientsMax = 1000;
constexpr UINT kPerAddressMax = 20;
constexpr UINT kQuietMax_s = 600;

bool say(SOCKET client, const std::string& text) {
  return InetWriteLine(client, text.c_str(), nullptr);
}

std::string name_of(SOCKET client) {
  std::array<char, 128> name{};
  return InetGetClientMoniker(client, name.data(), static_cast<INT>(name.size())) > 0 ? name.data() : "";
}

// To everybody but the client whose callback this is.
void tell_others(SOCKET client, const std::string& text) {
  const std::string line = text + "\r\n";
  InetServerBroadcast(InetGetClientServer(client), reinterpret_cast<const BYTE*>(line.data()),
                      static_cast<DWORD>(line.size()));
}

void take_name(SOCKET client, const std::string& name) {
  const std::string before = name_of(client);
  if (name.empty() || name.find(' ') != std::string::npos) {
    say(client, "* A name is one word.");
  } else if (!InetSetClientMoniker(client, name.c_str())) {
    say(client, InetGetLastError() == ST_ERROR_ADDRESS_IN_USE ? "* That name is taken." : "* That name is too long.");
  } else {
    say(client, "* You are " + name + ".");
    tell_others(client, before.empty() ? "* " + name + " is here." : "* " + before + " is now " + name + ".");
  }
}

// A list of the moment: any of them may leave while it is being printed, and then has no name any more.
void tell_who(SOCKET client) {
  std::vector<SOCKET> all(kClientsMax);
  const INT count = InetEnumServerClients(InetGetClientServer(client), all.data(), static_cast<INT>(all.size()));
  std::string line = "* Here are:";
  for (INT i = 0; i < count; ++i)
    if (const std::string name = name_of(all[static_cast<size_t>(i)]); !name.empty()) line += " " + name;
  say(client, line);
}

void tell_one(SOCKET client, const std::string& rest) {
  const size_t space = rest.find(' ');
  const SOCKET other = InetFindClientMoniker(InetGetClientServer(client), rest.substr(0, space).c_str());
  const bool told = other != INVALID_SOCKET && space != std::string::npos &&
                    say(other, "(" + name_of(client) + ") " + rest.substr(space + 1));
  if (!told) say(client, "* Nobody was told.");
}

void on_line(SOCKET client, const std::string& line) {
  const size_t space = line.find(' ');
  const std::string_view command = std::string_view(line).substr(0, space);
  const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
  if (command == "/name") return take_name(client, rest);
  if (command == "/who") return tell_who(client);
  if (command == "/quit") {
    InetDisconnect(client);
    return;
  }
  const std::string name = name_of(client);
  if (name.empty()) {
    say(client, "* Who are you? Say /name NAME.");
  } else if (command == "/to") {
    tell_one(client, rest);
  } else {
    tell_others(client, "<" + name + "> " + line);
  }
}

// READ tells of bytes, not of whole lines. InetReadLine waits for the rest, and the other clients are served meanwhile.
void on_read(SOCKET client) {
  std::array<char, 1024> line{};
  INT length = static_cast<INT>(line.size());
  if (InetReadLine(client, line.data(), &length))
    on_line(client, line.data());
  else if (InetGetLastError() == ST_ERROR_OPERATION_TIMEOUT)
    InetDisconnect(client);
}

VOID CALLBACK on_event(SOCKET handle, UINT event, DWORD, DWORD_PTR) {
  switch (event) {
    case INET_EVENT_CONNECT: say(handle, "* Welcome. Say /name NAME, then talk."); break;
    case INET_EVENT_READ: on_read(handle); break;
    case INET_EVENT_TIMEOUT: InetDisconnect(handle); break;
    case INET_EVENT_DISCONNECT:
      if (const std::string name = name_of(handle); !name.empty()) tell_others(handle, "* " + name + " has gone.");
      break;
    default: break;
  }
}

int complain(const char* what) {
  std::array<char, 256> reason{};
  InetGetErrorString(InetGetLastError(), reason.data(), static_cast<INT>(reason.size()));
  std::fprintf(stderr, "chat: %s: %s\n", what, reason.data());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: chat PORT\n");
    return 2;
  }
  if (!InetInitialize(nullptr, nullptr)) return complain("cannot start");
  const UINT port = static_cast<UINT>(std::atoi(argv[1]));
  const SOCKET server = InetServerStart("::0", port, 0, kClientsMax, kQuietMax_s, INET_PRIORITY_NORMAL,
                                        INET_OPTION_REUSEADDRESS | INET_OPTION_NODELAY, on_event, 0, nullptr);
  if (server == INVALID_SOCKET) return complain("cannot listen");
  InetServerThrottle(server, INET_THROTTLE_KEEP, kPerAddressMax, 0);
  std::printf("Chatting on port %u, press Enter to stop\n", port);
  std::fflush(stdout);
  std::getchar();
  InetUninitialize();
  return 0;
}
