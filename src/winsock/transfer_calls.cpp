// Sending and receiving. The contracts are in <inlet/socket_calls.h>.
#include "winsock/forward.h"

namespace inlet::winsock {
namespace {

// A negative length stays one: it is larger than any that a provider takes.
WSABUF buffer_of(const char* data, int length) {
  return {static_cast<ULONG>(length), const_cast<CHAR*>(data)};
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

int WSAAPI send(SOCKET s, const char* buf, int len, int flags) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    WSABUF buffer = buffer_of(buf, len);
    DWORD sent = 0;
    const int result =
        table.lpWSPSend(s, &buffer, 1, &sent, static_cast<DWORD>(flags), nullptr, nullptr, nullptr, code);
    return result == 0 ? static_cast<int>(sent) : result;
  });
}

int WSAAPI recv(SOCKET s, char* buf, int len, int flags) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    WSABUF buffer = buffer_of(buf, len);
    DWORD received = 0;
    DWORD in_out = static_cast<DWORD>(flags);
    const int result = table.lpWSPRecv(s, &buffer, 1, &received, &in_out, nullptr, nullptr, nullptr, code);
    return result == 0 ? static_cast<int>(received) : result;
  });
}

int WSAAPI sendto(SOCKET s, const char* buf, int len, int flags, const sockaddr* to, int tolen) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    WSABUF buffer = buffer_of(buf, len);
    DWORD sent = 0;
    const int result =
        table.lpWSPSendTo(s, &buffer, 1, &sent, static_cast<DWORD>(flags), to, tolen, nullptr, nullptr, nullptr, code);
    return result == 0 ? static_cast<int>(sent) : result;
  });
}

int WSAAPI recvfrom(SOCKET s, char* buf, int len, int flags, sockaddr* from, int* fromlen) {
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    WSABUF buffer = buffer_of(buf, len);
    DWORD received = 0;
    DWORD in_out = static_cast<DWORD>(flags);
    const int result =
        table.lpWSPRecvFrom(s, &buffer, 1, &received, &in_out, from, fromlen, nullptr, nullptr, nullptr, code);
    return result == 0 ? static_cast<int>(received) : result;
  });
}

int WSAAPI WSASend(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent, DWORD dwFlags,
                   LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
  const LPWSATHREADID thread = thread_for(lpCompletionRoutine);
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPSend(s, lpBuffers, dwBufferCount, lpNumberOfBytesSent, dwFlags, lpOverlapped, lpCompletionRoutine,
                           thread, code);
  });
}

int WSAAPI WSARecv(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd, LPDWORD lpFlags,
                   LPWSAOVERLAPPED lpOverlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
  const LPWSATHREADID thread = thread_for(lpCompletionRoutine);
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPRecv(s, lpBuffers, dwBufferCount, lpNumberOfBytesRecvd, lpFlags, lpOverlapped,
                           lpCompletionRoutine, thread, code);
  });
}

int WSAAPI WSASendTo(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesSent, DWORD dwFlags,
                     const sockaddr* lpTo, int iTolen, LPWSAOVERLAPPED lpOverlapped,
                     LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
  const LPWSATHREADID thread = thread_for(lpCompletionRoutine);
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPSendTo(s, lpBuffers, dwBufferCount, lpNumberOfBytesSent, dwFlags, lpTo, iTolen, lpOverlapped,
                             lpCompletionRoutine, thread, code);
  });
}

int WSAAPI WSARecvFrom(SOCKET s, LPWSABUF lpBuffers, DWORD dwBufferCount, LPDWORD lpNumberOfBytesRecvd, LPDWORD lpFlags,
                       sockaddr* lpFrom, LPINT lpFromlen, LPWSAOVERLAPPED lpOverlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine) {
  const LPWSATHREADID thread = thread_for(lpCompletionRoutine);
  return forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPRecvFrom(s, lpBuffers, dwBufferCount, lpNumberOfBytesRecvd, lpFlags, lpFrom, lpFromlen,
                               lpOverlapped, lpCompletionRoutine, thread, code);
  });
}

BOOL WSAAPI WSAGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED lpOverlapped, LPDWORD lpcbTransfer, BOOL fWait,
                                   LPDWORD lpdwFlags) {
  if (is_started() && lpOverlapped == nullptr && find_table(s) != nullptr)
    return static_cast<BOOL>(fail<Truth>(WSA_INVALID_PARAMETER));
  return static_cast<BOOL>(forward(s, [&](const WSPPROC_TABLE& table, LPINT code) {
    return table.lpWSPGetOverlappedResult(s, lpOverlapped, lpcbTransfer, fWait, lpdwFlags, code) ? Truth::yes
                                                                                                 : Truth::no;
  }));
}
