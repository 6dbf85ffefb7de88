// Moving whole streams: into memory, files and other sockets, and back.
// Part of cswsock10.h, which says what is true of every function; include that.
#ifndef INLET_INET_STREAM_H
#define INLET_INET_STREAM_H

#include <inlet/inet_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a stream goes to or comes from, sheet 3.1. Numbers above 1 are free in the sheet; our choice. */
#define INET_STREAM_DEFAULT 0x0000 /* memory, or a new block of global memory when the length is 0 */
#define INET_STREAM_CONVERT 0x0001 /* text: every line end becomes CR LF */
#define INET_STREAM_UNICODE 0x0002 /* text: UTF-16 on this side, UTF-8 on the network */
#define INET_STREAM_MEMORY 0x0010  /* lpvBuffer is the memory */
#define INET_STREAM_HGLOBAL 0x0020 /* reading: lpvBuffer points to an HGLOBAL; writing: lpvBuffer is the HGLOBAL */
#define INET_STREAM_HANDLE 0x0040  /* lpvBuffer is the HANDLE of a file, pipe or device */
#define INET_STREAM_SOCKET 0x0080  /* lpvBuffer is the SOCKET of another session */

/* dwStreamMode of INETSTREAMINFO */
#define INET_STREAM_MODE_NONE 0
#define INET_STREAM_MODE_READ 1
#define INET_STREAM_MODE_WRITE 2

/* The stream that a socket moves now, or moved last, sheet 3.8. What does not fit a DWORD is 0xffffffff. */
typedef struct _INETSTREAMINFO {
  DWORD dwStreamThread;   /* the thread that moves it */
  DWORD dwStreamSize;     /* bytes in all; 0 when that is not known */
  DWORD dwStreamCopied;   /* bytes moved so far */
  DWORD dwStreamMode;     /* INET_STREAM_MODE_* */
  DWORD dwStreamError;    /* why it ended; 0 while it runs, and after a success */
  DWORD dwBytesPerSecond; /* on average */
  DWORD dwTimeElapsed;    /* seconds; after the end, how long it took */
  DWORD dwTimeEstimated;  /* seconds that are left, as far as the size is known; 0 after the end */
} INETSTREAMINFO, *LPINETSTREAMINFO;

// Reads into memory, a file or another socket until the peer closes, the limit is reached, or a marker has come.
//
// Shape    lpvBuffer, dwOptions  INET_STREAM_MEMORY: the buffer. HGLOBAL: an HGLOBAL variable, which gets a new block, also when the
//                     call fails after some data; it stays NULL when there was none. HANDLE: an open file, written from where it
//                     stands. SOCKET: another session. DEFAULT: MEMORY, or HGLOBAL when *lpdwLength is 0.
//          *lpdwLength in: how many bytes to store at most; 0 is no limit, and not allowed for MEMORY. out: bytes stored, also after
//                     a failure.
//          lpMarker   cbMarker bytes that end the stream; they are stored too. However they are cut into packets they are found, and
//                     what comes behind them is left for the next read. NULL and 0: no marker.
//          CONVERT    each CR, LF or CR LF is stored as CR LF. Markers are looked for in what the peer has sent.
//          UNICODE    UTF-8 is stored as UTF-16, without a byte order mark; what is not UTF-8 becomes U+FFFD.
// Units    The timeout of the session counts anew with each part that comes.
// Thread   Any; waits. Other reads of the same socket should wait until it is done: they would take bytes out of its middle.
//          A client of a server gets INET_EVENT_PROGRESS four times a second: from inside the call where its own callback has made
//          it, else between its callbacks. A transfer that takes less than a quarter of a second causes none.
// Owner    The caller frees the HGLOBAL (GlobalFree).
// Returns  TRUE at the close, the limit or the marker; or FALSE.
// Errors   ST_ERROR_INVALID_PARAMETER     a NULL pointer, no room in MEMORY, unknown options or two types at once, a marker without a
//                                         length or a length without one, or the socket itself as the SOCKET
//          ST_ERROR_INVALID_FILE_HANDLE   HANDLE: not the handle of an open file
//          ST_ERROR_FILE_WRITE_FAILED     HANDLE: the file takes no more
//          ST_ERROR_OUT_OF_MEMORY         HGLOBAL: no memory is left
//          ST_ERROR_OPERATION_IN_PROGRESS another stream is being read from the socket
//          ST_ERROR_OPERATION_TIMEOUT     nothing came in time
//          ST_ERROR_OPERATION_CANCELED    InetCancel, or the session was ended
//          ST_ERROR_CONNECTION_RESET      the connection broke, of SOCKET perhaps the other one; or another of InetRead's
// Differs  On Linux an HGLOBAL is memory of malloc behind GlobalAlloc and its kin (winbase.h), and the HANDLE of a file comes from
//          _get_osfhandle (io.h).
// Source   sheet 3.1; docs/compatibility.md
INLET_API BOOL WINAPI InetReadStream(SOCKET hSocket, LPVOID lpvBuffer, LPDWORD lpdwLength, DWORD dwOptions,
                                     LPBYTE lpMarker, DWORD cbMarker);

