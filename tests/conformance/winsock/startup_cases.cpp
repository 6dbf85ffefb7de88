// WSAStartup, WSACleanup, the thread's last error, and what works before the first and after the last.
#include <atomic>
#include <thread>

#include "cases.h"
#include "world.h"

namespace conformance {
namespace {

struct Negotiation {
  BYTE major;
  BYTE minor;
  const char* expected;  // result, wVersion, wHighVersion
};

constexpr Negotiation kNegotiations[] = {
    {0, 0, "WSAVERNOTSUPPORTED, 2.2, 2.2"},
    {0, 1, "WSAVERNOTSUPPORTED, 2.2, 2.2"},
    {1, 0, "0, 1.0, 2.2"},
    {1, 1, "0, 1.1, 2.2"},
    {1, 2, "0, 1.1, 2.2"},
    {1, 255, "0, 1.1, 2.2"},
    {2, 0, "0, 2.0, 2.2"},
    {2, 1, "0, 2.1, 2.2"},
    {2, 2, "0, 2.2, 2.2"},
    {2, 3, "0, 2.2, 2.2"},
    {3, 0, "0, 2.2, 2.2"},
    {255, 255, "0, 2.2, 2.2"},
};

std::string version_text(WORD version) {
  return number(LOBYTE(version)) + "." + number(HIBYTE(version));
}

std::string negotiate(BYTE major, BYTE minor) {
  WSADATA data{};
  const int result = ::WSAStartup(MAKEWORD(major, minor), &data);
  if (result == 0) ::WSACleanup();
  return say({code_name(result), version_text(data.wVersion), version_text(data.wHighVersion)});
}

// The suite itself holds one startup; without it the library is not initialised.
class Uninitialised {
 public:
  Uninitialised() { ::WSACleanup(); }
  ~Uninitialised() {
    WSADATA data{};
    ::WSAStartup(MAKEWORD(2, 2), &data);
  }
};

template <class Call>
std::string uninitialised(Call call) {
  Uninitialised scope;
  ::WSASetLastError(0);
  return call();
}

void add_negotiations(Suite& suite) {
  for (const Negotiation& row : kNegotiations) {
    const std::string asked = number(row.major) + "." + number(row.minor);
    suite.add({"startup.version-" + asked, "WSAStartup", "version " + asked + " is asked for", row.expected,
               "sheet 5.1 obsP:test_startup", [row] { return negotiate(row.major, row.minor); }});
  }
}

void add_uninitialised(Suite& suite) {
  constexpr const char* kSource = "obs:test_WithoutWSAStartup";
  constexpr const char* kCode = "WSANOTINITIALISED";
  constexpr const char* kWhen = "before WSAStartup";
  suite.table(
      "uninitialised", "WSAStartup",
      {
          {"socket", kWhen, kCode, kSource,
           [] { return uninitialised([] { return made(::socket(AF_INET, SOCK_STREAM, 0)); }); }},
          {"WSASocket", kWhen, kCode, kSource,
           [] { return uninitialised([] { return made(::WSASocketW(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0)); }); }},
          {"bind", kWhen, kCode, kSource, [] { return uninitialised([] { return outcome(::bind(0, nullptr, 0)); }); }},
          {"listen", kWhen, kCode, kSource, [] { return uninitialised([] { return outcome(::listen(0, 1)); }); }},
          {"accept", kWhen, kCode, kSource,
           [] { return uninitialised([] { return made(::accept(0, nullptr, nullptr)); }); }},
          {"connect", kWhen, kCode, kSource,
           [] { return uninitialised([] { return outcome(::connect(0, nullptr, 0)); }); }},
          {"send", kWhen, kCode, kSource,
           [] { return uninitialised([] { return outcome(::send(0, nullptr, 0, 0)); }); }},
          {"recv", kWhen, kCode, kSource,
           [] { return uninitialised([] { return outcome(::recv(0, nullptr, 0, 0)); }); }},
          {"sendto", kWhen, kCode, kSource,
           [] { return uninitialised([] { return outcome(::sendto(0, nullptr, 0, 0, nullptr, 0)); }); }},
          {"recvfrom", kWhen, kCode, kSource,
           [] { return uninitialised([] { return outcome(::recvfrom(0, nullptr, 0, 0, nullptr, nullptr)); }); }},
          {"shutdown", kWhen, kCode, kSource,
           [] { return uninitialised([] { return outcome(::shutdown(0, SD_SEND)); }); }},
          {"closesocket", kWhen, kCode, kSource,
           [] { return uninitialised([] { return outcome(::closesocket(0)); }); }},
          {"select", kWhen, kCode, kSource,
           [] { return uninitialised([] { return outcome(::select(0, nullptr, nullptr, nullptr, nullptr)); }); }},
          {"getsockname", kWhen, kCode, kSource,
           [] { return uninitialised([] { return outcome(::getsockname(0, nullptr, nullptr)); }); }},
          {"getpeername", kWhen, kCode, kSource,
           [] { return uninitialised([] { return outcome(::getpeername(0, nullptr, nullptr)); }); }},
          {"getsockopt", kWhen, kCode, kSource,
           [] {
             return uninitialised([] { return outcome(::getsockopt(0, SOL_SOCKET, SO_TYPE, nullptr, nullptr)); });
           }},
          {"setsockopt", kWhen, kCode, kSource,
           [] { return uninitialised([] { return outcome(::setsockopt(0, SOL_SOCKET, SO_LINGER, nullptr, 0)); }); }},
          {"ioctlsocket", kWhen, kCode, kSource,
           [] {
             return uninitialised([] {
               u_long value = 0;
               return outcome(::ioctlsocket(0, FIONBIO, &value));
             });
           }},
          {"gethostname", kWhen, kCode, kSource,
           [] {
             return uninitialised([] {
               char name[256];
               return outcome(::gethostname(name, sizeof(name)));
             });
           }},
          {"WSACleanup", "one too many", kCode, "sheet 5.1",
           [] { return uninitialised([] { return outcome(::WSACleanup()); }); }},
          {"inet_addr", "works without WSAStartup", "ok", kSource,
           [] {
             return uninitialised(
                 [] { return std::string(::inet_addr("127.0.0.1") == htonl(INADDR_LOOPBACK) ? "ok" : "wrong"); });
           }},
          {"inet_ntoa", "works without WSAStartup", "1.2.3.4", kSource,
           [] {
             return uninitialised([] {
               in_addr address{};
               address.s_addr = htonl(0x01020304);
               const char* text = ::inet_ntoa(address);
               return std::string(text == nullptr ? "NULL" : text);
             });
           }},
          {"htons", "works without WSAStartup", "ok", kSource,
           [] { return uninitialised([] { return std::string(ntohs(htons(80)) == 80 ? "ok" : "wrong"); }); }},
          {"last-error", "WSASetLastError works without WSAStartup", "WSAEFAULT", kSource,
           [] {
             return uninitialised([] {
               ::WSASetLastError(WSAEFAULT);
               return last_error();
             });
           }},
          {"events", "events work without WSAStartup", "ok, ok, ok", kSource,
           [] {
             return uninitialised([] {
               const WSAEVENT event = ::WSACreateEvent();
               const std::string set = truth(::WSASetEvent(event));
               const std::string reset = truth(::WSAResetEvent(event));
               return say({set, reset, truth(::WSACloseEvent(event))});
             });
           }},
      });
}

std::string socket_after_restart() {
  Socket s = tcp();
  ::WSACleanup();
  WSADATA data{};
  ::WSAStartup(MAKEWORD(2, 2), &data);
  return outcome(::closesocket(s));
}

std::string error_of_other_thread() {
  // Starting and joining a thread may change the error of the one that does it, so the other one lives all the time.
  std::atomic<int> step{0};
  std::thread other([&] {
    while (step != 1) std::this_thread::yield();
    ::WSASetLastError(WSAEINVAL);
    step = 2;
  });
  ::WSASetLastError(WSAEFAULT);
  step = 1;
  while (step != 2) std::this_thread::yield();
  const std::string result = last_error();
  other.join();
  return result;
}

std::string success_clears_error() {
  Socket s = tcp();
  ::WSASetLastError(0xdead);
  must(bind_to(s, loopback()), "bind");
  return last_error();
}

}  // namespace

void add_startup_cases(Suite& suite) {
  add_negotiations(suite);
  suite.table(
      "startup", "WSAStartup",
      {
          {"null-data", "lpWSAData is NULL", "WSAEFAULT", "sheet 5.1",
           [] { return code_name(::WSAStartup(MAKEWORD(2, 2), nullptr)); }},
          {"null-data-bad-version", "lpWSAData is NULL and the version is not supported: the version is judged first",
           "WSAVERNOTSUPPORTED", "sheet 5.1", [] { return code_name(::WSAStartup(MAKEWORD(0, 0), nullptr)); }},
          {"counted", "a second startup needs a second cleanup", "0, 0, ok", "sheet 5.1",
           [] {
             WSADATA data{};
             const int second = ::WSAStartup(MAKEWORD(2, 2), &data);
             const int cleanup = ::WSACleanup();
             return say({number(second), number(cleanup), made(::socket(AF_INET, SOCK_STREAM, 0))});
           }},
          {"description", "szDescription and szSystemStatus", "WinSock 2.0, Running", "sheet 5.1",
           [] {
             WSADATA data{};
             ::WSAStartup(MAKEWORD(2, 2), &data);
             ::WSACleanup();
             return say({data.szDescription, data.szSystemStatus});
           }},
          {"limits-2.2", "iMaxSockets and iMaxUdpDg of a 2.2 request", "0, 0", "sheet 5.1",
           [] {
             WSADATA data{};
             ::WSAStartup(MAKEWORD(2, 2), &data);
             ::WSACleanup();
             return say({number(data.iMaxSockets), number(data.iMaxUdpDg)});
           }},
          {"limits-1.1", "iMaxSockets and iMaxUdpDg of a 1.1 request", "32767, 65467", "sheet 5.1",
           [] {
             WSADATA data{};
             ::WSAStartup(MAKEWORD(1, 1), &data);
             ::WSACleanup();
             return say({number(data.iMaxSockets), number(data.iMaxUdpDg)});
           }},
      });
  suite.table("cleanup", "WSACleanup",
              {
                  {"closes-sockets", "a socket from before the last WSACleanup", "WSAENOTSOCK", "obsR:WSAStartup.c",
                   socket_after_restart},
              });
  suite.table("last-error", "WSAGetLastError",
              {
                  {"own-thread", "another thread sets its own", "WSAEFAULT", "sheet 5.1", error_of_other_thread},
                  {"success-clears", "a call into the provider succeeds", "0", "obs:test_bind", success_clears_error},
                  {"any-number", "WSASetLastError takes any number", "1234", "sheet 5.1",
                   [] {
                     ::WSASetLastError(1234);
                     return last_error();
                   }},
              });
  add_uninitialised(suite);
}

}  // namespace conformance
