#include "winsock/last_error.h"

#include <winsock2.h>

namespace inlet::winsock {
namespace {

thread_local int slot = 0;

}  // namespace

int last_error() {
  return slot;
}
void set_last_error(int code) {
  slot = code;
}

}  // namespace inlet::winsock

int WSAAPI WSAGetLastError(void) {
  return inlet::winsock::last_error();
}
void WSAAPI WSASetLastError(int iError) {
  inlet::winsock::set_last_error(iError);
}
DWORD WINAPI GetLastError(void) {
  return static_cast<DWORD>(inlet::winsock::last_error());
}
void WINAPI SetLastError(DWORD dwErrCode) {
  inlet::winsock::set_last_error(static_cast<int>(dwErrCode));
}