// Writes memory, a file or what another socket receives, all of it.
//
// Shape    lpvBuffer, dwOptions  INET_STREAM_MEMORY, DEFAULT: the bytes. HGLOBAL: the block. HANDLE: an open file, read from where it
//                     stands. SOCKET: another session, until its peer closes.
//          *lpdwLength in: bytes to take from the source; 0 is all there is: to the end of the block or the file, or, for MEMORY, to
//                     the terminating 0 of a text. out: bytes taken and sent, also after a failure. NULL: all.
//          CONVERT    each CR, LF or CR LF is sent as CR LF.
//          UNICODE    the source is UTF-16 and is sent as UTF-8.
// Units    The timeout of the session counts anew with each part that is taken.
// Thread   Any; waits. Progress is told as by InetReadStream.
// Returns  TRUE when everything was sent, or FALSE.
// Errors   ST_ERROR_INVALID_PARAMETER     a NULL pointer, unknown options or two types at once, or the socket itself as the SOCKET
//          ST_ERROR_INVALID_FILE_HANDLE   HANDLE: not the handle of an open file
//          ST_ERROR_FILE_READ_FAILED      HANDLE: the file cannot be read, or ends before *lpdwLength
//          ST_ERROR_OPERATION_IN_PROGRESS another stream is being written to the socket
//          ST_ERROR_OPERATION_TIMEOUT     the peer took nothing in time
//          ST_ERROR_OPERATION_CANCELED    InetCancel, or the session was ended
//          ST_ERROR_CONNECTION_SHUTDOWN   InetShutdown has ended this direction
//          ST_ERROR_CONNECTION_RESET      the connection broke; or another of InetWrite's
// Source   sheet 3.2
INLET_API BOOL WINAPI InetWriteStream(SOCKET hSocket, LPVOID lpvBuffer, LPDWORD lpdwLength, DWORD dwOptions);

// Reads into a file until the peer closes or the limit is reached.
//
// Shape    *lpdwLength in: how many bytes to store at most, 0 is no limit. out: bytes stored, also after a failure. NULL: no limit.
//          dwOffset   where in the file storing begins; what it held from there on is gone. 0 makes a new file or empties it.
//          dwOptions  INET_STREAM_DEFAULT or CONVERT, and UNICODE.
// Units    As InetReadStream.
// Thread   Any; waits. Progress is told as by InetReadStream.
// Returns  TRUE at the close or the limit; or FALSE. A file keeps what was stored before the failure, so a transfer can be gone on
//          with at dwOffset + *lpdwLength.
// Errors   ST_ERROR_INVALID_FILE_NAME    no name, one that is too long, or a folder's
//          ST_ERROR_INVALID_PARAMETER    unknown options, or dwOffset is behind the end of the file
//          ST_ERROR_FILE_NOT_FOUND       the folder does not exist
//          ST_ERROR_ACCESS_DENIED        the file may not be written
//          ST_ERROR_FILE_NOT_CREATED     it cannot be opened for another reason
//          ST_ERROR_FILE_WRITE_FAILED    it takes no more
//          ST_ERROR_OPERATION_IN_PROGRESS, ST_ERROR_OPERATION_TIMEOUT, ST_ERROR_OPERATION_CANCELED, ST_ERROR_CONNECTION_RESET  as
//                                        InetReadStream
// Source   sheet 3.1; docs/compatibility.md
INLET_API BOOL WINAPI InetStoreStreamA(SOCKET hSocket, LPCSTR lpszFileName, LPDWORD lpdwLength, DWORD dwOffset,
                                       DWORD dwOptions);
INLET_API BOOL WINAPI InetStoreStreamW(SOCKET hSocket, LPCWSTR lpszFileName, LPDWORD lpdwLength, DWORD dwOffset,
                                       DWORD dwOptions);

// How far the stream has come that a socket moves now; or the one it moved last. All zeros when there was none.
//
// Thread   Any, also inside INET_EVENT_PROGRESS.
// Returns  TRUE, or FALSE.
// Errors   ST_ERROR_INVALID_PARAMETER  lpStreamInfo is NULL
// Source   sheet 3.8
INLET_API BOOL WINAPI InetGetStreamInfo(SOCKET hSocket, LPINETSTREAMINFO lpStreamInfo);

/* Names that follow UNICODE */
#ifdef UNICODE
#define InetStoreStream InetStoreStreamW
#else
#define InetStoreStream InetStoreStreamA
#endif

#ifdef __cplusplus
}
#endif

#endif /* INLET_INET_STREAM_H */
