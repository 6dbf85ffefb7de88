/* Global memory: blocks behind handles, as old interfaces and the clipboard pass them on. Included by <windows.h>.
 *
 * Shape    A block is memory of malloc with a zero behind it that does not count. The HGLOBAL is the block's address, and only
 *          GlobalReAlloc changes it; programs that lock their blocks do not see that.
 * Thread   Any; each call is one step.
 * Errors   In the thread's last error:
 *          ERROR_INVALID_HANDLE     no block, or one that was freed
 *          ERROR_NOT_ENOUGH_MEMORY  no memory is left
 * Source   Memory Management Functions, Windows API reference
 */
#ifndef INLET_WINBASE_H
#define INLET_WINBASE_H

#include <inlet/export.h>
#include <inlet/wintypes.h>

#define GMEM_FIXED 0x0000
#define GMEM_MOVEABLE 0x0002
#define GMEM_ZEROINIT 0x0040
#define GHND (GMEM_MOVEABLE | GMEM_ZEROINIT)
#define GPTR (GMEM_FIXED | GMEM_ZEROINIT)

#ifdef __cplusplus
extern "C" {
#endif

/* A new block. NULL on failure. */
INLET_API HGLOBAL WINAPI GlobalAlloc(UINT uFlags, SIZE_T dwBytes);

/* The same block with another size; what fits is kept, and with GMEM_ZEROINIT what is new is zero. NULL on failure: then the old one
   is as it was. A block that is locked cannot grow. */
INLET_API HGLOBAL WINAPI GlobalReAlloc(HGLOBAL hMem, SIZE_T dwBytes, UINT uFlags);

/* The address of a block, until GlobalUnlock was called as often. NULL on failure. */
INLET_API LPVOID WINAPI GlobalLock(HGLOBAL hMem);

/* TRUE while locks are left. FALSE with last error NO_ERROR when this was the last one; FALSE with ERROR_NOT_LOCKED when there was
   none. */
INLET_API BOOL WINAPI GlobalUnlock(HGLOBAL hMem);

/* The size that the block was given. 0 on failure. */
INLET_API SIZE_T WINAPI GlobalSize(HGLOBAL hMem);

/* NULL; or the handle, on failure. NULL is freed well. */
INLET_API HGLOBAL WINAPI GlobalFree(HGLOBAL hMem);

#ifdef __cplusplus
}
#endif

#endif /* INLET_WINBASE_H */
