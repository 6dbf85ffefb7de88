// The documented codes of the functions at the table that move no data, each with its condition, and which wins when two apply.
#include "conformance/spi/cases.h"
#include "conformance/spi/table.h"

namespace conformance::spi {
namespace {

std::string socket_code(int family, int type, int protocol, GROUP group = 0, DWORD flags = WSA_FLAG_OVERLAPPED) {
  int error = 0;
  const SOCKET s = wsp.lpWSPSocket(family, type, protocol, nullptr, group, flags, &error);
  return made(s, error);
}

std::string bind_raw(SOCKET s, const sockaddr* name, int size) {
  int error = 0;
  return answer(wsp.lpWSPBind(s, name, size, &error), error);
}

std::string connect_raw(SOCKET s, const Name* name, int size, LPWSABUF caller = nullptr, LPQOS qos = nullptr) {
  int error = 0;
  return answer(
      wsp.lpWSPConnect(s, name == nullptr ? nullptr : name->get(), size, caller, nullptr, qos, nullptr, &error), error);
}

std::string name_raw(LPWSPGETSOCKNAME function, SOCKET s, bool with_name, bool with_size, int room) {
  Name name;
  int size = room;
  int error = 0;
  return answer(function(s, with_name ? name.get() : nullptr, with_size ? &size : nullptr, &error), error);
}

std::string join(SOCKET s, const Name* name, int size, DWORD flags = JL_BOTH) {
  int error = 0;
  const SOCKET joined = wsp.lpWSPJoinLeaf(s, name == nullptr ? nullptr : name->get(), size, nullptr, nullptr, nullptr,
                                          nullptr, flags, &error);
  return joined == INVALID_SOCKET ? code_name(error) : joined == s ? "itself" : "another";
}

Name group() {
  return v4_name(0xefffff01, htons(5000));
}

Handle leaf() {
  int error = 0;
  Handle s(wsp.lpWSPSocket(AF_INET, SOCK_DGRAM, 0, nullptr, 0,
                           WSA_FLAG_OVERLAPPED | WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF, &error));
  if (s == INVALID_SOCKET) throw SetupFailed("WSPSocket: " + code_name(error));
  must(bind(s, wildcard()), "WSPBind");
  return s;
}

std::string select_sets(fd_set* read, fd_set* write, fd_set* except, long seconds) {
  timeval timeout{seconds, 0};
  int error = 0;
  return answer(wsp.lpWSPSelect(0, read, write, except, &timeout, &error), error);
}

std::string event_select(SOCKET s, WSAEVENT event, long mask) {
  int error = 0;
  return answer(wsp.lpWSPEventSelect(s, event, mask, &error), error);
}

std::string disconnect(SOCKET s, bool sending, LPWSABUF data) {
  int error = 0;
  return answer(sending ? wsp.lpWSPSendDisconnect(s, data, &error) : wsp.lpWSPRecvDisconnect(s, data, &error), error);
}

std::string duplicate(SOCKET s, DWORD process, bool with_info) {
  WSAPROTOCOL_INFOW info{};
  int error = 0;
  return answer(wsp.lpWSPDuplicateSocket(s, process, with_info ? &info : nullptr, &error), error);
}

std::string overlapped_result(SOCKET s, LPWSAOVERLAPPED overlapped, bool with_count, bool with_flags, BOOL wait) {
  DWORD count = 0;
  DWORD flags = 0;
  int error = 0;
  const BOOL good = wsp.lpWSPGetOverlappedResult(s, overlapped, with_count ? &count : nullptr, wait,
                                                 with_flags ? &flags : nullptr, &error);
  return good ? "ok" : code_name(error);
}

void add_making(Suite& suite) {
  suite.table(
      "spi.WSPSocket", "WSPSocket",
      {
          {"ok", "TCP", "ok", "spi:socket", [] { return socket_code(AF_INET, SOCK_STREAM, IPPROTO_TCP); }},
          {"EAFNOSUPPORT", "an unknown family", "WSAEAFNOSUPPORT", "spi:socket",
           [] { return socket_code(0xcafe, SOCK_STREAM, IPPROTO_TCP); }},
          {"ESOCKTNOSUPPORT", "an unknown type", "WSAESOCKTNOSUPPORT", "spi:socket",
           [] { return socket_code(AF_INET, 0xcafe, 0); }},
          {"EPROTONOSUPPORT", "an unknown protocol", "WSAEPROTONOSUPPORT", "spi:socket",
           [] { return socket_code(AF_INET, SOCK_STREAM, 0xcafe); }},
          {"EPROTONOSUPPORT-type", "another type's protocol", "WSAEPROTONOSUPPORT", "sheet 7.4",
           [] { return socket_code(AF_INET, SOCK_STREAM, IPPROTO_UDP); }},
          {"EINVAL-flag", "an unknown flag", "WSAEINVAL", "spi:socket",
           [] { return socket_code(AF_INET, SOCK_STREAM, 0, 0, 0x8000); }},
          {"EINVAL-group", "an unknown group", "WSAEINVAL", "spi:socket",
           [] { return socket_code(AF_INET, SOCK_STREAM, 0, 0x7777); }},
          {"EINVAL-zeros", "nothing is said", "WSAEINVAL", "obs:test_WSASocket", [] { return socket_code(0, 0, 0); }},
          {"group-1", "SG_UNCONSTRAINED_GROUP is ignored", "ok", "sheet 2.1",
           [] { return socket_code(AF_INET, SOCK_STREAM, 0, SG_UNCONSTRAINED_GROUP); }},
      });
  suite.table("spi.WSPBind", "WSPBind",
              {
                  {"EFAULT-null", "name is NULL", "WSAEFAULT", "spi:bind",
                   [] { return on_tcp([](SOCKET s) { return bind_raw(s, nullptr, 16); }); }},
                  {"EFAULT-short", "the name is short", "WSAEFAULT", "spi:bind",
                   [] {
                     return on_tcp([](SOCKET s) {
                       const Name name = loopback();
                       return bind_raw(s, name.get(), 15);
                     });
                   }},
                  {"EINVAL-bound", "bound", "WSAEINVAL", "spi:bind",
                   [] {
                     Handle s = bound(tcp());
                     return bind(s, loopback());
                   }},
                  {"EFAULT-before-EINVAL", "bound and the name is NULL", "WSAEFAULT", "sheet 7.2",
                   [] {
                     Handle s = bound(tcp());
                     return bind_raw(s, nullptr, 16);
                   }},
                  {"EINVAL-before-EAFNOSUPPORT", "bound and another family", "WSAEINVAL", "sheet 7.2",
                   [] {
                     Handle s = bound(tcp());
                     return bind(s, with_family(loopback(), 250));
                   }},
                  {"EINVAL-connecting", "connecting", "WSAEINVAL", "sheet 7.2",
                   [] { return on_connecting([](SOCKET s) { return bind(s, loopback()); }); }},
                  {"EAFNOSUPPORT", "another family", "WSAEAFNOSUPPORT", "sheet 7.4",
                   [] { return on_tcp([](SOCKET s) { return bind(s, with_family(loopback(), 250)); }); }},
                  {"EADDRNOTAVAIL", "an address of another machine", "WSAEADDRNOTAVAIL", "spi:bind",
                   [] { return on_tcp([](SOCKET s) { return bind(s, v4_name(0xc0000201)); }); }},
                  {"EADDRINUSE", "taken", "WSAEADDRINUSE", "spi:bind",
                   [] {
                     Handle one = bound(tcp());
                     return on_tcp([&](SOCKET s) { return bind(s, local_name(one)); });
                   }},
                  {"EACCES", "taken, and REUSEADDR asked for by the second alone", "WSAEACCES", "sheet 4.4",
                   [] {
                     Handle one = bound(tcp());
                     Handle other = tcp();
                     must(set_option(other, SOL_SOCKET, SO_REUSEADDR, BOOL{TRUE}), "SO_REUSEADDR");
                     return bind(other, local_name(one));
                   }},
              });
}

void add_connecting(Suite& suite) {
  suite.table(
      "spi.WSPConnect", "WSPConnect",
      {
          {"EFAULT-null", "name is NULL", "WSAEFAULT", "spi:connect",
           [] { return on_tcp([](SOCKET s) { return connect_raw(s, nullptr, 16); }); }},
          {"EFAULT-short", "the name is short", "WSAEFAULT", "spi:connect",
           [] {
             return on_tcp([](SOCKET s) {
               const Name name = loopback(AF_INET, htons(9));
               return connect_raw(s, &name, 15);
             });
           }},
          {"EINVAL", "a listener", "WSAEINVAL", "spi:connect",
           [] {
             Handle s = listener();
             return connect(s, loopback(AF_INET, htons(9)));
           }},
          {"EISCONN", "connected", "WSAEISCONN", "spi:connect",
           [] { return on_pair([](Pair& pair) { return connect(pair.client, loopback(AF_INET, htons(9))); }); }},
          {"EALREADY", "connecting", "WSAEALREADY", "spi:connect",
           [] { return on_connecting([](SOCKET s) { return connect(s, loopback(AF_INET, htons(9))); }); }},
          {"EAFNOSUPPORT", "another family", "WSAEAFNOSUPPORT", "spi:connect",
           [] { return on_tcp([](SOCKET s) { return connect(s, with_family(loopback(AF_INET, htons(9)), 250)); }); }},
          {"EADDRNOTAVAIL-any", "address 0", "WSAEADDRNOTAVAIL", "spi:connect",
           [] { return on_tcp([](SOCKET s) { return connect(s, wildcard(AF_INET, htons(9))); }); }},
          {"EADDRNOTAVAIL-port", "port 0", "WSAEADDRNOTAVAIL", "spi:connect",
           [] { return on_tcp([](SOCKET s) { return connect(s, loopback()); }); }},
          {"EACCES", "a stream to broadcast", "WSAEACCES", "sheet 6.3",
           [] { return on_tcp([](SOCKET s) { return connect(s, v4_name(INADDR_BROADCAST, htons(9))); }); }},
          {"EOPNOTSUPP", "QOS asked for", "WSAEOPNOTSUPP", "spi:connect",
           [] {
             return on_tcp([](SOCKET s) {
               const Name name = loopback(AF_INET, htons(9));
               QOS qos{};
               return connect_raw(s, &name, 16, nullptr, &qos);
             });
           }},
          {"EPROTONOSUPPORT", "caller data", "WSAEPROTONOSUPPORT", "spi:connect",
           [] {
             return on_tcp([](SOCKET s) {
               const Name name = loopback(AF_INET, htons(9));
               char text[] = "hi";
               WSABUF data{2, text};
               return connect_raw(s, &name, 16, &data);
             });
           }},
          {"EWOULDBLOCK", "nonblocking", "WSAEWOULDBLOCK", "spi:connect",
           [] {
             Handle server = listener();
             return on_tcp([&](SOCKET s) {
               nonblocking(s);
               return connect(s, local_name(server));
             });
           }},
          {"ECONNREFUSED", "nobody listens", "WSAECONNREFUSED", "spi:connect",
           [] {
             Handle nobody = bound(tcp());
             return on_tcp([&](SOCKET s) { return connect(s, local_name(nobody)); });
           }},
          {"EISCONN-before-EAFNOSUPPORT", "connected and another family", "WSAEISCONN", "sheet 7.2",
           [] {
             return on_pair(
                 [](Pair& pair) { return connect(pair.client, with_family(loopback(AF_INET, htons(9)), 250)); });
           }},
          {"EFAULT-before-EINVAL", "a listener and the name is NULL", "WSAEFAULT", "sheet 7.2",
           [] {
             Handle s = listener();
             return connect_raw(s, nullptr, 16);
           }},
      });
  suite.table("spi.WSPShutdown", "WSPShutdown",
              {
                  {"EINVAL", "how is 3", "WSAEINVAL", "spi:shutdown",
                   [] { return on_pair([](Pair& pair) { return shutdown(pair.client, 3); }); }},
                  {"EINVAL-unconnected", "how is 3 and the socket is not connected", "WSAEINVAL",
                   "docs/winsock.md WSPShutdown", [] { return on_tcp([](SOCKET s) { return shutdown(s, 3); }); }},
                  {"ENOTCONN", "not connected", "WSAENOTCONN", "spi:shutdown",
                   [] { return on_tcp([](SOCKET s) { return shutdown(s, SD_SEND); }); }},
                  {"ENOTCONN-listener", "a listener", "WSAENOTCONN", "obs:test_shutdown",
                   [] {
                     Handle s = listener();
                     return shutdown(s, SD_RECEIVE);
                   }},
                  {"ENOTCONN-connecting", "connecting", "WSAENOTCONN", "spi:shutdown",
                   [] { return on_connecting([](SOCKET s) { return shutdown(s, SD_BOTH); }); }},
                  {"both", "connected", "0", "spi:shutdown",
                   [] { return on_pair([](Pair& pair) { return shutdown(pair.client, SD_BOTH); }); }},
              });
  suite.table("spi.WSPSendDisconnect", "WSPSendDisconnect",
              {
                  {"ENOTCONN", "not connected", "WSAENOTCONN", "spi:senddisconnect",
                   [] { return on_tcp([](SOCKET s) { return disconnect(s, true, nullptr); }); }},
                  {"ENOPROTOOPT", "data, which TCP does not have", "WSAENOPROTOOPT", "spi:senddisconnect",
                   [] {
                     return on_pair([](Pair& pair) {
                       char text[] = "bye";
                       WSABUF data{3, text};
                       return disconnect(pair.client, true, &data);
                     });
                   }},
                  {"then-send", "afterwards sending is over", "0, WSAESHUTDOWN", "spi:senddisconnect",
                   [] {
                     return on_pair([](Pair& pair) {
                       const std::string code = disconnect(pair.client, true, nullptr);
                       return say({code, send(pair.client, "x")});
                     });
                   }},
              });
  suite.table("spi.WSPRecvDisconnect", "WSPRecvDisconnect",
              {
                  {"ENOTCONN", "not connected", "WSAENOTCONN", "spi:recvdisconnect",
                   [] { return on_tcp([](SOCKET s) { return disconnect(s, false, nullptr); }); }},
                  {"no-data", "room for data: its length becomes 0", "0, 0", "spi:recvdisconnect",
                   [] {
                     return on_pair([](Pair& pair) {
                       char room[8];
                       WSABUF data{sizeof(room), room};
                       const std::string code = disconnect(pair.client, false, &data);
                       return say({code, std::to_string(data.len)});
                     });
                   }},
                  {"then-recv", "afterwards receiving is over", "0, WSAESHUTDOWN", "spi:recvdisconnect",
                   [] {
                     return on_pair([](Pair& pair) {
                       const std::string code = disconnect(pair.client, false, nullptr);
                       return say({code, receive(pair.client)});
                     });
                   }},
              });
}

void add_names(Suite& suite) {
  suite.table("spi.WSPGetSockName", "WSPGetSockName",
              {
                  {"EINVAL", "not bound", "WSAEINVAL", "spi:getsockname",
                   [] { return on_tcp([](SOCKET s) { return name_raw(wsp.lpWSPGetSockName, s, true, true, 28); }); }},
                  {"EFAULT-name", "no room", "WSAEFAULT", "spi:getsockname",
                   [] { return on_tcp([](SOCKET s) { return name_raw(wsp.lpWSPGetSockName, s, false, true, 28); }); }},
                  {"EFAULT-length", "no length", "WSAEFAULT", "spi:getsockname",
                   [] { return on_tcp([](SOCKET s) { return name_raw(wsp.lpWSPGetSockName, s, true, false, 28); }); }},
                  {"EFAULT-short", "too little room; not bound either", "WSAEFAULT", "sheet 7.2",
                   [] { return on_tcp([](SOCKET s) { return name_raw(wsp.lpWSPGetSockName, s, true, true, 15); }); }},
              });
  suite.table(
      "spi.WSPGetPeerName", "WSPGetPeerName",
      {
          {"ENOTCONN", "not connected", "WSAENOTCONN", "spi:getpeername",
           [] { return on_tcp([](SOCKET s) { return name_raw(wsp.lpWSPGetPeerName, s, true, true, 28); }); }},
          {"EFAULT-name", "no room", "WSAEFAULT", "spi:getpeername",
           [] { return on_tcp([](SOCKET s) { return name_raw(wsp.lpWSPGetPeerName, s, false, true, 28); }); }},
          {"EFAULT-length", "no length", "WSAEFAULT", "spi:getpeername",
           [] { return on_tcp([](SOCKET s) { return name_raw(wsp.lpWSPGetPeerName, s, true, false, 28); }); }},
          {"EFAULT-short", "too little room; not connected either", "WSAEFAULT", "sheet 7.2",
           [] { return on_tcp([](SOCKET s) { return name_raw(wsp.lpWSPGetPeerName, s, true, true, 15); }); }},
          {"connecting", "connecting", "0", "obs:test_connecting_socket",
           [] { return on_connecting([](SOCKET s) { return name_raw(wsp.lpWSPGetPeerName, s, true, true, 28); }); }},
      });
}

void add_readiness(Suite& suite) {
  suite.table("spi.WSPSelect", "WSPSelect",
              {
                  {"EINVAL-null", "all sets are NULL", "WSAEINVAL", "spi:select",
                   [] { return select_sets(nullptr, nullptr, nullptr, 0); }},
                  {"EINVAL-empty", "all sets are empty", "WSAEINVAL", "spi:select",
                   [] {
                     fd_set set;
                     FD_ZERO(&set);
                     return select_sets(&set, &set, &set, 0);
                   }},
                  {"EINVAL-timeout", "a negative timeout", "WSAEINVAL", "spi:select",
                   [] {
                     Handle s = listener();
                     fd_set set;
                     FD_ZERO(&set);
                     FD_SET(s, &set);
                     return select_sets(&set, nullptr, nullptr, -1);
                   }},
                  {"timeout", "nothing within the time", "0", "spi:select",
                   [] {
                     Handle s = listener();
                     fd_set set;
                     FD_ZERO(&set);
                     FD_SET(s, &set);
                     return select_sets(&set, nullptr, nullptr, 0);
                   }},
              });
  suite.table("spi.WSPEventSelect", "WSPEventSelect",
              {
                  {"EINVAL-event", "events without an event object", "WSAEINVAL", "spi:eventselect",
                   [] { return on_tcp([](SOCKET s) { return event_select(s, nullptr, FD_READ); }); }},
                  {"EINVAL-mask", "an unknown event", "WSAEINVAL", "spi:eventselect",
                   [] {
                     return on_tcp([](SOCKET s) {
                       const WSAEVENT event = ::CreateEventA(nullptr, TRUE, FALSE, nullptr);
                       const std::string code = event_select(s, event, 0x10000);
                       ::CloseHandle(event);
                       return code;
                     });
                   }},
                  {"cancel", "no events, no object", "0", "spi:eventselect",
                   [] { return on_tcp([](SOCKET s) { return event_select(s, nullptr, 0); }); }},
              });
  suite.table("spi.WSPEnumNetworkEvents", "WSPEnumNetworkEvents",
              {
                  {"EFAULT", "no structure", "WSAEFAULT", "spi:enumnetworkevents",
                   [] {
                     return on_tcp([](SOCKET s) {
                       int error = 0;
                       return answer(wsp.lpWSPEnumNetworkEvents(s, nullptr, nullptr, &error), error);
                     });
                   }},
              });
  suite.table("spi.WSPAsyncSelect", "WSPAsyncSelect",
              {
                  {"EINVAL-window", "events without a queue", "WSAEINVAL", "spi:asyncselect",
                   [] {
                     return on_tcp([](SOCKET s) {
                       int error = 0;
                       return answer(wsp.lpWSPAsyncSelect(s, nullptr, 1, FD_READ, &error), error);
                     });
                   }},
                  {"cancel", "mask 0 without a queue", "0", "spi:asyncselect",
                   [] {
                     return on_tcp([](SOCKET s) {
                       int error = 0;
                       return answer(wsp.lpWSPAsyncSelect(s, nullptr, 0, 0, &error), error);
                     });
                   }},
              });
}

void add_others(Suite& suite) {
  suite.table("spi.WSPGetOverlappedResult", "WSPGetOverlappedResult",
              {
                  {"EFAULT-count", "no count", "WSAEFAULT", "spi:getoverlappedresult",
                   [] {
                     return on_tcp([](SOCKET s) {
                       WSAOVERLAPPED overlapped{};
                       return overlapped_result(s, &overlapped, false, true, FALSE);
                     });
                   }},
                  {"EFAULT-flags", "no flags", "WSAEFAULT", "spi:getoverlappedresult",
                   [] {
                     return on_tcp([](SOCKET s) {
                       WSAOVERLAPPED overlapped{};
                       return overlapped_result(s, &overlapped, true, false, FALSE);
                     });
                   }},
                  {"IO_INCOMPLETE", "still running", "WSA_IO_INCOMPLETE", "spi:getoverlappedresult",
                   [] {
                     return on_tcp([](SOCKET s) {
                       WSAOVERLAPPED overlapped{};
                       overlapped.Internal = WSS_OPERATION_IN_PROGRESS;
                       return overlapped_result(s, &overlapped, true, true, FALSE);
                     });
                   }},
              });
  suite.table("spi.WSPIoctl", "WSPIoctl",
              {
                  {"EOPNOTSUPP", "an unknown code", "WSAEOPNOTSUPP", "spi:ioctl",
                   [] { return on_tcp([](SOCKET s) { return ioctl(s, 0x48007777, nullptr, 0, nullptr, 0); }); }},
                  {"EFAULT-in", "FIONBIO without a value", "WSAEFAULT", "spi:ioctl",
                   [] { return on_tcp([](SOCKET s) { return ioctl(s, FIONBIO, nullptr, 4, nullptr, 0); }); }},
                  {"EFAULT-out", "FIONREAD without room", "WSAEFAULT", "spi:ioctl",
                   [] { return on_tcp([](SOCKET s) { return ioctl(s, FIONREAD, nullptr, 0, nullptr, 4); }); }},
                  {"EINVAL", "an unknown extension function", "WSAEINVAL", "spi:ioctl",
                   [] {
                     return on_tcp([](SOCKET s) {
                       GUID id{};
                       void* function = nullptr;
                       return ioctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
                                    sizeof(function));
                     });
                   }},
                  {"ENOTCONN", "SIO_IDEAL_SEND_BACKLOG_QUERY, not connected", "WSAENOTCONN", "spi:ioctl",
                   [] {
                     return on_tcp([](SOCKET s) {
                       ULONG value = 0;
                       return ioctl(s, 0x4004747b, nullptr, 0, &value, sizeof(value));
                     });
                   }},
              });
  suite.table("spi.WSPGetSockOpt", "WSPGetSockOpt",
              {
                  {"EINVAL", "an unknown level", "WSAEINVAL", "spi:getsockopt",
                   [] { return on_tcp([](SOCKET s) { return get_option(s, 0xabcd, SO_TYPE); }); }},
                  {"ENOPROTOOPT", "an unknown option", "WSAENOPROTOOPT", "spi:getsockopt",
                   [] { return on_tcp([](SOCKET s) { return get_option(s, SOL_SOCKET, 0x7f7f); }); }},
                  {"EFAULT", "no room", "WSAEFAULT", "spi:getsockopt",
                   [] {
                     return on_tcp([](SOCKET s) {
                       int size = 4;
                       int error = 0;
                       return answer(wsp.lpWSPGetSockOpt(s, SOL_SOCKET, SO_TYPE, nullptr, &size, &error), error);
                     });
                   }},
              });
  suite.table("spi.WSPSetSockOpt", "WSPSetSockOpt",
              {
                  {"EINVAL", "an unknown level", "WSAEINVAL", "spi:setsockopt",
                   [] { return on_tcp([](SOCKET s) { return set_option(s, 0xabcd, SO_TYPE, 1); }); }},
                  {"ENOPROTOOPT", "an unknown option", "WSAENOPROTOOPT", "spi:setsockopt",
                   [] { return on_tcp([](SOCKET s) { return set_option(s, SOL_SOCKET, 0x7f7f, 1); }); }},
                  {"EFAULT", "no value", "WSAEFAULT", "spi:setsockopt",
                   [] {
                     return on_tcp([](SOCKET s) {
                       int error = 0;
                       return answer(wsp.lpWSPSetSockOpt(s, SOL_SOCKET, SO_RCVBUF, nullptr, 4, &error), error);
                     });
                   }},
              });
  suite.table("spi.WSPDuplicateSocket", "WSPDuplicateSocket",
              {
                  {"EINVAL-0", "process 0", "WSAEINVAL", "spi:duplicatesocket",
                   [] { return on_tcp([](SOCKET s) { return duplicate(s, 0, true); }); }},
                  {"EINVAL-minus-1", "process -1", "WSAEINVAL", "spi:duplicatesocket",
                   [] { return on_tcp([](SOCKET s) { return duplicate(s, ~DWORD{0}, true); }); }},
                  {"EFAULT", "no structure", "WSAEFAULT", "spi:duplicatesocket",
                   [] { return on_tcp([](SOCKET s) { return duplicate(s, 1, false); }); }},
              });
  suite.table("spi.WSPJoinLeaf", "WSPJoinLeaf",
              {
                  {"EFAULT", "no name", "WSAEFAULT", "spi:joinleaf",
                   [] {
                     Handle s = leaf();
                     return join(s, nullptr, 16);
                   }},
                  {"EINVAL", "a socket without the multipoint flags", "WSAEINVAL", "spi:joinleaf",
                   [] {
                     Handle s = bound(udp());
                     const Name name = group();
                     return join(s, &name, name.size);
                   }},
                  {"EOPNOTSUPP", "a stream socket", "WSAEOPNOTSUPP", "spi:joinleaf",
                   [] {
                     const Name name = group();
                     return on_tcp([&](SOCKET s) { return join(s, &name, name.size); });
                   }},
                  {"joins", "a group: the socket itself", "itself", "spi:joinleaf",
                   [] {
                     Handle s = leaf();
                     const Name name = group();
                     return join(s, &name, name.size);
                   }},
              });
  suite.table("spi.WSPGetQOSByName", "WSPGetQOSByName",
              {
                  {"EFAULT", "no structure", "WSAEFAULT", "spi:getqosbyname",
                   [] {
                     return on_tcp([](SOCKET s) {
                       WSABUF name{0, nullptr};
                       int error = 0;
                       return std::string(wsp.lpWSPGetQOSByName(s, &name, nullptr, &error) ? "ok" : code_name(error));
                     });
                   }},
                  {"EOPNOTSUPP", "there are no templates", "WSAEOPNOTSUPP", "sheet 2.23",
                   [] {
                     return on_tcp([](SOCKET s) {
                       char text[] = "G711";
                       WSABUF name{5, text};
                       QOS qos{};
                       int error = 0;
                       return std::string(wsp.lpWSPGetQOSByName(s, &name, &qos, &error) ? "ok" : code_name(error));
                     });
                   }},
              });
  suite.table(
      "spi.WSPCancelBlockingCall", "WSPCancelBlockingCall",
      {
          {"EINVAL", "no blocking call of this thread runs", "WSAEINVAL", "spi:cancelblockingcall",
           [] {
             int error = 0;
             return answer(wsp.lpWSPCancelBlockingCall(&error), error);
           }},
          {"null-errno", "the same with a NULL lpErrno", "fails", "sheet 1.1",
           [] { return std::string(wsp.lpWSPCancelBlockingCall(nullptr) == SOCKET_ERROR ? "fails" : "succeeds"); }},
      });
}

}  // namespace

void add_function_cases(Suite& suite) {
  add_making(suite);
  add_connecting(suite);
  add_names(suite);
  add_readiness(suite);
  add_others(suite);
}

}  // namespace conformance::spi
