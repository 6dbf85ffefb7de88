/* Message boxes, and message queues for WSAAsyncSelect. Included by <windows.h>.
 *
 * Source   Windows API reference, winuser.h
 */
#ifndef INLET_WINUSER_H
#define INLET_WINUSER_H

#include <inlet/export.h>
#include <inlet/wintypes.h>

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

#define WM_NULL 0x0000
#define WM_QUIT 0x0012
#define WM_USER 0x0400
#define WM_APP 0x8000

#define PM_NOREMOVE 0x0000
#define PM_REMOVE 0x0001
#define PM_NOYIELD 0x0002

#ifdef __cplusplus
extern "C" {
#endif

/* Writes "caption: text" as a line to standard error; nobody is asked anything.
 *
 * Returns  IDOK; IDYES where yes or no was asked, IDABORT or IDCANCEL where trying again was offered, so that no
 * program goes round for ever.
 */
INLET_API int WINAPI MessageBoxA(HWND hWnd, LPCSTR lpText, LPCSTR lpCaption, UINT uType);
INLET_API int WINAPI MessageBoxW(HWND hWnd, LPCWSTR lpText, LPCWSTR lpCaption, UINT uType);

typedef struct tagPOINT {
  LONG x;
  LONG y;
} POINT;

typedef struct tagMSG {
  HWND hwnd; /* NULL for WM_QUIT */
  UINT message;
  WPARAM wParam;
  LPARAM lParam;
  DWORD time; /* GetTickCount when it was posted */
  POINT pt;   /* always 0, 0 */
} MSG, *PMSG, *LPMSG;

/* Makes what takes the place of a window: something that messages can be posted to, for WSAAsyncSelect.
 *
 * Shape    Each thread has one queue of messages, in the order in which they were posted, for all the HWNDs that it has made. A
 *          queue holds 10,000 messages at most.
 * Owner    The caller, who destroys it with DestroyWindow.
 * Returns  an HWND, or NULL.
 * Errors   ERROR_NOT_ENOUGH_MEMORY  no memory or no descriptor
 * Differs  Windows has real windows here, and a window procedure.
 */
INLET_API HWND InletCreateMessageQueue(void);

/* A descriptor that poll, select and epoll report readable while the queue of hWnd holds a message.
 *
 * Owner    Inlet. It lives as long as any HWND of the thread that made this one. Only poll it: never read, write or close it.
 * Returns  the descriptor, or -1.
 * Errors   ERROR_INVALID_WINDOW_HANDLE  not an HWND, or destroyed
 */
INLET_API int InletGetMessageQueueDescriptor(HWND hWnd);

/* Destroys an HWND and the messages that wait for it.
 *
 * Returns  TRUE or FALSE.
 * Errors   ERROR_INVALID_WINDOW_HANDLE  not an HWND, or destroyed already
 * Differs  Any thread may do it.
 */
INLET_API BOOL WINAPI DestroyWindow(HWND hWnd);

/* Whether it is an HWND that has not been destroyed. */
INLET_API BOOL WINAPI IsWindow(HWND hWnd);

/* Puts a message into the queue of hWnd; NULL means the calling thread's queue.
 *
 * Thread   Any; never waits.
 * Returns  TRUE or FALSE.
 * Errors   ERROR_INVALID_WINDOW_HANDLE  not an HWND, or destroyed
 *          ERROR_NOT_ENOUGH_QUOTA       the queue is full
 *          ERROR_NOT_ENOUGH_MEMORY      no memory
 */
INLET_API BOOL WINAPI PostMessageA(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam);
INLET_API BOOL WINAPI PostMessageW(HWND hWnd, UINT Msg, WPARAM wParam, LPARAM lParam);

/* Makes GetMessage return 0 on the calling thread once its queue is empty. */
INLET_API void WINAPI PostQuitMessage(int nExitCode);

/* Looks for a message without waiting; with PM_REMOVE it is taken out.
 *
 * Shape    hWnd NULL means all HWNDs of the calling thread. wMsgFilterMin and wMsgFilterMax bound the message numbers; both 0:
 *          all. WM_QUIT comes last and passes every filter.
 * Returns  TRUE with *lpMsg filled, or FALSE when there is none.
 * Errors   ERROR_INVALID_WINDOW_HANDLE  not an HWND, or destroyed
 *          ERROR_INVALID_PARAMETER      lpMsg is NULL
 * Differs  With an HWND any thread may look and take; Windows gives messages to the thread that made the window only.
 */
INLET_API BOOL WINAPI PeekMessageA(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax, UINT wRemoveMsg);
INLET_API BOOL WINAPI PeekMessageW(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax, UINT wRemoveMsg);

/* Takes a message and waits for one.
 *
 * Returns  not 0; 0 when it is WM_QUIT; -1 on failure.
 * Errors   as PeekMessage, also when hWnd is destroyed during the wait; and
 *          ERROR_NOT_ENOUGH_MEMORY  no memory or no descriptor
 */
INLET_API BOOL WINAPI GetMessageA(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax);
INLET_API BOOL WINAPI GetMessageW(LPMSG lpMsg, HWND hWnd, UINT wMsgFilterMin, UINT wMsgFilterMax);

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define MessageBox MessageBoxW
#define PostMessage PostMessageW
#define PeekMessage PeekMessageW
#define GetMessage GetMessageW
#else
#define MessageBox MessageBoxA
#define PostMessage PostMessageA
#define PeekMessage PeekMessageA
#define GetMessage GetMessageA
#endif

#endif /* INLET_WINUSER_H */
