// For the programs of version 6: the last parameter of a callback is a DWORD. Everything else is cswsock10.h, whatever the version.
#ifndef INLET_CSWSOCK6_H
#define INLET_CSWSOCK6_H

#ifndef INLET_CSWSOCK_VERSION
#define INLET_CSWSOCK_VERSION 6
#endif
#include <cswsock10.h>

#endif /* INLET_CSWSOCK6_H */
