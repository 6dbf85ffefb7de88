// WSPStartup, WSPCleanup and the table they give and take.
#include "conformance/spi/cases.h"
#include "conformance/spi/table.h"

namespace conformance::spi {
namespace {

constexpr const char* kEntries[] = {
    "WSPAccept",
    "WSPAddressToString",
    "WSPAsyncSelect",
    "WSPBind",
    "WSPCancelBlockingCall",
    "WSPCleanup",
    "WSPCloseSocket",
    "WSPConnect",
    "WSPDuplicateSocket",
    "WSPEnumNetworkEvents",
    "WSPEventSelect",
    "WSPGetOverlappedResult",
    "WSPGetPeerName",
    "WSPGetSockName",
    "WSPGetSockOpt",
    "WSPGetQOSByName",
    "WSPIoctl",
    "WSPJoinLeaf",
    "WSPListen",
    "WSPRecv",
    "WSPRecvDisconnect",
    "WSPRecvFrom",
    "WSPSelect",
    "WSPSend",
    "WSPSendDisconnect",
    "WSPSendTo",
    "WSPSetSockOpt",
    "WSPShutdown",
    "WSPSocket",
    "WSPStringToAddress",
};
constexpr int kEntryCount = sizeof(kEntries) / sizeof(kEntries[0]);
static_assert(kEntryCount == 30 && sizeof(WSPPROC_TABLE) == 30 * sizeof(void*));

struct Request {
  WORD version;
  const char* expected;  // result, wVersion, wHighVersion
};

constexpr Request kRequests[] = {
    {0x0000, "WSAVERNOTSUPPORTED, 202, 202"},
    {0x0001, "WSAVERNOTSUPPORTED, 202, 202"},
    {0x0101, "WSAVERNOTSUPPORTED, 202, 202"},
    {0x0002, "WSAVERNOTSUPPORTED, 202, 202"},
    {0x0102, "WSAVERNOTSUPPORTED, 202, 202"},
    {0x0202, "0, 202, 202"},
    {0x0302, "0, 202, 202"},
    {0x0003, "0, 202, 202"},
    {0xffff, "0, 202, 202"},
};

std::string hex(unsigned value) {
  char text[16];
  std::snprintf(text, sizeof(text), "%x", value);
  return text;
}

std::string cleanup(const WSPPROC_TABLE& table) {
  int error = 0;
  return answer(table.lpWSPCleanup(&error), error);
}

std::string start(WORD version) {
  WSPDATA data{};
  WSPPROC_TABLE table{};
  const int result = ::WSPStartup(version, &data, nullptr, WSPUPCALLTABLE{}, &table);
  if (result == 0) cleanup(table);
  return say({code_name(result), hex(data.wVersion), hex(data.wHighVersion)});
}

bool entry_is_set(const WSPPROC_TABLE& table, int index) {
  void* entry = nullptr;
  std::memcpy(&entry, reinterpret_cast<const char*>(&table) + static_cast<size_t>(index) * sizeof(void*),
              sizeof(void*));
  return entry != nullptr;
}

// The suite holds one startup; without it the provider is down.
class Down {
 public:
  Down() { cleanup(wsp); }
  ~Down() {
    WSPDATA data{};
    ::WSPStartup(0x0202, &data, nullptr, WSPUPCALLTABLE{}, &wsp);
  }
};

}  // namespace

void add_startup_cases(Suite& suite) {
  for (int i = 0; i < kEntryCount; ++i)
    suite.add({std::string("spi.table.") + kEntries[i], kEntries[i], "the entry is set", "yes", "spi:WSPStartup",
               [i] { return yes_no(entry_is_set(wsp, i)); }});
  for (const Request& row : kRequests)
    suite.add({"spi.startup.version-" + hex(row.version), "WSPStartup",
               "version " + hex(row.version) + " (minor, major) is asked for", row.expected, "spi:WSPStartup sheet 1.4",
               [&row] { return start(row.version); }});
  suite.table(
      "spi.startup", "WSPStartup",
      {
          {"null-data", "lpWSPData is NULL", "WSAEFAULT", "spi:WSPStartup",
           [] {
             WSPPROC_TABLE table{};
             return code_name(::WSPStartup(0x0202, nullptr, nullptr, WSPUPCALLTABLE{}, &table));
           }},
          {"null-table", "lpProcTable is NULL", "WSAEFAULT", "spi:WSPStartup",
           [] {
             WSPDATA data{};
             return code_name(::WSPStartup(0x0202, &data, nullptr, WSPUPCALLTABLE{}, nullptr));
           }},
          {"null-before-version", "NULL and a bad version: the pointer is judged first", "WSAEFAULT", "sheet 7.2",
           [] {
             WSPPROC_TABLE table{};
             return code_name(::WSPStartup(0, nullptr, nullptr, WSPUPCALLTABLE{}, &table));
           }},
          {"unknown-entry", "lpProtocolInfo names an entry that is not ours", "WSAEINVALIDPROVIDER", "sheet 1.4",
           [] {
             WSPDATA data{};
             WSPPROC_TABLE table{};
             WSAPROTOCOL_INFOW info{};
             info.dwCatalogEntryId = 0x7fffffff;
             return code_name(::WSPStartup(0x0202, &data, &info, WSPUPCALLTABLE{}, &table));
           }},
          {"description", "the provider has a name", "yes", "spi:WSPStartup",
           [] {
             WSPDATA data{};
             WSPPROC_TABLE table{};
             ::WSPStartup(0x0202, &data, nullptr, WSPUPCALLTABLE{}, &table);
             cleanup(table);
             return yes_no(data.szDescription[0] != 0);
           }},
      });
  suite.table("spi.cleanup", "WSPCleanup",
              {
                  {"counted", "each startup needs its cleanup", "0, ok", "spi:cleanup",
                   [] {
                     WSPDATA data{};
                     WSPPROC_TABLE table{};
                     ::WSPStartup(0x0202, &data, nullptr, WSPUPCALLTABLE{}, &table);
                     const std::string code = cleanup(table);
                     int error = 0;
                     const SOCKET s = wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0, &error);
                     return say({code, made(s, error)});
                   }},
                  {"one-too-many", "one more than startups", "WSANOTINITIALISED", "spi:cleanup",
                   [] {
                     Down down;
                     return cleanup(wsp);
                   }},
                  {"one-too-many-null", "the same with a NULL lpErrno", "fails", "spi:cleanup",
                   [] {
                     Down down;
                     return std::string(wsp.lpWSPCleanup(nullptr) == SOCKET_ERROR ? "fails" : "succeeds");
                   }},
                  {"socket-afterwards", "WSPSocket after the last cleanup", "WSANOTINITIALISED", "sheet 7.2",
                   [] {
                     Down down;
                     int error = 0;
                     const SOCKET s = wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0, &error);
                     return made(s, error);
                   }},
                  {"closes-sockets", "a socket from before it", "WSAENOTSOCK", "spi:cleanup",
                   [] {
                     Handle s = tcp();
                     Down{};
                     return bind(s, loopback());
                   }},
                  {"resets-connections", "a foreign peer sees a reset or the end", "yes", "spi:cleanup",
                   [] {
                     // Both ends are ours, so all that can be seen is that both are gone.
                     Pair pair = connected();
                     Down{};
                     return yes_no(send(pair.client, "x") == "WSAENOTSOCK" && receive(pair.server) == "WSAENOTSOCK");
                   }},
                  {"restart", "a startup afterwards works", "ok", "spi:cleanup",
                   [] {
                     Down{};
                     int error = 0;
                     const SOCKET s = wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0, &error);
                     return made(s, error);
                   }},
              });
}

}  // namespace conformance::spi
