// For the programs of version 11. Everything else is cswsock10.h, whatever the version.
#ifndef INLET_CSWSOCK11_H
#define INLET_CSWSOCK11_H

#ifndef INLET_CSWSOCK_VERSION
#define INLET_CSWSOCK_VERSION 11
#endif
#include <cswsock10.h>

#endif /* INLET_CSWSOCK11_H */
