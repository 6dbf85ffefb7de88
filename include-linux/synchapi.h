/* Waiting, and what can be waited for: events, mutexes, semaphores; and locks inside a process. Included by <windows.h>.
 *
 * Shape    One wait takes part in all objects at once: it takes all it asked for in one step, or nothing. Waits of one object
 *          are served in the order in which they began.
 * Names    lpName names an object inside this process: creating it again opens it. Two names are equal byte for byte.
 * Differs  Security attributes and access rights mean nothing; other processes do not see the names.
 * Source   Synchronization Functions, Windows API reference
 */
#ifndef INLET_SYNCHAPI_H
#define INLET_SYNCHAPI_H

#include <inlet/export.h>
#include <inlet/wintypes.h>

#define DELETE 0x00010000
#define SYNCHRONIZE 0x00100000
#define EVENT_MODIFY_STATE 0x0002
#define EVENT_ALL_ACCESS 0x001f0003
#define MUTEX_ALL_ACCESS 0x001f0001
#define SEMAPHORE_MODIFY_STATE 0x0002
#define SEMAPHORE_ALL_ACCESS 0x001f0003

#define CREATE_EVENT_MANUAL_RESET 0x00000001
#define CREATE_EVENT_INITIAL_SET 0x00000002
#define CREATE_MUTEX_INITIAL_OWNER 0x00000001

#define INFINITE 0xffffffffU
#define MAXIMUM_WAIT_OBJECTS 64
#define WAIT_OBJECT_0 0x00000000U
#define WAIT_ABANDONED 0x00000080U
#define WAIT_ABANDONED_0 0x00000080U
#define WAIT_IO_COMPLETION 0x000000c0U
#define WAIT_TIMEOUT 0x00000102U
#define WAIT_FAILED 0xffffffffU

#ifdef __cplusplus
extern "C" {
#endif

/* Waits
 * --------------------------------------------------------------------------------------------------------------- */

/* Waits until an object is signaled: an event that is set, a mutex that is free or the caller's, a semaphore above zero, a
 * thread that has ended.
 *
 * Shape    A wait that succeeds resets an auto-reset event, takes a mutex, counts a semaphore down. An alertable wait also
 *          ends when procedure calls were queued to the thread, after running them; a signaled object comes first.
 * Units    dwMilliseconds: 0 only looks, INFINITE never gives up.
 * Returns  WAIT_OBJECT_0; WAIT_ABANDONED: taken too, but the thread that held the mutex ended without releasing it;
 *          WAIT_IO_COMPLETION: calls ran; WAIT_TIMEOUT; WAIT_FAILED.
 * Errors   ERROR_INVALID_HANDLE     not an open handle, or of something that cannot be waited for
 *          ERROR_NOT_ENOUGH_MEMORY  no descriptor or memory for the wait
 */
INLET_API DWORD WINAPI WaitForSingleObject(HANDLE hHandle, DWORD dwMilliseconds);
INLET_API DWORD WINAPI WaitForSingleObjectEx(HANDLE hHandle, DWORD dwMilliseconds, BOOL bAlertable);

/* Waits until one, or all, of several objects are signaled.
 *
 * Shape    nCount is 1 to MAXIMUM_WAIT_OBJECTS. Waiting for one: the smallest index wins, and only that object is changed.
 *          Waiting for all: nothing is changed before all can be taken in one step.
 * Returns  WAIT_OBJECT_0 + index (for all: WAIT_OBJECT_0); WAIT_ABANDONED_0 + index (for all: WAIT_ABANDONED_0, at least one was
 *          abandoned); WAIT_IO_COMPLETION, WAIT_TIMEOUT, WAIT_FAILED as above.
 * Errors   ERROR_INVALID_PARAMETER  nCount is out of range, lpHandles is NULL, or one object is twice in a wait for all
 *          and as above
 */
INLET_API DWORD WINAPI WaitForMultipleObjects(DWORD nCount, const HANDLE* lpHandles, BOOL bWaitAll,
                                              DWORD dwMilliseconds);
INLET_API DWORD WINAPI WaitForMultipleObjectsEx(DWORD nCount, const HANDLE* lpHandles, BOOL bWaitAll,
                                                DWORD dwMilliseconds, BOOL bAlertable);

/* Sleeps; 0 gives way to other threads, INFINITE never ends. An alertable sleep ends early when procedure calls ran.
 *
 * Returns  0, or WAIT_IO_COMPLETION.
 */
INLET_API void WINAPI Sleep(DWORD dwMilliseconds);
INLET_API DWORD WINAPI SleepEx(DWORD dwMilliseconds, BOOL bAlertable);

/* Events
 * -------------------------------------------------------------------------------------------------------------- */

/* Makes an event, or opens the one of that name.
 *
 * Shape    A manual-reset event stays set until it is reset; an auto-reset one lets one wait through.
 * Owner    The caller closes the handle with CloseHandle.
 * Returns  a handle, or NULL. The last error is 0, or ERROR_ALREADY_EXISTS when the name was there; then bManualReset and
 *          bInitialState were not looked at.
 * Errors   ERROR_INVALID_HANDLE        the name belongs to an object of another kind
 *          ERROR_FILENAME_EXCED_RANGE  the name has more than 259 characters
 *          ERROR_INVALID_PARAMETER     unknown bits in dwFlags
 *          ERROR_NOT_ENOUGH_MEMORY     no room for another handle
 */
INLET_API HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset, BOOL bInitialState,
                                     LPCSTR lpName);
