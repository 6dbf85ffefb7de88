/* Threads, the process they are in, and memory that each thread has for itself. Included by <windows.h>.
 *
 * Source   Process and Thread Functions, Windows API reference
 */
#ifndef INLET_PROCESSTHREADSAPI_H
#define INLET_PROCESSTHREADSAPI_H

#include <inlet/export.h>
#include <inlet/wintypes.h>

#define THREAD_ALL_ACCESS 0x001fffff
#define THREAD_QUERY_INFORMATION 0x0040
#define THREAD_SET_CONTEXT 0x0010
#define STILL_ACTIVE 259

#define CREATE_SUSPENDED 0x00000004
#define STACK_SIZE_PARAM_IS_A_RESERVATION 0x00010000

#define THREAD_PRIORITY_IDLE (-15)
#define THREAD_PRIORITY_LOWEST (-2)
#define THREAD_PRIORITY_BELOW_NORMAL (-1)
#define THREAD_PRIORITY_NORMAL 0
#define THREAD_PRIORITY_ABOVE_NORMAL 1
#define THREAD_PRIORITY_HIGHEST 2
#define THREAD_PRIORITY_TIME_CRITICAL 15
#define THREAD_PRIORITY_ERROR_RETURN 0x7fffffff

#define TLS_OUT_OF_INDEXES 0xffffffffU
#define TLS_MINIMUM_AVAILABLE 1088

#ifdef __cplusplus
extern "C" {
#endif

typedef DWORD(WINAPI* LPTHREAD_START_ROUTINE)(LPVOID lpThreadParameter);
typedef void(CALLBACK* PAPCFUNC)(ULONG_PTR Parameter);

/* Starts a thread.
 *
 * Shape    dwStackSize asks for at least that much stack, and never makes it smaller than usual unless
 *          STACK_SIZE_PARAM_IS_A_RESERVATION is given. With CREATE_SUSPENDED the thread waits for ResumeThread. lpThreadId may
 *          be NULL.
 * Owner    The caller closes the handle; the thread does not mind.
 * Returns  a handle, or NULL.
 * Errors   ERROR_INVALID_PARAMETER  lpStartAddress is NULL, or dwCreationFlags has other bits
 *          ERROR_NOT_ENOUGH_MEMORY  the system has no more threads, or no room for another handle
 */
INLET_API HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES lpThreadAttributes, SIZE_T dwStackSize,
                                     LPTHREAD_START_ROUTINE lpStartAddress, LPVOID lpParameter, DWORD dwCreationFlags,
                                     LPDWORD lpThreadId);

/* Lets a thread begin that was made with CREATE_SUSPENDED.
 *
 * Returns  1 when that thread was still waiting, 0 when it runs, (DWORD)-1 on failure.
 * Errors   ERROR_INVALID_HANDLE  not an open handle of a thread
 * Differs  There is no SuspendThread.
 */
INLET_API DWORD WINAPI ResumeThread(HANDLE hThread);

/* Ends the calling thread with an exit code.
 *
 * Differs  The stack is unwound, as by pthread_exit; Windows would drop it.
 */
INLET_API void WINAPI ExitThread(DWORD dwExitCode);

/* Opens a thread by its id: one that CreateThread or Inlet started, or the calling one.
 *
 * Shape    Access rights and bInheritHandle mean nothing.
 * Owner    The caller closes the handle with CloseHandle.
 * Returns  a handle, or NULL.
 * Errors   ERROR_INVALID_PARAMETER  no such thread, or it has ended
 * Differs  Threads that the program has started in another way must have asked for a handle of themselves first.
 */
INLET_API HANDLE WINAPI OpenThread(DWORD dwDesiredAccess, BOOL bInheritHandle, DWORD dwThreadId);

/* What a thread returned or gave to ExitThread; STILL_ACTIVE while it runs.
 *
 * Returns  TRUE or FALSE.
 * Errors   ERROR_INVALID_HANDLE     not a handle of a thread
 *          ERROR_INVALID_PARAMETER  lpExitCode is NULL
 */
INLET_API BOOL WINAPI GetExitCodeThread(HANDLE hThread, LPDWORD lpExitCode);

/* The id of a thread, or 0 with ERROR_INVALID_HANDLE. GetCurrentThreadId is Linux' own number of the calling thread. */
INLET_API DWORD WINAPI GetThreadId(HANDLE hThread);
INLET_API DWORD WINAPI GetCurrentThreadId(void);

/* A handle that means the calling thread to whoever uses it; it need not be closed. For a handle that others can use see
 * DuplicateHandle. */
INLET_API HANDLE WINAPI GetCurrentThread(void);

/* Sets and tells a thread's priority, which is remembered but changes nothing: Linux would not let a thread up again.
 *
 * Errors   ERROR_INVALID_HANDLE     not a handle of a thread
 *          ERROR_INVALID_PARAMETER  not one of THREAD_PRIORITY_*
 */
INLET_API BOOL WINAPI SetThreadPriority(HANDLE hThread, int nPriority);
INLET_API int WINAPI GetThreadPriority(HANDLE hThread);

/* Lets another thread run. TRUE always: Linux does not tell whether there was one. */
INLET_API BOOL WINAPI SwitchToThread(void);

/* Queues a call to a thread, which runs it when it waits alertably (SleepEx, the ...Ex waits, blocking Winsock calls).
 *
 * Shape    Calls run in the order in which they were queued.
 * Thread   Any; never waits.
 * Returns  not 0, or 0.
 * Errors   ERROR_INVALID_HANDLE     not a handle of a thread
 *          ERROR_INVALID_PARAMETER  pfnAPC is NULL
 *          ERROR_GEN_FAILURE        the thread has ended, or is one that never asked for a handle of itself
 */
INLET_API DWORD WINAPI QueueUserAPC(PAPCFUNC pfnAPC, HANDLE hThread, ULONG_PTR dwData);

/* The own process: a handle that means it to whoever uses it, and its number. */
INLET_API HANDLE WINAPI GetCurrentProcess(void);
INLET_API DWORD WINAPI GetCurrentProcessId(void);

/* One pointer of each thread. A new index is NULL in all threads.
 *
 * Returns  TlsAlloc: an index or TLS_OUT_OF_INDEXES. TlsGetValue: the value, and the last error becomes 0 on success, so that
 *          a NULL can be told from a failure. TlsSetValue, TlsFree: TRUE or FALSE.
 * Errors   ERROR_NO_SYSTEM_RESOURCES  all 1088 indexes are in use
 *          ERROR_INVALID_PARAMETER    dwTlsIndex is not allocated
 *          ERROR_NOT_ENOUGH_MEMORY    no memory
 */
INLET_API DWORD WINAPI TlsAlloc(void);
INLET_API BOOL WINAPI TlsFree(DWORD dwTlsIndex);
INLET_API LPVOID WINAPI TlsGetValue(DWORD dwTlsIndex);
INLET_API BOOL WINAPI TlsSetValue(DWORD dwTlsIndex, LPVOID lpTlsValue);

#ifdef __cplusplus
}
#endif

#endif /* INLET_PROCESSTHREADSAPI_H */
