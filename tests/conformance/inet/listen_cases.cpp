// InetListen and its kin, and InetAccept.
#include <winuser.h>

#include <thread>

#include "cases.h"
#include "inet_world.h"
#include "support/inet_fixture.h"

namespace conformance {
namespace {

std::string tried(SOCKET socket) {
  const std::string result = handle(socket);
  if (socket != INVALID_SOCKET) InetDisconnect(socket);
  return result;
}

std::string listen(LPCSTR address, UINT port) {
  return tried(InetListenA(address, port));
}
std::string listen_ex(DWORD flags) {
  return tried(InetListenExA("127.0.0.1", 0, 2, flags));
}

std::string at_a_taken_port() {
  const Plain other(listen_anywhere());
  return listen("127.0.0.1", port_of(other));
}

std::string listen_async(HWND window) {
  return tried(InetAsyncListenA("127.0.0.1", 0, window, WM_USER));
}

std::string listen_async_ex(HWND window) {
  return tried(InetAsyncListenExA("127.0.0.1", 0, 2, INET_OPTION_REUSEADDRESS, window, WM_USER));
}

HWND no_window() {
  const HWND window = InletCreateMessageQueue();
  DestroyWindow(window);
  return window;
}

std::string accept_while_closing() {
  const SOCKET listener = listen_anywhere();
  std::string result;
  std::thread waiter([&] { result = handle(InetAccept(listener, 0)); });
  // Long enough for the call to wait in nearly every run; when it comes later it finds no listener, and the case tries again.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  InetDisconnect(listener);
  waiter.join();
  return result == "ST_ERROR_INVALID_HANDLE" ? accept_while_closing() : result;
}

std::string accept_without_descriptors() {
  const Plain listener(listen_anywhere());
  const inlet::test::RawClient client(static_cast<uint16_t>(port_of(listener)));
  const std::string none = without_descriptors([&] { return handle(InetAccept(listener, 1)); });
  return say({none, tried(InetAccept(listener, 5))});
}

std::string accept_ex(DWORD flags) {
  const Plain listener(listen_anywhere());
  const inlet::test::RawClient client(static_cast<uint16_t>(port_of(listener)));
  return tried(InetAcceptExA(listener, 5, flags, nullptr));
}

}  // namespace

void add_listen_cases(Suite& suite) {
  suite.table("listen", "InetListen",
              {{"any", "any address, any port", "a handle", "sheet 5.3", [] { return listen(nullptr, 0); }},
               {"port", "port 65536", "ST_ERROR_INVALID_PARAMETER", "sheet 5.3", [] { return listen(nullptr, 65536); }},
               {"host", "no such host", "ST_ERROR_HOST_NOT_FOUND", "sheet 5.3",
                [] { return listen("no-such-host.invalid", 0); }},
               {"foreign", "not this machine's", "ST_ERROR_ADDRESS_UNAVAILABLE", "sheet 5.3",
                [] { return listen("192.0.2.1", 0); }},
               {"taken", "the port is taken", "ST_ERROR_ADDRESS_IN_USE", "sheet 5.3", at_a_taken_port},
               {"privilege", "a port below 1024", "ST_ERROR_ACCESS_DENIED", "sheet 5.3",
                [] { return without_privilege([] { return listen("127.0.0.1", 1023); }); }},
               {"descriptors", "no descriptor is left", "ST_ERROR_TOO_MANY_FILES", "sheet 5.3",
                [] { return without_descriptors([] { return listen("127.0.0.1", 0); }); }}});
  suite.table("listen-ex", "InetListenEx",
              {{"options", "REUSEADDRESS", "a handle", "sheet 5.3", [] { return listen_ex(INET_OPTION_REUSEADDRESS); }},
               {"broadcast", "BROADCAST", "ST_ERROR_INVALID_OPTION", "sheet 1.2.2",
                [] { return listen_ex(INET_OPTION_BROADCAST); }},
               {"share", "SHAREPORT", "a handle", "DESIGN 8", [] { return listen_ex(INLET_OPTION_SHAREPORT); }},
               {"share-exclusive", "SHAREPORT and EXCLUSIVE", "ST_ERROR_INVALID_OPTION", "DESIGN 8",
                [] { return listen_ex(INLET_OPTION_SHAREPORT | INET_OPTION_EXCLUSIVE); }}});
  suite.table("listen-async", "InetAsyncListen",
              {{"callback", "no window", "a handle", "sheet 5.3", [] { return listen_async(nullptr); }},
               {"window", "a window that is gone", "ST_ERROR_INVALID_PARAMETER", "sheet 5.3",
                [] { return listen_async(no_window()); }}});
  suite.table("listen-async-ex", "InetAsyncListenEx",
              {{"callback", "no window", "a handle", "sheet 5.3", [] { return listen_async_ex(nullptr); }},
               {"window", "a window that is gone", "ST_ERROR_INVALID_PARAMETER", "sheet 5.3",
                [] { return listen_async_ex(no_window()); }}});
  suite.table(
      "accept", "InetAccept",
      {{"server", "a server of InetServerStart", "ST_ERROR_INVALID_HANDLE", "sheet 5.4",
        [] {
          const InetServer server;
          return handle(InetAccept(server.handle(), 1));
        }},
       {"timeout", "nobody comes", "ST_ERROR_OPERATION_TIMEOUT", "sheet 5.4",
        [] {
          const Plain listener(listen_anywhere());
          return handle(InetAccept(listener, 1));
        }},
       {"asynchronous", "nobody waits", "ST_ERROR_OPERATION_WOULD_BLOCK", "sheet 5.4",
        [] {
          const Plain listener(InetAsyncListenExA("127.0.0.1", 0, 0, INET_OPTION_REUSEADDRESS, nullptr, 0));
          return handle(InetAccept(listener, 0));
        }},
       {"closed", "the listener is closed meanwhile", "ST_ERROR_OPERATION_CANCELED", "sheet 5.4", accept_while_closing},
       {"descriptors", "no descriptor is left, and then one is", "ST_ERROR_TOO_MANY_FILES, a handle", "sheet 5.4",
        accept_without_descriptors}});
  suite.table("accept-ex", "InetAcceptEx",
              {{"options", "NODELAY", "a handle", "sheet 5.4", [] { return accept_ex(INET_OPTION_NODELAY); }},
               {"broadcast", "BROADCAST", "ST_ERROR_INVALID_OPTION", "sheet 1.2.2",
                [] { return accept_ex(INET_OPTION_BROADCAST); }},
               {"secure", "SECURE without credentials", "ST_ERROR_INVALID_PARAMETER", "sheet 4.1",
                [] { return accept_ex(INET_OPTION_SECURE); }}});
  suite.table("reject", "InetReject",
              {{"none", "nobody waits at a listener", "ST_ERROR_OPERATION_WOULD_BLOCK", "sheet 3.4",
                [] {
                  const Plain listener(listen_anywhere());
                  return said_zero(InetReject(listener));
                }},
               {"outside", "a server, outside INET_EVENT_ACCEPT", "ST_ERROR_OPERATION_WOULD_BLOCK", "sheet 3.4", [] {
                  const InetServer server;
                  return said_zero(InetReject(server.handle()));
                }}});
}

}  // namespace conformance
