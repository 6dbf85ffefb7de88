// The last error of each thread: one slot for GetLastError and WSAGetLastError.
#pragma once

namespace inlet::winsock {

int last_error();
void set_last_error(int code);

}  // namespace inlet::winsock
