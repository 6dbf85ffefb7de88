// The calls of <mswsock.h>, which are found through the provider of their socket. The contracts are in that header.
#include "winsock/extensions.h"

#include <atomic>

#include "winsock/forward.h"

namespace inlet::winsock {

AnyFunction find_any_extension(SOCKET s, const GUID& id, int* code) {
  ProcTable table = find_table(s);
  if (table == nullptr) {
    *code = WSAENOTSOCK;
    return nullptr;
  }
  GUID wanted = id;
  AnyFunction found = nullptr;
  DWORD returned = 0;
  const int result = table->lpWSPIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &wanted, sizeof(wanted), &found,
                                       sizeof(found), &returned, nullptr, nullptr, nullptr, code);
  return result == 0 ? found : nullptr;
}

namespace {

// Calls a function that sets the thread's last error by itself when it fails.
template <class Function, class Call>
auto call_extension(SOCKET s, const GUID& id, decltype(Failure<int>::kValue) failure, Call call) {
  if (!is_started()) {
    set_last_error(WSANOTINITIALISED);
    return failure;
  }
  int code = 0;
  auto function = find_extension<Function>(s, id, &code);
  if (function == nullptr) {
    set_last_error(code != 0 ? code : WSASYSCALLFAILURE);
    return failure;
  }
  const int result = call(function);
  if (result != failure) set_last_error(0);
  return result;
}

// The addresses lie where the provider of new sockets has put them, but there is no socket to ask it through.
LPFN_GETACCEPTEXSOCKADDRS find_get_addresses() {
  const SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (s == INVALID_SOCKET) return nullptr;
  int ignored = 0;
  auto found = find_extension<LPFN_GETACCEPTEXSOCKADDRS>(s, WSAID_GETACCEPTEXSOCKADDRS, &ignored);
  closesocket(s);
  return found;
}

// Found once; a provider's code stays where it is as long as the process lives.
LPFN_GETACCEPTEXSOCKADDRS get_addresses() {
  static std::atomic<LPFN_GETACCEPTEXSOCKADDRS> kept{nullptr};
  auto function = kept.load(std::memory_order_acquire);
  if (function == nullptr && (function = find_get_addresses()) != nullptr)
    kept.store(function, std::memory_order_release);
  return function;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

BOOL WINAPI AcceptEx(SOCKET sListenSocket, SOCKET sAcceptSocket, PVOID lpOutputBuffer, DWORD dwReceiveDataLength,
                     DWORD dwLocalAddressLength, DWORD dwRemoteAddressLength, LPDWORD lpdwBytesReceived,
                     LPOVERLAPPED lpOverlapped) {
  return call_extension<LPFN_ACCEPTEX>(sListenSocket, WSAID_ACCEPTEX, FALSE, [&](LPFN_ACCEPTEX accept_ex) {
    return accept_ex(sListenSocket, sAcceptSocket, lpOutputBuffer, dwReceiveDataLength, dwLocalAddressLength,
                     dwRemoteAddressLength, lpdwBytesReceived, lpOverlapped);
  });
}

VOID WINAPI GetAcceptExSockaddrs(PVOID lpOutputBuffer, DWORD dwReceiveDataLength, DWORD dwLocalAddressLength,
                                 DWORD dwRemoteAddressLength, sockaddr** LocalSockaddr, LPINT LocalSockaddrLength,
                                 sockaddr** RemoteSockaddr, LPINT RemoteSockaddrLength) {
  if (auto function = get_addresses(); function != nullptr)
    function(lpOutputBuffer, dwReceiveDataLength, dwLocalAddressLength, dwRemoteAddressLength, LocalSockaddr,
             LocalSockaddrLength, RemoteSockaddr, RemoteSockaddrLength);
}

BOOL WINAPI TransmitFile(SOCKET hSocket, HANDLE hFile, DWORD nNumberOfBytesToWrite, DWORD nNumberOfBytesPerSend,
                         LPOVERLAPPED lpOverlapped, LPTRANSMIT_FILE_BUFFERS lpTransmitBuffers, DWORD dwReserved) {
  return call_extension<LPFN_TRANSMITFILE>(hSocket, WSAID_TRANSMITFILE, FALSE, [&](LPFN_TRANSMITFILE transmit) {
    return transmit(hSocket, hFile, nNumberOfBytesToWrite, nNumberOfBytesPerSend, lpOverlapped, lpTransmitBuffers,
                    dwReserved);
  });
}

int WSAAPI WSASendMsg(SOCKET s, LPWSAMSG lpMsg, DWORD dwFlags, LPDWORD lpNumberOfBytesSent,
                      LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
  return call_extension<LPFN_WSASENDMSG>(s, WSAID_WSASENDMSG, SOCKET_ERROR, [&](LPFN_WSASENDMSG send_message) {
    return send_message(s, lpMsg, dwFlags, lpNumberOfBytesSent, lpOverlapped, lpCompletionRoutine);
  });
}

int WSAAPI WSARecvEx(SOCKET s, char* buf, int len, int* flags) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    if (flags == nullptr) {
      *code = WSAEFAULT;
      return SOCKET_ERROR;
    }
    WSABUF buffer{static_cast<ULONG>(len), buf};
    DWORD received = 0;
    DWORD in_out = static_cast<DWORD>(*flags);
    const int result = table.lpWSPRecv(s, &buffer, 1, &received, &in_out, nullptr, nullptr, nullptr, code);
    // What does not fit is lost as it is with recv, but the caller is told by a flag instead of an error.
    const bool partial = result != 0 && *code == WSAEMSGSIZE;
    if (result != 0 && !partial) return SOCKET_ERROR;
    *flags = static_cast<int>(partial ? in_out | MSG_PARTIAL : in_out);
    return static_cast<int>(received);
  });
}
