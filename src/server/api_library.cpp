// The C interface: the library's life, and errors. The contracts are in cswsock10.h.
#include "server/api_call.h"

namespace inlet::server {

constinit thread_local DWORD last_error = 0;

}  // namespace inlet::server

using namespace inlet;
using namespace inlet::server;

namespace {

// Any key is good, so nobody reads it.
BOOL initialize(LPINITDATA data) {
  const auto call = traced("InetInitialize", data);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    if (data && data->dwSize != sizeof(INITDATA)) return Error::fault;
    auto initialized = runtime().initialize();
    if (!initialized) return initialized.error();
    if (data) {
      data->dwVersionMajor = 10;  // of the interface, which is what programs test for
      data->dwVersionMinor = 0;
      data->dwVersionBuild = 0;
    }
    return TRUE;
  });
}

// As much of the text as fits: of what the last call of this thread had to say, or else of the code alone.
template <class Character>
INT error_string(DWORD code, Character* into, INT capacity) {
  const auto call = traced("InetGetErrorString", code, into, capacity);
  return guarded<INT>(call, 0, [&]() -> Result<INT> {
    if (!into || capacity <= 0) return Error::fault;
    const char* detail = error_detail(code);
    const std::string_view text = detail ? detail : text_of(error_of_inet_code(code));
    return put_text(text.substr(0, static_cast<size_t>(capacity) - 1), into, capacity);
  });
}

}  // namespace

BOOL WINAPI InetInitializeA(LPCSTR, LPINITDATA lpData) {
  return initialize(lpData);
}

BOOL WINAPI InetInitializeW(LPCWSTR, LPINITDATA lpData) {
  return initialize(lpData);
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
  return error_string(dwErrorCode, lpszBuffer, cchBuffer);
}

INT WINAPI InetGetErrorStringW(DWORD dwErrorCode, LPWSTR lpszBuffer, INT cchBuffer) {
  return error_string(dwErrorCode, lpszBuffer, cchBuffer);
}
