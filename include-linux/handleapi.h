/* HANDLEs: numbers that stand for events, mutexes, semaphores, threads and completion ports. Included by <windows.h>.
 *
 * Shape    A handle is a multiple of four that fits 32 bits. A closed one is not given out again soon, so a stale handle is
 *          found out. Sockets are handles too: CloseHandle closes them.
 * Source   Handle and Object Functions, Windows API reference
 */
#ifndef INLET_HANDLEAPI_H
#define INLET_HANDLEAPI_H

#include <inlet/export.h>
#include <inlet/wintypes.h>

#define DUPLICATE_CLOSE_SOURCE 0x00000001
#define DUPLICATE_SAME_ACCESS 0x00000002

#ifdef __cplusplus
extern "C" {
#endif

/* Closes a handle. What it stood for lives on while another handle or a wait needs it; a thread goes on running.
 *
 * Shape    For a socket this is closesocket. The pseudo handles of the process and the thread are left alone.
 * Thread   Any; never waits, a lingering socket apart.
 * Returns  TRUE or FALSE.
 * Errors   ERROR_INVALID_HANDLE  not an open handle, or closed already
 */
INLET_API BOOL WINAPI CloseHandle(HANDLE hObject);

/* Makes another handle for the same object. The usual way to turn GetCurrentThread() into a handle for others.
 *
 * Shape    Both processes must be GetCurrentProcess(). Access and inheritance mean nothing here. DUPLICATE_CLOSE_SOURCE closes
 *          hSourceHandle whatever happens.
 * Returns  TRUE with *lpTargetHandle set, or FALSE. lpTargetHandle may be NULL.
 * Errors   ERROR_INVALID_HANDLE     a process handle is not the own process, or hSourceHandle is not open
 *          ERROR_NOT_ENOUGH_MEMORY  no room for another handle
 * Differs  Not for sockets: use WSADuplicateSocket.
 */
INLET_API BOOL WINAPI DuplicateHandle(HANDLE hSourceProcessHandle, HANDLE hSourceHandle, HANDLE hTargetProcessHandle,
                                      LPHANDLE lpTargetHandle, DWORD dwDesiredAccess, BOOL bInheritHandle,
                                      DWORD dwOptions);

#ifdef __cplusplus
}
#endif

#endif /* INLET_HANDLEAPI_H */
