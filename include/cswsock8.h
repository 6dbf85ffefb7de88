// For the programs of version 8. Everything else is cswsock10.h, whatever the version.
#ifndef INLET_CSWSOCK8_H
#define INLET_CSWSOCK8_H

#ifndef INLET_CSWSOCK_VERSION
#define INLET_CSWSOCK_VERSION 8
#endif
#include <cswsock10.h>

#endif /* INLET_CSWSOCK8_H */
