/* Time, and what the machine has. Included by <windows.h>.
 *
 * Source   Windows API reference, sysinfoapi.h and profileapi.h
 */
#ifndef INLET_SYSINFOAPI_H
#define INLET_SYSINFOAPI_H

#include <inlet/export.h>
#include <inlet/wintypes.h>

#define PROCESSOR_ARCHITECTURE_INTEL 0
#define PROCESSOR_ARCHITECTURE_AMD64 9
#define PROCESSOR_ARCHITECTURE_ARM64 12
#define PROCESSOR_ARCHITECTURE_UNKNOWN 0xffff

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _SYSTEM_INFO {
  WORD wProcessorArchitecture;
  WORD wReserved;
  DWORD dwPageSize;
  LPVOID lpMinimumApplicationAddress;
  LPVOID lpMaximumApplicationAddress;
  DWORD_PTR dwActiveProcessorMask; /* the first 64 that this process may use */
  DWORD dwNumberOfProcessors;      /* how many this process may use */
  DWORD dwProcessorType;
  DWORD dwAllocationGranularity;
  WORD wProcessorLevel;
  WORD wProcessorRevision;
} SYSTEM_INFO, *LPSYSTEM_INFO;

/* What the machine has. Fields that mean nothing here are 0. */
INLET_API void WINAPI GetSystemInfo(LPSYSTEM_INFO lpSystemInfo);

/* Milliseconds since the system was started, the time it was suspended included. The short form starts again after 49
 * days. */
INLET_API ULONGLONG WINAPI GetTickCount64(void);
INLET_API DWORD WINAPI GetTickCount(void);

/* The time of day: hundreds of nanoseconds since 1601, UTC. */
INLET_API void WINAPI GetSystemTimeAsFileTime(LPFILETIME lpSystemTimeAsFileTime);

/* A steady clock: ticks since some moment, and ticks a second, which never change while the system runs.
 *
 * Returns  TRUE; FALSE with ERROR_NOACCESS when the address is NULL.
 */
INLET_API BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER* lpPerformanceCount);
INLET_API BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER* lpFrequency);

#ifdef __cplusplus
}
#endif

#endif /* INLET_SYSINFOAPI_H */
