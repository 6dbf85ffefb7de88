// For the programs of version 9. Everything else is cswsock10.h, whatever the version.
#ifndef INLET_CSWSOCK9_H
#define INLET_CSWSOCK9_H

#ifndef INLET_CSWSOCK_VERSION
#define INLET_CSWSOCK_VERSION 9
#endif
#include <cswsock10.h>

#endif /* INLET_CSWSOCK9_H */
