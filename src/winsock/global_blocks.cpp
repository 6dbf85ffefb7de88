// GlobalAlloc and its kin, over the blocks of base.
#include <windows.h>

#include "base/global_memory.h"
#include "winsock/fail.h"

using namespace inlet;
using inlet::winsock::fail;

HGLOBAL WINAPI GlobalAlloc(UINT uFlags, SIZE_T dwBytes) {
  void* block = global_memory::allocate(dwBytes, (uFlags & GMEM_ZEROINIT) != 0);
  return block ? block : fail<HGLOBAL>(nullptr, ERROR_NOT_ENOUGH_MEMORY);
}

HGLOBAL WINAPI GlobalReAlloc(HGLOBAL hMem, SIZE_T dwBytes, UINT uFlags) {
  if (!global_memory::size_of(hMem)) return fail<HGLOBAL>(nullptr, ERROR_INVALID_HANDLE);
  void* block = global_memory::resize(hMem, dwBytes, (uFlags & GMEM_ZEROINIT) != 0);
  return block ? block : fail<HGLOBAL>(nullptr, ERROR_NOT_ENOUGH_MEMORY);
}

LPVOID WINAPI GlobalLock(HGLOBAL hMem) {
  return global_memory::lock(hMem) ? hMem : fail<LPVOID>(nullptr, ERROR_INVALID_HANDLE);
}

BOOL WINAPI GlobalUnlock(HGLOBAL hMem) {
  if (!global_memory::size_of(hMem)) return fail(FALSE, ERROR_INVALID_HANDLE);
  const auto left = global_memory::unlock(hMem);
  if (!left) return fail(FALSE, ERROR_NOT_LOCKED);
  return *left > 0 ? TRUE : fail(FALSE, NO_ERROR);
}

SIZE_T WINAPI GlobalSize(HGLOBAL hMem) {
  const auto size = global_memory::size_of(hMem);
  return size ? *size : fail<SIZE_T>(0, ERROR_INVALID_HANDLE);
}

HGLOBAL WINAPI GlobalFree(HGLOBAL hMem) {
  if (!hMem || global_memory::release(hMem)) return nullptr;
  return fail(hMem, ERROR_INVALID_HANDLE);
}
