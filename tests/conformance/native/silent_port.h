// A port of the loopback at which connects are not answered. Linux only, and not through our own library: its listeners
// refuse instead.
#pragma once

namespace conformance {

// The port, for as long as the process lives; 0 when there is none.
int open_silent_port();

}  // namespace conformance
