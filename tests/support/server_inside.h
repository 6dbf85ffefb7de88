// A look behind the handles of layer 3. Its headers and those of the system's sockets do not go together, so it stands apart.
#pragma once

#include <cswsock10.h>

namespace inlet::test {

bool was_resumed(SOCKET handle);           // the TLS of a plain socket or of a client of a server
void set_handshake_limit(unsigned limit);  // handshakes at one time; 0 is the default

}  // namespace inlet::test
