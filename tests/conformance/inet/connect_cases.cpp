// InetConnect and its kin, and sockets that are attached.
#include "cases.h"
#include "inet_world.h"
#include "support/net_namespace.h"
#include "support/silent_port.h"
#include "support/winsock_socket.h"

namespace conformance {
namespace {

// Closes what was made.
std::string tried(SOCKET socket) {
  const std::string result = handle(socket);
  if (socket != INVALID_SOCKET) InetDisconnect(socket);
  return result;
}

std::string connect(LPCSTR host, UINT port, UINT protocol = INET_PROTOCOL_TCP, DWORD flags = 0) {
  return tried(InetConnectA(host, port, protocol, 1, flags, nullptr));
}
std::string connect_from(LPCSTR local, UINT local_port, UINT port = 9, UINT protocol = INET_PROTOCOL_UDP) {
  return tried(InetConnectExA("127.0.0.1", port, protocol, 1, 0, local, local_port, nullptr));
}
std::string begin(LPCSTR host, UINT port, UINT protocol = INET_PROTOCOL_TCP, DWORD flags = 0) {
  return tried(InetAsyncConnectA(host, port, protocol, 1, flags, nullptr, nullptr, 0));
}
std::string begin_from(UINT local_port) {
  return tried(InetAsyncConnectExA("127.0.0.1", 9, INET_PROTOCOL_UDP, 1, 0, nullptr, local_port, nullptr, nullptr, 0));
}

std::string in_an_empty_network(LPCSTR host) {
  if (!inlet::test::enter_network_namespace()) throw SetupFailed("no privilege for a network of its own");
  return connect(host, 9);
}

// Attaches a socket of Winsock that the case prepares.
std::string attach(inlet::test::NativeType type, bool bound, DWORD flags = 0, bool listening = false) {
  const inlet::test::WinsockUse winsock;
  const SOCKET native = inlet::test::native_socket(type);
  if (bound && !inlet::test::native_bind(native)) throw SetupFailed("no bind");
  if (listening && !inlet::test::native_listen(native)) throw SetupFailed("no listen");
  const SOCKET attached = InetAttachSocket(native, flags);
  const std::string result = handle(attached);
  inlet::test::native_close(attached == INVALID_SOCKET ? native : InetDetachSocket(attached));
  return result;
}

std::string detach_with_a_line_ahead() {
  const PlainPair pair;
  InetWriteLineA(pair.theirs, "one", nullptr);
  InetWriteLineA(pair.theirs, "two", nullptr);
  char text[16];
  INT length = 0;
  for (DWORD available = 0; available < 10;) InetIsReadable(pair.ours, 5000, &available);
  length = sizeof text;
  InetReadLineA(pair.ours, text, &length);
  return handle(InetDetachSocket(pair.ours));
}

}  // namespace

void add_connect_cases(Suite& suite) {
  using inlet::test::NativeType;
  suite.table(
      "connect", "InetConnect",
      {{"tcp", "somebody listens", "a handle", "sheet 5.2",
        [] {
          const Plain listener(listen_anywhere());
          return connect("127.0.0.1", port_of(listener));
        }},
       {"udp", "datagrams", "a handle", "sheet 5.2", [] { return connect("127.0.0.1", 9, INET_PROTOCOL_UDP); }},
       {"no-host", "no host name", "ST_ERROR_INVALID_PARAMETER", "sheet 5.2", [] { return connect("", 9); }},
       {"port", "port 65536", "ST_ERROR_INVALID_PARAMETER", "sheet 5.2", [] { return connect("127.0.0.1", 65536); }},
       {"protocol", "neither TCP nor UDP", "ST_ERROR_INVALID_PROTOCOL", "sheet 5.2",
        [] { return connect("127.0.0.1", 9, 1); }},
       {"broadcast", "BROADCAST with TCP", "ST_ERROR_INVALID_OPTION", "sheet 1.2.2",
        [] { return connect("127.0.0.1", 9, INET_PROTOCOL_TCP, INET_OPTION_BROADCAST); }},
       {"keepalive", "KEEPALIVE with UDP", "ST_ERROR_INVALID_OPTION", "sheet 1.2.2",
        [] { return connect("127.0.0.1", 9, INET_PROTOCOL_UDP, INET_OPTION_KEEPALIVE); }},
       {"secure-udp", "SECURE with UDP", "ST_ERROR_INVALID_OPTION", "sheet 4.1",
        [] { return connect("127.0.0.1", 9, INET_PROTOCOL_UDP, INET_OPTION_SECURE); }},
       {"unknown-bits", "bits that nobody knows", "a handle", "sheet 1.2.2",
        [] { return connect("127.0.0.1", 9, INET_PROTOCOL_UDP, 0x40000000); }},
       {"host", "no such host", "ST_ERROR_HOST_NOT_FOUND", "sheet 5.2",
        [] { return connect("no-such-host.invalid", 9); }},
       {"resolver", "no name service", "ST_ERROR_TRY_AGAIN", "sheet 5.2",
        [] { return in_an_empty_network("host.example.com"); }},
       {"refused", "nobody listens", "ST_ERROR_CONNECTION_REFUSED", "sheet 5.2",
        [] { return connect("127.0.0.1", free_port()); }},
       {"unreachable", "no way there", "ST_ERROR_NETWORK_UNREACHABLE", "sheet 5.2",
        [] { return in_an_empty_network("10.1.2.3"); }},
       {"silent", "no answer", "ST_ERROR_OPERATION_TIMEOUT", "sheet 5.2", [] {
          const inlet::test::SilentPort silent;
          return connect("127.0.0.1", silent.port());
        }}});
  suite.table("connect-from", "InetConnectEx",
              {{"any", "no local address", "a handle", "sheet 5.2", [] { return connect_from(nullptr, 0); }},
               {"local", "a local address", "a handle", "sheet 5.2", [] { return connect_from("127.0.0.3", 0); }},
               {"port", "local port 65536", "ST_ERROR_INVALID_PARAMETER", "sheet 5.2",
                [] { return connect_from(nullptr, 65536); }},
               {"host", "no such local name", "ST_ERROR_HOST_NOT_FOUND", "sheet 5.2",
                [] { return connect_from("no-such-host.invalid", 0); }},
               {"foreign", "not this machine's", "ST_ERROR_ADDRESS_UNAVAILABLE", "sheet 5.2",
                [] { return connect_from("192.0.2.1", 0); }},
               {"other-family", "an IPv6 address for an IPv4 host", "ST_ERROR_ADDRESS_UNAVAILABLE", "sheet 5.2",
                [] { return connect_from("::1", 0); }},
               {"taken", "the local port is taken", "ST_ERROR_ADDRESS_IN_USE", "sheet 5.2", [] {
                  const Plain other(datagrams());
                  return connect_from("127.0.0.1", port_of(other));
                }}});
  suite.table("connect-async", "InetAsyncConnect",
              {{"begins", "nobody listens, which is told later", "a handle", "sheet 5.2",
                [] { return begin("127.0.0.1", free_port()); }},
               {"no-host", "no host name", "ST_ERROR_INVALID_PARAMETER", "sheet 5.2", [] { return begin(nullptr, 9); }},
               {"descriptors", "no descriptor for the threads", "ST_ERROR_TOO_MANY_FILES", "sheet 5.2",
                [] {
                  start_anew();
                  return without_descriptors([] { return begin("127.0.0.1", 9); });
                }},
               {"protocol", "neither TCP nor UDP", "ST_ERROR_INVALID_PROTOCOL", "sheet 5.2",
                [] { return begin("127.0.0.1", 9, 1); }},
               {"broadcast", "BROADCAST with TCP", "ST_ERROR_INVALID_OPTION", "sheet 1.2.2",
                [] { return begin("127.0.0.1", 9, INET_PROTOCOL_TCP, INET_OPTION_BROADCAST); }}});
  suite.table(
      "connect-async-from", "InetAsyncConnectEx",
      {{"begins", "no local port", "a handle", "sheet 5.2", [] { return begin_from(0); }},
       {"port", "local port 65536", "ST_ERROR_INVALID_PARAMETER", "sheet 5.2", [] { return begin_from(65536); }}});
  suite.table(
      "attach", "InetAttachSocket",
      {{"datagrams", "a socket that is bound", "a handle", "sheet 5.5",
        [] { return attach(NativeType::datagram, true); }},
       {"listener", "a listener", "a handle", "sheet 5.5", [] { return attach(NativeType::stream, true, 0, true); }},
       {"handle", "a handle of this library", "ST_ERROR_INVALID_HANDLE", "sheet 5.5",
        [] {
          const Plain socket(datagrams());
          return handle(InetAttachSocket(socket, 0));
        }},
       {"not-connected", "a stream that is nothing yet", "ST_ERROR_NOT_CONNECTED", "sheet 5.5",
        [] { return attach(NativeType::stream, false); }},
       {"not-bound", "datagrams, not bound", "ST_ERROR_INVALID_STATE", "sheet 5.5",
        [] { return attach(NativeType::datagram, false); }},
       {"raw", "another type of socket", "ST_ERROR_SOCKET_NOT_SUPPORTED", "sheet 5.5",
        [] { return attach(NativeType::raw, false); }},
       {"option", "KEEPALIVE for datagrams", "ST_ERROR_INVALID_OPTION", "sheet 1.2.2",
        [] { return attach(NativeType::datagram, true, INET_OPTION_KEEPALIVE); }}});
  suite.table("detach", "InetDetachSocket",
              {{"server", "a server", "ST_ERROR_INVALID_HANDLE", "sheet 5.5",
                [] {
                  const InetServer server;
                  return handle(InetDetachSocket(server.handle()));
                }},
               {"client", "a client of a server", "ST_ERROR_INVALID_HANDLE", "sheet 5.5",
                [] {
                  const InetPair pair;
                  return handle(InetDetachSocket(pair.theirs));
                }},
               {"line-ahead", "the line reader has fetched more", "ST_ERROR_INVALID_STATE", "sheet 5.5",
                detach_with_a_line_ahead},
               {"no-winsock", "without WSAStartup", "ST_ERROR_NOT_READY", "sheet 5.5",
                [] {
                  const PlainPair pair;
                  return handle(InetDetachSocket(pair.ours));
                }},
               {"connecting", "still connecting", "ST_ERROR_NOT_CONNECTED", "sheet 5.5", [] {
                  const Plain socket(unanswered());
                  return handle(InetDetachSocket(socket));
                }}});
  suite.table("attach-thread", "InetAttachThread", {{"exchange", "the id that was given before", "77", "sheet 5.8", [] {
                                                       const Plain socket(datagrams());
                                                       InetAttachThread(socket, 77);
                                                       return number(InetAttachThread(socket, 0));
                                                     }}});
}

}  // namespace conformance
