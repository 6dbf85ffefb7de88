// Sessions: their end, and who they are.
#include "cases.h"
#include "inet_world.h"

namespace conformance {
namespace {

std::string moniker(SOCKET client, INT capacity = 32) {
  char text[160] = "?";
  const std::string result = counted(InetGetClientMonikerA(client, text, capacity));
  return say({result, text});
}

std::string moniker_of_another_client() {
  const InetPair pair;
  InetSetClientMonikerA(pair.theirs, "Abc");
  const Plain second(InetConnectA("127.0.0.1", pair.server.port(), INET_PROTOCOL_TCP, 5, 0, nullptr));
  SOCKET clients[2] = {};
  // The second one is listed as soon as the server has accepted it.
  while (InetEnumServerClients(pair.server.handle(), clients, 2) < 2) continue;
  return said(InetSetClientMonikerA(clients[0] == pair.theirs ? clients[1] : clients[0], "aBC"));
}

std::string shut(DWORD how) {
  const PlainPair pair;
  return said_zero(InetShutdown(pair.ours, how));
}

std::string shut_a_broken_one() {
  const PlainPair pair;
  InetAbort(pair.theirs);
  BYTE byte;
  InetRead(pair.ours, &byte, 1);  // which finds the reset
  return said_zero(InetShutdown(pair.ours, INET_SHUTDOWN_WRITE));
}

}  // namespace

void add_session_cases(Suite& suite) {
  suite.table(
      "disconnect", "InetDisconnect",
      {{"plain", "a plain socket", "ok", "sheet 3.4", [] { return said_zero(InetDisconnect(datagrams())); }},
       {"server", "a server", "ok", "sheet 1.16",
        [] {
          const InetServer server;
          return said_zero(InetDisconnect(server.handle()));
        }},
       {"listener", "a listener", "ok", "sheet 3.4", [] { return said_zero(InetDisconnect(listen_anywhere())); }}});
  suite.table("abort", "InetAbort",
              {{"plain", "the peer sees a reset", "ok, ST_ERROR_CONNECTION_RESET", "sheet 3.4",
                [] {
                  const PlainPair pair;
                  const std::string result = said_zero(InetAbort(pair.theirs));
                  BYTE byte;
                  return say({result, counted(InetRead(pair.ours, &byte, 1))});
                }},
               {"server", "a server", "ST_ERROR_INVALID_HANDLE", "sheet 3.4", [] {
                  const InetServer server;
                  return said_zero(InetAbort(server.handle()));
                }}});
  suite.table("shutdown", "InetShutdown",
              {{"write", "the sending side", "ok", "sheet 3.4", [] { return shut(INET_SHUTDOWN_WRITE); }},
               {"both", "both sides", "ok", "sheet 3.4", [] { return shut(INET_SHUTDOWN_BOTH); }},
               {"option", "another option", "ST_ERROR_INVALID_PARAMETER", "sheet 3.4", [] { return shut(3); }},
               {"broken", "the connection is gone", "ST_ERROR_CONNECTION_RESET", "sheet 3.4", shut_a_broken_one},
               {"connecting", "still connecting", "ST_ERROR_NOT_CONNECTED", "sheet 3.4", [] {
                  const Plain socket(unanswered());
                  return said_zero(InetShutdown(socket, INET_SHUTDOWN_WRITE));
                }}});
  suite.table("client-data", "InetGetClientData",
              {{"null", "lppvData is NULL", "ST_ERROR_INVALID_PARAMETER", "sheet 3.5", [] {
                  const Plain socket(datagrams());
                  return said(InetGetClientData(socket, nullptr));
                }}});
  suite.table("client-data-set", "InetSetClientData", {{"connecting", "kept while it connects", "yes", "sheet 3.5", [] {
                                                          const Plain socket(unanswered());
                                                          int own = 0;
                                                          LPVOID got = nullptr;
                                                          InetSetClientData(socket, &own);
                                                          InetGetClientData(socket, &got);
                                                          return yes_no(got == &own);
                                                        }}});
  suite.table("client-id", "InetGetClientId",
              {{"first", "the first client", "1", "sheet 3.5",
                [] {
                  const InetPair pair;
                  return number(InetGetClientId(pair.theirs));
                }},
               {"plain", "a plain socket", "ST_ERROR_INVALID_HANDLE", "sheet 3.5", [] {
                  const Plain socket(datagrams());
                  return said(InetGetClientId(socket) != 0);
                }}});
  suite.table("client-server", "InetGetClientServer",
              {{"server", "its server", "yes", "sheet 3.5", [] {
                  const InetPair pair;
                  return yes_no(InetGetClientServer(pair.theirs) == pair.server.handle());
                }}});
  suite.table("client-thread", "InetGetClientThreadId", {{"id", "one whose callback has run", "yes", "sheet 3.5", [] {
                                                            const InetPair pair;
                                                            return yes_no(InetGetClientThreadId(pair.theirs) != 0);
                                                          }}});
  suite.table("client-idle", "InetGetClientIdleTime", {{"little", "one that has just come", "yes", "sheet 3.5", [] {
                                                          const InetPair pair;
                                                          return yes_no(InetGetClientIdleTime(pair.theirs) < 60'000);
                                                        }}});
  suite.table("client-handle", "InetGetClientHandle",
              {{"known", "the first client", "yes", "sheet 3.5",
                [] {
                  const InetPair pair;
                  return yes_no(InetGetClientHandle(pair.server.handle(), 1) == pair.theirs);
                }},
               {"unknown", "a number nobody has", "ST_ERROR_HOST_NOT_FOUND", "sheet 3.5", [] {
                  const InetServer server;
                  return handle(InetGetClientHandle(server.handle(), 7));
                }}});
  suite.table("moniker", "InetGetClientMoniker",
              {{"none", "nobody has given one", "0, ", "sheet 3.5",
                [] {
                  const InetPair pair;
                  return moniker(pair.theirs);
                }},
               {"no-room", "no room", "ST_ERROR_INVALID_PARAMETER, ?", "sheet 3.5",
                [] {
                  const InetPair pair;
                  return moniker(pair.theirs, 0);
                }},
               {"small", "the buffer is too small", "ST_ERROR_INVALID_SIZE, ", "sheet 3.5", [] {
                  const InetPair pair;
                  InetSetClientMonikerA(pair.theirs, "abc");
                  return moniker(pair.theirs, 3);
                }}});
  suite.table("moniker-set", "InetSetClientMoniker",
              {{"given", "a name", "ok, 3, abc", "sheet 3.5",
                [] {
                  const InetPair pair;
                  const std::string result = said(InetSetClientMonikerA(pair.theirs, "abc"));
                  return say({result, moniker(pair.theirs)});
                }},
               {"long", "128 characters", "ST_ERROR_INVALID_SIZE", "sheet 3.5",
                [] {
                  const InetPair pair;
                  return said(InetSetClientMonikerA(pair.theirs, std::string(128, 'x').c_str()));
                }},
               {"taken", "another client has it, in other letters", "ST_ERROR_ADDRESS_IN_USE", "sheet 3.5",
                moniker_of_another_client}});
  suite.table("moniker-find", "InetFindClientMoniker",
              {{"found", "in other letters", "yes", "sheet 3.5",
                [] {
                  const InetPair pair;
                  InetSetClientMonikerA(pair.theirs, "Abc");
                  return yes_no(InetFindClientMonikerA(pair.server.handle(), "aBC") == pair.theirs);
                }},
               {"none", "no moniker", "ST_ERROR_INVALID_PARAMETER", "sheet 3.5",
                [] {
                  const InetServer server;
                  return handle(InetFindClientMonikerA(server.handle(), ""));
                }},
               {"unknown", "nobody has it", "ST_ERROR_HOST_NOT_FOUND", "sheet 3.5", [] {
                  const InetServer server;
                  return handle(InetFindClientMonikerA(server.handle(), "abc"));
                }}});
  suite.table("client-priority", "InetGetClientPriority", {{"server's", "as its server's", "2", "sheet 3.5", [] {
                                                              const InetPair pair;
                                                              return number(InetGetClientPriority(pair.theirs));
                                                            }}});
  suite.table("client-priority-set", "InetSetClientPriority",
              {{"old", "gives the old one", "2, 0", "sheet 3.5",
                [] {
                  const InetPair pair;
                  const INT before = InetSetClientPriority(pair.theirs, INET_PRIORITY_BACKGROUND);
                  return say({number(before), number(InetGetClientPriority(pair.theirs))});
                }},
               {"unknown", "no priority", "ST_ERROR_INVALID_PARAMETER", "sheet 3.5", [] {
                  const InetPair pair;
                  return counted(InetSetClientPriority(pair.theirs, 5));
                }}});
  suite.table("timeout", "InetGetTimeout", {{"made", "as it was made", "1", "sheet 3.7", [] {
                                               const Plain socket(datagrams());
                                               return counted(InetGetTimeout(socket));
                                             }}});
  suite.table("timeout-set", "InetSetTimeout", {{"set", "another one", "0, 7", "sheet 3.7", [] {
                                                   const Plain socket(datagrams());
                                                   const std::string result = counted(InetSetTimeout(socket, 7));
                                                   return say({result, counted(InetGetTimeout(socket))});
                                                 }}});
}

}  // namespace conformance
