// The calls of Windows Sockets 1.1 about blocking. The contracts are in <inlet/socket_calls.h>.
#include "winsock/blocking_hook.h"
#include "winsock/forward.h"

namespace inlet::winsock {
namespace {

// 0 when the program has agreed on a version that has these calls.
int refusal() {
  if (!is_started()) return WSANOTINITIALISED;
  return LOBYTE(startup_version()) >= 2 ? WSAEOPNOTSUPP : 0;
}

// The wait may be the provider's own or, inside a hook, Winsock's.
bool cancel_anywhere() {
  const bool hook_canceled = cancel_blocking_call();
  auto provider = base_provider();
  int ignored = 0;
  const bool wait_canceled = provider != nullptr && provider->table().lpWSPCancelBlockingCall(&ignored) == 0;
  return hook_canceled || wait_canceled;
}

}  // namespace
}  // namespace inlet::winsock

using namespace inlet::winsock;

BOOL WSAAPI WSAIsBlocking(void) {
  return is_blocking() ? TRUE : FALSE;
}

FARPROC WSAAPI WSASetBlockingHook(FARPROC lpBlockFunc) {
  const int code = refusal();
  set_last_error(code);
  return code == 0 ? set_blocking_hook(lpBlockFunc) : nullptr;
}

int WSAAPI WSAUnhookBlockingHook(void) {
  if (const int code = refusal(); code != 0) return fail(code);
  set_blocking_hook(nullptr);
  return concluded(0, 0);
}

int WSAAPI WSACancelBlockingCall(void) {
  if (const int code = refusal(); code != 0) return fail(code);
  return cancel_anywhere() ? concluded(0, 0) : fail(WSAEINVAL);
}
