// What holds for every function that takes a socket: bad handles, NULL lpErrno, the thread's last error, lpErrno after a
// success.
#include "conformance/spi/cases.h"
#include "conformance/spi/table.h"

namespace conformance::spi {
namespace {

// Calls a function with good arguments but for the handle; returns whether it failed.
struct Call {
  const char* name;
  bool (*run)(SOCKET s, LPINT error);
};

char room[64];

bool recv_fails(SOCKET s, LPINT error) {
  WSABUF buffer{sizeof(room), room};
  DWORD count = 0;
  DWORD flags = 0;
  return wsp.lpWSPRecv(s, &buffer, 1, &count, &flags, nullptr, nullptr, nullptr, error) == SOCKET_ERROR;
}

bool recv_from_fails(SOCKET s, LPINT error) {
  WSABUF buffer{sizeof(room), room};
  DWORD count = 0;
  DWORD flags = 0;
  return wsp.lpWSPRecvFrom(s, &buffer, 1, &count, &flags, nullptr, nullptr, nullptr, nullptr, nullptr, error) ==
         SOCKET_ERROR;
}

bool send_fails(SOCKET s, LPINT error) {
  WSABUF buffer{1, room};
  DWORD count = 0;
  return wsp.lpWSPSend(s, &buffer, 1, &count, 0, nullptr, nullptr, nullptr, error) == SOCKET_ERROR;
}

bool send_to_fails(SOCKET s, LPINT error) {
  WSABUF buffer{1, room};
  DWORD count = 0;
  const Name to = loopback(AF_INET, htons(9));
  return wsp.lpWSPSendTo(s, &buffer, 1, &count, 0, to.get(), to.size, nullptr, nullptr, nullptr, error) == SOCKET_ERROR;
}

bool select_fails(SOCKET s, LPINT error) {
  fd_set set;
  set.fd_count = 1;
  set.fd_array[0] = s;
  timeval timeout{};
  return wsp.lpWSPSelect(0, &set, nullptr, nullptr, &timeout, error) == SOCKET_ERROR;
}

bool ioctl_fails(SOCKET s, LPINT error) {
  u_long value = 0;
  DWORD count = 0;
  return wsp.lpWSPIoctl(s, FIONREAD, nullptr, 0, &value, sizeof(value), &count, nullptr, nullptr, nullptr, error) ==
         SOCKET_ERROR;
}

bool result_fails(SOCKET s, LPINT error) {
  WSAOVERLAPPED overlapped{};
  DWORD count = 0;
  DWORD flags = 0;
  return !wsp.lpWSPGetOverlappedResult(s, &overlapped, &count, FALSE, &flags, error);
}

bool get_option_fails(SOCKET s, LPINT error) {
  int value = 0;
  int size = sizeof(value);
  return wsp.lpWSPGetSockOpt(s, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&value), &size, error) == SOCKET_ERROR;
}

bool set_option_fails(SOCKET s, LPINT error) {
  const BOOL value = FALSE;
  return wsp.lpWSPSetSockOpt(s, SOL_SOCKET, SO_DEBUG, reinterpret_cast<const char*>(&value), sizeof(value), error) ==
         SOCKET_ERROR;
}

bool qos_fails(SOCKET s, LPINT error) {
  WSABUF name{1, room};
  QOS qos{};
  return !wsp.lpWSPGetQOSByName(s, &name, &qos, error);
}

bool join_fails(SOCKET s, LPINT error) {
  const Name group = v4_name(0xefffff01, htons(5000));
  return wsp.lpWSPJoinLeaf(s, group.get(), group.size, nullptr, nullptr, nullptr, nullptr, JL_BOTH, error) ==
         INVALID_SOCKET;
}

bool name_fails(SOCKET s, LPINT error, LPWSPGETSOCKNAME function) {
  Name name;
  return function(s, name.get(), &name.size, error) == SOCKET_ERROR;
}

bool connect_fails(SOCKET s, LPINT error) {
  const Name name = loopback(AF_INET, htons(9));
  return wsp.lpWSPConnect(s, name.get(), name.size, nullptr, nullptr, nullptr, nullptr, error) == SOCKET_ERROR;
}

bool enumerate_fails(SOCKET s, LPINT error) {
  WSANETWORKEVENTS events{};
  return wsp.lpWSPEnumNetworkEvents(s, nullptr, &events, error) == SOCKET_ERROR;
}

bool duplicate_fails(SOCKET s, LPINT error) {
  WSAPROTOCOL_INFOW info{};
  return wsp.lpWSPDuplicateSocket(s, 1, &info, error) == SOCKET_ERROR;
}

bool bind_fails(SOCKET s, LPINT error) {
  const Name name = loopback();
  return wsp.lpWSPBind(s, name.get(), name.size, error) == SOCKET_ERROR;
}

bool accept_fails(SOCKET s, LPINT error) {
  return wsp.lpWSPAccept(s, nullptr, nullptr, nullptr, 0, error) == INVALID_SOCKET;
}

const Call kCalls[] = {
    {"WSPAccept", accept_fails},
    {"WSPAsyncSelect",
     [](SOCKET s, LPINT error) { return wsp.lpWSPAsyncSelect(s, nullptr, 0, 0, error) == SOCKET_ERROR; }},
    {"WSPBind", bind_fails},
    {"WSPCloseSocket", [](SOCKET s, LPINT error) { return wsp.lpWSPCloseSocket(s, error) == SOCKET_ERROR; }},
    {"WSPConnect", connect_fails},
    {"WSPDuplicateSocket", duplicate_fails},
    {"WSPEnumNetworkEvents", enumerate_fails},
    {"WSPEventSelect",
     [](SOCKET s, LPINT error) { return wsp.lpWSPEventSelect(s, nullptr, 0, error) == SOCKET_ERROR; }},
    {"WSPGetOverlappedResult", result_fails},
    {"WSPGetPeerName", [](SOCKET s, LPINT error) { return name_fails(s, error, wsp.lpWSPGetPeerName); }},
    {"WSPGetSockName", [](SOCKET s, LPINT error) { return name_fails(s, error, wsp.lpWSPGetSockName); }},
    {"WSPGetSockOpt", get_option_fails},
    {"WSPGetQOSByName", qos_fails},
    {"WSPIoctl", ioctl_fails},
    {"WSPJoinLeaf", join_fails},
    {"WSPListen", [](SOCKET s, LPINT error) { return wsp.lpWSPListen(s, 1, error) == SOCKET_ERROR; }},
    {"WSPRecv", recv_fails},
    {"WSPRecvDisconnect",
     [](SOCKET s, LPINT error) { return wsp.lpWSPRecvDisconnect(s, nullptr, error) == SOCKET_ERROR; }},
    {"WSPRecvFrom", recv_from_fails},
    {"WSPSelect", select_fails},
    {"WSPSend", send_fails},
    {"WSPSendDisconnect",
     [](SOCKET s, LPINT error) { return wsp.lpWSPSendDisconnect(s, nullptr, error) == SOCKET_ERROR; }},
    {"WSPSendTo", send_to_fails},
    {"WSPSetSockOpt", set_option_fails},
    {"WSPShutdown", [](SOCKET s, LPINT error) { return wsp.lpWSPShutdown(s, SD_BOTH, error) == SOCKET_ERROR; }},
};

struct BadHandle {
  const char* name;
  SOCKET (*make)();
};

const BadHandle kBadHandles[] = {
    {"0", [] { return SOCKET{0}; }},
    {"descriptor-2", [] { return SOCKET{2}; }},
    {"invalid", [] { return INVALID_SOCKET; }},
    {"garbage", [] { return SOCKET{0xdeadbeef}; }},
    {"closed",
     [] {
       Handle s = tcp();
       return s.get();  // closed when this returns
     }},
    {"other-generation",
     [] {
       Handle s = tcp();
       return s.get() ^ SOCKET { 0x100000000 };
     }},
};

std::string with_handle(const Call& call, SOCKET s) {
  int error = 0x5a5a;
  return call.run(s, &error) ? code_name(error) : "succeeds";
}

std::string leaves_last_error(const Call& call) {
  ::WSASetLastError(4711);
  int error = 0;
  call.run(INVALID_SOCKET, &error);
  return std::to_string(::WSAGetLastError());
}

// --- lpErrno after a success

struct Success {
  const char* name;
  bool (*run)(LPINT error);  // whether it succeeded
};

const Success kSuccesses[] = {
    {"WSPSocket",
     [](LPINT error) {
       Handle s(wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0, error));
       return s != INVALID_SOCKET;
     }},
    {"WSPBind",
     [](LPINT error) {
       Handle s = tcp();
       return !bind_fails(s, error);
     }},
    {"WSPListen",
     [](LPINT error) {
       Handle s = bound(tcp());
       return wsp.lpWSPListen(s, 1, error) == 0;
     }},
    {"WSPConnect",
     [](LPINT error) {
       Handle server = listener();
       Handle s = tcp();
       const Name name = local_name(server);
       return wsp.lpWSPConnect(s, name.get(), name.size, nullptr, nullptr, nullptr, nullptr, error) == 0;
     }},
    {"WSPAccept",
     [](LPINT error) {
       Handle server = listener();
       Handle client = connect_to(server);
       Handle accepted(wsp.lpWSPAccept(server, nullptr, nullptr, nullptr, 0, error));
       return accepted != INVALID_SOCKET;
     }},
    {"WSPSend",
     [](LPINT error) {
       Pair pair = connected();
       return !send_fails(pair.client, error);
     }},
    {"WSPRecv",
     [](LPINT error) {
       Pair pair = connected();
       send(pair.client, "x");
       return !recv_fails(pair.server, error);
     }},
    {"WSPSendTo",
     [](LPINT error) {
       Handle s = udp();
       return !send_to_fails(s, error);
     }},
    {"WSPShutdown",
     [](LPINT error) {
       Pair pair = connected();
       return wsp.lpWSPShutdown(pair.client, SD_SEND, error) == 0;
     }},
    {"WSPGetSockName",
     [](LPINT error) {
       Handle s = bound(tcp());
       return !name_fails(s, error, wsp.lpWSPGetSockName);
     }},
    {"WSPGetPeerName",
     [](LPINT error) {
       Pair pair = connected();
       return !name_fails(pair.client, error, wsp.lpWSPGetPeerName);
     }},
    {"WSPGetSockOpt",
     [](LPINT error) {
       Handle s = tcp();
       return !get_option_fails(s, error);
     }},
    {"WSPSetSockOpt",
     [](LPINT error) {
       Handle s = tcp();
       return !set_option_fails(s, error);
     }},
    {"WSPIoctl",
     [](LPINT error) {
       Handle s = tcp();
       return !ioctl_fails(s, error);
     }},
    {"WSPSelect",
     [](LPINT error) {
       Handle s = listener();
       return !select_fails(s, error);
     }},
    {"WSPEventSelect",
     [](LPINT error) {
       Handle s = tcp();
       return wsp.lpWSPEventSelect(s, nullptr, 0, error) == 0;
     }},
    {"WSPEnumNetworkEvents",
     [](LPINT error) {
       Handle s = tcp();
       return !enumerate_fails(s, error);
     }},
    {"WSPSendDisconnect",
     [](LPINT error) {
       Pair pair = connected();
       return wsp.lpWSPSendDisconnect(pair.client, nullptr, error) == 0;
     }},
    {"WSPRecvDisconnect",
     [](LPINT error) {
       Pair pair = connected();
       return wsp.lpWSPRecvDisconnect(pair.client, nullptr, error) == 0;
     }},
    {"WSPCloseSocket",
     [](LPINT error) {
       int ignored = 0;
       const SOCKET s = wsp.lpWSPSocket(AF_INET, SOCK_STREAM, 0, nullptr, 0, 0, &ignored);
       return wsp.lpWSPCloseSocket(s, error) == 0;
     }},
};

