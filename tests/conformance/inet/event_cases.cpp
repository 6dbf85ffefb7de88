// Events of plain sockets, as far as one call shows them; the rest is tests/server/socket_events_test.cpp.
#include <winuser.h>

#include "cases.h"
#include "inet_world.h"

namespace conformance {
namespace {

std::string register_event(SOCKET socket, UINT event) {
  return said_zero(InetRegisterEvent(socket, event, &nothing, 0));
}

HWND no_window() {
  const HWND window = InletCreateMessageQueue();
  DestroyWindow(window);
  return window;
}

// In a library that was started anew and has no engine yet, or the threads would be there.
std::string without_engine(const std::function<std::string(SOCKET)>& call) {
  start_anew();
  const Plain socket(datagrams());
  return without_descriptors([&] { return call(socket); });
}

}  // namespace

void add_event_cases(Suite& suite) {
  suite.table("event-first", "InetRegisterEvent",
              {{"descriptors", "no descriptor for the threads", "ST_ERROR_TOO_MANY_FILES", "sheet 5.7",
                [] { return without_engine([](SOCKET socket) { return register_event(socket, INET_EVENT_READ); }); }}});
  suite.table("event-first-window", "InetEnableEvents",
              {{"descriptors", "no descriptor for the threads", "ST_ERROR_TOO_MANY_FILES", "sheet 5.7", [] {
                  return without_engine([](SOCKET socket) { return said_zero(InetEnableEvents(socket, nullptr, 0)); });
                }}});
  suite.table(
      "event", "InetRegisterEvent",
      {{"all", "each event of a connection", "ok, ok, ok, ok, ok, ok", "sheet 5.7",
        [] {
          const Plain socket(datagrams());
          return say({register_event(socket, INET_EVENT_CONNECT), register_event(socket, INET_EVENT_DISCONNECT),
                      register_event(socket, INET_EVENT_READ), register_event(socket, INET_EVENT_WRITE),
                      register_event(socket, INET_EVENT_TIMEOUT), register_event(socket, INET_EVENT_CANCEL)});
        }},
       {"other", "IDLE", "ST_ERROR_INVALID_PARAMETER", "sheet 5.7",
        [] {
          const Plain socket(datagrams());
          return register_event(socket, INET_EVENT_IDLE);
        }},
       {"two", "two events at once", "ST_ERROR_INVALID_PARAMETER", "sheet 5.7",
        [] {
          const Plain socket(datagrams());
          return register_event(socket, INET_EVENT_READ | INET_EVENT_WRITE);
        }},
       {"accept", "ACCEPT for what does not listen", "ST_ERROR_INVALID_PARAMETER", "sheet 5.7",
        [] {
          const Plain socket(datagrams());
          return register_event(socket, INET_EVENT_ACCEPT);
        }},
       {"listener", "ACCEPT and READ for a listener", "ok, ST_ERROR_INVALID_PARAMETER", "sheet 5.7",
        [] {
          const Plain listener(listen_anywhere());
          return say({register_event(listener, INET_EVENT_ACCEPT), register_event(listener, INET_EVENT_READ)});
        }},
       {"server", "a server, and a client of one", "ST_ERROR_INVALID_HANDLE, ST_ERROR_INVALID_HANDLE", "sheet 5.7", [] {
          const InetPair pair;
          return say(
              {register_event(pair.server.handle(), INET_EVENT_READ), register_event(pair.theirs, INET_EVENT_READ)});
        }}});
  suite.table("events-on", "InetEnableEvents",
              {{"callbacks", "no window", "ok", "sheet 5.7",
                [] {
                  const Plain socket(datagrams());
                  return said_zero(InetEnableEvents(socket, nullptr, 0));
                }},
               {"window", "a window that is gone", "ST_ERROR_INVALID_PARAMETER", "sheet 5.7",
                [] {
                  const Plain socket(datagrams());
                  return said_zero(InetEnableEvents(socket, no_window(), WM_USER));
                }},
               {"client", "a client of a server", "ST_ERROR_INVALID_HANDLE", "sheet 5.7", [] {
                  const InetPair pair;
                  return said_zero(InetEnableEvents(pair.theirs, nullptr, 0));
                }}});
  suite.table("events-off", "InetDisableEvents",
              {{"none", "without events", "ok", "sheet 5.7",
                [] {
                  const Plain socket(datagrams());
                  return said_zero(InetDisableEvents(socket));
                }},
               {"server", "a server", "ST_ERROR_INVALID_HANDLE", "sheet 5.7", [] {
                  const InetServer server;
                  return said_zero(InetDisableEvents(server.handle()));
                }}});
  suite.table("events-freeze", "InetFreezeEvents",
              {{"none", "without events", "ST_ERROR_INVALID_STATE", "sheet 5.7",
                [] {
                  const Plain socket(datagrams());
                  return said_zero(InetFreezeEvents(socket, TRUE));
                }},
               {"both", "held back, and let go on", "ok, ok", "sheet 5.7",
                [] {
                  const Plain socket(datagrams());
                  InetEnableEvents(socket, nullptr, 0);
                  return say({said_zero(InetFreezeEvents(socket, TRUE)), said_zero(InetFreezeEvents(socket, FALSE))});
                }},
               {"server", "a server", "ST_ERROR_INVALID_HANDLE", "sheet 5.7", [] {
                  const InetServer server;
                  return said_zero(InetFreezeEvents(server.handle(), TRUE));
                }}});
}

}  // namespace conformance
