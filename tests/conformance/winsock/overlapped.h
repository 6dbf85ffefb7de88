// An overlapped operation of a case: its structure, its event, and how it ended.
#pragma once

#include "world.h"

namespace conformance {

class Operation {
 public:
  Operation() {
    overlapped.hEvent = ::WSACreateEvent();
    buffer = {sizeof(room), room};
  }
  ~Operation() { ::WSACloseEvent(overlapped.hEvent); }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  std::string recv(SOCKET s, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine = nullptr) {
    return outcome(::WSARecv(s, &buffer, 1, nullptr, &flags, &overlapped, routine));
  }
  std::string recv_from(SOCKET s) {
    return outcome(::WSARecvFrom(s, &buffer, 1, nullptr, &flags, from.get(), &from.size, &overlapped, nullptr));
  }
  std::string send(SOCKET s, const char* text, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine = nullptr) {
    std::strncpy(room, text, sizeof(room) - 1);
    buffer.len = static_cast<ULONG>(std::strlen(text));
    return outcome(::WSASend(s, &buffer, 1, nullptr, 0, &overlapped, routine));
  }
  bool signalled(int timeout_ms = 2000) const {
    return ::WSAWaitForMultipleEvents(1, &overlapped.hEvent, FALSE, static_cast<DWORD>(timeout_ms), FALSE) ==
           WSA_WAIT_EVENT_0;
  }
  // "3 bytes" or the name of the error.
  std::string result(SOCKET s, bool wait = true) {
    DWORD count = 0;
    DWORD result_flags = 0;
    if (!::WSAGetOverlappedResult(s, &overlapped, &count, wait, &result_flags)) return last_error();
    return number(count) + " bytes";
  }
  std::string text(size_t size) const { return std::string(room, size); }

  WSAOVERLAPPED overlapped{};
  char room[64] = {};
  WSABUF buffer{};
  DWORD flags = 0;
  Address from;
};

}  // namespace conformance
