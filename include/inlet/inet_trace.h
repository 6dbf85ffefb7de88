// Tracing: which functions a program has called, and how they ended, in a file.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_TRACE_H
#define INLET_INET_TRACE_H

#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* InetEnableTrace, sheet 5.9 */
#define TRACE_INFO 0    /* every call */
#define TRACE_ERROR 1   /* calls that failed */
#define TRACE_WARNING 2 /* calls that failed, and those that would have had to wait or were cancelled */
#define TRACE_HEXDUMP 4 /* every call, with the data that was moved; with one of the others: the data of those calls */

// Begins to write a record of each call of this interface to a file.
//
// Shape    lpszTraceFile: NULL or "" is CSTRACE.LOG in the folder for temporary files, TMPDIR or else /tmp. A file that exists is
//          appended to. It is opened and closed for each record, so a program can add lines of its own.
//          A record is one line: program, time, milliseconds since the trace began, INF: WRN: or ERR:, the call with its arguments,
//          "returned" with the result, and in brackets the error. Calls are recorded when they return; InetGetLastError and
//          InetSetLastError are not.
//          Data and passwords never appear, but data does under TRACE_HEXDUMP.
// Thread   Any. The trace is the whole process's, and counted: it ends when InetDisableTrace was called as often. Enabling it again
//          changes file and flags for all.
// Returns  TRUE, or FALSE: then the trace is as it was.
// Errors   ST_ERROR_INVALID_PARAMETER  unknown flags
//          ST_ERROR_INVALID_FILE_NAME  the name is too long or a folder's
//          ST_ERROR_FILE_NOT_FOUND     the folder does not exist
//          ST_ERROR_ACCESS_DENIED      the file may not be written
//          ST_ERROR_FILE_NOT_CREATED   the file cannot be opened for another reason
// Differs  The documents disagree about the scope: a thread (v11) or the process with a count (the controls). A new file can be read
//          by its owner only.
// Source   sheet 5.9
INLET_API BOOL WINAPI InetEnableTraceA(LPCSTR lpszTraceFile, DWORD dwTraceFlags);
INLET_API BOOL WINAPI InetEnableTraceW(LPCWSTR lpszTraceFile, DWORD dwTraceFlags);

// Undoes one InetEnableTrace.
//
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_INVALID_STATE  there is no trace
// Source   sheet 5.9
INLET_API BOOL WINAPI InetDisableTrace(VOID);

/* Names that follow UNICODE */
#ifdef UNICODE
#define InetEnableTrace InetEnableTraceW
#else
#define InetEnableTrace InetEnableTraceA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_TRACE_H */