std::string succeed(const Success& one) {
  int error = 4711;
  return one.run(&error) ? std::to_string(error) : code_name(error);
}

}  // namespace

void add_convention_cases(Suite& suite) {
  for (const Call& call : kCalls) {
    const std::string prefix = std::string("spi.") + call.name + ".";
    for (const BadHandle& bad : kBadHandles)
      suite.add({prefix + "handle-" + bad.name, call.name, std::string("the handle is ") + bad.name, "WSAENOTSOCK",
                 "sheet 2", [&call, &bad] { return with_handle(call, bad.make()); }});
    suite.add({prefix + "null-errno", call.name, "it fails and lpErrno is NULL", "yes", "sheet 1.1",
               [&call] { return yes_no(call.run(INVALID_SOCKET, nullptr)); }});
    suite.add({prefix + "last-error", call.name, "it fails: the thread's last error is not touched", "4711",
               "sheet 1.1", [&call] { return leaves_last_error(call); }});
  }
  for (const Success& one : kSuccesses) {
    suite.add({std::string("spi.") + one.name + ".success-errno", one.name, "it succeeds: *lpErrno is left alone",
               "4711", "sheet 2", [&one] { return succeed(one); }});
    suite.add({std::string("spi.") + one.name + ".success-null", one.name, "it succeeds with a NULL lpErrno", "yes",
               "sheet 1.1", [&one] { return yes_no(one.run(nullptr)); }});
  }
}

}  // namespace conformance::spi
