// The calls on sockets from their making to their closing, their names and options. The contracts are in
// <inlet/socket_calls.h>; each call is the entry of the same purpose, the older ones with the newer ones' defaults.
#include "winsock/forward.h"

namespace inlet::winsock {
namespace {

// Notes whose a new socket is. A handle that cannot be noted is of no use, so it is closed.
SOCKET adopted(SOCKET s, const WSPPROC_TABLE& table, LPINT code) {
  if (s == INVALID_SOCKET || map_socket(s, &table)) return s;
  int ignored = 0;
  table.lpWSPCloseSocket(s, &ignored);
  *code = WSAENOBUFS;
  return INVALID_SOCKET;
}

SOCKET open_socket(int af, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP g, DWORD flags) {
  auto table = find_provider(af, type, protocol, info);
  if (!table) return fail<SOCKET>(wsa_code(table.error()));
  int code = 0;
  const SOCKET s = (*table)->lpWSPSocket(af, type, protocol, info, g, flags, &code);
  return concluded(adopted(s, **table, &code), code);
}

// SO_OPENTYPE belongs to no socket, and any handle will do for it.
template <class Call>
int forward_option(SOCKET s, int level, int name, Call call) {
  if (level != SOL_SOCKET || name != SO_OPENTYPE || !is_started() || find_table(s) != nullptr) return forward(s, call);
  const auto provider = base_provider();
  if (provider == nullptr) return fail(WSANOTINITIALISED);
  int code = 0;
  const int result = call(provider->table(), &code);
  return concluded(result, code);
}

SOCKET accept_socket(SOCKET s, sockaddr* addr, LPINT addrlen, LPCONDITIONPROC condition, DWORD_PTR data) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return adopted(table.lpWSPAccept(s, addr, addrlen, condition, data, code), table, code);
  });
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

SOCKET WSAAPI socket(int af, int type, int protocol) {
  return open_socket(af, type, protocol, nullptr, 0, WSA_FLAG_OVERLAPPED);
}

SOCKET WSAAPI WSASocketW(int af, int type, int protocol, LPWSAPROTOCOL_INFOW lpProtocolInfo, GROUP g, DWORD dwFlags) {
  return open_socket(af, type, protocol, lpProtocolInfo, g, dwFlags);
}

int WSAAPI WSADuplicateSocketW(SOCKET s, DWORD dwProcessId, LPWSAPROTOCOL_INFOW lpProtocolInfo) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPDuplicateSocket(s, dwProcessId, lpProtocolInfo, code);
  });
}

int WSAAPI bind(SOCKET s, const sockaddr* name, int namelen) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) { return table.lpWSPBind(s, name, namelen, code); });
}

int WSAAPI listen(SOCKET s, int backlog) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) { return table.lpWSPListen(s, backlog, code); });
}

SOCKET WSAAPI accept(SOCKET s, sockaddr* addr, int* addrlen) {
  return accept_socket(s, addr, addrlen, nullptr, 0);
}

SOCKET WSAAPI WSAAccept(SOCKET s, sockaddr* addr, LPINT addrlen, LPCONDITIONPROC lpfnCondition,
                        DWORD_PTR dwCallbackData) {
  return accept_socket(s, addr, addrlen, lpfnCondition, dwCallbackData);
}

int WSAAPI connect(SOCKET s, const sockaddr* name, int namelen) {
  return WSAConnect(s, name, namelen, nullptr, nullptr, nullptr, nullptr);
}

int WSAAPI WSAConnect(SOCKET s, const sockaddr* name, int namelen, LPWSABUF lpCallerData, LPWSABUF lpCalleeData,
                      LPQOS lpSQOS, LPQOS lpGQOS) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPConnect(s, name, namelen, lpCallerData, lpCalleeData, lpSQOS, lpGQOS, code);
  });
}

int WSAAPI shutdown(SOCKET s, int how) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) { return table.lpWSPShutdown(s, how, code); });
}

int WSAAPI WSASendDisconnect(SOCKET s, LPWSABUF lpOutboundDisconnectData) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPSendDisconnect(s, lpOutboundDisconnectData, code);
  });
}

int WSAAPI WSARecvDisconnect(SOCKET s, LPWSABUF lpInboundDisconnectData) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPRecvDisconnect(s, lpInboundDisconnectData, code);
  });
}

int WSAAPI closesocket(SOCKET s) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) { return table.lpWSPCloseSocket(s, code); });
}

SOCKET WSAAPI WSAJoinLeaf(SOCKET s, const sockaddr* name, int namelen, LPWSABUF lpCallerData, LPWSABUF lpCalleeData,
                          LPQOS lpSQOS, LPQOS lpGQOS, DWORD dwFlags) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    const SOCKET leaf =
        table.lpWSPJoinLeaf(s, name, namelen, lpCallerData, lpCalleeData, lpSQOS, lpGQOS, dwFlags, code);
    return leaf == s ? s : adopted(leaf, table, code);
  });
}

int WSAAPI getsockname(SOCKET s, sockaddr* name, int* namelen) {
  return forward(
      s, [&](const WSPPROC_TABLE& table, LPINT code) { return table.lpWSPGetSockName(s, name, namelen, code); });
}

int WSAAPI getpeername(SOCKET s, sockaddr* name, int* namelen) {
  return forward(
      s, [&](const WSPPROC_TABLE& table, LPINT code) { return table.lpWSPGetPeerName(s, name, namelen, code); });
}

int WSAAPI getsockopt(SOCKET s, int level, int optname, char* optval, int* optlen) {
  return forward_option(s, level, optname, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPGetSockOpt(s, level, optname, optval, optlen, code);
  });
}

int WSAAPI setsockopt(SOCKET s, int level, int optname, const char* optval, int optlen) {
  return forward_option(s, level, optname, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPSetSockOpt(s, level, optname, optval, optlen, code);
  });
}

int WSAAPI ioctlsocket(SOCKET s, LONG cmd, u_long* argp) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    // The argument goes in, comes out, or both, as the command says.
    const DWORD command = static_cast<DWORD>(cmd);
    const bool in = (command & IOC_IN) != 0;
    const bool out = (command & IOC_OUT) != 0;
    DWORD returned = 0;
    return table.lpWSPIoctl(s, command, in ? argp : nullptr, in ? sizeof(*argp) : 0, out ? argp : nullptr,
                            out ? sizeof(*argp) : 0, &returned, nullptr, nullptr, nullptr, code);
  });
}

int WSAAPI WSAIoctl(SOCKET s, DWORD dwIoControlCode, LPVOID lpvInBuffer, DWORD cbInBuffer, LPVOID lpvOutBuffer,
                    DWORD cbOutBuffer, LPDWORD lpcbBytesReturned, LPWSAOVERLAPPED lpOverlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
  const LPWSATHREADID thread = thread_for(lpCompletionRoutine);
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPIoctl(s, dwIoControlCode, lpvInBuffer, cbInBuffer, lpvOutBuffer, cbOutBuffer, lpcbBytesReturned,
                            lpOverlapped, lpCompletionRoutine, thread, code);
  });
}

BOOL WSAAPI WSAGetQOSByName(SOCKET s, LPWSABUF lpQOSName, LPQOS lpQOS) {
  return static_cast<BOOL>(forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPGetQOSByName(s, lpQOSName, lpQOS, code) ? Truth::yes : Truth::no;
  }));
}