INLET_API HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset, BOOL bInitialState,
                                     LPCWSTR lpName);
INLET_API HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES lpEventAttributes, LPCSTR lpName, DWORD dwFlags,
                                       DWORD dwDesiredAccess);
INLET_API HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES lpEventAttributes, LPCWSTR lpName, DWORD dwFlags,
                                       DWORD dwDesiredAccess);

/* Sets or resets an event. PulseEvent lets those through that wait at this moment (one, if the event resets itself) and leaves
 * the event reset.
 *
 * Thread   Any; never waits.
 * Returns  TRUE or FALSE.
 * Errors   ERROR_INVALID_HANDLE  not an open handle of an event
 */
INLET_API BOOL WINAPI SetEvent(HANDLE hEvent);
INLET_API BOOL WINAPI ResetEvent(HANDLE hEvent);
INLET_API BOOL WINAPI PulseEvent(HANDLE hEvent);

/* Mutexes and semaphores
 * ---------------------------------------------------------------------------------------------- */

/* Makes a mutex, or opens the one of that name. Results and errors as with CreateEvent; bInitialOwner counts for a new one only. */
INLET_API HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner, LPCSTR lpName);
INLET_API HANDLE WINAPI CreateMutexW(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner, LPCWSTR lpName);

/* Gives a mutex back once; a thread that took it several times gives it back as often.
 *
 * Returns  TRUE or FALSE.
 * Errors   ERROR_INVALID_HANDLE  not an open handle of a mutex
 *          ERROR_NOT_OWNER       another thread holds it, or none
 */
INLET_API BOOL WINAPI ReleaseMutex(HANDLE hMutex);

/* Makes a semaphore, or opens the one of that name. Results and errors as with CreateEvent, and:
 *
 * Errors   ERROR_INVALID_PARAMETER  lMaximumCount is below 1, or lInitialCount is not between 0 and it
 */
INLET_API HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                                         LONG lMaximumCount, LPCSTR lpName);
INLET_API HANDLE WINAPI CreateSemaphoreW(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                                         LONG lMaximumCount, LPCWSTR lpName);

/* Counts a semaphore up and tells what it was before; lpPreviousCount may be NULL.
 *
 * Returns  TRUE or FALSE; then nothing has changed.
 * Errors   ERROR_INVALID_HANDLE     not an open handle of a semaphore
 *          ERROR_INVALID_PARAMETER  lReleaseCount is below 1
 *          ERROR_TOO_MANY_POSTS     the count would go above its maximum
 */
INLET_API BOOL WINAPI ReleaseSemaphore(HANDLE hSemaphore, LONG lReleaseCount, LPLONG lpPreviousCount);

/* Critical sections
 * --------------------------------------------------------------------------------------------------- */

/* A lock of one process that its owner may enter again. The program reads none of it. */
typedef struct _RTL_CRITICAL_SECTION {
  PVOID DebugInfo;
  LONG LockCount;      /* 0 free, 1 held, 2 held and wanted */
  LONG RecursionCount; /* how often the owner has entered */
  HANDLE OwningThread; /* the owner's thread id */
  HANDLE LockSemaphore;
  ULONG_PTR SpinCount;
} CRITICAL_SECTION, *PCRITICAL_SECTION, *LPCRITICAL_SECTION;

/* Prepares a critical section; nothing else may be done with it before, nor after DeleteCriticalSection.
 *
 * Returns  TRUE always; the spin count is how often an Enter looks again before it sleeps.
 */
INLET_API void WINAPI InitializeCriticalSection(LPCRITICAL_SECTION lpCriticalSection);
INLET_API BOOL WINAPI InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION lpCriticalSection, DWORD dwSpinCount);
INLET_API BOOL WINAPI InitializeCriticalSectionEx(LPCRITICAL_SECTION lpCriticalSection, DWORD dwSpinCount, DWORD Flags);
/* Returns the spin count that it had. */
INLET_API DWORD WINAPI SetCriticalSectionSpinCount(LPCRITICAL_SECTION lpCriticalSection, DWORD dwSpinCount);
INLET_API void WINAPI DeleteCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

