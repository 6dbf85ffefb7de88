/* INLET_API marks the functions that leave the shared library; everything else stays inside.
 *
 * Shape    INLET_BUILDING is defined while the library itself is compiled, INLET_STATIC by programs that link the
 *          static one (inlet::inlet_static does it for them; it matters on Windows only).
 */
#ifndef INLET_EXPORT_H
#define INLET_EXPORT_H

#if defined(INLET_STATIC)
#define INLET_API
#elif defined(_WIN32) && defined(INLET_BUILDING)
#define INLET_API __declspec(dllexport)
#elif defined(_WIN32)
#define INLET_API __declspec(dllimport)
#else
#define INLET_API __attribute__((visibility("default")))
#endif

/* Gives a function a name for the linker that is not the C library's, while programs keep calling it by the usual one. */
#define INLET_NAMED(name) __asm__("inlet_" #name)

#endif /* INLET_EXPORT_H */
