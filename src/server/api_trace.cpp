// The C interface: tracing. The contracts are in inlet/inet_trace.h.
#include "server/api_call.h"

using namespace inlet;
using namespace inlet::server;

namespace {

Result<BOOL> truth_of(const Result<void>& result) {
  return result ? Result<BOOL>(TRUE) : result.error();
}

template <class Character>
BOOL enable_trace(const Character* lpszTraceFile, DWORD dwTraceFlags) {
  const auto call = traced("InetEnableTrace", lpszTraceFile, dwTraceFlags);
  return guarded<BOOL>(call, FALSE, [&]() -> Result<BOOL> {
    const TextIn file(lpszTraceFile);
    return truth_of(trace::enable(file.get(), dwTraceFlags));
  });
}

}  // namespace

BOOL WINAPI InetEnableTraceA(LPCSTR lpszTraceFile, DWORD dwTraceFlags) {
  return enable_trace(lpszTraceFile, dwTraceFlags);
}
BOOL WINAPI InetEnableTraceW(LPCWSTR lpszTraceFile, DWORD dwTraceFlags) {
  return enable_trace(lpszTraceFile, dwTraceFlags);
}

BOOL WINAPI InetDisableTrace(VOID) {
  const auto call = traced("InetDisableTrace");
  return guarded<BOOL>(call, FALSE, []() -> Result<BOOL> { return truth_of(trace::disable()); });
}