/* Enters and leaves. Enter waits, not alertably; TryEnter tells with FALSE that another thread is inside. Only the owner may
 * leave, as often as it has entered: anything else is a broken program and stops it. */
INLET_API void WINAPI EnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection);
INLET_API BOOL WINAPI TryEnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection);
INLET_API void WINAPI LeaveCriticalSection(LPCRITICAL_SECTION lpCriticalSection);

/* Slim locks and condition variables
 * ---------------------------------------------------------------------------------- */

/* One writer or many readers; not recursive, no owner. Zeros are a free lock. */
typedef struct _RTL_SRWLOCK {
  PVOID Ptr;
} SRWLOCK, *PSRWLOCK;
#define SRWLOCK_INIT \
  { 0 }

INLET_API void WINAPI InitializeSRWLock(PSRWLOCK SRWLock);
INLET_API void WINAPI AcquireSRWLockExclusive(PSRWLOCK SRWLock);
INLET_API void WINAPI ReleaseSRWLockExclusive(PSRWLOCK SRWLock);
INLET_API BOOL WINAPI TryAcquireSRWLockExclusive(PSRWLOCK SRWLock);
/* New readers wait while a writer waits. */
INLET_API void WINAPI AcquireSRWLockShared(PSRWLOCK SRWLock);
INLET_API void WINAPI ReleaseSRWLockShared(PSRWLOCK SRWLock);
INLET_API BOOL WINAPI TryAcquireSRWLockShared(PSRWLOCK SRWLock);

/* Zeros are one that nobody waits for. */
typedef struct _RTL_CONDITION_VARIABLE {
  PVOID Ptr;
} CONDITION_VARIABLE, *PCONDITION_VARIABLE;
#define CONDITION_VARIABLE_INIT \
  { 0 }
#define CONDITION_VARIABLE_LOCKMODE_SHARED 0x1

INLET_API void WINAPI InitializeConditionVariable(PCONDITION_VARIABLE ConditionVariable);

/* Leaves the lock, waits to be woken, takes the lock again, whatever the result. A critical section must have been entered
 * exactly once.
 *
 * Returns  TRUE: woken, perhaps for nothing, so look at the condition again. FALSE: time is over.
 * Errors   ERROR_TIMEOUT            dwMilliseconds are over
 *          ERROR_INVALID_PARAMETER  unknown bits in Flags
 */
INLET_API BOOL WINAPI SleepConditionVariableCS(PCONDITION_VARIABLE ConditionVariable, PCRITICAL_SECTION CriticalSection,
                                               DWORD dwMilliseconds);
INLET_API BOOL WINAPI SleepConditionVariableSRW(PCONDITION_VARIABLE ConditionVariable, PSRWLOCK SRWLock,
                                                DWORD dwMilliseconds, ULONG Flags);
INLET_API void WINAPI WakeConditionVariable(PCONDITION_VARIABLE ConditionVariable);
INLET_API void WINAPI WakeAllConditionVariable(PCONDITION_VARIABLE ConditionVariable);

/* Something that is done once in a process. Zeros mean not yet. */
typedef union _RTL_RUN_ONCE {
  PVOID Ptr;
} INIT_ONCE, *PINIT_ONCE, *LPINIT_ONCE;
#define INIT_ONCE_STATIC_INIT \
  { 0 }
typedef BOOL(CALLBACK* PINIT_ONCE_FN)(PINIT_ONCE InitOnce, PVOID Parameter, PVOID* Context);

/* Calls InitFn if no call has succeeded yet; others wait meanwhile.
 *
 * Shape    *Context, whose two lowest bits must be zero, is kept and given to all later callers. lpContext may be NULL.
 * Returns  TRUE, or FALSE when InitFn returned FALSE; then the next caller tries again.
 */
INLET_API BOOL WINAPI InitOnceExecuteOnce(PINIT_ONCE InitOnce, PINIT_ONCE_FN InitFn, PVOID Parameter, LPVOID* Context);

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define CreateEvent CreateEventW
#define CreateEventEx CreateEventExW
#define CreateMutex CreateMutexW
#define CreateSemaphore CreateSemaphoreW
#else
#define CreateEvent CreateEventA
#define CreateEventEx CreateEventExA
#define CreateMutex CreateMutexA
#define CreateSemaphore CreateSemaphoreA
#endif

#endif /* INLET_SYNCHAPI_H */
