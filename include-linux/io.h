/* The one function of the C runtime's <io.h> that sockets need on Linux: a HANDLE for a file.
 *
 * Source   C runtime library reference, _get_osfhandle
 */
#ifndef INLET_IO_H
#define INLET_IO_H

#include <inlet/export.h>
#include <inlet/wintypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The HANDLE of an open file, for TransmitFile, InetReadStream and InetWriteStream.
 *
 * Owner    The descriptor stays the caller's, who closes it when nothing uses the HANDLE any more. The HANDLE itself is not
 *          closed.
 * Returns  the HANDLE as a number, as on Windows; INVALID_HANDLE_VALUE when fd is no descriptor
 * Differs  Works on every descriptor. No other function takes the HANDLE.
 */
INLET_API INT_PTR _get_osfhandle(int fd);

#ifdef __cplusplus
}
#endif

#endif /* INLET_IO_H */
