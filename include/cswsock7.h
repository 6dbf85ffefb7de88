// For the programs of version 7: the last parameter of a callback is a DWORD. Everything else is cswsock10.h, whatever the version.
#ifndef INLET_CSWSOCK7_H
#define INLET_CSWSOCK7_H

#ifndef INLET_CSWSOCK_VERSION
#define INLET_CSWSOCK_VERSION 7
#endif
#include <cswsock10.h>

#endif /* INLET_CSWSOCK7_H */
