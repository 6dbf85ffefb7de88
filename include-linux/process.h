/* How the Windows C library starts threads, for Linux. Here it is the same as CreateThread and ExitThread.
 *
 * Source   Microsoft C run-time library reference, _beginthread
 */
#ifndef INLET_PROCESS_H
#define INLET_PROCESS_H

#include <inlet/export.h>
#include <inlet/wintypes.h>

#ifndef __cdecl
#define __cdecl
#endif
#ifndef __stdcall
#define __stdcall
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Starts a thread as CreateThread does; initflag is 0 or CREATE_SUSPENDED.
 *
 * Owner    The caller closes the handle with CloseHandle((HANDLE)...).
 * Returns  a handle, or 0 with errno set: EAGAIN no more threads, EINVAL a bad argument.
 */
INLET_API uintptr_t _beginthreadex(void* security, unsigned stack_size, unsigned (*start_address)(void*), void* arglist,
                                   unsigned initflag, unsigned* thrdaddr);
INLET_API void _endthreadex(unsigned retval);

/* The simple form: the thread's handle is closed when it ends, so use it only where the thread surely still runs.
 *
 * Returns  a handle, or (uintptr_t)-1 with errno set.
 */
INLET_API uintptr_t _beginthread(void (*start_address)(void*), unsigned stack_size, void* arglist);
INLET_API void _endthread(void);

#ifdef __cplusplus
}
#endif

#endif /* INLET_PROCESS_H */
