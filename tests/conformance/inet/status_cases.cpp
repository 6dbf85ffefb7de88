// What a socket is doing, and taking it out of that. What happens to calls of other threads is in tests/server/cancel_test.cpp.
#include <chrono>
#include <thread>

#include "cases.h"
#include "inet_world.h"

namespace conformance {
namespace {

std::string answered(BOOL yes) {
  if (yes) return "yes";
  return InetGetLastError() == 0 ? "no" : said(false);
}

using Question = BOOL(WINAPI*)(SOCKET);

template <Question kAsk>
std::string of_session() {
  InetPair pair;
  return answered(kAsk(pair.ours));
}
template <Question kAsk>
std::string of_server() {
  InetServer server;
  return answered(kAsk(server.handle()));
}
template <Question kAsk>
std::string of_nothing() {
  return answered(kAsk(INVALID_SOCKET));
}

template <Question kAsk>
void add_question(Suite& suite, const char* group, const char* function, const char* session, const char* server) {
  suite.table(group, function,
              {{"session", "a quiet session", session, "sheet 3.3", of_session<kAsk>},
               {"server", "a server", server, "sheet 3.3", of_server<kAsk>},
               {"dead", "no handle", "ST_ERROR_INVALID_HANDLE", "sheet 3.3", of_nothing<kAsk>}});
}

// The peer sends and closes; then what is there is looked at, and read.
template <Question kAsk>
std::string around_the_end() {
  InetPair pair;
  if (InetWrite(pair.theirs, reinterpret_cast<const BYTE*>("x"), 1) != 1 || InetDisconnect(pair.theirs) != 0)
    throw SetupFailed("the peer cannot send");
  DWORD available = 0;
  BYTE byte;
  InetIsReadable(pair.ours, 5000, &available);
  const std::string before = answered(kAsk(pair.ours));
  InetRead(pair.ours, &byte, 1);
  InetIsReadable(pair.ours, 5000, &available);
  return say({before, answered(kAsk(pair.ours))});
}

std::string cancel_nothing() {
  InetPair pair;
  return say({said_zero(InetCancel(pair.ours)), answered(InetIsConnected(pair.ours))});
}

std::string flush_something() {
  InetPair pair;
  InetWrite(pair.theirs, reinterpret_cast<const BYTE*>("unread"), 6);
  DWORD available = 0;
  InetIsReadable(pair.ours, 5000, &available);
  return say({number(available), said_zero(InetFlush(pair.ours)), counted(InetPeek(pair.ours, nullptr, 0))});
}

std::string flush_after_reset() {
  InetPair pair;
  InetAbort(pair.theirs);
  for (int look = 0; look < 5000 && !InetIsClosed(pair.ours); ++look)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return said_zero(InetFlush(pair.ours));
}

std::string flush_beside_a_reader() {
  InetPair pair;
  std::thread reader([&] {
    BYTE byte;
    InetRead(pair.ours, &byte, 1);
  });
  while (!InetIsBlocking(pair.ours)) std::this_thread::yield();
  const std::string result = said_zero(InetFlush(pair.ours));
  InetCancel(pair.ours);
  reader.join();
  return result;
}

std::string status_of_closing() {
  InetServer::Handler handler;
  std::string seen;
  {
    InetPair pair([&](SOCKET client, UINT event, DWORD) {
      if (event == INET_EVENT_DISCONNECT) seen = counted(InetGetStatus(client));
    });
    InetDisconnect(pair.theirs);
  }
  return seen;
}

}  // namespace

void add_status_cases(Suite& suite) {
  add_question<InetIsConnected>(suite, "connected", "InetIsConnected", "yes", "no");
  add_question<InetIsListening>(suite, "listening", "InetIsListening", "no", "yes");
  add_question<InetIsClosed>(suite, "closed", "InetIsClosed", "no", "no");
  add_question<InetIsBlocking>(suite, "blocking", "InetIsBlocking", "no", "no");
  add_question<InetIsUrgent>(suite, "urgent", "InetIsUrgent", "no", "no");
  suite.table("connected-end", "InetIsConnected",
              {{"peer-closed", "the peer has closed: before and after all is read", "yes, no", "sheet 3.3",
                around_the_end<InetIsConnected>}});
  suite.table("closed-end", "InetIsClosed",
              {{"peer-closed", "the peer has closed: before and after all is read", "no, yes", "sheet 3.3",
                around_the_end<InetIsClosed>}});
  suite.table("status", "InetGetStatus",
              {{"idle", "nobody waits", "1", "sheet 3.3",
                [] {
                  InetPair pair;
                  return counted(InetGetStatus(pair.ours));
                }},
               {"listen", "a server", "2", "sheet 3.3",
                [] {
                  InetServer server;
                  return counted(InetGetStatus(server.handle()));
                }},
               {"connect", "a socket of InetAsyncConnect that is still connecting", "3", "sheet 3.3",
                [] {
                  const Plain socket(unanswered());
                  return counted(InetGetStatus(socket));
                }},
               {"disconnect", "in INET_EVENT_DISCONNECT", "8", "sheet 3.3", status_of_closing},
               {"dead", "no handle", "ST_ERROR_INVALID_HANDLE", "sheet 3.3",
                [] { return counted(InetGetStatus(INVALID_SOCKET)); }}});
  suite.table("cancel", "InetCancel",
              {{"nothing", "nobody waits", "ok, yes", "sheet 3.4", cancel_nothing},
               {"server", "a server", "ST_ERROR_INVALID_HANDLE", "sheet 3.4",
                [] {
                  InetServer server;
                  return said_zero(InetCancel(server.handle()));
                }},
               {"dead", "no handle", "ST_ERROR_INVALID_HANDLE", "sheet 3.4",
                [] { return said_zero(InetCancel(INVALID_SOCKET)); }}});
  suite.table("flush", "InetFlush",
              {{"received", "what was received is gone", "6, ok, 0", "sheet 3.2", flush_something},
               {"reset", "the peer aborts", "ST_ERROR_CONNECTION_RESET", "sheet 3.2", flush_after_reset},
               {"busy", "another thread reads", "ST_ERROR_OPERATION_IN_PROGRESS", "sheet 3.2", flush_beside_a_reader},
               {"dead", "no handle", "ST_ERROR_INVALID_HANDLE", "sheet 3.2",
                [] { return said_zero(InetFlush(INVALID_SOCKET)); }}});
}

}  // namespace conformance
