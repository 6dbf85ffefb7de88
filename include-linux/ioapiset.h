/* Overlapped operations and completion ports. Included by <windows.h>.
 *
 * Shape    A socket that is associated with a port sends a packet there for each overlapped operation that it starts, also when the
 *          operation finishes at once; a failed start sends none. Programs may post packets of their own.
 * Source   I/O Completion Ports, Windows API reference
 */
#ifndef INLET_IOAPISET_H
#define INLET_IOAPISET_H

#include <inlet/export.h>
#include <inlet/wintypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One overlapped operation. It belongs to the operation until that has completed. */
typedef struct _OVERLAPPED {
  ULONG_PTR Internal;     /* the status: STATUS_PENDING until the end */
  ULONG_PTR InternalHigh; /* bytes */
  __extension__ union {
    __extension__ struct {
      DWORD Offset;
      DWORD OffsetHigh;
    };
    PVOID Pointer;
  };
  HANDLE hEvent;
} OVERLAPPED, *LPOVERLAPPED;

/* A packet, as GetQueuedCompletionStatusEx gives it. Internal is the operation's status. */
typedef struct _OVERLAPPED_ENTRY {
  ULONG_PTR lpCompletionKey;
  LPOVERLAPPED lpOverlapped;
  ULONG_PTR Internal;
  DWORD dwNumberOfBytesTransferred;
} OVERLAPPED_ENTRY, *LPOVERLAPPED_ENTRY;

#ifndef STATUS_PENDING
#define STATUS_PENDING ((DWORD)0x00000103)
#endif

/* Whether an operation is over, without waiting. */
#define HasOverlappedIoCompleted(lpOverlapped) \
  (__atomic_load_n(&(lpOverlapped)->Internal, __ATOMIC_ACQUIRE) != STATUS_PENDING)

/* Makes a completion port, associates a socket with one, or both.
 *
 * Shape    FileHandle is a socket, or INVALID_HANDLE_VALUE for a port alone; ExistingCompletionPort is NULL for a new port.
 *          CompletionKey comes with every packet of the socket. A socket stays with its port for its life.
 *          NumberOfConcurrentThreads is accepted and not used: every thread that waits is served, the last that began to wait
 *          first.
 * Owner    The caller closes the port with CloseHandle.
 * Returns  the port, or NULL.
 * Errors   ERROR_INVALID_PARAMETER  no socket, but an existing port; or the socket is associated already
 *          ERROR_INVALID_HANDLE     not an open socket, or not an open port
 *          ERROR_NOT_ENOUGH_MEMORY  no room for another handle
 */
INLET_API HANDLE WINAPI CreateIoCompletionPort(HANDLE FileHandle, HANDLE ExistingCompletionPort,
                                               ULONG_PTR CompletionKey, DWORD NumberOfConcurrentThreads);

/* Takes the oldest packet of a port, and waits for one.
 *
 * Units    dwMilliseconds: 0 only looks, INFINITE never gives up.
 * Thread   Any; not alertable.
 * Returns  TRUE: a packet of an operation that succeeded. FALSE with *lpOverlapped not NULL: a packet of one that failed, the last
 *          error is its reason. FALSE with *lpOverlapped NULL: no packet was taken, nothing else was written.
 * Errors   WAIT_TIMEOUT             no packet came in time
 *          ERROR_ABANDONED_WAIT_0   the port was closed meanwhile
 *          ERROR_INVALID_HANDLE     not an open port
 *          ERROR_INVALID_PARAMETER  one of the three addresses is NULL
 *          ERROR_NETNAME_DELETED    of an operation: the peer has reset the connection
 *          ERROR_CONNECTION_REFUSED, ERROR_CONNECTION_ABORTED, ERROR_OPERATION_ABORTED and others, likewise
 */
INLET_API BOOL WINAPI GetQueuedCompletionStatus(HANDLE CompletionPort, LPDWORD lpNumberOfBytesTransferred,
                                                PULONG_PTR lpCompletionKey, LPOVERLAPPED* lpOverlapped,
                                                DWORD dwMilliseconds);

/* Takes up to ulCount packets at once, waiting for the first. An alertable call also ends when procedure calls ran.
 *
 * Returns  TRUE with *ulNumEntriesRemoved packets, whatever became of their operations, or FALSE with none.
 * Errors   WAIT_IO_COMPLETION       procedure calls ran
 *          ERROR_INVALID_PARAMETER  ulCount is 0, or an address is NULL
 *          ERROR_NOT_ENOUGH_MEMORY  no descriptor for an alertable wait
 *          and those of GetQueuedCompletionStatus that are not about an operation
 */
INLET_API BOOL WINAPI GetQueuedCompletionStatusEx(HANDLE CompletionPort, LPOVERLAPPED_ENTRY lpCompletionPortEntries,
                                                  ULONG ulCount, PULONG ulNumEntriesRemoved, DWORD dwMilliseconds,
                                                  BOOL fAlertable);

/* Puts a packet into a port; the three values come out as they went in.
 *
 * Returns  TRUE or FALSE.
 * Errors   ERROR_INVALID_HANDLE     not an open port
 *          ERROR_NOT_ENOUGH_MEMORY  no memory
 */
INLET_API BOOL WINAPI PostQueuedCompletionStatus(HANDLE CompletionPort, DWORD dwNumberOfBytesTransferred,
                                                 ULONG_PTR dwCompletionKey, LPOVERLAPPED lpOverlapped);

/* Cancels overlapped operations of a socket: those that the calling thread has started, or, with the longer form, one or (NULL)
 * all. They complete with ERROR_OPERATION_ABORTED unless they were faster.
 *
 * Returns  TRUE or FALSE; TRUE says that the cancellation was asked for.
 * Errors   ERROR_INVALID_HANDLE  not an open socket
 *          ERROR_NOT_FOUND       CancelIoEx: no such operation is pending
 */
INLET_API BOOL WINAPI CancelIo(HANDLE hFile);
INLET_API BOOL WINAPI CancelIoEx(HANDLE hFile, LPOVERLAPPED lpOverlapped);

/* The outcome of an overlapped operation of a socket; as WSAGetOverlappedResult, without the flags.
 *
 * Returns  TRUE with *lpNumberOfBytesTransferred set, or FALSE.
 * Errors   ERROR_IO_INCOMPLETE   it is still pending and bWait is FALSE
 *          ERROR_INVALID_HANDLE  not an open socket
 *          or the reason why the operation failed
 */
INLET_API BOOL WINAPI GetOverlappedResult(HANDLE hFile, LPOVERLAPPED lpOverlapped, LPDWORD lpNumberOfBytesTransferred,
                                          BOOL bWait);

#ifdef __cplusplus
}
#endif

#endif /* INLET_IOAPISET_H */
