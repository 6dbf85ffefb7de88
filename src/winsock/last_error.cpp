#include "winsock/last_error.h"

#include <winsock2.h>

namespace inlet::winsock {

constinit thread_local int last_error_slot = 0;

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
