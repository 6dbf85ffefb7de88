// Servers: how they start and stop, what they keep, what they refuse.
#include <winuser.h>

#include <thread>

#include "cases.h"
#include "inet_world.h"

namespace conformance {
namespace {

struct Start {
  LPCSTR host = "127.0.0.1";
  UINT port = 0;  // 0: a free one
  UINT priority = INET_PRIORITY_NORMAL;
  DWORD flags = INET_OPTION_REUSEADDRESS;
  INETEVENTPROC program = &nothing;
};

std::string start(const Start& how) {
  const SOCKET server = InetServerStartA(how.host, how.port ? how.port : free_port(), 0, 0, 5, how.priority, how.flags,
                                         how.program, 0, nullptr);
  const std::string result = handle(server);
  if (server != INVALID_SOCKET) InetServerStop(server);
  return result;
}

std::string start_at_zero() {
  return handle(InetServerStartA(nullptr, 0, 0, 0, 0, INET_PRIORITY_NORMAL, 0, &nothing, 0, nullptr));
}

// A server that shares nothing has the port on every address; a second one asks for one of them.
std::string start_beside_an_exclusive_one() {
  const UINT port = free_port();
  const SOCKET all = InetServerStartA(nullptr, port, 0, 0, 0, INET_PRIORITY_NORMAL, 0, &nothing, 0, nullptr);
  if (all == INVALID_SOCKET) throw SetupFailed("no server");
  const std::string result = start({.port = port});
  InetServerStop(all);
  return result;
}

// The result of a call on a server that is being stopped: from its callback for STOP, when all else is over.
std::string while_stopping(const std::function<std::string(SOCKET)>& call) {
  std::string result;
  {
    const InetServer server([&](SOCKET handle, UINT event, DWORD) {
      if (event == INET_EVENT_STOP) result = call(handle);
    });
  }
  return result;
}

std::string stop_from_callback() {
  std::string result;
  {
    const InetServer server([&](SOCKET handle, UINT event, DWORD) {
      if (event == INET_EVENT_START) result = said(InetServerStop(handle));
    });
  }
  return result;
}

// What another thread says.
std::string elsewhere(const std::function<std::string()>& call) {
  std::string result;
  std::thread([&] { result = call(); }).join();
  return result;
}

std::string lock_a_second_one() {
  const InetServer one, two;
  InetServerLock(one.handle());
  const std::string result = said(InetServerLock(two.handle()));
  const bool locked = InetGetLockedServer() == one.handle();
  InetServerUnlock(one.handle());
  return say({result, yes_no(locked)});
}

std::string unlock_elsewhere() {
  const InetServer server;
  InetServerLock(server.handle());
  const std::string result = elsewhere([&] { return said(InetServerUnlock(server.handle())); });
  return say({result, said(InetServerUnlock(server.handle()))});
}

std::string old_and_new(INT before, INT now) {
  return say({number(before), number(now)});
}

}  // namespace

void add_server_cases(Suite& suite) {
  suite.table("server-start", "InetServerStart",
              {{"all", "all interfaces", "a handle", "sheet 1.2", [] { return start({.host = nullptr}); }},
               {"dual", "::0", "a handle", "sheet 1.2", [] { return start({.host = "::0"}); }},
               {"no-callback", "no callback", "ST_ERROR_INVALID_PARAMETER", "sheet 1.2",
                [] { return start({.program = nullptr}); }},
               {"port-0", "port 0", "ST_ERROR_INVALID_PARAMETER", "sheet 1.2", start_at_zero},
               {"port", "port 65536", "ST_ERROR_INVALID_PARAMETER", "sheet 1.2", [] { return start({.port = 65536}); }},
               {"priority", "an unknown priority", "ST_ERROR_INVALID_PARAMETER", "sheet 1.2",
                [] { return start({.priority = 5}); }},
               {"secure", "SECURE without credentials", "ST_ERROR_INVALID_PARAMETER", "sheet 1.2",
                [] { return start({.flags = INET_OPTION_SECURE}); }},
               {"broadcast", "BROADCAST", "ST_ERROR_INVALID_OPTION", "sheet 1.2.2",
                [] { return start({.flags = INET_OPTION_BROADCAST}); }},
               {"host", "no such host", "ST_ERROR_HOST_NOT_FOUND", "sheet 1.2",
                [] { return start({.host = "no-such-host.invalid"}); }},
               {"foreign", "not this machine's", "ST_ERROR_ADDRESS_UNAVAILABLE", "sheet 1.2",
                [] { return start({.host = "192.0.2.1"}); }},
               {"taken", "the port is another server's", "ST_ERROR_ADDRESS_IN_USE", "sheet 1.2",
                [] {
                  const InetServer other;
                  return start({.port = other.port()});
                }},
               {"exclusive", "an exclusive server has it on all interfaces", "ST_ERROR_ACCESS_DENIED", "sheet 1.2",
                start_beside_an_exclusive_one},
               {"privilege", "a port below 1024", "ST_ERROR_ACCESS_DENIED", "sheet 1.2",
                [] { return without_privilege([] { return start({.port = 1023}); }); }},
               {"descriptors", "no descriptor is left", "ST_ERROR_TOO_MANY_FILES", "sheet 1.2", [] {
                  const UINT port = free_port();
                  return without_descriptors([&] { return start({.port = port}); });
                }}});
  suite.table("server-stop", "InetServerStop",
              {{"stops", "a server", "ok", "sheet 1.3",
                [] {
                  const InetServer server;
                  return said(InetServerStop(server.handle()));
                }},
               {"callback", "from its own callback", "ok", "sheet 1.3", stop_from_callback}});
  suite.table("server-stop-ex", "InetServerStopEx",
              {{"waits", "no option", "ok", "sheet 1.4",
                [] {
                  const InetServer server;
                  return said(InetServerStopEx(server.handle(), 0));
                }},
               {"option", "an unknown option", "ST_ERROR_INVALID_PARAMETER", "sheet 1.4", [] {
                  const InetServer server;
                  return said(InetServerStopEx(server.handle(), 2));
                }}});
  suite.table("server-status", "InetGetServerStatus",
              {{"started", "a server that runs", "2", "sheet 1.13",
                [] {
                  const InetServer server;
                  return number(InetGetServerStatus(server.handle()));
                }},
               {"suspended", "one that is suspended", "6", "sheet 1.13", [] {
                  const InetServer server;
                  InetServerSuspend(server.handle());
                  return number(InetGetServerStatus(server.handle()));
                }}});
  suite.table("server-suspend", "InetServerSuspend",
              {{"stopping", "a server that is being stopped", "ST_ERROR_INVALID_STATE", "sheet 1.5",
                [] { return while_stopping([](SOCKET server) { return said(InetServerSuspend(server)); }); }}});
  suite.table("server-suspend-ex", "InetServerSuspendEx",
              {{"stopping", "a server that is being stopped", "ST_ERROR_INVALID_STATE", "sheet 1.6",
                [] { return while_stopping([](SOCKET server) { return said(InetServerSuspendEx(server, 0)); }); }},
               {"option", "an unknown option", "ST_ERROR_INVALID_PARAMETER", "sheet 1.6", [] {
                  const InetServer server;
                  return said(InetServerSuspendEx(server.handle(), 2));
                }}});
  suite.table("server-resume", "InetServerResume",
              {{"twice", "one that runs", "ok, ok", "sheet 1.7",
                [] {
                  const InetServer server;
                  return say({said(InetServerResume(server.handle())), said(InetServerResume(server.handle()))});
                }},
               {"stopping", "a server that is being stopped", "ST_ERROR_INVALID_STATE", "sheet 1.7",
                [] { return while_stopping([](SOCKET server) { return said(InetServerResume(server)); }); }}});
  suite.table("server-restart", "InetServerRestart",
              {{"runs", "one that runs", "ok", "sheet 1.8",
                [] {
                  const InetServer server;
                  return said(InetServerRestart(server.handle()));
                }},
               {"stopping", "a server that is being stopped", "ST_ERROR_INVALID_STATE", "sheet 1.8",
                [] { return while_stopping([](SOCKET server) { return said(InetServerRestart(server)); }); }}});
  suite.table("server-throttle", "InetServerThrottle",
              {{"keep", "all as it is", "ok", "sheet 1.9", [] {
                  const InetServer server;
                  return said(InetServerThrottle(server.handle(), INET_THROTTLE_KEEP, INET_THROTTLE_KEEP,
                                                 static_cast<DWORD>(INET_THROTTLE_KEEP)));
                }}});
  suite.table(
      "server-lock", "InetServerLock",
      {{"second", "another server is locked", "ST_ERROR_OPERATION_WOULD_BLOCK, yes", "sheet 1.10", lock_a_second_one}});
  suite.table("server-unlock", "InetServerUnlock",
              {{"elsewhere", "from another thread", "ST_ERROR_NOT_HANDLE_OWNER, ok", "sheet 1.10", unlock_elsewhere}});
  suite.table("server-locked", "InetGetLockedServer", {{"none", "nothing is locked", "yes", "sheet 1.10", [] {
                                                          return yes_no(InetGetLockedServer() == INVALID_SOCKET);
                                                        }}});
  suite.table("server-broadcast", "InetServerBroadcast",
              {{"one", "one client", "1", "sheet 1.11",
                [] {
                  const InetPair pair;
                  return counted(InetServerBroadcast(pair.server.handle(), reinterpret_cast<const BYTE*>("x"), 1));
                }},
               {"none", "no client", "0", "sheet 1.11",
                [] {
                  const InetServer server;
                  return counted(InetServerBroadcast(server.handle(), nullptr, 0));
                }},
               {"null", "NULL with a length", "ST_ERROR_INVALID_PARAMETER", "sheet 1.11", [] {
                  const InetServer server;
                  return counted(InetServerBroadcast(server.handle(), nullptr, 1));
                }}});
  suite.table("server-notify", "InetServerAsyncNotify",
              {{"null", "no window", "ST_ERROR_INVALID_PARAMETER", "sheet 1.12", [] {
                  const InetServer server;
                  return said(InetServerAsyncNotify(server.handle(), nullptr, WM_USER));
                }}});
  suite.table("server-notify-off", "InetServerDisableAsyncNotify",
              {{"none", "without a window", "ok", "sheet 1.12", [] {
                  const InetServer server;
                  return said(InetServerDisableAsyncNotify(server.handle()));
                }}});
  suite.table("server-thread", "InetGetServerThreadId", {{"id", "a server that runs", "yes", "sheet 1.14", [] {
                                                            const InetServer server;
                                                            return yes_no(InetGetServerThreadId(server.handle()) != 0);
                                                          }}});
  suite.table("server-data", "InetGetServerData",
              {{"null", "lppvData is NULL", "ST_ERROR_INVALID_PARAMETER", "sheet 1.14", [] {
                  const InetServer server;
                  return said(InetGetServerData(server.handle(), nullptr));
                }}});
  suite.table("server-data-set", "InetSetServerData", {{"kept", "what was stored", "yes", "sheet 1.14", [] {
                                                          const InetServer server;
                                                          int own = 0;
                                                          LPVOID got = nullptr;
                                                          InetSetServerData(server.handle(), &own);
                                                          InetGetServerData(server.handle(), &got);
                                                          return yes_no(got == &own);
                                                        }}});
  suite.table("server-priority", "InetGetServerPriority", {{"started", "as it was started", "2", "sheet 1.14", [] {
                                                              const InetServer server;
                                                              return number(InetGetServerPriority(server.handle()));
                                                            }}});
  suite.table("server-priority-set", "InetSetServerPriority",
              {{"old", "gives the old one", "2, 4", "sheet 1.14",
                [] {
                  const InetServer server;
                  const INT before = InetSetServerPriority(server.handle(), INET_PRIORITY_CRITICAL);
                  return old_and_new(before, InetGetServerPriority(server.handle()));
                }},
               {"unknown", "no priority", "ST_ERROR_INVALID_PARAMETER", "sheet 1.14", [] {
                  const InetServer server;
                  return counted(InetSetServerPriority(server.handle(), 5));
                }}});
  suite.table("server-timeout", "InetGetServerTimeout", {{"started", "as it was started", "5", "sheet 1.14", [] {
                                                            const InetServer server;
                                                            return number(InetGetServerTimeout(server.handle()));
                                                          }}});
  suite.table("server-timeout-set", "InetSetServerTimeout",
              {{"new", "gives 0", "0, 9", "sheet 1.14", [] {
                  const InetServer server;
                  const INT result = InetSetServerTimeout(server.handle(), 9);
                  return old_and_new(result, InetGetServerTimeout(server.handle()));
                }}});
  suite.table("server-stack", "InetGetServerStackSize", {{"default", "nobody has set it", "0", "sheet 1.14", [] {
                                                            const InetServer server;
                                                            return number(InetGetServerStackSize(server.handle()));
                                                          }}});
  suite.table("server-stack-set", "InetSetServerStackSize", {{"kept", "what was set", "65536", "sheet 1.14", [] {
                                                                const InetServer server;
                                                                InetSetServerStackSize(server.handle(), 65536);
                                                                return number(InetGetServerStackSize(server.handle()));
                                                              }}});
  suite.table("server-clients", "InetEnumServerClients",
              {{"count", "NULL only counts", "1", "sheet 1.15",
                [] {
                  const InetPair pair;
                  return counted(InetEnumServerClients(pair.server.handle(), nullptr, 0));
                }},
               {"list", "the client's handle", "1, yes", "sheet 1.15",
                [] {
                  const InetPair pair;
                  SOCKET client = INVALID_SOCKET;
                  const std::string count = counted(InetEnumServerClients(pair.server.handle(), &client, 1));
                  return say({count, yes_no(client == pair.theirs)});
                }},
               {"small", "more than the array holds", "ST_ERROR_INVALID_SIZE", "sheet 1.15",
                [] {
                  const InetPair pair;
                  SOCKET client = INVALID_SOCKET;
                  return counted(InetEnumServerClients(pair.server.handle(), &client, 0));
                }},
               {"negative", "a negative size", "ST_ERROR_INVALID_PARAMETER", "sheet 1.15", [] {
                  const InetPair pair;
                  SOCKET client = INVALID_SOCKET;
                  return counted(InetEnumServerClients(pair.server.handle(), &client, -1));
                }}});
}

}  // namespace conformance
