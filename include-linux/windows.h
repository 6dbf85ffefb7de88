/* The small part of the Windows API that Winsock and Inet programs lean on, for Linux.
 *
 * Shape    As on Windows, the parts have headers of their own, which this one includes. Text of the A forms is UTF-8, of the
 *          W forms UTF-16 (char16_t). GetLastError and WSAGetLastError are one slot of each thread, as on Windows.
 * Differs  L"" has 32-bit characters here and does not fit WCHAR: write TEXT("...") or u"...".
 * Source   Windows API reference; the numbers are Windows'
 */
#ifndef INLET_WINDOWS_H
#define INLET_WINDOWS_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <handleapi.h>
#include <inlet/export.h>
#include <inlet/interlocked.h>
#include <inlet/wintypes.h>
#include <ioapiset.h>
#include <processthreadsapi.h>
#include <synchapi.h>
#include <sysinfoapi.h>
#include <winbase.h>
#include <winerror.h>
#include <winuser.h>

#ifndef TEXT
#ifdef UNICODE
#define INLET_TEXT(text) u##text
#define TEXT(text) INLET_TEXT(text)
#else
#define TEXT(text) text
#endif
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

#ifdef __cplusplus
extern "C" {
#endif

/* The calling thread's last error. Calls that succeed leave it alone unless they say otherwise. */
INLET_API DWORD WINAPI GetLastError(void);
INLET_API void WINAPI SetLastError(DWORD dwErrCode);

/* Writes the text to standard error as it is. */
INLET_API void WINAPI OutputDebugStringA(LPCSTR lpOutputString);
INLET_API void WINAPI OutputDebugStringW(LPCWSTR lpOutputString);

/* The text of an error
 * ------------------------------------------------------------------------------------------------- */
#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x00000100
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x00000200
#define FORMAT_MESSAGE_FROM_STRING 0x00000400
#define FORMAT_MESSAGE_FROM_HMODULE 0x00000800
#define FORMAT_MESSAGE_FROM_SYSTEM 0x00001000
#define FORMAT_MESSAGE_ARGUMENT_ARRAY 0x00002000
#define FORMAT_MESSAGE_MAX_WIDTH_MASK 0x000000ff
#define LANG_NEUTRAL 0x00
#define SUBLANG_DEFAULT 0x01
#define MAKELANGID(primary, sub) ((((WORD)(sub)) << 10) | (WORD)(primary))

/* Writes the text of an error of Winsock or of windows.h.
 *
 * Shape    The text is English and ends with a full stop and a line end ("\r\n"), or with a space instead of the line end under
 *          FORMAT_MESSAGE_MAX_WIDTH_MASK. nSize counts characters with the closing 0. With FORMAT_MESSAGE_ALLOCATE_BUFFER lpBuffer
 *          points at a pointer that is set, and nSize is the least that is allocated.
 * Owner    The caller frees an allocated text with LocalFree.
 * Returns  the characters written, without the closing 0; 0 on failure.
 * Errors   ERROR_INVALID_PARAMETER    lpBuffer is NULL, or FORMAT_MESSAGE_FROM_SYSTEM is not given
 *          ERROR_MR_MID_NOT_FOUND     no such error is known
 *          ERROR_INSUFFICIENT_BUFFER  nSize is too small
 *          ERROR_NOT_ENOUGH_MEMORY    no memory to allocate
 * Differs  There are no message files and no format strings: only FORMAT_MESSAGE_FROM_SYSTEM. Texts are Inlet's.
 */
INLET_API DWORD WINAPI FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
                                      LPSTR lpBuffer, DWORD nSize, va_list* Arguments);
INLET_API DWORD WINAPI FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
                                      LPWSTR lpBuffer, DWORD nSize, va_list* Arguments);

/* Frees what FormatMessage has allocated. NULL always: it never fails. */
INLET_API HLOCAL WINAPI LocalFree(HLOCAL hMem);

/* Texts
 * ---------------------------------------------------------------------------------------------------------------- */
#define lstrlenA(text) ((int)strlen(text))
#define lstrcpyA strcpy
#define lstrcatA strcat
#define lstrcmpA strcmp
#define lstrcmpiA strcasecmp
#define wsprintfA sprintf

/* Copies at most length - 1 characters and always ends the copy. */
static inline LPSTR lstrcpynA(LPSTR destination, LPCSTR source, int length) {
  if (length <= 0) return NULL;
  size_t kept = strlen(source);
  if (kept > (size_t)length - 1) kept = (size_t)length - 1;
  memcpy(destination, source, kept);
  destination[kept] = 0;
  return destination;
}

static inline int lstrlenW(LPCWSTR text) {
  int length = 0;
  while (text[length] != 0) ++length;
  return length;
}
static inline LPWSTR lstrcpyW(LPWSTR destination, LPCWSTR source) {
  memcpy(destination, source, ((size_t)lstrlenW(source) + 1) * sizeof(WCHAR));
  return destination;
}
static inline LPWSTR lstrcatW(LPWSTR destination, LPCWSTR source) {
  lstrcpyW(destination + lstrlenW(destination), source);
  return destination;
}
static inline int lstrcmpW(LPCWSTR first, LPCWSTR second) {
  while (*first != 0 && *first == *second) {
    ++first;
    ++second;
  }
  return (*first > *second) - (*first < *second);
}
static inline LPWSTR lstrcpynW(LPWSTR destination, LPCWSTR source, int length) {
  if (length <= 0) return NULL;
  int kept = lstrlenW(source);
  if (kept > length - 1) kept = length - 1;
  memcpy(destination, source, (size_t)kept * sizeof(WCHAR));
  destination[kept] = 0;
  return destination;
}

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define OutputDebugString OutputDebugStringW
#define FormatMessage FormatMessageW
#define lstrlen lstrlenW
#define lstrcpy lstrcpyW
#define lstrcat lstrcatW
#define lstrcmp lstrcmpW
#define lstrcpyn lstrcpynW
#else
#define OutputDebugString OutputDebugStringA
#define FormatMessage FormatMessageA
#define lstrlen lstrlenA
#define lstrcpy lstrcpyA
#define lstrcat lstrcatA
#define lstrcmp lstrcmpA
#define lstrcmpi lstrcmpiA
#define wsprintf wsprintfA
#define lstrcpyn lstrcpynA
#endif

#endif /* INLET_WINDOWS_H */
