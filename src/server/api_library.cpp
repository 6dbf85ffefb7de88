// The C interface: the library's life, and errors. The contracts are in cswsock10.h.
#include <algorithm>
#include <cstring>

#include "server/api_call.h"

namespace inlet::server {

constinit thread_local DWORD last_error = 0;

}  // namespace inlet::server

using namespace inlet;
using namespace inlet::server;

BOOL WINAPI InetInitializeA(LPCSTR, LPINITDATA lpData) {
  const auto call = traced("InetInitialize", lpData);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    if (lpData && lpData->dwSize != sizeof(INITDATA)) return Error::fault;
    auto initialized = runtime().initialize();
    if (!initialized) return initialized.error();
    if (lpData) {
      lpData->dwVersionMajor = 10;  // of the interface, which is what programs test for
      lpData->dwVersionMinor = 0;
      lpData->dwVersionBuild = 0;
    }
    return TRUE;
  });
}

VOID WINAPI InetUninitialize(VOID) {
  const auto call = traced("InetUninitialize");
  guarded<BOOL>(call, FALSE, []() -> Result<BOOL> {
    runtime().uninitialize();
    return TRUE;
  });
}

DWORD WINAPI InetGetLastError(VOID) {
  return last_error;
}

VOID WINAPI InetSetLastError(DWORD dwErrorCode) {
  last_error = dwErrorCode;
}

INT WINAPI InetGetErrorStringA(DWORD dwErrorCode, LPSTR lpszBuffer, INT cchBuffer) {
  const auto call = traced("InetGetErrorString", dwErrorCode, lpszBuffer, cchBuffer);
  return guarded<INT>(call, 0, [&]() -> Result<INT> {
    if (!lpszBuffer || cchBuffer <= 0) return Error::fault;
    const char* detail = error_detail(dwErrorCode);
    const std::string_view text = detail ? detail : text_of(error_of_inet_code(dwErrorCode));
    const size_t length = std::min(text.size(), static_cast<size_t>(cchBuffer) - 1);
    std::memcpy(lpszBuffer, text.data(), length);
    lpszBuffer[length] = '\0';
    return static_cast<INT>(length);
  });
}
