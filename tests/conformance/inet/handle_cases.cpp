// What is true of every function with a handle: a dead one is said to be dead, and nothing works before InetInitialize.
#include "cases.h"
#include "inet_world.h"

namespace conformance {
namespace {

INTERNET_ADDRESS address;
UINT port;
DWORD size;
INT length;
BOOL enabled;
LPVOID data;
BYTE bytes[16];
char text[16];
SOCKET clients[1];

struct Call {
  const char* function;
  void (*make)(SOCKET);
};
const Call kCalls[] = {
    {"InetServerStop", [](SOCKET s) { InetServerStop(s); }},
    {"InetServerStopEx", [](SOCKET s) { InetServerStopEx(s, 0); }},
    {"InetServerSuspend", [](SOCKET s) { InetServerSuspend(s); }},
    {"InetServerSuspendEx", [](SOCKET s) { InetServerSuspendEx(s, 0); }},
    {"InetServerResume", [](SOCKET s) { InetServerResume(s); }},
    {"InetServerRestart", [](SOCKET s) { InetServerRestart(s); }},
    {"InetServerThrottle", [](SOCKET s) { InetServerThrottle(s, 0, 0, 0); }},
    {"InetServerLock", [](SOCKET s) { InetServerLock(s); }},
    {"InetServerUnlock", [](SOCKET s) { InetServerUnlock(s); }},
    {"InetServerBroadcast", [](SOCKET s) { InetServerBroadcast(s, bytes, 1); }},
    {"InetServerAsyncNotify", [](SOCKET s) { InetServerAsyncNotify(s, nullptr, 0); }},
    {"InetServerDisableAsyncNotify", [](SOCKET s) { InetServerDisableAsyncNotify(s); }},
    {"InetGetServerStatus", [](SOCKET s) { InetGetServerStatus(s); }},
    {"InetGetServerData", [](SOCKET s) { InetGetServerData(s, &data); }},
    {"InetSetServerData", [](SOCKET s) { InetSetServerData(s, nullptr); }},
    {"InetGetServerPriority", [](SOCKET s) { InetGetServerPriority(s); }},
    {"InetSetServerPriority", [](SOCKET s) { InetSetServerPriority(s, 0); }},
    {"InetGetServerThreadId", [](SOCKET s) { InetGetServerThreadId(s); }},
    {"InetGetServerStackSize", [](SOCKET s) { InetGetServerStackSize(s); }},
    {"InetSetServerStackSize", [](SOCKET s) { InetSetServerStackSize(s, 0); }},
    {"InetGetServerTimeout", [](SOCKET s) { InetGetServerTimeout(s); }},
    {"InetSetServerTimeout", [](SOCKET s) { InetSetServerTimeout(s, 0); }},
    {"InetGetServerAddress", [](SOCKET s) { InetGetServerAddress(s, &address, &port); }},
    {"InetEnumServerClients", [](SOCKET s) { InetEnumServerClients(s, clients, 1); }},
    {"InetReject", [](SOCKET s) { InetReject(s); }},
    {"InetGetClientHandle", [](SOCKET s) { InetGetClientHandle(s, 1); }},
    {"InetFindClientMoniker", [](SOCKET s) { InetFindClientMonikerA(s, "x"); }},
    {"InetRead", [](SOCKET s) { InetRead(s, bytes, 1); }},
    {"InetReadEx", [](SOCKET s) { InetReadEx(s, bytes, 1, 0, nullptr, nullptr); }},
    {"InetReadLine",
     [](SOCKET s) {
       length = sizeof text;
       InetReadLineA(s, text, &length);
     }},
    {"InetPeek", [](SOCKET s) { InetPeek(s, bytes, 1); }},
    {"InetWrite", [](SOCKET s) { InetWrite(s, bytes, 1); }},
    {"InetWriteEx", [](SOCKET s) { InetWriteEx(s, bytes, 1, 0, nullptr, 0); }},
    {"InetWriteLine", [](SOCKET s) { InetWriteLineA(s, "", &length); }},
    {"InetIsReadable", [](SOCKET s) { InetIsReadable(s, 0, &size); }},
    {"InetIsWritable", [](SOCKET s) { InetIsWritable(s, 0); }},
    {"InetDisconnect", [](SOCKET s) { InetDisconnect(s); }},
    {"InetAbort", [](SOCKET s) { InetAbort(s); }},
    {"InetShutdown", [](SOCKET s) { InetShutdown(s, INET_SHUTDOWN_WRITE); }},
    {"InetGetClientData", [](SOCKET s) { InetGetClientData(s, &data); }},
    {"InetSetClientData", [](SOCKET s) { InetSetClientData(s, nullptr); }},
    {"InetGetClientId", [](SOCKET s) { InetGetClientId(s); }},
    {"InetGetClientServer", [](SOCKET s) { InetGetClientServer(s); }},
    {"InetGetClientThreadId", [](SOCKET s) { InetGetClientThreadId(s); }},
    {"InetGetClientIdleTime", [](SOCKET s) { InetGetClientIdleTime(s); }},
    {"InetGetClientMoniker", [](SOCKET s) { InetGetClientMonikerA(s, text, sizeof text); }},
    {"InetSetClientMoniker", [](SOCKET s) { InetSetClientMonikerA(s, "x"); }},
    {"InetGetClientPriority", [](SOCKET s) { InetGetClientPriority(s); }},
    {"InetSetClientPriority", [](SOCKET s) { InetSetClientPriority(s, 0); }},
    {"InetGetTimeout", [](SOCKET s) { InetGetTimeout(s); }},
    {"InetSetTimeout", [](SOCKET s) { InetSetTimeout(s, 0); }},
    {"InetGetPeerAddress", [](SOCKET s) { InetGetPeerAddress(s, &address, &port); }},
    {"InetGetLocalAddress", [](SOCKET s) { InetGetLocalAddress(s, &address, &port); }},
    {"InetGetOption", [](SOCKET s) { InetGetOption(s, INET_OPTION_KEEPALIVE, &enabled); }},
    {"InetSetOption", [](SOCKET s) { InetSetOption(s, INET_OPTION_KEEPALIVE, TRUE); }},
    {"InetAccept", [](SOCKET s) { InetAccept(s, 1); }},
    {"InetAcceptEx", [](SOCKET s) { InetAcceptExA(s, 1, 0, nullptr); }},
    {"InetDetachSocket", [](SOCKET s) { InetDetachSocket(s); }},
    {"InetAttachThread", [](SOCKET s) { InetAttachThread(s, 0); }},
    {"InetRegisterEvent", [](SOCKET s) { InetRegisterEvent(s, INET_EVENT_READ, &nothing, 0); }},
    {"InetEnableEvents", [](SOCKET s) { InetEnableEvents(s, nullptr, 0); }},
    {"InetDisableEvents", [](SOCKET s) { InetDisableEvents(s); }},
    {"InetFreezeEvents", [](SOCKET s) { InetFreezeEvents(s, TRUE); }},
};

std::string error_of(const Call& call, SOCKET socket) {
  InetSetLastError(0);
  call.make(socket);
  return inet_code_name(InetGetLastError());
}

// Handles that were good once: of a socket, a listener, a server. All must be refused alike.
std::string of_dead_handles(const Call& call) {
  const SOCKET socket = datagrams(), listener = listen_anywhere();
  SOCKET server = INVALID_SOCKET;
  {
    const InetServer lives;
    server = lives.handle();
  }
  InetDisconnect(socket);
  InetDisconnect(listener);
  std::string said = error_of(call, socket);
  // To InetGetLocalAddress no socket at all means this machine.
  const SOCKET none = std::string(call.function) == "InetGetLocalAddress" ? SOCKET{1} : INVALID_SOCKET;
  for (const SOCKET dead : {none, listener, server, SOCKET{0}, SOCKET{3}})
    if (const std::string other = error_of(call, dead); other != said) said += " and " + other;
  return said;
}

std::string before_initialize(const Call& call) {
  InetUninitialize();
  const std::string error = error_of(call, SOCKET{1} << 63);
  if (!InetInitializeA(nullptr, nullptr)) throw SetupFailed("the library cannot be initialised again");
  return error;
}

}  // namespace

void add_handle_cases(Suite& suite) {
  for (const Call& call : kCalls) {
    suite.add({std::string("dead-handle.") + call.function, call.function, "handles that are dead",
               "ST_ERROR_INVALID_HANDLE", "sheet 0.3", [&call] { return of_dead_handles(call); }});
    suite.add({std::string("not-initialized.") + call.function, call.function, "InetInitialize has not been called",
               "ST_ERROR_NOT_INITIALIZED", "sheet 5.1", [&call] { return before_initialize(call); }});
  }
  suite.table("not-initialized-start", "InetServerStart",
              {{"start", "InetInitialize has not been called", "ST_ERROR_NOT_INITIALIZED", "sheet 5.1", [] {
                  InetUninitialize();
                  const std::string result =
                      handle(InetServerStartA(nullptr, 5000, 0, 0, 0, INET_PRIORITY_NORMAL, 0, &nothing, 0, nullptr));
                  InetInitializeA(nullptr, nullptr);
                  return result;
                }}});
  suite.table("uninitialize", "InetUninitialize",
              {{"counted", "initialized twice, ended once", "a handle", "sheet 5.1",
                [] {
                  InetInitializeA(nullptr, nullptr);
                  InetUninitialize();
                  const Plain socket(datagrams());
                  return std::string("a handle");
                }},
               {"ends-sockets", "plain sockets, with events, when the last use ends", "ST_ERROR_INVALID_HANDLE",
                "sheet 1.17", [] {
                  const SOCKET socket = datagrams();
                  InetEnableEvents(socket, nullptr, 0);
                  start_anew();
                  return said_zero(InetSetTimeout(socket, 1));
                }}});
}

}  // namespace conformance
