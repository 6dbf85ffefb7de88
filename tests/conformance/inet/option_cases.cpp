// InetGetOption and InetSetOption, and what options do where sockets are made.
#include "cases.h"
#include "inet_world.h"

namespace conformance {
namespace {

std::string asked(SOCKET socket, DWORD option) {
  BOOL on = 7;
  if (!InetGetOption(socket, option, &on)) return said(false);
  return on == TRUE ? "on" : on == FALSE ? "off" : "neither";
}
// Off before, on after it was switched on, off again.
std::string switched(SOCKET socket, DWORD option) {
  const std::string before = asked(socket, option);
  if (!InetSetOption(socket, option, TRUE)) return said(false);
  const std::string after = asked(socket, option);
  InetSetOption(socket, option, FALSE);
  return say({before, after, asked(socket, option)});
}
std::string set(SOCKET socket, DWORD option, BOOL on) {
  return said(InetSetOption(socket, option, on));
}

template <DWORD kOption>
std::string of_stream() {
  const PlainPair pair;
  return switched(pair.ours, kOption);
}
template <DWORD kOption>
std::string of_datagrams() {
  const Plain socket(datagrams());
  return switched(socket, kOption);
}

}  // namespace

void add_option_cases(Suite& suite) {
  suite.table(
      "option", "InetSetOption",
      {{"keepalive", "a stream", "off, on, off", "sheet 3.7", of_stream<INET_OPTION_KEEPALIVE>},
       {"nodelay", "a stream", "off, on, off", "sheet 3.7", of_stream<INET_OPTION_NODELAY>},
       {"inline", "a stream", "off, on, off", "sheet 3.7", of_stream<INET_OPTION_INLINE>},
       {"dontroute", "a stream", "off, on, off", "sheet 3.7", of_stream<INET_OPTION_DONTROUTE>},
       {"broadcast", "datagrams", "off, on, off", "sheet 3.7", of_datagrams<INET_OPTION_BROADCAST>},
       {"broadcast-stream", "a stream", "ST_ERROR_INVALID_OPTION", "sheet 1.2.2", of_stream<INET_OPTION_BROADCAST>},
       {"nodelay-datagrams", "datagrams", "ST_ERROR_INVALID_OPTION", "sheet 1.2.2", of_datagrams<INET_OPTION_NODELAY>},
       {"session", "a client of a server", "off, on, off", "sheet 3.7",
        [] {
          const InetPair pair;
          return switched(pair.theirs, INET_OPTION_NODELAY);
        }},
       {"listener", "KEEPALIVE for those who come", "off, on, off", "sheet 3.7",
        [] {
          const Plain listener(listen_anywhere());
          return switched(listener, INET_OPTION_KEEPALIVE);
        }},
       {"bound", "REUSEADDRESS when it is too late", "ok, ST_ERROR_INVALID_STATE", "sheet 3.7",
        [] {
          const Plain listener(listen_anywhere());
          return say({set(listener, INET_OPTION_REUSEADDRESS, TRUE), set(listener, INET_OPTION_REUSEADDRESS, FALSE)});
        }},
       {"exclusive", "EXCLUSIVE when it is too late", "ST_ERROR_INVALID_STATE", "sheet 3.7",
        [] {
          const Plain listener(listen_anywhere());
          return set(listener, INET_OPTION_EXCLUSIVE, TRUE);
        }},
       {"share", "SHAREPORT when it is too late", "ST_ERROR_INVALID_STATE", "DESIGN 8",
        [] {
          const Plain listener(listen_anywhere());
          return set(listener, INLET_OPTION_SHAREPORT, TRUE);
        }},
       {"share-stream", "SHAREPORT of a connection", "ST_ERROR_INVALID_OPTION", "DESIGN 8",
        of_stream<INLET_OPTION_SHAREPORT>},
       {"noinherit", "NOINHERIT is always on", "ok, ST_ERROR_OPERATION_NOT_SUPPORTED", "sheet 1.2.2",
        [] {
          const Plain socket(datagrams());
          return say({set(socket, INET_OPTION_NOINHERIT, TRUE), set(socket, INET_OPTION_NOINHERIT, FALSE)});
        }},
       {"secure", "SECURE has its own function", "ST_ERROR_OPERATION_NOT_SUPPORTED", "sheet 3.7",
        [] {
          const PlainPair pair;
          return set(pair.ours, INET_OPTION_SECURE, TRUE);
        }},
       {"two", "two at once", "ST_ERROR_INVALID_OPTION", "sheet 3.7",
        [] {
          const PlainPair pair;
          return set(pair.ours, INET_OPTION_KEEPALIVE | INET_OPTION_NODELAY, TRUE);
        }},
       {"connecting", "still connecting", "ST_ERROR_NOT_CONNECTED", "sheet 3.7", [] {
          const Plain socket(unanswered());
          return set(socket, INET_OPTION_NODELAY, TRUE);
        }}});
  suite.table("option-get", "InetGetOption",
              {{"share", "a listener made with SHAREPORT", "on, on, off", "DESIGN 8",
                [] {
                  const Plain listener(InetListenExA("127.0.0.1", 0, 0, INLET_OPTION_SHAREPORT));
                  return say({asked(listener, INLET_OPTION_SHAREPORT), asked(listener, INET_OPTION_REUSEADDRESS),
                              asked(listener, INET_OPTION_EXCLUSIVE)});
                }},
               {"reuse", "a listener made with REUSEADDRESS", "on, off", "sheet 3.7",
                [] {
                  const Plain listener(listen_anywhere());
                  return say({asked(listener, INET_OPTION_REUSEADDRESS), asked(listener, INET_OPTION_EXCLUSIVE)});
                }},
               {"exclusive", "a listener of InetListen", "off, on", "sheet 3.7",
                [] {
                  const Plain listener(InetListenA("127.0.0.1", 0));
                  return say({asked(listener, INET_OPTION_REUSEADDRESS), asked(listener, INET_OPTION_EXCLUSIVE)});
                }},
               {"noinherit", "always", "on", "sheet 1.2.2",
                [] {
                  const Plain socket(datagrams());
                  return asked(socket, INET_OPTION_NOINHERIT);
                }},
               {"secure", "a stream without TLS", "off", "sheet 3.7",
                [] {
                  const PlainPair pair;
                  return asked(pair.ours, INET_OPTION_SECURE);
                }},
               {"none", "no option", "ST_ERROR_INVALID_OPTION", "sheet 3.7",
                [] {
                  const Plain socket(datagrams());
                  return asked(socket, 0);
                }},
               {"null", "lpbEnabled is NULL", "ST_ERROR_INVALID_PARAMETER", "sheet 3.7",
                [] {
                  const Plain socket(datagrams());
                  return said(InetGetOption(socket, INET_OPTION_BROADCAST, nullptr));
                }},
               {"connecting", "still connecting", "ST_ERROR_NOT_CONNECTED", "sheet 3.7", [] {
                  const Plain socket(unanswered());
                  return asked(socket, INET_OPTION_NODELAY);
                }}});
}

}  // namespace conformance
