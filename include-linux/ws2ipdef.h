/* For programs that include it by name: everything is in <ws2tcpip.h>. */
#ifndef INLET_WS2IPDEF_H
#define INLET_WS2IPDEF_H

#include <ws2tcpip.h>

#endif /* INLET_WS2IPDEF_H */
