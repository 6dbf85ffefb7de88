/* The system's <sys/select.h>, in C with its `select` under a second identifier, so that <winsock2.h> can declare another
 * function of that name whatever was included before. And an FD_SETSIZE of the program's, which the system would replace by its
 * own, is kept for <winsock2.h>.
 *
 * Shape    POSIX programs see no difference: `select` is a macro for inlet_posix_select, whose name for the linker is select.
 *          <winsock2.h> takes the macro away. C++ has overloads and needs none of this.
 */
#ifndef INLET_SYS_SELECT_H
#define INLET_SYS_SELECT_H
#pragma GCC system_header /* include_next is an extension, which -Wpedantic reports elsewhere */

#ifdef FD_SETSIZE
#define INLET_FD_SETSIZE_KEPT
#pragma push_macro("FD_SETSIZE")
#undef FD_SETSIZE
#endif

#ifdef __cplusplus
#include_next <sys/select.h>
#else
#define select inlet_posix_select
#include_next <sys/select.h>
/* A system whose times have grown gives its select a name for the linker itself. */
#ifndef __USE_TIME_BITS64
extern int inlet_posix_select(int, fd_set*, fd_set*, fd_set*, struct timeval*) __asm__("select");
#endif
#endif

#endif /* INLET_SYS_SELECT_H */
