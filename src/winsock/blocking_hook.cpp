#include "winsock/blocking_hook.h"

#include <utility>

namespace inlet::winsock {
namespace {

struct BlockingHook {
  FARPROC hook = nullptr;
  bool running = false;
  bool canceled = false;
};

thread_local BlockingHook mine;

}  // namespace

FARPROC set_blocking_hook(FARPROC hook) {
  return std::exchange(mine.hook, hook);
}
FARPROC blocking_hook() {
  return mine.hook;
}
bool is_blocking() {
  return mine.running;
}

bool cancel_blocking_call() {
  if (!mine.running) return false;
  mine.canceled = true;
  return true;
}

BOOL CALLBACK run_blocking_hook(DWORD_PTR) {
  // The hook may take itself away while it runs.
  const FARPROC hook = mine.hook;
  if (hook == nullptr) return TRUE;
  mine.running = true;
  mine.canceled = false;
  // Windows 1.1 programs return whether they have dispatched a message: then there may be another one.
  while (!mine.canceled && static_cast<BOOL>(hook()) != FALSE) continue;
  mine.running = false;
  return mine.canceled ? FALSE : TRUE;
}

}  // namespace inlet::winsock
