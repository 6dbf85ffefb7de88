/* The small part of the Windows API that Winsock and Inet programs lean on, for Linux.
 *
 * Shape    Text is narrow (UTF-8). GetLastError and WSAGetLastError are one slot of each thread, as on Windows.
 * Source   Windows API reference; the numbers are Windows'
 */
#ifndef INLET_WINDOWS_H
#define INLET_WINDOWS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <inlet/export.h>
#include <inlet/wintypes.h>

#ifndef TEXT
#define TEXT(text) text
#endif

/* Small helpers
 * -------------------------------------------------------------------------------------------------------- */
#define MAKEWORD(low, high) ((WORD)(((BYTE)((DWORD_PTR)(low)&0xff)) | ((WORD)((BYTE)((DWORD_PTR)(high)&0xff))) << 8))
#define MAKELONG(low, high) \
  ((LONG)(((WORD)((DWORD_PTR)(low)&0xffff)) | ((DWORD)((WORD)((DWORD_PTR)(high)&0xffff))) << 16))
#define LOWORD(value) ((WORD)((DWORD_PTR)(value)&0xffff))
#define HIWORD(value) ((WORD)((DWORD_PTR)(value) >> 16 & 0xffff))
#define LOBYTE(value) ((BYTE)((DWORD_PTR)(value)&0xff))
#define HIBYTE(value) ((BYTE)((DWORD_PTR)(value) >> 8 & 0xff))
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#define ZeroMemory(destination, length) memset((destination), 0, (length))
#define FillMemory(destination, length, fill) memset((destination), (fill), (length))
#define CopyMemory(destination, source, length) memcpy((destination), (source), (length))
#define MoveMemory(destination, source, length) memmove((destination), (source), (length))
#define MAX_PATH 260

#define lstrlen(text) ((int)strlen(text))
#define lstrcpy strcpy
#define lstrcat strcat
#define lstrcmp strcmp
#define lstrcmpi strcasecmp
#define wsprintf sprintf

#define ERROR_SUCCESS 0
#define NO_ERROR 0
#define ERROR_INVALID_HANDLE 6
#define ERROR_NOT_ENOUGH_MEMORY 8
#define ERROR_NETNAME_DELETED 64
#define ERROR_INVALID_PARAMETER 87
#define ERROR_INSUFFICIENT_BUFFER 122
#define ERROR_OPERATION_ABORTED 995
#define ERROR_IO_PENDING 997
#define ERROR_CONNECTION_REFUSED 1225
#define ERROR_CONNECTION_ABORTED 1236

/* Threads and waiting
 * -------------------------------------------------------------------------------------------------- */
#define SYNCHRONIZE 0x00100000
#define THREAD_ALL_ACCESS 0x001fffff
#define INFINITE 0xffffffffU
#define WAIT_OBJECT_0 0x00000000U
#define WAIT_TIMEOUT 0x00000102U
#define WAIT_FAILED 0xffffffffU

/* Message boxes
 * -------------------------------------------------------------------------------------------------------- */
#define MB_OK 0x00000000
#define MB_OKCANCEL 0x00000001
#define MB_ABORTRETRYIGNORE 0x00000002
#define MB_YESNOCANCEL 0x00000003
#define MB_YESNO 0x00000004
#define MB_RETRYCANCEL 0x00000005
#define MB_TYPEMASK 0x0000000f
#define MB_ICONHAND 0x00000010
#define MB_ICONSTOP MB_ICONHAND
#define MB_ICONERROR MB_ICONHAND
#define MB_ICONQUESTION 0x00000020
#define MB_ICONEXCLAMATION 0x00000030
#define MB_ICONWARNING MB_ICONEXCLAMATION
#define MB_ICONASTERISK 0x00000040
#define MB_ICONINFORMATION MB_ICONASTERISK
#define MB_DEFBUTTON1 0x00000000
#define MB_DEFBUTTON2 0x00000100
#define MB_DEFBUTTON3 0x00000200
#define MB_APPLMODAL 0x00000000
#define MB_SYSTEMMODAL 0x00001000
#define MB_TASKMODAL 0x00002000
#define MB_SETFOREGROUND 0x00010000
#define MB_TOPMOST 0x00040000

#define IDOK 1
#define IDCANCEL 2
#define IDABORT 3
#define IDRETRY 4
#define IDIGNORE 5
#define IDYES 6
#define IDNO 7

#ifdef __cplusplus
extern "C" {
#endif

/* The calling thread's last error. Calls that succeed leave it alone unless they say otherwise. */
INLET_API DWORD WINAPI GetLastError(void);
INLET_API void WINAPI SetLastError(DWORD dwErrCode);

/* Sleeps for that many milliseconds; 0 gives way to other threads, INFINITE never returns. */
INLET_API void WINAPI Sleep(DWORD dwMilliseconds);

/* Milliseconds since the system was started, the time it was suspended included. The short form starts again after 49
 * days. */
INLET_API ULONGLONG WINAPI GetTickCount64(void);
INLET_API DWORD WINAPI GetTickCount(void);

/* The calling thread's id, which is Linux' own number of it. */
INLET_API DWORD WINAPI GetCurrentThreadId(void);

/* Opens a thread to wait for its end.
 *
 * Shape    Only SYNCHRONIZE means anything; bInheritHandle is ignored.
 * Owner    The caller closes the handle with CloseHandle.
 * Returns  a handle, or NULL.
 * Errors   ERROR_INVALID_PARAMETER  no such thread, or it has ended
 * Differs  Only threads that Inlet has started can be opened.
 */
INLET_API HANDLE WINAPI OpenThread(DWORD dwDesiredAccess, BOOL bInheritHandle, DWORD dwThreadId);

/* Waits until a thread has ended or an event is set.
 *
 * Returns  WAIT_OBJECT_0, WAIT_TIMEOUT, or WAIT_FAILED.
 * Errors   ERROR_INVALID_HANDLE  not an open handle
 */
INLET_API DWORD WINAPI WaitForSingleObject(HANDLE hHandle, DWORD dwMilliseconds);

/* Closes a handle; what it stood for lives on.
 *
 * Returns  TRUE or FALSE.
 * Errors   ERROR_INVALID_HANDLE  not an open handle, or closed already
 */
INLET_API BOOL WINAPI CloseHandle(HANDLE hObject);

/* Writes "caption: text" as a line to standard error; nobody is asked anything.
 *
 * Returns  IDOK; IDYES where yes or no was asked, IDABORT or IDCANCEL where trying again was offered, so that no
 * program goes round for ever.
 */
INLET_API int WINAPI MessageBoxA(HWND hWnd, LPCSTR lpText, LPCSTR lpCaption, UINT uType);

/* Writes the text to standard error as it is. */
INLET_API void WINAPI OutputDebugStringA(LPCSTR lpOutputString);

/* Copies at most length - 1 characters and always ends the copy. */
static inline LPSTR lstrcpynA(LPSTR destination, LPCSTR source, int length) {
  if (length <= 0) return NULL;
  size_t kept = strlen(source);
  if (kept > (size_t)length - 1) kept = (size_t)length - 1;
  memcpy(destination, source, kept);
  destination[kept] = 0;
  return destination;
}

#ifdef __cplusplus
}
#endif

#ifndef UNICODE
#define MessageBox MessageBoxA
#define OutputDebugString OutputDebugStringA
#define lstrcpyn lstrcpynA
#endif

#endif /* INLET_WINDOWS_H */
